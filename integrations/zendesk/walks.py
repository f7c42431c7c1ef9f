"""Going through what changed in Zendesk: tickets by the export's cursor, then ratings, then survey responses.

The export lists a ticket whenever anything in it changed, also what no webhook tells and what Zendesk itself changed;
so a page of it says which tickets to ask about, and dates only their creation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.base import Page, Reading
from integrations.errors import Gone, Rejected, Unreadable
from integrations.events import Event, JSONValue
from integrations.session import Session
from integrations.times import DAY, MINUTE, SECOND, Instant
from integrations.zendesk import mapping, payloads, survey_payloads, surveys, values
from integrations.zendesk.client import Client, Rows
from integrations.zendesk.directory import directory_of
from integrations.zendesk.facts import Facts

#: The export leaves out the last minute.
_EXPORT_LAG: Final = MINUTE + SECOND
#: Answers come late, and one that is changed keeps the date of its creation.
_ANSWERS_BACK: Final = 2 * DAY
_CURSOR: Final = re.compile(r"(tickets|ratings|responses)\|([0-9]{1,10})\|([!-~]{0,2000})")
_STAGES: Final = ("tickets", "ratings", "responses")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: a stage, the moment from which to ask in seconds, and the desk's cursor within that."""

    stage: str
    start: int
    cursor: str | None = None

    def text(self) -> str:
        return f"{self.stage}|{self.start}|{self.cursor or ''}"

    def after(self, rows: Rows, *, answers_since: int) -> _Place | None:
        if rows.after is not None:
            return _Place(self.stage, self.start, rows.after)
        following = _STAGES.index(self.stage) + 1
        return _Place(_STAGES[following], answers_since) if following < len(_STAGES) else None


def backfill(session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
    """Everything that changed since then."""
    return _pages(session, since=since, answers_since=since, cursor=cursor)


def reconcile(session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
    """The same, with the answers of at least two days."""
    back = min(since, session.now() - _ANSWERS_BACK)
    return _pages(session, since=since, answers_since=back, cursor=cursor)


def _pages(session: Session, *, since: Instant, answers_since: Instant, cursor: str | None) -> Iterator[Page]:
    client = Client(session)
    start = min(since, session.now() - _EXPORT_LAG) // SECOND
    place: _Place | None = _place(cursor) if cursor else _Place("tickets", start)
    names = directory_of(session).names(client) if cursor is None else {}
    while place is not None:
        reading, rows = _READERS[place.stage](client, place)
        place = place.after(rows, answers_since=min(answers_since // SECOND, place.start))
        told = Reading(events=reading.events, refresh=reading.refresh, names=names)
        yield Page(told, place.text() if place else None)
        names = {}


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(f"{cursor!r} is no place in Zendesk's history; start the back-fill again without it")
    return _Place(found[1], int(found[2]), found[3] or None)


def _tickets(client: Client, place: _Place) -> tuple[Reading, Rows]:
    rows = client.changed(since=place.start * SECOND, cursor=place.cursor)
    events: list[Event] = []
    refresh: list[str] = []
    for row in rows.rows:
        created, ticket = _of_row(row, client.session)
        events += created
        refresh += ticket
    return Reading(events=tuple(events), refresh=tuple(dict.fromkeys(refresh))), rows


def _of_row(row: JSONValue, session: Session) -> tuple[list[Event], list[str]]:
    """What a row dates, and the ticket to ask about; the refresh of a row that cannot be read says why."""
    try:
        ticket = payloads.read_ticket(row)
    except Unreadable:
        id_ = values.id_of(row.get("id")) if isinstance(row, dict) else None
        return [], [] if id_ is None else [id_]
    facts = Facts(ticket, session.access.options)
    if mapping.is_summary(ticket, session.access.author):
        return list(facts.summary()), []
    return [facts.created(channel=mapping.channel(ticket.via.channel))], [ticket.id]


def _ratings(client: Client, place: _Place) -> tuple[Reading, Rows]:
    rows = _if_there_are(client.ratings, place)
    return Reading(events=tuple(surveys.of_ratings(values.readable(survey_payloads.read_rating, rows.rows)))), rows


def _responses(client: Client, place: _Place) -> tuple[Reading, Rows]:
    rows = _if_there_are(client.responses, place)
    answers = [one for told in values.readable(survey_payloads.read_response, rows.rows) for one in told]
    return Reading(events=tuple(surveys.of_responses(answers))), rows


def _if_there_are(ask: Callable[..., Rows], place: _Place) -> Rows:
    """The page; none for a plan without this survey."""
    try:
        return ask(since=place.start * SECOND, cursor=place.cursor)
    except Gone:
        return Rows((), None)


_READERS: Final[Mapping[str, Callable[[Client, _Place], tuple[Reading, Rows]]]] = {
    "tickets": _tickets,
    "ratings": _ratings,
    "responses": _responses,
}
