"""What waits for a worker now: the questions a sweep asks, each answered from an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, exists, select, union

from integrations.times import Instant
from workers.store import schema
from workers.store.jobs import PAGED

_QUEUES: Final = (schema.refreshes, schema.actions)


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary that was begun and waits to be told to the desk; `day` is the first day it tells about."""

    account: str
    period: str
    day: int


def accounts_with_desk_work(connection: Connection, *, now: Instant) -> list[str]:
    """The accounts with a refresh or an action that is due and held by nobody, sorted."""
    parts = [
        select(table.c.account).where(table.c.state == "waiting", table.c.next_at <= now, table.c.lease_until <= now)
        for table in _QUEUES
    ]
    return sorted(connection.execute(union(*parts)).scalars())


def paged_jobs(connection: Connection, *, now: Instant) -> list[tuple[str, str]]:
    """Account and name of every back-fill and reconciliation that is due and held by nobody."""
    rows = schema.jobs.c
    due = select(rows.account, rows.job).where(rows.job.in_(PAGED), rows.state.in_(("waiting", "running")))
    due = due.where(rows.next_at <= now, rows.lease_until <= now).order_by(rows.account, rows.job)
    return [(row.account, row.job) for row in connection.execute(due)]


def accounts_to_compact(connection: Connection) -> list[str]:
    """The accounts with facts that are not folded into figures yet, sorted."""
    changed = exists().where(schema.changes.c.account == schema.accounts.c.slug)
    return list(connection.execute(select(schema.accounts.c.slug).where(changed).order_by("slug")).scalars())


def summaries(connection: Connection, *, now: Instant) -> list[Summary]:
    """The summaries that were begun and are due again."""
    rows = schema.summaries.c
    due = select(rows.account, rows.period, rows.day).where(rows.state == "waiting")
    due = due.where(rows.next_at <= now, rows.lease_until <= now).order_by(rows.account, rows.period, rows.day)
    return [Summary(row.account, row.period, row.day) for row in connection.execute(due)]


def has_summary(connection: Connection, summary: Summary) -> bool:
    """Whether that summary was begun, whatever came of it."""
    rows = schema.summaries.c
    found: Any = select(rows.state).where(
        rows.account == summary.account, rows.period == summary.period, rows.day == summary.day
    )
    return connection.execute(found).one_or_none() is not None
