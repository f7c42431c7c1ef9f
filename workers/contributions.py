"""What one ticket gives to one figure: asked of the metric itself, so that no definition is written down twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from workers.cuts import BadReport
from workers.metrics import LIVE, METRIC_OF, METRICS, STOCKS, with_business_time
from workers.metrics.answers import scale_of_measure
from workers.metrics.base import Figure, Metric, Sums
from workers.metrics.facts import Fact

#: So many different contributions are remembered while one figure is explained.
_REMEMBERED: Final = 4096
#: More than any metric has measures.
_MOST: Final = 200
#: Digits after the point of sums of scores, which are kept in thousandths.
_DIGITS: Final = 3

#: A fact without slices and days: measure, whether it is undecided, n, total, value.
_Plain: TypeAlias = tuple[str, bool, int, int, int | None]


class Contribution(NamedTuple):
    """What a ticket adds to a figure's n, to its total, and to what is undecided.

    The total is that of numerators where there are any, else of seconds, of scores, or of what is counted; None on
    a scale that is not scored.
    """

    n: int = 0
    total: float | None = 0
    undecided: int = 0

    @property
    def counts(self) -> bool:
        """Whether the figure would be another one without it."""
        return bool(self.n or self.total)


#: Part of a figure ('' where it has none) → what is added to it.
Parts: TypeAlias = dict[str, Contribution]


def both(first: Contribution, second: Contribution) -> Contribution:
    """Two contributions as one; what is not scored makes no total."""
    total = None if first.total is None or second.total is None else round(first.total + second.total, _DIGITS)
    return Contribution(first.n + second.n, total, first.undecided + second.undecided)


def together(parts: Iterable[Contribution]) -> Contribution:
    """Several contributions as one."""
    whole = Contribution()
    for part in parts:
        whole = both(whole, part)
    return whole


@dataclass(frozen=True)
class Making:
    """How a figure is made; `scheduled` says whether the account's business time is its own."""

    name: str
    metric: Metric
    scheduled: bool

    @cached_property
    def measures(self) -> frozenset[str]:
        """The measures, up to a first colon, without which the figure would be another one."""
        asked = (*self.metric.measures, *self.metric.reads)
        if len(asked) == 1:
            return frozenset(asked)
        every = {name: _some(place) for place, name in enumerate(asked)}
        whole = self._figure(every)
        return frozenset(
            left for left in every if self._figure({name: every[name] for name in every if name != left}) != whole
        )

    @cached_property
    def owners(self) -> tuple[Metric, ...]:
        """The metrics whose facts have these measures."""
        return tuple(metric for metric in METRICS if not self.measures.isdisjoint(metric.measures))

    @cached_property
    def unit(self) -> str:
        """The unit of the figure."""
        return self._figure({}).unit

    @property
    def is_stock(self) -> bool:
        """Whether it tells what there is at the end of a day."""
        return not self.measures.isdisjoint(STOCKS)

    @property
    def is_live(self) -> bool:
        """Whether it tells what holds at the moment of the report."""
        return not self.measures.isdisjoint(LIVE)

    @cached_property
    def wants(self) -> Callable[[str], bool]:
        """Whether facts of a measure matter."""
        return cache(lambda measure: measure.partition(":")[0] in self.measures)

    def of(self, facts: Iterable[Fact], today: int) -> Parts:
        """What these facts of one ticket add, by part of the figure; of what is decided after today, nothing yet."""
        groups: dict[str, list[_Plain]] = {}
        for fact in facts:
            late = fact.decided is not None and fact.decided > today
            plain = (fact.measure, late, fact.n, fact.total, fact.value)
            groups.setdefault(part_of(fact.measure), []).append(plain)
        return {part: self._given(group) for part, group in groups.items()}

    def _given(self, facts: list[_Plain]) -> Contribution:
        if self.unit == "s":
            return Contribution(sum(n for _, _, n, _, _ in facts), sum(total for _, _, _, total, _ in facts))
        return self._remembered(tuple(facts))

    @cached_property
    def _remembered(self) -> Callable[[tuple[_Plain, ...]], Contribution]:
        return lru_cache(_REMEMBERED)(self._asked)

    def _asked(self, facts: tuple[_Plain, ...]) -> Contribution:
        by_measure: dict[str, list[_Plain]] = {}
        for fact in facts:
            by_measure.setdefault(fact[0], []).append(fact)
        found = self._figure({name: _sums(group) for name, group in by_measure.items()})
        return Contribution(found.n, _total(found), found.undecided or 0)

    def _figure(self, sums: Mapping[str, Sums]) -> Figure:
        return self.metric.figure(with_business_time(sums, scheduled=self.scheduled))[self.name]


def making_of(name: str, *, scheduled: bool) -> Making:
    """How the figure of this name is made; BadReport when there is none."""
    if name not in METRIC_OF:
        raise BadReport(f"there is no metric {name}; choose from {', '.join(METRIC_OF)}")
    return Making(name, METRIC_OF[name], scheduled)


@lru_cache(_REMEMBERED)
def part_of(measure: str) -> str:
    """What a figure calls the part that this measure is: a scale, a kind of survey; '' where it has no parts."""
    _, colon, rest = measure.partition(":")
    if not colon or ":" not in rest:
        return rest
    return scale_of_measure(measure).name


def _some(place: int) -> Sums:
    """Sums that no other place has; a metric's denominators come first, so they are not below its numerators."""
    n = _MOST - place
    return Sums(n, 1, 1, [np.full(n, place, np.int64)])


def _sums(facts: Iterable[_Plain]) -> Sums:
    sums = Sums()
    values: list[int] = []
    for _, late, n, total, value in facts:
        if late:
            sums.undecided += n
            continue
        sums.n += n
        sums.total += total
        values += [] if value is None else [value]
    sums.values = [np.array(values, np.int64)] if values else []
    return sums


def _total(figure: Figure) -> float | None:
    if figure.numerator is not None:
        return figure.numerator
    if figure.unit == "points":
        return None if figure.value is None else round(figure.value * figure.n, _DIGITS)
    if figure.unit == "%":
        return None if figure.n else 0
    return figure.value or 0
