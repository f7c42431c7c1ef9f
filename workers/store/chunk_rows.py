"""Chunks as rows: which of them a report reads, and how their bytes come and go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from integrations.events import CHANNELS
from workers.metrics import DURATIONS
from workers.store import bulk, schema
from workers.store.adding import Wanted
from workers.store.chunks import NO_CHUNK, Chunks, Stored, read_chunks
from workers.store.database import BINARY, streamed
from workers.store.folding import ChunkKey

_LISTED: Final = {"sqlite": "{} IN (SELECT json_each.value FROM json_each(?))", "postgresql": "{} = ANY(?)"}
_KEY: Final = ("account", "kind", "value", "channel", "span")
_COLUMNS: Final = (*_KEY, *Stored._fields)


def read(
    connection: Connection,
    account: str,
    wanted: Wanted,
    kinds: Sequence[str],
    spans: tuple[int, int],
    *,
    values: Collection[str] | None = None,
    valued: Collection[str] | None = None,
) -> Iterator[tuple[str, str, Stored]]:
    """Value, channel and bytes of the chunks of some kinds that begin between these days, narrowed as is wanted.

    `kinds` have their marks; of `values` only these are read. Durations are read where one is among the measures whose
    values are asked for: `valued`, or all that are wanted.
    """
    value = "" if not wanted.kind and wanted.channel is None else wanted.value
    listed: dict[str, Sequence[str]] = {"kind": kinds}
    if value is not None:
        values = (value,)
    if values is not None:
        # With all the channels there can be, named one by one, an index finds the days of each.
        listed |= {"value": [*values], "channel": CHANNELS}
    if wanted.channel is not None:
        listed["channel"] = [wanted.channel]
    asked = wanted.measures if valued is None else valued
    has_durations = asked is None or not DURATIONS.isdisjoint(asked)
    dialect = connection.dialect.name
    statement = _statement(dialect, tuple(listed), Stored._fields if has_durations else ("counts",))
    told = [orjson.dumps(each).decode() if dialect == "sqlite" else list(each) for each in listed.values()]
    rows = streamed(connection, statement, (account, *spans, *told))
    return ((value, channel, Stored(*stored)) for value, channel, *stored in rows)


def all_chunks(connection: Connection, account: str) -> Iterator[tuple[ChunkKey, Chunks]]:
    """Every chunk of an account, for `verify`."""
    statement = select(schema.chunks).where(schema.chunks.c.account == account)
    for _, *key, counts, durations in connection.execute(statement):
        yield (*key,), read_chunks([Stored(counts, durations)])


def sizes_of(connection: Connection, account: str, keys: Sequence[ChunkKey]) -> dict[ChunkKey, int]:
    """The bytes of each of these chunks that is there."""
    sizes = _of_each(connection, account, keys, "length(counts) + length(durations)")
    return {key: size for key, (size,) in sizes.items()}


def stored(connection: Connection, account: str, keys: Sequence[ChunkKey]) -> dict[ChunkKey, Stored]:
    """Those of these chunks that are there."""
    return {key: Stored(*told) for key, told in _of_each(connection, account, keys, "counts, durations").items()}


def write(connection: Connection, account: str, chunks: Mapping[ChunkKey, Stored]) -> None:
    """Put these in the place of what was there; `NO_CHUNK` is deleted."""
    kept = [(account, *key, *stored) for key, stored in chunks.items() if stored != NO_CHUNK]
    emptied = [(account, *key) for key, stored in chunks.items() if stored == NO_CHUNK]
    bulk.upsert(connection, schema.chunks, _COLUMNS, kept)
    bulk.delete(connection, schema.chunks, _KEY, emptied)


@cache
def _statement(dialect: str, listed: Sequence[str], stored: Sequence[str]) -> str:
    """The statement for these columns of the chunks of some days, where the listed columns have a listed value."""
    conditions = ["account = ?", "span BETWEEN ? AND ?"]
    conditions += [_LISTED[dialect].format(name) for name in listed]
    statement = f"SELECT value, channel, {', '.join(stored)} FROM chunks WHERE {' AND '.join(conditions)}"
    return statement if dialect == "sqlite" else statement.replace("?", "%s")


def _of_each(
    connection: Connection, account: str, keys: Sequence[ChunkKey], what: str
) -> dict[ChunkKey, tuple[Any, ...]]:
    if not keys:
        return {}
    if connection.dialect.name == "sqlite":
        asked = "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)"
        parameters: tuple[Any, ...] = (account, orjson.dumps(keys).decode())
    else:
        asked = "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])"
        parameters = (account, *(list(column) for column in zip(*keys, strict=True)))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = (
        f"SELECT kind, value, channel, span, {what} FROM chunks WHERE account = {mark} "
        f"AND (kind, value, channel, span) IN ({asked})"
    )
    rows = connection.exec_driver_sql(statement, parameters, execution_options={BINARY: True})
    return {(kind, value, channel, span): (*told,) for kind, value, channel, span, *told in rows}
