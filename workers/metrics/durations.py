"""Figures of durations: median, p90 and mean of every value, never of averages."""

from __future__ import annotations

from typing import Final

from workers.metrics.base import Figure, Sums
from workers.stats import median_ranks, quantiles, select

_FEWEST_FOR_INTERVAL: Final = 6
_FEWEST_FOR_P90: Final = 20


def duration_figure(sums: Sums | None) -> Figure:
    """Seconds; `value` is the median. Its interval needs 6 values, p90 needs 20 (docs/design.md)."""
    if sums is None or sums.n == 0:
        return Figure(value=None, unit="s", n=0)
    values, n = sums.all_values(), sums.n
    low = high = None
    if n >= _FEWEST_FOR_INTERVAL:
        low, high = select(values, list(median_ranks(n)))
    median, p90 = quantiles(values, (0.5, 0.9))
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
