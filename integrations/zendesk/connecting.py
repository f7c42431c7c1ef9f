"""Connecting a Zendesk: the credentials are checked, two webhooks, a trigger and our fields are made, each once.

A webhook takes either events or what a trigger sends, so there are two. Whether Zendesk takes the secret that it is
given is not verified: it is asked for the secret that it signs with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from integrations.base import Installed
from integrations.errors import Gone, Refused, Rejected
from integrations.events import KINDS, JSONObject
from integrations.session import Session
from integrations.zendesk import fields, mapping, values
from integrations.zendesk.client import PERMISSION, TEAM, Client
from integrations.zendesk.directory import ticket_fields, titles

_PREFIX: Final = "zen:event-type:"
_TRIGGER_EVENTS: Final = "conditional_ticket_events"
#: What a trigger sends: an id only, because Zendesk does not escape what it puts into JSON.
TRIGGER_BODY: Final = '{"event":"survey.answered","ticket_id":"{{ticket.id}}"}'
_ANSWERED: Final = ("good", "good_with_comment", "bad", "bad_with_comment")
#: The operator that the API shows as "Changed to".
_CHANGED_TO: Final = "value"
_WEBHOOKS: Final = "Admin Center › Apps and integrations › Webhooks"
_FIELDS: Final = "Admin Center › Objects and rules › Tickets › Fields"
#: The types of ticket fields that hold any text.
_TEXTS: Final = ("text", "textarea")
_TRIGGERS: Final = "Admin Center › Objects and rules › Business rules › Triggers"

#: The events that are subscribed to, in Zendesk's words without their prefix.
EVENTS: Final = (
    "ticket.created", "ticket.comment_added", "ticket.comment_made_private", "ticket.status_changed",
    "ticket.agent_assignment_changed", "ticket.group_assignment_changed", "ticket.requester_changed",
    "ticket.tags_changed", "ticket.custom_field_changed", "ticket.brand_changed", "ticket.form_changed",
    "ticket.organization_changed", "ticket.priority_changed", "ticket.type_changed", "ticket.merged",
    "ticket.marked_as_spam", "ticket.soft_deleted", "ticket.permanently_deleted", "ticket.undeleted",
    "messaging_ticket.message_added",
)  # fmt: skip


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """Arranges everything that the API allows; Refused when the user is no administrator."""
    client, account = Client(session), session.access.account
    author = _administrator(client)
    good = f"The credentials are good and their user has the role {PERMISSION}."
    webhooks = _webhooks(client, account, webhook_url, secret)
    own, made, unfit = _own_fields(client, link_fields)
    secrets, unknown = _secrets(client, webhooks, secret)
    trigger, by_hand = _trigger(client, account, [*webhooks][-1])
    return Installed(
        author=author,
        options={fields.OWN_FIELDS: own},
        secrets=secrets,
        done=(good, *webhooks.values(), made, *trigger),
        by_hand=(*unknown, *by_hand, *unfit, *fields.mistakes(session.access.options)),
    )


def _administrator(client: Client) -> str:
    me = client.me()
    if me.role != "admin":
        raise Refused(
            f"The user of these credentials is {me.role or 'unknown'} in Zendesk: give it the role {PERMISSION} "
            f"under {TEAM}",
            permission=PERMISSION,
        )
    return me.id


# ------------------------------------------------------------------------------------------------ webhooks


def _webhooks(client: Client, account: str, url: str, secret: str) -> dict[str, str]:
    """The ids of the two webhooks and what was done about each; the last is the trigger's."""
    there = client.listed("/webhooks", "webhooks", {"filter[name_contains]": "Deskpulse"})
    wanted = (
        _wanted(_name(account, "events"), [_PREFIX + event for event in EVENTS], url),
        _wanted(_name(account, "surveys"), [_TRIGGER_EVENTS], url),
    )
    return dict(_webhook(client, there, one, secret) for one in wanted)


def _name(account: str, what: str) -> str:
    return f"Deskpulse {account} {what}".replace("  ", " ")


def _wanted(name: str, events: list[str], url: str) -> dict[str, Any]:
    return {
        "name": name,
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": events,
    }


def _webhook(client: Client, there: list[JSONObject], wanted: JSONObject, secret: str) -> tuple[str, str]:
    """The webhook of that name, made or set right; its id and what was done."""
    name = wanted["name"]
    known = next((one for one in there if one.get("id") and one.get("name") == name), None)
    if known is None:
        told = {**wanted, "signing_secret": {"algorithm": "SHA256", "secret": secret}}
        return str(client.create("/webhooks", "webhook", told)["id"]), f"The webhook {name} was made."
    id_ = str(known["id"])
    if _is_right(known, wanted):
        return id_, f"The webhook {name} was there already."
    client.revise(f"/webhooks/{id_}", "webhook", wanted)
    return id_, f"The webhook {name} was set right."


def _is_right(webhook: JSONObject, wanted: JSONObject) -> bool:
    subscribed = webhook.get("subscriptions")
    same = isinstance(subscribed, list) and set(map(str, subscribed)) == set(wanted["subscriptions"])
    return same and all(webhook.get(key) == wanted[key] for key in ("endpoint", "status"))


def _secrets(client: Client, webhooks: Iterable[str], secret: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The secrets that Zendesk signs with, where they are not ours; a step for each that it does not tell."""
    held = {id_: _secret_of(client, id_) for id_ in webhooks}
    step = (
        "Reveal secret: where it is not the secret printed below, delete the webhook, before it the trigger that "
        "notifies it, and connect again."
    )
    unknown = tuple(f"{_WEBHOOKS} › the webhook {id_} › {step}" for id_, told in held.items() if told is None)
    return tuple({told: None for told in held.values() if told not in (None, secret)}), unknown


def _secret_of(client: Client, webhook: str) -> str | None:
    try:
        told = client.show(f"/webhooks/{webhook}/signing_secret", "signing_secret")
    except (Gone, Refused, Rejected):
        return None
    return values.text(told.get("secret")) or None


# ------------------------------------------------------------------------------------------------ trigger and fields


def _trigger(client: Client, account: str, webhook: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The trigger for good and bad ratings; where the plan has none, its ratings are only asked for."""
    title = _name(account, "satisfaction")
    if any(one.get("title") == title for one in client.listed("/triggers", "triggers")):
        return (f"The trigger {title} was there already.",), ()
    try:
        client.create("/triggers", "trigger", _rule(title, webhook))
    except (Gone, Rejected):
        step = (
            f"{_TRIGGERS} › Create trigger {title}: when Ticket › Satisfaction changed to good or bad, with or without "
            f"a comment, notify the webhook {_name(account, 'surveys')} with {TRIGGER_BODY}. Leave it out where "
            "customers are not asked for good or bad ratings, or asked by the newer survey: that is only fetched."
        )
        return (), (step,)
    return (f"The trigger {title} was made.",), ()


def _rule(title: str, webhook: str) -> Mapping[str, Any]:
    changed = [{"field": "satisfaction_score", "operator": _CHANGED_TO, "value": word} for word in _ANSWERED]
    return {
        "title": title,
        "conditions": {"all": [], "any": changed},
        "actions": [{"field": "notification_webhook", "value": [webhook, TRIGGER_BODY]}],
    }


def _own_fields(client: Client, link_fields: Sequence[str]) -> tuple[dict[str, str], str, list[str]]:
    """The ticket fields that we write: name → id, what was done, and a step for each that takes no link."""
    rows = ticket_fields(client)
    there = titles(rows)
    scores = {kind: mapping.OWN_FIELD + kind for kind in KINDS}
    missing = [title for title in (*scores.values(), *link_fields) if title not in there]
    for title in missing:
        field = {"type": "text", "title": title, "visible_in_portal": False}
        there[title] = str(client.create("/ticket_fields", "ticket_field", field)["id"])
    made = f"Made the ticket fields {', '.join(missing)}." if missing else "The ticket fields were there already."
    # One whose survey is asked no longer may still hold links.
    others = sorted(title for title in there.keys() - scores.values() if title.startswith(mapping.OWN_FIELD))
    own = {**{kind: there[title] for kind, title in scores.items()}, **{title: there[title] for title in others}}
    return own, made, _unfit(rows, link_fields)


def _unfit(rows: Iterable[JSONObject], link_fields: Sequence[str]) -> list[str]:
    types = {row.get("title"): row.get("type", "text") for row in rows}
    return [
        f"{_FIELDS} › {title} is of the type {types[title]}, which takes no link: rename it, and connect again."
        for title in link_fields
        if types.get(title, "text") not in _TEXTS
    ]
