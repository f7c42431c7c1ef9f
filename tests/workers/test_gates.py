from __future__ import annotations

import threading
from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import RateLimited, Refused, Unavailable
from integrations.times import HOUR, MINUTE, SECOND, Instant
from tests.tries import tries
from tests.workers.standing import START, Clock
from workers.desk_session import PatientGate
from workers.runtime import Runtime
from workers.store.gates import FAILURES, Budget, RowGate, held_back, states


def gate(runtime: Runtime, account: str = "acme", *, per_minute: int = 120, reserve: int = 0) -> RowGate:
    return RowGate(runtime.database, account, per_minute=per_minute, clock=runtime.clock, reserve=reserve)


def is_held_back(runtime: Runtime, clock: Clock) -> bool:
    with runtime.database.read() as connection:
        return "acme" in held_back(connection, now=clock())


def most_in_a_minute(moments: list[Instant]) -> int:
    return max((bisect_right(moments, at + MINUTE - 1) - place for place, at in enumerate(moments)), default=0)


def booked(asking: RowGate, clock: Clock, *, steps: list[int]) -> list[Instant]:
    """The moments of every booking when somebody asks after each of these waits."""
    moments = []
    for step in steps:
        clock.now += step
        try:
            asking.take(1)
        except RateLimited:
            continue
        moments.append(clock.now)
    return moments


def test_in_no_60_seconds_are_more_requests_booked_than_the_desk_allows(runtime: Runtime, clock: Clock) -> None:
    moments = booked(gate(runtime, per_minute=30), clock, steps=[SECOND // 2] * 240)
    assert most_in_a_minute(moments) <= 30
    assert len(moments) >= 48  # of 120 s: the burst, and the even rest


@given(steps=st.lists(st.integers(0, 20 * SECOND), max_size=40), per_minute=st.integers(2, 400))
@settings(max_examples=tries(8))
def test_the_bucket_keeps_the_limit_for_every_budget_and_any_waits(steps: list[int], per_minute: int) -> None:
    budget, level, at, last, moments = Budget(per_minute), 0.0, 0, 0, []
    level = budget.burst
    for step in steps:
        at += step
        level = min(budget.burst, level + (at - last) * budget.rate / SECOND)
        last = at
        while level >= 1:
            level -= 1
            moments.append(at)
    assert most_in_a_minute(moments) <= per_minute


def test_the_burst_is_there_at_once_and_the_rest_says_when_it_comes(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    for _ in range(10):
        asking.take(1)
    with pytest.raises(RateLimited) as refused:
        asking.take(1)
    assert refused.value.after == pytest.approx(60 / 110, abs=0.01)
    clock.nap(0.546)
    asking.take(1)


def test_two_workers_share_one_budget(runtime: Runtime) -> None:
    one, other = gate(runtime), gate(runtime)
    one.take(6)
    with pytest.raises(RateLimited):
        other.take(5)
    other.take(4)


def test_accounts_do_not_share_a_budget(runtime: Runtime) -> None:
    gate(runtime, "acme").take(10)
    gate(runtime, "other").take(10)


def test_threads_that_ask_at_once_book_no_more_than_there_is(runtime: Runtime) -> None:
    taken: list[int] = []

    def ask(number: int) -> None:
        try:
            gate(runtime).take(1)
        except RateLimited:
            return
        taken.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 10


def test_work_with_time_leaves_a_reserve_to_work_without(runtime: Runtime) -> None:
    patient = gate(runtime, reserve=5)
    patient.take(5)
    with pytest.raises(RateLimited):
        patient.take(1)
    gate(runtime).take(5)


def test_a_desk_that_says_wait_is_left_alone_to_the_second(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    asking.hold(30)
    with pytest.raises(RateLimited) as refused:
        asking.take(1)
    assert refused.value.after == pytest.approx(30)
    clock.nap(29.9)
    with pytest.raises(RateLimited):
        asking.take(1)
    assert is_held_back(runtime, clock)
    clock.nap(0.1)
    assert not is_held_back(runtime, clock)
    asking.take(1)


def test_after_a_hold_requests_go_evenly_and_not_in_a_burst(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    asking.hold(30)
    clock.nap(30)
    asking.take(1)
    with pytest.raises(RateLimited):
        asking.take(1)


def test_a_shorter_hold_does_not_end_a_longer_one(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    asking.hold(60)
    asking.hold(5)
    clock.nap(10)
    assert is_held_back(runtime, clock)


def test_a_clock_that_is_behind_adds_nothing_to_the_budget(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    asking.take(10)
    clock.now -= 10 * MINUTE
    with pytest.raises(RateLimited):
        asking.take(1)


@pytest.mark.parametrize("taken", [3, 10])
def test_a_clock_that_was_ahead_for_a_moment_costs_no_more_than_what_was_booked(
    runtime: Runtime, clock: Clock, taken: int
) -> None:
    asking = gate(runtime)
    clock.now += HOUR
    asking.take(taken)
    clock.now = START
    moments = booked(asking, clock, steps=[SECOND] * 60)
    assert len(moments) >= 59  # an empty bucket has no whole token in the first second
    assert most_in_a_minute(moments) <= 120


def test_a_clock_that_is_a_little_ahead_gives_no_budget_twice(runtime: Runtime, clock: Clock) -> None:
    """Two machines, one of which is 50 seconds ahead of the other, ask by turns."""
    asking, taken = gate(runtime), 0
    for _ in range(20):
        for ahead in (50 * SECOND, 0):
            clock.now = START + ahead
            taken += len(booked(asking, clock, steps=[0] * 20))
    assert taken == 10


def test_a_long_wait_that_a_desk_asked_for_is_none_of_a_wrong_clock(runtime: Runtime, clock: Clock) -> None:
    asking = gate(runtime)
    asking.hold(3600)
    clock.nap(3599)
    assert not asking.admit()
    with pytest.raises(RateLimited):
        asking.take(1)
    clock.nap(1)
    asking.take(1)
    with pytest.raises(RateLimited):
        asking.take(1)


class TestBreaker:
    def test_four_failures_keep_it_closed_and_the_fifth_opens_it(self, runtime: Runtime, clock: Clock) -> None:
        asking = gate(runtime)
        for _ in range(FAILURES - 1):
            asking.failed(Unavailable("away"))
        assert asking.admit()
        asking.failed(Unavailable("away"))
        assert not asking.admit()
        assert is_held_back(runtime, clock)

    def test_a_success_between_failures_starts_the_count_again(self, runtime: Runtime) -> None:
        asking = gate(runtime)
        for _ in range(3):
            for _ in range(FAILURES - 1):
                asking.failed(Unavailable("away"))
            asking.succeeded()
        assert asking.admit()

    def test_while_open_one_probe_in_30_seconds_goes_whoever_asks(self, runtime: Runtime, clock: Clock) -> None:
        workers = [gate(runtime) for _ in range(3)]
        self._break(workers[0])
        admitted = []
        for _ in range(100):
            clock.nap(3)
            for worker in workers:
                if worker.admit():
                    admitted.append(clock())
                    worker.take(1)
                    worker.failed(Unavailable("still away"))
        gaps = [later - earlier for earlier, later in pairwise(admitted)]
        assert 9 <= len(admitted) <= 10
        assert min(gaps) >= 30 * SECOND

    def test_what_is_not_the_probe_gets_no_request(self, runtime: Runtime, clock: Clock) -> None:
        probing, other = gate(runtime), gate(runtime)
        self._break(probing)
        clock.nap(31)
        assert probing.admit()
        probing.take(1)
        assert not other.admit()
        with pytest.raises(RateLimited) as refused:
            other.take(1)
        assert refused.value.after == pytest.approx(30)
        probing.take(2)  # a probe may need more than one request

    def test_who_finds_nothing_to_do_leaves_the_probe_to_others(self, runtime: Runtime, clock: Clock) -> None:
        idle, busy = gate(runtime), gate(runtime)
        self._break(idle)
        clock.nap(31)
        assert idle.admit()
        assert busy.admit()
        busy.take(1)

    def test_two_who_were_let_in_at_once_make_one_probe(self, runtime: Runtime, clock: Clock) -> None:
        one, other = gate(runtime), gate(runtime)
        self._break(one)
        clock.nap(31)
        assert one.admit()
        assert other.admit()
        one.take(1)
        with pytest.raises(RateLimited):
            other.take(1)

    def test_a_probe_that_lacks_budget_waits_for_that_only(self, runtime: Runtime, clock: Clock) -> None:
        probing = gate(runtime)
        self._break(probing)
        clock.nap(31)
        probing.take(10)
        with pytest.raises(RateLimited) as refused:
            probing.take(1)
        assert refused.value.after == pytest.approx(60 / 110, abs=0.01)

    def test_a_clock_that_was_ahead_for_a_moment_holds_no_probe_back(self, runtime: Runtime, clock: Clock) -> None:
        clock.now += HOUR
        asking = gate(runtime)
        self._break(asking)
        clock.now = START
        assert not is_held_back(runtime, clock)
        assert asking.admit()
        asking.take(1)
        assert not gate(runtime).admit()
        asking.failed(Unavailable("still away"))
        assert not asking.admit()
        clock.nap(30)
        assert asking.admit()

    def test_a_breaker_that_opens_again_after_a_wrong_clock_waits_its_30_seconds(
        self, runtime: Runtime, clock: Clock
    ) -> None:
        clock.now += HOUR
        asking = gate(runtime)
        self._break(asking)
        asking.succeeded()
        clock.now = START
        self._break(asking)
        assert is_held_back(runtime, clock)
        assert not asking.admit()

    def test_a_probe_that_succeeds_closes_it_for_everybody(self, runtime: Runtime, clock: Clock) -> None:
        probing, other = gate(runtime), gate(runtime)
        self._break(probing)
        clock.nap(31)
        assert probing.admit()
        probing.succeeded()
        assert other.admit()
        assert held_back_now(runtime) == frozenset()

    def test_doctor_is_told_what_went_wrong_and_when(self, runtime: Runtime, clock: Clock) -> None:
        asking = gate(runtime)
        asking.take(1)
        asking.succeeded()
        clock.nap(5)
        self._break(asking, Refused("check the credentials"))
        with runtime.database.read() as connection:
            (state,) = states(connection, now=clock())
        assert state.open
        assert (state.account, state.failures, state.error) == ("acme", FAILURES, "check the credentials")
        assert (state.succeeded_at, state.failed_at) == (START, START + 5 * SECOND)
        assert held_back_now(runtime) == {"acme"}

    def test_the_last_success_is_kept_to_the_minute(self, runtime: Runtime, clock: Clock) -> None:
        asking = gate(runtime)
        asking.take(1)
        asking.succeeded()
        clock.nap(59)
        asking.succeeded()
        assert self._succeeded_at(runtime) == START
        clock.nap(2)
        asking.succeeded()
        assert self._succeeded_at(runtime) == START + 61 * SECOND

    def _break(self, asking: RowGate, error: Exception | None = None) -> None:
        for _ in range(FAILURES):
            asking.failed(error or Unavailable("away"))

    def _succeeded_at(self, runtime: Runtime) -> Instant | None:
        with runtime.database.read() as connection:
            (state,) = states(connection, now=runtime.clock())
        return state.succeeded_at


class TestPatience:
    def test_what_comes_back_soon_is_waited_for(self, runtime: Runtime, clock: Clock) -> None:
        asking = PatientGate(gate(runtime), keep=lambda: None, patience=10, nap=clock.nap)
        for _ in range(20):
            asking.take(1)
        assert clock() - START == pytest.approx(10 * 60 / 110 * SECOND, rel=0.02)

    def test_more_than_a_full_bucket_is_booked_in_portions(self, runtime: Runtime, clock: Clock) -> None:
        asking = PatientGate(gate(runtime), keep=lambda: None, patience=60, nap=clock.nap)
        asking.take(25)
        assert clock() - START == pytest.approx(15 * 60 / 110 * SECOND, rel=0.02)

    def test_what_takes_longer_is_not_waited_for(self, runtime: Runtime, clock: Clock) -> None:
        asking = PatientGate(gate(runtime), keep=lambda: None, patience=10, nap=clock.nap)
        asking.hold(11)
        with pytest.raises(RateLimited):
            asking.take(1)
        assert clock() == START

    def test_the_lease_is_renewed_while_waiting(self, runtime: Runtime, clock: Clock) -> None:
        kept: list[Instant] = []
        asking = PatientGate(gate(runtime), keep=lambda: kept.append(clock()), patience=60, nap=clock.nap)
        asking.hold(50)
        asking.take(1)
        assert max(later - earlier for earlier, later in pairwise(kept)) <= 5 * SECOND


def held_back_now(runtime: Runtime) -> frozenset[str]:
    with runtime.database.read() as connection:
        return held_back(connection, now=runtime.clock())
