"""A day's or a week's summary for people outside the desk: once a receiver, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import structlog
from sqlalchemy import Connection

from integrations.actions import Section
from integrations.errors import DeskpulseError, GiveUp, Unclear
from integrations.outlets.base import Bar, Digest, Link, Outlet, plain
from integrations.outlets.email import Email
from integrations.outlets.mail_server import sender_of, server_of
from integrations.outlets.slack import Slack
from integrations.times import SECOND
from workers import wording
from workers.accounts import Account
from workers.faults import Fault, attempted
from workers.periods import Period, date_of, today
from workers.reports import ReportRequest, report
from workers.retries import Again, End
from workers.runtime import Runtime
from workers.schedule import SUMMARIES
from workers.settings import Settings
from workers.settling import judged, refuse_deadly, settle_or_leave, told
from workers.store import accounts, digests, summaries
from workers.store.digests import Claimed, Receiver
from workers.store.due import Summary
from workers.store.leases import LeaseLost
from workers.summaries import marker_of
from workers.summary_text import DAYS, Content, content, period_of

EMAIL: Final = "email"
SLACK: Final = "slack"
#: How long one message sends before the worker may be told something else; one delivery may take a minute more.
_SEND: Final = 20 * SECOND
_MOST_BARS: Final = 8
_VOLUME: Final = "ticket_volume"
_NO_SERVER: Final = "no mail server is known: set DESKPULSE_SMTP_URL and DESKPULSE_MAIL_FROM"
_CUT_SHORT: Final = "a worker ended while this was handed over: it may have arrived"

log: Final = structlog.get_logger(__name__)


def send_digests(runtime: Runtime, account_slug: str, period: str, day: int) -> None:
    """Send the digest of the period (`daily` or `weekly`) that began on that day to whoever waits for it.

    Nothing happens before the period is over, where nobody is to have it, or where there was never a ticket.
    """
    with runtime.database.read() as connection:
        account = accounts.find(connection, account_slug, runtime.vault)
    if account is not None and period in DAYS and _is_over(runtime, account, period, day):
        _send_all(runtime, account, Summary(account_slug, period, day))


def receivers_of(account: Account) -> tuple[Receiver, ...]:
    """Who is to have the account's digests, by its `[digests]` and the webhook that is kept with its secrets."""
    told_by_mail = account.settings.get("digests", {}).get("email", ())
    slack: tuple[Receiver, ...] = ((SLACK, ""),) if account.slack else ()
    return (*((EMAIL, address) for address in told_by_mail), *slack)


def periods_of(account: Account) -> tuple[str, ...]:
    """What the account's receivers are told about."""
    return tuple(account.settings.get("digests", {}).get("periods", SUMMARIES))


def digest_of(
    connection: Connection, account: Account, period: str, day: int, *, settings: Settings, now: int
) -> Digest:
    """The digest, from the figures of this connection's snapshot."""
    found, language = content(connection, account, period, day, now=now), account.language
    moment = language.moment(now, account.rules.zone)
    return Digest(
        account=account.slug,
        language=language.code,
        marker=marker_of(account, period, day),
        at=now,
        title=plain(found.title),
        sections=tuple(_plain_sections(found)),
        note=plain(language.say("As it stood on {moment}; what came in later is not in this message.", moment=moment)),
        bars=tuple(_bars(connection, account, period_of(period, day), now=now)),
        bars_name=plain(wording.name(_VOLUME, language)),
        link=_link(settings.public_url, account, period_of(period, day)),
    )


def outlet_for(settings: Settings, account: Account, receiver: Receiver) -> Outlet:
    """The way to this receiver; GiveUp when the installation has none."""
    outlet, address = receiver
    if outlet == SLACK:
        return Slack(account.slack)
    if not settings.smtp_url or not settings.mail_from:
        raise GiveUp(_NO_SERVER)
    return Email(server_of(settings.smtp_url), sender_of(settings.mail_from), address)


def _send_all(runtime: Runtime, account: Account, what: Summary) -> None:
    _begin(runtime, account, what)
    until = runtime.clock() + _SEND
    while claimed := _claimed(runtime, what):
        _deliver(_Delivery(runtime, account, claimed))
        if runtime.clock() >= until:
            return runtime.nudge("deskpulse.send_digests", what.account, what.period, what.day)
    return None


def _is_over(runtime: Runtime, account: Account, period: str, day: int) -> bool:
    return period_of(period, day).last < today(runtime.clock(), account.rules.zone)


def _begin(runtime: Runtime, account: Account, what: Summary) -> None:
    """The rows are committed before anything is made or sent."""
    if what.period not in periods_of(account):
        return
    with runtime.database.write() as connection:
        if summaries.has_tickets(connection, account.slug, until=period_of(what.period, what.day).last):
            digests.begin(connection, what, receivers_of(account), now=runtime.clock())


def _claimed(runtime: Runtime, what: Summary) -> Claimed | None:
    with runtime.database.write() as connection:
        return digests.claim(connection, what, now=runtime.clock())


@dataclass(slots=True)
class _Delivery:
    """One claimed digest on its way; `handed_over` once the receiver may have it."""

    runtime: Runtime
    account: Account
    claimed: Claimed
    handed_over: bool = False

    def send(self) -> None:
        """Deliver it, or find that nobody wants it any more; an error of the outlet otherwise."""
        one = self.claimed
        if one.interrupted:
            self.handed_over = True
            raise Unclear(_CUT_SHORT)
        refuse_deadly(one.attempts)
        if (one.outlet, one.receiver) in receivers_of(self.account) and one.period in periods_of(self.account):
            self._outlet().send(self._digest(), handing_over=self.hand_over)
        with self.runtime.database.write() as connection:
            digests.finish(connection, one)

    def hand_over(self) -> None:
        """Write down that the next step cannot be taken back; LeaseLost when it is another worker's to take."""
        with self.runtime.database.write() as connection:
            digests.hand_over(connection, self.claimed, now=self.runtime.clock())
        self.handed_over = True

    def _outlet(self) -> Outlet:
        return outlet_for(self.runtime.settings, self.account, (self.claimed.outlet, self.claimed.receiver))

    def _digest(self) -> Digest:
        one, runtime = self.claimed, self.runtime
        with runtime.database.read() as connection:
            return digest_of(
                connection, self.account, one.period, one.day, settings=runtime.settings, now=runtime.clock()
            )


def _deliver(delivery: _Delivery) -> None:
    found, one = attempted(delivery.send), delivery.claimed
    if not isinstance(found, Fault):
        log.info("digest sent", account=one.account, period=one.period, day=one.day, outlet=one.outlet)
    elif isinstance(found.error, LeaseLost):
        log.warning("digest left to another worker", account=one.account, error=str(found.error))
    else:
        _settle(delivery, found.error)


def _settle(delivery: _Delivery, error: Exception) -> None:
    one, clock = delivery.claimed, delivery.runtime.clock
    what = {"account": one.account, "digest": f"{one.period} {one.day}", "outlet": one.outlet}
    verdict = judged(error, attempts=one.attempts, now=clock(), **what)
    if delivery.handed_over and _says_nothing(error):
        verdict = End.GIVEN_UP

    def settle(connection: Connection) -> None:
        if isinstance(verdict, Again):
            digests.postpone(connection, one, at=verdict.at, error=told(error), counts=verdict.counts)
        else:
            digests.give_up(connection, one, error=told(error))

    settle_or_leave(delivery.runtime.database, settle)


def _says_nothing(error: Exception) -> bool:
    """Whether it stays open what became of a digest that was handed over; a plain refusal tells."""
    return isinstance(error, Unclear) or not isinstance(error, DeskpulseError)


def _plain_sections(found: Content) -> Iterator[Section]:
    for each in found.sections:
        yield Section(plain(each.heading), tuple(map(plain, each.lines)))


def _bars(connection: Connection, account: Account, period: Period, *, now: int) -> Iterator[Bar]:
    """The tickets of each channel, where there is more than one to compare."""
    request = ReportRequest(period.first, period.last, metrics=(_VOLUME,))
    counted = [
        (row["channel"], row["metrics"][_VOLUME]["n"]) for row in report(connection, account, request, now=now)["rows"]
    ]
    counted = sorted((each for each in counted if each[1]), key=lambda each: -each[1])[:_MOST_BARS]
    if len(counted) < 2:
        return
    language = account.language
    for channel, number in counted:
        label = plain(wording.channel(channel, language))
        yield Bar(label, language.number(number), number / counted[0][1])


def _link(public_url: str, account: Account, period: Period) -> Link | None:
    if not public_url:
        return None
    days = {"period": "days", "from": date_of(period.first).isoformat(), "to": date_of(period.last).isoformat()}
    return Link(
        plain(account.language.say("Open in Deskpulse")),
        f"{public_url}/panel/{account.slug}/overview?{urlencode(days)}",
    )
