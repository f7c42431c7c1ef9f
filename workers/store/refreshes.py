"""Tickets whose truth has to be fetched: one row a ticket, however many hints asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, select, update

from integrations.times import SECOND, Instant
from workers.store import schema
from workers.store.leases import LEASE, new_token, settled

#: How long after a hint the desk is asked: a burst of hints within it costs one refresh. Who inserts a row
#: sets `next_at` this far ahead.
DEBOUNCE: Final = SECOND
#: Whose turn comes first when several wait.
ORIGINS: Final = ("live", "reconcile", "replay", "backfill", "import")

_rows: Final = schema.refreshes.c


@dataclass(frozen=True, slots=True)
class Refresh:
    """One claimed refresh; `wanted` as it was when claimed, `attempts` with this one."""

    account: str
    ticket: str
    wanted: int
    origin: str
    attempts: int
    token: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A refresh that nothing but a person will bring about."""

    account: str
    ticket: str
    error: str


def claim(connection: Connection, account: str, *, now: Instant) -> Refresh | None:
    """Take the next due refresh of an account, live ones first; None when none is due."""
    if (first := soonest(connection, account)) is None or first > now:
        return None
    for origin in ORIGINS:
        if found := _claim(connection, account, origin, now):
            return found
    return None


def soonest(connection: Connection, account: str) -> Instant | None:
    """When the next refresh is due; None when none waits."""
    waiting = select(func.min(_rows.next_at)).where(_rows.account == account, _rows.state == "waiting")
    found: Instant | None = connection.execute(waiting).scalar_one()
    return found


def keep(connection: Connection, refresh: Refresh, *, now: Instant) -> None:
    """Renew the lease; LeaseLost when it is another's."""
    settled(connection.execute(update(schema.refreshes).where(_ours(refresh)).values(lease_until=now + LEASE)).rowcount)


def finish(connection: Connection, refresh: Refresh, *, now: Instant, own: int = 0) -> None:
    """The ticket was refreshed, or is nothing to fetch: done, unless a hint came meanwhile, which asks for one more.

    `own` is how often the answer itself may have asked, which is no reason to ask the desk the same again.
    """
    as_claimed = and_(_ours(refresh), _rows.wanted <= refresh.wanted + own)
    if not connection.execute(delete(schema.refreshes).where(as_claimed)).rowcount:
        _release(connection, refresh, next_at=now + DEBOUNCE, attempts=0, error=None)


def postpone(connection: Connection, refresh: Refresh, *, at: Instant, error: str, counts: bool) -> None:
    """Try again from then on; `counts` tells whether this try was one."""
    _release(connection, refresh, next_at=at, attempts=refresh.attempts - (not counts), error=error)


def give_up(connection: Connection, refresh: Refresh, *, error: str) -> None:
    """Leave it to a person; the next hint revives it."""
    state = case((_rows.wanted == refresh.wanted, "given_up"), else_="waiting")
    _release(connection, refresh, state=state, attempts=0, error=error)


def drop_all(connection: Connection, account: str) -> None:
    """No ticket of this account can be fetched at all."""
    connection.execute(delete(schema.refreshes).where(_rows.account == account))


def given_up(connection: Connection, account: str, *, most: int = 100) -> list[GivenUp]:
    """The refreshes that were given up, for `deskpulse doctor`."""
    found = select(_rows.account, _rows.ticket, _rows.error)
    found = found.where(_rows.account == account, _rows.state == "given_up").order_by(_rows.ticket).limit(most)
    return [GivenUp(row.account, row.ticket, row.error or "") for row in connection.execute(found)]


def try_again(connection: Connection, account: str, *, now: Instant) -> int:
    """Let everything that was given up be tried from now on; how many there were."""
    statement = update(schema.refreshes).where(_rows.account == account, _rows.state == "given_up")
    return connection.execute(statement.values(state="waiting", attempts=0, next_at=now)).rowcount


def _claim(connection: Connection, account: str, origin: str, now: Instant) -> Refresh | None:
    due = and_(_rows.account == account, _rows.state == "waiting", _rows.next_at <= now, _rows.lease_until <= now)
    first = select(_rows.ticket).where(due, _rows.origin == origin).order_by(_rows.next_at).limit(1)
    statement = (
        update(schema.refreshes)
        .where(_rows.account == account, _rows.ticket == first.with_for_update(skip_locked=True).scalar_subquery())
        .values(token=new_token(), lease_until=now + LEASE, attempts=_rows.attempts + 1)
        .returning(_rows.ticket, _rows.wanted, _rows.origin, _rows.attempts, _rows.token)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else Refresh(account, row.ticket, row.wanted, row.origin, row.attempts, row.token)


def _ours(refresh: Refresh) -> ColumnElement[bool]:
    return and_(_rows.account == refresh.account, _rows.ticket == refresh.ticket, _rows.token == refresh.token)


def _release(connection: Connection, refresh: Refresh, **values: Any) -> None:
    statement = update(schema.refreshes).where(_ours(refresh)).values(token=None, lease_until=0, **values)
    settled(connection.execute(statement).rowcount)
