"""What every address of the API works with, and the account it is about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from plugin.errors import Problem
from workers.accounts import Account
from workers.runtime import Clock
from workers.secrets import Vault
from workers.store import accounts
from workers.store.database import Database


@dataclass(frozen=True)
class Parts:
    """The database, what opens its sealed columns, and the clock."""

    database: Database
    vault: Vault
    clock: Clock

    def account(self, connection: Connection, slug: str) -> Account:
        """The account of that name; Problem 404 when it was removed since its token was proved."""
        found = accounts.find(connection, slug, self.vault)
        if found is None:
            raise Problem(404)
        return found
