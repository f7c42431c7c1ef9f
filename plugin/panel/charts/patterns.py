"""Textures that tell marks apart without their colour, and the hatching of what is not over."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from plugin.panel.charts.marks import joined, path, tag

#: Texture → its strokes on a tile of 8 pixels; the first mark is plain.
_STROKES: Final[dict[int, tuple[tuple[tuple[float, float], ...], ...]]] = {
    1: (),
    2: (((-2, 2), (2, -2)), ((-2, 10), (10, -2)), ((6, 10), (10, 6))),
    3: (((0, 2), (8, 2)), ((0, 6), (8, 6))),
    4: (((-2, 6), (2, 10)), ((-2, -2), (10, 10)), ((6, -2), (10, 2))),
    5: (((2, 0), (2, 8)), ((6, 0), (6, 8))),
    6: (((0, 4), (8, 4)), ((4, 0), (4, 8))),
}
_TILE: Final = 8
#: How many different marks there are besides that of all others.
MARKS: Final = len(_STROKES)


def mark_class(place: int) -> str:
    """The class of the mark at a place; beyond the last, that of all others."""
    return f"mark-{place + 1}" if place < MARKS else "mark-0"


def fill(key: str, class_: str) -> str:
    """What fills a mark, as an attribute."""
    return f"url(#{key}-{class_})"


def textures(key: str, classes: tuple[str, ...]) -> Markup:
    """The patterns of these marks, of negative, neutral and positive, and of what is unfinished."""
    return tag("defs", *(_texture(key, class_) for class_ in classes), _hatching(key, "hatch-over"))


def hatching(key: str) -> Markup:
    """The pattern of what is not over, as the ground behind lines."""
    return tag("defs", _hatching(key, "hatch"))


def _hatching(key: str, class_: str) -> Markup:
    return _pattern(f"{key}-u", *(path(points, class_) for points in _STROKES[2]))


def _texture(key: str, class_: str) -> Markup:
    ground = tag("rect", width=_TILE, height=_TILE, class_=class_)
    strokes = joined(path(points, "texture") for points in _STROKES[_TEXTURE_OF.get(class_, 1)])
    return _pattern(f"{key}-{class_}", ground, strokes)


def _pattern(id_: str, *inner: str) -> Markup:
    return tag("pattern", *inner, id=id_, width=_TILE, height=_TILE, patternUnits="userSpaceOnUse")


_TEXTURE_OF: Final = {f"mark-{place}": place for place in _STROKES} | {"negative": 2, "neutral": 1, "positive": 1}
