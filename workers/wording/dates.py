"""How days, months, weeks and clocks are written. Weeks are always those of ISO 8601, which CLDR's `ww` is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_date

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
    hour_digits: int = 2


#: English as in Britain, its weekday without a comma; clocks of 24 hours everywhere.
_PATTERNS: Final[Mapping[str, Patterns]] = {
    "en": Patterns("d MMMM y", "d MMMM", "d MMM", "MMMM y", weekday="EEEE {}"),
    "hr": Patterns("d. MMMM y.", "d. MMMM", "d. MMM", "LLLL y.", moment="{} {}"),
    "sl": Patterns("d. MMMM y", "d. MMMM", "d. MMM", "MMMM y"),
    "lt": Patterns(
        "y 'm'. MMMM d 'd'.", "MMMM d 'd'.", "MM-dd", "y 'm'. LLLL", weekday="{}, EEEE", moment="{} {}",
    ),
    "ro": Patterns("d MMMM y", "d MMMM", "d MMM", "MMMM y"),
    "bg": Patterns("d MMMM y\u202f'г'.", "d MMMM", "d.MM", "MMMM y\u202f'г'.", hour_digits=1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates in one language."""

    code: str
    locale: Locale
    patterns: Patterns

    def day(self, when: date, *, weekday: bool = False, year: bool = True) -> str:
        """`9 March 2026`, `Monday 9 March 2026`, `9 March`."""
        pattern = self.patterns.day if year else self.patterns.day_of_year
        return _written(when, self.patterns.weekday.format(pattern) if weekday else pattern, self.code)

    def days(self, first: date, last: date) -> str:
        """`9 March – 15 March 2026`, or the one day; the year stands once where it is one, at its usual end."""
        if first == last:
            return self.day(first)
        one = first.year == last.year
        begins = self.patterns.day.startswith("y")
        return f"{self.day(first, year=not one or begins)} – {self.day(last, year=not one or not begins)}"

    def short_day(self, when: date) -> str:
        """`9 Mar`, where the year is plain from what stands around."""
        return _written(when, self.patterns.short, self.code)

    def month(self, when: date) -> str:
        """`March 2026`."""
        return _written(when, self.patterns.month, self.code)

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def short_weekday(self, number: int) -> str:
        """`Mon`; 0 is Monday."""
        return str(self.locale.days["stand-alone"]["abbreviated"][number])

    def hour(self, number: int) -> str:
        """`09:00`, `9:00` in Bulgarian."""
        return self._time(number, 0)

    def clock(self, moment: Instant, zone: tzinfo) -> str:
        """`14:05`, by the clocks of the zone."""
        local = _local(moment, zone)
        return self._time(local.hour, local.minute)

    def moment(self, moment: Instant, zone: tzinfo) -> str:
        """`9 March 2026, 14:05`."""
        return self.patterns.moment.format(self.day(_local(moment, zone).date()), self.clock(moment, zone))

    def _time(self, hour: int, minute: int) -> str:
        return f"{hour:0{self.patterns.hour_digits}d}:{minute:02d}"


@cache
def dates_of(code: str) -> Dates:
    """How dates are written in a language."""
    return Dates(code, Locale.parse(code), _PATTERNS[code])


@lru_cache(maxsize=10_000)
def _written(when: date, pattern: str, code: str) -> str:
    """A page names the same few days hundreds of times."""
    return format_date(when, pattern, code)


def _local(moment: Instant, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment // SECOND, UTC).astimezone(zone)
