"""Figures as people read them: shares with their sign, durations in their two largest units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def shown(value: float | None, unit: str) -> str:
    """A value with its unit where it is not a count; '' for none."""
    if value is None:
        return ""
    if unit == "s":
        return duration(value)
    if unit == "%":
        return f"{value:.1f} %"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def duration(seconds: float) -> str:
    """`2 h 5 min`: the two largest units, rounded down."""
    for size, unit, part, smaller in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} {int(seconds % size // part)} {smaller}"
    return f"{seconds:.0f} s"


def change(verdict: Mapping[str, Any] | None, unit: str) -> str:
    """What a change is called and how large it is: `worse, -12.5 points`; '' where nothing compares."""
    if not verdict:
        return ""
    difference = verdict.get("difference")
    if not difference:
        return str(verdict["kind"])
    size = f"{abs(difference):.1f} points" if unit == "%" else shown(abs(difference), unit)
    return f"{verdict['kind']}, {'+' if difference > 0 else '-'}{size}"
