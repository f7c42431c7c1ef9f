"""Where numbers lie on an axis: round steps from zero for counts, a log axis with the ticks of a clock for times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

#: Seconds that people think in; the first is the end of the first bin.
_TIMES: Final = (
    60, 900, _HOUR, 4 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 28 * _DAY, 91 * _DAY, 365 * _DAY, 1_461 * _DAY,
    14_610 * _DAY, 146_100 * _DAY,
)  # fmt: skip
#: The part of the axis that holds what took less than the first tick.
_FIRST_BIN: Final = 0.12


def round_ticks(highest: float, most: int = 4) -> tuple[int, ...]:
    """Whole steps of 1, 2 or 5 times a power of ten from 0 until the highest is covered, at most so many."""
    wanted = max(1.0, highest) / most
    power = 10 ** math.floor(math.log10(wanted))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= wanted)
    whole = max(1, math.ceil(step))
    return tuple(range(0, math.ceil(max(1.0, highest) / whole) * whole + 1, whole))


@dataclass(frozen=True, slots=True)
class TimeScale:
    """A log axis of seconds. What is below the first minute lies in a linear bin of its own at the bottom."""

    ticks: tuple[int, ...]
    has_first_bin: bool

    def place(self, seconds: float) -> float:
        """The place from 0 (bottom) to 1 (top)."""
        first, last = self.ticks[0], self.ticks[-1]
        bottom = _FIRST_BIN if self.has_first_bin else 0.0
        if seconds <= first:
            return bottom * max(0.0, seconds) / first
        return min(1.0, bottom + (1 - bottom) * math.log(seconds / first) / math.log(last / first))


def time_scale(lowest: float, highest: float) -> TimeScale:
    """The ticks from the last one below the lowest to the first one above the highest."""
    start = max((place for place, tick in enumerate(_TIMES) if tick <= lowest), default=0)
    end = next((place for place, tick in enumerate(_TIMES) if tick >= highest), len(_TIMES) - 1)
    end = min(max(end, start + 1), len(_TIMES) - 1)
    return TimeScale(_TIMES[min(start, end - 1) : end + 1], has_first_bin=lowest < _TIMES[0])
