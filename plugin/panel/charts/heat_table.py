"""At which hours of which weekdays: 168 cells, each with its number; the shade only repeats it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.marks import named_block, tag
from plugin.panel.charts.picture import Picture, Table, key_of, web_address
from plugin.panel.charts.words import NONE
from workers.wording.language import Language

_SHADES: Final = 5
#: More digits than this do not fit into a cell, so thousands or millions are told.
_WIDEST: Final = 5


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Seven rows from Monday of 24 hours each, by the clocks of `zone`; None where nothing is known.

    `hrefs` has the same shape, or nothing.
    """

    name: str
    zone: str
    cells: tuple[tuple[float | None, ...], ...]
    hrefs: tuple[tuple[str, ...], ...] = ()


def heat_table(data: HeatTable, language: Language) -> Picture:
    """Weekdays down and hours across; where it is narrow, the other way round."""
    finding, note = _finding(data, language), language.say("Hours are those of {zone}.", zone=data.zone)
    highest = max((value or 0 for hours in data.cells for value in hours), default=0)
    divisor, words = _scale(highest, language)
    table = _table(data, divisor, language)
    if not highest:
        return Picture(data.name, finding, Markup(""), table, note)
    cells = (cell for weekday in range(7) for cell in _weekday(data, weekday, highest, divisor, language))
    corner = tag("span", class_="heat-corner")
    hours = (tag("span", language.number(hour), class_="heat-hour") for hour in range(24))
    svg = named_block(key_of("heat", data.name), (data.name, finding), corner, *hours, *cells, class_="heat")
    return Picture(data.name, finding, svg, table, f"{note} {words}".rstrip())


def _scale(highest: float, language: Language) -> tuple[int, str]:
    if highest < 10**_WIDEST:
        return 1, ""
    if highest < 10**_WIDEST * 1_000:
        return 1_000, language.say("In thousands.")
    return 1_000_000, language.say("In millions.")


def _weekday(data: HeatTable, weekday: int, highest: float, divisor: int, language: Language) -> Iterator[Markup]:
    yield tag("span", language.weekday(weekday, short=True), class_="heat-day")
    for hour, value in enumerate(data.cells[weekday]):
        text = _written(value, divisor, language)
        href = web_address(data.hrefs[weekday][hour]) if data.hrefs else ""
        class_ = f"heat-{_shade(value, highest)}"
        if href and value:
            named = f"{language.weekday_hour(weekday, hour)}: {text}"
            yield tag("a", text, href=href, class_=class_, aria_label=named)
        else:
            yield tag("span", text, class_=class_)


def _shade(value: float | None, highest: float) -> int:
    """0 of nothing, then by fifths of the highest."""
    return 0 if not value else min(_SHADES, 1 + int(_SHADES * value / highest * 0.9999))


def _written(value: float | None, divisor: int, language: Language) -> str:
    if value is None:
        return NONE
    return language.number(value / divisor, 0 if value / divisor >= 10 else 1)


def _finding(data: HeatTable, language: Language) -> str:
    known = [(value or 0, -place) for place, value in enumerate(value for hours in data.cells for value in hours)]
    highest, back = max(known, default=(0, 0))
    if not highest:
        return language.say("Nothing was counted in these days.")
    weekday, hour = divmod(-back, 24)
    value = language.number(highest, 0 if highest >= 10 else 1)
    return language.say("Most on {time}: {value}.", time=language.weekday_hour(weekday, hour), value=value)


def _table(data: HeatTable, divisor: int, language: Language) -> Table:
    head = (language.say("Weekday"), *(language.hour(hour) for hour in range(24)))
    rows = tuple(
        (language.weekday(weekday), *(_written(value, divisor, language) for value in hours))
        for weekday, hours in enumerate(data.cells)
    )
    return Table(data.name, head, rows)
