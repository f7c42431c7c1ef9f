"""Whether a piece of code does I/O: sockets, files, programs, databases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_IO = ("socket.", "open", "os.", "subprocess.", "sqlite3.", "urllib.", "tempfile.", "shutil.", "pathlib.")
_watched: list[list[str]] = []
_installed: list[bool] = []


@contextmanager
def io_seen() -> Iterator[list[str]]:
    """Fills the list with the names of the I/O events that the interpreter reports inside the block."""
    if not _installed:
        sys.addaudithook(_note)  # it cannot be taken out again, so there is one, idle outside such blocks
        _installed.append(True)
    seen: list[str] = []
    _watched.append(seen)
    try:
        yield seen
    finally:
        _watched.pop()


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event.startswith(_IO):
        _watched[-1].append(f"{event} {arguments!r}"[:200])
