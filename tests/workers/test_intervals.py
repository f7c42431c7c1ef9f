"""Known answers of the intervals, and what must hold of them for any input."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.distributions import t_quantile
from workers.statistics.intervals import (
    FEWEST_FOR_MEAN,
    FEWEST_FOR_P90,
    FEWEST_FOR_SHARE,
    count_interval,
    difference_interval,
    mean_interval,
    median_ranks,
    newcombe,
    nps_interval,
    quantiles,
    welch,
    wilson,
)

counts = st.integers(min_value=1, max_value=10**5)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(counts)
    return draw(st.integers(min_value=0, max_value=n)), n


def test_means_need_fifteen_values_and_the_90th_percentile_twenty() -> None:
    assert (FEWEST_FOR_MEAN, FEWEST_FOR_P90) == (15, 20)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 1, 0, 0.7934506856),
        (1, 1, 0.2065493144, 1),
        (0, 10, 0, 0.2775327999),
        (10, 10, 0.7224672001, 1),
        (8, 10, 0.4901624715, 0.9433178485),
        (74, 107, 0.5987150913, 0.7711826025),
        (27, 54, 0.3711458304, 0.6288541696),
        (1, 3, 0.0614919447, 0.7923403992),
        (812, 1000, 0.7866068126, 0.8350052901),
        (5, 100, 0.0215436792, 0.1117504692),
        (305, 391, 0.7363794429, 0.8182735579),
        (70836, 85907, 0.8220082697, 0.8270949058),
    ],
)
def test_wilson_gives_the_bounds_of_statsmodels(successes: int, n: int, low: float, high: float) -> None:
    """`proportion_confint(method="wilson")` of statsmodels 0.15, without correction for continuity."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("interval", [lambda: wilson(0, 0), lambda: nps_interval(0, 0, 0)])
def test_nothing_has_no_interval(interval: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="no interval"):
        interval()


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (13, 15, 62.1, 96.3),
        (44, 50, 76.2, 94.4),
        (5, 5, 56.6, 100.0),
        (10, 10, 72.25, 100),
        (0, 10, 0, 27.75),
        (8, 10, 49.02, 94.33),
    ],
)
def test_wilson_gives_the_published_bounds(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert found[0] * 100 == pytest.approx(low, abs=0.06)
    assert found[1] * 100 == pytest.approx(high, abs=0.06)


@given(st.integers(min_value=1, max_value=10**6), st.data())
def test_a_share_lies_inside_its_interval(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(min_value=0, max_value=n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1


@given(shares())
def test_a_share_and_its_opposite_have_mirrored_intervals(share: tuple[int, int]) -> None:
    successes, n = share
    low, high = wilson(successes, n)
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(shares(), st.integers(min_value=2, max_value=50))
def test_more_answers_of_the_same_share_make_its_interval_narrower(share: tuple[int, int], times: int) -> None:
    few, many = wilson(*share), wilson(share[0] * times, share[1] * times)
    assert many[1] - many[0] < few[1] - few[0]


def test_answers_that_tell_half_as_much_count_half() -> None:
    assert wilson(40 / 2, 50 / 2) == wilson(20, 25)


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "low", "high"),
    [
        (300, 100, 600, 27.2169046693, 39.1180870389),
        (7, 2, 12, -5.5012939696, 72.1679606362),
        (20, 0, 20, 69.6833440254, 100),
        (10, 10, 40, -21.1348351832, 21.1348351832),
        (19, 9, 36, -0.4414739264, 51.7235252085),
    ],
)
def test_the_interval_of_nps_is_the_adjusted_wald_one(
    promoters: int, detractors: int, n: int, low: float, high: float
) -> None:
    """Worked from the formula of measuringu.com/nps-three-confidence-intervals, after Rocks 2016."""
    assert nps_interval(promoters, detractors, n) == pytest.approx((low, high), abs=1e-9)


@given(st.integers(min_value=FEWEST_FOR_SHARE, max_value=10**5), st.data())
def test_a_net_promoter_score_lies_inside_its_interval(n: int, data: st.DataObject) -> None:
    promoters = data.draw(st.integers(min_value=0, max_value=n))
    detractors = data.draw(st.integers(min_value=0, max_value=n - promoters))
    low, high = nps_interval(promoters, detractors, n)
    assert -100 <= low <= 100 * (promoters - detractors) / n <= high <= 100
    assert nps_interval(detractors, promoters, n) == pytest.approx((-high, -low))


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0, 3.8415), (10, 5.4320, 18.4094), (100, 82.2272, 121.6143)])
def test_the_interval_of_a_count_is_the_limit_of_wilsons(count: int, low: float, high: float) -> None:
    assert count_interval(count) == pytest.approx((low, high), abs=1e-3)
    of = 10**8
    assert np.array(wilson(count, of)) * of == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_gives_the_intervals_of_his_paper(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    """Statistics in Medicine 17 (1998), table II, method 10."""
    assert newcombe(*now, *before) == pytest.approx((low, high), abs=5e-5)


@given(shares(), shares())
def test_a_difference_lies_inside_its_interval_and_swapping_turns_both_round(
    now: tuple[int, int], before: tuple[int, int]
) -> None:
    low, high = newcombe(*now, *before)
    assert -1 <= low <= now[0] / now[1] - before[0] / before[1] <= high <= 1
    assert newcombe(*before, *now) == pytest.approx((-high, -low), abs=1e-12)


@given(shares(), shares(), st.integers(min_value=2, max_value=50))
def test_more_answers_make_the_interval_of_a_difference_narrower(
    now: tuple[int, int], before: tuple[int, int], times: int
) -> None:
    few = newcombe(*now, *before)
    many = newcombe(now[0] * times, now[1] * times, before[0] * times, before[1] * times)
    assert many[1] - many[0] < few[1] - few[0]


def test_a_difference_of_medians_adds_the_squares_of_what_each_is_unsure_of() -> None:
    assert difference_interval(60, (57, 64), 50, (46, 53)) == (10 - math.hypot(3, 3), 10 + math.hypot(4, 4))


def test_welch_gives_the_interval_of_scipy() -> None:
    """`ttest_ind_from_stats(3.4, 1.2, 20, 3.9, 0.9, 35, equal_var=False)`, inverted."""
    assert welch(3.4, 1.2, 20, before=(3.9, 0.9, 35)) == pytest.approx((-1.1287950673, 0.1287950673), abs=1e-9)


def test_two_means_without_scatter_differ_by_exactly_their_difference() -> None:
    assert welch(4.0, 0.0, 20, before=(3.5, 0.0, 20)) == (0.5, 0.5)


def test_one_value_has_no_difference_to_tell() -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        welch(3.0, 0.0, 1, before=(3.5, 1.0, 20))


@pytest.mark.parametrize(
    ("ratings", "mean", "low", "high"),
    [
        ([1, 2, 2, 3, 5, 4, 1], 18 / 7, 1.1731932279, 3.9696639149),
        ([7, 7, 7, 7, 7, 7, 6, 6, 6, 2], 6.2, 5.0917738466, 7.3082261534),
        ([5, 5, 5, 5], 5, 5, 5),
    ],
)
def test_the_interval_of_a_mean_is_that_of_scipys_t(ratings: list[int], mean: float, low: float, high: float) -> None:
    assert statistics.mean(ratings) == pytest.approx(mean)
    found = mean_interval(statistics.mean(ratings), statistics.stdev(ratings), len(ratings))
    assert found == pytest.approx((low, high), abs=1e-9)


def test_one_value_has_no_interval_of_its_mean() -> None:
    with pytest.raises(ValueError, match="degree of freedom"):
        mean_interval(3.0, 0.0, 1)


@pytest.mark.parametrize(
    ("freedom", "point"),
    [(1, 12.7062), (2, 4.3027), (5, 2.5706), (14, 2.1448), (30, 2.0423), (100, 1.9840), (10_000, 1.9602)],
)
def test_students_t_has_the_tabled_points(freedom: int, point: float) -> None:
    assert t_quantile(freedom) == pytest.approx(point, abs=5e-5)


def test_the_interval_of_a_mean_reaches_as_far_as_t_says() -> None:
    low, high = mean_interval(3.4, 1.5166, 5)
    assert low == pytest.approx(1.517, abs=0.001)
    assert high == pytest.approx(5.283, abs=0.001)


@pytest.mark.parametrize(("n", "ranks"), [(6, (0, 5)), (9, (1, 7)), (20, (5, 14)), (100, (39, 60))])
def test_the_ranks_that_hold_the_median_are_the_tabled_ones(n: int, ranks: tuple[int, int]) -> None:
    assert median_ranks(n) == ranks


def test_the_exact_and_the_approximate_ranks_meet() -> None:
    exact, approximate = median_ranks(1000), median_ranks(1001)
    assert abs(exact[0] - approximate[0]) <= 1
    assert abs(exact[1] - approximate[1]) <= 1


def test_five_values_do_not_hold_their_median() -> None:
    with pytest.raises(ValueError, match="fewer than six"):
        median_ranks(5)


@given(st.lists(st.integers(min_value=0, max_value=10**9), min_size=2, max_size=60))
def test_quantiles_are_those_of_the_sorted_values(values: list[int]) -> None:
    median, p90 = quantiles(np.sort(np.array(values, np.int64)), (0.5, 0.9))
    assert median == pytest.approx(statistics.median(values))
    assert p90 == pytest.approx(statistics.quantiles(values, n=10, method="inclusive")[8])


def test_quantiles_of_narrow_values_are_numbers_that_json_knows() -> None:
    found = quantiles(np.array([1, 254, 255], np.uint8), (0.0, 0.75, 1.0))
    assert found == [1, 254.5, 255]
    assert orjson.loads(orjson.dumps(found)) == found
