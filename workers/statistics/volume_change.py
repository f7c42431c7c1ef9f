"""Whether finished days brought another number than the same weekdays usually bring; pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from workers.statistics.change import FEWEST_WEEKS, MOST_WEEKS, Verdict, by_test, learning, too_few
from workers.statistics.distributions import binomial_two_sided, t_quantile, t_two_sided
from workers.statistics.intervals import FEWEST_FOR_SHARE

_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Usual:
    """What some weeks of history let one expect of certain weekdays.

    `expected` is the mean of such sums, `noise` what their variance would be if every count were a Poisson one of
    its weekday's mean, `spread` (at least 1) how many times greater it is, `seen` the tickets all this rests on.
    """

    expected: float
    noise: float
    spread: float
    seen: int
    weeks: int

    @property
    def error(self) -> float:
        """The standard error of a count minus the expected one: its own scatter, and that of the mean."""
        return math.sqrt(self.spread * (self.expected + self.noise / self.weeks))

    def standardized(self, count: int) -> float:
        """How many standard errors a count lies from the expected one: the fewer of two scales.

        Weeks scatter to the right; on the scale of square roots (F. J. Anscombe, Biometrika 35 (1948), 246–254) a
        high one is not surer than a low one.
        """
        roots = 2 * (math.sqrt(count + 3 / 8) - math.sqrt(self.expected + 3 / 8))
        error = math.sqrt(self.spread * (1 + self.noise / (self.weeks * self.expected)))
        return min(abs(count - self.expected) / self.error, abs(roots) / error)


def volume_change(
    days: Sequence[tuple[int, int]], history: Sequence[Sequence[int]], *, alpha: float, better: str = ""
) -> Verdict:
    """Whether a finished week or month brought another number than its weekdays usually do.

    `days` are (weekday from 0 to 6, count) of the tested period; `history` is 7 counts a finished week, Monday
    first, oldest week first, all before the period; the last 26 count, fewer than 8 are `learning`. The difference
    is to what the same weekdays brought on average, and `n_before` all they brought. Quasi-Poisson with Student's t
    (P. McCullagh and J. A. Nelder, Generalized Linear Models, 1989, § 6.2), and never surer than the exact
    comparison of two Poisson counts (J. Przyborowski and H. Wilenski, Biometrika 31 (1940), 313–323).
    """
    count = sum(found for _, found in days)
    weeks = history[-MOST_WEEKS:]
    if len(weeks) < FEWEST_WEEKS:
        return learning(count, 0, have=len(weeks), need=FEWEST_WEEKS)
    usual = usual_of([weekday for weekday, _ in days], weeks)
    if usual.seen < FEWEST_FOR_SHARE:
        return too_few(count, usual.seen, need=FEWEST_FOR_SHARE)
    freedom = len(weeks) - 1
    exact = binomial_two_sided(count, count + usual.seen, usual.expected / (usual.expected + usual.seen))
    difference, reach = count - usual.expected, t_quantile(freedom) * usual.error
    return by_test(
        difference,
        (difference - reach, difference + reach),
        p=max(t_two_sided(usual.standardized(count), freedom), exact),
        alpha=alpha,
        better=better,
        n=count,
        n_before=usual.seen,
    )


def usual_of(weekdays: Sequence[int], history: Sequence[Sequence[int]]) -> Usual:
    """What so many weeks (2 at least) let one expect of these weekdays together.

    A whole week's dispersion is that of whole weeks, one day's that of its weekday: good and bad weeks count.
    """
    times = Counter(weekdays)
    weights = np.array([times[weekday] for weekday in range(_WEEK)], np.float64)
    weeks = np.array(history, np.float64).reshape(-1, _WEEK)
    sums = weeks @ weights
    noise = float(weeks.mean(axis=0) @ weights**2)
    spread = max(1.0, float(sums.var(ddof=1)) / noise) if noise else 1.0
    return Usual(float(sums.mean()), noise, spread, int(weeks[:, weights > 0].sum()), len(weeks))
