"""What every piece of desk work does when it went wrong: ask the table, say it once, keep a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Connection

from integrations.errors import DeskpulseError, GiveUp, RateLimited, Skip
from integrations.times import Instant
from workers.retries import MOST_ATTEMPTS, Verdict, verdict
from workers.store.conflicts import in_transaction
from workers.store.database import Database
from workers.store.leases import LeaseLost

_LONGEST_ERROR: Final = 500

log = structlog.get_logger(__name__)


def judged(error: Exception, *, attempts: int, now: Instant, **what: str) -> Verdict:
    """What becomes of the work; the error goes to the log, with its traceback when it is a fault of ours."""
    if not isinstance(error, DeskpulseError):
        log.error("desk work failed", **what, exc_info=error)
    elif not isinstance(error, RateLimited | Skip):
        log.warning("desk work put off", **what, attempts=attempts, error=str(error))
    return verdict(error, attempts=attempts, now=now, jitter=random.random())  # noqa: S311 - spreads load only


def told(error: Exception) -> str:
    """What is kept of an error; of a fault of ours only its kind, because its text may hold anything."""
    text = str(error) if isinstance(error, DeskpulseError) else f"a fault in Deskpulse: {type(error).__name__}"
    return text[:_LONGEST_ERROR]


def refuse_deadly(attempts: int) -> None:
    """GiveUp when earlier tries never came to an end, so that this one would kill the worker too."""
    if attempts > MOST_ATTEMPTS:
        raise GiveUp(f"{attempts - 1} workers ended while they worked on this")


def settle_or_leave(database: Database, settle: Callable[[Connection], None]) -> None:
    """Settle the row in a transaction; when the lease was lost meanwhile, its new holder settles it."""
    try:
        in_transaction(database, settle)
    except LeaseLost as error:
        log.warning("left to another worker", error=str(error))
