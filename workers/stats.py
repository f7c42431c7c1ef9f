"""Intervals that tell how much a figure can be trusted; pure, and exact enough to check by hand."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: The 97.5 % point of the normal distribution.
Z: Final = 1.959963984540054


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, as fractions. E. B. Wilson, JASA 22 (1927), 209–212."""
    if n == 0:
        raise ValueError("a share of nothing has no interval")
    share, square = successes / n, Z * Z
    middle = share + square / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    scale = 1 + square / n
    # At 0 and n the bound is exactly 0 or 1; rounding would leave it a hair off.
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == n else (middle + spread) / scale
    return low, high


def mean_interval(mean: float, deviation: float, n: int) -> tuple[float, float]:
    """The 95 % t interval of a mean, from the sample's standard deviation (n - 1)."""
    reach = t_quantile(n - 1) * deviation / math.sqrt(n)
    return mean - reach, mean + reach


def t_quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t with so many degrees of freedom, by bisection on its distribution."""
    if freedom < 1:
        raise ValueError("Student's t needs at least one degree of freedom")
    low, high = 0.0, 1000.0
    for _ in range(80):
        middle = (low + high) / 2
        if _t_upper_tail(middle, freedom) > 0.025:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def median_ranks(n: int) -> tuple[int, int]:
    """The ranks (from 0) of the order statistics that hold the median with at least 95 %; n ≥ 6.

    From the binomial distribution: the largest r with P(X < r) ≤ 2.5 % for X ~ B(n, ½); above a thousand
    values by its normal approximation, which is then within one rank.
    """
    if n < 6:
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


def quantiles(values: NDArray[np.int64], shares: tuple[float, ...]) -> list[float]:
    """Quantiles by linear interpolation between order statistics (Hyndman and Fan, type 7)."""
    places = [share * (len(values) - 1) for share in shares]
    ranks = sorted({rank for place in places for rank in (math.floor(place), math.ceil(place))})
    found = dict(zip(ranks, select(values, ranks), strict=True))
    return [
        found[math.floor(place)] + (found[math.ceil(place)] - found[math.floor(place)]) * (place - math.floor(place))
        for place in places
    ]


def select(values: NDArray[np.int64], ranks: list[int]) -> list[int]:
    """The values at these ranks (from 0) of the sorted array."""
    parted = np.partition(values, ranks)
    return [int(parted[rank]) for rank in ranks]


def _t_upper_tail(t: float, freedom: int) -> float:
    x = freedom / (freedom + t * t)
    return _incomplete_beta(freedom / 2, 0.5, x) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return front * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / max(1 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / ((1 + even * d) or tiny), (1 + even / c) or tiny
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / ((1 + odd * d) or tiny), (1 + odd / c) or tiny
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return result
