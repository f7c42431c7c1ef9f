"""How each headline figure went in the twelve weeks up to the end of the days that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from plugin.panel.charts.picture import Picture
from plugin.panel.charts.sparkline import Sparkline, SparkPoint, Unit, sparkline
from plugin.panel.views.asked import Asked
from plugin.panel.views.figures import title
from plugin.panel.views.sight import Sight
from workers.metrics.base import Figure
from workers.periods import Period, monday_of
from workers.series import Point, SeriesRequest, series
from workers.statistics.intervals import FEWEST_FOR_SHARE

_WEEKS: Final = 12
_WEEK: Final = 7
_UNITS: Final[Mapping[str, Unit]] = {"%": "%", "s": "s", "points": "points"}


def trends(sight: Sight, asked: Asked, names: Sequence[str]) -> dict[str, Picture]:
    """Figure → its line, of those that counted anything in these weeks; no stocks."""
    weeks = whole_weeks(asked.period, sight.today, sight.first_day)
    if weeks is None:
        return {}
    points = series(sight.connection, sight.account, SeriesRequest(weeks, names, "week", asked.slice), now=sight.now)
    found = {name: _line(sight, name, points) for name in names}
    return {name: sparkline(line, sight.language) for name, line in found.items() if line.n}


def whole_weeks(period: Period, today: int, first_day: int | None) -> Period | None:
    """The whole weeks, twelve at most, that are over and end with the period or before; None of fewer than two.

    They begin with the first day of which anything is known, at the earliest.
    """
    last = min(period.last, today - 1)
    sunday = monday_of(last + 1) - 1
    first = sunday + 1 - _WEEKS * _WEEK
    if first_day is None:
        return None
    while first < first_day:
        first += _WEEK
    return Period(first, sunday) if sunday - first >= 2 * _WEEK - 1 else None


def _line(sight: Sight, name: str, points: Sequence[Point]) -> Sparkline:
    figures = [(point.when, point.figure(name)) for point in points]
    unit = _UNITS.get(figures[0][1].unit, "")
    return Sparkline(
        sight.language.say("{figure} week by week", figure=title(sight.language, name)),
        tuple(SparkPoint(when, _value(figure, unit), round(figure.n)) for when, figure in figures),
        unit,
        unlike=any(figure.parts and figure.value is None for _, figure in figures),
    )


def _value(figure: Figure, unit: Unit) -> float | None:
    """A count; anything else only of five and more."""
    return figure.value if not unit or figure.n >= FEWEST_FOR_SHARE else None
