"""Going through django-helpdesk's lists page by page: everything for a back-fill, what may be new for a reconciliation.

The API tells neither when a ticket was opened nor when it changed, and cannot sort. What it can do: filter tickets by
status, and list the follow-ups of all tickets in the order of their dates. So what changed in a finished ticket is
looked for where an entry says that something happened, and among those that were opened last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
_CURSOR: Final = re.compile(
    r"(?P<walk>[0-9]{1,2}):(?P<page>[0-9]{0,9}):(?P<taken>[0-9]{1,9})(:(?P<unseen>[1-9][0-9]{0,18}))?"
)
_FINISHED_PAGES: Final = 1  #: pages of resolved, and of closed tickets, that a reconciliation looks at


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk goes on: at which list and page, None for its last one.

    `taken` are the pages of this list that were read; finished tickets with a number below `unseen` may not have been
    looked at.
    """

    walk: int = 0
    page: int | None = None
    taken: int = 0
    unseen: int = 0

    def cursor(self) -> str:
        """`walk:page:taken`, and `:unseen` where there are such tickets."""
        return f"{self.walk}:{self.page or ''}:{self.taken}" + (f":{self.unseen}" if self.unseen else "")


@dataclass(frozen=True, slots=True)
class _Walk:
    """One list to go through from its last page to its first, or to where its reader has seen enough."""

    path: str
    params: Mapping[str, str | int]
    read: Callable[[tuple[JSONValue, ...], int], tuple[Reading, bool]]
    """What a page tells, given the number below which tickets were not looked at, and whether to go on."""
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
    """Every open ticket, the finished tickets that were opened last, and every entry since then.

    An entry of an older finished ticket asks for that ticket: what stands in its fields may be new too. What leaves no
    entry, as a change on the board or through the API, is found in the newest ones; the account's `finished_pages`
    says how many pages of them. With none of them no finished ticket is looked at.
    """
    pages = _number(session, "finished_pages", _FINISHED_PAGES, least=0)
    places = (client.RESOLVED, _finished(session)) if pages else ()
    newest = [_tickets(session, place, since=None, most=pages) for place in places]
    return _pages(
        session, [_tickets(session, client.OPEN, since=None), *newest, _entries(session, since=since)], cursor
    )


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
    """The pages from the cursor on.

    Lists are read from the last page down: a ticket that leaves a list meanwhile moves others to pages still to come,
    where they are read again, instead of past the reader.
    """
    place: str | None = cursor or _Place().cursor()
    while place is not None:
        page = _page(session, walks, _place(place))
        yield page
        place = page.cursor


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(f"{cursor!r} is no place in a django-helpdesk's lists; start again without it")
    page = int(found["page"]) if found["page"] else None
    return _Place(int(found["walk"]), page, int(found["taken"]), int(found["unseen"] or 0))


def _page(session: Session, walks: list[_Walk], place: _Place) -> Page:
    if place.walk >= len(walks):  # the account's settings asked for more lists when the cursor was made
        return Page(Reading(), None)
    walk = walks[place.walk]
    page = client.asked_page(session, walk.path, walk.params, place.page)
    reading, on = walk.read(page.rows, place.unseen)
    following = _following(walk, place, page, on=on)
    return Page(reading, following.cursor() if following.walk < len(walks) else None)


def _following(walk: _Walk, place: _Place, page: client.Listed, *, on: bool) -> _Place:
    if on and page.number > 1 and (walk.most is None or place.taken + 1 < walk.most):
        return replace(place, page=page.number - 1, taken=place.taken + 1)
    left = _lowest(page.rows) if page.number > 1 else 0
    return _Place(place.walk + 1, unseen=max(place.unseen, left))


def _lowest(rows: Iterable[JSONValue]) -> int:
    """The lowest number on a page of tickets, which are listed by their numbers."""
    numbers = (row.get("id") for row in rows if isinstance(row, dict))
    return min((number for number in numbers if type(number) is int), default=0)


def _tickets(session: Session, place: str, *, since: Instant | None, most: int | None = None) -> _Walk:
    def read(rows: tuple[JSONValue, ...], _: int) -> tuple[Reading, bool]:
        return _of_tickets(session, rows, since=since), True

    size = _number(session, "page_size", _TICKETS_A_PAGE, least=1)
    return _Walk(client.TICKETS, {**client.statuses(place), "page_size": size}, read, most)


def _entries(session: Session, *, since: Instant) -> _Walk:
    def read(rows: tuple[JSONValue, ...], unseen: int) -> tuple[Reading, bool]:
        entries = _read_entries(rows)
        recent = [entry for entry in entries if entry.date >= since]
        return facts.of_entries(recent, session.access, unseen=unseen), len(recent) == len(rows)

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
