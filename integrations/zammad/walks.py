"""Going through what changed in a Zammad, page by page, by the moment of the last change or through the whole list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from integrations.base import Page, Reading
from integrations.errors import Rejected, Unreadable
from integrations.events import JSONValue
from integrations.session import Session
from integrations.times import Instant
from integrations.zammad.client import PAGE, Client
from integrations.zammad.facts import of_row
from integrations.zammad.payloads import Ticket, read_ticket

#: Set to `list` where Zammad's search does not answer conditions; `connect` finds out.
OPTION: Final = "walk"
LIST: Final = "list"
_MILLISECOND: Final = 1000
_CURSOR: Final = re.compile(r"(changed|list)\|([0-9]{1,17})\|([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: by changes after that moment or by the list, and on which page of it, from 1."""

    way: Literal["changed", "list"]
    after: Instant
    page: int

    def text(self) -> str:
        return f"{self.way}|{self.after}|{self.page}"


def changed_since(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """Every ticket that changed since then. A row dates the creation; the ticket is then asked about."""
    client = Client(session)
    place: _Place | None = _resumed(cursor) if cursor else _first(session, since)
    while place is not None:
        rows = _rows(client, place, _size(session))
        reading = _reading(rows, session, since=place.after if place.way == "list" else 0)
        place = _following(rows, place, _size(session))
        yield Page(reading, place.text() if place else None)


def _first(session: Session, since: Instant) -> _Place:
    if session.access.options.get(OPTION) == LIST:
        return _Place("list", since, 1)
    return _Place("changed", max(0, since - _MILLISECOND), 1)


def _resumed(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(f"{cursor!r} is no place in Zammad's tickets; start again without it")
    return _Place("list" if found[1] == LIST else "changed", int(found[2]), int(found[3]))


def _rows(client: Client, place: _Place, size: int) -> list[JSONValue]:
    if place.way == LIST:
        return client.listed(page=place.page, size=size)
    return client.changed_after(place.after, page=place.page, size=size)


def _following(rows: list[JSONValue], place: _Place, size: int) -> _Place | None:
    """The next page begins at the last change of this one; only inside one millisecond are pages counted.

    Counting pages all the way would skip tickets that change meanwhile and so leave their page for a later one.
    """
    if len(rows) < size:
        return None
    last = max(ticket.updated_at or 0 for ticket in map(_ticket, rows)) - _MILLISECOND
    if place.way == LIST or last <= place.after:
        return _Place(place.way, place.after, place.page + 1)
    return _Place("changed", last, 1)


def _reading(rows: list[JSONValue], session: Session, *, since: Instant) -> Reading:
    readings = [_row(row, session, since=since) for row in rows]
    return Reading(
        events=tuple(event for reading in readings for event in reading.events),
        refresh=tuple(ticket for reading in readings for ticket in reading.refresh),
    )


def _row(row: JSONValue, session: Session, *, since: Instant) -> Reading:
    ticket = _ticket(row)
    return of_row(ticket, session.access.options) if (ticket.updated_at or since) >= since else Reading()


def _ticket(row: JSONValue) -> Ticket:
    try:
        return read_ticket(row)
    except Unreadable as error:
        raise Rejected(f"the desk's answer is {error}") from error


def _size(session: Session) -> int:
    told = session.access.options.get("page_size")
    return told if type(told) is int and 1 < told <= PAGE else PAGE
