"""Durations: their facts in calendar and business time, and median, p90 and mean of every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from workers.metrics.base import Counted, Duration, Figure, Measures, Sums
from workers.metrics.facts import Fact, Slices
from workers.statistics.intervals import median_ranks, quantiles

_FEWEST_FOR_INTERVAL: Final = 6
_FEWEST_FOR_P90: Final = 20


#: What the business-time twin of a measure and of its figure ends in.
BUSINESS: Final = "_business"


def duration_facts(counted: Counted, measure: str, slices: Slices, day: int, took: Duration) -> Sequence[Fact]:
    """A duration in calendar time and, where the account has a schedule, in business time."""
    calendar = Fact(slices, measure, day, None, 1, took.seconds, took.seconds)
    if not counted.scheduled:
        return (calendar,)
    return calendar, Fact(slices, measure + BUSINESS, day, None, 1, took.business, took.business)


def duration_figures(measures: Measures, *names: str) -> Mapping[str, Figure]:
    """Each figure in calendar and in business time; without a schedule all time is business time."""
    return {name: duration_figure(measures.get(name)) for each in names for name in (each, each + BUSINESS)}


def duration_figure(sums: Sums | None) -> Figure:
    """Seconds; `value` is the median. Its interval needs 6 values, p90 needs 20 (docs/design.md)."""
    if sums is None or sums.n == 0:
        return Figure(value=None, unit="s", n=0)
    ordered, n = np.sort(sums.narrow_values()), sums.n
    low = high = None
    if n >= _FEWEST_FOR_INTERVAL:
        low, high = (int(ordered[rank]) for rank in median_ranks(n))
    median, p90 = quantiles(ordered, (0.5, 0.9))
    return Figure(
        value=median,
        unit="s",
        n=n,
        low=low,
        high=high,
        median=median,
        p90=p90 if n >= _FEWEST_FOR_P90 else None,
        mean=sums.total / n,
    )
