from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from integrations.base import Present, Reading
from integrations.errors import Unavailable
from integrations.events import Event, event
from integrations.times import DAY, HOUR, MINUTE
from tests.workers.standing import START, Clock, add_account, row, rows
from tests.workers.strict_desk import PAGE, State
from workers import desk_jobs, pipeline
from workers.desk_jobs import run_job
from workers.desk_work import work_off
from workers.readings import portions, tickets_of
from workers.retries import MOST_ATTEMPTS
from workers.runtime import Runtime
from workers.store import jobs, schema
from workers.store.gates import FAILURES, RowGate
from workers.store.jobs import BACKFILL, FIRST_LOOK_BACK, OVERLAP, RECONCILE

SINCE = START - 400 * DAY
TICKETS = [str(number) for number in range(10, 20)]


@pytest.fixture
def acme(runtime: Runtime, desk: State) -> str:
    desk.add(*TICKETS)
    add_account(runtime, "acme", url=desk.url)
    return "acme"


def start(runtime: Runtime, account: str) -> bool:
    with runtime.database.write() as connection:
        return jobs.start(connection, account, BACKFILL, since=SINCE, now=runtime.clock())


def reconcile(runtime: Runtime, account: str, *, minutes: int = 10) -> None:
    with runtime.database.write() as connection:
        jobs.ensure_reconcile(connection, account, poll=minutes * MINUTE, now=runtime.clock())


def progress(runtime: Runtime, account: str) -> jobs.Progress:
    with runtime.database.read() as connection:
        (found,) = jobs.progress(connection, account)
    return found


def stored(runtime: Runtime) -> list[str]:
    return sorted({found.ticket for found in rows(runtime, schema.events)})


class TestBackfill:
    def test_every_ticket_is_stored_as_the_past(self, runtime: Runtime, acme: str) -> None:
        assert start(runtime, acme)
        assert run_job(runtime, acme, BACKFILL) is False
        assert stored(runtime) == TICKETS
        assert {found.origin for found in rows(runtime, schema.events)} == {"backfill"}
        assert rows(runtime, schema.actions) == []

    def test_progress_counts_tickets_of_the_total(self, runtime: Runtime, acme: str) -> None:
        start(runtime, acme)
        run_job(runtime, acme, BACKFILL, seconds=0)
        told = progress(runtime, acme)
        assert (told.state, told.done, told.total) == ("waiting", PAGE, 10)
        while run_job(runtime, acme, BACKFILL, seconds=0):
            pass
        told = progress(runtime, acme)
        assert (told.state, told.done, told.total, told.error) == ("done", 10, 10, None)

    def test_each_page_is_asked_for_once_however_often_it_is_interrupted(
        self, runtime: Runtime, acme: str, desk: State
    ) -> None:
        start(runtime, acme)
        while run_job(runtime, acme, BACKFILL, seconds=0):
            pass
        assert [path.partition("&")[0] for path in desk.paths()] == [
            "/tickets?after=", "/tickets?after=12", "/tickets?after=15", "/tickets?after=18",
        ]  # fmt: skip

    def test_a_worker_that_died_between_pages_is_followed_by_one_that_goes_on(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        start(runtime, acme)
        with runtime.database.write() as connection:
            dead = jobs.claim(connection, acme, BACKFILL, now=clock())
            assert dead
            jobs.advance(connection, dead, cursor="15", tickets=6, total=10, now=clock())
        assert run_job(runtime, acme, BACKFILL) is False
        assert desk.paths() == []
        clock.nap(31)
        run_job(runtime, acme, BACKFILL)
        assert stored(runtime) == TICKETS[6:]
        assert progress(runtime, acme).done == 10

    def test_a_page_stored_by_a_worker_without_the_lease_is_rolled_back(
        self, runtime: Runtime, acme: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start(runtime, acme)
        really = pipeline.absorb

        def late(*given: Any, **named: Any) -> None:
            really(*given, **named)
            given[0].execute(update(schema.jobs).values(token="another worker's"))

        monkeypatch.setattr(desk_jobs, "absorb", late)
        assert run_job(runtime, acme, BACKFILL) is False
        assert stored(runtime) == []
        assert progress(runtime, acme).done == 0

    def test_an_outage_is_sat_out_and_forgotten_after_the_next_page(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        start(runtime, acme)
        run_job(runtime, acme, BACKFILL, seconds=0)
        desk.mode = "down"
        for _ in range(3):
            clock.now = max(clock(), progress(runtime, acme).next_at)
            run_job(runtime, acme, BACKFILL)
        assert progress(runtime, acme).attempts == 3
        desk.mode = "well"
        clock.now = progress(runtime, acme).next_at
        run_job(runtime, acme, BACKFILL, seconds=0)
        told = progress(runtime, acme)
        assert (told.attempts, told.error, told.done) == (0, None, 2 * PAGE)

    def test_what_the_desk_rejects_is_given_up_and_resumed_by_a_person_where_it_was(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        start(runtime, acme)
        run_job(runtime, acme, BACKFILL, seconds=0)
        desk.mode = "reject"
        run_job(runtime, acme, BACKFILL)
        told = progress(runtime, acme)
        assert (told.state, told.done) == ("given_up", PAGE)
        assert "422" in (told.error or "")
        desk.mode = "well"
        with runtime.database.write() as connection:
            assert jobs.resume(connection, acme, BACKFILL, now=clock())
        desk.requests.clear()
        run_job(runtime, acme, BACKFILL)
        assert desk.paths()[0].startswith("/tickets?after=12&")
        assert stored(runtime) == TICKETS

    def test_it_is_not_started_twice_but_can_be_repeated(self, runtime: Runtime, acme: str) -> None:
        assert start(runtime, acme)
        assert not start(runtime, acme)
        run_job(runtime, acme, BACKFILL)
        events = len(rows(runtime, schema.events))
        assert start(runtime, acme)
        assert progress(runtime, acme).done == 0
        run_job(runtime, acme, BACKFILL)
        assert len(rows(runtime, schema.events)) == events

    def test_a_job_that_kills_its_worker_every_time_is_given_up(self, runtime: Runtime, acme: str) -> None:
        start(runtime, acme)
        with runtime.database.write() as connection:
            connection.execute(update(schema.jobs).values(attempts=MOST_ATTEMPTS))
        run_job(runtime, acme, BACKFILL)
        assert progress(runtime, acme).state == "given_up"

    def test_a_rate_limit_pauses_it_without_costing_a_try(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        start(runtime, acme)
        desk.mode, desk.after = "limit", "90"
        run_job(runtime, acme, BACKFILL)
        told = progress(runtime, acme)
        assert (told.state, told.attempts) == ("waiting", 0)
        assert told.next_at == clock() + 90_000_000

    def test_it_leaves_half_of_the_burst_to_live_work(self, runtime: Runtime, desk: State, clock: Clock) -> None:
        desk.add(*(str(number) for number in range(100, 160)))
        add_account(runtime, "small", desk="slow", url=desk.url)
        start(runtime, "small")
        while run_job(runtime, "small", BACKFILL):
            tokens = row(runtime, schema.gates).tokens
            assert tokens >= 4.99


class TestReconcile:
    def test_the_first_pass_looks_back_one_day(self, runtime: Runtime, acme: str, desk: State) -> None:
        reconcile(runtime, acme)
        run_job(runtime, acme, RECONCILE)
        assert stored(runtime) == TICKETS
        assert {found.origin for found in rows(runtime, schema.events)} == {"reconcile"}
        assert desk.paths()[0].endswith(f"since={START - FIRST_LOOK_BACK}")

    def test_the_next_pass_comes_after_poll_minutes_and_overlaps_the_one_before(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        reconcile(runtime, acme)
        run_job(runtime, acme, RECONCILE)
        desk.requests.clear()
        clock.nap(9 * 60)
        assert run_job(runtime, acme, RECONCILE) is False
        assert desk.paths() == []
        clock.nap(61)
        run_job(runtime, acme, RECONCILE)
        assert desk.paths()[0].endswith(f"since={START - OVERLAP}")

    def test_a_pass_that_took_long_is_followed_by_one_from_its_beginning(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        reconcile(runtime, acme)
        while run_job(runtime, acme, RECONCILE, seconds=0):
            clock.nap(3600)
        desk.requests.clear()
        clock.nap(3600)
        run_job(runtime, acme, RECONCILE)
        assert desk.paths()[0].endswith(f"since={START - OVERLAP}")

    def test_it_is_never_given_up_and_misses_nothing_after_trouble(
        self, runtime: Runtime, acme: str, desk: State, clock: Clock
    ) -> None:
        reconcile(runtime, acme)
        desk.mode = "reject"
        run_job(runtime, acme, RECONCILE)
        told = progress(runtime, acme)
        assert (told.state, told.next_at) == ("waiting", START + 10 * MINUTE)
        assert "422" in (told.error or "")
        desk.mode = "well"
        clock.nap(3 * 24 * 3600)
        run_job(runtime, acme, RECONCILE)
        assert desk.paths()[-1].endswith(f"since={START - FIRST_LOOK_BACK}")
        assert progress(runtime, acme).error is None

    def test_live_work_that_finds_nothing_leaves_it_the_probe_of_a_desk_that_was_down(
        self, runtime: Runtime, acme: str, clock: Clock
    ) -> None:
        reconcile(runtime, acme)
        gate = RowGate(runtime.database, acme, per_minute=6000, clock=clock)
        for _ in range(FAILURES):
            gate.failed(Unavailable("away"))
        clock.nap(30)
        work_off(runtime, acme)
        run_job(runtime, acme, RECONCILE)
        assert stored(runtime) == TICKETS

    def test_a_shorter_interval_holds_at_once(self, runtime: Runtime, acme: str, clock: Clock) -> None:
        reconcile(runtime, acme)
        with runtime.database.write() as connection:
            connection.execute(update(schema.jobs).values(next_at=START + 20 * HOUR))
        reconcile(runtime, acme, minutes=5)
        assert progress(runtime, acme).next_at == START + 5 * MINUTE


class TestPortions:
    def test_no_ticket_is_torn_apart_and_nothing_is_lost_or_doubled(self) -> None:
        events = tuple(self._event(str(ticket), at) for at in range(40) for ticket in range(10))
        present = (Present("77", START, {"status": "open"}),)
        reading = Reading(events, present, ("88", "1"), {"agent": {"17": "Eva"}})
        parts = portions(reading, most=100)
        assert [len(part.events) for part in parts] == [80, 80, 80, 80, 80]
        assert sorted(e.content() for part in parts for e in part.events) == sorted(e.content() for e in events)
        assert sum(len(tickets_of(part)) for part in parts) == len(tickets_of(reading)) == 12
        assert [part.names for part in parts] == [reading.names, {}, {}, {}, {}]

    def test_an_empty_reading_is_one_empty_portion(self) -> None:
        assert portions(Reading()) == [Reading()]

    def _event(self, ticket: str, at: int) -> Event:
        return event("status.changed", ticket, START + at, status="open")
