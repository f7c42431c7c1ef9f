"""Removing an account: everything that is kept of it, in the database and behind the door."""

from __future__ import annotations

import time
from functools import partial

from sqlalchemy import Connection

from workers.store import accounts, calls, figures, takes
from workers.store.conflicts import in_transaction
from workers.store.database import Database
from workers.store.tombstones import be_alone


def remove_account(database: Database, slug: str) -> None:
    """Remove an account; its calls last, so that none that came meanwhile stays behind."""
    in_transaction(database, partial(_remove, slug))
    with database.door.connect() as connection:
        # What comes while these are deleted may be of the next account of that name.
        through = calls.highest_of(connection, slug)
    _remove_calls(database, slug, through)


def strays(database: Database) -> dict[str, int]:
    """The names that have calls and no account, each with its highest call: what a removal left that was cut off."""
    with database.door.connect() as connection:
        highest = {slug: calls.highest_of(connection, slug) for slug in calls.owners(connection)}
    # Read afterwards: of an account that is made from now on every call is a higher one.
    with database.read() as connection:
        there = set(accounts.slugs(connection))
    return {slug: through for slug, through in highest.items() if slug not in there}


def remove_strays(database: Database) -> None:
    """Remove the calls that have no account."""
    for slug, through in strays(database).items():
        _remove_calls(database, slug, through)
        in_transaction(database, partial(takes.remove, account=slug, through=through))


def _remove_calls(database: Database, slug: str, through: int) -> None:
    for _ in calls.in_steps(database.door, partial(calls.remove, account=slug, through=through), nap=time.sleep):
        pass


def _remove(slug: str, connection: Connection) -> None:
    """What is being taken in or folded just then comes first, and goes with the rest."""
    be_alone(connection, slug)
    figures.fold_alone(connection, slug)
    accounts.remove(connection, slug)
