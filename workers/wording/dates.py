"""How days, months, weeks and clocks are written. Weeks are always those of ISO 8601, which CLDR's `ww` is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_date, format_time

from integrations.times import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Patterns:
    """CLDR's patterns of one language: long with its year, long without, short without, a month."""

    day: str
    day_of_year: str
    short: str
    month: str
    weekday: str = "EEEE, {}"
    moment: str = "{}, {}"
    clock: str = "HH:mm"


#: English as in Britain, its weekday without a comma; clocks of 24 hours everywhere.
_PATTERNS: Final[Mapping[str, Patterns]] = {
    "en": Patterns("d MMMM y", "d MMMM", "d MMM", "MMMM y", weekday="EEEE {}"),
    "hr": Patterns("d. MMMM y.", "d. MMMM", "d. MMM", "LLLL y.", moment="{} {}"),
    "sl": Patterns("d. MMMM y", "d. MMMM", "d. MMM", "MMMM y"),
    "lt": Patterns(
        "y 'm'. MMMM d 'd'.", "MMMM d 'd'.", "MM-dd", "y 'm'. LLLL", weekday="{}, EEEE", moment="{} {}",
    ),
    "ro": Patterns("d MMMM y", "d MMMM", "d MMM", "MMMM y"),
    "bg": Patterns("d MMMM y\u202f'г'.", "d MMMM", "d.MM", "MMMM y\u202f'г'.", clock="H:mm"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates in one language."""

    locale: Locale
    patterns: Patterns

    def day(self, when: date, *, weekday: bool = False, year: bool = True) -> str:
        """`9 March 2026`, `Monday 9 March 2026`, `9 March`."""
        pattern = self.patterns.day if year else self.patterns.day_of_year
        return format_date(when, self.patterns.weekday.format(pattern) if weekday else pattern, self.locale)

    def short_day(self, when: date) -> str:
        """`9 Mar`, where the year is plain from what stands around."""
        return format_date(when, self.patterns.short, self.locale)

    def month(self, when: date) -> str:
        """`March 2026`."""
        return format_date(when, self.patterns.month, self.locale)

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def short_weekday(self, number: int) -> str:
        """`Mon`; 0 is Monday."""
        return str(self.locale.days["stand-alone"]["abbreviated"][number])

    def hour(self, number: int) -> str:
        """`09:00`, `9:00` in Bulgarian."""
        return format_time(time(number), self.patterns.clock, locale=self.locale)

    def clock(self, moment: Instant, zone: tzinfo) -> str:
        """`14:05`, by the clocks of the zone."""
        return format_time(_local(moment, zone).time(), self.patterns.clock, locale=self.locale)

    def moment(self, moment: Instant, zone: tzinfo) -> str:
        """`9 March 2026, 14:05`."""
        return self.patterns.moment.format(self.day(_local(moment, zone).date()), self.clock(moment, zone))


@cache
def dates_of(code: str) -> Dates:
    """How dates are written in a language."""
    return Dates(Locale.parse(code), _PATTERNS[code])


def _local(moment: Instant, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(zone)
