"""What is asked for when nobody says: the days of a report, the same at the terminal and over the API."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import Instant
from workers.periods import today

#: How many days a report is about when nobody says: four whole weeks.
REPORT_DAYS: Final = 28
#: The days of a report in words, as commands and the API tell them: the first and the last.
FIRST_OF_REPORT: Final = f"the first day, in the account's time zone; without it the period is {REPORT_DAYS} days long"
LAST_OF_REPORT: Final = "the last day, itself included; without it today"
#: The same of a list, which has everything where nothing else is said.
FIRST_OF_LIST: Final = "the first day, in the account's time zone; without it the very first"
LAST_OF_LIST: Final = "the last day, itself included; without it the latest"


def report_days(first: int | None, last: int | None, *, now: Instant, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last day of a report: until today, and four weeks long, where nothing else is said."""
    if last is None:
        last = max(today(now, zone), first or 0)
    return (last - REPORT_DAYS + 1 if first is None else first), last
