"""How marks become SVG and HTML: escaped, without style attributes, in places that follow the width of the page.

A drawing is as wide as its place and has no view box: across, places are percentages, and up they are pixels. So
text keeps its size on a phone, and circles stay round. Lines and areas lie in a stretched view box of their own, with
strokes that do not stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, TypeAlias

from markupsafe import Markup, escape

#: Widths in pixels from which a mark with much beside it may show; charts.css knows each as a class.
_WIDTHS: Final = (400, 480, 560, 640, 720, 800, 960, 1120)
#: A label of the axis is not wider than this, in pixels; charts.css knows each as a class.
_GUTTERS: Final = (24, 40, 56, 80, 104)
#: About how wide one character of 12 pixels is.
CHARACTER: Final = 7

#: The narrowest picture: a page of 320 pixels less its edges.
NARROWEST: Final = 256
#: The least height and width of what one presses, in pixels.
TARGET: Final = 24

Attribute: TypeAlias = str | float | None


def tag(name: str, *inner: str, **attributes: Attribute) -> Markup:
    """An element; text in it and in its attributes is escaped, markup is not. `class_` is `class`, `a_b` is `a-b`."""
    given = "".join(f' {_named(key)}="{_quoted(value)}"' for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{given}>{joined(inner)}</{name}>")  # noqa: S704  # every part of it was escaped just now


@cache
def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _quoted(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else written(value)


def joined(parts: Iterable[str]) -> Markup:
    """Marks one after the other."""
    return Markup("").join(parts)


def written(value: float) -> str:
    """A number as SVG takes it, with two decimals at most."""
    return str(value) if isinstance(value, int) else f"{value:.2f}".rstrip("0").rstrip(".")


def across(share: float) -> str:
    """A place or a width across, of a share of the whole from 0 to 1."""
    return written(100.0 * share) + "%"


def from_width(pixels: float) -> str | None:
    """The class of what shows only where there are so many pixels; '' everywhere, None nowhere."""
    if pixels <= NARROWEST:
        return ""
    return next((f"from-{width}" for width in _WIDTHS if width >= pixels), None)


def gutter(labels: Iterable[str]) -> str:
    """The class of a drawing that leaves room for these labels at its side."""
    return f"gutter-{gutter_width(labels)}"


def gutter_width(labels: Iterable[str]) -> int:
    """How many pixels that room has."""
    widest = max((len(label) for label in labels), default=0) * CHARACTER
    return next((width for width in _GUTTERS if width >= widest), _GUTTERS[-1])


def svg_text(text: str, x: str | float, y: float, class_: str) -> Markup:
    """Words in a drawing."""
    return tag("text", text, x=x, y=y, class_=class_)


def line(x1: str | float, y1: float, x2: str | float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def stretched(columns: float, height: float, *inner: str) -> Markup:
    """Paths whose places across go from 0 to `columns`, whatever the width."""
    view = f"0 0 {written(float(columns))} {written(float(height))}"
    return tag("svg", *inner, viewBox=view, preserveAspectRatio="none", width="100%", height=height, class_="stretched")


def path(points: Sequence[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """A line through these points, or the area inside them."""
    steps = "L".join(f"{written(float(x))} {written(float(y))}" for x, y in points)
    return tag("path", d=f"M{steps}{'Z' if closed else ''}", class_=class_)


def drawing(key: str, texts: tuple[str, str], *inner: str, height: int, class_: str) -> Markup:
    """A named drawing of so many pixels' height; `texts` are its name and its finding."""
    return tag(
        "svg",
        tag("title", texts[0], id=f"{key}-n"),
        tag("desc", texts[1], id=f"{key}-d"),
        *inner,
        class_=class_,
        height=height,
        width="100%",
        role=_role(inner),
        aria_labelledby=f"{key}-n {key}-d",
    )


def hidden_drawing(*inner: str, class_: str, height: int, width: str | float = "100%") -> Markup:
    """A drawing inside a picture that is named as a whole."""
    return tag("svg", *inner, class_=class_, height=height, width=width, aria_hidden="true", focusable="false")


def named_block(key: str, texts: tuple[str, str], *inner: str, class_: str) -> Markup:
    """A picture made of HTML, named as a drawing is."""
    return tag(
        "div",
        tag("span", texts[0], id=f"{key}-n", class_="unseen"),
        tag("span", texts[1], id=f"{key}-d", class_="unseen"),
        *inner,
        class_=class_,
        role=_role(inner),
        aria_labelledby=f"{key}-n {key}-d",
    )


def _role(inner: Iterable[str]) -> str:
    """An image hides what is in it from who listens, so what holds links is a group."""
    return "group" if any("<a " in part for part in inner) else "img"
