"""Whether a share has changed between two finished periods by more than its weeks differ from each other; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from workers.statistics.change import (
    FEWEST_WEEKS,
    MOST_WEEKS,
    Share,
    Verdict,
    by_test,
    learning,
    share_interval,
    together,
    too_few,
)
from workers.statistics.distributions import fisher_two_sided, t_quantile, t_two_sided
from workers.statistics.intervals import FEWEST_FOR_SHARE


def share_change(now: Share, before: Share, history: Sequence[Share], *, alpha: float, better: str) -> Verdict:
    """Whether a share differs from the one before it; `learning` below 8 weeks, `too few` below 5 on a side.

    `history` is one share a finished week, oldest first, of weeks that lie in neither period; the last 26 with any
    answers count. Two-proportion test with its variance multiplied by the dispersion of the history (P. McCullagh
    and J. A. Nelder, Generalized Linear Models, 1989, § 4.5), against Student's t for that is estimated; and never
    surer than Fisher's exact test, which holds however few the answers are.
    """
    if min(now.n, before.n) < FEWEST_FOR_SHARE:
        return too_few(now.n, before.n, need=FEWEST_FOR_SHARE)
    weeks = [week for week in history if week.n][-MOST_WEEKS:]
    if len(weeks) < FEWEST_WEEKS:
        return learning(now.n, before.n, have=len(weeks), need=FEWEST_WEEKS)
    spread, freedom = dispersion(weeks), len(weeks) - 1
    by_t = t_two_sided(_standardized(now, before, spread), freedom)
    exact = fisher_two_sided(now.successes, now.n, before.successes, before.n)
    return by_test(
        now.value - before.value,
        share_interval(now, before, spread=spread, z=t_quantile(freedom)),
        p=max(by_t, exact),
        alpha=alpha,
        better=better,
        n=now.n,
        n_before=before.n,
    )


_NONE: Final = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Shares of weeks, none empty, that come one after the other: what they are together and how much they scatter."""

    whole: Share = _NONE
    squares: float = 0.0  #: of their successes, each divided by its n
    count: int = 0

    def plus(self, week: Share) -> Weeks:
        """These and one week more."""
        return Weeks(together((self.whole, week)), self.squares + week.successes**2 / week.n, self.count + 1)

    @property
    def dispersion(self) -> float:
        """How many times more these shares scatter than independent answers would; never below 1. Of at least 2.

        Pearson's X² over its degrees of freedom (McCullagh and Nelder, 1989, § 4.5).
        """
        successes, n = self.whole.successes, self.whole.n
        if successes in (0, n):
            return 1.0
        share = self.whole.value
        squares = self.squares - successes**2 / n
        return max(1.0, squares / (share * (1 - share) * (self.count - 1)))


def dispersion(weeks: Iterable[Share]) -> float:
    """How many times more these shares scatter than independent answers would, as `Weeks` has it."""
    return reduce(Weeks.plus, weeks, Weeks()).dispersion


def _standardized(now: Share, before: Share, spread: float) -> float:
    """The difference in standard errors, under one pooled share."""
    pooled = together((now, before)).value
    error = math.sqrt(spread * pooled * (1 - pooled) * (1 / now.n + 1 / before.n))
    return (now.value - before.value) / error if error else 0.0
