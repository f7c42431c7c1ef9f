"""An account in memory, without any database."""

from __future__ import annotations

from typing import Any

from integrations.times import Instant
from workers.accounts import Account, Secret
from workers.rules import check_settings, rules_of
from workers.secrets import Vault

NOW: Instant = 1_780_100_000_000_000
VAULT = Vault(["the operator's key of these tests, long enough"])


def account(slug: str = "acme", *, key: bytes = b"k" * 32, **settings: Any) -> Account:
    """An account with these settings; `key` is the random one under which its customers are hashed."""
    checked = check_settings(settings)
    return Account(
        slug=slug,
        desk="generic",
        settings=checked,
        rules=rules_of(checked, 1),
        secrets=(Secret("whsec_a2V5"),),
        credentials={},
        customer_key=key,
    )
