from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import (
    BadProof,
    DeskpulseError,
    GiveUp,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Skip,
    Unavailable,
    Unclear,
    Unreadable,
)
from integrations.times import HOUR, MINUTE, SECOND
from workers.retries import DELAYS, MOST_ATTEMPTS, Again, End, verdict

NOW = 1_780_000_000_000_000
JITTER = st.floats(0, 1)


def waits(error: Exception, jitter: float) -> list[int]:
    """The waits until it is given up, when nothing but this error happens."""
    found: list[int] = []
    for attempts in range(1, 100):
        said = verdict(error, attempts=attempts, now=NOW, jitter=jitter)
        if said is End.GIVEN_UP:
            return found
        assert isinstance(said, Again)
        found.append(said.at - NOW)
    raise AssertionError("it is never given up")


@pytest.mark.parametrize("error", [Unavailable("away"), Unclear("lost"), KeyError("a fault")])
@given(jitter=JITTER)
def test_an_outage_is_tried_again_for_at_least_72_hours_and_at_most_a_tenth_longer_than_the_table_says(
    error: Exception, jitter: float
) -> None:
    found = waits(error, jitter)
    assert len(found) == len(DELAYS)
    assert all(delay <= wait <= delay * 1.1 for delay, wait in zip(DELAYS, found, strict=True))
    assert sum(found) >= 72 * HOUR


def test_the_first_try_again_comes_after_seconds_and_the_last_after_a_day() -> None:
    assert waits(Unavailable("away"), 0.0) == [
        5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE,
        2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 18 * HOUR, 24 * HOUR,
    ]  # fmt: skip


@given(jitter=JITTER)
def test_refused_credentials_are_never_tried_within_half_an_hour_but_for_72_hours(jitter: float) -> None:
    found = waits(Refused("no"), jitter)
    assert min(found) >= 30 * MINUTE
    assert sum(found) >= 72 * HOUR


@given(after=st.floats(0, 3600), attempts=st.integers(1, 50), jitter=JITTER)
def test_a_rate_limit_is_honoured_to_the_second_and_costs_no_try(after: float, attempts: int, jitter: float) -> None:
    said = verdict(RateLimited("slow down", after=after), attempts=attempts, now=NOW, jitter=jitter)
    assert isinstance(said, Again)
    assert abs(said.at - NOW - after * SECOND) < SECOND
    assert not said.counts


def test_a_rate_limit_that_does_not_say_how_long_is_one_minute() -> None:
    assert verdict(RateLimited("slow down"), attempts=1, now=NOW, jitter=0.5) == Again(NOW + MINUTE, counts=False)


def test_a_desk_that_is_away_and_says_how_long_is_not_asked_before() -> None:
    said = verdict(Unavailable("maintenance", after=600), attempts=1, now=NOW, jitter=0.0)
    assert said == Again(NOW + 10 * MINUTE)


def test_a_desk_that_asks_for_no_wait_still_gets_the_wait_of_the_table() -> None:
    assert verdict(Unavailable("busy", after=1), attempts=4, now=NOW, jitter=0.0) == Again(NOW + 10 * MINUTE)


@pytest.mark.parametrize("error", [Rejected("422"), GiveUp("no"), Unreadable("?"), BadProof("?")])
def test_what_will_keep_failing_is_given_up_at_once(error: DeskpulseError) -> None:
    assert verdict(error, attempts=1, now=NOW, jitter=0.0) is End.GIVEN_UP


@pytest.mark.parametrize("error", [Skip("nothing"), Gone("404")])
def test_where_nothing_is_left_to_do_nothing_is_tried(error: DeskpulseError) -> None:
    assert verdict(error, attempts=1, now=NOW, jitter=0.0) is End.SKIPPED


def test_the_most_attempts_are_what_the_table_allows() -> None:
    assert isinstance(verdict(Unavailable("away"), attempts=MOST_ATTEMPTS - 1, now=NOW, jitter=0.0), Again)
    assert verdict(Unavailable("away"), attempts=MOST_ATTEMPTS, now=NOW, jitter=0.0) is End.GIVEN_UP
