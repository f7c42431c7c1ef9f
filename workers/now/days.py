"""What finished days brought, and what such a day as today usually brings hour by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import median
from typing import Final

import numpy as np
from sqlalchemy import Connection

from integrations.times import SECOND, Instant
from workers.accounts import Account
from workers.metrics import measures_for, reopen_rate, reopened_volume
from workers.metrics.base import Measures, Sums
from workers.now.page import DayCounts, Expected, ExpectedHour
from workers.periods import date_of, today
from workers.store import figures, moments
from workers.store.adding import Rows, Wanted

#: A day is compared with so many of its weekday.
COMPARED: Final = 8
#: Holidays among them are left out and earlier days taken instead, of at most so many weeks.
_MOST_WEEKS: Final = 12
_WEEK: Final = 7
_HOURS: Final = 24
_VOLUME: Final = "ticket_volume"
_OUTBOUND: Final = "ticket_volume_outbound"
_FIGURES: Final = (_VOLUME, _OUTBOUND, "resolved_volume", reopened_volume.NAME)


@dataclass(frozen=True)
class Days:
    """The last weeks of an account's days, read once."""

    connection: Connection
    account: Account
    now: Instant

    @cached_property
    def today(self) -> int:
        """The present local day."""
        return today(self.now, self.account.rules.zone)

    @cached_property
    def hour(self) -> int:
        """The present local hour: those before it are over."""
        return datetime.fromtimestamp(self.now // SECOND, self.account.rules.zone).hour

    @cached_property
    def first(self) -> int:
        """The first day that any page needs of the past."""
        return self.today - 1 - _WEEK * _MOST_WEEKS

    def is_holiday(self, day: int) -> bool:
        """Whether the account's own schedule names the day as one."""
        schedule = self.account.rules.hours.account
        return schedule is not None and date_of(day) in schedule.holidays

    def usual(self, day: int) -> tuple[int, ...]:
        """The same weekday of the last 8 weeks, oldest first, holidays replaced by the weeks before those.

        None of before the account's first whole day: fewer in a young account.
        """
        if self._began is None:
            return ()
        before = (day - _WEEK * back for back in range(1, _MOST_WEEKS + 1))
        kept = [each for each in before if each > self._began and not self.is_holiday(each)]
        return tuple(reversed(kept[:COMPARED]))

    def counts(self, day: int) -> DayCounts:
        """What a day brought."""
        sums = self._of(day)
        return DayCounts(
            day=day,
            inbound=sums.get(_VOLUME, Sums()).n,
            outbound=sums.get(_OUTBOUND, Sums()).n,
            resolved=reopen_rate.resolutions(sums),
            reopened=sums.get(reopened_volume.NAME, Sums()).n,
        )

    def expected(self) -> Expected:
        """Today's inbound tickets by hour, beside those of its weekday."""
        days = self.usual(self.today)
        so_far = hourly(self._of(self.today))
        before = [hourly(self._of(day)) for day in days]
        totals = [sum(hours) for hours in before]
        return Expected(
            day=self.today,
            is_holiday=self.is_holiday(self.today),
            days=days,
            hours=tuple(self._hour(hour, before, so_far) for hour in range(_HOURS)) if days else (),
            median=float(median(totals)) if days else None,
            least=min(totals, default=None),
            most=max(totals, default=None),
            so_far=sum(so_far),
        )

    def _hour(self, hour: int, before: Sequence[Sequence[int]], so_far: Sequence[int]) -> ExpectedHour:
        counts = [hours[hour] for hours in before]
        came = so_far[hour] if hour <= self.hour else None
        return ExpectedHour(hour, float(median(counts)), min(counts), max(counts), came)

    def _of(self, day: int) -> Measures:
        return self._rows.get(str(day), {})

    @cached_property
    def _began(self) -> int | None:
        return moments.first_day(self.connection, self.account.slug)

    @cached_property
    def _rows(self) -> Rows:
        """Sums by day."""
        wanted = Wanted("", (self.first, self.today), self.today, measures=measures_for(_FIGURES), time=str)
        return figures.sums(self.connection, self.account.slug, wanted, lambda *_: "")


def hourly(measures: Mapping[str, Sums]) -> list[int]:
    """Inbound tickets of one day by local hour, which is the value of their facts."""
    hours = measures.get(_VOLUME, Sums()).all_values()
    found: list[int] = np.bincount(hours, minlength=_HOURS).tolist()
    return found
