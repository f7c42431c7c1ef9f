"""Fetching what hints only pointed at: the desk is asked about a ticket and its answer is taken in."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from integrations.base import Present, Reading
from integrations.errors import Gone, RateLimited
from integrations.times import Instant
from workers.desk_session import Reach, Step
from workers.faults import Fault, attempted
from workers.pipeline import Incoming, absorb
from workers.retries import Again, End
from workers.settling import judged, refuse_deadly, settle_or_leave, told
from workers.store import refreshes
from workers.store.conflicts import in_transaction
from workers.store.leases import LeaseLost

log: Final = structlog.get_logger(__name__)


def refresh_next(desk: Reach) -> Step:
    """Fetch the truth about the ticket that waits longest."""
    if not desk.gate.admit():
        return Step.STOP
    with desk.runtime.database.write() as connection:
        claimed = refreshes.claim(connection, desk.account.slug, now=desk.runtime.clock())
    if claimed is None:
        return Step.NOTHING
    done = attempted(lambda: _refresh(desk, claimed))
    if not isinstance(done, Fault):
        return Step.WORKED
    if isinstance(done.error, LeaseLost):
        log.warning("refresh left to another worker", account=claimed.account, error=str(done.error))
        return Step.WORKED
    _settle_refresh(desk, claimed, done.error)
    return Step.STOP if isinstance(done.error, RateLimited) else Step.WORKED


def _refresh(desk: Reach, refresh: refreshes.Refresh) -> None:
    refuse_deadly(refresh.attempts)
    reading, asked_at = _fetched(desk, refresh)
    # Of a ticket without a creation take-in asks for a refresh; this was it, and another one would tell no more.
    tells_creation = any(event.type == "ticket.created" for event in reading.events)

    def store(connection: Connection) -> None:
        now = desk.runtime.clock()
        absorb(connection, desk.held(connection), [Incoming(reading, refresh.origin, asked_at)], now=now)
        # Settled last: take-in locks tickets before it asks for a refresh, and so do we.
        refreshes.finish(connection, refresh, now=now, own=0 if tells_creation else 1)

    in_transaction(desk.runtime.database, store)


def _fetched(desk: Reach, refresh: refreshes.Refresh) -> tuple[Reading, Instant]:
    asked_at = desk.runtime.clock()
    try:
        with desk.talk(partial(_keep_refresh, desk, refresh)) as session:
            return desk.desk.refresh(refresh.ticket, session), asked_at
    except Gone:
        gone = Present(ticket=refresh.ticket, asked_at=asked_at, values={"status": "deleted"})
        return Reading(present=(gone,)), asked_at


def _keep_refresh(desk: Reach, refresh: refreshes.Refresh) -> None:
    with desk.runtime.database.write() as connection:
        refreshes.keep(connection, refresh, now=desk.runtime.clock())


def _settle_refresh(desk: Reach, refresh: refreshes.Refresh, error: Exception) -> None:
    now = desk.runtime.clock()
    found = judged(error, attempts=refresh.attempts, now=now, account=refresh.account, ticket=refresh.ticket)

    def settle(connection: Connection) -> None:
        if isinstance(found, Again):
            refreshes.postpone(connection, refresh, at=found.at, error=told(error), counts=found.counts)
        elif found is End.SKIPPED:
            refreshes.finish(connection, refresh, now=now)
        else:
            refreshes.give_up(connection, refresh, error=told(error))

    settle_or_leave(desk.runtime.database, settle)
