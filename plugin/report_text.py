"""Figures as people read them: shares with their sign, durations in their two largest units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workers.wording.language import language

#: The command line is English; a duration is as the panel writes it.
_ENGLISH: Final = language("en")


def shown(value: float | None, unit: str) -> str:
    """A value with its unit where it is not a count; '' for none."""
    if value is None:
        return ""
    if unit == "s":
        return _ENGLISH.duration(value)
    if unit == "%":
        return f"{value:.1f} %"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def change(verdict: Mapping[str, Any] | None, unit: str) -> str:
    """What a change is called and how large it is: `worse, -12.5 points`; '' where nothing compares."""
    if not verdict:
        return ""
    difference = verdict.get("difference")
    if not difference:
        return str(verdict["kind"])
    size = f"{abs(difference):.1f} points" if unit == "%" else shown(abs(difference), unit)
    return f"{verdict['kind']}, {'+' if difference > 0 else '-'}{size}"
