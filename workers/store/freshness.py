"""How fresh and how complete an account's figures are, counted from rows when somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Table, bindparam, func, literal, select

from integrations.times import Instant
from workers.store import gates, jobs, listing, schema
from workers.store.database import Database
from workers.store.listing import SET_ASIDE, UNREADABLE

_GIVEN_UP: Final = "given_up"
_UNDER_WAY: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Freshness:
    """What came last from where, and what waits or failed; moments are None where nothing came."""

    last_call: Instant | None  #: when the desk last called
    checked: Instant | None  #: up to when the desk itself was asked for what no call told
    desk_away: bool  #: whether the desk fails so often that it is asked only now and then
    backfill: tuple[int, int | None] | None  #: tickets fetched, and of how many, while history comes in
    calls: int  #: calls that wait to be read
    refreshes: int  #: tickets that wait to be fetched
    actions: int  #: what waits to be written into the desk
    unreadable: int  #: calls that could not be read
    set_aside: int  #: calls that failed again and again
    given_up: int  #: what was not written, fetched, told or ended, and needs a person

    @property
    def troubles(self) -> int:
        """How much a person has to look at."""
        return self.unreadable + self.set_aside + self.given_up + self.desk_away


def freshness(database: Database, work: Connection, account: str) -> Freshness:
    """Everything at once; `work` is the snapshot in which the rest of a page is read."""
    of = {row.job: row for row in work.execute(select(schema.jobs).where(schema.jobs.c.account == account))}
    gate = work.execute(select(schema.gates).where(schema.gates.c.account == account)).one_or_none()
    counted = work.execute(_COUNTS, {"account": account}).one()
    with database.calls_beside(work) as calls:
        last_call = listing.last_received(calls, account)
    return Freshness(
        last_call=last_call,
        checked=_checked(of.get(jobs.RECONCILE)),
        desk_away=gate is not None and gate.failures >= gates.FAILURES,
        backfill=_backfill(of.get(jobs.BACKFILL)),
        calls=counted.calls + _new(database, work, account),
        refreshes=counted.refreshes,
        actions=counted.actions,
        unreadable=counted.unreadable,
        set_aside=counted.set_aside,
        given_up=counted.given_up + sum(of[job].state == _GIVEN_UP for job in jobs.PAGED if job in of),
    )


def _checked(row: Any) -> Instant | None:
    """The next pass begins a little before the last one began."""
    return None if row is None or row.since is None else row.since + jobs.OVERLAP


def _backfill(row: Any) -> tuple[int, int | None] | None:
    return (row.done, row.total) if row is not None and row.state in _UNDER_WAY else None


def _new(database: Database, work: Connection, account: str) -> int:
    """On SQLite the calls that the intake has not copied into its own file yet."""
    if not database.is_sqlite:
        return 0
    newest = work.execute(select(func.coalesce(func.max(schema.takes.c.call), 0))).scalar_one()
    calls = schema.calls.c
    with database.door.connect() as door:
        asked = select(func.count()).where(calls.account == account, calls.id > newest)
        found: int = door.execute(asked).scalar_one()
    return found


def _count(table: Table, *where: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many rows of the account."""
    ours = table.c.account == bindparam("account")
    return select(func.count()).select_from(table).where(ours, *where).scalar_subquery()


def _troubled(outcome: str) -> ScalarSelect[int]:
    takes = schema.takes
    return _count(takes, takes.c.outcome == outcome, takes.c.error.is_not(None))


def _in_state(table: Table, state: str) -> ScalarSelect[int]:
    # As a literal, so that SQLite sees that the index of rows in this state will do.
    return _count(table, table.c.state == literal(state, literal_execute=True))


_COUNTS: Final = select(
    _count(schema.takes, schema.takes.c.finished_at.is_(None)).label("calls"),
    _in_state(schema.refreshes, "waiting").label("refreshes"),
    _in_state(schema.actions, "waiting").label("actions"),
    _troubled(UNREADABLE).label("unreadable"),
    _troubled(SET_ASIDE).label("set_aside"),
    (
        _in_state(schema.actions, _GIVEN_UP)
        + _in_state(schema.refreshes, _GIVEN_UP)
        + _in_state(schema.summaries, _GIVEN_UP)
    ).label("given_up"),
)
