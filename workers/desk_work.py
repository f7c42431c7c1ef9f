"""What the `desks` queue does for one account while somebody waits: tickets are fetched, then wishes fulfilled.

Nothing below this talks to a desk inside a transaction: a row is claimed, the desk is asked, and what it said
is stored in a short transaction that also settles the row and rolls back when the lease was lost meanwhile.
"""

from __future__ import annotations

from typing import Final

from integrations.times import SECOND
from workers.desk_actions import perform_next
from workers.desk_refreshes import refresh_next
from workers.desk_session import Reach, Step, reach
from workers.runtime import Runtime
from workers.store import actions, refreshes

#: How long one invocation works for one account before it lets others in, in seconds.
LIVE_SECONDS: Final = 5.0
#: What is due this soon is waited for: a hint is acted on about one second after it came.
_LINGER: Final = 3 * SECOND // 2


def work_off(runtime: Runtime, slug: str, *, seconds: float = LIVE_SECONDS) -> bool:
    """Fetch and perform what is due for an account; whether more was due when the time was over."""
    desk = reach(runtime, slug)
    if desk is None or not _within_reach(desk):
        return False
    until = runtime.clock() + int(seconds * SECOND)
    while runtime.clock() < until:
        step = _next(desk)
        if step is Step.STOP or (step is Step.NOTHING and not _linger(desk)):
            return False
    return True


def _next(desk: Reach) -> Step:
    """One refresh and then one ticket's actions, so that neither keeps the other waiting."""
    refreshed = refresh_next(desk)
    if refreshed is Step.STOP:
        return refreshed
    performed = perform_next(desk)
    return refreshed if performed is Step.NOTHING else performed


def _within_reach(desk: Reach) -> bool:
    """Whether the desk can be asked; what it can never do is not kept waiting."""
    can, slug = desk.desk.capabilities, desk.account.slug
    acts = can.tags or can.fields or can.notes
    if not (can.refresh and acts):
        with desk.runtime.database.write() as connection:
            if not can.refresh:
                refreshes.drop_all(connection, slug)
            if not acts:
                actions.skip_all(connection, slug)
    return desk.account.reachable and (can.refresh or acts)


def _linger(desk: Reach) -> bool:
    """Wait for what is due in a moment; False when there is nothing of the kind."""
    now, slug = desk.runtime.clock(), desk.account.slug
    with desk.runtime.database.read() as connection:
        found = (refreshes.soonest(connection, slug), actions.soonest(connection, slug))
    soon = [moment for moment in found if moment is not None and now < moment <= now + _LINGER]
    if soon:
        desk.runtime.nap((min(soon) - now) / SECOND)
    return bool(soon)
