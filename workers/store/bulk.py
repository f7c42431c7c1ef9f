"""Many rows in one statement, in the way each database is fastest: `executemany` or `unnest`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import orjson
from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, Table, Text

from workers.store.database import copied

#: The values of a row in the order of its columns.
Row: TypeAlias = tuple[Any, ...]

_ARRAYS: Final = {
    BigInteger: "bigint[]",
    Boolean: "boolean[]",
    Float: "float8[]",
    Integer: "integer[]",
    LargeBinary: "bytea[]",
    Text: "text[]",
}


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Insert the rows; one whose primary key is there already is left as it is. How many were inserted."""
    return _write(connection, table, tuple(columns), rows, "DO NOTHING")


def insert_new(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> set[str]:
    """As `insert`, of rows of one account; the tickets of those that were inserted."""
    if not rows:
        return set()
    place = list(columns).index("ticket")
    if connection.dialect.name == "sqlite":
        tickets = {row[place] for row in rows}
        new = tickets - {ticket for (ticket,) in rows_of(connection, table, "ticket", rows[0][0], tickets)}
        insert(connection, table, columns, [row for row in rows if row[place] in new])
        return new
    statement = _statement("postgresql", table, tuple(columns), "DO NOTHING") + " RETURNING ticket"
    return set(connection.exec_driver_sql(statement, _arrays_of(rows)).scalars())


def add(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert many rows whose primary keys are not there: nobody else can insert them."""
    if connection.dialect.name == "sqlite":
        _write(connection, table, tuple(columns), rows, "")
    else:
        copied(connection, f"COPY {table.name} ({', '.join(columns)}) FROM STDIN", rows)


def upsert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    changing: Sequence[str] | None = None,
) -> None:
    """Insert the rows; one whose primary key is there already gets the new values of `changing`, else of all."""
    keys = {column.name for column in table.primary_key}
    changed = changing or [name for name in columns if name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    _write(connection, table, tuple(columns), rows, f"DO UPDATE SET {changes}")


def delete(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Delete the rows whose columns have these values."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        where = " AND ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {where}", [tuple(row) for row in rows])
        return
    arrays = ", ".join(f"%b::{_array(table, name)}" for name in columns)
    names = ", ".join(columns)
    statement = f"DELETE FROM {table.name} WHERE ({names}) IN (SELECT * FROM unnest({arrays}))"
    connection.exec_driver_sql(statement, _arrays_of(rows))


def rows_of(
    connection: Connection,
    table: Table,
    columns: str,
    account: str,
    keys: Collection[str],
    *,
    key: str = "ticket",
    lock: bool = False,
) -> Iterable[tuple[Any, ...]]:
    """The named columns of every row with these keys, in their order; `lock` keeps the rows for this transaction."""
    select = f"SELECT {columns} FROM {table.name} WHERE account"
    if connection.dialect.name == "sqlite":
        # As one value: SQLite takes only so many.
        statement = f"{select} = ? AND {key} IN (SELECT value FROM json_each(?)) ORDER BY {key}"
        return connection.exec_driver_sql(statement, (account, orjson.dumps(sorted(keys)).decode())).all()
    statement = f"{select} = %s AND {key} = ANY(%s) ORDER BY {key}" + " FOR UPDATE" * lock
    return connection.exec_driver_sql(statement, (account, sorted(keys))).all()


def _write(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], conflict: str
) -> int:
    if not rows:
        return 0
    statement = _statement(connection.dialect.name, table, columns, conflict)
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(statement, [tuple(row) for row in rows]).rowcount
    return connection.exec_driver_sql(statement, _arrays_of(rows)).rowcount


def _arrays_of(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


@cache
def _statement(dialect: str, table: Table, columns: tuple[str, ...], conflict: str) -> str:
    names = ", ".join(columns)
    keys = ", ".join(column.name for column in table.primary_key)
    # An index besides the key may refuse a row too; "nothing" covers that, an update must name its key.
    target = "" if conflict == "DO NOTHING" else f" ({keys})"
    otherwise = f" ON CONFLICT{target} {conflict}" if conflict else ""
    if dialect == "sqlite":
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {table.name} ({names}) VALUES ({marks}){otherwise}"
    arrays = ", ".join(f"%b::{_array(table, name)}" for name in columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}){otherwise}"


def _array(table: Table, column: str) -> str:
    return _ARRAYS[type(table.c[column].type)]
