"""What every page of the panel works with: the database, the keys, the clock, and how much may be tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from plugin.limits import TokenBuckets
from plugin.panel.access.tokens import Keys, keys_of
from workers.accounts import Account
from workers.runtime import Clock
from workers.secrets import Vault
from workers.settings import Settings
from workers.store import accounts
from workers.store.database import Database


def _per_address() -> TokenBuckets:
    """Thirty tries at once, then one every twenty seconds: an office behind one address mistypes now and then."""
    return TokenBuckets(rate=1 / 20, burst=30)


def _per_user() -> TokenBuckets:
    """Ten tries at once, then one a minute, from wherever they come."""
    return TokenBuckets(rate=1 / 60, burst=10)


@dataclass(frozen=True)
class House:
    """The parts behind the panel; shared by all its requests."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    tries_of_address: TokenBuckets = field(default_factory=_per_address)
    tries_of_user: TokenBuckets = field(default_factory=_per_user)

    def account(self, slug: str) -> Account | None:
        """The account of that name, or None."""
        with self.database.read() as connection:
            return accounts.find(connection, slug, self.vault)

    def keys(self, account: Account) -> Keys:
        """What is signed for the account's visitors with, newest first."""
        return keys_of(self.vault, account)
