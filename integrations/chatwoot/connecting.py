"""Connecting a Chatwoot: the token is checked, and everything that its API can arrange is arranged, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, channel_tag
from integrations.base import Installed
from integrations.chatwoot import client, mapping
from integrations.errors import Refused, Rejected
from integrations.events import CHANNELS, KINDS, JSONObject, JSONValue
from integrations.session import Session

#: What the webhook is subscribed to: nothing about people, widgets and typing.
EVENTS: Final = (*sorted(mapping.CONVERSATION_EVENTS), *sorted(mapping.MESSAGE_EVENTS))
#: The labels that the account's pages are to show, with what they are for.
LABELS: Final[Mapping[str, str]] = {
    **{channel_tag(channel): f"came by {channel.replace('_', ' ')}" for channel in CHANNELS if channel != "internal"},
    **{f"deskpulse-csat-{score}": f"rated {score} of 5" for score in range(mapping.SCALE[0], mapping.SCALE[1] + 1)},
    FOLLOW_UP_TAG: "rated low: call the customer back",
    SUMMARY_TAG: "a summary by Deskpulse",
}
_INBOX: Final = "Deskpulse summaries"
_CONTACT: Final = "Channel report"
_IDENTIFIER: Final = "deskpulse-summaries"
_APP: Final = "Deskpulse"


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """Everything is there already, or is made; Refused when the token's user is no administrator of the account."""
    author = _author(session)
    inboxes = client.inboxes(session)
    options, place = _place(session, inboxes)
    hook, signs = _webhook(session, webhook_url, secret)
    attributes = client.attribute_types(session)
    done = (
        f"The token is good and its user is {client.PERMISSION}; Deskpulse writes as user {author}.",
        *place,
        *hook,
        *_labels(session),
        *_attributes(session, attributes, link_fields),
        *_app(session),
    )
    return Installed(
        author=author,
        options={
            **options,
            mapping.MEDIUMS: _mediums(inboxes),
            mapping.ATTRIBUTES: sorted(attributes.keys() - {*KINDS, *link_fields}),
        },
        secrets=(signs,) if signs else (),
        done=done,
        by_hand=(*_unfit(attributes, link_fields), *_by_hand(webhook_url, secret, signed=bool(signs))),
    )


def _author(session: Session) -> str:
    """The number of the token's user, who must be an administrator of this very account."""
    told, account = client.profile(session), str(session.access.credentials.get("account_id", ""))
    rows = told.get("accounts")
    mine = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    role = next((row.get("role") for row in mine if str(row.get("id")) == account), None)
    if role != client.PERMISSION:
        what = f"its role is {role}" if role else "it is not a user of that account"
        raise Refused(
            f"the user of this token cannot connect account {account or '…'}, {what}: give it the role"
            f" {client.PERMISSION} under Settings › Agents of that account",
            permission=client.PERMISSION,
        )
    if type(told.get("id")) is not int:
        raise Rejected("the address is not that of a Chatwoot: its profile has no number")
    return str(told["id"])


def _mediums(inboxes: list[JSONObject]) -> dict[str, JSONValue]:
    """Inbox → medium: a Twilio inbox does not say in its calls whether it is for text messages or for WhatsApp."""
    return {str(row.get("id")): row["medium"] for row in inboxes if isinstance(row.get("medium"), str)}


def _place(session: Session, inboxes: list[JSONObject]) -> tuple[dict[str, JSONValue], list[str]]:
    """An inbox of its own for summaries, which the reports of Chatwoot can leave out, and the contact in it."""
    own = [row for row in inboxes if row.get("name") == _INBOX and row.get("channel_type") == mapping.API_CHANNEL]
    inbox = str(own[0]["id"]) if own else client.create_inbox(session, _INBOX)
    contact = client.contact_with(session, _IDENTIFIER) or client.create_contact(
        session, inbox=inbox, name=_CONTACT, identifier=_IDENTIFIER
    )
    options: dict[str, JSONValue] = {mapping.SUMMARY_INBOX: inbox, mapping.SUMMARY_CONTACT: contact}
    return options, [f"Summaries go into the inbox {_INBOX} (number {inbox}), which nobody is a member of."]


def _webhook(session: Session, webhook_url: str, secret: str) -> tuple[list[str], str | None]:
    """One webhook with what we want to hear; the secret that it signs with, from Chatwoot 4.11.2 on."""
    found = next((row for row in client.webhooks(session) if _is_ours(row, webhook_url)), None)
    if found is None:
        found, word = client.put_webhook(session, None, url=webhook_url, events=EVENTS), "made"
    else:
        word = "found"
    signs = found.get("secret") if isinstance(found.get("secret"), str) else None
    url = webhook_url if signs else _with_secret(webhook_url, secret)
    if found.get("url") != url or set(found.get("subscriptions") or ()) != set(EVENTS):
        client.put_webhook(session, str(found.get("id")), url=url, events=EVENTS)
    how = (
        "its calls are signed" if signs else "before Chatwoot 4.11.2 its calls are not signed, its address proves them"
    )
    return [f"The webhook was {word}; {how}."], signs


def _is_ours(row: JSONObject, webhook_url: str) -> bool:
    return str(row.get("url", "")).partition("?")[0] == webhook_url


def _with_secret(webhook_url: str, secret: str) -> str:
    return f"{webhook_url}?token={quote(secret, safe='')}"


def _labels(session: Session) -> list[str]:
    there = client.labels(session)
    missing = [title for title in LABELS if title not in there]
    for title in missing:
        client.create_label(session, title, LABELS[title])
    return [f"{len(missing)} labels were made, {len(LABELS) - len(missing)} were there."]


def _attributes(session: Session, there: Mapping[str, str], link_fields: Sequence[str]) -> list[str]:
    """Scores are shown to agents under the names of their surveys, and links to surveys under theirs.

    Both are texts: rules can ask of a text whether it is present, but not of Chatwoot's type for links
    (`app/javascript/dashboard/helper/automationHelper.js`).
    """
    names = {kind: f"{kind.upper()} (Deskpulse)" for kind in KINDS} | {field: field for field in link_fields}
    for key, name in names.items():
        if key not in there:
            client.create_attribute(session, key, name)
    done = [f"Agents see scores in the conversation's attributes {', '.join(KINDS)}."]
    links = f"Links to surveys go into the conversation's attributes {', '.join(link_fields)}."
    return [*done, links] if link_fields else done


def _unfit(there: Mapping[str, str], link_fields: Sequence[str]) -> list[str]:
    return [
        f"Settings › Custom Attributes › Conversation: {key} is of the type {there[key]}, which takes no link:"
        " delete it and connect again."
        for key in link_fields
        if there.get(key, client.TEXT) not in (client.TEXT, client.LINK)
    ]


def _app(session: Session) -> list[str]:
    """The account's page as a tab of every conversation, where the settings name one."""
    url = session.access.options.get("panel_url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return []
    if not any(_shows(row, url) for row in client.dashboard_apps(session)):
        client.create_dashboard_app(session, _APP, url)
    return [f"Conversations show {url} in the tab {_APP}."]


def _shows(row: JSONObject, url: str) -> bool:
    content = row.get("content")
    return isinstance(content, list) and any(isinstance(part, dict) and part.get("url") == url for part in content)


def _by_hand(webhook_url: str, secret: str, *, signed: bool) -> tuple[str, ...]:
    address = _with_secret(webhook_url, secret)
    rules = (
        f"Only if rules or macros are to call Deskpulse too: their action Send Webhook Event takes {address}, "
        "whose secret is the only proof of such a call."
    )
    csat = "Switch CSAT on where customers are to be asked: Settings › Inboxes › each inbox › CSAT."
    exclude = f"In Chatwoot's own reports, choose the inboxes you want to see: those by inbox list {_INBOX} apart."
    old = "Connect again once Chatwoot is 4.11.2 or newer: then its calls are signed."
    return (csat, exclude, rules) if signed else (csat, exclude, rules, old)
