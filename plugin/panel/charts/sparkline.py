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
from plugin.panel.charts.words import NONE, long_time, row_time, whole_percent
from workers.wording.language import Language

Unit: TypeAlias = Literal["%", "s", ""]

_HEIGHT: Final = 36
_EDGE: Final = 5


@dataclass(frozen=True, slots=True)
class SparkPoint:
    """The figure of one day, week or month; None where it has none."""

    when: str
    value: float | None
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The points of a figure; `n` is how many it counts in all of them together."""

    name: str
    points: tuple[SparkPoint, ...]
    n: int
    unit: Unit = ""


def sparkline(data: Sparkline, language: Language) -> Picture:
    """A line with a dot on its last finished point; unfinished points are not drawn."""
    finding, table = _finding(data, language), _table(data, language)
    points = [(place, point.value) for place, point in enumerate(data.points) if _is_drawn(point)]
    if is_faint(data.n) or len(points) < 2:
        return Picture(data.name, finding, Markup(""), table)
    values = [value for _, value in points if value is not None]
    low, high = min(0.0, *values) if data.unit == "" else min(values), max(values)
    return Picture(data.name, finding, _drawn(data, (low, high), finding), table)


def _is_drawn(point: SparkPoint) -> bool:
    return point.value is not None and not point.unfinished


def _drawn(data: Sparkline, ends: tuple[float, float], finding: str) -> Markup:
    def y_of(value: float) -> float:
        share = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.5
        return _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * share

    width = max(1, len(data.points) - 1)
    lines = [path(stretch, "spark") for stretch in _stretches(data.points, y_of)]
    place, last = next(
        (place, point.value)
        for place, point in reversed(list(enumerate(data.points)))
        if _is_drawn(point) and point.value is not None
    )
    dot = tag("circle", cx=across(place / width), cy=y_of(last), r=3.5, class_="dot")
    key = key_of("spark", data.name)
    return drawing(
        key, (data.name, finding), stretched(width, _HEIGHT, *lines), dot, height=_HEIGHT, class_="plot plot-spark"
    )


def _stretches(points: Sequence[SparkPoint], y_of: Callable[[float], float]) -> list[list[tuple[float, float]]]:
    found = []
    for is_drawn, places in groupby(range(len(points)), key=lambda place: _is_drawn(points[place])):
        if is_drawn:
            found.append([(float(place), y_of(points[place].value or 0.0)) for place in places])
    return found


def _finding(data: Sparkline, language: Language) -> str:
    told = [point for point in data.points if _is_drawn(point)]
    if is_faint(data.n):
        fewest = language.number(FEWEST_FOR_RANK)
        return language.say("Fewer than {fewest} in these days: too few for a trend.", fewest=fewest)
    if len(told) < 2:
        return language.say("Nothing to compare in these days.")
    values = [point.value for point in told if point.value is not None]
    return language.say(
        "Between {low} and {high}; last {last} ({time}).",
        low=_written(min(values), data.unit, language),
        high=_written(max(values), data.unit, language),
        last=_written(values[-1], data.unit, language),
        time=long_time(told[-1].when, language),
    )


def _table(data: Sparkline, language: Language) -> Table:
    rows = tuple(
        (row_time(point.when, language, unfinished=point.unfinished), _written(point.value, data.unit, language))
        for point in data.points
    )
    return Table(data.name, (language.say("Time"), language.say("Value")), rows)


def _written(value: float | None, unit: Unit, language: Language) -> str:
    if value is None:
        return NONE
    if unit == "%":
        return whole_percent(value, language)
    return language.duration(value) if unit == "s" else language.number(value)
