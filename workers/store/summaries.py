"""The summaries as rows: one a period, with the marker under which the desk's object is found again.

A row waits while there is something to tell or to look at again, which `next_at` says; `told` is the hash of
what the desk has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, select, update

from integrations.times import Instant
from workers.store import bulk, schema
from workers.store.leases import LEASE, new_token, settled
from workers.store.moments import first_day

_rows: Final = schema.summaries.c
_COLUMNS: Final = ("account", "period", "day", "marker", "state", "attempts", "next_at", "lease_until")


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claimed summary; `attempts` with this one, `told` None while the desk may have nothing."""

    account: str
    period: str
    day: int
    marker: str
    object_id: str | None
    told: str | None
    attempts: int
    token: str


@dataclass(frozen=True, slots=True)
class Told:
    """A summary that stands in the desk."""

    period: str
    day: int
    object_id: str | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A summary that nothing but a person will bring about."""

    period: str
    day: int
    error: str


def has_tickets(connection: Connection, account: str, *, until: int) -> bool:
    """Whether there was a ticket on that day or before: a new account is not told of a time before it."""
    first = first_day(connection, account)
    return first is not None and first <= until


def begin(connection: Connection, account: str, period: str, day: int, *, marker: str, now: Instant) -> None:
    """See to it that the row is there; one that is there already keeps its marker."""
    bulk.insert(connection, schema.summaries, _COLUMNS, [(account, period, day, marker, "waiting", 0, now, 0)])


def claim(connection: Connection, account: str, period: str, day: int, *, now: Instant) -> Claimed | None:
    """Take the summary when it is due and nobody holds it."""
    due = and_(_of(account, period, day), _rows.state == "waiting", _rows.next_at <= now, _rows.lease_until <= now)
    statement = (
        update(schema.summaries)
        .where(due)
        .values(token=new_token(), lease_until=now + LEASE, attempts=_rows.attempts + 1)
        .returning(_rows.marker, _rows.object_id, _rows.told, _rows.attempts, _rows.token)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else Claimed(account, period, day, *row)


def keep(connection: Connection, claimed: Claimed, *, now: Instant) -> None:
    """Renew the lease; LeaseLost when it is another's."""
    _settle(connection, claimed, lease_until=now + LEASE)


def tell(
    connection: Connection, claimed: Claimed, *, told: str, object_id: str | None, look_again: Instant | None
) -> None:
    """The desk has this content; it is looked at again at that moment, or never."""
    when: dict[str, Any] = {"state": "done"} if look_again is None else {"next_at": look_again}
    _release(connection, claimed, told=told, object_id=object_id, attempts=0, error=None, **when)


def postpone(connection: Connection, claimed: Claimed, *, at: Instant, error: str | None, counts: bool) -> None:
    """Try again from then on; `counts` tells whether this try was one."""
    _release(connection, claimed, next_at=at, attempts=claimed.attempts - (not counts), error=error)


def give_up(connection: Connection, claimed: Claimed, *, error: str) -> None:
    """Leave it to a person."""
    _release(connection, claimed, state="given_up", error=error)


def end(connection: Connection, claimed: Claimed) -> None:
    """There is nothing to tell any more."""
    _release(connection, claimed, state="done", error=None)


def given_up(connection: Connection, account: str, *, most: int = 100) -> list[GivenUp]:
    """The summaries that were given up, the latest first, for `deskpulse doctor`."""
    found = select(_rows.period, _rows.day, _rows.error).where(_rows.account == account, _rows.state == "given_up")
    rows = connection.execute(found.order_by(_rows.day.desc(), _rows.period).limit(most))
    return [GivenUp(row.period, row.day, row.error or "") for row in rows]


def try_again(connection: Connection, account: str, *, now: Instant) -> int:
    """Let everything that was given up be tried from now on; how many there were."""
    statement = update(schema.summaries).where(_rows.account == account, _rows.state == "given_up")
    return connection.execute(statement.values(state="waiting", attempts=0, next_at=now)).rowcount


def latest(connection: Connection, account: str) -> Told | None:
    """The summary of the latest days among those the desk has."""
    found = select(_rows.period, _rows.day, _rows.object_id).where(_rows.account == account, _rows.told.is_not(None))
    row = connection.execute(found.order_by(_rows.day.desc(), _rows.period).limit(1)).one_or_none()
    return None if row is None else Told(*row)


def _of(account: str, period: str, day: int) -> ColumnElement[bool]:
    return and_(_rows.account == account, _rows.period == period, _rows.day == day)


def _settle(connection: Connection, claimed: Claimed, **values: Any) -> None:
    ours = and_(_of(claimed.account, claimed.period, claimed.day), _rows.token == claimed.token)
    settled(connection.execute(update(schema.summaries).where(ours).values(**values)).rowcount)


def _release(connection: Connection, claimed: Claimed, **values: Any) -> None:
    _settle(connection, claimed, token=None, lease_until=0, **values)
