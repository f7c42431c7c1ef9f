"""How likely a value at least this extreme is: tails of Student's t, the binomial and the hypergeometric; pure."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

#: Terms of a sum below this share of it change nothing that is shown.
_NEGLIGIBLE: Final = 1e-17


@lru_cache(maxsize=1024)
def t_quantile(freedom: float, chance: float = 0.05) -> float:
    """The point of Student's t that is passed on either side with this chance, by bisection on its distribution.

    That is its 97.5 % point unless told; with so many degrees of freedom (≥ 1).
    """
    if freedom < 1:
        raise ValueError("Student's t needs at least one degree of freedom")
    low, high = 0.0, 1000.0
    for _ in range(80):
        middle = (low + high) / 2
        if t_two_sided(middle, freedom) > chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_two_sided(t: float, freedom: float) -> float:
    """The probability that Student's t lies at least so far from 0, on either side."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def binomial_two_sided(successes: int, n: int, share: float) -> float:
    """Twice the smaller exact tail of the binomial distribution, at most 1 (DLMF 8.17.5)."""
    at_least = incomplete_beta(successes, n - successes + 1, share) if successes else 1.0
    at_most = incomplete_beta(n - successes, successes + 1, 1 - share) if successes < n else 1.0
    return min(1.0, 2 * min(at_least, at_most))


def fisher_two_sided(successes: int, n: int, successes_before: int, n_before: int) -> float:
    """Twice the smaller exact tail of Fisher's test that two shares are one, at most 1.

    R. A. Fisher, Statistical Methods for Research Workers (1934), § 21.02. Given both margins the successes are
    hypergeometric; doubling the tail keeps the answer the same when the samples or the outcomes are exchanged.
    """
    of = successes + successes_before
    ends = max(0, of - n_before), min(n, of)
    tails = [_hypergeometric_tail(successes, end, of=of, n=n, n_before=n_before) for end in ends]
    return min(1.0, 2 * min(tails))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return front * _beta_fraction(a, b, x) / a


def _hypergeometric_tail(start: int, end: int, *, of: int, n: int, n_before: int) -> float:
    """P(X between start and end), both included, for X successes in n when n + n_before hold `of`."""
    step = 1 if end >= start else -1
    term = math.exp(_log_choose(n, start) + _log_choose(n_before, of - start) - _log_choose(n + n_before, of))
    total, at = term, start
    while at != end and term > _NEGLIGIBLE * total:
        up = (n - at) * (of - at) / ((at + 1) * (n_before - of + at + 1)) if step > 0 else 0.0
        term *= up if step > 0 else at * (n_before - of + at) / ((n - at + 1) * (of - at + 1))
        at += step
        total += term
    return total


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _beta_fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / max(1 - (a + b) * x / (a + 1), tiny)
    result = d
    # It converges after about the square root of the greater argument; the limit holds up to a million or so.
    for m in range(1, 300 + 10 * math.isqrt(int(max(a, b)))):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / ((1 + even * d) or tiny), (1 + even / c) or tiny
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / ((1 + odd * d) or tiny), (1 + odd / c) or tiny
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return result
