"""Who was forgotten: customers and tickets that nothing may bring back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from workers.store import bulk, schema


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The forgotten of one account; customers by their hash."""

    customers: frozenset[str]
    tickets: frozenset[str]

    def cover(self, ticket: str, customer: str | None) -> bool:
        """Whether an event of this ticket or customer must not be kept."""
        return ticket in self.tickets or customer in self.customers


def tombstones(connection: Connection, account: str) -> Tombstones:
    """All tombstones of an account."""
    columns = schema.tombstones.c
    rows = connection.execute(select(columns.what, columns.key).where(columns.account == account)).all()
    return Tombstones(
        customers=frozenset(key for what, key in rows if what == "customer"),
        tickets=frozenset(key for what, key in rows if what == "ticket"),
    )


def bury(connection: Connection, account: str, *, customer: str, tickets: Iterable[str]) -> None:
    """Put up tombstones for a customer (by hash) and their tickets."""
    rows = [(account, "customer", customer), *((account, "ticket", ticket) for ticket in tickets)]
    bulk.insert(connection, schema.tombstones, ("account", "what", "key"), rows)
