"""How much waits and how much is in trouble, counted from rows when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from integrations.times import SECOND, Instant
from workers.store import schema
from workers.store.database import Database

_TROUBLES: Final = ("unreadable", "set_aside")


@dataclass(frozen=True, slots=True)
class Gauges:
    """What waits now, over all accounts."""

    waiting_calls: int
    oldest_seconds: float  #: age of the oldest call that waits, 0 when none does
    unreadable: int
    set_aside: int
    waiting_actions: int
    waiting_refreshes: int


def gauges(database: Database, *, now: Instant) -> Gauges:
    """Count everything once."""
    with database.work.connect() as work:
        oldest, waiting = _waiting_takes(work)
        newest = work.execute(select(func.coalesce(func.max(schema.takes.c.call), 0))).scalar_one()
        troubles = _troubles(work)
        actions = _count(work, schema.actions.c.state)
        refreshes = _count(work, schema.refreshes.c.state)
    with database.door.connect() as door:
        if database.is_sqlite:
            first, more = _not_copied(door, newest)
            waiting += more
            oldest = first if oldest is None else oldest
        age = _age(door, oldest, now)
    return Gauges(waiting, age, troubles["unreadable"], troubles["set_aside"], actions, refreshes)


def _waiting_takes(work: Connection) -> tuple[int | None, int]:
    takes = schema.takes.c
    statement = select(func.min(takes.call), func.count()).where(takes.finished_at.is_(None))
    oldest, waiting = work.execute(statement).one()
    return oldest, waiting


def _not_copied(door: Connection, newest: int) -> tuple[int | None, int]:
    """The calls that the intake has not yet copied into its own file."""
    calls = schema.calls.c
    first, more = door.execute(select(func.min(calls.id), func.count()).where(calls.id > newest)).one()
    return first, more


def _age(door: Connection, call: int | None, now: Instant) -> float:
    if call is None:
        return 0.0
    received_at = door.execute(select(schema.calls.c.received_at).where(schema.calls.c.id == call)).scalar()
    return 0.0 if received_at is None else max(0.0, (now - received_at) / SECOND)


def _troubles(work: Connection) -> Mapping[str, int]:
    takes = schema.takes.c
    statement = select(takes.outcome, func.count()).where(takes.error.is_not(None)).group_by(takes.outcome)
    found = {outcome: number for outcome, number in work.execute(statement) if outcome in _TROUBLES}
    return {trouble: found.get(trouble, 0) for trouble in _TROUBLES}


def _count(work: Connection, state: object) -> int:
    waiting: int = work.execute(select(func.count()).where(state == "waiting")).scalar_one()  # type: ignore[arg-type]
    return waiting
