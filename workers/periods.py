"""Which days a report is about, which earlier days it is compared with, and how days are named; pure.

A day is the number of local days since 1970-01-01, as in the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import Instant, utc

_EPOCH: Final = date(1970, 1, 1)
_WEEK: Final = 7
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The local days from `first` to `last`, both included; ValueError when it ends before it begins."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    def __len__(self) -> int:
        return self.last - self.first + 1

    @property
    def days(self) -> range:
        """Every day of it, in order."""
        return range(self.first, self.last + 1)

    def shifted(self, days: int) -> Period:
        """The same number of days, so much later."""
        return Period(self.first + days, self.last + days)


def previous(period: Period) -> Period:
    """The days that a period is compared with (docs/design.md).

    A calendar month or quarter → the one before, even where its length is whole weeks too, as that of a second
    quarter always is. All else → shifted back by the smallest multiple of 7 days without overlap: whole weeks
    come to as many weeks before, and one day to the same weekday a week before.
    """
    for months in (1, 3):
        start = date_of(period.first)
        if start.day == 1 and (start.month - 1) % months == 0 and period == _months(start, months):
            return _months(_month_start(start, back=months), months)
    return period.shifted(-_WEEK * -(-len(period) // _WEEK))


def is_month(period: Period) -> bool:
    """Whether it is one whole calendar month."""
    start = date_of(period.first)
    return start.day == 1 and period == _months(start, 1)


def is_week(period: Period) -> bool:
    """Whether it is one whole week from Monday on."""
    return len(period) == _WEEK and monday_of(period.first) == period.first


def date_of(day: int) -> date:
    """The date of a day."""
    return _EPOCH + timedelta(days=day)


def day_of(when: date) -> int:
    """The day of a date."""
    return (when - _EPOCH).days


def today(now: Instant, zone: ZoneInfo) -> int:
    """The day that it is in a zone."""
    return day_of(utc(now).astimezone(zone).date())


def monday_of(day: int) -> int:
    """The day that begins the week of a day (1970-01-01 was a Thursday)."""
    return day - (day + 3) % _WEEK


def week_of(day: int) -> str:
    """The ISO week of a day, `2026-W05`; its year is the one that holds the week's Thursday."""
    year, week, _ = date_of(day).isocalendar()
    return f"{year}-W{week:02d}"


def month_of(day: int) -> str:
    """The month of a day, `2026-01`."""
    return date_of(day).isoformat()[:7]


def business_days(period: Period) -> int:
    """How many of its days are from Monday to Friday."""
    return sum(day.weekday() < _SATURDAY for day in map(date_of, period.days))


def _months(start: date, months: int) -> Period:
    """So many whole months from the first of one on."""
    end = start
    for _ in range(months):
        end = (end + timedelta(days=31)).replace(day=1)
    return Period(day_of(start), day_of(end) - 1)


def _month_start(day: date, *, back: int) -> date:
    """The first of the month that is so many months before a day's."""
    start = day.replace(day=1)
    for _ in range(back):
        start = (start - timedelta(days=1)).replace(day=1)
    return start
