"""Questions about what waits and what became of it: calls by outcome, due work, counts of trouble."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from sqlalchemy import insert

from integrations.times import SECOND, Instant
from tests.workers.accounts_for_tests import take
from tests.workers.standing import Clock, add_account, hint, wish
from tests.workers.stories import created
from workers.runtime import Runtime
from workers.store import due, listing, schema, takes
from workers.store.calls import NewCall, open_writer
from workers.store.due import Summary
from workers.store.gauges import gauges
from workers.store.takes import Finish


def keep(runtime: Runtime, *bodies: bytes, account: str = "acme", copy: bool = True) -> list[int]:
    """These calls at the door, a second apart on the clock of the tests; their numbers."""
    writer = open_writer(runtime.database.door)
    moments = [runtime.clock() + number * SECOND for number in range(len(bodies))]
    calls = [
        NewCall(account, "generic", None, moment, "{}", "{}", body)
        for moment, body in zip(moments, bodies, strict=True)
    ]
    kept = [one.id for one in writer.write(calls)]
    writer.close()
    if copy:
        takes.copy_new(runtime.database)
    return kept


def end(runtime: Runtime, calls: Iterable[int], outcome: str, error: str | None = None) -> None:
    with runtime.database.write() as connection:
        takes.finish(connection, [Finish(call, outcome, error) for call in calls], now=runtime.clock())


def numbers(found: Sequence[listing.CallRow]) -> list[int]:
    return [row.call for row in found]


def last_received(runtime: Runtime) -> Instant | None:
    with runtime.database.door.connect() as door:
        return listing.last_received(door, "acme")


class TestCalls:
    def test_the_newest_come_first_whatever_became_of_them(self, runtime: Runtime) -> None:
        first, second, third = keep(runtime, b"1", b"22", b"333")
        end(runtime, [first], takes.DONE)
        end(runtime, [second], takes.UNREADABLE, "it's odd")
        found = listing.newest(runtime.database, "acme", limit=9)
        assert [(row.call, row.outcome, row.size) for row in found] == [
            (third, "waiting", 3), (second, "unreadable", 2), (first, "done", 1),
        ]  # fmt: skip
        assert [row.error for row in found] == [None, "it's odd", None]
        assert numbers(listing.newest(runtime.database, "acme", limit=2)) == [third, second]

    def test_each_outcome_has_a_list_of_its_own(self, runtime: Runtime) -> None:
        calls = keep(runtime, *[b"x"] * 4)
        for call, outcome in zip(calls, ("done", "unreadable", "set_aside"), strict=False):
            end(runtime, [call], outcome, "e")
        lists = [
            listing.by_outcome(runtime.database, "acme", outcome) for outcome in ("unreadable", "set_aside", "waiting")
        ]
        assert [numbers(one) for one in lists] == [[calls[1]], [calls[2]], [calls[3]]]

    def test_what_was_not_copied_yet_waits_too(self, runtime: Runtime) -> None:
        copied = keep(runtime, b"x")
        fresh = keep(runtime, b"y", copy=False)
        assert numbers(listing.by_outcome(runtime.database, "acme", "waiting")) == fresh + copied
        assert gauges(runtime.database, now=runtime.clock()).waiting_calls == 2

    def test_a_list_may_begin_at_a_moment_and_end_at_a_number(self, runtime: Runtime, clock: Clock) -> None:
        calls = keep(runtime, *[b"x"] * 4)
        end(runtime, calls, takes.UNREADABLE, "e")
        late = listing.by_outcome(runtime.database, "acme", "unreadable", since=clock.now + 2 * SECOND)
        assert numbers(late) == [calls[3], calls[2]]
        assert numbers(listing.by_outcome(runtime.database, "acme", "unreadable", limit=1)) == [calls[3]]

    def test_accounts_do_not_see_each_others_calls(self, runtime: Runtime) -> None:
        mine, theirs = keep(runtime, b"x"), keep(runtime, b"y", account="bravo")
        assert numbers(listing.newest(runtime.database, "acme", limit=9)) == mine
        assert numbers(listing.by_outcome(runtime.database, "bravo", "waiting")) == theirs
        assert numbers(listing.known(runtime.database, "acme", [*mine, *theirs, 4711])) == mine

    def test_the_last_one_says_when_the_desk_called(self, runtime: Runtime, clock: Clock) -> None:
        assert last_received(runtime) is None
        keep(runtime, b"x", b"y")
        assert last_received(runtime) == clock.now + SECOND


class TestGauges:
    def test_of_nothing_everything_is_zero(self, runtime: Runtime) -> None:
        found = gauges(runtime.database, now=runtime.clock())
        assert (found.waiting_calls, found.oldest_seconds, found.unreadable, found.set_aside) == (0, 0.0, 0, 0)
        assert (found.waiting_actions, found.waiting_refreshes) == (0, 0)

    def test_what_waits_is_counted_over_all_accounts_with_its_oldest(self, runtime: Runtime, clock: Clock) -> None:
        keep(runtime, b"x", b"y")
        keep(runtime, b"z", account="bravo")
        hint(runtime, "acme", "T1", "T2")
        wish(runtime, "acme", "T1", "channel", kind="tag", tag="channel-chat")
        found = gauges(runtime.database, now=clock.now + 90 * SECOND)
        assert (found.waiting_calls, found.oldest_seconds) == (3, 90.0)
        assert (found.waiting_refreshes, found.waiting_actions) == (2, 1)

    def test_trouble_is_counted_by_its_kind(self, runtime: Runtime) -> None:
        calls = keep(runtime, *[b"x"] * 5)
        end(runtime, calls[:2], takes.UNREADABLE, "e")
        end(runtime, calls[2:3], takes.SET_ASIDE, "e")
        end(runtime, calls[3:4], takes.DONE)
        found = gauges(runtime.database, now=runtime.clock())
        assert (found.unreadable, found.set_aside, found.waiting_calls) == (2, 1, 1)

    def test_a_clock_that_is_behind_makes_no_negative_age(self, runtime: Runtime, clock: Clock) -> None:
        keep(runtime, b"x")
        assert gauges(runtime.database, now=clock.now - 60 * SECOND).oldest_seconds == 0.0


class TestDue:
    def desks(self, runtime: Runtime, now: Instant) -> list[str]:
        with runtime.database.read() as connection:
            return due.accounts_with_desk_work(connection, now=now)

    def test_accounts_with_something_due_are_told_once_and_in_order(self, runtime: Runtime, clock: Clock) -> None:
        wish(runtime, "zeta", "T1", "channel", kind="tag", tag="a")
        hint(runtime, "acme", "T1", "T2")
        wish(runtime, "acme", "T1", "channel", kind="tag", tag="a")
        assert self.desks(runtime, clock.now) == ["acme", "zeta"]
        assert self.desks(runtime, clock.now - 1) == []

    @pytest.mark.parametrize("changes", [{"lease_until": 2**60}, {"state": "given_up"}, {"next_at": 2**60}])
    def test_what_is_held_given_up_or_later_is_not_due(
        self, runtime: Runtime, clock: Clock, changes: dict[str, Any]
    ) -> None:
        hint(runtime, "acme", "T1")
        with runtime.database.write() as connection:
            connection.execute(schema.refreshes.update().values(**changes))
        assert self.desks(runtime, clock.now) == []

    def test_paged_jobs_that_are_due_are_told_by_name(self, runtime: Runtime, clock: Clock) -> None:
        def job(account: str, name: str, state: str = "waiting", **more: int) -> dict[str, Any]:
            told = {"account": account, "job": name, "state": state, "next_at": clock.now, "lease_until": 0}
            return {**told, "done": 0, "attempts": 0, **more}

        given = [
            job("zeta", "backfill", "running"), job("acme", "reconcile"), job("acme", "backfill"),
            job("a1", "backfill", "done"), job("a2", "backfill", "given_up"), job("a3", "rebuild"),
            job("a4", "backfill", next_at=clock.now + 1), job("a5", "backfill", lease_until=clock.now + 1),
        ]  # fmt: skip
        with runtime.database.write() as connection:
            connection.execute(insert(schema.jobs), given)
        with runtime.database.read() as connection:
            found = due.paged_jobs(connection, now=clock.now)
        assert found == [("acme", "backfill"), ("acme", "reconcile"), ("zeta", "backfill")]

    def test_accounts_whose_facts_wait_are_to_be_compacted(self, runtime: Runtime) -> None:
        add_account(runtime, "bravo")
        take(runtime, add_account(runtime, "acme"), created())
        with runtime.database.read() as connection:
            assert due.accounts_to_compact(connection) == ["acme"]

    def test_a_summary_that_was_begun_is_due_until_it_is_done(self, runtime: Runtime, clock: Clock) -> None:
        def told(day: int, state: str, next_at: int) -> dict[str, Any]:
            row = {"account": "acme", "period": "daily", "day": day, "marker": "m", "state": state}
            return {**row, "attempts": 0, "next_at": next_at, "lease_until": 0}

        given = [told(1, "waiting", clock.now), told(2, "done", 0), told(3, "waiting", clock.now + 1)]
        with runtime.database.write() as connection:
            connection.execute(insert(schema.summaries), given)
        with runtime.database.read() as connection:
            assert due.summaries(connection, now=clock.now) == [Summary("acme", "daily", 1)]
            begun = [due.has_summary(connection, Summary("acme", "daily", day)) for day in (1, 2, 3, 4)]
            assert not due.has_summary(connection, Summary("acme", "weekly", 1))
        assert begun == [True, True, True, False]
