"""Who was forgotten: customers and tickets that nothing may bring back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from integrations.base import Present
from integrations.events import Event
from workers.store import bulk, schema

#: A key of PostgreSQL's advisory locks: counting tickets of one account, or forgetting, starting over and removing.
_LOCK: Final = 7_302_120


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The forgotten of one account; customers by their hash."""

    customers: frozenset[str]
    tickets: frozenset[str]

    def tickets_of(self, events: Iterable[Event], present: Iterable[Present]) -> set[str]:
        """The tickets that are told to be a forgotten customer's."""
        told = {event.ticket for event in events if event.data.get("customer") in self.customers}
        asked = {one.ticket for one in present if one.values.get("customer") in self.customers}
        return told | asked

    def wrote(self, event: Event) -> bool:
        """Whether a forgotten customer wrote this, in whoever's ticket."""
        return event.data.get("by") == "customer" and event.data.get("author") in self.customers


def keep_alive(connection: Connection, account: str) -> None:
    """Let nobody of the account be forgotten until this transaction is over, nor its figures started over or removed.

    Ask before the account and the tombstones are read and anything is locked. Without it a tombstone could be
    committed after they were read and before what was read of the person is stored, unseen by both; and a change of
    the figures after the others were dropped. On SQLite the writing transaction itself keeps everybody else out.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", (_LOCK, account))


def be_alone(connection: Connection, account: str) -> None:
    """Wait until nothing of the account is being taken in or counted, and keep it so until this transaction is over."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, account))


def tombstones(connection: Connection, account: str) -> Tombstones:
    """All tombstones of an account."""
    columns = schema.tombstones.c
    rows = connection.execute(select(columns.what, columns.key).where(columns.account == account)).all()
    return Tombstones(
        customers=frozenset(key for what, key in rows if what == "customer"),
        tickets=frozenset(key for what, key in rows if what == "ticket"),
    )


def bury(connection: Connection, account: str, *, customers: Iterable[str] = (), tickets: Iterable[str] = ()) -> None:
    """Put up tombstones for customers (by hash) and tickets."""
    rows = [(account, "customer", customer) for customer in sorted(customers)]
    rows += [(account, "ticket", ticket) for ticket in sorted(tickets)]
    bulk.insert(connection, schema.tombstones, ("account", "what", "key"), rows)
