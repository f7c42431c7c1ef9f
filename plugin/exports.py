"""What leaves as a file: the columns of `deskpulse tickets`, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

#: The columns of `deskpulse tickets`, in their order: the public contract.
COLUMNS: Final = (
    "ticket", "channel", "department", "agent", "direction", "handled_by", "created_at", "first_response_at",
    "first_response_agent", "first_resolved_at", "resolved_at", "resolved_by", "status", "excluded",
    "first_response_s", "first_resolution_s", "full_resolution_s", "requester_wait_s", "agent_wait_s", "on_hold_s",
    "first_response_business_s", "first_resolution_business_s", "full_resolution_business_s",
    "requester_wait_business_s", "agent_wait_business_s", "on_hold_business_s", "reopens", "agent_replies",
    "customer_messages", "touches", "transfers", "one_touch", "csat", "ces", "nps",
)  # fmt: skip

#: With one of these a spreadsheet begins a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


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


def json_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One JSON object a line, with every column."""
    for row in rows:
        yield orjson.dumps({name: row.get(name) for name in COLUMNS}).decode() + "\n"


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """A header and one line a row."""
    line = _Line()
    writer = csv.writer(line, lineterminator=_LINE_END)
    writer.writerow(columns)
    yield line.text
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in columns])
        yield line.text


#: The writer quotes a carriage return only where it ends its own lines with one; unquoted it would begin a row.
_LINE_END: Final = "\r\n"


class _Line:
    """Holds what the CSV writer wrote last, ended as lines are here."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text.removesuffix(_LINE_END) + "\n"
