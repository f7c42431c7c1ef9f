"""Connecting a django-helpdesk: what can be checked through its API, and what its administrator has to set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from integrations.actions import PutSummary, Section
from integrations.base import LONGEST_LINK, USUAL_LINK, Installed
from integrations.django_helpdesk import client, mapping, markup, surveys, writing
from integrations.django_helpdesk.payloads import CUSTOM
from integrations.events import JSONObject, JSONValue
from integrations.session import Session

#: The settings that hold the addresses of webhooks (`helpdesk/settings.py`): both want the whole address.
HOOK_SETTINGS: Final = ("HELPDESK_NEW_TICKET_WEBHOOK_URLS", "HELPDESK_FOLLOWUP_WEBHOOK_URLS")

#: What Django REST framework calls the fields that any link can be written into (`rest_framework/metadata.py`).
_TEXTS: Final = ("string", "url")
_NO_MAILS: Final = (
    "Set in its settings.py: HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True. "
    "Without it, private notes are mailed to the ticket's Cc addresses and to its owner."
)
_CONNECTED: Final = PutSummary(
    marker="connected",
    title="Deskpulse is connected",
    sections=(Section("Deskpulse opens its summaries here", ("This ticket shows that it can; it may be closed.",)),),
)


def install(session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
    """Checks the token, finds Deskpulse's own user, and says what to set; Refused when the user is not staff."""
    taken = client.fields_of_tickets(session)
    author = session.access.author or session.access.credentials.get("user_id") or _own_user(session)
    queue = writing.summary_queue(session)
    return Installed(
        author=author,
        options={"summary_queue": queue} if queue else {},
        done=tuple(_done(taken, author)),
        by_hand=(
            *_settings(webhook_url, secret),
            *_missing(taken, author=author, queue=queue),
            *_unexplained(taken, session.access.options),
            *_answers(taken, session.access.options),
            *_links(taken, link_fields),
        ),
    )


def _own_user(session: Session) -> str | None:
    """The number of the token's user: the API tells it only of what that user wrote."""
    if writing.summary_queue(session) is None:
        return None
    ticket = writing.apply(_CONNECTED, session).object_id
    opened = client.found(session, str(ticket)).ticket.follow_ups
    return next((str(entry.user) for entry in opened if markup.is_marked(entry.comment)), None)


def _done(taken: JSONObject, author: str | None) -> list[str]:
    fields = sorted(name.removeprefix(CUSTOM) for name in taken if name.startswith(CUSTOM))
    done = [f"The token is good and its user is staff ({client.PERMISSION})."]
    if author is not None:
        done.append(f"Deskpulse writes as user {author}.")
    if fields:
        done.append(f"Custom fields of the desk: {', '.join(fields)}.")
    return done


def _settings(webhook_url: str, secret: str) -> list[str]:
    address = f"{webhook_url}?token={quote(secret, safe='')}"
    new, follow_up = HOOK_SETTINGS
    return [
        f"Set in the environment of the desk, also of its get_email job, and restart both: {new}={address}",
        f"Set there too: {follow_up}={address}",
        f"Where one is set already, add ours behind it: in {new} after `,`, in {follow_up} after ` , ` with blanks.",
        _NO_MAILS,
    ]


def _missing(taken: JSONObject, *, author: str | None, queue: str | None) -> list[str]:
    steps = []
    if CUSTOM + mapping.TAGS_FIELD not in taken:
        steps.append(
            f"Add in the admin under Helpdesk › Custom fields: name {mapping.TAGS_FIELD}, label Tags, "
            f"data type varchar, maximum length 1000, staff only. Without it, tickets get no tags."
        )
    if queue is None:
        steps.append("Set summary_queue to the number of the queue for summaries. Without it, there are no summaries.")
    if author is None:
        steps.append("Set user_id to the number of the user whose token this is, and connect again.")
    return steps


def _unexplained(taken: JSONObject, options: JSONObject) -> list[str]:
    unknown = [str(number) for number in _statuses(taken) if mapping.status(number, options=options) is None]
    words = ", ".join(unknown)
    step = f"Say in the account's settings, [desk.statuses], what these statuses of the desk mean: {words}."
    return [step] if unknown else []


def _statuses(taken: JSONObject) -> list[int]:
    match taken.get("status"):
        case {"choices": [*choices]}:
            told = [choice.get("value") for choice in choices if isinstance(choice, dict)]
            return [number for number in told if isinstance(number, int)]
    return []


def _answers(taken: JSONObject, options: JSONObject) -> list[str]:
    missing = sorted(name for name in surveys.fields(options) if CUSTOM + name not in taken)
    steps = [f"Add the custom field {name} in the admin: [desk.answers] reads answers from it." for name in missing]
    return [*surveys.mistakes(options), *steps]


def _links(taken: JSONObject, link_fields: Sequence[str]) -> list[str]:
    missing = [
        f"Add in the admin under Helpdesk › Custom fields: name {name}, data type varchar, maximum length"
        f" {LONGEST_LINK}, staff only unless customers are to see the link to a survey on the page of their ticket."
        for name in link_fields
        if CUSTOM + name not in taken
    ]
    unfit = [
        f"The custom field {name} takes no link: make it a varchar of {LONGEST_LINK} characters."
        for name in link_fields
        if not _takes_link(taken.get(CUSTOM + name))
    ]
    return [*missing, *unfit]


def _takes_link(field: JSONValue) -> bool:
    match field:
        case {"type": str(type_)} if type_ not in _TEXTS:
            return False
        case {"max_length": int(longest)}:
            return longest >= USUAL_LINK
    return True
