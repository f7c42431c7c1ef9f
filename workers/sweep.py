"""Every few seconds: find what waits that no message told about, and tell the queues."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final, TypeAlias

import structlog
from sqlalchemy import Connection

from integrations.errors import GiveUp
from integrations.registry import capabilities_of
from integrations.times import DAY, MINUTE, Instant
from workers import as_reported, schedule
from workers.accounts import Account
from workers.counting import rules_version
from workers.digests import receivers_of
from workers.faults import Fault, attempted
from workers.removing import strays
from workers.runtime import Runtime
from workers.store import accounts, digests, due, gates, jobs, slots, tickets
from workers.store.schema import NOBODY
from workers.turns import Message

Slot: TypeAlias = tuple[str, Instant]  #: job and start

_SLOTS_KEPT: Final = 3 * DAY

log: Final = structlog.get_logger(__name__)


def sweep(runtime: Runtime) -> None:
    """Nudge every queue that has something to do; whatever is found twice is done once, by its row."""
    now = runtime.clock()
    runtime.nudge("deskpulse.take_in")
    plan(runtime, now=now)
    _strays(runtime, now=now)
    _desks(runtime, now=now)
    with runtime.database.read() as connection:
        uncompacted = due.accounts_to_compact(connection)
        begun = due.summaries(connection, now=now)
        unsent = digests.due(connection, now=now)
    for slug in uncompacted:
        runtime.nudge("deskpulse.compact", slug)
    for summary in begun:
        runtime.nudge("deskpulse.sum_up", summary.account, summary.period, summary.day)
    for digest in unsent:
        runtime.nudge("deskpulse.send_digests", digest.account, digest.period, digest.day)


def plan(runtime: Runtime, *, now: Instant) -> None:
    """What the clock asks for, account by account; written down only where something is new."""
    with runtime.database.read() as connection:
        slugs = accounts.slugs(connection)
    for slug in slugs:
        done = attempted(partial(_plan, runtime, slug, now))
        if isinstance(done, Fault):
            _leave_out(slug, done.error)


def _plan(runtime: Runtime, slug: str, now: Instant) -> None:
    with runtime.database.read() as connection:
        account = accounts.find(connection, slug, runtime.vault)
    if account is None:
        return
    if _is_stale(runtime, account):
        runtime.nudge("deskpulse.rebuild", slug)
    if _is_due(runtime, account, now):
        for message in _claimed(runtime, account, now):
            runtime.nudge(*message)


def _leave_out(slug: str, error: Exception) -> None:
    """One account whose secrets do not open, or which trips us up, must not keep the others from being served."""
    if isinstance(error, GiveUp):
        log.error("account left out", account=slug, error=str(error))
    else:
        log.error("account left out", account=slug, exc_info=error)


def _strays(runtime: Runtime, *, now: Instant) -> None:
    """Once a UTC day, look for calls whose account is gone."""
    slot = ("remove_strays", schedule.slot(now, length=DAY))
    with runtime.database.read() as connection:
        if slots.is_taken(connection, NOBODY, *slot):
            return
    with runtime.database.write() as connection:
        slots.forget(connection, NOBODY, before=now - _SLOTS_KEPT)
        ours = slots.claim(connection, NOBODY, *slot)
    if ours and strays(runtime.database):
        runtime.nudge("deskpulse.remove_strays")


def _is_stale(runtime: Runtime, account: Account) -> bool:
    """Whether some tickets were counted by rules that hold no more."""
    with runtime.database.read() as connection:
        return tickets.has_stale(connection, account.slug, rules_version(account.rules))


def _is_due(runtime: Runtime, account: Account, now: Instant) -> bool:
    with runtime.database.read() as connection:
        if _is_polled(account) and not jobs.is_reconciled(connection, account.slug, poll=_poll(account), now=now):
            return True
        return any(not slots.is_taken(connection, account.slug, *slot) for slot, _ in _slots(connection, account, now))


def _claimed(runtime: Runtime, account: Account, now: Instant) -> list[Message]:
    """The messages whose slots are ours; they are sent after the commit, and a lost one has a next slot."""
    with runtime.database.write() as connection:
        if _is_polled(account):
            jobs.ensure_reconcile(connection, account.slug, poll=_poll(account), now=now)
        slots.forget(connection, account.slug, before=now - _SLOTS_KEPT)
        return [
            message
            for slot, message in _slots(connection, account, now)
            if slots.claim(connection, account.slug, *slot)
        ]


def _slots(connection: Connection, account: Account, now: Instant) -> Iterator[tuple[Slot, Message]]:
    """What is scheduled for now: old bodies are dropped once a UTC day, and each summary and digest that is due
    and not begun is asked for; once begun, its own row says when it is tried again. Finished periods that no
    summary tells of are kept as they are.
    """
    yield ("drop_bodies", schedule.slot(now, length=DAY)), ("deskpulse.drop_bodies", account.slug)
    for period, day in as_reported.due(connection, account, now=now):
        slot = (f"keep_report:{period}:{day}", schedule.slot(now, length=schedule.ASK_AGAIN))
        yield slot, ("deskpulse.keep_report", account.slug, period, day)
    if as_reported.has_large(connection, account.slug):
        slot = ("compare_reports", schedule.slot(now, length=as_reported.COMPARE_EVERY))
        yield slot, ("deskpulse.compare_reports", account.slug)
    for due_now in schedule.due_summaries(account.slug, account.settings, account.rules.zone, now=now):
        if not due.has_summary(connection, due_now):
            job = f"sum_up:{due_now.period}:{due_now.day}"
            message = ("deskpulse.sum_up", account.slug, due_now.period, due_now.day)
            yield (job, schedule.slot(now, length=schedule.ASK_AGAIN)), message
    if not receivers_of(account):
        return
    for due_now in schedule.due_digests(account.slug, account.settings, account.rules.zone, now=now):
        if not digests.is_begun(connection, due_now):
            job = f"send_digests:{due_now.period}:{due_now.day}"
            message = ("deskpulse.send_digests", account.slug, due_now.period, due_now.day)
            yield (job, schedule.slot(now, length=schedule.ASK_AGAIN)), message


def _is_polled(account: Account) -> bool:
    return account.reachable and capabilities_of(account.desk).reconcile


def _poll(account: Account) -> Instant:
    return account.poll_minutes * MINUTE


def _desks(runtime: Runtime, *, now: Instant) -> None:
    """Nudge for every account whose desk may be asked; one that is held back is nudged when it is not any more."""
    with runtime.database.read() as connection:
        shut = gates.held_back(connection, now=now)
        live = due.accounts_with_desk_work(connection, now=now)
        paged = due.paged_jobs(connection, now=now)
    for slug in live:
        if slug not in shut:
            runtime.nudge("deskpulse.desk_work", slug)
    for slug, job in paged:
        if slug not in shut:
            runtime.nudge("deskpulse.desk_job", slug, job)
