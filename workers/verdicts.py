"""What is said of the change of a report's figures: a test's word where one is made, else the difference alone.

Tests are made of finished weeks (Monday to Sunday) and calendar months, by channel and of the total, for the watched
figures only; how often they are wrong is in docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from integrations.events import CHANNELS
from workers.metrics import METRIC_OF
from workers.past_weeks import SATISFACTION, SHARES, VOLUME, PastWeeks, past_weeks
from workers.periods import Period, date_of, day_of, is_month, is_week, monday_of, previous
from workers.statistics.alarm_budget import Watched
from workers.statistics.change import (
    MOST_WEEKS,
    Share,
    Verdict,
    untested,
    untested_counts,
    untested_means,
    untested_shares,
)
from workers.statistics.cusum import Watch, watch
from workers.statistics.intervals import difference_interval
from workers.statistics.share_change import share_change
from workers.statistics.volume_change import volume_change

#: The figures that are tested; durations are tested as the share within target, resolution at a fixed age.
WATCHED: Final = (VOLUME, *SHARES, SATISFACTION)
#: Streams of one account: each channel that is counted, and the total.
_STREAMS: Final = len(CHANNELS)
#: Watches that are remembered: those of some accounts, of a hundred weeks each.
_WATCHES: Final = 64
_BUDGET: Final = Watched(weekly=_STREAMS * len(WATCHED), monthly=_STREAMS * len(WATCHED))
#: Figures that still rise with age, that hold at one moment, or that are no share of what they are divided by.
_NOT_COMPARED: Final = frozenset(
    {"resolution_rate", "resolution_rate_bot", "closing_ratio", "waiting_now", "waiting_oldest"}
    | {"backlog", "backlog_waiting", "backlog_pending"}
)
#: Units of what is no count, whatever its value.
_MEASURED: Final = frozenset({"s", "%", "points"})
_WEEK: Final = 7

#: A figure as the report gives it.
FigureJSON: TypeAlias = Mapping[str, Any]
#: The figures of one row, by name.
Figures: TypeAlias = Mapping[str, FigureJSON]


def compared(period: Period, today: int) -> tuple[Period, Period] | None:
    """The finished days of a period and as many of the one before; None when no day is over."""
    before = previous(period)
    if period.last < today:
        return period, before
    if period.first >= today:
        return None
    days = today - period.first
    return Period(period.first, today - 1), Period(before.first, min(before.first + days - 1, before.last))


def is_tested(period: Period, today: int) -> bool:
    """Whether tests of change are made of this period: a finished week or calendar month."""
    return period.last < today and (is_week(period) or is_month(period))


def plain_verdict(name: str, now: FigureJSON, before: FigureJSON) -> Verdict | None:
    """The difference of two figures and its 95 % interval, without a test; None where they do not compare."""
    if name in _NOT_COMPARED or now["value"] is None or before["value"] is None:
        return None
    if now["unit"] == "%" and "denominator" in now:
        return in_points(untested_shares(_share(now), _share(before)))
    if "distribution" in now and "mean" in now:
        return untested_means(*_mean(now), before=_mean(before))
    if "low" in now and "low" in before:
        intervals = ((figure["low"], figure["high"]) for figure in (now, before))
        interval = difference_interval(now["value"], next(intervals), before["value"], next(intervals))
        return untested(now["value"] - before["value"], interval, n=now["n"], n_before=before["n"])
    if _is_count(now) and _is_count(before):
        return untested_counts(now["n"], before["n"])
    return None


def verdicts(
    now: Figures, before: Figures, *, tests: Tests | None = None, channel: str | None = None
) -> dict[str, dict[str, Any]]:
    """Figure → what stands beside it in JSON: its `verdict`, and for satisfaction a lasting `shift`.

    With `tests`, the watched figures are tested, as those of a channel or of all (None).
    """
    found: dict[str, dict[str, Any]] = {}
    for name, figure in now.items():
        if figure.get("scale") != before[name].get("scale"):
            continue
        tested = tests.verdict(channel, name, figure, before[name]) if tests and name in WATCHED else None
        verdict = tested or plain_verdict(name, figure, before[name])
        if verdict is not None:
            found.setdefault(name, {})["verdict"] = _json(verdict)
        if tests and name == SATISFACTION and (shift := tests.shift(channel)) is not None:
            found.setdefault(name, {})["shift"] = _json(shift)
    return found


def _mean(figure: FigureJSON) -> tuple[float, float, int]:
    """The mean of answers with their standard deviation and number."""
    answers = [(float(score), count) for score, count in figure["distribution"].items()]
    squares = sum(count * (score - figure["mean"]) ** 2 for score, count in answers)
    return figure["mean"], math.sqrt(squares / max(1, figure["n"] - 1)), figure["n"]


def in_points(verdict: Verdict) -> Verdict:
    """A verdict on shares as one on percentages."""
    if verdict.difference is None or verdict.low is None or verdict.high is None:
        return verdict
    return replace(verdict, difference=100 * verdict.difference, low=100 * verdict.low, high=100 * verdict.high)


def _json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as the API and the CLI give it; what does not apply is left out."""
    values = {each.name: getattr(verdict, each.name) for each in fields(Verdict)}
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Tests:
    """The tests of one finished week or month; `today` decides what is undecided."""

    connection: Connection
    account: str
    period: Period
    before: Period
    today: int

    def verdict(self, channel: str | None, name: str, now: FigureJSON, before: FigureJSON) -> Verdict | None:
        """The test's word on a watched figure of a channel, or of all (None); None where nothing can be tested."""
        if name == VOLUME:
            return self._volume(channel)
        if now["value"] is None or before["value"] is None or "parts" in now or "parts" in before:
            return None
        history = [self._weeks.share(week, channel, name) for week in self._past]
        better = METRIC_OF[name].better
        tested = share_change(_share(now), _share(before), history, alpha=_BUDGET.alpha, better=better)
        return in_points(tested)

    def shift(self, channel: str | None) -> Verdict | None:
        """What the watch for a lasting shift of satisfaction says at the end of the period; None without answers."""
        weeks = [self._weeks.share(week, channel, SATISFACTION) for week in self._watched_weeks]
        if not any(week.n for week in weeks):
            return None
        return in_points(_watched(tuple(weeks)).verdict(METRIC_OF[SATISFACTION].better))

    def _volume(self, channel: str | None) -> Verdict:
        created = self._weeks.created_on
        days = [(date_of(day).weekday(), created(day, channel)) for day in self.period.days]
        known = [week for week in self._past if week > self._first_known]
        history = [[created(week + weekday, channel) for weekday in range(_WEEK)] for week in known]
        return volume_change(days, history, alpha=_BUDGET.alpha)

    @cached_property
    def _past(self) -> list[int]:
        """The Mondays of the finished weeks before both periods."""
        last = monday_of(self.before.first)
        return [last - _WEEK * back for back in range(MOST_WEEKS, 0, -1)]

    @cached_property
    def _first_known(self) -> int:
        """The week in which the first ticket was created that is known: earlier ones were not empty but unseen."""
        created = self._weeks.created_on
        weeks = (week for week in self._past if any(created(week + day, None) for day in range(_WEEK)))
        return next(weeks, self._past[-1])

    @cached_property
    def _watched_weeks(self) -> list[int]:
        """The Mondays from the watch's start, which stays where it is for a year, to the end of the period."""
        start = date_of(self.period.first).replace(month=1, day=1)
        first = monday_of(day_of(start.replace(year=start.year - 1)))
        return list(range(first, self.period.last + 1 - (_WEEK - 1), _WEEK))

    @cached_property
    def _weeks(self) -> PastWeeks:
        days = (min(self._watched_weeks[0], self._past[0]), self.period.last)
        return past_weeks(self.connection, self.account, days, today=self.today)


@lru_cache(_WATCHES)
def _watched(weeks: tuple[Share, ...]) -> Watch:
    """The watch over these weeks, which are the same on every page of a day."""
    return watch(weeks, streams=_STREAMS)


def _is_count(figure: FigureJSON) -> bool:
    """Whether it counts something; a mean may have its n as its value by chance."""
    return figure["value"] == figure["n"] and figure["unit"] not in _MEASURED and "numerator" not in figure


def _share(figure: FigureJSON) -> Share:
    return Share(figure["numerator"], figure["denominator"])
