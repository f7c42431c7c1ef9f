"""Chunks of four weeks instead of one, in two columns: durations, most of the bytes, are read where one is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
from alembic import op
from sqlalchemy import Connection, inspect, text

from workers.store import schema
from workers.store.chunks import TYPES, Array, Chunks, span_of, summed, write_chunks
from workers.store.folding import STOCK

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DAYS = 7
_ROWS = 2000
_KEY = ("account", "kind", "value", "channel")


def upgrade() -> None:
    """Write every chunk anew where they lie in one column, and let PostgreSQL keep them as they are, in their rows."""
    connection = op.get_bind()
    found = inspect(connection)
    if not found.has_table("chunks"):
        return
    is_one = "data" in {column["name"] for column in found.get_columns("chunks")}
    if is_one:
        op.rename_table("chunks", "chunks_in_one")
        schema.chunks.create(connection)
    if connection.dialect.name == "postgresql":
        for column in ("counts", "durations"):
            op.execute(f"ALTER TABLE chunks ALTER COLUMN {column} SET STORAGE EXTERNAL")
        # Fetched from beside the table, as all above 2 kB are by default, chunks take three times as long.
        op.execute("ALTER TABLE chunks SET (toast_tuple_target = 8160)")
    if is_one:
        _write_anew(connection)
        op.drop_table("chunks_in_one")


def _write_anew(connection: Connection) -> None:
    columns = ", ".join((*_KEY, "span", "data"))
    asked = text(f"SELECT {columns} FROM chunks_in_one ORDER BY {', '.join((*_KEY, 'span'))}")
    rows = connection.execute(asked, execution_options={"yield_per": _ROWS})
    for key, group in groupby(rows, itemgetter(0, 1, 2, 3)):
        written = _written([tuple(row[4:]) for row in group], is_stock=key[1].startswith(STOCK))
        named = dict(zip(_KEY, key, strict=True))
        connection.execute(schema.chunks.insert(), [named | chunk for chunk in written])


def _written(weeks: Iterable[tuple[int, bytes]], *, is_stock: bool) -> Iterator[dict[str, Any]]:
    """The chunks that take the place of those of these spans."""
    opened = [(first if is_stock else int(span_of(first)), *_opened(data)) for first, data in weeks]
    spans = sorted({span for span, *_ in opened})
    measures = sorted({name for _, names, _, _ in opened for name in names})
    cells, values = [np.empty((6, 0), np.int64)], [np.empty((5, 0), np.int64)]
    for span, names, some_cells, some_values in opened:
        kinds = np.array([measures.index(name) for name in names], np.int64)
        for found, (place, *columns) in ((cells, some_cells), (values, some_values)):
            found.append(np.stack((np.full(len(place), spans.index(span)), kinds[place], *columns)))
    merged = (summed(np.concatenate(found, axis=1), 4) for found in (cells, values))
    for span, stored in zip(spans, write_chunks(Chunks(spans, measures, *merged)), strict=True):
        yield {"span": span, **stored._asdict()}


def _opened(data: bytes) -> tuple[list[str], Array, Array]:
    """The measures of a chunk of before, its cells, and its values: place of the measure, day, value and 1."""
    end = 4 + int.from_bytes(data[:4], "little")
    first, measures, bounds, sections = orjson.loads(data[4:end])
    start = end + -end % 8
    start_of_values = start + bounds[-1] * 40
    cells = np.frombuffer(data[start:start_of_values], np.int64).reshape(-1, 5).T
    values = [np.empty((4, 0), np.int64)]
    for place, size, begin, *upto in sections:
        counts = np.diff(upto)
        value = np.frombuffer(data, TYPES[size], upto[-1], start_of_values + begin).astype(np.int64)
        days = np.repeat(first + np.arange(_DAYS), counts)
        values.append(np.stack((np.full(len(value), place), days, value, np.ones_like(value))))
    return measures, cells, np.concatenate(values, axis=1)
