"""What pictures over time have in common: one column a day, week or month, its label, its lines across and its link."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.marks import CHARACTER, NARROWEST, TARGET, across, from_width, joined, line, svg_text, tag
from plugin.panel.charts.picture import web_address
from plugin.panel.charts.words import short_time
from workers.wording.language import Language

#: From this width of a picture on its axis has more labels.
_WIDE: Final = 640
#: Pixels beside a drawing and its gutter.
_EDGES: Final = 16
#: Pixels from dot to dot on a line.
_DOT: Final = 12
#: Days are labelled a week apart where there is no room for more.
_WEEK: Final = 7
#: Fewer columns than this leave room at the right, so that none is as wide as a page.
_FEWEST: Final = 7


@dataclass(frozen=True, slots=True)
class Columns:
    """Where so many columns lie: places from 0 to 1. At their side is a gutter of so many pixels."""

    n: int
    gutter: int

    @property
    def slots(self) -> int:
        """How many columns there is room for."""
        return max(self.n, _FEWEST)

    @property
    def step(self) -> float:
        """The width of one."""
        return 1 / self.slots

    @property
    def look(self) -> str:
        """The classes of a drawing with these columns."""
        return f"plot gutter-{self.gutter}"

    def room(self, pixels: int) -> str | None:
        """The class of what shows only where each column is so many pixels wide, as `from_width`."""
        return from_width(self.slots * pixels + self.gutter + _EDGES)

    def across(self, picture: int) -> int:
        """How many pixels all columns have in a picture of that width."""
        return picture - self.gutter - _EDGES

    def middle(self, place: int) -> float:
        """The middle of one."""
        return (place + 0.5) / self.slots


def time_labels(columns: Columns, whens: Sequence[str], y: float, language: Language) -> Markup:
    """The times under the columns, the newest always; more of them where there is room."""
    labels = [short_time(when, language) for when in whens]
    wide, narrow = _steps(columns, max((len(label) for label in labels), default=0))
    found = []
    for place, label in enumerate(labels):
        back = columns.n - 1 - place
        if back % wide == 0:
            more = "" if back % narrow == 0 else f" from-{_WIDE}"
            found.append(svg_text(label, across(columns.middle(place)), y, f"tick middle{more}"))
    return joined(found)


def _steps(columns: Columns, characters: int) -> tuple[int, int]:
    """How many columns lie from label to label where it is wide and where it is narrow."""
    label = (characters + 2) * CHARACTER
    wide = _rounded(math.ceil(label * columns.slots / columns.across(_WIDE)), columns.n)
    narrow = math.ceil(label * columns.slots / columns.across(NARROWEST))
    return wide, math.ceil(narrow / wide) * wide


def _rounded(step: int, n: int) -> int:
    """A whole number of weeks where steps are long and columns many."""
    return math.ceil(step / _WEEK) * _WEEK if step > 3 and n > 3 * _WEEK else max(1, step)


def dots(columns: Columns, present: Sequence[bool]) -> list[str | None]:
    """Where a line has dots: its class, as `from_width`; None for none. A lonely point always has one."""
    room = columns.room(_DOT)
    around = [False, *present, False]
    alone = [not before and not after for before, after in zip(around, around[2:], strict=False)]
    return ["" if is_alone else room for is_alone in alone]


def count_lines(ticks: Sequence[int], y_of: Callable[[float], float], language: Language) -> Markup:
    """Lines across, with their numbers at the left."""
    return joined(
        joined((line(0, y_of(tick), "100%", y_of(tick), "axis" if tick == 0 else "grid"), _left(tick, y_of, language)))
        for tick in ticks
    )


def _left(tick: int, y_of: Callable[[float], float], language: Language) -> Markup:
    return svg_text(language.number(tick), -8, y_of(tick) + 4, "tick end")


def presses(columns: Columns, texts: Sequence[str], hrefs: Sequence[str], height: float) -> Markup:
    """What the pointer finds over each column: its numbers, and its link where columns are wide enough to press.

    Where they are not, the table has the links.
    """
    room = columns.room(TARGET)
    found = []
    for place, (text, href) in enumerate(zip(texts, hrefs, strict=True)):
        area = tag(
            "rect",
            tag("title", text),
            x=across(place * columns.step),
            y=0,
            width=across(columns.step),
            height=height,
            class_="press",
        )
        found.append(area)
        if web_address(href) and room is not None:
            found.append(tag("a", area, href=web_address(href), aria_label=text, class_=room or None))
    return joined(found)


def unfinished_ground(columns: Columns, unfinished: Sequence[bool], height: float, key: str) -> Markup:
    """Hatching behind the columns that are not over."""
    return joined(
        tag(
            "rect",
            x=across(place * columns.step),
            y=0,
            width=across(columns.step),
            height=height,
            fill=f"url(#{key}-u)",
        )
        for place, is_unfinished in enumerate(unfinished)
        if is_unfinished
    )


def unfinished_note(unfinished: Sequence[bool], language: Language) -> str:
    """What the hatching means, where there is any."""
    if not any(unfinished):
        return ""
    return language.say("What is hatched is not whole: it is not over yet, or these days begin within it.")
