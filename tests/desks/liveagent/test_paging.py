"""The edges of pages: none, one too few, exactly one full, one too many, all in one second, and windows of ratings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from integrations.base import Page
from integrations.errors import DeskpulseError, RateLimited, Refused, Rejected, Unavailable
from integrations.events import Event
from integrations.liveagent.client import PAGE, RANKS
from integrations.session import NoGate, Session
from integrations.times import DAY, MINUTE, SECOND
from tests.desks.liveagent.world import DESK, NOW, Office
from tests.desks.wired import (
    BROKEN,
    DROP,
    FORBIDDEN,
    HOST,
    LIE,
    LIMITED,
    NONSENSE,
    TIMEOUT,
    Fault,
    Wire,
    wired,
)

BEGIN = NOW - 3 * DAY


@contextmanager
def reached(office: Office) -> Iterator[tuple[Wire, Session]]:
    office.simulator.api.limit_per_minute = 10_000
    with (
        wired(office.simulator.app) as wire,
        Session(office.access(HOST), NoGate(), clock=lambda: NOW / SECOND) as session,
    ):
        yield wire, session
    assert office.simulator.violations == []


def office_of(tickets: int, *, apart: int = SECOND) -> Office:
    office = Office()
    for number in range(tickets):
        office.ticket(BEGIN + number * apart)
    return office


def pages_of(office: Office, *, days: int = 10) -> list[Page]:
    with reached(office) as (_, session):
        return list(DESK.backfill(session, since=NOW - days * DAY))


@pytest.mark.parametrize(
    ("tickets", "rows"),
    [(0, [0]), (1, [1]), (PAGE - 1, [PAGE - 1]), (PAGE, [PAGE, 1]), (PAGE + 1, [PAGE, 2]), (2 * PAGE, [PAGE, PAGE, 2])],
)
def test_each_page_begins_with_the_last_ticket_of_the_page_before(tickets: int, rows: list[int]) -> None:
    office = office_of(tickets)
    pages = pages_of(office)
    assert [len(page.reading.refresh) for page in pages] == [*rows, 0]
    assert {ticket for page in pages for ticket in page.reading.refresh} == set(office.world.tickets)
    assert pages[-1].cursor is None


@pytest.mark.parametrize(("tickets", "rows"), [(PAGE - 1, [PAGE - 1]), (PAGE, [PAGE, 0]), (PAGE + 1, [PAGE, 1])])
def test_changes_of_one_second_are_counted_in_pages(tickets: int, rows: list[int]) -> None:
    office = office_of(tickets, apart=0)
    with reached(office) as (_, session):
        pages = list(DESK.backfill(session, since=BEGIN))
    assert [len(page.reading.refresh) for page in pages] == [*rows, 0]
    assert {ticket for page in pages for ticket in page.reading.refresh} == set(office.world.tickets)


def test_a_ticket_on_two_pages_is_the_same_event_on_both() -> None:
    first, second, _ = pages_of(office_of(PAGE + 1))
    again = {event.id: event.content_hash() for event in second.reading.events}
    before = {event.id: event.content_hash() for event in first.reading.events}
    shared = again.keys() & before.keys()
    assert len(shared) == 1
    assert all(again[id_] == before[id_] for id_ in shared)


def test_a_backfill_resumed_at_each_cursor_tells_what_the_whole_one_tells() -> None:
    office = office_of(PAGE + 1)
    office.world.rate(next(iter(office.world.tickets.values())), NOW - DAY, office.eva, "N")
    whole = [page.reading.events for page in pages_of(office)]
    resumed: list[tuple[Event, ...]] = []
    cursor = None
    with reached(office) as (_, session):
        while not resumed or cursor is not None:
            page = next(iter(DESK.backfill(session, since=NOW - 10 * DAY, cursor=cursor)))
            resumed.append(page.reading.events)
            cursor = page.cursor
    assert resumed == whole


@pytest.mark.parametrize(
    ("ratings", "answers"), [(0, [0]), (RANKS - 1, [RANKS - 1]), (RANKS, [RANKS, 0]), (RANKS + 1, [RANKS, 1])]
)
def test_a_full_answer_of_ratings_is_followed_by_another_question(ratings: int, answers: list[int]) -> None:
    office = Office()
    ticket = office.letter(BEGIN)
    for number in range(ratings):
        office.world.rate(ticket, BEGIN + number * MINUTE, office.eva, "N")
    with reached(office) as (_, session):
        pages = list(DESK.backfill(session, since=NOW - 10 * DAY))
    assert [len(page.reading.events) for page in pages[1:]] == answers
    assert len({event.id for page in pages[1:] for event in page.reading.events}) == ratings


@pytest.mark.parametrize(("days", "windows"), [(1, 1), (29, 1), (30, 1), (31, 2), (60, 2), (61, 3), (91, 4)])
def test_ratings_are_asked_for_in_windows_of_thirty_days(days: int, windows: int) -> None:
    pages = pages_of(Office(), days=days)
    assert len(pages) == 1 + windows
    assert [page.cursor is None for page in pages] == [False] * windows + [True]


@pytest.mark.parametrize("days_ago", [1, 29, 30, 31, 59, 60, 61])
def test_a_rating_at_the_edge_of_a_window_is_found(days_ago: int) -> None:
    office = Office()
    ticket = office.letter(NOW - 70 * DAY)
    office.world.rate(ticket, NOW - days_ago * DAY, office.eva, "P", "Edge")
    told = [event for page in pages_of(office, days=70) for event in page.reading.events]
    answers = {(event.id, event.at) for event in told if event.type == "survey.answered"}
    assert {at for _, at in answers} == {NOW - days_ago * DAY}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [(TIMEOUT, Unavailable), (DROP, Unavailable), (BROKEN, Unavailable), (LIMITED, RateLimited), (FORBIDDEN, Refused),
     (NONSENSE, Unavailable), (LIE, Rejected)],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("what", ["GET /api/v3/tickets/tk.*/history", "GET /api/v3/tickets/tk.*/messages"])
def test_a_refresh_whose_part_fails_tells_nothing_by_halves(
    fault: Fault, error: type[DeskpulseError], what: str
) -> None:
    office = Office()
    ticket = office.letter(BEGIN)
    with reached(office) as (wire, session):
        wire.spoil(fault, what)
        with pytest.raises(error):
            DESK.refresh(ticket.id, session)
        assert len(DESK.refresh(ticket.id, session).events) == 3
