"""In which form an answer is written: one JSON document, or rows as JSON lines or CSV that stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

import orjson
from flask import Response, request

from plugin.exports import Row, csv_lines, json_lines

JSON: Final = "json"
CSV: Final = "csv"
MIMETYPES: Final = {JSON: "application/json", "jsonl": "application/x-ndjson", CSV: "text/csv"}
#: Lines sent at once: a server has work with every piece.
_LINES: Final = 200


def chosen(asked: str | None, *offered: str) -> str:
    """The form that `format` names, else the first one the Accept header likes best."""
    if asked is not None:
        return asked
    forms = {MIMETYPES[form]: form for form in offered}
    return forms[request.accept_mimetypes.best_match(list(forms), default=MIMETYPES[JSON]) or MIMETYPES[JSON]]


def document(value: Any) -> Response:
    """One JSON document."""
    return Response(orjson.dumps(value), mimetype=MIMETYPES[JSON], headers={"Vary": "Accept"})


def file(rows: Iterable[Row], columns: Sequence[str], form: str, *, name: str) -> Response:
    """Rows that stream as they are read; what fails before the first of them is an answer of its own."""
    lines = (csv_lines if form == CSV else json_lines)(_begun(iter(rows)), columns)
    return Response(
        _pieces(lines),
        mimetype=MIMETYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"', "Vary": "Accept"},
    )


def _begun(rows: Iterator[Row]) -> Iterator[Row]:
    return chain(list(islice(rows, 1)), rows)


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(lines, _LINES)):
        yield piece
