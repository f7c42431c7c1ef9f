"""Rows of a picture: what each is called, its track, and what it says; narrow, the track lies below."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from plugin.panel.charts.marks import across, hidden_drawing, joined, line, svg_text, tag
from plugin.panel.charts.picture import Cell, Link

#: The height of a track, in pixels.
TRACK: Final = 44


def row(label: Cell, below: str, track: Markup, value: str, beside: str, *, faint: bool = False) -> Markup:
    """One row; `below` stands under its name and `beside` under its value, both small."""
    named = tag("a", label.text, href=label.href) if isinstance(label, Link) and label.href else text_of(label)
    return tag(
        "div",
        tag("div", tag("div", named, class_="row-name"), tag("div", below, class_="row-small"), class_="row-label"),
        track,
        tag("div", tag("div", value, class_="row-main"), tag("div", beside, class_="row-small"), class_="row-value"),
        class_="row faint" if faint else "row",
    )


def track(*inner: str, height: int = TRACK) -> Markup:
    """Where the marks of a row lie."""
    return hidden_drawing(*inner, class_="track", height=height)


def grid(places: tuple[float, ...], height: int = TRACK) -> Markup:
    """Thin lines up at shares of the width."""
    return joined(line(across(place), 0, across(place), height, "grid") for place in places)


def axis(labels: tuple[tuple[float, str], ...]) -> Markup:
    """A last row with the names of the lines; where it is narrow, of every second one."""
    texts = joined(
        svg_text(text, across(place), 14, f"tick {anchor(place)}{' minor' if number % 2 else ''}")
        for number, (place, text) in enumerate(labels)
    )
    return tag("div", tag("div"), track(texts, height=20), tag("div"), class_="row row-axis")


def head(marks: Markup) -> Markup:
    """A first row with the names of lines that go through all rows."""
    return tag("div", tag("div"), track(marks, height=18), tag("div"), class_="row row-head")


def anchor(place: float, *, wide: float = 0.08) -> str:
    """The class that keeps a text at this place, so wide to each side, inside the drawing."""
    if place < wide:
        return "start"
    return "end" if place > 1 - wide else "middle"


def text_of(cell: Cell) -> str:
    """The words of a cell."""
    return cell.text if isinstance(cell, Link) else cell


def linked_text(text: str, href: str) -> Cell:
    """The text, as a link where there is an address."""
    return Link(text, href) if href else text
