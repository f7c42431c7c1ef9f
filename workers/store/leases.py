"""How work is held: a token and a moment in the row, so that a worker that paused cannot finish over its successor."""

from __future__ import annotations

import secrets
from typing import Final

from integrations.errors import Skip
from integrations.times import SECOND

#: How long a claim holds without being renewed; every request to a desk, at most 25 s long, renews it.
LEASE: Final = 30 * SECOND


class LeaseLost(Skip):
    """Somebody else holds this work now: what was done for it is theirs to settle."""


def new_token() -> str:
    """What marks one claim among all others."""
    return secrets.token_hex(8)


def settled(rows: int) -> None:
    """Return when a settling statement found its row; LeaseLost, to roll back, when the token is not ours any more."""
    if rows != 1:
        raise LeaseLost("the lease ran out and the work was taken by another worker")
