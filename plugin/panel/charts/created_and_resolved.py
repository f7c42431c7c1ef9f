"""What came in and what was resolved, and the backlog that follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.columns import (
    Columns,
    count_lines,
    dots,
    presses,
    time_labels,
    unfinished_ground,
    unfinished_note,
)
from plugin.panel.charts.marks import (
    across,
    drawing,
    gutter_width,
    hidden_drawing,
    joined,
    line,
    path,
    stretched,
    svg_text,
    tag,
)
from plugin.panel.charts.patterns import hatching
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import linked_text
from plugin.panel.charts.scales import round_ticks
from plugin.panel.charts.words import count, long_time, row_time, signed
from workers.wording.language import Language

_TOP: Final = 12
_LINES: Final = 140
_GAP: Final = 34
_STEP: Final = 64
_BOTTOM: Final = _TOP + _LINES + _GAP + _STEP


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened in one day, week or month, and the backlog at its end."""

    when: str
    created: int | None
    resolved: int | None
    backlog: int | None = None
    unfinished: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class CreatedAndResolved:
    """Flows over time."""

    name: str
    flows: tuple[Flow, ...]

    @property
    def has_backlog(self) -> bool:
        """Whether any of them tells a backlog."""
        return any(flow.backlog is not None for flow in self.flows)


def created_and_resolved(data: CreatedAndResolved, language: Language) -> Picture:
    """Two lines, and below them the backlog as steps."""
    finding, table = _finding(data, language), _table(data, language)
    if not any(flow.created or flow.resolved or flow.backlog for flow in data.flows):
        return Picture(data.name, finding, Markup(""), table)
    key = key_of("flow", data.name)
    svg = joined((_legend(language), _drawn(data, key, finding, language)))
    return Picture(data.name, finding, svg, table, unfinished_note([flow.unfinished for flow in data.flows], language))


def _drawn(data: CreatedAndResolved, key: str, finding: str, language: Language) -> Markup:
    ticks = round_ticks(max(max(flow.created or 0, flow.resolved or 0) for flow in data.flows))
    stock = round_ticks(max(flow.backlog or 0 for flow in data.flows), most=2) if data.has_backlog else ()
    columns = Columns(len(data.flows), gutter_width(language.number(tick) for tick in (*ticks, *stock)))
    bottom = _BOTTOM if stock else _TOP + _LINES
    height = bottom + 26
    texts = [_text(flow, language) for flow in data.flows]
    return drawing(
        key,
        (data.name, finding),
        hatching(key),
        count_lines(ticks, lambda value: _line_y(value, ticks), language),
        count_lines(stock, lambda value: _step_y(value, stock), language),
        unfinished_ground(columns, [flow.unfinished for flow in data.flows], bottom, key),
        stretched(columns.slots, height, joined(_paths(data.flows, ticks)), joined(_steps(data.flows, stock))),
        joined(_points(data.flows, columns, ticks)),
        svg_text(language.say("Backlog"), 0, _TOP + _LINES + _GAP - 9, "panel-name") if stock else "",
        time_labels(columns, [flow.when for flow in data.flows], height - 8, language),
        presses(columns, texts, [flow.href for flow in data.flows], bottom),
        height=height,
        class_=columns.look,
    )


def _legend(language: Language) -> Markup:
    created = (line(0, 6, 24, 6, "line-1"), tag("circle", cx=12, cy=6, r=3.5, class_="dot-1"))
    resolved = (line(0, 6, 24, 6, "line-2"), tag("rect", x=9, y=3, width=6, height=6, class_="dot-2"))
    return tag(
        "ul",
        tag("li", hidden_drawing(*created, class_="swatch", height=12, width=24), language.say("Created")),
        tag("li", hidden_drawing(*resolved, class_="swatch", height=12, width=24), language.say("Resolved")),
        class_="legend",
    )


def _line_y(value: float, ticks: Sequence[int]) -> float:
    return _TOP + _LINES * (1 - value / ticks[-1])


def _step_y(value: float, ticks: Sequence[int]) -> float:
    return _BOTTOM - _STEP * value / ticks[-1]


def _paths(flows: Sequence[Flow], ticks: Sequence[int]) -> Iterator[Markup]:
    for values, class_ in (([flow.created for flow in flows], "line-1"), ([flow.resolved for flow in flows], "line-2")):
        for stretch in _unbroken(values):
            yield path([(place + 0.5, _line_y(value, ticks)) for place, value in stretch], class_)


def _steps(flows: Sequence[Flow], ticks: Sequence[int]) -> Iterator[Markup]:
    for stretch in _unbroken([flow.backlog for flow in flows]):
        top = [(x, _step_y(value, ticks)) for place, value in stretch for x in (float(place), place + 1.0)]
        yield path([(top[0][0], _BOTTOM), *top, (top[-1][0], _BOTTOM)], "stock", closed=True)
        yield path(top, "stock-edge")


def _points(flows: Sequence[Flow], columns: Columns, ticks: Sequence[int]) -> Iterator[Markup]:
    created, resolved = [flow.created for flow in flows], [flow.resolved for flow in flows]
    for x, y, room in _dotted(created, columns, ticks):
        yield tag("circle", cx=x, cy=y, r=3.5, class_=f"dot-1 {room}".rstrip())
    for x, y, room in _dotted(resolved, columns, ticks):
        # A square is moved by half its size, for places across are percentages.
        yield tag("rect", x=x, y=y - 3, width=6, height=6, transform="translate(-3)", class_=f"dot-2 {room}".rstrip())


def _dotted(values: Sequence[int | None], columns: Columns, ticks: Sequence[int]) -> Iterator[tuple[str, float, str]]:
    rooms = dots(columns, [value is not None for value in values])
    for place, (value, room) in enumerate(zip(values, rooms, strict=True)):
        if value is not None and room is not None:
            yield across(columns.middle(place)), _line_y(value, ticks), room


def _unbroken(values: Sequence[int | None]) -> Iterator[list[tuple[int, int]]]:
    found: list[tuple[int, int]] = []
    for place, value in enumerate(values):
        if value is not None:
            found.append((place, value))
        elif found:
            yield found
            found = []
    if found:
        yield found


def _text(flow: Flow, language: Language) -> str:
    return language.say(
        "{time}: {created} created, {resolved} resolved",
        time=long_time(flow.when, language),
        created=count(flow.created, language),
        resolved=count(flow.resolved, language),
    )


def _finding(data: CreatedAndResolved, language: Language) -> str:
    created, resolved = (
        sum(flow.created or 0 for flow in data.flows),
        sum(flow.resolved or 0 for flow in data.flows),
    )
    stocks = [flow.backlog for flow in data.flows if flow.backlog is not None]
    if not created and not resolved and not any(stocks):
        return language.say("Nothing came in and nothing was resolved in these days.")
    told = {"created": language.number(created), "resolved": language.number(resolved)}
    if not stocks:
        return language.say("{created} created, {resolved} resolved.", **told)
    return language.say(
        "{created} created, {resolved} resolved; the backlog is {backlog} ({change} since the first of these days).",
        **told,
        backlog=language.number(stocks[-1]),
        change=signed(stocks[-1] - stocks[0], language),
    )


def _table(data: CreatedAndResolved, language: Language) -> Table:
    stock = (language.say("Backlog"),) if data.has_backlog else ()
    head = (language.say("Time"), language.say("Created"), language.say("Resolved"), *stock)
    rows = tuple(
        (
            linked_text(row_time(flow.when, language, unfinished=flow.unfinished), flow.href),
            count(flow.created, language),
            count(flow.resolved, language),
            *((count(flow.backlog, language),) if stock else ()),
        )
        for flow in data.flows
    )
    return Table(data.name, head, rows)
