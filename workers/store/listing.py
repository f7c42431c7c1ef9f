"""Lists of calls by what became of them, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from integrations.times import Instant
from workers.store import calls, schema, takes
from workers.store.database import Database

WAITING: Final = "waiting"
UNREADABLE: Final = takes.UNREADABLE
SET_ASIDE: Final = takes.SET_ASIDE

_takes: Final = schema.takes.c
_calls: Final = schema.calls.c


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call: what became of it (waiting, done, unreadable, set_aside), and why; `size` None without a body."""

    call: int
    desk: str
    received_at: Instant
    size: int | None
    outcome: str
    attempts: int
    error: str | None


def newest(database: Database, account: str, *, limit: int) -> list[CallRow]:
    """The newest calls, whatever became of them."""
    with database.door.connect() as door:
        listed = calls.listing(door, account, limit=limit)
    with database.read() as work:
        statement = _of(account).where(_takes.call.in_([each.id for each in listed]))
        found = {row.call: row for row in work.execute(statement)}
    return [_row(each, found.get(each.id)) for each in listed]


def by_outcome(
    database: Database, account: str, outcome: str, *, since: Instant = 0, limit: int | None = None
) -> list[CallRow]:
    """The newest calls of an outcome, those received since then."""
    ended = _takes.finished_at.is_(None) if outcome == WAITING else _takes.outcome == outcome
    with database.read() as work:
        statement = _of(account).where(ended).order_by(_takes.call.desc())
        found = {row.call: row for row in work.execute(statement.limit(None if since else limit))}
        highest = work.execute(select(func.coalesce(func.max(_takes.call), 0))).scalar_one()
    numbers = list(found)
    with database.door.connect() as door:
        if outcome == WAITING and database.is_sqlite:
            # What the intake has not copied into its own file yet waits too.
            fresh = select(_calls.id).where(_calls.account == account, _calls.id > highest)
            numbers += door.execute(fresh).scalars().all()
        listed = [each for each in calls.describe(door, numbers) if each.received_at >= since]
    return [_row(each, found.get(each.id)) for each in listed][:limit]


def known(database: Database, account: str, numbers: Sequence[int]) -> list[CallRow]:
    """Those of these calls that the account has."""
    with database.door.connect() as door:
        listed = [each for each in calls.describe(door, numbers) if each.account == account]
    with database.read() as work:
        found = {row.call: row for row in work.execute(_of(account).where(_takes.call.in_(numbers)))}
    return [_row(each, found.get(each.id)) for each in listed]


def last_received(door: Connection, account: str) -> Instant | None:
    """When the newest call of an account came."""
    newest = select(_calls.received_at).where(_calls.account == account).order_by(_calls.id.desc()).limit(1)
    found: Instant | None = door.execute(newest).scalar_one_or_none()
    return found


def _of(account: str) -> Select[Any]:
    return select(_takes.call, _takes.outcome, _takes.attempts, _takes.error).where(_takes.account == account)


def _row(listed: calls.Listed, take: Any) -> CallRow:
    outcome = (take.outcome or WAITING) if take else WAITING
    attempts, error = (take.attempts, take.error) if take else (0, None)
    return CallRow(listed.id, listed.desk, listed.received_at, listed.size, outcome, attempts, error)
