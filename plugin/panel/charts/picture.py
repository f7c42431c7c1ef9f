"""What a picture is: its name, what one sees in it, its marks, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from markupsafe import Markup

_SCHEMES: Final = frozenset({"", "http", "https"})


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; `href` is '' where an address is neither ours nor of the web."""

    text: str
    href: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "href", web_address(self.href))


#: What stands in one place of a table.
Cell: TypeAlias = str | Link


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a picture; the first cell of a row names it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    `name` says what it is and is unlike every other name on the page; `finding` is one sentence that states what one
    sees; `svg` holds the marks, '' where there is nothing to draw; `note` says what else a reader must know.
    """

    name: str
    finding: str
    svg: Markup
    table: Table
    note: str = ""


def web_address(address: str) -> str:
    """An address that a browser may follow from our page, else ''; what names a script names no page."""
    try:
        scheme = urlsplit(address.strip()).scheme
    except ValueError:
        return ""
    return address.strip() if scheme.lower() in _SCHEMES else ""


def key_of(*texts: str) -> str:
    """A short name for the parts of a picture, the same for the same texts, that HTML takes as an id."""
    return "p" + blake2s("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
