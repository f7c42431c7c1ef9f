"""Whether the share of satisfied answers has shifted for good, watched week by week; pure.

A week's test sees large jumps; this cumulative sum adds up what each week says for a share whose odds are halved or
doubled, and sees smaller ones that last. Method and measured rates: docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from workers.statistics.alarm_budget import FALSE_SHIFTS_A_YEAR, WEEKS_A_YEAR
from workers.statistics.change import FEWEST_WEEKS, Share, Verdict, called, learning, share_interval, together
from workers.statistics.share_change import Weeks

#: A baseline rests on so many answers.
FEWEST_ANSWERS: Final = 200
#: The shift looked for: the odds of a satisfied answer divided or multiplied by this.
ODDS: Final = 2.0
#: A random walk that is watched at whole steps overshoots its threshold by this many standard deviations, both
#: ends together (D. Siegmund, Sequential Analysis, 1985, § 2.3 and chapter X: 2 × 0.583).
_OVERSHOOT: Final = 1.166
#: The approximation promises run lengths up to so many times too long, against exact simulation of known shares.
_TOO_LONG: Final = 1.1
#: It holds for steps up to about so many standard deviations; to take longer ones for these is the safe side.
_LONGEST_STEP: Final = 2.0

Side = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a stream was like before: its answers, their dispersion, and the weeks they came in."""

    share: Share
    spread: float
    weeks: int

    @property
    def answers_a_week(self) -> float:
        """How many independent answers a week these are worth."""
        return self.share.n / self.weeks / self.spread

    def edge(self, side: Side) -> float:
        """The share, moved by one standard error towards the side that is watched.

        So a baseline that came out too low by chance does not turn ordinary weeks into a rise.
        """
        middle = (self.share.successes + 0.5) / (self.share.n + 1)
        error = math.sqrt(self.spread * middle * (1 - middle) / self.share.n)
        least = 0.5 / (self.share.n + 1)
        return min(1 - least, max(least, middle + (error if side == "up" else -error)))


@dataclass(frozen=True, slots=True)
class Shift:
    """A lasting shift: called at the end of week `at`, begun about week `since` (places in the weeks given).

    `now` is everything from `since` to `at`, `before` the baseline that it left.
    """

    side: Side
    since: int
    at: int
    now: Share
    before: Share
    spread: float

    def verdict(self, better: str) -> Verdict:
        """The shift as any other change; what is shown is the run's own difference, chosen because it is large."""
        interval = share_interval(self.now, self.before, spread=self.spread)
        difference = self.now.value - self.before.value
        return Verdict(called(1 if self.side == "up" else -1, better), self.now.n, self.before.n, difference, *interval)


@dataclass(frozen=True, slots=True)
class Watch:
    """A stream after its last finished week: every shift so far, oldest first, and what was learned since the last.

    `length` is the number of weeks watched, `weeks` how many of those with answers the baseline rests on.
    """

    shifts: tuple[Shift, ...]
    baseline: Share
    weeks: int
    length: int

    def verdict(self, better: str = "higher") -> Verdict:
        """What the last week says: a shift called at its end, `learning` (n of 200 answers), or no clear change."""
        if self.shifts and self.shifts[-1].at == self.length - 1:
            return self.shifts[-1].verdict(better)
        if self.baseline.n < FEWEST_ANSWERS:
            return learning(0, self.baseline.n, have=self.baseline.n, need=FEWEST_ANSWERS)
        if self.weeks < FEWEST_WEEKS:
            return learning(0, self.baseline.n, have=self.weeks, need=FEWEST_WEEKS)
        return Verdict("no clear change", 0, self.baseline.n)


@dataclass(frozen=True, slots=True)
class _Sum:
    """One side's cumulative sum, and the week in which it last left nothing."""

    score: float = 0.0
    since: int = 0

    def plus(self, gain: float, at: int) -> _Sum:
        score = max(0.0, self.score + gain)
        return _Sum(score, self.since if self.score > 0 else at)


def watch(weeks: Sequence[Share], *, streams: int) -> Watch:
    """Watch one stream: a share a finished week, oldest first, empty weeks included; `streams` are watched in all.

    E. S. Page, Biometrika 41 (1954), 100–115, on log likelihood ratios, both ways. All weeks since the last shift
    are the baseline of the next one; a shift begins a new baseline, so the stream learns anew.
    """
    shifts: list[Shift] = []
    past = Weeks()
    sums: dict[Side, _Sum] = _fresh()
    for at, week in enumerate(weeks):
        if not week.n:
            continue
        baseline = _baseline(past)
        if baseline is not None:
            sums = {side: total.plus(gain(week, baseline, side), at) for side, total in sums.items()}
            side = _side_over(sums, baseline, streams)
            if side is not None:
                since = sums[side].since
                now = together(weeks[since : at + 1])
                shifts.append(Shift(side, since, at, now, baseline.share, baseline.spread))
                past, sums = Weeks(), _fresh()
                continue
        past = past.plus(week)
    return Watch(tuple(shifts), past.whole, past.count, len(weeks))


def gain(week: Share, baseline: Baseline, side: Side) -> float:
    """How much a week speaks for the shifted share: its log likelihood ratio, as of `spread` times fewer answers."""
    edge = baseline.edge(side)
    odds = ODDS if side == "up" else 1 / ODDS
    return (week.successes * math.log(odds) - week.n * math.log(1 - edge + odds * edge)) / baseline.spread


def threshold(baseline: Baseline, side: Side, *, streams: int) -> float:
    """The sum from which a shift is called, so that all streams, both ways, make 2 false calls a year together.

    Each side of each stream may call once in `streams` years. For steps of mean -m and variance v Siegmund's average
    run length is (e^c - c - 1) v / 2m² with c = r (threshold + 1.166 √v) and r = 2m/v; log likelihood ratios have
    r = 1 far out, so no greater one is believed. The estimated dispersion is answered for as Student's t does for a
    normal mean: averaged over its scatter (χ² over its degrees of freedom d), e^-h becomes (1 + 2h'/d)^(-d/2), which
    is solved for h'.
    """
    lean, rate = _lean(baseline.edge(side), side)
    answers = min(baseline.answers_a_week, rate * _LONGEST_STEP**2 / (2 * lean))
    run_length = _TOO_LONG * WEEKS_A_YEAR * 2 * streams / FALSE_SHIFTS_A_YEAR
    exponent = _run_length_exponent(run_length * answers * lean * rate)
    sure = exponent / rate - _OVERSHOOT * math.sqrt(2 * answers * lean / rate)
    freedom = baseline.weeks - 1
    return freedom / 2 * math.expm1(2 * sure / freedom)


def _lean(share: float, side: Side) -> tuple[float, float]:
    """How much one answer speaks against the shift while there is none, and twice that over its variance, at most 1.

    The former is the Kullback–Leibler divergence of the shares.
    """
    odds = ODDS if side == "up" else 1 / ODDS
    lean = math.log(1 - share + odds * share) - share * math.log(odds)
    return lean, min(1.0, 2 * lean / (share * (1 - share) * math.log(odds) ** 2))


def _run_length_exponent(target: float) -> float:
    """The c ≥ 0 with e^c - c - 1 = target, by Newton's method from above, where each step stays above."""
    found = math.log1p(target + 2 + 2 * math.log1p(target))
    for _ in range(60):
        step = (math.expm1(found) - found - target) / math.expm1(found)
        found -= step
        if step <= 1e-13 * found:
            break
    return found


def _fresh() -> dict[Side, _Sum]:
    return {"up": _Sum(), "down": _Sum()}


def _baseline(past: Weeks) -> Baseline | None:
    if past.whole.n < FEWEST_ANSWERS or past.count < FEWEST_WEEKS:
        return None
    return Baseline(past.whole, past.dispersion, past.count)


def _side_over(sums: dict[Side, _Sum], baseline: Baseline, streams: int) -> Side | None:
    """The side whose sum has reached its threshold."""
    for side, total in sums.items():
        if total.score > 0 and total.score >= threshold(baseline, side, streams=streams):
            return side
    return None
