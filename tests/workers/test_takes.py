"""Who takes which calls in: never two at once, never one that lost its lease, and nothing is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest
from sqlalchemy import select

from integrations.times import SECOND
from tests.workers.standing import Clock, rows
from workers.runtime import Runtime
from workers.store import schema, takes
from workers.store.calls import NewCall, open_writer
from workers.store.takes import ALONE_AFTER, LEASE, Claim, Finish


def keep_calls(runtime: Runtime, count: int, account: str = "acme") -> list[int]:
    """So many calls at the door, copied to the workers; their numbers."""
    writer = open_writer(runtime.database.door)
    kept = writer.write([NewCall(account, "generic", None, runtime.clock(), "{}", "{}", b"{}") for _ in range(count)])
    writer.close()
    takes.copy_new(runtime.database)
    return [one.id for one in kept]


def claim(runtime: Runtime, limit: int = 100) -> Claim:
    with runtime.database.write() as connection:
        return takes.claim(connection, now=runtime.clock(), limit=limit)


def suspect(runtime: Runtime) -> Claim:
    with runtime.database.write() as connection:
        return takes.claim_suspect(connection, now=runtime.clock())


def ours(runtime: Runtime, claimed: Claim) -> frozenset[int]:
    with runtime.database.write() as connection:
        return takes.still_ours(connection, claimed)


def finish(runtime: Runtime, calls: Iterable[int], outcome: str = takes.DONE, error: str | None = None) -> None:
    with runtime.database.write() as connection:
        takes.finish(connection, [Finish(call, outcome, error) for call in calls], now=runtime.clock())


def release(runtime: Runtime, calls: Iterable[int], error: str = "broke") -> None:
    with runtime.database.write() as connection:
        takes.release(connection, [Finish(call, takes.DONE, error) for call in calls], now=runtime.clock())


def waiting(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        return takes.waiting(connection)


class TestClaims:
    def test_the_oldest_come_first_and_no_more_than_asked_for(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 5)
        assert claim(runtime, 2).calls == tuple(calls[:2])
        assert claim(runtime, 2).calls == tuple(calls[2:4])
        assert claim(runtime, 2).calls == tuple(calls[4:])

    def test_whatever_plan_the_database_makes_no_more_are_claimed_than_asked_for(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 5)
        with runtime.database.write() as connection:
            if connection.dialect.name == "postgresql":
                for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
                    connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            claimed = takes.claim(connection, now=runtime.clock(), limit=2)
        assert claimed.calls == tuple(calls[:2])

    def test_when_nothing_waits_a_claim_is_empty(self, runtime: Runtime) -> None:
        assert claim(runtime).calls == ()
        assert suspect(runtime).calls == ()

    def test_what_is_held_is_nobody_elses_until_its_lease_ends(self, runtime: Runtime, clock: Clock) -> None:
        calls = keep_calls(runtime, 1)
        claim(runtime)
        clock.now += LEASE - 1
        assert claim(runtime).calls == ()
        clock.now += 1
        assert claim(runtime).calls == tuple(calls)

    def test_no_two_claims_have_one_token(self, runtime: Runtime) -> None:
        assert claim(runtime).token != claim(runtime).token

    def test_calls_of_all_accounts_are_claimed_together(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 1) + keep_calls(runtime, 1, "bravo")
        assert claim(runtime).calls == tuple(calls)

    def test_workers_that_claim_at_once_never_share_a_call(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 120)
        start, lock = threading.Barrier(4), threading.Lock()
        found: list[int] = []

        def work() -> None:
            start.wait()
            while mine := claim(runtime, 7).calls:
                with lock:
                    found.extend(mine)

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(found) == calls

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_a_claim_that_is_not_committed_yet_is_passed_over(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 4)
        with runtime.database.write() as first, runtime.database.write() as second:
            mine = takes.claim(first, now=runtime.clock(), limit=2).calls
            others = takes.claim(second, now=runtime.clock(), limit=4).calls
        assert (mine, others) == (tuple(calls[:2]), tuple(calls[2:]))


class TestAttempts:
    def attempts(self, runtime: Runtime, call: int) -> int:
        with runtime.database.read() as connection:
            return takes.attempts_of(connection, call)

    def test_every_claim_is_one(self, runtime: Runtime, clock: Clock) -> None:
        (call,) = keep_calls(runtime, 1)
        assert self.attempts(runtime, call) == 0
        claim(runtime)
        clock.now += LEASE
        claim(runtime)
        assert self.attempts(runtime, call) == 2

    def test_what_was_tried_twice_is_taken_alone_from_then_on(self, runtime: Runtime) -> None:
        bad, worse, good = keep_calls(runtime, 3)
        for _ in range(ALONE_AFTER):
            assert suspect(runtime).calls == ()
            claim(runtime, 2)
            release(runtime, (bad, worse))
        assert claim(runtime).calls == (good,)
        assert suspect(runtime).calls == (bad,)
        assert suspect(runtime).calls == (worse,)

    def test_a_suspect_that_is_held_is_left_alone(self, runtime: Runtime, clock: Clock) -> None:
        (call,) = keep_calls(runtime, 1)
        for _ in range(ALONE_AFTER):
            claim(runtime)
            clock.now += LEASE
        assert suspect(runtime).calls == (call,)
        assert suspect(runtime).calls == ()


class TestEnds:
    def test_what_is_finished_is_claimed_no_more(self, runtime: Runtime, clock: Clock) -> None:
        calls = keep_calls(runtime, 2)
        claim(runtime)
        finish(runtime, calls[:1])
        clock.now += LEASE
        assert claim(runtime).calls == (calls[1],)
        assert waiting(runtime) == 1

    def test_a_finished_row_says_what_became_of_it_and_when(self, runtime: Runtime, clock: Clock) -> None:
        calls = keep_calls(runtime, 1)
        claim(runtime)
        finish(runtime, calls, takes.UNREADABLE, "it's „odd” 🎈")
        (row,) = rows(runtime, schema.takes)
        assert (row.finished_at, row.outcome, row.error) == (clock.now, "unreadable", "it's „odd” 🎈")
        assert row.token is None

    def test_many_ends_of_several_kinds_are_written_together(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 30)
        claim(runtime)
        told = [Finish(call, ("done", "unreadable", "set_aside")[n % 3], f"e{n % 2}") for n, call in enumerate(calls)]
        with runtime.database.write() as connection:
            takes.finish(connection, told, now=runtime.clock())
        assert [Finish(row.call, row.outcome, row.error) for row in rows(runtime, schema.takes)] == told

    def test_what_is_let_go_may_be_tried_at_once_and_shows_its_error(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 1)
        claim(runtime)
        release(runtime, calls, "a fault")
        (row,) = rows(runtime, schema.takes)
        assert (row.error, row.finished_at, row.token) == ("a fault", None, None)
        assert claim(runtime).calls == tuple(calls)

    def test_finishing_nothing_changes_nothing(self, runtime: Runtime) -> None:
        keep_calls(runtime, 1)
        finish(runtime, ())
        assert waiting(runtime) == 1


class TestLeases:
    def test_a_claim_is_ours_until_somebody_takes_it(self, runtime: Runtime, clock: Clock) -> None:
        calls = keep_calls(runtime, 2)
        mine = claim(runtime)
        assert ours(runtime, mine) == frozenset(calls)
        clock.now += LEASE + SECOND
        assert ours(runtime, mine) == frozenset(calls)
        theirs = claim(runtime, 1)
        assert ours(runtime, mine) == {calls[1]}
        assert ours(runtime, theirs) == {calls[0]}

    def test_what_was_finished_or_let_go_is_not_ours_any_more(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 3)
        mine = claim(runtime)
        finish(runtime, calls[:1])
        release(runtime, calls[1:2])
        assert ours(runtime, mine) == {calls[2]}


class TestReplay:
    def replay(self, runtime: Runtime, calls: Iterable[int], account: str = "acme") -> int:
        with runtime.database.write() as connection:
            return takes.replay(connection, account, tuple(calls))

    def test_a_call_is_as_new_again(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 1)
        for _ in range(4):
            assert claim(runtime).calls or suspect(runtime).calls
            release(runtime, calls)
        finish(runtime, calls, takes.SET_ASIDE, "poison")
        assert self.replay(runtime, calls) == 1
        (row,) = rows(runtime, schema.takes)
        assert (row.attempts, row.outcome, row.finished_at) == (0, None, None)
        assert claim(runtime).calls == tuple(calls)

    def test_only_calls_of_the_account_are_replayed(self, runtime: Runtime) -> None:
        mine, theirs = keep_calls(runtime, 1), keep_calls(runtime, 1, "bravo")
        claim(runtime)
        finish(runtime, mine + theirs)
        assert self.replay(runtime, mine + theirs) == 1
        assert claim(runtime).calls == tuple(mine)

    def test_of_no_calls_none_is_replayed(self, runtime: Runtime) -> None:
        assert self.replay(runtime, ()) == 0
        assert self.replay(runtime, (4711,)) == 0


class TestCopies:
    def test_copying_again_keeps_what_became_of_them(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 2)
        claim(runtime)
        finish(runtime, calls[:1])
        takes.copy_new(runtime.database)
        assert waiting(runtime) == 1
        assert [row.call for row in rows(runtime, schema.takes)] == calls

    def test_calls_that_come_later_are_copied_too(self, runtime: Runtime) -> None:
        calls = keep_calls(runtime, 2) + keep_calls(runtime, 3, "bravo")
        with runtime.database.read() as connection:
            found = connection.execute(select(schema.takes.c.call).order_by(schema.takes.c.call)).scalars().all()
        assert list(found) == calls

    def test_two_that_copy_at_once_make_no_second_take(self, runtime: Runtime) -> None:
        keep_calls(runtime, 3)
        copiers = [threading.Thread(target=takes.copy_new, args=(runtime.database,)) for _ in range(3)]
        for copier in copiers:
            copier.start()
        for copier in copiers:
            copier.join()
        assert waiting(runtime) == 3
