"""Asking LiveAgent for what changed since a moment: tickets page by page, then ratings window by window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from integrations.base import Page, Reading
from integrations.errors import Rejected
from integrations.events import Event, JSONValue, event
from integrations.liveagent import payloads
from integrations.liveagent.client import PAGE, RANKS, Client
from integrations.liveagent.directory import directory_of
from integrations.liveagent.local import is_time, is_told_twice, moment, text_of, text_since
from integrations.liveagent.mapping import CHANNEL, DELETED, RESOLVED
from integrations.liveagent.markup import has_mark
from integrations.liveagent.payloads import Ticket
from integrations.liveagent.ratings import answers_of
from integrations.session import Session
from integrations.times import DAY, HOUR, Instant, utc

#: The ranking report is slow over long periods, so it is asked for no more than this at a time.
_WINDOW: Final = 30 * DAY
#: Ratings come late, change and are invalidated: every reconciliation looks back this far …
_RATINGS_BACK: Final = 48 * HOUR
#: … and those that run in this local hour look back a whole window.
_LONG_LOOK_HOUR: Final = 3
_CURSOR: Final = re.compile(r"(tickets|ratings)\|([0-9: -]{19})\|([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: a stage, the local time from which to ask, and the page or row within that."""

    stage: Literal["tickets", "ratings"]
    start: str
    number: int

    def text(self) -> str:
        return f"{self.stage}|{self.start}|{self.number}"


def backfill(session: Session, *, since: Instant, ratings_since: Instant, cursor: str | None = None) -> Iterator[Page]:
    """Tickets changed since then, oldest change first, and ratings given since `ratings_since`.

    A page of tickets holds what its rows date (creation, last resolution) and asks for a refresh of each. The list
    may trail behind single tickets, so no present values are taken from it.
    """
    client = Client(session)
    zone = session.access.zone
    place = _place(cursor) if cursor else _Place("tickets", text_since(since, zone), 1)
    first_ratings = _Place("ratings", text_since(ratings_since, zone), 0)
    until = session.now()
    names = directory_of(session).names(client) if cursor is None else {}
    while True:
        if place.stage == "tickets":
            reading, following = _tickets(client, place)
            following = following or first_ratings
            reading = Reading(events=reading.events, refresh=reading.refresh, names=names)
        else:
            reading, following = _ratings(client, place, until)
        yield Page(reading, following.text() if following else None)
        if following is None:
            return
        place, names = following, {}


def ratings_since(since: Instant, *, now: Instant, zone: ZoneInfo) -> Instant:
    """How far back a reconciliation asks for ratings: 48 hours, once a night 30 days."""
    night = utc(now).astimezone(zone).hour == _LONG_LOOK_HOUR
    return min(since, now - (_WINDOW if night else _RATINGS_BACK))


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None or not is_time(found[2]):
        raise Rejected(f"{cursor!r} is no place in LiveAgent's history; start the back-fill again without it")
    return _Place("tickets" if found[1] == "tickets" else "ratings", found[2], int(found[3]))


def _tickets(client: Client, place: _Place) -> tuple[Reading, _Place | None]:
    rows = client.changed_since(place.start, page=place.number)
    tickets = payloads.rows(Ticket, rows, what="ticket")
    zone = client.session.access.zone
    own = client.session.access.options.get("channels")
    made = tuple(one for ticket in tickets for one in _dated(ticket, zone, own))
    reading = Reading(events=made, refresh=tuple(ticket.id for ticket in tickets))
    return reading, _following(rows, place)


def _following(rows: list[JSONValue], place: _Place) -> _Place | None:
    """The next page starts at the last change of this one; only inside one second are pages counted.

    Counting pages all the way would skip tickets that change meanwhile and so leave their page for a later one.
    """
    if len(rows) < PAGE:
        return None
    last = rows[-1].get("date_changed") if isinstance(rows[-1], dict) else None
    if not isinstance(last, str) or last <= place.start:
        return _Place("tickets", place.start, place.number + 1)
    return _Place("tickets", last, 1)


def _dated(ticket: Ticket, zone: ZoneInfo, own: JSONValue) -> Iterator[Event]:
    """What a row of the list tells with its date; the same as the ticket's refresh will tell, or less.

    A change of status in an hour that the clock has twice is left to the refresh, which knows what was before it.
    """
    if has_mark(ticket.subject):
        return  # perhaps a summary of ours: its refresh tells
    seen = moment(ticket.changed, zone) if ticket.changed else None
    created: dict[str, Any] = {"customer": ticket.customer or ticket.address}
    channel = CHANNEL.get(ticket.channel or "")
    # Whether a call was an internal one, and what an account's own letters mean, is left to the refresh.
    if channel not in (None, "voice") and not (isinstance(own, Mapping) and ticket.channel in own):
        created["channel"] = channel
    yield event("ticket.created", ticket.id, moment(ticket.created, zone), seen=seen, **created)
    for status, changed, holds in (
        ("resolved", ticket.resolved, ticket.status in RESOLVED),
        ("deleted", ticket.deleted, ticket.status == DELETED),
    ):
        if holds and changed and not is_told_twice(changed, zone):
            yield event("status.changed", ticket.id, moment(changed, zone), seen=seen, status=status)


def _ratings(client: Client, place: _Place, until: Instant) -> tuple[Reading, _Place | None]:
    zone = client.session.access.zone
    end = moment(place.start, zone) + _WINDOW
    ranks, more = client.ratings(place.start, text_of(min(end, until + HOUR), zone), offset=place.number)
    agents = directory_of(client.session).agents_by_email(client) if ranks else {}
    reading = Reading(events=tuple(answers_of(ranks, agents, zone)))
    if more:
        return reading, _Place("ratings", place.start, place.number + RANKS)
    return reading, _Place("ratings", text_of(end, zone), 0) if end < until else None
