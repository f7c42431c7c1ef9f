"""The digests as rows: one for each period and receiver, written before anything is sent.

    waiting ──claim──▶ waiting, held ──hand_over──▶ sending ──▶ done
                            └──▶ waiting again, or given_up          └──▶ given_up

A row that is still `sending` when its lease has run out belongs to a worker that ended there: the receiver may
have the digest, so nobody sends it again unless a person wants that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from integrations.times import MINUTE, Instant
from workers.store import bulk, schema
from workers.store.due import Summary
from workers.store.leases import new_token, settled

#: Longer than any one delivery may take.
LEASE: Final = 2 * MINUTE

_rows: Final = schema.digests.c
_COLUMNS: Final = ("account", "period", "day", "outlet", "receiver", "state", "attempts", "next_at", "lease_until")
_OPEN: Final = ("waiting", "sending")

Receiver: TypeAlias = tuple[str, str]  #: outlet and address


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claimed digest; `attempts` with this one, `interrupted` when a worker ended while it was sent."""

    account: str
    period: str
    day: int
    outlet: str
    receiver: str
    attempts: int
    token: str
    interrupted: bool


@dataclass(frozen=True, slots=True)
class State:
    """How the digests of an account stand: the error of the latest that failed, and how many did."""

    given_up: int
    put_off: int
    error: str


def is_begun(connection: Connection, summary: Summary) -> bool:
    """Whether that digest was begun for anybody, whatever came of it."""
    found = select(_rows.state).where(_of_period(summary)).limit(1)
    return connection.execute(found).one_or_none() is not None


def begin(connection: Connection, summary: Summary, receivers: Collection[Receiver], *, now: Instant) -> None:
    """Write the rows of all receivers, unless the digest was begun before: who comes later gets the next one."""
    if is_begun(connection, summary):
        return
    what = (summary.account, summary.period, summary.day)
    rows = [(*what, outlet, receiver, "waiting", 0, now, 0) for outlet, receiver in receivers]
    bulk.insert(connection, schema.digests, _COLUMNS, rows)


def due(connection: Connection, *, now: Instant) -> list[Summary]:
    """The digests that somebody still waits for, of all accounts."""
    found = select(_rows.account, _rows.period, _rows.day).distinct().where(_is_due(now))
    rows = connection.execute(found.order_by(_rows.account, _rows.period, _rows.day))
    return [Summary(row.account, row.period, row.day) for row in rows]


def claim(connection: Connection, summary: Summary, *, now: Instant) -> Claimed | None:
    """Take the digest of one receiver that is due and that nobody holds."""
    one = select(_rows.outlet, _rows.receiver, _rows.state).where(_of_period(summary), _is_due(now))
    one = one.order_by(_rows.next_at, _rows.outlet, _rows.receiver).limit(1).with_for_update(skip_locked=True)
    found = connection.execute(one).one_or_none()
    if found is None:
        return None
    statement = (
        update(schema.digests)
        .where(_of_period(summary), _rows.outlet == found.outlet, _rows.receiver == found.receiver, _is_due(now))
        .values(token=new_token(), lease_until=now + LEASE, attempts=_rows.attempts + 1)
        .returning(_rows.attempts, _rows.token)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    what = (summary.account, summary.period, summary.day, found.outlet, found.receiver)
    return Claimed(*what, row.attempts, row.token, interrupted=found.state == "sending")


def hand_over(connection: Connection, claimed: Claimed, *, now: Instant) -> None:
    """From here on nobody can tell whether the receiver has it; LeaseLost when it is another's."""
    _settle(connection, claimed, state="sending", lease_until=now + LEASE)


def finish(connection: Connection, claimed: Claimed) -> None:
    """The receiver has it, or is none any more."""
    _release(connection, claimed, state="done", error=None)


def postpone(connection: Connection, claimed: Claimed, *, at: Instant, error: str, counts: bool) -> None:
    """Try again from then on; `counts` tells whether this try was one."""
    attempts = claimed.attempts - (not counts)
    _release(connection, claimed, state="waiting", next_at=at, attempts=attempts, error=error)


def give_up(connection: Connection, claimed: Claimed, *, error: str) -> None:
    """Leave it to a person."""
    _release(connection, claimed, state="given_up", error=error)


def state(connection: Connection, account: str) -> State:
    """For `deskpulse doctor`."""
    failed = select(_rows.state, _rows.error).where(_rows.account == account, _rows.error.is_not(None))
    rows = connection.execute(failed.order_by(_rows.day.desc(), _rows.outlet, _rows.receiver)).all()
    given_up = [row.error for row in rows if row.state == "given_up"]
    put_off = [row.error for row in rows if row.state in _OPEN]
    return State(len(given_up), len(put_off), next(iter((*given_up, *put_off)), ""))


def try_again(connection: Connection, account: str, *, now: Instant) -> int:
    """Let everything that was given up be tried from now on; how many there were."""
    statement = update(schema.digests).where(_rows.account == account, _rows.state == "given_up")
    return connection.execute(statement.values(state="waiting", attempts=0, next_at=now, error=None)).rowcount


def sent(connection: Connection, account: str) -> int | None:
    """The first day of the latest period that was sent to anybody."""
    found = select(func.max(_rows.day)).where(_rows.account == account, _rows.state == "done")
    latest: int | None = connection.execute(found).scalar_one()
    return latest


def _of_period(summary: Summary) -> ColumnElement[bool]:
    return and_(_rows.account == summary.account, _rows.period == summary.period, _rows.day == summary.day)


def _is_due(now: Instant) -> ColumnElement[bool]:
    return and_(_rows.state.in_(_OPEN), _rows.next_at <= now, _rows.lease_until <= now)


def _settle(connection: Connection, claimed: Claimed, **values: Any) -> None:
    ours = and_(
        _of_period(Summary(claimed.account, claimed.period, claimed.day)),
        _rows.outlet == claimed.outlet,
        _rows.receiver == claimed.receiver,
        _rows.token == claimed.token,
    )
    settled(connection.execute(update(schema.digests).where(ours).values(**values)).rowcount)


def _release(connection: Connection, claimed: Claimed, **values: Any) -> None:
    _settle(connection, claimed, token=None, lease_until=0, **values)
