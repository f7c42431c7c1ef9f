"""Tags that more tickets have than usual: only where a test says so, and never with a handful of tickets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.workers.now.world import NOW, at, iso, page, tell, ticket
from tests.workers.small_world import Story
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.now.page import Spike
from workers.runtime import Runtime

TODAY, YESTERDAY = "2026-03-18", "2026-03-17"
FIRST = ticket("first", "2025-12-01 08:00")


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", tags={"ignore": ["noise"]})


def before(day: str, weeks: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=7 * weeks)).isoformat()


def some(day: str, count: int, *tags: str, hour: int = 9) -> Iterator[Story]:
    """So many tickets of a day with these tags."""
    for number in range(count):
        yield ticket(f"{'+'.join(tags)}-{day}-{hour}-{number}", f"{day} {hour:02d}:{number % 60:02d}", tags=tags)


def usually(day: str, count: int, *tags: str, hour: int = 9) -> Iterator[Story]:
    """So many on each of the eight such days before."""
    for week in range(1, 9):
        yield from some(before(day, week), count + week % 2, *tags, hour=hour)


def spikes(runtime: Runtime, account: Account) -> tuple[Spike, ...]:
    return page(runtime, account).spikes


def test_a_tag_far_above_its_weekday_is_told_with_its_numbers(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *usually(YESTERDAY, 3, "login"), *some(YESTERDAY, 20, "login"))
    (spike,) = spikes(runtime, account)
    assert (spike.tag, iso(spike.day), spike.until_hour) == ("login", YESTERDAY, None)
    assert (spike.count, spike.usual, spike.least, spike.most, spike.days) == (20, 3.5, 3, 4, 8)


def test_today_is_compared_with_the_same_hours(runtime: Runtime, account: Account) -> None:
    late = usually(TODAY, 30, "login", hour=15)
    tell(runtime, account, FIRST, *late, *some(TODAY, 12, "login", hour=10), *some(TODAY, 9, "login", hour=11))
    (spike,) = spikes(runtime, account)
    assert (iso(spike.day), spike.until_hour, spike.count, spike.usual) == (TODAY, 11, 12, 0)


def test_a_tag_that_is_new_is_told(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *usually(YESTERDAY, 3, "login"), *some(YESTERDAY, 9, "outage"))
    assert [spike.tag for spike in spikes(runtime, account)] == ["outage"]


def test_fewer_than_five_tickets_are_never_told(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *some(YESTERDAY, 4, "outage"))
    assert spikes(runtime, account) == ()


def test_what_is_usual_is_not_told_however_much_it_is(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *usually(YESTERDAY, 20, "login"), *some(YESTERDAY, 24, "login"))
    assert spikes(runtime, account) == ()


def test_a_tag_that_scatters_must_stand_out_from_its_scatter(runtime: Runtime, account: Account) -> None:
    wild = [story for week in range(1, 9) for story in some(before(YESTERDAY, week), 1 + 12 * (week % 2), "mailing")]
    tell(runtime, account, FIRST, *wild, *some(YESTERDAY, 16, "mailing"))
    assert spikes(runtime, account) == ()


def test_fewer_tickets_than_usual_are_no_spike(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *usually(YESTERDAY, 30, "login"), *some(YESTERDAY, 5, "login"))
    assert spikes(runtime, account) == ()


def test_an_account_of_fewer_than_eight_weeks_has_no_usual_day(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, ticket("first", "2026-01-25 08:00"), *some(YESTERDAY, 30, "outage"))
    assert spikes(runtime, account) == ()


def test_no_tag_ignored_tags_and_our_own_are_no_tags(runtime: Runtime, account: Account) -> None:
    tell(runtime, account, FIRST, *some(YESTERDAY, 30), *some(YESTERDAY, 30, "noise", "channel-email"))
    assert spikes(runtime, account) == ()


def test_today_comes_first_and_the_greater_surprise_before_the_lesser(runtime: Runtime, account: Account) -> None:
    tell(
        runtime,
        account,
        FIRST,
        *some(YESTERDAY, 12, "a"),
        *some(YESTERDAY, 30, "b"),
        *some(TODAY, 10, "c", hour=8),
    )
    assert [(spike.tag, iso(spike.day)) for spike in spikes(runtime, account)] == [
        ("c", TODAY), ("b", YESTERDAY), ("a", YESTERDAY),
    ]  # fmt: skip


def test_the_more_tags_there_are_the_more_one_must_stand_out(runtime: Runtime, account: Account) -> None:
    """24 after ten a day is a surprise of one in seventy: enough among two tags, and not among ten."""
    usual = (8, 9, 10, 11, 12, 10, 9, 11)
    weeks = [story for week, count in enumerate(usual, 1) for story in some(before(YESTERDAY, week), count, "login")]
    tell(runtime, account, FIRST, *weeks, *some(YESTERDAY, 24, "login"))
    assert [spike.tag for spike in spikes(runtime, account)] == ["login"]
    tell(runtime, account, *(story for number in range(9) for story in some(YESTERDAY, 1, f"tag-{number}")))
    assert spikes(runtime, account) == ()


def test_tags_of_a_quiet_account_are_not_told(runtime: Runtime, account: Account) -> None:
    """Ten tags, nothing changes."""
    chance = random.Random(5)
    stories = [FIRST]
    for tag in range(10):
        for week in range(9):
            stories += some(before(YESTERDAY, week), chance.randint(2, 14), f"tag-{tag}")
    tell(runtime, account, *stories)
    assert spikes(runtime, account) == ()
