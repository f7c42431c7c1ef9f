"""How much may be said of so many answers: below 5 only the counts, below 30 no rank and no trend."""

from __future__ import annotations

from typing import Final

from workers.statistics.intervals import FEWEST_FOR_SHARE

#: Below this nothing is ranked, called better or worse, or drawn as a trend (docs/design.md).
FEWEST_FOR_RANK: Final = 30


def only_counts(n: int) -> bool:
    """Whether nothing but the counts may be told."""
    return n < FEWEST_FOR_SHARE


def is_faint(n: int) -> bool:
    """Whether a row is drawn grey and stands behind those that compare."""
    return n < FEWEST_FOR_RANK
