"""Finished periods as they were first told, and what changed since: how many tickets more or less, and why.

What is told of a past period goes on changing: a ticket turns out to be spam, two are merged, a call is recovered.
The first telling is kept, so that whoever holds it can see why today's number is another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from integrations.registry import capabilities_of
from integrations.times import DAY, MINUTE, SECOND, Instant
from workers.accounts import Account
from workers.counting import rules_version
from workers.metrics.durations import BUSINESS
from workers.periods import Period, date_of, day_of, is_month, is_week, monday_of, today
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.schedule import SUMMARIES, time_of_summary
from workers.store import accounts, reported, tickets
from workers.store.conflicts import in_transaction
from workers.store.reported import Key, Snapshot
from workers.store.summaries import has_tickets
from workers.store.tombstones import keep_alive
from workers.why_changed import FEWER, MORE, Basis, Reason, why_changed

DAILY: Final = "daily"
WEEKLY: Final = "weekly"
MONTHLY: Final = "monthly"
VOLUME: Final = "ticket_volume"
_WEEK: Final = 7
_LENGTHS: Final[Mapping[str, int]] = {DAILY: 1, WEEKLY: _WEEK}
#: What is kept of a period; durations in business time too where there is a schedule.
_HEADLINES: Final = (
    VOLUME, "first_response_time", "answered_within_target", "resolution_rate_24h", "reopen_rate", "csat", "ces",
    "nps",
)  # fmt: skip
_TIMES: Final = tuple(name + BUSINESS for name in _HEADLINES if name.endswith("_time"))
#: What a figure says, without what compares it.
_SAID: Final = frozenset(
    {
        "value", "unit", "n", "low", "high", "median", "p90", "mean", "numerator", "denominator", "undecided",
        "scale", "note", "parts",
    }
)  # fmt: skip

#: Tickets of a period that are kept one by one; of more, only how many more or fewer there are is told.
MOST_TICKETS: Final = 50_000
#: So many are compared whenever somebody looks; where they are more, what a worker found is told.
FEW_TICKETS: Final = 1_000
#: How often a worker compares periods of more tickets, and how long at a time, in seconds.
COMPARE_EVERY: Final = 15 * MINUTE
COMPARE_SECONDS: Final = 4.0
#: How long periods are kept: 13 months.
KEPT_DAYS: Final = 397
#: How long after its end a period is taken that no summary tells of: what was under way is in by then.
_SETTLED: Final = 10 * MINUTE
#: How long a summary has to tell of it first.
_PATIENCE: Final = {DAILY: 2 * DAY, WEEKLY: 10 * DAY}


@dataclass(frozen=True, slots=True)
class Changed:
    """A figure that is another one now, both as in the Report JSON."""

    name: str
    then: Mapping[str, Any]
    now: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since a period was first told: the reasons add up to the difference of the two volumes."""

    as_of: Instant
    volume: tuple[int, int]  #: then and now
    reasons: tuple[Reason, ...]
    changed: tuple[Changed, ...]


def key_of(period: Period) -> Key | None:
    """Under which these days are told: one day, a week from Monday, a calendar month; None for any others."""
    if len(period) == 1:
        return DAILY, period.first
    if is_week(period):
        return WEEKLY, period.first
    return (MONTHLY, period.first) if is_month(period) else None


def days_of(key: Key) -> Period:
    """The days that are told under this key."""
    kind, first = key
    return Period(first, first + _LENGTHS[kind] - 1) if kind in _LENGTHS else Period(first, _month_end(first))


def snapshot(connection: Connection, account: Account, key: Key, *, now: Instant) -> Snapshot:
    """The period as it is told now, all from the snapshot of this connection."""
    period = days_of(key)
    names = (*_HEADLINES, *(_TIMES if account.rules.hours else ()))
    total = report(connection, account, ReportRequest(period.first, period.last, metrics=names), now=now)["total"]
    few = total[VOLUME]["n"] <= MOST_TICKETS
    seen = reported.seen_on(connection, account.slug, period.first, period.last) if few else {}
    return Snapshot(
        *key,
        as_of=now,
        rules=rules_version(account.rules),
        figures={name: _said(figure) for name, figure in total.items()},
        volume=total[VOLUME]["n"],
        basis=Basis.of(account.rules).json(),
        tickets={ticket: one.out for ticket, one in seen.items()} if few and len(seen) <= 2 * MOST_TICKETS else None,
    )


def due(connection: Connection, account: Account, *, now: Instant) -> list[Key]:
    """The periods that are over and that no summary will tell of, and that were not taken yet."""
    keys = [_latest(kind, account, now) for kind in (DAILY, WEEKLY, MONTHLY)]
    known = reported.have(connection, account.slug, keys)
    missing = [key for key in keys if key not in known]
    if not missing or _is_unsettled(connection, account):
        return []
    return [key for key in missing if has_tickets(connection, account.slug, until=days_of(key).last)]


def keep_report(runtime: Runtime, slug: str, kind: str, day: int) -> None:
    """Take a period as it is told now, unless it was taken before; drop what is kept no longer."""
    now = runtime.clock()
    with runtime.database.read() as connection:
        account = accounts.find(connection, slug, runtime.vault)
        if account is None or reported.have(connection, slug, [(kind, day)]):
            return
        found = snapshot(connection, account, (kind, day), now=now)
    in_transaction(runtime.database, partial(keep, account=account, told=found))


def keep(connection: Connection, account: Account, told: Snapshot) -> None:
    """Write a period down as it is told, unless that was done before; drop what is kept no longer.

    Of an account that was removed meanwhile nothing is written: the next one of its name told nothing.
    """
    keep_alive(connection, account.slug)
    if accounts.rules_number(connection, account.slug) is None:
        return
    reported.keep(connection, account.slug, told)
    reported.drop(connection, account.slug, before=today(told.as_of, account.rules.zone) - KEPT_DAYS)


def changes_since(
    connection: Connection,
    account: Account,
    told: Snapshot,
    *,
    now: Instant,
    total: Mapping[str, Mapping[str, Any]] | None = None,
) -> Since:
    """What changed since; `total` are the figures of these days now where a report of them is at hand."""
    period = days_of((told.period, told.day))
    if total is None:
        asked = ReportRequest(period.first, period.last, metrics=tuple(told.figures))
        total = report(connection, account, asked, now=now)["total"]
    figures = [(name, then, _said(total[name])) for name, then in told.figures.items() if name in total]
    volume = (told.volume, total[VOLUME]["n"])
    return Since(
        as_of=told.as_of,
        volume=volume,
        reasons=_reasons(connection, account, told, volume[1]),
        changed=tuple(Changed(name, then, is_now) for name, then, is_now in figures if then != is_now),
    )


def has_large(connection: Connection, account: str) -> bool:
    """Whether a period is kept whose tickets are not compared whenever somebody looks."""
    return bool(reported.larger(connection, account, FEW_TICKETS))


def compare(runtime: Runtime, slug: str) -> None:
    """Find out, for a moment, why the counts of large periods changed; the newest first."""
    until = runtime.clock() + int(COMPARE_SECONDS * SECOND)
    with runtime.database.read() as connection:
        account = accounts.find(connection, slug, runtime.vault)
        keys = reported.larger(connection, slug, FEW_TICKETS)
    for key in keys:
        if account is None or runtime.clock() >= until:
            return
        _compare(runtime, account, key)


def _compare(runtime: Runtime, account: Account, key: Key) -> None:
    with runtime.database.read() as connection:
        told = reported.find(connection, account.slug, key)
        if told is None:
            return
        volume = _volume(connection, account, told, now=runtime.clock())
        if volume == told.compared:
            return
        reasons = _found(connection, account, told, volume)
    in_transaction(runtime.database, partial(reported.explain, account=account.slug, key=key, now=volume, why=reasons))


def _volume(connection: Connection, account: Account, told: Snapshot, *, now: Instant) -> int:
    period = days_of((told.period, told.day))
    asked = ReportRequest(period.first, period.last, metrics=(VOLUME,))
    found: int = report(connection, account, asked, now=now)["total"][VOLUME]["n"]
    return found


def _reasons(connection: Connection, account: Account, told: Snapshot, now: int) -> tuple[Reason, ...]:
    """Of few tickets by looking at them, of many as a worker found it; else how many more or fewer there are."""
    if told.tickets is not None and told.volume <= FEW_TICKETS:
        return _found(connection, account, told, now)
    return tuple(Reason(*each) for each in told.why) if told.compared == now else _net(now - told.volume)


def _found(connection: Connection, account: Account, told: Snapshot, now: int) -> tuple[Reason, ...]:
    """By looking at every ticket. While tickets are counted anew their rows are ahead of the figures."""
    then, period = told.tickets or {}, days_of((told.period, told.day))
    seen = reported.seen_on(connection, account.slug, period.first, period.last)
    seen |= reported.seen_of(connection, account.slug, then.keys() - seen.keys())
    was, holds = Basis.read(told.basis), Basis.of(account.rules)
    reasons = why_changed(then, seen, period, was=was, holds=holds, forgotten=told.forgotten)
    by = now - told.volume
    return reasons if sum(reason.by for reason in reasons) == by else _net(by)


def _net(by: int) -> tuple[Reason, ...]:
    return (Reason(MORE if by > 0 else FEWER, by),) if by else ()


def _latest(kind: str, account: Account, now: Instant) -> Key:
    """The latest period of this kind that is over for so long that nobody else will tell of it."""
    this_day = today(now - _waits(kind, account), account.rules.zone)
    if kind == DAILY:
        return kind, this_day - 1
    if kind == WEEKLY:
        return kind, monday_of(this_day) - _WEEK
    last = date_of(this_day).replace(day=1) - timedelta(days=1)
    return kind, day_of(last.replace(day=1))


def _waits(kind: str, account: Account) -> Instant:
    wanted = kind in SUMMARIES and time_of_summary(account.settings, kind) is not None
    told = wanted and account.reachable and capabilities_of(account.desk).summaries
    return _PATIENCE[kind] if told else _SETTLED


def _is_unsettled(connection: Connection, account: Account) -> bool:
    """Whether history is being taken in or counted anew: its figures are not what anybody is told."""
    stale = tickets.has_stale(connection, account.slug, rules_version(account.rules))
    return stale or reported.is_filling(connection, account.slug)


def _said(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figure.items() if name in _SAID}


def _month_end(first: int) -> int:
    return day_of((date_of(first) + timedelta(days=31)).replace(day=1)) - 1
