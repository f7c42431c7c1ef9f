"""Whose turn a scheduled thing is: the first to insert its slot has it, so any number of beats is harmless.

A slot is the moment at which it starts.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from integrations.times import Instant
from workers.store import schema


def claim(connection: Connection, account: str, job: str, slot: Instant) -> bool:
    """Whether this slot of the job was free and is ours now."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(schema.slots).values(account=account, job=job, slot=slot).on_conflict_do_nothing()
    return connection.execute(statement.returning(schema.slots.c.slot)).one_or_none() is not None


def is_taken(connection: Connection, account: str, job: str, slot: Instant) -> bool:
    """Whether somebody has this slot."""
    rows = schema.slots.c
    found = select(rows.slot).where(rows.account == account, rows.job == job, rows.slot == slot)
    return connection.execute(found).one_or_none() is not None


def forget(connection: Connection, account: str, *, before: Instant) -> None:
    """Drop an account's slots that lie so far back that nobody asks for them again."""
    rows = schema.slots.c
    connection.execute(delete(schema.slots).where(rows.account == account, rows.slot < before))
