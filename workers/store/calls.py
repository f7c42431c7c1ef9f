"""The inbox: calls are appended by the door, read in bulk by the workers, and emptied when their time is over."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

import orjson
import psycopg
from sqlalchemy import Connection, Engine, delete, func, null, select, update

from integrations.base import Call
from integrations.times import Instant
from workers.store import schema

#: How long one batch may wait for a lock before the calls in it are refused, in milliseconds.
_LOCK_MS: Final = 2000
_LONGEST_DELIVERY: Final = 200
_COLUMNS: Final = "account, desk, delivery, received_at, headers, query, body"


@dataclass(frozen=True, slots=True)
class NewCall:
    """A proved call, ready to be kept; `headers` and `query` are JSON without what proves or identifies."""

    account: str
    desk: str
    delivery: str | None
    received_at: Instant
    headers: str
    query: str
    body: bytes

    @property
    def key(self) -> tuple[str, str] | None:
        """What makes this delivery the same as an earlier one; None when the desk does not say."""
        return (self.account, self.delivery) if self.delivery else None


@dataclass(frozen=True, slots=True)
class Kept:
    """The number under which a call is kept; `seen` when an earlier delivery of it has that number."""

    id: int
    seen: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of calls shows of one; `size` in bytes, None when the body was dropped."""

    id: int
    account: str
    desk: str
    received_at: Instant
    size: int | None


class Writer(Protocol):
    """One connection that appends batches of calls, each batch committed when `write` returns."""

    @property
    def broken(self) -> bool:
        """Whether the connection itself is gone, so that a new one may do better."""

    def write(self, calls: Sequence[NewCall]) -> list[Kept]:
        """Commit these calls together and return their numbers in the same order."""

    def close(self) -> None:
        """Close the connection; what is not committed is undone."""


def delivery_key(delivery: str | None) -> str | None:
    """A desk's delivery id as it is kept: a hash where it is long or holds what a database would not take."""
    if not delivery:
        return None
    if len(delivery) <= _LONGEST_DELIVERY and delivery.isprintable():
        return delivery
    return "sha256:" + hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()


def open_writer(door: Engine) -> Writer:
    """A writer with a connection of its own, outside the pool."""
    pooled = door.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    return _SQLiteWriter(connection) if door.dialect.name == "sqlite" else _PostgresWriter(connection)


class _SQLiteWriter:
    """One statement a batch, which is its own transaction and holds the write lock from its start.

    The calls are numbered from the highest number this writer knows, and inserted only if it still is the highest.
    One statement because between two of them this thread would queue for the interpreter with all the others.
    """

    broken: Final = False

    def __init__(self, connection: sqlite3.Connection | Any) -> None:
        self._connection = connection
        self._highest = 0
        connection.execute(f"PRAGMA busy_timeout = {_LOCK_MS}")

    def write(self, calls: Sequence[NewCall]) -> list[Kept]:
        first = _first_of_each(calls)
        inserted = self._insert(first)
        while not inserted and self._somebody_wrote():
            inserted = self._insert(first)
        numbers = range(self._highest + 1, self._highest + 1 + len(first))
        if len(first) == inserted == len(calls):
            self._highest += inserted
            return [Kept(number, seen=False) for number in numbers]
        return self._with_earlier(calls, dict(zip(map(id, first), numbers, strict=True)))

    def _insert(self, calls: Sequence[NewCall]) -> int:
        parameters: list[Any] = []
        for place, call in enumerate(calls, 1):
            parameters += (place, *_values(call))
        parameters.append(self._highest)
        inserted: int = self._connection.execute(_sqlite_insert(len(calls)), parameters).rowcount
        return inserted

    def _somebody_wrote(self) -> bool:
        """Whether the highest number is another than we knew; we know it then."""
        known = self._highest
        (self._highest,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM calls").fetchone()
        return self._highest != known

    def _with_earlier(self, calls: Sequence[NewCall], given: dict[int, int]) -> list[Kept]:
        """The numbers when some deliveries were there before: such a one has another number than it was given."""
        there = self._there([call.key for call in calls if call.key])
        self._somebody_wrote()
        return [_kept(call, given.get(id(call)), there) for call in calls]

    def _there(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        marks = ", ".join(["(?, ?)"] * len(keys))
        statement = f"SELECT account, delivery, id FROM calls WHERE (account, delivery) IN (VALUES {marks})"
        rows = self._connection.execute(statement, [part for key in keys for part in key])
        return {(account, delivery): number for account, delivery, number in rows}

    def close(self) -> None:
        self._connection.close()


@cache
def _sqlite_insert(rows: int) -> str:
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * rows)
    given = ", ".join(f"given.column{number}" for number in range(2, 9))
    return f"""
        INSERT INTO calls (id, {_COLUMNS})
        SELECT highest.id + given.column1, {given}
        FROM (SELECT coalesce(max(id), 0) AS id FROM calls) AS highest, (VALUES {marks}) AS given
        WHERE highest.id = ?
        ON CONFLICT (account, delivery) DO NOTHING
    """


class _PostgresWriter:
    """One statement a batch, committed by itself: the calls and the takes that the workers claim."""

    _INSERT: Final = f"""
        WITH given AS MATERIALIZED (
            SELECT nextval(pg_get_serial_sequence('calls', 'id')) AS id, {_COLUMNS}, place
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %b::bytea[])
                WITH ORDINALITY AS given ({_COLUMNS}, place)
        ), kept AS (
            INSERT INTO calls (id, {_COLUMNS}) SELECT id, {_COLUMNS} FROM given
            ON CONFLICT (account, delivery) DO NOTHING RETURNING account, id
        ), taken AS (
            INSERT INTO takes (account, call, lease_until, attempts) SELECT account, id, 0, 0 FROM kept
        )
        SELECT given.place - 1, given.id FROM given JOIN kept USING (account, id)
    """
    _FIND: Final = """
        SELECT account, delivery, id FROM calls
        WHERE (account, delivery) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
    """

    def __init__(self, connection: psycopg.Connection[Any] | Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET statement_timeout = {_LOCK_MS}")
        self._connection = connection

    @property
    def broken(self) -> bool:
        return bool(self._connection.broken)

    def write(self, calls: Sequence[NewCall]) -> list[Kept]:
        first = _first_of_each(calls)
        columns = [list(column) for column in zip(*map(_values, first), strict=True)]
        found = dict(self._connection.execute(self._INSERT, columns, prepare=True).fetchall())
        if len(found) == len(calls):
            return [Kept(found[place], seen=False) for place in range(len(calls))]
        new = {id(call): found[place] for place, call in enumerate(first) if place in found}
        there = self._earlier([call.key for call in calls if call.key and id(call) not in new])
        return [_kept(call, new.get(id(call)), there) for call in calls]

    def _earlier(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        accounts, deliveries = [key[0] for key in keys], [key[1] for key in keys]
        rows = self._connection.execute(self._FIND, (accounts, deliveries)).fetchall()
        return {(account, delivery): number for account, delivery, number in rows}

    def close(self) -> None:
        self._connection.close()


def _values(call: NewCall) -> tuple[Any, ...]:
    return (call.account, call.desk, call.delivery, call.received_at, call.headers, call.query, call.body)


def _kept(call: NewCall, given: int | None, there: dict[tuple[str, str], int]) -> Kept:
    """What became of a call that was given a number, or none, when these deliveries are there now."""
    number = there.get(call.key, given) if call.key else given
    if number is None:
        raise RuntimeError("a call was neither inserted nor found")  # nobody deletes between two statements
    return Kept(number, seen=number != given)


def _first_of_each(calls: Sequence[NewCall]) -> list[NewCall]:
    """The calls without those whose delivery stands further up in the same batch."""
    met: set[tuple[str, str]] = set()
    first = []
    for call in calls:
        key = call.key
        if key is None:
            first.append(call)
        elif key not in met:
            met.add(key)
            first.append(call)
    return first


def read_calls(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, str, Call]]:
    """Call number → account, desk and the call, for those that exist and still have their body.

    `connection` is one of `Database.door`. What proved the call is not in it any more.
    """
    rows = connection.exec_driver_sql(*_by_ids(connection, f"id, {_COLUMNS}", ids, "body IS NOT NULL")).all()
    return {
        number: (account, desk, Call(bytes(body), _mapping(headers), _mapping(query), received_at))
        for number, account, desk, _, received_at, headers, query, body in rows
    }


def sizes(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Call number → bytes of its body, 0 for one that was dropped."""
    rows = connection.exec_driver_sql(*_by_ids(connection, "id, coalesce(length(body), 0)", ids, "1 = 1"))
    return {row[0]: row[1] for row in rows}


def describe(connection: Connection, ids: Collection[int]) -> list[Listed]:
    """What a list shows of these calls, newest first."""
    columns = "id, account, desk, received_at, length(body)"
    rows = connection.exec_driver_sql(*_by_ids(connection, columns, ids, "1 = 1"))
    return sorted((Listed(*row) for row in rows), key=lambda listed: -listed.id)


def listing(connection: Connection, account: str, *, before: int | None = None, limit: int = 100) -> list[Listed]:
    """The newest calls of an account, or those just before the call of that number."""
    calls = schema.calls.c
    statement = select(calls.id, calls.account, calls.desk, calls.received_at, func.length(calls.body))
    statement = statement.where(calls.account == account).order_by(calls.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(calls.id < before)
    return [Listed(*row) for row in connection.execute(statement)]


def in_steps(door: Engine, step: Callable[[Connection], int], *, nap: Callable[[float], None]) -> Iterator[int]:
    """How many calls each step changed, committed by itself, until one finds none; the last is 0.

    On SQLite the door waits during a step, and gets in only by asking again and again: between two steps it has as
    much time as one took.
    """
    changed = 1
    while changed:
        began = time.monotonic()
        with door.execution_options(immediate=True).begin() as connection:
            changed = step(connection)
        yield changed
        if changed and door.dialect.name == "sqlite":
            nap(time.monotonic() - began)


def drop_bodies(connection: Connection, account: str, before: Instant, *, below: int, limit: int = 500) -> int:
    """Empty the account's oldest calls received before then; how many, so 0 when all of them are empty.

    Only those with a number below that of `takes.first_waiting`: what waits was not read by anybody. For `in_steps`.
    """
    calls = schema.calls.c
    due = (calls.account == account, calls.id < below, calls.received_at < before, calls.body.is_not(None))
    ids = connection.execute(select(calls.id).where(*due).order_by(calls.id).limit(limit)).scalars().all()
    return drop_bodies_of(connection, ids)


def drop_bodies_of(connection: Connection, ids: Collection[int]) -> int:
    """Empty these calls: body, headers and query; how many there were."""
    calls = schema.calls.c
    emptied = {"headers": null(), "query": null(), "body": null()}
    return connection.execute(update(schema.calls).where(calls.id.in_(list(ids))).values(emptied)).rowcount


def remove(connection: Connection, account: str, *, through: int, limit: int = 500) -> int:
    """Delete an account's first calls up to the one of that number; how many, so 0 when none is left.

    For `in_steps`.
    """
    calls = schema.calls.c
    mine = (calls.account == account, calls.id <= through)
    ids = connection.execute(select(calls.id).where(*mine).order_by(calls.id).limit(limit)).scalars().all()
    return discard(connection, ids)


def discard(connection: Connection, ids: Collection[int]) -> int:
    """Delete these calls; how many numbers those are.

    On SQLite the call with the highest number of all stays, as nobody's empty row: numbers are made from the highest
    one, and a number used twice would hide the second call from the workers.
    """
    calls = schema.calls.c
    chosen = calls.id.in_(list(ids))
    if connection.dialect.name == "sqlite":
        highest = select(func.max(calls.id)).scalar_subquery()
        nobodys = {"account": schema.NOBODY, "delivery": null(), "headers": null(), "query": null(), "body": null()}
        connection.execute(update(schema.calls).where(chosen, calls.id == highest).values(nobodys))
        connection.execute(delete(schema.calls).where(calls.account == schema.NOBODY, calls.id < highest))
    connection.execute(delete(schema.calls).where(chosen, calls.account != schema.NOBODY))
    return len(ids)


def owners(connection: Connection) -> Iterator[str]:
    """The name of every account that has a call, sorted; each is found by one look into the index."""
    calls, found = schema.calls.c, schema.NOBODY
    while found is not None:
        found = connection.execute(select(func.min(calls.account)).where(calls.account > found)).scalar_one()
        if found is not None:
            yield found


def highest_of(connection: Connection, account: str) -> int:
    """The highest number of an account's calls, 0 when it has none."""
    calls = schema.calls.c
    highest = select(func.coalesce(func.max(calls.id), 0)).where(calls.account == account)
    found: int = connection.execute(highest).scalar_one()
    return found


def _by_ids(connection: Connection, columns: str, ids: Collection[int], also: str) -> tuple[str, tuple[Any, ...]]:
    if connection.dialect.name == "sqlite":
        # One parameter whatever the number of ids: the statement stays prepared.
        numbers = orjson.dumps(list(ids)).decode()
        return f"SELECT {columns} FROM calls WHERE id IN (SELECT value FROM json_each(?)) AND {also}", (numbers,)
    return f"SELECT {columns} FROM calls WHERE id = ANY(%s) AND {also}", (list(ids),)


def _mapping(text: str | None) -> dict[str, str]:
    return orjson.loads(text) if text else {}
