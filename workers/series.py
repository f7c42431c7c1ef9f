"""A slice's figures over time: one point a day, week or month, the empty ones too, of any channel of the slice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sqlalchemy import Connection

from integrations.times import Instant
from workers.accounts import Account
from workers.cuts import TIMES, cut_of, merged
from workers.metrics import METRIC_OF, STOCKS, measures_for, with_business_time
from workers.metrics.base import Figure, Measures, Sums
from workers.metrics.durations import BUSINESS
from workers.periods import Period, date_of, day_of, monday_of, today
from workers.store import figures, tickets
from workers.store.adding import Rows, Wanted

#: The most points of each step that one looks at together.
_MOST: Final[Mapping[str, int]] = {"day": 62, "week": 60}


@dataclass(frozen=True)
class Point:
    """One day, week or month, as `workers.cuts.TIMES` names it, and its sums; `days` are those of it asked for.

    It is `cut` where it is not over, or the period begins within it.
    """

    when: str
    days: Period
    measures: Measures
    cut: bool

    def figure(self, name: str) -> Figure:
        """A figure of it, one of those that the series was asked for."""
        return METRIC_OF[name].figure(self.measures)[name]

    def lower_quartile(self, name: str) -> float | None:
        """The 25th percentile of a duration, between order statistics; None where nothing was measured."""
        sums = self.measures.get(name)
        values = sums.narrow_values() if sums else np.empty(0)
        return float(np.quantile(values, 0.25)) if len(values) else None


def step_for(period: Period) -> str:
    """Days while they can be told from each other, then weeks, then months."""
    return next((step for step, most in _MOST.items() if len(_names(period, step)) <= most), "month")


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """What is asked for: local days, figures, a point each `day`, `week` or `month`, one slice as KIND:VALUE."""

    period: Period
    names: Collection[str]
    step: str
    slice: str | None = None


def series(connection: Connection, account: Account, request: SeriesRequest, *, now: Instant) -> list[Point]:
    """The points of a period up to today, in order; BadReport for a slice that there is not.

    A stock is that of the last day of each point.
    """
    day = today(now, account.rules.zone)
    wanted = _wanted(connection, account, request, day)
    return _points(account, request, day, figures.sums(connection, account.slug, wanted, lambda *_: ""))


def series_by_channel(
    connection: Connection, account: Account, request: SeriesRequest, channels: Sequence[str], *, now: Instant
) -> dict[str, list[Point]]:
    """As `series`, of each of these channels by itself; for counts and shares, which need no values."""
    day = today(now, account.rules.zone)
    found = figures.by_day(connection, account.slug, _wanted(connection, account, request, day))
    rows: dict[str, Rows] = {channel: {} for channel in found.channels}
    for channel, measure, on, n, total in found.cells.T.tolist():
        of_point = rows[found.channels[channel]].setdefault(TIMES[request.step](on), {})
        sums = of_point.setdefault(found.measures[measure], Sums())
        sums.n += n
        sums.total += total
    return {channel: _points(account, request, day, rows.get(channel, {})) for channel in channels}


def _wanted(connection: Connection, account: Account, request: SeriesRequest, day: int) -> Wanted:
    names = tickets.names_of(connection, account.slug) if request.slice else {}
    cut = cut_of(request.step, request.slice, account.rules, names)
    kind, value = ("", None) if cut.kind in ("", "channel") else (cut.kind, cut.value)
    return Wanted(
        kind,
        (request.period.first, request.period.last),
        day,
        value,
        cut.value if cut.kind == "channel" else None,
        measures_for(request.names),
        TIMES[request.step],
    )


def _points(account: Account, request: SeriesRequest, day: int, rows: Rows) -> list[Point]:
    lacks = not account.rules.hours and any(name.endswith(BUSINESS) for name in request.names)
    return [
        Point(
            when,
            days,
            with_business_time(rows.get(when, {}), scheduled=not lacks),
            cut=days.last >= day or days.first > _start(days.first, request.step),
        )
        for when, days in _names(request.period, request.step).items()
        if days.first <= day
    ]


def together(points: Sequence[Point]) -> Point:
    """All points as one; a stock is that of the last."""
    sums = merged(point.measures for point in points)
    last = points[-1]
    stocks = {measure: found for measure, found in last.measures.items() if measure in STOCKS}
    return replace(last, when="", days=Period(points[0].days.first, last.days.last), measures={**sums, **stocks})


def _start(day: int, step: str) -> int:
    """The first day of the week or month that a day is in, or the day."""
    if step == "week":
        return monday_of(day)
    return day_of(date_of(day).replace(day=1)) if step == "month" else day


def _names(period: Period, step: str) -> dict[str, Period]:
    """The days of each point, in order."""
    found: dict[str, Period] = {}
    for day in period.days:
        name = TIMES[step](day)
        found[name] = Period(found[name].first if name in found else day, day)
    return found
