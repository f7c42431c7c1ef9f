"""Volumes beside what the same weekdays usually bring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.test_share_change import most_often
from workers.statistics.change import MOST_WEEKS, Verdict
from workers.statistics.volume_change import usual_of, volume_change

#: Eight weeks from Monday on, of 65.75 tickets on average.
WEEKS = [
    [14, 11, 12, 9, 10, 4, 3],
    [12, 15, 9, 11, 13, 5, 2],
    [17, 10, 14, 12, 9, 6, 4],
    [9, 12, 10, 8, 11, 3, 1],
    [15, 13, 11, 13, 12, 4, 5],
    [11, 9, 13, 10, 8, 5, 3],
    [13, 14, 12, 11, 10, 2, 4],
    [16, 12, 15, 9, 12, 6, 2],
]
#: Weeks of 70 tickets, every second of them of 140.
UNEVEN = [[10] * 7, [20] * 7] * 6

weeks_of = st.lists(st.lists(st.integers(min_value=0, max_value=60), min_size=7, max_size=7), min_size=8, max_size=30)


def a_week(*counts: int) -> list[tuple[int, int]]:
    return list(enumerate(counts))


def test_a_week_is_expected_to_bring_what_weeks_did() -> None:
    usual = usual_of(range(7), WEEKS)
    assert (usual.expected, usual.noise, usual.seen, usual.weeks) == (65.75, 65.75, 526, 8)


def test_the_spread_is_pearsons_and_never_below_one() -> None:
    """A Poisson GLM of statsmodels 0.15 gives 0.703 for the eight weeks."""
    assert usual_of(range(7), WEEKS).spread == 1
    assert usual_of(range(7), UNEVEN).spread == pytest.approx(12 / 11 * 35**2 / 105)


def test_a_day_is_expected_to_bring_what_its_weekday_did() -> None:
    assert usual_of([5], WEEKS).expected == pytest.approx(35 / 8)
    assert usual_of([0], WEEKS).expected == pytest.approx(107 / 8)


def test_a_month_counts_each_weekday_as_often_as_it_has_it() -> None:
    days = [*range(7)] * 4 + [0, 1]
    assert usual_of(days, WEEKS).expected == pytest.approx((4 * 526 + 107 + 96) / 8)


def test_a_week_twice_as_full_is_higher() -> None:
    found = volume_change(a_week(25, 22, 20, 19, 24, 9, 8), WEEKS, alpha=0.01)
    assert (found.kind, found.difference, found.n, found.n_before) == ("higher", 61.25, 127, 526)
    assert found.p == pytest.approx(0.00057, abs=0.00001)


def test_an_empty_week_is_lower_and_good_news_where_fewer_is_better() -> None:
    assert volume_change(a_week(0, 0, 0, 0, 0, 0, 0), WEEKS, alpha=0.01).kind == "lower"
    assert volume_change(a_week(0, 0, 0, 0, 0, 0, 0), WEEKS, alpha=0.01, better="lower").kind == "better"


def test_a_quiet_sunday_is_not_lower_than_usual_but_a_quiet_monday_is() -> None:
    weeks = [[40, 30, 30, 30, 30, 6, 4]] * 12
    assert volume_change([(6, 3)], weeks, alpha=0.01).kind == "no clear change"
    assert volume_change([(0, 3)], weeks, alpha=0.01).kind == "lower"


def test_a_full_week_among_uneven_ones_is_no_clear_change() -> None:
    found = volume_change(a_week(25, 25, 25, 25, 25, 25, 25), UNEVEN, alpha=0.01)
    assert found.kind == "no clear change"
    assert (found.low or 0) < 0 < (found.high or 0)


def test_seven_weeks_are_still_learning() -> None:
    assert volume_change(a_week(*WEEKS[0]), WEEKS[:7], alpha=0.05) == Verdict("learning", 63, 0, have=7, need=8)


@pytest.mark.parametrize("seen", [0, 4])
def test_hardly_any_tickets_before_are_too_few_to_expect_any(seen: int) -> None:
    history = [[seen, 0, 0, 0, 0, 0, 0], *([[0] * 7] * 9)]
    found = volume_change(a_week(9, 9, 9, 9, 9, 9, 9), history, alpha=0.05)
    assert (found.kind, found.n, found.n_before, found.need) == ("too few", 63, seen, 5)


def test_weeks_of_long_ago_do_not_count() -> None:
    history = [[500] * 7, *([[10] * 7] * MOST_WEEKS)]
    assert volume_change(a_week(10, 10, 10, 10, 10, 10, 10), history, alpha=0.05).difference == 0


@given(weeks_of, st.lists(st.tuples(st.integers(0, 6), st.integers(0, 200)), min_size=1, max_size=31))
def test_the_difference_lies_in_the_middle_of_its_interval(
    history: list[list[int]], days: list[tuple[int, int]]
) -> None:
    found = volume_change(days, history, alpha=0.05)
    if found.difference is None:
        assert found.kind == "too few"
        return
    assert found.difference == pytest.approx(((found.low or 0) + (found.high or 0)) / 2, abs=1e-6)
    assert 0 <= (found.p or 0) <= 1


def test_a_busy_week_is_judged_on_the_scale_of_square_roots_and_a_quiet_one_as_it_is() -> None:
    usual = usual_of(range(7), WEEKS)
    assert usual.standardized(127) == pytest.approx(5.95, abs=0.01)
    assert 61.25 / usual.error == pytest.approx(7.12, abs=0.01)
    assert usual.standardized(10) == pytest.approx(55.75 / usual.error)


@given(st.integers(min_value=0, max_value=30), st.integers(min_value=2, max_value=60))
def test_what_lies_farther_out_is_surer(count: int, more: int) -> None:
    usual = usual_of(range(7), WEEKS)
    high, low = 66 + count, 65 - count
    assert usual.standardized(high + more) > usual.standardized(high)
    assert low < more or usual.standardized(low - more) > usual.standardized(low)


@pytest.mark.parametrize("weeks", [8, 26])
@pytest.mark.parametrize(("volume", "uneven"), [(10, 0.3), (60, 0.0), (60, 0.2), (400, 0.3)])
@pytest.mark.parametrize("length", [7, 30])
def test_no_more_false_alarms_than_alpha(volume: float, uneven: float, weeks: int, length: int) -> None:
    """Weeks of uneven means, full Mondays and quiet Sundays; a right test fails this once in a million."""
    times, alpha = 400, 0.02
    random = np.random.default_rng(11)
    shape = 1 / uneven**2 if uneven else 0
    means = random.gamma(shape, volume / shape, (times, weeks + 5)) if uneven else np.full((times, weeks + 5), volume)
    weekdays = np.array((1.3, 1.25, 1.2, 1.15, 1.1, 0.55, 0.45)) / 7
    found = random.poisson(means[:, :, None] * weekdays)
    called = 0
    for each in found:
        days = list(enumerate(each[weeks:].reshape(-1)[:length].tolist()))
        tested = [(day % 7, count) for day, count in days]
        called += volume_change(tested, each[:weeks].tolist(), alpha=alpha).kind in ("higher", "lower")
    assert called <= most_often(times, alpha)
