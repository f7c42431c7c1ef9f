"""What Freshdesk calls us with: a rule's webhook, which names a ticket, or an app's event with its data. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

import orjson

from integrations.base import Access, Call, Reading
from integrations.errors import Unreadable
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.freshdesk import facts, mapping, payloads
from integrations.freshdesk.values import Conversation, Named, Ticket

_TICKET: Final = re.compile(r"[0-9]{1,19}")
#: How form encoding writes the fields inside an object.
_INSIDE: Final = re.compile(r"\w+\[(\w+)\]")
#: Events of the app platform that are about something else than tickets.
_ABOUT_NOTHING: Final = re.compile(
    r"on(Contact|Company|TimeEntry|AgentAvailability|App|Scheduled|External|AfterAppUpdate)\w*"
)
_GONE: Final = re.compile(r"on\w+Delete")


def read(call: Call, access: Access) -> Reading:
    """What one call tells; Unreadable when it is neither a rule's webhook nor an event of the app platform."""
    told = _told(call.body)
    if isinstance(told.get("data"), dict):
        return _of_event(told, access, call)
    if _is_about_nothing(told):
        return Reading()
    inner = told.get("freshdesk_webhook")
    return Reading(refresh=(_ticket(inner if isinstance(inner, dict) else told),))


def _is_about_nothing(told: JSONObject) -> bool:
    """Whether this is an event of the app platform that is about something else than tickets, as an installation."""
    return "ticket_id" not in told and _ABOUT_NOTHING.fullmatch(str(told.get("event"))) is not None


def _told(body: bytes) -> JSONObject:
    text = body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    try:
        told: JSONValue = orjson.loads(text)
    except (orjson.JSONDecodeError, ValueError):
        told = _form(text)
    if not isinstance(told, dict):
        raise Unreadable(
            "the webhook's body is no JSON object; choose the encoding JSON in the rule, copy the content from the"
            " setup page and put only ids in it, because Freshdesk does not escape a quote in a subject"
        )
    return told


def _form(text: str) -> JSONObject | None:
    """A form, as a rule with that encoding sends it; None when the text is none that names a ticket."""
    try:
        pairs = dict(parse_qsl(text, max_num_fields=100))
    except ValueError:
        return None
    form = {found[1] if (found := _INSIDE.fullmatch(name)) else name: value for name, value in pairs.items()}
    return form if "ticket_id" in form else None


def _ticket(told: Mapping[str, JSONValue]) -> str:
    given = told.get("ticket_id")
    if isinstance(given, str) and mapping.UNEXPANDED.search(given):
        raise Unreadable(
            f"Freshdesk did not replace {given[:60]} in ticket_id: it knows no placeholder of that name in this rule;"
            " copy the content from the setup page again"
        )
    if type(given) in (str, int) and _TICKET.fullmatch(str(given).strip()):
        return str(int(str(given)))
    raise Unreadable("the call has no id of a ticket that Freshdesk could have written")


def _of_event(told: JSONObject, access: Access, call: Call) -> Reading:
    """By what the data hold, not by the event's name: events have come under another one's name."""
    data = told["data"]
    for what, reader in _READERS.items():
        if isinstance(data.get(what), dict):
            return reader(data, str(told.get("event")), access, call)
    if _is_about_nothing(told):
        return Reading()
    raise Unreadable("this event of the app platform has neither a ticket nor a conversation")


def _of_ticket(data: JSONObject, name: str, access: Access, call: Call) -> Reading:
    told = data["ticket"]
    if _GONE.fullmatch(name):  # of a ticket that is gone for good, little more than its id is told
        return Reading(refresh=(_ticket({"ticket_id": told.get("id")}),))
    ticket = payloads.of_call(Ticket, {**told, "changes": told.get("changes", data.get("changes"))})
    if ticket.updated is None:
        return Reading(refresh=(ticket.id,))
    if mapping.is_summary(ticket, author=access.author):
        return Reading(events=tuple(facts.opening(ticket, access)))
    now = facts.present(ticket, access, asked_at=call.received_at)
    events = (*facts.opening(ticket, access), *_changes(ticket, access))
    return Reading(events=events, present=(now,), refresh=_unclear(ticket))


def _changes(ticket: Ticket, access: Access) -> Iterator[Event]:
    """What this very change did, dated by it."""
    at = ticket.updated
    if at is None or _unclear(ticket):
        return
    if _is_new(ticket, "responder_id", ticket.agent):
        yield event("ticket.assigned", ticket.id, at, agent=ticket.agent)
    if _is_new(ticket, "group_id", ticket.group):
        yield event("ticket.moved", ticket.id, at, department=ticket.group)
    status = mapping.status(ticket, access.options)
    if status is not None and ticket.changes.keys() & {"status", "spam", "deleted"}:
        yield event("status.changed", ticket.id, at, status=status)


def _is_new(ticket: Ticket, field: str, held: str | None) -> bool:
    return field in ticket.changes and _text(ticket.changes[field][1]) == held


def _unclear(ticket: Ticket) -> tuple[str, ...]:
    """The ticket, when it has to be asked about: the data were put together after a later change, or say too little."""
    held: Mapping[str, str | None] = {
        "status": _text(ticket.status), "responder_id": ticket.agent, "group_id": ticket.group,
    }  # fmt: skip
    late = any(name in ticket.changes and _text(ticket.changes[name][1]) != value for name, value in held.items())
    return (ticket.id,) if late or "source" in ticket.changes else ()


def _text(value: JSONValue) -> str | None:
    return None if value is None else str(value)


def _of_conversation(data: JSONObject, name: str, access: Access, call: Call) -> Reading:  # noqa: ARG001 -- as others
    ticket = _ticket(data["conversation"])
    if _GONE.fullmatch(name):
        return Reading(refresh=(ticket,))
    said = payloads.of_call(Conversation, data["conversation"])
    if mapping.needs_requester(said):
        return Reading(refresh=(ticket,))
    return Reading(events=tuple(facts.of_conversation(said, ticket, requester=None)))


def _names(kind: str, what: str) -> Callable[[JSONObject, str, Access, Call], Reading]:
    def read_names(data: JSONObject, name: str, access: Access, call: Call) -> Reading:  # noqa: ARG001 -- as others
        told = payloads.of_call(Named, data[what])
        return Reading(names={kind: {told.id: told.name}} if told.name else {})

    return read_names


_READERS: Final[Mapping[str, Callable[[JSONObject, str, Access, Call], Reading]]] = {
    "conversation": _of_conversation,
    "ticket": _of_ticket,
    "agent": _names("agent", "agent"),
    "group": _names("department", "group"),
}
