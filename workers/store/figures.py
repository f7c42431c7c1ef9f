"""The figures' store: signed facts as they come in, and the chunks they are folded into.

A figure = chunks + facts not yet folded, read in one snapshot. One transaction folds facts and deletes them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
from sqlalchemy import Connection, exists, select
from sqlalchemy import delete as sql_delete

from workers.metrics.base import Sums
from workers.metrics.facts import NOTHING
from workers.store import bulk, schema
from workers.store.chunks import (
    DAYS,
    Chunk,
    Delta,
    Part,
    applied,
    changed_values,
    empty,
    read_chunk,
    span_of,
    write_chunk,
)
from workers.store.database import Database

#: Changes folded in one transaction beside live work: about 50 ms.
STEP: Final = 250
#: A key of PostgreSQL's advisory locks: one compactor an account.
_LOCK: Final = 7_302_119
_CHANGES: Final = ("account", "ticket", "version", "old", "new")
_CHUNKS: Final = ("account", "kind", "value", "channel", "span", "data")

#: Which chunk: kind, value, channel, span.
ChunkKey: TypeAlias = tuple[str, str, str, int]
#: A fact flattened, so that equal facts of opposite sign cancel: channel, pairs, then the fact's numbers.
_Flat: TypeAlias = tuple[str, tuple[tuple[str, str], ...], str, int, int | None, int, int, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a ticket counted for before and counts for now, as JSON of facts."""

    ticket: str
    version: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sums are asked for.

    `kind` is '' for all tickets or a slice kind; `value` and `channel` narrow it; `days` are the first and
    last day; what is decided after `as_of` counts as undecided.
    """

    kind: str
    days: tuple[int, int]
    as_of: int
    value: str | None = None
    channel: str | None = None


#: How a row of a report is named from a chunk's value and channel and a day.
RowOf: TypeAlias = Callable[[str, str, int], str]


def append(connection: Connection, account: str, changes: Iterable[Change]) -> None:
    """Put changes beside the figures, in the transaction that stores the events they come from."""
    rows = [(account, change.ticket, change.version, change.old, change.new) for change in changes]
    bulk.insert(connection, schema.changes, _CHANGES, rows)


def compact(database: Database, account: str, *, budget_seconds: float, step: int = STEP) -> int:
    """Fold waiting changes into chunks, in small transactions, until none wait or the time is used up.

    Returns how many were folded. InconsistentFigures leaves them as they are.
    """
    end, folded = time.monotonic() + budget_seconds, 0
    while True:
        with database.write() as connection:
            now = _compact_step(connection, account, step)
        folded += now
        if now < step or time.monotonic() > end:
            return folded


def has_changes(connection: Connection, account: str) -> bool:
    """Whether there is anything to fold."""
    found = exists().where(schema.changes.c.account == account)
    return bool(connection.execute(select(found)).scalar_one())


def clear(connection: Connection, account: str) -> None:
    """Drop every figure of an account and every change that waits."""
    for table in (schema.chunks, schema.changes):
        connection.execute(sql_delete(table).where(table.c.account == account))


def sums(connection: Connection, account: str, wanted: Wanted, row_of: RowOf) -> dict[str, dict[str, Sums]]:
    """Row → measure → sums, of chunks and waiting changes together."""
    adding = _Adding(wanted, row_of)
    for value, channel, data in _chunk_rows(connection, account, wanted):
        adding.add_chunk(value, channel, read_chunk(data))
    adding.add_changes(_net(_change_rows(connection, account)))
    return adding.sums()


def all_chunks(connection: Connection, account: str) -> Iterable[tuple[ChunkKey, Chunk]]:
    """Every chunk of an account, for `verify`."""
    statement = select(schema.chunks).where(schema.chunks.c.account == account)
    for _, kind, value, channel, span, data in connection.execute(statement):
        yield (kind, value, channel, span), read_chunk(data)


def waiting_deltas(connection: Connection, account: str) -> dict[ChunkKey, Delta]:
    """What the waiting changes would do to the chunks, for `verify`."""
    return _deltas(_net(_change_rows(connection, account)))


def deltas_of_facts(counted: Iterable[str]) -> dict[ChunkKey, Delta]:
    """What these tickets' facts put into the chunks, for `verify`."""
    return _deltas(_net((NOTHING, facts) for facts in counted))


def _compact_step(connection: Connection, account: str, step: int) -> int:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, account))
    changes = schema.changes
    # A ticket's changes one after the other: what the second takes out, the first has put in.
    in_order = (changes.c.ticket, changes.c.version)
    statement = select(changes).where(changes.c.account == account).order_by(*in_order).limit(step)
    rows = [tuple(row) for row in connection.execute(statement)]
    deltas = _deltas(_net((old, new) for _, _, _, old, new in rows))
    _write_chunks(connection, account, deltas)
    bulk.delete(connection, changes, ("account", "ticket", "version"), [row[:3] for row in rows])
    return len(rows)


def _write_chunks(connection: Connection, account: str, deltas: Mapping[ChunkKey, Delta]) -> None:
    kept: list[tuple[Any, ...]] = []
    emptied: list[tuple[Any, ...]] = []
    for key, present in _present_chunks(connection, account, sorted(deltas)).items():
        after = applied(present, deltas[key])
        if len(after.cells):
            kept.append((account, *key, write_chunk(after)))
        else:
            emptied.append((account, *key))
    bulk.upsert(connection, schema.chunks, _CHUNKS, kept)
    bulk.delete(connection, schema.chunks, _CHUNKS[:5], emptied)


def _present_chunks(connection: Connection, account: str, keys: Sequence[ChunkKey]) -> dict[ChunkKey, Chunk]:
    found = {key: empty(key[3]) for key in keys}
    if not keys:
        return found
    if connection.dialect.name == "sqlite":
        asked = "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)"
        parameters: tuple[Any, ...] = (account, orjson.dumps(keys).decode())
    else:
        asked = "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])"
        parameters = (account, *(list(column) for column in zip(*keys, strict=True)))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = (
        f"SELECT kind, value, channel, span, data FROM chunks WHERE account = {mark} "
        f"AND (kind, value, channel, span) IN ({asked})"
    )
    for kind, value, channel, span, data in connection.exec_driver_sql(statement, parameters):
        found[kind, value, channel, span] = read_chunk(bytes(data))
    return found


def _chunk_rows(connection: Connection, account: str, wanted: Wanted) -> Iterable[tuple[str, str, bytes]]:
    chunks, (first, last) = schema.chunks.c, wanted.days
    statement = select(chunks.value, chunks.channel, chunks.data).where(
        chunks.account == account, chunks.kind == wanted.kind, chunks.span.between(first - DAYS + 1, last)
    )
    if wanted.value is not None:
        statement = statement.where(chunks.value == wanted.value)
    if wanted.channel is not None:
        statement = statement.where(chunks.channel == wanted.channel)
    return connection.execute(statement)


def _change_rows(connection: Connection, account: str) -> Iterable[tuple[str, str]]:
    changes = schema.changes.c
    return connection.execute(select(changes.old, changes.new).where(changes.account == account))


def _net(changes: Iterable[Sequence[str]]) -> dict[_Flat, int]:
    """How often each fact is put in (positive) or taken out (negative), after what cancels is gone."""
    count: Counter[_Flat] = Counter()
    for old, new in changes:
        for text, sign in ((old, -1), (new, 1)):
            for channel, pairs, facts in orjson.loads(text):
                key = tuple(map(tuple, pairs))
                for fact in facts:
                    count[channel, key, *fact] += sign
    return {fact: times for fact, times in count.items() if times}


def _deltas(facts: Mapping[_Flat, int]) -> dict[ChunkKey, Delta]:
    deltas: dict[ChunkKey, Delta] = {}
    for (channel, pairs, measure, day, decided, n, total, value), times in facts.items():
        span, sign = span_of(day), 1 if times > 0 else -1
        for kind, name in (("", ""), *pairs):
            key = (kind, name, channel, span)
            delta = deltas.get(key)
            if delta is None:
                delta = deltas[key] = Delta()
            for _ in range(abs(times)):
                delta.add(measure, day, decided, sign * n, sign * total, value)
    return deltas


@dataclass(slots=True)
class _Part:
    """Sums of one measure of one row on their way: chunks' values, and the changes' beside them."""

    sums: Sums = field(default_factory=Sums)
    waiting: Counter[int] = field(default_factory=Counter)

    def add(self, part: Part) -> None:
        self.sums.n += part.n
        self.sums.total += part.total
        self.sums.undecided += part.undecided
        if len(part.values):
            self.sums.values.append(part.values)

    def finished(self) -> Sums:
        if self.waiting:
            self.sums.values = [changed_values(np.sort(self.sums.all_values()), self.waiting)]
        return self.sums


@dataclass(slots=True)
class _Adding:
    """Adds up chunks and changes for the rows of one report."""

    wanted: Wanted
    row_of: RowOf
    rows: dict[str, dict[str, _Part]] = field(default_factory=dict)

    def add_chunk(self, value: str, channel: str, chunk: Chunk) -> None:
        first, last = self.wanted.days
        for row, begin, end in self._rows(value, channel, [day for day in chunk.days() if first <= day <= last]):
            for part in chunk.parts(begin, end, as_of=self.wanted.as_of):
                self._part(row, part.measure).add(part)

    def add_changes(self, facts: Mapping[_Flat, int]) -> None:
        for (channel, pairs, measure, day, decided, n, total, value), times in facts.items():
            if not self.wanted.days[0] <= day <= self.wanted.days[1]:
                continue
            if self.wanted.channel not in (None, channel):
                continue
            for name in self._values(pairs):
                part = self._part(self.row_of(name, channel, day), measure)
                if decided is not None and decided > self.wanted.as_of:
                    part.sums.undecided += n * times
                    continue
                part.sums.n += n * times
                part.sums.total += total * times
                if value is not None:
                    part.waiting[value] += times

    def sums(self) -> dict[str, dict[str, Sums]]:
        return {row: {measure: part.finished() for measure, part in parts.items()} for row, parts in self.rows.items()}

    def _values(self, pairs: tuple[tuple[str, str], ...]) -> list[str]:
        if not self.wanted.kind:
            return [""]
        return [name for kind, name in pairs if kind == self.wanted.kind and self.wanted.value in (None, name)]

    def _rows(self, value: str, channel: str, days: list[int]) -> Iterable[tuple[str, int, int]]:
        """Row, first and last day: one for all the days when they are in the same row, else one a day."""
        named = [(self.row_of(value, channel, day), day) for day in days]
        if len({row for row, _ in named}) == 1:
            return [(named[0][0], days[0], days[-1])]
        return [(row, day, day) for row, day in named]

    def _part(self, row: str, measure: str) -> _Part:
        return self.rows.setdefault(row, {}).setdefault(measure, _Part())
