"""The tickets that this day's hours usually bring, beside those that came so far, as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.columns import count_lines
from plugin.panel.charts.marks import across, drawing, gutter, joined, line, svg_text, tag
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.scales import round_ticks
from workers.now.page import Expected, ExpectedHour
from workers.wording.language import Language

_TOP: Final = 12
_PLOT: Final = 130
_HEIGHT: Final = _TOP + _PLOT + 26
#: A label for every third hour.
_LABELLED: Final = 3


def expected_picture(expected: Expected, language: Language) -> Picture:
    """Bars of what came, and from least to most what the same weekday brought, with its median."""
    name = language.say("Tickets by hour, today and as usual")
    finding = _finding(expected, language)
    hours = _busy(expected.hours)
    if not hours:
        return Picture(name, finding, Markup(), Table(name, (), ()))
    svg = drawing(
        key_of("hours", name), (name, finding), *_marks(hours, language), height=_HEIGHT,
        class_=f"plot {gutter([language.number(_ticks(hours)[-1])])}",
    )  # fmt: skip
    note = language.say("Bars: today. Lines: from the least to the most of the same weekday, the dot its median.")
    return Picture(name, finding, svg, _table(name, hours, language), note)


def _finding(expected: Expected, language: Language) -> str:
    came = language.say_many("{n} ticket came so far.", "{n} tickets came so far.", expected.so_far)
    if expected.median is None:
        return came
    told = {"median": language.number(expected.median, 0), "least": expected.least, "most": expected.most}
    usual = language.say_many(
        "On {n} day like this, tickets: {median}.",
        "On {n} days like this, tickets: {median} (between {least} and {most}).",
        len(expected.days),
        **told,
    )
    return f"{came} {usual}"


def _busy(hours: tuple[ExpectedHour, ...]) -> list[ExpectedHour]:
    """From the first to the last hour that ever has anything."""
    busy = [hour.hour for hour in hours if hour.most or hour.so_far]
    return [hour for hour in hours if busy and busy[0] <= hour.hour <= busy[-1]]


def _ticks(hours: list[ExpectedHour]) -> tuple[int, ...]:
    return round_ticks(max(max(hour.most, hour.so_far or 0) for hour in hours))


def _marks(hours: list[ExpectedHour], language: Language) -> Iterator[Markup]:
    ticks = _ticks(hours)
    step = 1 / len(hours)

    def y_of(value: float) -> float:
        return _TOP + _PLOT * (1 - value / ticks[-1])

    yield count_lines(ticks, y_of, language)
    for place, hour in enumerate(hours):
        middle = across((place + 0.5) * step)
        if hour.so_far:
            yield tag(
                "rect", x=across((place + 0.15) * step), width=across(0.7 * step),
                y=y_of(hour.so_far), height=_TOP + _PLOT - y_of(hour.so_far), class_="mark-1",
            )  # fmt: skip
        yield joined((
            line(middle, y_of(hour.least), middle, y_of(hour.most), "usual"),
            tag("circle", cx=middle, cy=y_of(hour.median), r=4, class_="usual-dot"),
        ))  # fmt: skip
        if place % _LABELLED == 0:
            yield svg_text(language.hour(hour.hour), middle, _HEIGHT - 8, "tick middle")


def _table(name: str, hours: list[ExpectedHour], language: Language) -> Table:
    head = (
        language.say("Hour"),
        language.say("Today"),
        language.say("Usual"),
        language.say("From"),
        language.say("To"),
    )
    rows = tuple(
        (
            language.hour(hour.hour), "" if hour.so_far is None else language.number(hour.so_far),
            language.number(hour.median, 1), language.number(hour.least), language.number(hour.most),
        )
        for hour in hours
    )  # fmt: skip
    return Table(name, head, rows)
