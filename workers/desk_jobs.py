"""Going through a desk page by page: the back-fill when an account is connected, the reconciliation ever after."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from integrations.base import Page, Reading
from integrations.times import MINUTE, SECOND, Instant
from workers.desk_session import Reach, reach_with_time
from workers.faults import Fault, attempted
from workers.pipeline import Incoming, absorb
from workers.readings import portions, tickets_of
from workers.retries import Again
from workers.runtime import Runtime
from workers.settling import judged, refuse_deadly, settle_or_leave, told
from workers.store import jobs
from workers.store.conflicts import in_transaction
from workers.store.leases import LeaseLost

#: How long one invocation goes on before the worker may be restarted, in seconds; it ends after a page.
JOB_SECONDS: Final = 30.0

log: Final = structlog.get_logger(__name__)


def run_job(runtime: Runtime, slug: str, job: str, *, seconds: float = JOB_SECONDS) -> bool:
    """Go on with a back-fill or a reconciliation; whether there was more of it when the time was over."""
    desk = reach_with_time(runtime, slug)
    if desk is None or not desk.account.reachable or not desk.gate.admit():
        return False
    with runtime.database.write() as connection:
        claimed = jobs.claim(connection, slug, job, now=runtime.clock())
    if claimed is None:
        return False
    more = attempted(lambda: _pages(desk, claimed, until=runtime.clock() + int(seconds * SECOND)))
    if not isinstance(more, Fault):
        return more
    if isinstance(more.error, LeaseLost):
        log.warning("job left to another worker", account=slug, job=job, error=str(more.error))
    else:
        _settle(desk, claimed, more.error)
    return False


def _pages(desk: Reach, job: jobs.Job, *, until: Instant) -> bool:
    """Store page after page; whether there are more when the time is over."""
    refuse_deadly(job.attempts)
    ask = desk.desk.backfill if job.job == jobs.BACKFILL else desk.desk.reconcile
    with desk.talk(partial(_keep, desk, job)) as session:
        for page in ask(session, since=job.since, cursor=job.cursor):
            _store(desk, job, page, received_at=desk.runtime.clock())
            if page.cursor is None:
                break
            if desk.runtime.clock() >= until:
                _pause(desk, job)
                return True
    _finish(desk, job)
    return False


def _store(desk: Reach, job: jobs.Job, page: Page, *, received_at: Instant) -> None:
    """One page, in transactions short enough for live work beside them; the place moves with the last of them."""
    *rest, last = portions(page.reading)
    tickets = len(tickets_of(page.reading))

    def store(reading: Reading, connection: Connection) -> None:
        now = desk.runtime.clock()
        absorb(connection, desk.held(connection), [Incoming(reading, job.job, received_at)], now=now)
        if reading is last:
            jobs.advance(connection, job, cursor=page.cursor, tickets=tickets, total=page.total, now=now)
        else:
            jobs.keep(connection, job, now=now)

    for reading in (*rest, last):
        in_transaction(desk.runtime.database, partial(store, reading))


def _keep(desk: Reach, job: jobs.Job) -> None:
    with desk.runtime.database.write() as connection:
        jobs.keep(connection, job, now=desk.runtime.clock())


def _pause(desk: Reach, job: jobs.Job) -> None:
    with desk.runtime.database.write() as connection:
        jobs.pause(connection, job, at=desk.runtime.clock())


def _finish(desk: Reach, job: jobs.Job) -> None:
    with desk.runtime.database.write() as connection:
        if job.job == jobs.RECONCILE:
            jobs.finish_reconcile(connection, job, next_at=_next_poll(desk))
        else:
            jobs.finish(connection, job)


def _settle(desk: Reach, job: jobs.Job, error: Exception) -> None:
    with desk.runtime.database.read() as connection:
        attempts = jobs.attempts(connection, job)
    found = judged(error, attempts=attempts, now=desk.runtime.clock(), account=job.account, job=job.job)

    def settle(connection: Connection) -> None:
        if isinstance(found, Again):
            jobs.postpone(connection, job, at=found.at, error=told(error), counts=found.counts)
        elif job.job == jobs.RECONCILE:
            # Never given up: what a person mends meanwhile is found by the next pass.
            jobs.restart_reconcile(connection, job, next_at=_next_poll(desk), error=told(error))
        else:
            jobs.give_up(connection, job, error=told(error))

    settle_or_leave(desk.runtime.database, settle)


def _next_poll(desk: Reach) -> Instant:
    return desk.runtime.clock() + desk.account.poll_minutes * MINUTE
