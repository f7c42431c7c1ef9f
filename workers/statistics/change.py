"""What can be said of a change: a word, a difference, its interval, and how sure that is; pure.

A change is only called one by a test of a finished week or month (share_change.py, volume_change.py) or by the
watch for a lasting shift (cusum.py). Every other difference is `untested`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from workers.statistics.intervals import (
    FEWEST_FOR_MEAN,
    FEWEST_FOR_SHARE,
    Interval,
    Z,
    count_interval,
    difference_interval,
    newcombe,
    welch,
)

#: Of a stream's finished weeks a test needs so many, and looks back on no more than so many.
FEWEST_WEEKS: Final = 8
MOST_WEEKS: Final = 26

#: `better` … `lower` are called by a test. `no clear change`: the test did not call one, or there was none and the
#: interval holds 0. `not tested`: there was none and the interval leaves 0 out. `too few`: not enough in one of the
#: two periods. `learning`: not enough history yet.
Kind = Literal["better", "worse", "higher", "lower", "no clear change", "not tested", "too few", "learning"]


@dataclass(frozen=True, slots=True)
class Share:
    """So many successes of n: of a week, of a month, of any period."""

    successes: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise ValueError(f"{self.successes} of {self.n} is no share")

    @property
    def value(self) -> float:
        """The share as a fraction; there must be something that it is a share of."""
        return self.successes / self.n


def together(shares: Iterable[Share]) -> Share:
    """The share of all of these periods; none of none."""
    successes = n = 0
    for share in shares:
        successes += share.successes
        n += share.n
    return Share(successes, n)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a change: now minus before with its 95 % interval, in the units that were given.

    Shares are fractions. `p` and `alpha` are those of the test, None where there was none; `n` counts what the
    present value rests on, `n_before` what it is compared with. `have` of `need` is what is missing, in weeks or
    answers for `learning` and in answers or tickets for `too few`.
    """

    kind: Kind
    n: int
    n_before: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    alpha: float | None = None
    have: int | None = None
    need: int | None = None


def by_test(
    difference: float, interval: Interval, *, p: float, alpha: float, better: str, n: int, n_before: int
) -> Verdict:
    """The verdict of a test; where the interval that a reader sees holds 0, no change is called clear."""
    is_clear = p <= alpha and not interval[0] <= 0 <= interval[1]
    kind: Kind = called(difference, better) if is_clear else "no clear change"
    return Verdict(kind, n, n_before, difference, *interval, p, alpha)


def untested(difference: float, interval: Interval, *, n: int, n_before: int) -> Verdict:
    """A difference that no test is made of: its 95 % interval, and no claim."""
    kind: Kind = "no clear change" if interval[0] <= 0 <= interval[1] else "not tested"
    return Verdict(kind, n, n_before, difference, *interval)


def untested_shares(now: Share, before: Share) -> Verdict:
    """Two shares that no test is made of, with Newcombe's interval; `too few` below 5 on a side."""
    if min(now.n, before.n) < FEWEST_FOR_SHARE:
        return too_few(now.n, before.n, need=FEWEST_FOR_SHARE)
    return untested(now.value - before.value, share_interval(now, before), n=now.n, n_before=before.n)


def untested_means(mean: float, deviation: float, n: int, *, before: tuple[float, float, int]) -> Verdict:
    """Two means on one scale, with Welch's interval; `too few` below 15 on a side. Arguments as for `welch`."""
    if min(n, before[2]) < FEWEST_FOR_MEAN:
        return too_few(n, before[2], need=FEWEST_FOR_MEAN)
    return untested(mean - before[0], welch(mean, deviation, n, before=before), n=n, n_before=before[2])


def untested_counts(now: int, before: int) -> Verdict:
    """Two counts of periods alike, as if tickets came independently; their weeks scatter more than that."""
    interval = difference_interval(now, count_interval(now), before, count_interval(before))
    return untested(now - before, interval, n=now, n_before=before)


def too_few(n: int, n_before: int, *, need: int) -> Verdict:
    """Nothing is said with fewer than `need` on either side."""
    return Verdict("too few", n, n_before, have=min(n, n_before), need=need)


def learning(n: int, n_before: int, *, have: int, need: int) -> Verdict:
    """Nothing is said before there is so much history."""
    return Verdict("learning", n, n_before, have=have, need=need)


def called(difference: float, better: str) -> Kind:
    """The word for a clear change; `better` is `higher` or `lower`, whichever is good news, or '' when neither is."""
    direction: Kind = "higher" if difference > 0 else "lower"
    if not better:
        return direction
    return "better" if direction == better else "worse"


def share_interval(now: Share, before: Share, *, spread: float = 1.0, z: float = Z) -> Interval:
    """Newcombe's interval as of `spread` times fewer answers; 95 % unless told."""
    return newcombe(now.successes / spread, now.n / spread, before.successes / spread, before.n / spread, z=z)
