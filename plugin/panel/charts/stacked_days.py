"""How many there were on each day, week or month, and of which channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.columns import Columns, count_lines, presses, time_labels, unfinished_note
from plugin.panel.charts.marks import (
    CHARACTER,
    across,
    drawing,
    gutter_width,
    hidden_drawing,
    joined,
    svg_text,
    tag,
)
from plugin.panel.charts.patterns import MARKS, fill, mark_class, textures
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import linked_text
from plugin.panel.charts.scales import round_ticks
from plugin.panel.charts.words import NONE, count, long_time, row_time, whole_percent
from workers.wording.language import Language

_TOP: Final = 22
_PLOT: Final = 200
_HEIGHT: Final = _TOP + _PLOT + 26
#: The part of its column that a bar takes.
_BAR: Final = 0.76


@dataclass(frozen=True, slots=True)
class Stack:
    """The counts of one day, week or month (`when` as reports name it), one for each series; None counts nothing."""

    when: str
    counts: tuple[int | None, ...]
    unfinished: bool = False
    href: str = ""

    @property
    def total(self) -> int:
        """All of its counts."""
        return sum(part or 0 for part in self.counts)


@dataclass(frozen=True, slots=True)
class StackedDays:
    """Counts over time by series (channels, in one order everywhere); the six largest are drawn, the others as one."""

    name: str
    series: tuple[str, ...]
    stacks: tuple[Stack, ...]


def stacked_days(data: StackedDays, language: Language) -> Picture:
    """One bar a day, made of its channels, with its total above."""
    finding, table = _finding(data, language), _table(data, language)
    drawn = _folded(data, language)
    if not any(stack.total for stack in drawn.stacks):
        return Picture(data.name, finding, Markup(""), table)
    key = key_of("stacked", data.name)
    svg = joined((_legend(drawn, key), _bars(drawn, key, finding, language)))
    note = unfinished_note([stack.unfinished for stack in data.stacks], language)
    return Picture(data.name, finding, svg, table, note)


def _folded(data: StackedDays, language: Language) -> StackedDays:
    """The six largest series in the order they have, and all others in one."""
    if len(data.series) <= MARKS:
        return data
    sums = _sums(data)
    kept = sorted(sorted(range(len(sums)), key=lambda place: (-sums[place], place))[:MARKS])
    stacks = tuple(replace(stack, counts=_kept(stack, kept)) for stack in data.stacks)
    names = (*(data.series[place] for place in kept), language.say("All others"))
    return StackedDays(data.name, names, stacks)


def _kept(stack: Stack, kept: Sequence[int]) -> tuple[int, ...]:
    shown = tuple(stack.counts[place] or 0 for place in kept)
    return (*shown, stack.total - sum(shown))


def _sums(data: StackedDays) -> list[int]:
    return [sum(stack.counts[place] or 0 for stack in data.stacks) for place in range(len(data.series))]


def _legend(data: StackedDays, key: str) -> Markup:
    items = (
        tag("li", hidden_drawing(_swatch(key, mark_class(place)), class_="swatch", height=12, width=12), name)
        for place, name in enumerate(data.series)
    )
    return tag("ul", *items, class_="legend")


def _swatch(key: str, class_: str) -> Markup:
    return tag("rect", width=12, height=12, rx=2, fill=fill(key, class_))


def _bars(data: StackedDays, key: str, finding: str, language: Language) -> Markup:
    ticks = round_ticks(max(stack.total for stack in data.stacks))
    columns = Columns(len(data.stacks), gutter_width(language.number(tick) for tick in ticks))
    texts = [_text(stack, language) for stack in data.stacks]
    return drawing(
        key,
        (data.name, finding),
        textures(key, tuple(mark_class(place) for place in range(len(data.series)))),
        count_lines(ticks, lambda value: _y(value, ticks), language),
        joined(_stack(stack, columns, place, ticks, key) for place, stack in enumerate(data.stacks)),
        _totals(data, columns, ticks, language),
        time_labels(columns, [stack.when for stack in data.stacks], _HEIGHT - 8, language),
        presses(columns, texts, [stack.href for stack in data.stacks], _TOP + _PLOT),
        height=_HEIGHT,
        class_=columns.look,
    )


def _y(value: float, ticks: Sequence[int]) -> float:
    return _TOP + _PLOT * (1 - value / ticks[-1])


def _stack(stack: Stack, columns: Columns, place: int, ticks: Sequence[int], key: str) -> Markup:
    x, width = across((place + 0.5 - _BAR / 2) * columns.step), across(_BAR * columns.step)
    marks, below = [], 0
    for series, part in enumerate(stack.counts):
        if part:
            y, bottom = _y(below + part, ticks), _y(below, ticks)
            look = fill(key, mark_class(series))
            marks.append(tag("rect", x=x, y=y, width=width, height=max(bottom - y - 1, 0.75), fill=look))
            below += part
    if stack.unfinished and below:
        y = _y(below, ticks)
        marks.append(tag("rect", x=x, y=y, width=width, height=_TOP + _PLOT - y, fill=f"url(#{key}-u)", class_="open"))
    return joined(marks)


def _totals(data: StackedDays, columns: Columns, ticks: Sequence[int], language: Language) -> Markup:
    """The totals above the bars: the highest and the last everywhere, the others where there is room."""
    totals = [stack.total for stack in data.stacks]
    widest = max(len(language.number(total)) for total in totals) * CHARACTER + 4
    room, highest = columns.room(widest), totals.index(max(totals))
    shown = []
    for place, total in enumerate(totals):
        always = place == highest
        if not always and room is None:
            continue
        class_ = "total middle" if always or not room else f"total middle {room}"
        shown.append(svg_text(language.number(total), across(columns.middle(place)), _y(total, ticks) - 6, class_))
    return joined(shown)


def _text(stack: Stack, language: Language) -> str:
    return f"{long_time(stack.when, language)}: {language.number(stack.total)}"


def _finding(data: StackedDays, language: Language) -> str:
    over = [stack for stack in data.stacks if not stack.unfinished]
    if not any(stack.total for stack in data.stacks):
        return language.say("Nothing was counted in these days.")
    if not over:
        return language.say("{total} so far; nothing of it is over yet.", total=_sum(data.stacks, language))
    totals = [stack.total for stack in over]
    ends = {
        "low": language.number(min(totals)),
        "high": language.number(max(totals)),
        "mean": language.number(sum(totals) / len(totals), 1),
    }
    told = _range(over[0].when, len(over), ends, language)
    sums = _sums(replace(data, stacks=tuple(over)))
    if len(data.series) < 2 or not sum(sums):
        return told
    first = sums.index(max(sums))
    share = whole_percent(100 * sums[first] / sum(sums), language)
    return language.say("{told} The largest part is {name} ({share}).", told=told, name=data.series[first], share=share)


def _range(when: str, n: int, ends: dict[str, str], language: Language) -> str:
    if n == 1:
        return language.say("{high} in all.", **ends)
    if "W" in when:
        return language.say("Between {low} and {high} in a finished week, {mean} on average.", **ends)
    if len(when) == len("2026-11"):
        return language.say("Between {low} and {high} in a finished month, {mean} on average.", **ends)
    return language.say("Between {low} and {high} on a finished day, {mean} on average.", **ends)


def _sum(stacks: Sequence[Stack], language: Language) -> str:
    return language.number(sum(stack.total for stack in stacks))


def _table(data: StackedDays, language: Language) -> Table:
    head = (language.say("Time"), *data.series, language.say("Total"))
    rows = tuple(
        (
            linked_text(row_time(stack.when, language, unfinished=stack.unfinished), stack.href),
            *(count(part, language) for part in stack.counts),
            language.number(stack.total) if any(part is not None for part in stack.counts) else NONE,
        )
        for stack in data.stacks
    )
    return Table(data.name, head, rows)
