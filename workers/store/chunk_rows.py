"""Chunks as rows: which of them a report reads, and how their bytes come and go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, bindparam, select

from integrations.events import CHANNELS
from workers.metrics import DURATIONS
from workers.store import bulk, schema
from workers.store.adding import Wanted
from workers.store.chunks import NO_CHUNK, Chunks, Stored, read_chunks
from workers.store.database import BINARY
from workers.store.folding import ChunkKey

#: Chunks fetched at a time: about a megabyte. Each by itself takes longer to fetch than to open, all at once may be
#: too many to hold.
_FETCHED: Final = 100
_KEY: Final = ("account", "kind", "value", "channel", "span")
_COLUMNS: Final = (*_KEY, *Stored._fields)


def read(
    connection: Connection,
    account: str,
    wanted: Wanted,
    kind: str,
    spans: tuple[int, int],
    *,
    values: Collection[str] | None = None,
    valued: Collection[str] | None = None,
) -> Iterator[tuple[str, str, Stored]]:
    """Value, channel and bytes of the chunks of a kind that begin between these days, narrowed as is wanted.

    `kind` has its mark; of `values` only these are read. Durations are read where one is among the measures whose
    values are asked for: `valued`, or all that are wanted.
    """
    value = "" if not wanted.kind and wanted.channel is None else wanted.value
    narrowed = {"value": value, "values": values, "channel": wanted.channel}
    told: dict[str, Any] = {name: asked for name, asked in narrowed.items() if asked is not None}
    asked = wanted.measures if valued is None else valued
    has_durations = asked is None or not DURATIONS.isdisjoint(asked)
    statement = _chunks_of(frozenset(told), Stored._fields if has_durations else ("counts",))
    told |= {"account": account, "kind": kind, "first": spans[0], "last": spans[1]}
    found = connection.execute(statement, told, execution_options={BINARY: True}).partitions(_FETCHED)
    return ((value, channel, Stored(*stored)) for rows in found for value, channel, *stored in rows)


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
def _chunks_of(narrowed: frozenset[str], stored: Sequence[str]) -> Select[Any]:
    """The statement for these columns of the chunks of a kind and some days, narrowed by what has these names."""
    chunks = schema.chunks.c
    conditions = {
        "value": chunks.value == bindparam("value"),
        "values": chunks.value.in_(bindparam("values", expanding=True)),
        "channel": chunks.channel == bindparam("channel"),
    }
    chosen = [conditions[name] for name in sorted(narrowed)]
    if narrowed in ({"value"}, {"values"}):
        # All there can be, named one by one, so that an index finds the days of each.
        chosen.append(chunks.channel.in_(CHANNELS))
    ours = (chunks.account == bindparam("account"), chunks.kind == bindparam("kind"))
    days = chunks.span.between(bindparam("first"), bindparam("last"))
    return select(chunks.value, chunks.channel, *(chunks[name] for name in stored)).where(*ours, days, *chosen)


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
