"""Performing what is wished of a desk: done once in effect, however often it is asked for, and marked done last."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from integrations.errors import RateLimited, Retry
from integrations.times import HOUR, MINUTE, SECOND
from workers import wishes
from workers.desk_session import Reach, Step
from workers.faults import Fault, attempted
from workers.retries import Again, End
from workers.settling import judged, refuse_deadly, settle_or_leave, told
from workers.store import actions
from workers.store.conflicts import in_transaction
from workers.store.leases import LeaseLost
from workers.surveys.sending import handed_over, spelled_out

log: Final = structlog.get_logger(__name__)


def perform_next(desk: Reach) -> Step:
    """Perform every due action of the ticket that waits longest, in the order they were asked for."""
    if not desk.gate.admit():
        return Step.STOP
    with desk.runtime.database.write() as connection:
        claimed = actions.claim(connection, desk.account.slug, now=desk.runtime.clock())
    for done, action in enumerate(claimed, start=1):
        error = _attempt(desk, action)
        if isinstance(error, LeaseLost):
            break
        if isinstance(error, Retry):
            _put_back(desk, claimed[done:], after=error)
            return Step.STOP if isinstance(error, RateLimited) else Step.WORKED
    return Step.WORKED if claimed else Step.NOTHING


def _attempt(desk: Reach, action: actions.Action) -> Exception | None:
    """Perform one action and settle its row; what went wrong."""
    done = attempted(lambda: _perform(desk, action))
    if not isinstance(done, Fault):
        return None
    if isinstance(done.error, LeaseLost):
        log.warning("action left to another worker", account=action.account, error=str(done.error))
    else:
        _settle_action(desk, action, done.error)
    return done.error


def _perform(desk: Reach, action: actions.Action) -> None:
    refuse_deadly(action.attempts)
    if action.asked_at + desk.account.max_age < desk.runtime.clock():
        hours = desk.account.max_age // HOUR
        return _skip(desk, action, f"not done within {hours} hours, so it is not done any more")
    wish = spelled_out(desk.runtime, desk.account, action.ticket, action.wish)
    requests = wishes.requests_of(action.ticket, wish, desk.desk.capabilities)
    if not requests:
        return _skip(desk, action, None)
    with desk.talk(partial(_keep_action, desk, action)) as session:
        for request in requests:
            desk.desk.apply(request, session)
    in_transaction(desk.runtime.database, partial(_fulfil, desk, action))
    return None


def _fulfil(desk: Reach, action: actions.Action, connection: Connection) -> None:
    now = desk.runtime.clock()
    handed_over(connection, desk.held(connection), action.ticket, action.wish, now=now)
    actions.fulfil(connection, action, now=now)


def _keep_action(desk: Reach, action: actions.Action) -> None:
    with desk.runtime.database.write() as connection:
        actions.keep(connection, action, now=desk.runtime.clock())


def _skip(desk: Reach, action: actions.Action, reason: str | None) -> None:
    with desk.runtime.database.write() as connection:
        actions.skip(connection, action, error=reason)


def _settle_action(desk: Reach, action: actions.Action, error: Exception) -> None:
    now = desk.runtime.clock()
    what = {"account": action.account, "ticket": action.ticket, "purpose": action.purpose}
    found = judged(error, attempts=action.attempts, now=now, **what)

    def settle(connection: Connection) -> None:
        if isinstance(found, Again):
            actions.postpone(connection, action, at=found.at, error=told(error), counts=found.counts)
        elif found is End.SKIPPED:
            actions.skip(connection, action)
        else:
            actions.give_up(connection, action, error=told(error))

    settle_or_leave(desk.runtime.database, settle)


def _put_back(desk: Reach, rest: Iterable[actions.Action], *, after: Retry) -> None:
    """The desk is away: what comes next for the same ticket waits a little too, and has lost no try."""
    wait = MINUTE if after.after is None else int(after.after * SECOND)

    def put_back(connection: Connection) -> None:
        for action in rest:
            actions.postpone(connection, action, at=desk.runtime.clock() + wait, error=None, counts=False)

    settle_or_leave(desk.runtime.database, put_back)
