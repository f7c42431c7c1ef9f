"""django-helpdesk's REST API: its addresses, its answers, and how not to overload it.

Seen on 2.6.1: to answer anything about one ticket, the desk reads every ticket that the request's `status` filter lets
through, with one query for each and one more for each of its custom fields; 4,000 tickets with seven custom fields took
22 s. The list of follow-ups has no such cost. So tickets are asked for among the open ones first, and what is new is
looked for among the follow-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import orjson

from integrations.django_helpdesk.payloads import CUSTOM, Ticket, read_follow_up, read_ticket
from integrations.errors import DeskpulseError, Gone, Rejected, Unavailable, Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.session import Failure, Session

#: What the API asks of the token's user (`helpdesk/views/api.py`, IsAdminUser).
PERMISSION: Final = "is_staff"

TICKETS: Final = "/api/tickets/"
#: Where agents see a ticket.
TICKET_PAGE: Final = "/tickets/{ticket}/"
FOLLOW_UPS: Final = "/api/followups/"

OPEN: Final = "1,2"  #: open and reopened
RESOLVED: Final = "3"
OVER: Final = "4,5"  #: closed and duplicate
_EVERY: Final = ""
#: Where a ticket is looked for first: the likely and cheap places.
_LIKELY: Final = (OPEN, RESOLVED)

_LEAST_PRIORITY: Final = 5

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket, and the filter under which the desk found it."""

    ticket: Ticket
    place: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, as the desk sent it."""

    number: int  #: from 1
    rows: tuple[JSONValue, ...]


def found(session: Session, ticket: str) -> Found:
    """The ticket; Gone when the desk has none of that number."""
    for place in _LIKELY:
        with suppress(Gone):
            return _found(session, ticket, place)
    return _found(session, ticket, _EVERY)


def _found(session: Session, ticket: str, place: str) -> Found:
    told = _asked(session, "GET", _one(ticket), params=statuses(place))
    return Found(readable(read_ticket)(told), place)


def change(session: Session, it: Found, values: JSONObject) -> None:
    """Sets fields of a ticket that was just found; nobody is notified and no webhook is sent.

    Rejected names the custom field when the desk has none of that name, or does not take the value.
    """
    try:
        told = _asked(
            session,
            "PATCH",
            _one(str(it.ticket.id)),
            params=statuses(it.place),
            json=dict(values),
            meaning=_refused_field,
        )
    except Gone as error:
        raise Unavailable(f"ticket {it.ticket.id} left its status while it was being changed") from error
    taken = told if isinstance(told, dict) else {}
    for name in values:
        if name not in taken:  # an unknown custom field is passed over in silence, with a 200
            raise missing_field(name)


def add_private_note(session: Session, ticket: str, comment: str) -> str:
    """A private follow-up; its id. Gone when there is no such ticket.

    It has no title: a title in this request renames the ticket.
    """
    body = {"ticket": int(ticket), "comment": comment, "public": False}
    return str(readable(read_follow_up)(_asked(session, "POST", FOLLOW_UPS, json=body, meaning=_no_ticket)).id)


def open_ticket(session: Session, *, queue: str, title: str, description: str) -> Ticket:
    """A ticket without a submitter, so that nobody gets a mail; Rejected when there is no such queue."""
    body = {"queue": queue, "title": title, "description": description, "priority": _LEAST_PRIORITY}
    return readable(read_ticket)(_asked(session, "POST", TICKETS, json=body, meaning=_no_queue))


def fields_of_tickets(session: Session) -> Mapping[str, JSONObject]:
    """What the API takes in a ticket: field → its type, choices and the like; costs the desk nothing."""
    match _asked(session, "OPTIONS", TICKETS):
        case {"actions": {"POST": dict(taken)}}:
            return taken
    raise Rejected("the address is not that of a django-helpdesk whose API this token may use")


def asked_page(session: Session, path: str, params: Mapping[str, str | int], number: int | None) -> Listed:
    """One page of a list, its last one without a number, or when there are fewer pages by now."""
    if number is not None:
        with suppress(Gone):
            return _listed(session, path, params, number)
    return _listed(session, path, params, None)


def _listed(session: Session, path: str, params: Mapping[str, str | int], number: int | None) -> Listed:
    match _asked(session, "GET", path, params={**params, "page": number or "last"}):
        case {"results": [*rows], "count": int(count)}:
            last = max(1, -(-count // int(params["page_size"])))
            return Listed(number or last, tuple(rows))
    raise Unavailable(f"the answer to GET {path} is not a list of django-helpdesk")


def readable(read: Callable[[JSONValue], _Read]) -> Callable[[JSONValue], _Read]:
    """The reader, with Rejected for an answer that it cannot read."""

    def reading(told: JSONValue) -> _Read:
        try:
            return read(told)
        except Unreadable as error:
            raise Rejected(f"the desk's answer is {error}") from error

    return reading


def _one(ticket: str) -> str:
    if not (ticket.isascii() and ticket.isdigit()):
        raise Gone(f"django-helpdesk has no ticket {ticket}: its tickets have numbers")
    return f"{TICKETS}{ticket}/"


def statuses(place: str) -> dict[str, str | int]:
    """The filter of a request for tickets; none for every ticket."""
    return {"status": place} if place else {}


def _asked(session: Session, method: str, path: str, **options: JSONValue) -> JSONValue:
    proof = {"Authorization": f"Token {session.access.credentials.get('token', '')}"}
    return session.request(method, path, headers=proof, permission=PERMISSION, **options).json


def _refused_field(failure: Failure) -> DeskpulseError | None:
    for name, said in _messages(failure).items():
        if name.startswith(CUSTOM):
            return Rejected(
                f"the custom field {name.removeprefix(CUSTOM)} does not take this value ({said}): change its type, "
                f"choices or length in the desk's admin under Helpdesk › Custom fields"
            )
    return None


def missing_field(name: str) -> Rejected:
    """What to say when the desk has no such custom field."""
    field = name.removeprefix(CUSTOM)
    return Rejected(f"the desk has no custom field {field}: add one in its admin under Helpdesk › Custom fields")


def _no_ticket(failure: Failure) -> DeskpulseError | None:
    return Gone("the ticket is not in the desk any more") if "ticket" in _messages(failure) else None


def _no_queue(failure: Failure) -> DeskpulseError | None:
    if "queue" not in _messages(failure):
        return None
    return Rejected("the desk has no queue of that number: set summary_queue to the number of one that it has")


def _messages(failure: Failure) -> dict[str, str]:
    """Field → what is wrong with it, of an answer 400; empty for any other answer."""
    try:
        told = orjson.loads(failure.text) if failure.status == 400 else None
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {name: " ".join(map(str, texts)) if isinstance(texts, list) else str(texts) for name, texts in told.items()}
