"""What leaves as a file, at the terminal and over the API alike; no cell of it is a formula to a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from workers.ticket_rows import COLUMNS

#: The columns of a report as CSV, behind one for what its rows are by.
REPORT_COLUMNS: Final = (
    "name", "figure", "unit", "value", "n", "low", "high", "median", "p90", "mean", "numerator", "denominator",
    "undecided", "note", "previous_value", "previous_n", "verdict", "difference", "difference_low", "difference_high",
)  # fmt: skip
#: What the columns of a change are called inside a verdict.
_CHANGE: Final = {"verdict": "kind", "difference": "difference", "difference_low": "low", "difference_high": "high"}
TOTAL: Final = "(total)"
NONE: Final = "(none)"

#: With one of these a spreadsheet begins a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

#: One row of a file: values by column.
Row = Mapping[str, Any]


def cell(value: Any) -> Any:
    """A value as a cell of CSV: text that would be a formula gets an apostrophe before it, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def json_lines(rows: Iterable[Row], columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """One JSON object a line, with every column."""
    for row in rows:
        yield orjson.dumps({name: row.get(name) for name in columns}).decode() + "\n"


def csv_lines(rows: Iterable[Row], columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """A header and one line a row."""
    line = _Line()
    writer = csv.writer(line, lineterminator=_LINE_END)
    writer.writerow([cell(name) for name in columns])
    yield line.text
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in columns])
        yield line.text


class Shown(NamedTuple):
    """One figure of a report: its row's name for a person, its row's key, and the figure beside the one before."""

    name: str
    key: str
    figure: str
    value: Mapping[str, Any]
    before: Mapping[str, Any]


def figures_of(report: Mapping[str, Any]) -> Iterator[Shown]:
    """Every figure of every row of a report, then those of the total."""
    by = report["by"]
    for row in report["rows"]:
        name = row.get("name") or row[by] or NONE
        for figure, value in row["metrics"].items():
            yield Shown(name, row[by], figure, value, row["previous"].get(figure, {}))
    for figure, value in report["total"].items():
        yield Shown(TOTAL, TOTAL, figure, value, report["total_previous"].get(figure, {}))


def report_columns(report: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a report as CSV: what its rows are by, then those of each figure."""
    return (_key_column(report["by"]), *REPORT_COLUMNS)


def report_rows(report: Mapping[str, Any]) -> Iterator[Row]:
    """A report as rows: one a figure of each of its rows, and of the total."""
    for name, key, figure, value, before in figures_of(report):
        kept = {column: value.get(column) for column in REPORT_COLUMNS}
        previous = {"previous_value": before.get("value"), "previous_n": before.get("n")}
        verdict = value.get("verdict", {})
        change = {column: verdict.get(name) for column, name in _CHANGE.items()}
        yield {**kept, **previous, **change, _key_column(report["by"]): key, "name": name, "figure": figure}


def _key_column(by: str) -> str:
    """The column of the rows' keys; an account may have given a slice of its own the name of another column."""
    return f"slice_{by}" if by in REPORT_COLUMNS else by


#: The writer quotes a carriage return only where it ends its own lines with one; unquoted it would begin a row.
_LINE_END: Final = "\r\n"


class _Line:
    """Holds what the CSV writer wrote last, ended as lines are here."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text.removesuffix(_LINE_END) + "\n"
