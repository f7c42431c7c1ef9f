"""Going through django-helpdesk's lists page by page: everything for a back-fill, what may be new for a reconciliation.

The API tells neither when a ticket was opened nor when it changed, and cannot sort. What it can do: filter tickets by
status, and list the follow-ups of all tickets in the order of their dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.base import Page, Reading
from integrations.django_helpdesk import client, facts
from integrations.django_helpdesk.payloads import FollowUp, Ticket, read_follow_up, read_ticket
from integrations.errors import Rejected, Unreadable
from integrations.events import JSONValue
from integrations.session import Session
from integrations.times import Instant

_TICKETS_A_PAGE: Final = 100
_FOLLOW_UPS_A_PAGE: Final = 200
_CURSOR: Final = re.compile(r"(?P<walk>[0-9]{1,2}):(?P<page>[0-9]{0,9}):(?P<taken>[0-9]{1,9})")
_FINISHED_PAGES: Final = 1  #: pages of resolved, and of closed tickets, that a reconciliation looks at


@dataclass(frozen=True, slots=True)
class _Walk:
    """One list to go through from its last page to its first, or to where its reader has seen enough."""

    path: str
    params: Mapping[str, str | int]
    read: Callable[[tuple[JSONValue, ...]], tuple[Reading, bool]]  #: what a page tells, and whether to go on
    most: int | None = None  #: pages to read; None for all


def everything(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """Every ticket with an entry since then, and every open one."""
    return _pages(
        session,
        [
            _tickets(session, client.OPEN, since=None),
            _tickets(session, client.RESOLVED, since=since),
            _tickets(session, _finished(session), since=since),
        ],
        cursor,
    )


def what_may_be_new(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """Every open ticket, every entry since then, and the finished tickets that were opened last.

    A ticket that was finished on the board or through the API leaves no entry, so the newest finished ones are looked
    at; the account's `finished_pages` says how many pages of them.
    """
    walks = [_tickets(session, client.OPEN, since=None), _entries(session, since=since)]
    pages = _number(session, "finished_pages", _FINISHED_PAGES, least=0)
    if pages:
        places = (client.RESOLVED, _finished(session))
        walks += [_tickets(session, place, since=None, most=pages) for place in places]
    return _pages(session, walks, cursor)


def newest_entries(session: Session, *, since: Instant) -> Iterator[FollowUp]:
    """The entries of all tickets that are not older than `since`, the newest first."""
    number: int | None = None
    while number != 0:
        page = client.asked_page(session, client.FOLLOW_UPS, {"page_size": _FOLLOW_UPS_A_PAGE}, number)
        entries = _read_entries(page.rows)
        yield from (entry for entry in reversed(entries) if entry.date >= since)
        if entries and entries[0].date < since:
            return
        number = page.number - 1


def _pages(session: Session, walks: list[_Walk], cursor: str | None) -> Iterator[Page]:
    """The pages from the cursor on. A cursor is `walk:page:pages read of this walk`, no page meaning the last one.

    Lists are read from the last page down: a ticket that leaves a list meanwhile moves others to pages still to come,
    where they are read again, instead of past the reader.
    """
    place: str | None = cursor or "0::0"
    while place is not None:
        page = _page(session, walks, place)
        yield page
        place = page.cursor


def _page(session: Session, walks: list[_Walk], place: str) -> Page:
    found = _CURSOR.fullmatch(place)
    if found is None:
        raise Rejected(f"{place!r} is no place in a django-helpdesk's lists; start again without it")
    index, taken = int(found["walk"]), int(found["taken"])
    if index >= len(walks):  # the account's settings asked for more lists when the cursor was made
        return Page(Reading(), None)
    walk = walks[index]
    page = client.asked_page(session, walk.path, walk.params, int(found["page"]) if found["page"] else None)
    reading, on = walk.read(page.rows)
    if on and page.number > 1 and (walk.most is None or taken + 1 < walk.most):
        return Page(reading, f"{index}:{page.number - 1}:{taken + 1}")
    following = index + 1
    return Page(reading, f"{following}::0" if following < len(walks) else None)


def _tickets(session: Session, place: str, *, since: Instant | None, most: int | None = None) -> _Walk:
    def read(rows: tuple[JSONValue, ...]) -> tuple[Reading, bool]:
        return _of_tickets(session, rows, since=since), True

    size = _number(session, "page_size", _TICKETS_A_PAGE, least=1)
    return _Walk(client.TICKETS, {**client.statuses(place), "page_size": size}, read, most)


def _entries(session: Session, *, since: Instant) -> _Walk:
    def read(rows: tuple[JSONValue, ...]) -> tuple[Reading, bool]:
        entries = _read_entries(rows)
        recent = [entry for entry in entries if entry.date >= since]
        return facts.of_entries(recent, session.access), len(recent) == len(rows)

    return _Walk(client.FOLLOW_UPS, {"page_size": _FOLLOW_UPS_A_PAGE}, read)


def _of_tickets(session: Session, rows: tuple[JSONValue, ...], *, since: Instant | None) -> Reading:
    asked_at = session.now()
    readings: list[Reading] = []
    for row in rows:
        try:
            ticket = read_ticket(row)
            if since is None or _is_since(ticket, since):
                readings.append(facts.of_ticket(ticket, session.access, asked_at=asked_at))
        except Unreadable:
            readings.append(_to_be_asked(row))  # its refresh fails on its own, and is shown
    return _joined(readings)


def _to_be_asked(row: JSONValue) -> Reading:
    number = row.get("id") if isinstance(row, dict) else None
    return Reading(refresh=(str(number),)) if type(number) is int else Reading()


def _is_since(ticket: Ticket, since: Instant) -> bool:
    return not ticket.follow_ups or ticket.follow_ups[-1].date >= since


def _joined(readings: list[Reading]) -> Reading:
    return Reading(
        events=tuple(event for reading in readings for event in reading.events),
        present=tuple(present for reading in readings for present in reading.present),
        refresh=tuple(ticket for reading in readings for ticket in reading.refresh),
    )


def _read_entries(rows: Iterable[JSONValue]) -> list[FollowUp]:
    return sorted(map(client.readable(read_follow_up), rows), key=lambda entry: (entry.date, entry.id))


def _finished(session: Session) -> str:
    """The statuses beside open and resolved, with those that the administrator added."""
    added = session.access.options.get("statuses")
    numbers = [number for number in added if number.isdigit()] if isinstance(added, Mapping) else []
    others = dict.fromkeys([*client.OVER.split(","), *numbers])
    return ",".join(number for number in others if number not in (*client.OPEN.split(","), client.RESOLVED))


def _number(session: Session, option: str, usual: int, *, least: int) -> int:
    told = session.access.options.get(option)
    return told if type(told) is int and told >= least else usual
