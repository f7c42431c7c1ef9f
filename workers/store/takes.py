"""Which calls wait, who is taking them in, and what became of them.

A claim is one committed UPDATE with a token and a lease; whoever finishes must still hold the token, so that
a worker that was paused past its lease cannot commit over its successor.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, true, update

from integrations.times import SECOND, Instant
from workers.store import schema
from workers.store.database import Database

LEASE: Final = 20 * SECOND
#: A call that was tried this often is taken alone, so that it cannot spoil a batch again.
ALONE_AFTER: Final = 2
#: A call that was tried this often is set aside.
MOST_ATTEMPTS: Final = 5
#: In these words the index of the suspects is asked for.
_SUSPECT: Final = f"attempts >= {ALONE_AFTER}"

DONE: Final = "done"
UNREADABLE: Final = "unreadable"
SET_ASIDE: Final = "set_aside"


@dataclass(frozen=True, slots=True)
class Claim:
    """Calls that are ours until the lease ends, oldest first."""

    token: str
    calls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of one call."""

    call: int
    outcome: str
    error: str | None = None


def copy_new(database: Database) -> None:
    """Make a take of every call that has none; on PostgreSQL the door did it in its own transaction.

    Idempotent: the highest number that was copied is where the next copy starts.
    """
    if not database.is_sqlite:
        return
    with database.work.connect() as connection:
        known = highest(connection)
    statement = "SELECT account, id FROM calls WHERE id > ? ORDER BY id LIMIT 20000"
    with database.door.connect() as connection:
        new = [tuple(row) for row in connection.exec_driver_sql(statement, (known,)).all()]
    if new:
        insert = 'INSERT INTO takes (account, "call", lease_until, attempts) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING'
        with database.write() as connection:
            connection.exec_driver_sql(insert, new)


def claim(connection: Connection, *, now: Instant, limit: int) -> Claim:
    """Claim the oldest waiting calls that were not tried often; commit before touching them."""
    return _claim(connection, "takes", f"attempts < {ALONE_AFTER}", now=now, limit=limit)


def claim_suspect(connection: Connection, *, now: Instant) -> Claim:
    """Claim one call that was tried before without an end, alone."""
    return _claim(connection, _suspects(connection), _SUSPECT, now=now, limit=1)


def has_suspect(connection: Connection, *, now: Instant) -> bool:
    """Whether `claim_suspect` would find one."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    where = f"finished_at IS NULL AND {_SUSPECT} AND lease_until <= {mark}"
    statement = f"SELECT EXISTS (SELECT 1 FROM {_suspects(connection)} WHERE {where})"
    return bool(connection.exec_driver_sql(statement, (now,)).scalar_one())


def _suspects(connection: Connection) -> str:
    # SQLite would take the index of all that wait, which gives the same order, and walk through it.
    return "takes INDEXED BY takes_suspect" if connection.dialect.name == "sqlite" else "takes"


def _claim(connection: Connection, table: str, condition: str, *, now: Instant, limit: int) -> Claim:
    token = secrets.token_hex(8)
    sqlite = connection.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    waiting = (
        f'SELECT account, "call" FROM {table} WHERE finished_at IS NULL AND lease_until <= {mark} '
        f'AND {condition} ORDER BY "call" LIMIT {mark}'
    )
    lock = "" if sqlite else " FOR UPDATE SKIP LOCKED"
    # A plain subquery may be run again for every row of takes, and then each time finds others: more than the limit.
    statement = (
        f"WITH waiting AS MATERIALIZED ({waiting}{lock}) "
        f"UPDATE takes SET token = {mark}, lease_until = {mark}, attempts = attempts + 1 "
        'WHERE (account, "call") IN (SELECT account, "call" FROM waiting) RETURNING "call"'
    )
    rows = connection.exec_driver_sql(statement, (now, limit, token, now + LEASE)).all()
    return Claim(token, tuple(sorted(row[0] for row in rows)))


def still_ours(connection: Connection, claimed: Claim) -> frozenset[int]:
    """The calls whose lease nobody else has taken; asked inside the transaction that finishes them."""
    sqlite = connection.dialect.name == "sqlite"
    mark, lock = ("?", "") if sqlite else ("%s", " FOR UPDATE")
    where, which = _numbered(claimed.calls, sqlite=sqlite)
    statement = f'SELECT "call" FROM takes WHERE {where} AND token = {mark} AND finished_at IS NULL{lock}'
    return frozenset(row[0] for row in connection.exec_driver_sql(statement, (*which, claimed.token)).all())


def give_back(connection: Connection, claimed: Claim) -> None:
    """Let a claim count as no try; its lease stays, so that it is not taken again at once."""
    sqlite = connection.dialect.name == "sqlite"
    where, which = _numbered(claimed.calls, sqlite=sqlite)
    mark = "?" if sqlite else "%s"
    statement = f"UPDATE takes SET attempts = attempts - 1 WHERE {where} AND token = {mark} AND finished_at IS NULL"
    connection.exec_driver_sql(statement, (*which, claimed.token))


def finish(connection: Connection, finished: Sequence[Finish], *, now: Instant) -> None:
    """Mark calls that are `still_ours` as finished, in the transaction that holds their effect."""
    for outcome, error, calls in _grouped(finished):
        _update(connection, "finished_at = {0}, outcome = {0}, error = {0}, token = NULL", (now, outcome, error), calls)


def release(connection: Connection, failed: Sequence[Finish], *, now: Instant) -> None:
    """Let go of calls whose taking failed: the next attempt may begin at once; the error is kept to be shown."""
    for _, error, calls in _grouped(failed):
        _update(connection, "lease_until = {0}, error = {0}, token = NULL", (now, error), calls)


def attempts_of(connection: Connection, call: int) -> int:
    """How often a call was claimed."""
    statement = select(schema.takes.c.attempts).where(schema.takes.c.call == call)
    attempts: int = connection.execute(statement).scalar_one()
    return attempts


def replay(connection: Connection, account: str, calls: Collection[int]) -> int:
    """Let calls be taken in again as if they were new; the number of them."""
    return _update(
        connection,
        "finished_at = {0}, outcome = {0}, lease_until = {0}, attempts = {0}",
        (None, None, 0, 0),
        tuple(calls),
        account=account,
    )


def waiting(connection: Connection) -> int:
    """How many calls are not finished."""
    statement = select(func.count()).select_from(schema.takes).where(schema.takes.c.finished_at.is_(None))
    return connection.execute(statement).scalar_one()


def highest(connection: Connection) -> int:
    """The highest call that has a take; on SQLite there may be higher ones that were not copied yet."""
    found: int = connection.execute(select(func.coalesce(func.max(schema.takes.c.call), 0))).scalar_one()
    return found


def first_waiting(connection: Connection, account: str) -> int:
    """The first call of the account that waits, or may wait because it was not copied yet: none below it does."""
    rows = schema.takes.c
    first = select(func.min(rows.call)).where(rows.account == account, rows.finished_at.is_(None))
    found: int | None = connection.execute(first).scalar_one()
    return highest(connection) + 1 if found is None else found


def remove(connection: Connection, account: str, *, through: int | None = None) -> None:
    """Delete an account's takes, all or up to the call of that number.

    On SQLite the highest of all stays as nobody's, because copying goes on after it.
    """
    rows = schema.takes.c
    up_to = true() if through is None else rows.call <= through
    _drop(connection, and_(rows.account == account, up_to))


def discard(connection: Connection, calls: Collection[int]) -> None:
    """Delete the takes of these calls, as `remove` does."""
    if calls:
        _drop(connection, schema.takes.c.call.in_(list(calls)))


def _drop(connection: Connection, which: ColumnElement[bool]) -> None:
    rows = schema.takes.c
    if connection.dialect.name == "sqlite":
        highest = select(func.max(rows.call)).scalar_subquery()
        nobodys = {"account": schema.NOBODY, "token": None, "finished_at": 0, "outcome": DONE, "error": None}
        connection.execute(update(schema.takes).where(which, rows.call == highest).values(nobodys))
        connection.execute(delete(schema.takes).where(rows.account == schema.NOBODY, rows.call < highest))
    connection.execute(delete(schema.takes).where(which, rows.account != schema.NOBODY))


def _grouped(finished: Sequence[Finish]) -> list[tuple[str, str | None, tuple[int, ...]]]:
    groups: dict[tuple[str, str | None], list[int]] = {}
    for one in finished:
        groups.setdefault((one.outcome, one.error), []).append(one.call)
    return [(outcome, error, tuple(calls)) for (outcome, error), calls in groups.items()]


def _update(
    connection: Connection, changes: str, values: tuple[Any, ...], calls: tuple[int, ...], *, account: str | None = None
) -> int:
    sqlite = connection.dialect.name == "sqlite"
    mark = "?" if sqlite else "%s"
    where, which = _numbered(calls, sqlite=sqlite)
    if account is not None:
        where, which = f"account = {mark} AND {where}", (account, *which)
    statement = f"UPDATE takes SET {changes.format(mark)} WHERE {where}"
    return connection.exec_driver_sql(statement, (*values, *which)).rowcount


def _numbered(calls: tuple[int, ...], *, sqlite: bool) -> tuple[str, tuple[Any, ...]]:
    """The condition that it is one of these calls, and its parameters."""
    if sqlite:
        return f'"call" IN ({", ".join("?" * len(calls))})', calls
    return '"call" = ANY(%s)', (list(calls),)
