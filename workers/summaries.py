"""Telling a desk about a day or a week: one object for each, whatever fails, and told anew when its past changes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Connection

from integrations.actions import PutSummary
from integrations.times import HOUR, MINUTE, Instant
from workers import as_reported
from workers.accounts import Account
from workers.desk_session import Reach, reach
from workers.faults import Fault, attempted
from workers.periods import today
from workers.retries import Again, End
from workers.runtime import Runtime
from workers.schedule import SUMMARIES, time_of_summary
from workers.settling import judged, refuse_deadly, settle_or_leave, told
from workers.store import reported, summaries
from workers.store.leases import LeaseLost
from workers.store.reported import Snapshot
from workers.store.summaries import Claimed
from workers.summary_text import DAYS, Content, content, period_of

#: How long after its last day a summary is still told anew, in days.
REVISED_DAYS: Final = 7
#: How often the figures of a told summary are looked at again; the desk only hears of what changed.
LOOK_AGAIN: Final = HOUR
_MARKER_DIGITS: Final = 20

log: Final = structlog.get_logger(__name__)


def sum_up(runtime: Runtime, account_slug: str, period: str, day: int) -> None:
    """Tell the desk about the period (`daily` or `weekly`) that began on that day, unless it knows.

    Nothing happens where the desk takes no summaries, the account wants none, or there is no ticket at all.
    """
    desk = reach(runtime, account_slug)
    if desk is None:
        return None
    if not _is_wanted(desk, period):
        return _end(desk, period, day)
    claimed = _claim(desk, period, day)
    if claimed is None:
        return None
    told = attempted(_Telling(desk, claimed).tell)
    if not isinstance(told, Fault):
        return None
    if isinstance(told.error, LeaseLost):
        log.warning("summary left to another worker", account=account_slug, error=str(told.error))
    else:
        _settle(desk, claimed, told.error)
    return None


def marker_of(account: Account, period: str, day: int) -> str:
    """What marks the object of a period: the same whenever it is asked for, and never another account's."""
    name = f"{account.slug}:{period}:{day}".encode()
    digest = hmac.new(account.customer_key, name, hashlib.sha256).hexdigest()
    return f"deskpulse:{period}-{digest[:_MARKER_DIGITS]}"


def _is_wanted(desk: Reach, period: str) -> bool:
    wanted = period in SUMMARIES and time_of_summary(desk.account.settings, period) is not None
    return wanted and desk.account.reachable and desk.desk.capabilities.summaries


def _end(desk: Reach, period: str, day: int) -> None:
    """One that was begun before it was turned off is not asked for any more."""
    with desk.runtime.database.write() as connection:
        claimed = summaries.claim(connection, desk.account.slug, period, day, now=desk.runtime.clock())
        if claimed is not None:
            summaries.end(connection, claimed)


def _claim(desk: Reach, period: str, day: int) -> Claimed | None:
    """The row, with its marker committed before anything is asked of the desk."""
    account, now = desk.account, desk.runtime.clock()
    if period not in DAYS or period_of(period, day).last >= today(now, account.rules.zone):
        return None
    with desk.runtime.database.write() as connection:
        if not summaries.has_tickets(connection, account.slug, until=period_of(period, day).last):
            return None
        summaries.begin(connection, account.slug, period, day, marker=marker_of(account, period, day), now=now)
        return summaries.claim(connection, account.slug, period, day, now=now)


@dataclass(frozen=True, slots=True)
class _Telling:
    """One claimed summary and the desk that is to have it."""

    desk: Reach
    claimed: Claimed

    def tell(self) -> None:
        """Give the desk the summary unless it has it as it is; LeaseLost or the desk's error otherwise."""
        refuse_deadly(self.claimed.attempts)
        found, first = self._content()
        if found.told == self.claimed.told:
            return self._told(found.told, self.claimed.object_id, first)
        if not self.desk.gate.admit():
            return self._wait()
        with self.desk.talk(self._keep) as session:
            done = self.desk.desk.apply(self._request(found), session)
        return self._told(found.told, done.object_id or self.claimed.object_id, first)

    def _content(self) -> tuple[Content, Snapshot | None]:
        """What is told, and the figures it is made of where the period was never told before."""
        one, account, now = self.claimed, self.desk.account, self.desk.runtime.clock()
        key = (one.period, one.day)
        with self.desk.runtime.database.read() as connection:
            found = content(connection, account, *key, now=now)
            if reported.have(connection, account.slug, [key]):
                return found, None
            return found, as_reported.snapshot(connection, account, key, now=now)

    def _request(self, found: Content) -> PutSummary:
        return PutSummary(self.claimed.marker, found.title, found.sections, self.claimed.object_id)

    def _told(self, content_hash: str, object_id: str | None, first: Snapshot | None) -> None:
        with self.desk.runtime.database.write() as connection:
            if first is not None:
                as_reported.keep(connection, self.desk.account, first)
            summaries.tell(
                connection, self.claimed, told=content_hash, object_id=object_id, look_again=self._look_again()
            )

    def _look_again(self) -> Instant | None:
        now = self.desk.runtime.clock()
        last = period_of(self.claimed.period, self.claimed.day).last
        over = today(now, self.desk.account.rules.zone) > last + REVISED_DAYS
        return None if over else now + LOOK_AGAIN

    def _wait(self) -> None:
        """The desk takes nothing for now, which is no failure of this summary."""
        at = self.desk.runtime.clock() + MINUTE
        with self.desk.runtime.database.write() as connection:
            summaries.postpone(connection, self.claimed, at=at, error=None, counts=False)

    def _keep(self) -> None:
        with self.desk.runtime.database.write() as connection:
            summaries.keep(connection, self.claimed, now=self.desk.runtime.clock())


def _settle(desk: Reach, claimed: Claimed, error: Exception) -> None:
    what = {"account": claimed.account, "period": claimed.period, "day": str(claimed.day)}
    verdict = judged(error, attempts=claimed.attempts, now=desk.runtime.clock(), **what)

    def settle(connection: Connection) -> None:
        if isinstance(verdict, Again):
            summaries.postpone(connection, claimed, at=verdict.at, error=told(error), counts=verdict.counts)
        elif verdict is End.SKIPPED:
            summaries.end(connection, claimed)
        else:
            summaries.give_up(connection, claimed, error=told(error))

    settle_or_leave(desk.runtime.database, settle)
