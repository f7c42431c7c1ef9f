"""Removing an account: everything that is kept of it, in the database and behind the door."""

from __future__ import annotations

from workers.store import accounts, calls
from workers.store.conflicts import in_transaction
from workers.store.database import Database


def remove_account(database: Database, slug: str) -> None:
    """Remove an account; its calls last, so that none that came meanwhile stays behind."""
    in_transaction(database, lambda connection: accounts.remove(connection, slug))
    with database.door.execution_options(immediate=True).begin() as connection:
        calls.remove(connection, slug)
