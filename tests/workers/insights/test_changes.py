"""A change is explained only after a test has called it one, by the slice kind that tells most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.workers.small_world import Story, answer, at, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.insights import Insight, split_of, what_next
from workers.periods import Period, date_of, day_of
from workers.runtime import Runtime

NOW = "2026-03-18 12:00"
MONDAY = date(2026, 3, 9)
WEEK = Period(day_of(MONDAY), day_of(MONDAY) + 6)


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", slices={"land": "field:land"})


def week(back: int, count: int, prefix: str, **told: Any) -> Iterator[Story]:
    """So many tickets of the week so many weeks before the 9th of March, solved within an hour unless told."""
    monday = MONDAY - timedelta(weeks=back)
    more = {"answered": 5, "resolved": 30, **told}
    for number in range(count):
        when = f"{monday + timedelta(days=number % 7)} 09:{number % 60:02d}"
        yield ticket(f"{prefix}-{back}-{number:03d}", when, **more)


def history(*, good: int = 18) -> Iterator[Story]:
    """Nine weeks of 20 e-mails and 20 chats from two departments; so many of each were solved within a day."""
    for back in range(1, 10):
        for channel in ("email", "chat"):
            place = {"channel": channel, "department": channel[0]}
            yield from week(back, good, channel, **place)
            yield from week(back, 20 - good, f"{channel}-slow", **place, resolved=2000)


def found(runtime: Runtime, account: Account, first: int = WEEK.first, last: int = WEEK.last) -> tuple[Insight, ...]:
    with runtime.database.read() as connection:
        return what_next(connection, account, first_day=first, last_day=last, now=runtime.clock())


def changes(runtime: Runtime, account: Account) -> list[Insight]:
    return [insight for insight in found(runtime, account) if insight.kind == "change"]


class TestCalled:
    def test_the_part_that_got_worse_is_named_with_examples(self, runtime: Runtime, account: Account) -> None:
        bad = week(0, 100, "bad", channel="chat", department="c", resolved=2000)
        tell(runtime, account, *history(), *week(0, 20, "email", department="e"), *bad)
        total, chat = sorted(changes(runtime, account), key=lambda insight: insight.place.kind)
        assert (total.metric, total.word, total.place.kind) == ("resolution_rate_24h", "worse", "")
        assert total.value == pytest.approx(100 / 6)
        assert (total.reference, total.n) == (90, 120)
        assert total.main is not None
        assert total.main_place is not None
        assert (total.over, total.main_place.value) in {("channel", "chat"), ("department", "c")}
        assert total.main.rate == pytest.approx(-60)
        assert total.main.mix == pytest.approx(100 / 3 * (0.45 - 1.6 / 3))
        assert len(total.examples) == 5
        assert {name.split("-")[0] for name in total.examples} == {"bad"}
        assert (chat.place.value, chat.value, chat.n) == ("chat", 0, 100)

    def test_the_split_of_it_adds_up_to_the_change(self, runtime: Runtime, account: Account) -> None:
        bad = week(0, 20, "bad", channel="chat", resolved=2000)
        tell(runtime, account, *history(), *week(0, 20, "email"), *bad)
        for insight in changes(runtime, account):
            if insight.split is not None:
                assert insight.split.mix + insight.split.rate == pytest.approx(insight.difference)

    def test_another_mix_is_told_as_one(self, runtime: Runtime, account: Account) -> None:
        for back in range(1, 10):
            tell(
                runtime,
                account,
                *week(back, 33, "hr", fields={"land": "HR"}),
                *week(back, 15, "si", fields={"land": "SI"}, resolved=2000),
            )
        tell(
            runtime,
            account,
            *week(0, 10, "hr", fields={"land": "HR"}),
            *week(0, 45, "si", fields={"land": "SI"}, resolved=2000),
        )
        total = next(insight for insight in changes(runtime, account) if insight.place.kind == "")
        assert total.split is not None
        assert (total.over, total.split.rate) == ("land", 0)
        assert total.split.mix == pytest.approx(total.difference)

    def test_what_got_better_comes_last_and_needs_no_examples(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *history(good=2), *week(0, 20, "email"), *week(0, 20, "chat", channel="chat"))
        better = changes(runtime, account)
        assert {(insight.word, insight.examples) for insight in better} == {("better", ())}
        assert [insight.weight for insight in better] == sorted((each.weight for each in better), reverse=True)

    def test_without_anything_to_split_by_the_change_is_told_all_the_same(
        self, runtime: Runtime, account: Account
    ) -> None:
        for back in range(1, 10):
            tell(runtime, account, *week(back, 40, "same"))
        tell(runtime, account, *week(0, 40, "bad", resolved=2000))
        total = next(insight for insight in changes(runtime, account) if insight.place.kind == "")
        assert (total.split, total.main, total.over) == (None, None, "")
        assert len(total.examples) == 5


class TestNotCalled:
    def test_without_a_test_nothing_is_claimed(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *history(), *week(0, 40, "bad", resolved=2000))
        assert found(runtime, account, WEEK.first, WEEK.last - 1) == ()
        assert found(runtime, account, WEEK.first - 1, WEEK.last - 1) == ()
        assert changes(runtime, account)

    def test_what_the_test_does_not_call_is_not_told(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *history(), *week(0, 35, "good"), *week(0, 5, "bad", resolved=2000))
        assert changes(runtime, account) == []

    def test_a_young_account_learns_first(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *week(1, 40, "good"), *week(0, 40, "bad", resolved=2000))
        assert changes(runtime, account) == []


class TestSplitOf:
    def test_a_mean_is_split_too(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *week(1, 2, "e", ces=7),
            *week(1, 2, "c", channel="chat", ces=3),
            *week(0, 2, "e", ces=7),
            *week(0, 6, "c", channel="chat", ces=2),
        )
        with runtime.database.read() as connection:
            split = split_of(connection, account, "ces", WEEK, dimension="channel", today=WEEK.last + 3)
        assert split is not None
        assert (split.before, split.now) == (5, 3.25)
        assert split.mix + split.rate == pytest.approx(-1.75)
        assert {effect.name for effect in split.effects} == {"email", "chat"}

    def test_answers_on_unlike_scales_are_not_split(self, runtime: Runtime, account: Account) -> None:
        other = [answer("e-1-000", at("2026-03-12 12:00"), kind="ces", score=1, scale=[1, 5])]
        tell(runtime, account, *week(1, 6, "e", ces=7), *week(0, 6, "f", ces=7), other)
        with runtime.database.read() as connection:
            assert split_of(connection, account, "ces", WEEK, dimension="channel", today=WEEK.last + 3) is None

    def test_one_channel_is_split_by_department(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *week(1, 10, "a", department="a"),
            *week(1, 10, "b", department="b", channel="chat"),
            *week(0, 10, "a", department="a", resolved=2000),
        )
        with runtime.database.read() as connection:
            split = split_of(
                connection,
                account,
                "resolution_rate_24h",
                WEEK,
                dimension="department",
                today=WEEK.last + 3,
                channel="email",
            )
        assert split is not None
        assert [(effect.name, effect.rate) for effect in split.effects] == [("a", -100)]

    def test_a_count_is_no_share(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *week(1, 3, "a"), *week(0, 3, "a"))
        with runtime.database.read() as connection:
            assert (
                split_of(connection, account, "ticket_volume", WEEK, dimension="channel", today=WEEK.last + 3) is None
            )


def test_the_weeks_of_these_tests_are_weeks() -> None:
    assert (date_of(WEEK.first).weekday(), len(WEEK)) == (0, 7)
