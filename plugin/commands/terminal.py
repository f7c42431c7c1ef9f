"""What a person sees: tables, and progress on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from getpass import getpass
from shutil import get_terminal_size
from typing import Any, Final, TextIO

import orjson

from plugin.exports import csv_lines

#: Tells how far something is: what it is at, how much is done, and of how much where that is known.
Step = Callable[[str, float, float | None], None]
_SHORTEST: Final = 0.001
_BAR: Final = 30  #: letters
_WIPE: Final = "\r\x1b[2K"  #: back to the start of an empty line


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream."""
    return stream.isatty()


def write_table(out: TextIO, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows under their names, in columns; on a terminal nothing in them moves the cursor, and a rule ends the names."""
    texts = [["" if value is None else str(value) for value in row] for row in (names, *rows)]
    if is_terminal(out):
        texts = [[_inert(text) for text in row] for row in texts]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    if is_terminal(out):
        texts.insert(1, ["─" * width for width in widths])
    for row in texts:
        out.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() + "\n")


def write_rows(out: TextIO, names: Sequence[str], rows: Sequence[Mapping[str, Any]], form: str) -> None:
    """Rows as one JSON document, or with `table` as these columns of a table."""
    if form == "json":
        write_json(out, rows)
    else:
        write_table(out, names, [[row[name] for name in names] for row in rows])


def write_json(out: TextIO, value: Any) -> None:
    """One JSON document."""
    out.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def write_csv(out: TextIO, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows in CSV, safe to open in a spreadsheet."""
    out.writelines(csv_lines(rows, names))


@contextmanager
def progress(err: TextIO) -> Iterator[Step]:
    """A bar on a terminal while the block runs; nothing anywhere else."""
    if not is_terminal(err):
        yield lambda _what, _done, _total: None
        return
    started = time.monotonic()

    def draw(what: str, done: float, total: float | None) -> None:
        bar = _bar(done / total) if total else ""
        line = f"{_inert(what)}{bar}  {int(time.monotonic() - started)} s"
        err.write(_WIPE + line[: get_terminal_size().columns - 1])
        err.flush()

    try:
        yield draw
    finally:
        err.write(_WIPE)
        err.flush()


def _bar(share: float) -> str:
    filled = round(min(share, 1) * _BAR)
    return f"  {'━' * filled}{'─' * (_BAR - filled)}  {min(share, 1):4.0%}"


def _inert(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


class Rate:
    """How many of something a second since it was made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def of(self, number: int) -> int:
        """So many a second, when there were so many until now."""
        return int(number / max(time.monotonic() - self._started, _SHORTEST))


def asker() -> Callable[[str], str] | None:
    """Asks the person at the terminal without echo; None when there is none."""
    return getpass if sys.stdin is not None and sys.stdin.isatty() else None
