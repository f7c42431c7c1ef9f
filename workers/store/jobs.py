"""Long work with a desk, page by page: what was done is kept after each page, so that any worker can go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, not_, select, update

from integrations.times import DAY, MINUTE, Instant
from workers.store import bulk, schema
from workers.store.leases import LEASE, new_token, settled

BACKFILL: Final = "backfill"
RECONCILE: Final = "reconcile"
#: The jobs that ask a desk page by page.
PAGED: Final = (BACKFILL, RECONCILE)
#: How far a reconciliation looks back beyond the one before it: search indexes of desks lag, clocks differ.
OVERLAP: Final = 15 * MINUTE
#: How far the first reconciliation looks back; a back-fill tells what was before.
FIRST_LOOK_BACK: Final = DAY

_rows: Final = schema.jobs.c
_ACTIVE: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed job: where to go on, and since when this pass has run."""

    account: str
    job: str
    since: Instant
    cursor: str | None
    started_at: Instant
    attempts: int
    token: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: tickets done of the total, where the desk tells one."""

    account: str
    job: str
    state: str  #: waiting, running, done, given_up
    done: int
    total: int | None
    attempts: int
    next_at: Instant
    error: str | None


def start(connection: Connection, account: str, job: str, *, since: Instant, now: Instant) -> bool:
    """Begin a job from the start; False when one of that name is under way already."""
    under_way = select(_rows.state).where(_rows.account == account, _rows.job == job, _rows.state.in_(_ACTIVE))
    if connection.execute(under_way.with_for_update()).one_or_none():
        return False
    columns = ("account", "job", "state", "cursor", "since", "done", "total", "attempts", "next_at", "token")
    row = (account, job, "waiting", None, since, 0, None, 0, now, None)
    bulk.upsert(connection, schema.jobs, (*columns, "lease_until", "error"), [(*row, 0, None)])
    return True


def is_reconciled(connection: Connection, account: str, *, poll: Instant, now: Instant) -> bool:
    """Whether an account is reconciled as often as its settings say."""
    found = select(_rows.job).where(_of(account, RECONCILE), not_(_too_late(now + poll)))
    return connection.execute(found).one_or_none() is not None


def ensure_reconcile(connection: Connection, account: str, *, poll: Instant, now: Instant) -> None:
    """See to it that an account is reconciled, and no later from now than its settings say."""
    columns = ("account", "job", "state", "since", "done", "attempts", "next_at", "lease_until")
    row = (account, RECONCILE, "waiting", now - FIRST_LOOK_BACK, 0, 0, now, 0)
    bulk.insert(connection, schema.jobs, columns, [row])
    late = update(schema.jobs).where(_of(account, RECONCILE), _too_late(now + poll))
    connection.execute(late.values(next_at=now + poll))


def claim(connection: Connection, account: str, job: str, *, now: Instant) -> Job | None:
    """Take the job when it is due and nobody holds it."""
    due = and_(_of(account, job), _rows.state.in_(_ACTIVE), _rows.next_at <= now, _rows.lease_until <= now)
    statement = (
        update(schema.jobs)
        .where(due)
        .values(state="running", token=new_token(), lease_until=now + LEASE, attempts=_rows.attempts + 1)
        .returning(_rows.cursor, _rows.since, _rows.attempts, _rows.token)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    started_at, cursor = _place(row.cursor, now)
    return Job(account, job, row.since or 0, cursor, started_at, row.attempts, row.token)


def keep(connection: Connection, job: Job, *, now: Instant) -> None:
    """Renew the lease; LeaseLost when it is another's."""
    _settle(connection, job, lease_until=now + LEASE)


def advance(
    connection: Connection, job: Job, *, cursor: str | None, tickets: int, total: int | None, now: Instant
) -> None:
    """A page is stored: go on after it. What went wrong before it is forgotten."""
    changes = {} if total is None else {"total": total}
    place = orjson.dumps([job.started_at, cursor]).decode()
    done = _rows.done + tickets
    _settle(connection, job, cursor=place, done=done, attempts=1, error=None, lease_until=now + LEASE, **changes)


def pause(connection: Connection, job: Job, *, at: Instant) -> None:
    """Let another worker go on from then on; nothing went wrong."""
    _release(connection, job, state="waiting", next_at=at, attempts=0)


def postpone(connection: Connection, job: Job, *, at: Instant, error: str, counts: bool) -> None:
    """Try again from then on; `counts` tells whether this try was one."""
    _release(connection, job, state="waiting", next_at=at, attempts=_rows.attempts - int(not counts), error=error)


def attempts(connection: Connection, job: Job) -> int:
    """The tries since the last page that was stored, this one included."""
    found = select(_rows.attempts).where(_of(job.account, job.job))
    return connection.execute(found).scalar_one_or_none() or 1


def finish(connection: Connection, job: Job) -> None:
    """There are no more pages."""
    _release(connection, job, state="done", cursor=None, error=None)


def finish_reconcile(connection: Connection, job: Job, *, next_at: Instant) -> None:
    """Nothing is missing up to the start of this pass; the next one begins a little before it."""
    since = job.started_at - OVERLAP
    _release(
        connection, job, state="waiting", cursor=None, since=since, done=0, attempts=0, next_at=next_at, error=None
    )


def restart_reconcile(connection: Connection, job: Job, *, next_at: Instant, error: str) -> None:
    """This pass cannot be ended: the same stretch is looked at from its beginning next time."""
    _release(connection, job, state="waiting", cursor=None, done=0, attempts=0, next_at=next_at, error=error)


def give_up(connection: Connection, job: Job, *, error: str) -> None:
    """Leave it to a person, who may start it again; the place it came to is kept for `resume`."""
    _release(connection, job, state="given_up", error=error)


def resume(connection: Connection, account: str, job: str, *, now: Instant) -> bool:
    """Go on with a job that was given up, after the last page that was stored; False when it was not."""
    statement = update(schema.jobs).where(_of(account, job), _rows.state == "given_up")
    return connection.execute(statement.values(state="waiting", attempts=0, next_at=now, error=None)).rowcount == 1


def progress(connection: Connection, account: str) -> list[Progress]:
    """Every job of an account, for the command line and `deskpulse doctor`."""
    rows = connection.execute(select(schema.jobs).where(_rows.account == account).order_by(_rows.job))
    return [_progress(row) for row in rows]


def _progress(row: Row[Any]) -> Progress:
    return Progress(row.account, row.job, row.state, row.done, row.total, row.attempts, row.next_at, row.error)


def _place(text: str | None, now: Instant) -> tuple[Instant, str | None]:
    """The moment a pass began and the desk's cursor, which share one column."""
    if text is None:
        return now, None
    started_at, cursor = orjson.loads(text)
    return started_at, cursor


def _of(account: str, job: str) -> ColumnElement[bool]:
    return and_(_rows.account == account, _rows.job == job)


def _too_late(latest: Instant) -> ColumnElement[bool]:
    """The pass is only due later although nothing went wrong: its settings were changed."""
    return and_(_rows.state == "waiting", _rows.attempts == 0, _rows.next_at > latest)


def _settle(connection: Connection, job: Job, **values: Any) -> None:
    ours = and_(_of(job.account, job.job), _rows.token == job.token)
    settled(connection.execute(update(schema.jobs).where(ours).values(**values)).rowcount)


def _release(connection: Connection, job: Job, **values: Any) -> None:
    _settle(connection, job, token=None, lease_until=0, **values)
