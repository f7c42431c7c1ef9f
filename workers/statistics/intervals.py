"""Intervals that tell how much a figure can be trusted; pure, and exact enough to check by hand."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workers.statistics.distributions import t_quantile

#: The 97.5 % point of the normal distribution.
Z: Final = 1.959963984540054

#: From so many answers on a share is more than its counts.
FEWEST_FOR_SHARE: Final = 5
#: From so many on a mean has an interval.
FEWEST_FOR_MEAN: Final = 15
#: From so many on a median has one.
FEWEST_FOR_MEDIAN: Final = 6
#: From so many on the 90th percentile is told.
FEWEST_FOR_P90: Final = 20

Interval = tuple[float, float]


def wilson(successes: float, n: float, *, z: float = Z) -> Interval:
    """The Wilson interval of a share, as fractions, 95 % unless told. E. B. Wilson, JASA 22 (1927), 209–212.

    Both numbers may be fractions, for answers that tell less than independent ones would.
    """
    if n <= 0:
        raise ValueError("a share of nothing has no interval")
    share, square = successes / n, z * z
    middle = share + square / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    # At 0 and n the bound is exactly 0 or 1; rounding would leave it a hair off.
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == n else (middle + spread) / scale
    return low, high


def nps_interval(promoters: int, detractors: int, n: int) -> Interval:
    """The 95 % adjusted Wald interval of a net promoter score, from -100 to 100.

    Three answers are added, ¾ of one to the promoters and to the detractors each: B. Rocks, The American
    Statistician 70 (2016), 365–372.
    """
    if n == 0:
        raise ValueError("a score of nothing has no interval")
    answers = n + 3
    up, down = (promoters + 0.75) / answers, (detractors + 0.75) / answers
    reach = Z * math.sqrt((up + down - (up - down) ** 2) / answers)
    return max(-100.0, 100 * (up - down - reach)), min(100.0, 100 * (up - down + reach))


def count_interval(n: int) -> Interval:
    """The 95 % score interval of the mean of a Poisson count: what Wilson's becomes when shares get small."""
    middle, reach = n + Z * Z / 2, Z * math.sqrt(n + Z * Z / 4)
    return middle - reach if n else 0.0, middle + reach


def mean_interval(mean: float, deviation: float, n: int) -> Interval:
    """The 95 % t interval of a mean, from the sample's standard deviation (n - 1); ValueError below 2 values."""
    reach = t_quantile(n - 1) * deviation / math.sqrt(n)
    return mean - reach, mean + reach


def welch(mean: float, deviation: float, n: int, *, before: tuple[float, float, int]) -> Interval:
    """The 95 % interval of the difference of two means; `before` is the earlier mean, deviation (n - 1) and n.

    B. L. Welch, Biometrika 34 (1947), 28–35. ValueError with fewer than 2 values on a side.
    """
    mean_before, deviation_before, n_before = before
    if min(n, n_before) < 2:
        raise ValueError("a mean of fewer than two values has no interval")
    error, error_before = deviation**2 / n, deviation_before**2 / n_before
    difference, together = mean - mean_before, error + error_before
    if together == 0:
        return difference, difference
    freedom = together**2 / (error**2 / (n - 1) + error_before**2 / (n_before - 1))
    reach = t_quantile(freedom) * math.sqrt(together)
    return difference - reach, difference + reach


def difference_interval(now: float, within: Interval, before: float, within_before: Interval) -> Interval:
    """The interval of `now - before` from the interval of each, by squaring and adding.

    For Wilson's intervals: R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10. For others:
    G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008), 1693–1702.
    """
    difference = now - before
    low = difference - math.hypot(now - within[0], within_before[1] - before)
    return low, difference + math.hypot(within[1] - now, before - within_before[0])


def newcombe(successes: float, n: float, successes_before: float, n_before: float, *, z: float = Z) -> Interval:
    """The interval of the difference of two shares, as fractions, 95 % unless told."""
    within, within_before = wilson(successes, n, z=z), wilson(successes_before, n_before, z=z)
    return difference_interval(successes / n, within, successes_before / n_before, within_before)


def median_ranks(n: int) -> tuple[int, int]:
    """The ranks (from 0) of the order statistics that hold the median with at least 95 %; n ≥ 6.

    From the binomial distribution: the largest r with P(X < r) ≤ 2.5 % for X ~ B(n, ½); above a thousand
    values by its normal approximation, which is then within one rank.
    """
    if n < FEWEST_FOR_MEDIAN:
        raise ValueError("fewer than six values do not hold their median with 95 %")
    if n > 1000:
        rank = math.floor(n / 2 - Z * math.sqrt(n) / 2)
        return rank - 1, n - rank
    tail, rank = 0.0, 0
    term = math.exp(-n * math.log(2))
    while tail + term <= 0.025:
        tail += term
        term *= (n - rank) / (rank + 1)
        rank += 1
    return rank - 1, n - rank


def quantiles(ordered: NDArray[np.integer[Any]], shares: tuple[float, ...]) -> list[float]:
    """Quantiles of sorted values by linear interpolation between them (Hyndman and Fan, type 7)."""
    return [_at(ordered, share * (len(ordered) - 1)) for share in shares]


def _at(ordered: NDArray[np.integer[Any]], place: float) -> float:
    # Whole numbers of Python: those of numpy are narrow, and no JSON.
    below, above = int(ordered[math.floor(place)]), int(ordered[math.ceil(place)])
    return below + (above - below) * (place - math.floor(place))
