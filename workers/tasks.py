"""The tasks, thin: each claims rows that are due, works for a bounded time, and says whether there is more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import structlog

from integrations.times import DAY, SECOND
from workers import as_reported, digests, pipeline, removing, summaries
from workers.desk_jobs import run_job
from workers.desk_work import work_off
from workers.rebuild import forget_counts, rebuild
from workers.runtime import Runtime
from workers.store import accounts, calls, figures, takes
from workers.store.chunks import InconsistentFigures
from workers.store.conflicts import in_transaction
from workers.sweep import sweep
from workers.turns import Message, Turns

#: How long one message works before the worker may be stopped or told something else, in seconds.
TAKE_IN_SECONDS: Final = 5.0
COMPACT_SECONDS: Final = 2.0
REBUILD_SECONDS: Final = 4.0
DROP_SECONDS: Final = 10.0

log: Final = structlog.get_logger(__name__)

_turns: Final = Turns()  # of this process, which is what they are about


def take_in(runtime: Runtime) -> None:
    """Take in every call that waits."""
    until = runtime.clock() + int(TAKE_IN_SECONDS * SECOND)
    while pipeline.take_in(runtime):
        if runtime.clock() >= until:
            return runtime.nudge("deskpulse.take_in")
    return None


def desk_work(runtime: Runtime, account: str) -> None:
    """Fetch and perform what is due for one account; one thread of this process at a time."""
    message = ("deskpulse.desk_work", account)
    _in_turn(runtime, message, message, lambda: work_off(runtime, account))


def desk_job(runtime: Runtime, account: str, job: str) -> None:
    """Go on with a back-fill or a reconciliation; one thread of this process at a time."""
    message = ("deskpulse.desk_job", account, job)
    _in_turn(runtime, message, message, lambda: run_job(runtime, account, job))


def compact(runtime: Runtime, account: str) -> None:
    """Fold new facts into figures for a moment; figures that do not fit are started over."""
    try:
        figures.compact(runtime.database, account, budget_seconds=COMPACT_SECONDS)
    except InconsistentFigures as error:
        log.error("figures are started over", account=account, error=str(error))  # noqa: TRY400 - the sentence says it all
        in_transaction(runtime.database, partial(forget_counts, account=account))


def count_anew(runtime: Runtime, account: str) -> None:
    """Count tickets of older rules anew for a moment; the next sweep goes on."""
    rebuild(runtime, account, progress=lambda _done, _of: None, budget_seconds=REBUILD_SECONDS)


def sum_up(runtime: Runtime, account: str, period: str, day: int) -> None:
    """Tell the desk, in a summary, about the period that began on that day; one thread an account, whatever the day."""
    message = ("deskpulse.sum_up", account, period, day)
    _in_turn(runtime, message[:2], message, lambda: summaries.sum_up(runtime, account, period, day))


def send_digests(runtime: Runtime, account: str, period: str, day: int) -> None:
    """Tell receivers by e-mail and in Slack about the period that began on that day; one thread an account."""
    message = ("deskpulse.send_digests", account, period, day)
    _in_turn(runtime, message[:2], message, lambda: digests.send_digests(runtime, account, period, day))


def keep_report(runtime: Runtime, account: str, period: str, day: int) -> None:
    """Keep the figures of the period that began on that day as they are told now, unless they were told before."""
    as_reported.keep_report(runtime, account, period, day)


def compare_reports(runtime: Runtime, account: str) -> None:
    """Find out why other tickets count than were told of, where these are many."""
    as_reported.compare(runtime, account)


def drop_bodies(runtime: Runtime, account: str) -> None:
    """Drop the bodies of calls that are older than the account keeps them, and that nobody has to read any more."""
    with runtime.database.read() as connection:
        found = accounts.find(connection, account, runtime.vault)
        below = takes.first_waiting(connection, account)
    if found is None:
        return
    now = runtime.clock()
    before = now - found.call_bodies_days * DAY
    drop = partial(calls.drop_bodies, account=account, before=before, below=below)
    for dropped in calls.in_steps(runtime.database.door, drop, nap=runtime.nap):
        if dropped and runtime.clock() >= now + DROP_SECONDS * SECOND:
            runtime.nudge("deskpulse.drop_bodies", account)
            return


def remove_strays(runtime: Runtime) -> None:
    """Remove the calls of accounts that are gone."""
    removing.remove_strays(runtime.database)


#: Name → what it does. A message carries ids and nothing else.
TASKS: Final[Mapping[str, Callable[..., None]]] = {
    "deskpulse.take_in": take_in,
    "deskpulse.desk_work": desk_work,
    "deskpulse.desk_job": desk_job,
    "deskpulse.sum_up": sum_up,
    "deskpulse.send_digests": send_digests,
    "deskpulse.keep_report": keep_report,
    "deskpulse.compare_reports": compare_reports,
    "deskpulse.sweep": sweep,
    "deskpulse.compact": compact,
    "deskpulse.rebuild": count_anew,
    "deskpulse.drop_bodies": drop_bodies,
    "deskpulse.remove_strays": remove_strays,
}

#: Name → queue: everything that talks to others is in `desks`, where one thread waits and the others work on.
QUEUES: Final[Mapping[str, str]] = {
    "deskpulse.take_in": "intake",
    "deskpulse.desk_work": "desks",
    "deskpulse.desk_job": "desks",
    "deskpulse.sum_up": "desks",
    "deskpulse.send_digests": "desks",
    "deskpulse.keep_report": "sums",
    "deskpulse.compare_reports": "sums",
    "deskpulse.sweep": "sums",
    "deskpulse.compact": "sums",
    "deskpulse.rebuild": "sums",
    "deskpulse.drop_bodies": "sums",
    "deskpulse.remove_strays": "sums",
}


def _in_turn(runtime: Runtime, whose: Message, message: Message, work: Callable[[], bool | None]) -> None:
    """Do what a message asks for when it is its turn; else it is sent again when the turn is over."""
    key = " ".join(map(str, whose))
    if not _turns.take(key, message):
        return
    again: list[Message] = []
    try:
        if work():
            again.append(message)
    finally:
        again += [each for each in _turns.give_back(key) if each not in again]
        for each in again:
            runtime.nudge(*each)
