"""What we wish to hold in a desk: one row for each ticket and purpose, performed in order, one worker a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, update

from integrations.times import Instant
from workers.store import schema
from workers.store.leases import LEASE, new_token, settled

_rows: Final = schema.actions.c
_refreshes: Final = schema.refreshes.c
_other: Final = schema.actions.alias("other")


@dataclass(frozen=True, slots=True)
class Action:
    """One claimed wish, as its JSON was when claimed; `attempts` with this one."""

    account: str
    ticket: str
    purpose: str
    wish: str
    attempts: int
    asked_at: Instant
    token: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An action that nothing but a person will bring about."""

    account: str
    ticket: str
    purpose: str
    attempts: int
    error: str


def claim(connection: Connection, account: str, *, now: Instant) -> list[Action]:
    """Take every due action of one ticket, in the order they were asked for; empty when none is due."""
    ticket = connection.execute(_next_ticket(account, now)).scalar_one_or_none()
    return [] if ticket is None else _claim(connection, account, ticket, now)


def soonest(connection: Connection, account: str) -> Instant | None:
    """When the next action is due; None when none waits."""
    waiting = select(func.min(_rows.next_at)).where(_rows.account == account, _rows.state == "waiting")
    found: Instant | None = connection.execute(waiting.where(_rows.ticket != "")).scalar_one()
    return found


def keep(connection: Connection, action: Action, *, now: Instant) -> None:
    """Renew the lease of every action of this claim; LeaseLost when it is another's."""
    claimed = and_(_rows.account == action.account, _rows.ticket == action.ticket, _rows.token == action.token)
    found = connection.execute(update(schema.actions).where(claimed).values(lease_until=now + LEASE)).rowcount
    settled(min(found, 1))


def fulfil(connection: Connection, action: Action, *, now: Instant) -> None:
    """The desk holds the wish: done, unless it was changed meanwhile, which is then still to be done."""
    changes = _unless_changed(action, "done")
    _release(connection, action, **changes, held=action.wish, done_at=now, attempts=0, error=None)


def postpone(connection: Connection, action: Action, *, at: Instant, error: str | None, counts: bool) -> None:
    """Try again from then on; `counts` tells whether this try was one. Without an error the last one stays."""
    changes: dict[str, Any] = {} if error is None else {"error": error}
    _release(connection, action, next_at=at, attempts=action.attempts - (not counts), **changes)


def give_up(connection: Connection, action: Action, *, error: str) -> None:
    """Leave it to a person; the next wish for the same purpose revives it."""
    _release(connection, action, **_unless_changed(action, "given_up"), error=error)


def skip(connection: Connection, action: Action, *, error: str | None = None) -> None:
    """There is nothing to do: this desk has nothing of the kind, the ticket is gone, or it is too late."""
    _release(connection, action, **_unless_changed(action, "skipped"), error=error)


def skip_all(connection: Connection, account: str) -> None:
    """This account's desk takes no actions at all."""
    statement = update(schema.actions).where(_rows.account == account, _rows.state == "waiting", _rows.ticket != "")
    connection.execute(statement.values(state="skipped"))


def given_up(connection: Connection, account: str, *, most: int = 100) -> list[GivenUp]:
    """The actions that were given up, for `deskpulse doctor`."""
    found = select(_rows.account, _rows.ticket, _rows.purpose, _rows.attempts, _rows.error)
    found = found.where(_rows.account == account, _rows.state == "given_up")
    rows = connection.execute(found.order_by(_rows.ticket, _rows.purpose).limit(most))
    return [GivenUp(row.account, row.ticket, row.purpose, row.attempts, row.error or "") for row in rows]


def try_again(connection: Connection, account: str, *, now: Instant) -> int:
    """Let everything that was given up be tried from now on, as if it were asked for now; how many there were."""
    statement = update(schema.actions).where(_rows.account == account, _rows.state == "given_up")
    return connection.execute(statement.values(state="waiting", attempts=0, next_at=now, asked_at=now)).rowcount


def _next_ticket(account: str, now: Instant) -> Any:
    """The ticket whose action waits longest; one that is being worked on or has its first refresh before it waits."""
    other = _other.c
    busy = exists().where(other.account == account, other.ticket == _rows.ticket, other.lease_until > now)
    refresh_first = exists().where(
        _refreshes.account == account,
        _refreshes.ticket == _rows.ticket,
        _refreshes.state == "waiting",
        or_(_refreshes.attempts == 0, _refreshes.lease_until > now),
    )
    due = select(_rows.ticket).where(_rows.account == account, _rows.state == "waiting", _rows.next_at <= now)
    return due.where(_rows.ticket != "", ~busy, ~refresh_first).order_by(_rows.next_at).limit(1)


def _claim(connection: Connection, account: str, ticket: str, now: Instant) -> list[Action]:
    # All rows of the ticket are locked, not only the due ones: whoever claims another of them waits here and
    # then sees the lease. Rows locked by nobody for long are worth waiting for, so nothing is skipped.
    of_ticket = and_(_rows.account == account, _rows.ticket == ticket)
    locked = connection.execute(select(schema.actions).where(of_ticket).order_by(_rows.purpose).with_for_update())
    rows = locked.all()
    due = [row for row in rows if row.state == "waiting" and row.next_at <= now]
    if not due or any(row.lease_until > now for row in rows):
        return []
    token = new_token()
    claimed = and_(of_ticket, _rows.purpose.in_([row.purpose for row in due]))
    values = {"token": token, "lease_until": now + LEASE, "attempts": _rows.attempts + 1}
    connection.execute(update(schema.actions).where(claimed).values(values))
    in_order = sorted(due, key=lambda row: (row.asked_at, row.purpose))
    return [Action(account, ticket, row.purpose, row.wish, row.attempts + 1, row.asked_at, token) for row in in_order]


def _unless_changed(action: Action, state: str) -> dict[str, ColumnElement[str]]:
    return {"state": case((_rows.wish == action.wish, state), else_="waiting")}


def _release(connection: Connection, action: Action, **values: Any) -> None:
    ours = and_(
        _rows.account == action.account,
        _rows.ticket == action.ticket,
        _rows.purpose == action.purpose,
        _rows.token == action.token,
    )
    statement = update(schema.actions).where(ours).values(token=None, lease_until=0, **values)
    settled(connection.execute(statement).rowcount)
