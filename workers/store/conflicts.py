"""Transactions that met another one: PostgreSQL ends one of them, and it is simply run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from workers.store.database import Database

T = TypeVar("T")

_TIMES: Final = 5
#: serialization_failure and deadlock_detected, https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_CONFLICTS: Final = frozenset({"40001", "40P01"})


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
