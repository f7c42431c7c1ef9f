"""A small line of how a figure went; none of fewer than 30."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from plugin.panel.charts.enough import FEWEST_FOR_RANK, is_faint
from plugin.panel.charts.marks import across, drawing, path, stretched, tag
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.words import NONE, long_time, whole_percent
from workers.wording.language import Language

#: Per cent, seconds, points of a scale, or counts.
Unit: TypeAlias = Literal["%", "s", "points", ""]

_HEIGHT: Final = 36
_EDGE: Final = 5


@dataclass(frozen=True, slots=True)
class SparkPoint:
    """The figure of one week that is over, None where it has none, and how many it counts."""

    when: str
    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The points of a figure; `unlike` where answers of a week are on several scales."""

    name: str
    points: tuple[SparkPoint, ...]
    unit: Unit = ""
    unlike: bool = False

    @property
    def n(self) -> int:
        """How many all of them count together."""
        return sum(point.n for point in self.points)


def sparkline(data: Sparkline, language: Language) -> Picture:
    """A line with a dot on its last point; only counts start at zero."""
    finding, table = _finding(data, language), _table(data, language)
    values = [point.value for point in data.points if point.value is not None]
    if is_faint(data.n) or len(values) < 2:
        return Picture(data.name, finding, Markup(""), table)
    low, high = min(0.0, *values) if data.unit == "" else min(values), max(values)
    return Picture(data.name, finding, _drawn(data, (low, high), finding), table)


def _drawn(data: Sparkline, ends: tuple[float, float], finding: str) -> Markup:
    def y_of(value: float) -> float:
        share = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.5
        return _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * share

    width = max(1, len(data.points) - 1)
    lines = [path(stretch, "spark") for stretch in _stretches(data.points, y_of)]
    place, last = next(
        (place, point.value) for place, point in reversed(list(enumerate(data.points))) if point.value is not None
    )
    dot = tag("circle", cx=across(place / width), cy=y_of(last), r=3.5, class_="dot")
    key = key_of("spark", data.name)
    return drawing(
        key, (data.name, finding), stretched(width, _HEIGHT, *lines), dot, height=_HEIGHT, class_="plot plot-spark"
    )


def _stretches(points: Sequence[SparkPoint], y_of: Callable[[float], float]) -> list[list[tuple[float, float]]]:
    found = []
    for has_value, places in groupby(range(len(points)), key=lambda place: points[place].value is not None):
        if has_value:
            found.append([(float(place), y_of(points[place].value or 0.0)) for place in places])
    return found


def _finding(data: Sparkline, language: Language) -> str:
    told = [(point.when, point.value) for point in data.points if point.value is not None]
    if is_faint(data.n):
        fewest = language.number(FEWEST_FOR_RANK)
        return language.say("Fewer than {fewest} in these weeks: too few for a trend.", fewest=fewest)
    if len(told) < 2 and data.unlike:
        return language.say("The answers are on different scales, so there is no line of them.")
    if len(told) < 2:
        return language.say("There are no two weeks to compare.")
    values = [value for _, value in told]
    return language.say(
        "Between {low} and {high}; last {last} ({time}).",
        low=_written(min(values), data.unit, language),
        high=_written(max(values), data.unit, language),
        last=_written(values[-1], data.unit, language),
        time=long_time(told[-1][0], language),
    )


def _table(data: Sparkline, language: Language) -> Table:
    """Week and value, and of how many where the value is not their number itself."""
    head = (language.say("Time"), language.say("Value"), "n")
    rows = (
        (long_time(point.when, language), _written(point.value, data.unit, language), language.number(point.n))
        for point in data.points
    )
    columns = 3 if data.unit else 2
    return Table(data.name, head[:columns], tuple(row[:columns] for row in rows))


def _written(value: float | None, unit: Unit, language: Language) -> str:
    if value is None:
        return NONE
    if unit == "%":
        return whole_percent(value, language)
    return language.duration(value) if unit == "s" else language.number(value)
