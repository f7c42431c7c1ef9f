"""Known answers of the intervals, and what must hold of them for any input."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.stats import mean_interval, median_ranks, quantiles, select, t_quantile, wilson


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
    median, p90 = quantiles(np.array(values, np.int64), (0.5, 0.9))
    assert median == pytest.approx(statistics.median(values))
    assert p90 == pytest.approx(statistics.quantiles(values, n=10, method="inclusive")[8])


@given(st.lists(st.integers(min_value=0, max_value=99), min_size=1, max_size=40), st.data())
def test_select_finds_the_ranks_of_the_sorted_values(values: list[int], data: st.DataObject) -> None:
    rank = data.draw(st.integers(min_value=0, max_value=len(values) - 1))
    assert select(np.array(values, np.int64), [rank]) == [sorted(values)[rank]]
