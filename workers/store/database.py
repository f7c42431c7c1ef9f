"""Connections: SQLite in two files or one PostgreSQL, with the same promises of both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import psycopg
from psycopg.pq import Format
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

#: The option of a statement whose rows hold many bytes; SQLite needs none.
BINARY: Final = "binary"
#: The option of a snapshot's connection: what was read in it, by what it is.
_KEPT: Final = "kept"
_BUSY_SECONDS: Final = 10.0
#: Large rows that SQLite is asked for at a time: each by itself takes longer to fetch than to look at.
_FETCHED: Final = 100
#: Pages that a connection to SQLite keeps: of the work many are read again, a call's body is read once.
_WORK_CACHE: Final = 16_000
_DOOR_CACHE: Final = 4_000
#: So that a PostgreSQL host that swallows packets is given up within seconds instead of for ever.
_PATIENCE: Final = {"connect_timeout": 5, "keepalives_idle": 20, "keepalives_interval": 5, "tcp_user_timeout": 20_000}
#: Seconds after its last use for which a connection is taken to live.
_SURELY_ALIVE: Final = 2.0
_USED_AT: Final = "used at"
_CALLS_FILE: Final = "calls.db"
#: So begins a transaction that only reads, on PostgreSQL; SQLite knows no other.
_SNAPSHOT: Final[dict[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Database:
    """The engines of the door and of the work; one and the same on PostgreSQL."""

    door: Engine
    work: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether door and work are two SQLite files."""
        return self.work.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of the work: everything read inside belongs to the same moment, and may be kept for it."""
        engine = self.work if self.is_sqlite else self.work.execution_options(**_SNAPSHOT)
        with engine.connect() as connection:
            yield connection.execution_options(**{_KEPT: {}})

    @contextmanager
    def calls_beside(self, work: Connection) -> Iterator[Connection]:
        """A connection that reads calls beside a snapshot of the work: the same one where both are in one database."""
        if not self.is_sqlite:
            yield work
            return
        with self.door.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction on the work, committed when the block ends well.

        On SQLite it takes the write lock at once: a lock that is upgraded later fails instead of waiting.
        """
        with self.work.execution_options(immediate=True).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every pooled connection, as a process must after it was forked."""
        self.door.dispose()
        self.work.dispose()


def open_database(address: str, *, pooled: bool = True) -> Database:
    """The database at a SQLAlchemy address; nothing is connected yet.

    `sqlite:///path/deskpulse.db` keeps the calls in `calls.db` beside it.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return Database(
            door=_sqlite(_calls_beside(url), cache_kilobytes=_DOOR_CACHE),
            work=_sqlite(url, cache_kilobytes=_WORK_CACHE),
        )
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    engine = create_engine(url, connect_args=dict(_PATIENCE), **options)
    event.listen(engine, "before_cursor_execute", _ask_in_binary)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ask_whether_it_lives, engine))
    return Database(door=engine, work=engine)


def kept(connection: Connection, what: tuple[str, ...], read: Callable[[], _Read]) -> _Read:
    """What several ask for in one snapshot, read once; in a transaction that may write, read whenever it is asked."""
    found: dict[tuple[str, ...], _Read] | None = connection.get_execution_options().get(_KEPT)
    if found is None:
        return read()
    if what not in found:
        found[what] = read()
    return found[what]


def streamed(connection: Connection, statement: str, parameters: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a statement in the driver's words, large ones, some at a time: all at once may be too many to hold.

    PostgreSQL still sends while the first ones are looked at.
    """
    if connection.dialect.name == "sqlite":
        for some in connection.exec_driver_sql(statement, tuple(parameters)).partitions(_FETCHED):
            yield from some
        return
    with _told_as_usual(connection, statement):
        yield from _driver(connection).cursor(binary=True).stream(statement, parameters)


def copied(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows with a COPY of PostgreSQL, which takes many in a fifth of the time of an INSERT."""
    with _told_as_usual(connection, statement), _driver(connection).cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _told_as_usual(connection: Connection, statement: str) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy does, which is passed by."""
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _driver(connection: Connection) -> psycopg.Connection:
    return cast("psycopg.Connection", connection.connection.driver_connection)


def _ask_in_binary(_: Connection, cursor: Any, *rest: Any) -> None:
    """Let bytes come as they are where a statement asks so; as text each would be two hexadecimal digits."""
    context = rest[2]
    if context is not None and context.execution_options.get(BINARY):
        cursor.format = Format.BINARY


def _note_use(_: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _ask_whether_it_lives(engine: Engine, connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """Take no connection out of the pool that died since it was used; one used a moment ago costs no question."""
    if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < _SURELY_ALIVE:
        return
    try:
        engine.dialect.do_ping(connection)
    except psycopg.Error as error:
        raise InvalidatePoolError from error  # the others of the pool are as old: all are opened anew


def _calls_beside(url: URL) -> URL:
    return url.set(database=str(Path(url.database or "deskpulse.db").with_name(_CALLS_FILE)))


def _sqlite(url: URL, *, cache_kilobytes: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    def prepare(connection: Any, _record: object) -> None:
        # The driver's own BEGIN would come before the first write only; ours says IMMEDIATE where it matters.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{cache_kilobytes}")
        cursor.close()

    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
