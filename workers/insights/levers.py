"""Where most is to be gained: slices that are surely below their goal, or surely worse than the rest of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, NamedTuple

from workers.insights.shapes import Insight, Place, whole
from workers.insights.slicing import Slicing, better_of
from workers.metrics import answered_within_target
from workers.periods import Period
from workers.statistics.change import Share
from workers.statistics.decomposition import Part
from workers.statistics.intervals import newcombe, wilson

_WITHIN_TARGET: Final = answered_within_target.METRIC.name
#: Figures without a goal, compared with the rest of the account: what is right for one part is for all.
COMPARED: Final = ("csat", "ces_easy_share", "reopen_rate")
NAMES: Final = (_WITHIN_TARGET, *COMPARED)
#: Fewer tickets or answers are never ranked (docs/statistics.md).
_FEWEST: Final = 30
#: Over all slices that are looked at, one of twenty periods may name one by chance.
_CHANCE: Final = 0.05


class _Against(NamedTuple):
    """A slice and what it is held against: a goal in percent, or the rest."""

    metric: str
    place: Place
    own: Share
    rest: Share | None
    goal: float


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
        z = NormalDist().inv_cdf(1 - _CHANCE / (2 * len(looked_at)))
        for against in looked_at:
            yield from _below_goal(against, z) if against.rest is None else _worse_than_rest(against, against.rest, z)

    def _goals(self) -> Iterator[_Against]:
        targets = self.slicing.account.rules.targets
        for channel, part in self._parts(_WITHIN_TARGET, "channel"):
            if channel in targets:
                goal = targets[channel].goal
                yield _Against(_WITHIN_TARGET, Place("channel", channel), _share(part), None, goal)

    def _rests(self) -> Iterator[_Against]:
        for name in COMPARED:
            for dimension in self.slicing.dimensions:
                parts = self.slicing.parts(name, dimension, self.period)
                whole = Share(sum(map(_successes, parts.values())), sum(part.n for part in parts.values()))
                for value, part in self._parts(name, dimension):
                    own = _share(part)
                    rest = Share(whole.successes - own.successes, whole.n - own.n)
                    if value and rest.n >= _FEWEST:
                        place = Place(dimension, value, self.names.get((dimension, value)))
                        yield _Against(name, place, own, rest, 0.0)

    def _parts(self, name: str, dimension: str) -> Iterator[tuple[str, Part]]:
        """The slices with enough to be ranked."""
        parts = self.slicing.parts(name, dimension, self.period)
        return ((value, part) for value, part in sorted(parts.items()) if part.n >= _FEWEST)


def _below_goal(against: _Against, z: float) -> Iterator[Insight]:
    own = against.own
    low, high = (100 * bound for bound in wilson(own.successes, own.n, z=z))
    if high >= against.goal:
        return
    yield Insight(
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


def _worse_than_rest(against: _Against, rest: Share, z: float) -> Iterator[Insight]:
    own = against.own
    low, high = (100 * bound for bound in newcombe(own.successes, own.n, rest.successes, rest.n, z=z))
    bound = -high if better_of(against.metric) == "higher" else low
    if bound <= 0:
        return
    difference = 100 * (own.value - rest.value)
    yield Insight(
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


def _share(part: Part) -> Share:
    return Share(_successes(part), part.n)


def _successes(part: Part) -> int:
    """Parts of shares are in percent."""
    return round(part.total / 100)
