"""Customers as rows: the list of their tickets, each with its fact exactly as it was counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select, update

from workers.store import bulk, schema

_COLUMNS: Final = ("account", "customer", "counted", "version", "rules")

#: The list of a customer without tickets.
NO_TICKETS: Final = "{}"


class CustomerRow(NamedTuple):
    """A customer, known by their hash, as stored; `counted` as of `workers.customers`."""

    customer: str
    counted: str = NO_TICKETS
    version: int = 0
    rules: int = 0


def lock(connection: Connection, account: str, customers: Collection[str]) -> dict[str, CustomerRow]:
    """The rows of these customers, kept for this transaction; one that is new is made first.

    Ask for them after the tickets and all at once: whoever keeps the same order never waits in a circle. On
    PostgreSQL whoever waited for a row gets it as the one before left it, so no ticket in a list is lost. On SQLite
    the transaction itself keeps everybody else out.
    """
    ordered = sorted(customers)
    if connection.dialect.name == "postgresql":
        bulk.insert(connection, schema.customers, _COLUMNS, _rows(account, map(CustomerRow, ordered)))
    found = {customer: CustomerRow(customer) for customer in ordered}
    columns = ", ".join(_COLUMNS[1:])
    for row in bulk.rows_of(connection, schema.customers, columns, account, ordered, key="customer", lock=True):
        found[row[0]] = CustomerRow(*row)
    return found


def save(connection: Connection, account: str, rows: Iterable[CustomerRow]) -> None:
    """Write the rows of customers."""
    bulk.upsert(connection, schema.customers, _COLUMNS, _rows(account, rows))


def remove(connection: Connection, account: str, customer: str) -> None:
    """Delete the row of a customer who never comes back: one that did would count its changes from one again."""
    bulk.delete(connection, schema.customers, ("account", "customer"), [(account, customer)])


def every(connection: Connection, account: str) -> Iterator[CustomerRow]:
    """Every row of an account, for `verify`."""
    columns = [schema.customers.c[name] for name in _COLUMNS[1:]]
    for row in connection.execute(select(*columns).where(schema.customers.c.account == account)):
        yield CustomerRow(*row)


def clear_counts(connection: Connection, account: str) -> None:
    """Let no list hold or count anything, until its tickets are counted anew."""
    statement = update(schema.customers).where(schema.customers.c.account == account)
    connection.execute(statement.values(counted=NO_TICKETS, rules=0))


def _rows(account: str, rows: Iterable[CustomerRow]) -> list[tuple[Any, ...]]:
    return [(account, *row) for row in rows]
