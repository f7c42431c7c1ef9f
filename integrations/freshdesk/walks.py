"""Asking Freshdesk for what changed since a moment: tickets, spam, deleted tickets and ratings, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from integrations.base import Access, Page, Present, Reading
from integrations.errors import Rejected
from integrations.events import JSONValue
from integrations.freshdesk import facts, mapping, payloads
from integrations.freshdesk.client import PAGE, Client
from integrations.freshdesk.directory import directory_of, names
from integrations.freshdesk.ratings import answers_of
from integrations.freshdesk.values import Rating, Ticket
from integrations.session import Session
from integrations.times import DAY, SECOND, Instant, instant_of_iso, iso

#: No list tells of a rating that came late or was changed, so every reconciliation looks back this far.
_RATINGS_BACK: Final = 2 * DAY
_TICKETS: Final = "tickets"
_RATINGS: Final = "ratings"
#: The lists in their order, and the filter of each.
_LISTS: Final[Mapping[str, str]] = {_TICKETS: "", "spam": "spam", "deleted": "deleted", _RATINGS: ""}
_CURSOR: Final = re.compile(r"(tickets|spam|deleted|ratings)\|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\|([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: a list, the moment from which to ask, and the page within that."""

    stage: str
    start: Instant
    page: int = 1

    def text(self) -> str:
        return f"{self.stage}|{iso(self.start)}|{self.page}"


def walk(session: Session, *, since: Instant, ratings_since: Instant, cursor: str | None) -> Iterator[Page]:
    """Tickets changed since then, oldest change first; then spam, deleted ones, and ratings given since.

    Of tickets in use the lists only say how they began, and each is to be asked about: a list may trail behind.
    """
    client = Client(session)
    begins = dict.fromkeys(_LISTS, since // SECOND * SECOND) | {_RATINGS: ratings_since // SECOND * SECOND}
    place: _Place | None = _place(cursor) if cursor else _Place(_TICKETS, begins[_TICKETS])
    told = names(client) if cursor is None else {}
    while place is not None:
        rows = _rows(client, place)
        following = _following(rows, place) or _next_list(place.stage, begins)
        yield Page(replace(_read(client, rows, place.stage), names=told), following.text() if following else None)
        place, told = following, {}


def ratings_since(since: Instant, *, now: Instant) -> Instant:
    """How far back a reconciliation asks for ratings."""
    return min(since, now - _RATINGS_BACK)


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    start = _moment(found[2]) if found else None
    if found is None or start is None:
        raise Rejected(f"{cursor!r} is no place in Freshdesk's lists; start the back-fill again without it")
    return _Place(found[1], start, int(found[3]))


def _rows(client: Client, place: _Place) -> list[JSONValue]:
    if place.stage == _RATINGS:
        return client.ratings(place.start, page=place.page)
    return client.changed_since(place.start, only=_LISTS[place.stage], page=place.page)


def _following(rows: list[JSONValue], place: _Place) -> _Place | None:
    """The next page of tickets starts at the last change of this one; only inside one second are pages counted.

    Counting pages all the way would skip tickets that change meanwhile and so leave their page for a later one, and
    Freshdesk shows 300 pages of one question and no more.
    """
    if len(rows) < PAGE:
        return None
    last = None if place.stage == _RATINGS else _changed(rows[-1])
    if last is None or last <= place.start:
        return replace(place, page=place.page + 1)
    return _Place(place.stage, last)


def _changed(row: JSONValue) -> Instant | None:
    told = row.get("updated_at") if isinstance(row, dict) else None
    moment = _moment(told) if isinstance(told, str) else None
    return None if moment is None else moment // SECOND * SECOND


def _moment(text: str) -> Instant | None:
    try:
        return instant_of_iso(text)
    except ValueError:
        return None


def _next_list(stage: str, begins: Mapping[str, Instant]) -> _Place | None:
    following = [*_LISTS, None][[*_LISTS].index(stage) + 1]
    return None if following is None else _Place(following, begins[following])


def _read(client: Client, rows: list[JSONValue], stage: str) -> Reading:
    if stage == _RATINGS:
        ratings = payloads.rows(Rating, rows)
        surveys = directory_of(client.session).surveys(client) if ratings else {}
        return Reading(events=tuple(answers_of(ratings, surveys)))
    tickets = payloads.rows(Ticket, rows)
    access = client.session.access
    begun = tuple(made for ticket in tickets for made in facts.opening(ticket, access))
    if stage == _TICKETS:
        return Reading(events=begun, refresh=tuple(_to_ask(rows, tickets, access)))
    gone = partial(_gone, access=access, status=stage, asked_at=client.session.now())
    return Reading(events=begun, present=tuple(filter(None, map(gone, tickets))))


def _to_ask(rows: list[JSONValue], tickets: list[Ticket], access: Access) -> Iterator[str]:
    """Every ticket but our summaries; also one whose row cannot be read, so that its refresh fails and is shown."""
    own = {ticket.id for ticket in tickets if mapping.is_summary(ticket, author=access.author)}
    for row in rows:
        id_ = row.get("id") if isinstance(row, dict) else None
        if type(id_) is int and str(id_) not in own:
            yield str(id_)


def _gone(ticket: Ticket, *, access: Access, status: str, asked_at: Instant) -> Present | None:
    """What the filter by which a ticket was found says about it; nothing more of it counts."""
    if mapping.is_summary(ticket, author=access.author):
        return None
    return Present(ticket.id, asked_at, {"status": status}, updated_at=ticket.updated)
