"""An account's request budget and breaker as one row, so that all workers on all machines share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, literal, not_, or_, select, update

from integrations.errors import RateLimited
from integrations.times import MINUTE, SECOND, Instant
from workers.store import bulk, schema
from workers.store.database import Database

#: How many requests may follow each other at once; the rest of a minute's budget comes back evenly.
BURST: Final = 10
#: Failures in a row after which the desk is taken to be down.
FAILURES: Final = 5
#: How often a desk that is down is tried.
PROBE_EVERY: Final = 30 * SECOND

#: A moment this far ahead was written under a clock that was wrong: those of two machines differ by less.
_AHEAD: Final = MINUTE
_SLACK: Final = 1e-6  #: what a sum of fractions may be short of a whole token
_SUCCESS_EVERY: Final = MINUTE  #: how fresh `succeeded_at` is kept
_rows: Final = schema.gates.c


@dataclass(frozen=True, slots=True)
class GateState:
    """What `deskpulse doctor` shows of an account's desk; `open` is whether the breaker keeps requests back."""

    account: str
    open: bool
    failures: int
    held_until: Instant
    error: str | None
    failed_at: Instant | None
    succeeded_at: Instant | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A token bucket: never more than `per_minute` requests are booked in any 60 seconds.

    A window holds at most a full bucket and what flows in during it: `burst + 60 × rate = per_minute`.
    """

    per_minute: int

    @property
    def burst(self) -> int:
        """What a full bucket holds."""
        return max(1, min(BURST, self.per_minute // 2))

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return max(self.per_minute - self.burst, 1) / 60


class RowGate:
    """The gate of one account (`integrations.base.Gate`), each step in a short transaction of its own.

    While the breaker is open, one piece of work in 30 seconds goes through as a probe. Its first booking makes it
    that, so who finds nothing to do leaves the probe to others.

    `reserve` is how many tokens are left for others: work that can wait leaves some for what cannot. Use one
    instance for one piece of work at a time, and never inside a transaction.
    """

    def __init__(
        self, database: Database, account: str, *, per_minute: int, clock: Callable[[], Instant], reserve: int = 0
    ) -> None:
        self._database = database
        self._account = account
        self._budget = Budget(per_minute)
        self._clock = clock
        self._reserve = min(reserve, self._budget.burst - 1)
        self._probing = False

    @property
    def largest(self) -> int:
        """The most that can be booked in one step."""
        return self._budget.burst - self._reserve

    def take(self, requests: int) -> None:
        """Book so many requests, at most `largest`; RateLimited with `after` when they are not there now."""
        now = self._clock()
        with self._database.write() as connection:
            self._be_there(connection, now)
            self._set_right(connection, now)
            booked = connection.execute(self._booking(requests, now)).one_or_none()
            if booked is not None:
                self._probing = booked.failures >= FAILURES
                return
            after = self._seconds_until(connection, requests, now)
        raise RateLimited("the request budget of this account is used up for now", after=after)

    def hold(self, seconds: float) -> None:
        """No request at all for so long, then evenly again from one; a longer hold stays."""
        now = self._clock()
        until = now + int(seconds * SECOND)
        with self._database.write() as connection:
            self._be_there(connection, now)
            connection.execute(
                self._update(_rows.held_until < until).values(held_until=until, tokens=1.0, filled_at=until)
            )

    def admit(self) -> bool:
        """Whether the next piece of work may begin: what is asked before it is looked for, and books nothing."""
        now = self._clock()
        self._probing = False
        with self._database.read() as connection:
            row = connection.execute(_state(self._account)).one_or_none()
        return row is None or _opens_at(row, now) <= now

    def succeeded(self) -> None:
        """The desk answered: the breaker closes."""
        now = self._clock()
        stale = or_(_rows.succeeded_at.is_(None), _rows.succeeded_at < now - _SUCCESS_EVERY)
        statement = self._update(or_(_rows.failures > 0, stale)).values(failures=0, succeeded_at=now)
        self._probing = False
        with self._database.write() as connection:
            connection.execute(statement)

    def failed(self, error: Exception) -> None:
        """The desk did not do its part: one more failure in a row, the fifth of which opens the breaker."""
        now = self._clock()
        self._probing = False
        sooner = or_(_rows.probe_at < now + PROBE_EVERY, _is_probe_due(now))
        opens = and_(_rows.failures + 1 >= FAILURES, sooner)
        probe_at = case((opens, now + PROBE_EVERY), else_=_rows.probe_at)
        values = {"failures": _rows.failures + 1, "error": str(error), "failed_at": now, "probe_at": probe_at}
        with self._database.write() as connection:
            self._be_there(connection, now)
            connection.execute(self._update().values(values))

    def _booking(self, requests: int, now: Instant) -> Any:
        # A clock behind the one that filled the bucket last adds nothing: time flows forward only.
        ahead = case((_rows.filled_at < now, now), else_=_rows.filled_at)
        level = self._level(now)
        is_open, probe_due = _rows.failures >= FAILURES, _is_probe_due(now)
        admitted = or_(not_(is_open), probe_due, literal(self._probing))
        enough = level >= requests + self._reserve - _SLACK
        probe_at = case((and_(is_open, probe_due), now + PROBE_EVERY), else_=_rows.probe_at)
        booking = self._update(_rows.held_until <= now, admitted, enough)
        return booking.values(tokens=level - requests, filled_at=ahead, probe_at=probe_at).returning(_rows.failures)

    def _set_right(self, connection: Connection, now: Instant) -> None:
        """A bucket that was filled under a wrong clock fills from now on; what a desk asked us to wait stays."""
        wrong = self._update(_rows.filled_at > now + _AHEAD, _rows.held_until <= now)
        connection.execute(wrong.values(filled_at=now))

    def _level(self, now: Instant) -> ColumnElement[float]:
        elapsed = case((_rows.filled_at < now, now - _rows.filled_at), else_=0)
        level = _rows.tokens + elapsed * (self._budget.rate / SECOND)
        return case((level > self._budget.burst, float(self._budget.burst)), else_=level)

    def _seconds_until(self, connection: Connection, requests: int, now: Instant) -> float:
        found = select(_rows.held_until, _rows.failures, _rows.probe_at, self._level(now).label("level"))
        row = connection.execute(found.where(_rows.account == self._account)).one()
        until = row.held_until if self._probing else _opens_at(row, now)
        missing = (requests + self._reserve - row.level) / self._budget.rate
        seconds: float = max((until - now) / SECOND, missing, 0.001)
        return seconds

    def _update(self, *conditions: ColumnElement[bool]) -> Any:
        return update(schema.gates).where(_rows.account == self._account, *conditions)

    def _be_there(self, connection: Connection, now: Instant) -> None:
        columns = ("account", "tokens", "filled_at", "held_until", "failures", "probe_at")
        row = (self._account, float(self._budget.burst), now, 0, 0, 0)
        bulk.insert(connection, schema.gates, columns, [row])


def states(connection: Connection, *, now: Instant) -> list[GateState]:
    """The gates of all accounts whose desk was ever asked for something, for `deskpulse doctor`."""
    rows = connection.execute(select(schema.gates).order_by(_rows.account))
    return [
        GateState(
            account=row.account,
            open=row.failures >= FAILURES,
            failures=row.failures,
            held_until=row.held_until if row.held_until > now else 0,
            error=row.error if row.failures else None,
            failed_at=row.failed_at,
            succeeded_at=row.succeeded_at,
        )
        for row in rows
    ]


def held_back(connection: Connection, *, now: Instant) -> frozenset[str]:
    """The accounts of whose desk nothing may be asked now."""
    down = and_(_rows.failures >= FAILURES, not_(_is_probe_due(now)))
    return frozenset(connection.execute(select(_rows.account).where(or_(_rows.held_until > now, down))).scalars())


def _state(account: str) -> Any:
    return select(_rows.held_until, _rows.failures, _rows.probe_at).where(_rows.account == account)


def _opens_at(row: Any, now: Instant) -> Instant:
    """From when on a request may go, by the state of a gate."""
    waits = row.failures >= FAILURES and row.probe_at <= now + PROBE_EVERY + _AHEAD
    until: Instant = max(row.held_until, row.probe_at) if waits else row.held_until
    return until


def _is_probe_due(now: Instant) -> ColumnElement[bool]:
    """By its moment, or because that lies farther ahead than any probe is put off."""
    return or_(_rows.probe_at <= now, _rows.probe_at > now + PROBE_EVERY + _AHEAD)
