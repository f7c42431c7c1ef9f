"""Figures of shares: numerator, denominator, and the interval that says how sure they are."""

from __future__ import annotations

from workers.metrics.base import Figure, Sums
from workers.statistics.intervals import wilson


def share_figure(numerator: int, denominator: int, *, undecided: int | None = None) -> Figure:
    """A percentage with its 95 % Wilson interval; None of nothing."""
    if denominator == 0:
        return Figure(value=None, unit="%", n=0, numerator=0, denominator=0, undecided=undecided)
    low, high = wilson(numerator, denominator)
    return Figure(
        value=100 * numerator / denominator,
        unit="%",
        n=denominator,
        low=100 * low,
        high=100 * high,
        numerator=numerator,
        denominator=denominator,
        undecided=undecided,
    )


def share_of_sums(sums: Sums | None) -> Figure:
    """The share `total` of `n` of one measure."""
    if sums is None:
        return share_figure(0, 0)
    return share_figure(sums.total, sums.n, undecided=sums.undecided or None)
