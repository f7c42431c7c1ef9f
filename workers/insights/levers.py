"""Where most is to be gained: slices that are surely below their goal, or surely worse than the rest of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, NamedTuple

from workers.insights.shapes import Insight, Place, whole
from workers.insights.slicing import Slicing, better_of
from workers.metrics import answered_within_target
from workers.periods import Period
from workers.statistics.change import FEWEST_WEEKS, Share
from workers.statistics.decomposition import Part
from workers.statistics.distributions import t_quantile
from workers.statistics.intervals import newcombe, wilson
from workers.statistics.share_change import dispersion

_WITHIN_TARGET: Final = answered_within_target.METRIC.name
#: Figures without a goal, compared with the rest of the account: what is right for one part is for all.
COMPARED: Final = ("csat", "ces_easy_share", "reopen_rate")
NAMES: Final = (_WITHIN_TARGET, *COMPARED)
#: Fewer tickets or answers are never ranked (docs/statistics.md).
_FEWEST: Final = 30
#: How alike the outcomes of one slice in one week are taken to be while its weeks are too few to tell.
_ALIKE: Final = 0.01
#: Over all slices that are looked at, one of twenty periods may name one by chance.
_CHANCE: Final = 0.05


class Against(NamedTuple):
    """A slice and what it is held against: a goal in percent, or the rest."""

    metric: str
    place: Place
    own: Share
    rest: Share | None
    goal: float


class Doubt(NamedTuple):
    """How many times more a slice's answers scatter than independent ones, and how many standard errors are sure."""

    spread: float
    z: float


@dataclass(frozen=True)
class Levers:
    """The levers of one period of finished days."""

    slicing: Slicing
    names: Mapping[tuple[str, str], str]
    period: Period

    def insights(self) -> Iterator[Insight]:
        """One a slice whose gap is surely one, however many slices were looked at."""
        looked_at = [*self._goals(), *self._rests()]
        if not looked_at:
            return
        chance = _CHANCE / len(looked_at)
        for against in looked_at:
            found = self._found(against, chance)
            if found is not None:
                yield found

    def _found(self, against: Against, chance: float) -> Insight | None:
        if against.rest is None:
            return _below_goal(against, _z(chance))
        if worse_than_rest(against, against.rest, Doubt(1.0, _z(chance))) is None:
            return None  # not even if its answers were independent: its history need not be read
        history = self.slicing.weekly(against.metric, against.place.kind, against.place.value, self.period.first)
        return worse_than_rest(against, against.rest, doubt_of(history, against.own.n, chance))

    def _goals(self) -> Iterator[Against]:
        targets = self.slicing.account.rules.targets
        for channel, part in _enough(self.slicing.parts(_WITHIN_TARGET, "channel", self.period)):
            if channel in targets:
                goal = targets[channel].goal
                yield Against(_WITHIN_TARGET, Place("channel", channel), _share(part), None, goal)

    def _rests(self) -> Iterator[Against]:
        for name in COMPARED:
            for dimension in self.slicing.dimensions:
                parts = self.slicing.parts(name, dimension, self.period)
                total = Share(sum(map(_successes, parts.values())), sum(part.n for part in parts.values()))
                for value, part in _enough(parts):
                    own = _share(part)
                    rest = Share(total.successes - own.successes, total.n - own.n)
                    if value and rest.n >= _FEWEST:
                        place = Place(dimension, value, self.names.get((dimension, value)))
                        yield Against(name, place, own, rest, 0.0)


def _enough(parts: Mapping[str, Part]) -> Iterator[tuple[str, Part]]:
    """The slices with enough to be ranked, by name."""
    return ((value, part) for value, part in sorted(parts.items()) if part.n >= _FEWEST)


def doubt_of(history: Sequence[Share], n: int, chance: float) -> Doubt:
    """The doubt about n outcomes of a slice, by its weeks before; with too few a usual scatter is assumed."""
    weeks = [week for week in history if week.n]
    if len(weeks) < FEWEST_WEEKS:
        return Doubt(1 + (n - 1) * _ALIKE, _z(chance))
    return Doubt(dispersion(weeks), t_quantile(len(weeks) - 1, chance))


def worse_than_rest(against: Against, rest: Share, doubt: Doubt) -> Insight | None:
    """The insight of a slice that is worse than the rest beyond doubt; None of another one."""
    own, spread = against.own, doubt.spread
    sides = (each / spread for each in (own.successes, own.n, rest.successes, rest.n))
    low, high = (100 * bound for bound in newcombe(*sides, z=doubt.z))
    bound = -high if better_of(against.metric) == "higher" else low
    if bound <= 0:
        return None
    difference = 100 * (own.value - rest.value)
    return Insight(
        kind="rest",
        metric=against.metric,
        place=against.place,
        value=100 * own.value,
        reference=100 * rest.value,
        difference=difference,
        low=low,
        high=high,
        n=own.n,
        weight=own.n * bound / 100,
        short=whole(own.n * abs(difference) / 100),
        word="worse",
    )


def _below_goal(against: Against, z: float) -> Insight | None:
    own = against.own
    low, high = (100 * bound for bound in wilson(own.successes, own.n, z=z))
    if high >= against.goal:
        return None
    return Insight(
        kind="goal",
        metric=against.metric,
        place=against.place,
        value=100 * own.value,
        reference=against.goal,
        difference=100 * own.value - against.goal,
        low=low - against.goal,
        high=high - against.goal,
        n=own.n,
        weight=own.n * (against.goal - high) / 100,
        short=whole(own.n * against.goal / 100 - own.successes),
        word="worse",
    )


def _z(chance: float) -> float:
    return NormalDist().inv_cdf(1 - chance / 2)


def _share(part: Part) -> Share:
    return Share(_successes(part), part.n)


def _successes(part: Part) -> int:
    """Parts of shares are in percent."""
    return round(part.total / 100)
