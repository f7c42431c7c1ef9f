"""On how many inputs a property is tried: a share of what the profile says, so that a longer look is so for each."""

from __future__ import annotations

from hypothesis import settings


def tries(share: float) -> int:
    """So many times the usual number: more where an input costs little, fewer where each is a whole history."""
    return max(2, round(settings().max_examples * share))
