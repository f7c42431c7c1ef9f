"""What a person sees: tables and progress in colour on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from getpass import getpass
from typing import Any, Final, TextIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from plugin.exports import csv_lines

#: Tells how far something is: what it is at, how much is done, and of how much where that is known.
Step = Callable[[str, float, float | None], None]
_SHORTEST: Final = 0.001


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream."""
    return stream.isatty()


def write_table(out: TextIO, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows under their names; on a terminal with rules, else in columns of plain text."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    if is_terminal(out):
        table = Table(*names)
        for row in texts:
            table.add_row(*row)
        Console(file=out, markup=False, highlight=False).print(table)
        return
    widths = [max(len(row[place]) for row in (list(names), *texts)) for place in range(len(names))]
    for row in (list(names), *texts):
        out.write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() + "\n")


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
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(file=err), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


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
