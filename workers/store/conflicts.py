"""What it means that a database refused: another transaction was first, it cannot work now, or it is what was asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from workers.store.database import Database

T = TypeVar("T")

_TIMES: Final = 5
#: serialization_failure and deadlock_detected, https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_CONFLICTS: Final = frozenset({"40001", "40P01"})
#: Classes of states in which PostgreSQL would refuse anything: of the connection, a conflict, the read-only server that
#: stands by, a lock, resources, an operator, the system (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_AWAY: Final = frozenset({"08", "40", "25", "55", "53", "57", "58"})
#: The same of SQLite (https://www.sqlite.org/rescode.html).
_SQLITE_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    }
)  # fmt: skip


def in_transaction(database: Database, work: Callable[[Connection], T]) -> T:
    """What `work` gives, run in one transaction and run again when that lost against another one.

    The fifth conflict in a row goes through as SQLAlchemy's error.
    """
    for _ in range(_TIMES - 1):
        try:
            with database.write() as connection:
                return work(connection)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
    with database.write() as connection:
        return work(connection)


def is_conflict(error: DBAPIError) -> bool:
    """Whether the database says that the same transaction may succeed when it is run again."""
    return getattr(error.orig, "sqlstate", None) in _CONFLICTS


def is_outage(error: DBAPIError) -> bool:
    """Whether the database would have refused anything else as well: it is away, full, locked, or shutting down."""
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        # The lower byte is the code, the upper ones say more of it.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    state: str | None = getattr(error.orig, "sqlstate", None)
    # psycopg has no state where it could not reach the server.
    return isinstance(error, OperationalError) if state is None else state[:2] in _AWAY
