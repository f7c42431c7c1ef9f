"""Figures over time: every day, week and month of a period, also empty ones, and the same sums as reports."""

from __future__ import annotations

from datetime import date

import pytest

from tests.workers.small_world import a_week, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.test_reports import asked
from workers.accounts import Account
from workers.cuts import BadReport
from workers.periods import Period, day_of
from workers.runtime import Runtime
from workers.series import Point, SeriesRequest, series, series_by_channel, step_for, together
from workers.store import figures

NOW = at("2026-03-18 12:00")


def days(first: str, last: str) -> Period:
    return Period(day_of(date.fromisoformat(first)), day_of(date.fromisoformat(last)))


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = NOW
    found = add_account(runtime, "acme")
    tell(
        runtime,
        found,
        *a_week("2026-03-02", 14, "m", answered=20, resolved=90, csat=4),
        *a_week("2026-03-09", 3, "c", channel="chat", answered=1, resolved=30, csat=1),
        ticket("now", "2026-03-18 09:00"),
    )
    return found


def points(
    runtime: Runtime, account: Account, period: Period, *names: str, step: str = "day", slice_: str | None = None
) -> list[Point]:
    with runtime.database.read() as connection:
        return series(connection, account, SeriesRequest(period, names, step, slice_), now=NOW)


def test_every_day_has_a_point_also_one_without_tickets(runtime: Runtime, account: Account) -> None:
    found = points(runtime, account, days("2026-03-14", "2026-03-18"), "ticket_volume")
    assert [point.when for point in found] == [f"2026-03-{day}" for day in range(14, 19)]
    assert [point.figure("ticket_volume").n for point in found] == [1, 1, 0, 0, 1]
    assert [point.cut for point in found] == [False, False, False, False, True]


def test_there_is_nothing_after_today(runtime: Runtime, account: Account) -> None:
    found = points(runtime, account, days("2026-03-17", "2026-03-25"), "ticket_volume")
    assert [point.when for point in found] == ["2026-03-17", "2026-03-18"]


def test_all_points_together_are_the_report(runtime: Runtime, account: Account) -> None:
    names = ("ticket_volume", "first_response_time", "csat", "backlog")
    told = asked(runtime, account, "2026-03-04", "2026-03-15")["total"]
    for step in ("day", "week", "month"):
        whole = together(points(runtime, account, days("2026-03-04", "2026-03-15"), *names, step=step))
        for name in names:
            assert whole.figure(name).json() == {key: told[name][key] for key in whole.figure(name).json()}


def test_a_week_that_the_period_cuts_is_said_to_be_cut(runtime: Runtime, account: Account) -> None:
    found = points(runtime, account, days("2026-03-04", "2026-03-18"), "ticket_volume", step="week")
    assert [(point.when, point.cut) for point in found] == [("2026-W10", True), ("2026-W11", False), ("2026-W12", True)]


@pytest.mark.parametrize(
    ("slice_", "count"), [("channel:chat", 3), ("department:s", 17), ("agent:7", 17), ("agent:8", 0), (None, 17)]
)
def test_a_slice_has_its_own(runtime: Runtime, account: Account, slice_: str | None, count: int) -> None:
    found = points(runtime, account, days("2026-03-02", "2026-03-15"), "ticket_volume", slice_=slice_)
    assert sum(point.figure("ticket_volume").n for point in found) == count


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize(
    ("slice_", "counts"),
    [
        (None, {"email": 14, "chat": 3, "voice": 0}), ("department:s", {"email": 14, "chat": 3, "voice": 0}),
        ("agent:8", {"email": 0, "chat": 0, "voice": 0}), ("channel:chat", {"email": 0, "chat": 3, "voice": 0}),
    ],
)  # fmt: skip
def test_each_channel_of_a_slice_has_its_own(
    runtime: Runtime, account: Account, slice_: str | None, counts: dict[str, int], is_folded: bool
) -> None:
    if is_folded:
        figures.compact(runtime.database, "acme", budget_seconds=10)
    period = days("2026-03-02", "2026-03-15")
    with runtime.database.read() as connection:
        request = SeriesRequest(period, ["ticket_volume"], "week", slice_)
        found = series_by_channel(connection, account, request, list(counts), now=NOW)
    assert {
        channel: sum(point.figure("ticket_volume").n for point in told) for channel, told in found.items()
    } == counts
    assert {point.when for told in found.values() for point in told} == {"2026-W10", "2026-W11"}


def test_a_slice_that_there_is_not_is_refused(runtime: Runtime, account: Account) -> None:
    with pytest.raises(BadReport, match="there is no slice planet:mars"):
        points(runtime, account, days("2026-03-02", "2026-03-15"), "ticket_volume", slice_="planet:mars")


def test_quartiles_lie_between_what_was_measured(runtime: Runtime, account: Account) -> None:
    found = together(points(runtime, account, days("2026-03-02", "2026-03-15"), "first_response_time"))
    assert found.lower_quartile("first_response_time") == 20 * 60
    assert found.figure("first_response_time").median == 20 * 60
    assert found.lower_quartile("next_response_time") is None


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [
        ("2026-03-02", "2026-03-15", "day"), ("2026-01-01", "2026-03-15", "week"),
        ("2024-01-01", "2026-03-15", "month"),
    ],
)  # fmt: skip
def test_steps_grow_with_the_period(first: str, last: str, step: str) -> None:
    assert step_for(days(first, last)) == step
