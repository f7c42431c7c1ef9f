"""Where most is to be gained: only what is sure, weighed by how many tickets it surely is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from integrations.events import event
from integrations.times import HOUR
from tests.workers.small_world import Story, answer, at, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.insights import Insight, what_next
from workers.insights.levers import doubt_of
from workers.periods import day_of
from workers.runtime import Runtime
from workers.statistics.change import Share

NOW = "2026-03-18 12:00"
#: Monday 9 to Sunday 15 March 2026.
WEEK = ("2026-03-09", "2026-03-15")
TARGETS = {"email": {"first_response": 3600, "goal": 90}, "chat": {"first_response": 60, "goal": 80}}


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", targets=TARGETS, slices={"land": "field:land"})


def some(count: int, prefix: str, *, first: str = WEEK[0], **told: Any) -> Iterator[Story]:
    """So many tickets, spread over the days of a week."""
    start = date.fromisoformat(first)
    for number in range(count):
        yield ticket(f"{prefix}-{number:03d}", f"{start + timedelta(days=number % 7)} 09:{number % 60:02d}", **told)


def found(runtime: Runtime, account: Account, *days: str) -> tuple[Insight, ...]:
    first, last = (day_of(date.fromisoformat(day)) for day in (days or WEEK))
    with runtime.database.read() as connection:
        return what_next(connection, account, first_day=first, last_day=last, now=runtime.clock())


class TestGoals:
    def test_a_channel_surely_below_its_goal_is_a_lever(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *some(60, "in", answered=10), *some(40, "late", answered=100))
        (lever,) = found(runtime, account)
        assert (lever.kind, lever.metric, lever.place.kind, lever.place.value) == (
            "goal", "answered_within_target", "channel", "email",
        )  # fmt: skip
        assert (lever.value, lever.reference, lever.n, lever.short) == (60, 90, 100, 30)
        assert lever.low < lever.difference == -30 < lever.high < 0
        assert lever.weight == pytest.approx(-lever.high)

    def test_its_examples_are_the_newest_tickets_that_missed(self, runtime: Runtime, account: Account) -> None:
        late = list(some(40, "late", answered=100))
        tell(runtime, account, *some(60, "in", answered=10), *late)
        (lever,) = found(runtime, account)
        assert len(lever.examples) == 5
        assert {name.split("-")[0] for name in lever.examples} == {"late"}
        days = {story[0].ticket: story[0].at for story in late}
        assert all(days[name] >= at("2026-03-15 00:00") for name in lever.examples)

    def test_where_the_interval_covers_the_goal_there_is_none(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *some(34, "in", answered=10), *some(6, "late", answered=100))
        assert found(runtime, account) == ()

    def test_with_fewer_than_thirty_tickets_there_is_none(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *some(29, "late", answered=100))
        assert found(runtime, account) == ()
        tell(runtime, account, *some(1, "more", answered=100))
        assert [lever.n for lever in found(runtime, account)] == [30]

    def test_what_is_undecided_is_on_neither_side(self, runtime: Runtime, clock: Clock, account: Account) -> None:
        clock.now = at("2026-03-15 23:59")
        tell(runtime, account, *some(40, "late"), *some(40, "sunday", first="2026-03-15"))
        assert [lever.n for lever in found(runtime, account)] == [35]

    def test_the_most_tickets_come_first(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *some(40, "late", answered=100),
            *some(200, "chat", channel="chat", answered=2),
            *some(100, "good", channel="chat", answered=1),
        )
        assert [lever.place.value for lever in found(runtime, account)] == ["chat", "email"]

    def test_an_account_without_targets_has_no_goal(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at(NOW)
        plain = add_account(runtime, "plain")
        tell(runtime, plain, *some(60, "late", answered=100))
        assert found(runtime, plain) == ()


class TestRests:
    def test_a_department_surely_less_liked_than_the_rest_is_a_lever(self, runtime: Runtime, account: Account) -> None:
        names = {"department": {"b": "Billing"}}
        tell(
            runtime,
            account,
            *some(80, "s", department="s", answered=5, csat=5),
            *some(20, "b-good", department="b", answered=5, csat=4),
            *some(40, "b-bad", department="b", answered=5, csat=1),
            names=names,
        )
        levers = [lever for lever in found(runtime, account) if lever.kind == "rest"]
        (lever,) = levers
        assert (lever.metric, lever.place.kind, lever.place.value, lever.place.name) == (
            "csat", "department", "b", "Billing",
        )  # fmt: skip
        assert (round(lever.value, 1), lever.reference, lever.n, lever.short) == (33.3, 100, 60, 40)
        assert {name.rpartition("-")[0] for name in lever.examples} == {"b-bad"}

    def test_own_slices_are_compared_too(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *some(60, "hr", fields={"land": "HR"}, answered=5, csat=5),
            *some(60, "si", fields={"land": "SI"}, answered=5, csat=2),
        )
        assert [(lever.place.kind, lever.place.value) for lever in found(runtime, account)] == [("land", "SI")]

    def test_a_rate_that_should_be_low_is_a_lever_where_it_is_high(self, runtime: Runtime, account: Account) -> None:
        stories = list(some(60, "b", department="b", answered=5, resolved=10, first="2026-03-02"))
        reopened = [
            [event("status.changed", story[0].ticket, story[0].at + HOUR, status="open")] for story in stories[:30]
        ]
        good = some(90, "s", department="s", answered=5, resolved=10, first="2026-03-02")
        tell(runtime, account, *good, *stories, *reopened)
        (lever,) = found(runtime, account, "2026-03-02", "2026-03-08")
        assert (lever.metric, lever.place.value, lever.value, lever.reference) == ("reopen_rate", "b", 50, 0)
        assert {name.split("-")[0] for name in lever.examples} == {"b"}

    def test_agents_and_tags_are_never_compared(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *some(60, "eva", agent="eva", answered=5, csat=5, tags=("a",)),
            *some(60, "max", agent="max", answered=5, csat=1, tags=("b",)),
        )
        assert found(runtime, account) == ()

    def test_who_does_better_is_no_lever(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *some(60, "s", department="s", answered=5, csat=5))
        assert found(runtime, account) == ()

    def test_answers_on_unlike_scales_are_not_compared(self, runtime: Runtime, account: Account) -> None:
        other = [
            answer(f"b-{number:03d}", at("2026-03-12 12:00"), kind="csat", score=1, scale=[1, 3])
            for number in range(60)
        ]
        tell(runtime, account, *some(60, "s", answered=5, csat=5), *some(60, "b", department="b", answered=5), other)
        assert found(runtime, account) == ()


class TestDoubt:
    CALM = (Share(90, 100),) * 9
    WILD = tuple(Share(60 + 40 * (week % 2), 100) for week in range(9))

    def test_a_slice_whose_weeks_scatter_is_doubted_more(self) -> None:
        assert doubt_of(self.CALM, 100, 0.05).spread == 1
        assert doubt_of(self.WILD, 100, 0.05).spread > 10

    def test_with_few_weeks_a_usual_scatter_is_assumed(self) -> None:
        assert doubt_of(self.CALM[:7], 101, 0.05).spread == pytest.approx(2)
        assert doubt_of((*self.CALM[:7], Share(0, 0)), 1, 0.05).spread == 1

    def test_the_more_is_looked_at_the_surer_it_must_be(self) -> None:
        assert doubt_of(self.CALM, 100, 0.05).z == pytest.approx(2.306, abs=1e-3)
        assert doubt_of(self.CALM, 100, 0.005).z > 3.8

    @pytest.mark.parametrize("wild", [False, True])
    def test_a_bad_week_of_a_slice_that_always_has_some_is_no_lever(
        self, runtime: Runtime, account: Account, wild: bool
    ) -> None:
        for back in range(1, 10):
            monday = (date.fromisoformat(WEEK[0]) - timedelta(weeks=back)).isoformat()
            score = 1 if wild and back % 2 else 5
            tell(runtime, account, *some(12, f"b{back}", first=monday, department="b", answered=5, csat=score))
        tell(
            runtime,
            account,
            *some(60, "s", department="s", answered=5, csat=5),
            *some(30, "b-bad", department="b", answered=5, csat=1),
            *some(30, "b-good", department="b", answered=5, csat=5),
        )
        assert [lever.place.value for lever in found(runtime, account)] == ([] if wild else ["b"])


class TestWhen:
    def test_only_finished_days_count(self, runtime: Runtime, clock: Clock, account: Account) -> None:
        clock.now = at("2026-03-16 12:00")
        tell(runtime, account, *some(40, "today", first="2026-03-16", answered=100))
        assert found(runtime, account, "2026-03-16", "2026-03-16") == ()
        assert found(runtime, account, "2026-03-17", "2026-03-18") == ()

    def test_nothing_has_no_next_thing(self, runtime: Runtime, account: Account) -> None:
        assert found(runtime, account) == ()

    def test_at_most_five_are_told(self, runtime: Runtime, account: Account) -> None:
        good = some(200, "good", fields={"land": "A"}, answered=5, csat=5)
        bad = [
            story
            for number in range(7)
            for story in some(40, f"bad{number}", fields={"land": f"B{number}"}, answered=100, csat=1)
        ]
        tell(runtime, account, *good, *bad)
        levers = found(runtime, account)
        assert len(levers) == 5
        assert levers[0].metric == "answered_within_target"
        assert [lever.weight for lever in levers] == sorted((lever.weight for lever in levers), reverse=True)

    def test_nothing_of_another_account_is_told(self, runtime: Runtime, account: Account) -> None:
        other = add_account(runtime, "other", targets=TARGETS)
        tell(runtime, other, *some(60, "late", answered=100))
        assert found(runtime, account) == ()
        assert len(found(runtime, other)) == 1
