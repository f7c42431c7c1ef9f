"""What is asked for when nobody says: the days of a report, the same at the terminal and over the API."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import Instant
from workers.periods import today

#: How many days a report is about when nobody says: four whole weeks.
REPORT_DAYS: Final = 28


def report_days(first: int | None, last: int | None, *, now: Instant, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last day of a report: until today, and four weeks long, where nothing else is said."""
    if last is None:
        last = max(today(now, zone), first or 0)
    return (last - REPORT_DAYS + 1 if first is None else first), last
