"""The page Now: who waits, what is due, whom to call back, how yesterday went, and what is unusual today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from integrations.times import Instant
from plugin.panel.access.session import link
from plugin.panel.charts.picture import Picture
from plugin.panel.charts.target_bullets import Bullet, TargetBullets, target_bullets
from plugin.panel.views.expected import expected_picture
from plugin.panel.views.figures import signed, title
from plugin.panel.views.follow_ups import Due, open_ones
from plugin.panel.views.health import ago
from plugin.panel.views.names import upright
from plugin.panel.views.sight import Sight, Ticket
from workers import wording
from workers.metrics.base import Figure
from workers.now.now import now_page
from workers.now.page import Attainment, Breaching, DueTicket, MissedContact, NotCalledBack, NowPage, Spike
from workers.periods import date_of
from workers.wording.language import Language, mark

_OUTBOUND: Final = "ticket_volume_outbound"
_OUTCOMES = {
    ("voice", "missed"): mark("Missed call"),
    ("voice", "abandoned"): mark("Call given up while waiting"),
    ("voice", "voicemail"): mark("Voicemail"),
    ("chat", "missed"): mark("Missed chat"),
    ("chat", "abandoned"): mark("Chat given up while waiting"),
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One channel whose customers wait."""

    channel: str
    n: str
    unassigned: str
    oldest: str
    ticket: Ticket
    href: str


@dataclass(frozen=True, slots=True)
class Item:
    """A ticket with what is urgent about it; `late` where the moment has passed."""

    ticket: Ticket
    what: str
    when: str
    who: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of yesterday beside that of the same weekday a week before."""

    name: str
    now: str
    before: str
    href: str


@dataclass(frozen=True, slots=True)
class Now:
    """The page in its order."""

    day: str
    waiting: tuple[WaitingRow, ...]
    waiting_all: str
    due: tuple[Item, ...]
    due_said: str
    due_unlisted: str
    missed: tuple[Item, ...]
    missed_said: str
    missed_unlisted: str
    yesterday: tuple[Compared, ...]
    yesterday_day: str
    targets: Picture | None
    expected: Picture
    holiday: bool
    follow_ups: tuple[Due, ...]
    spikes: tuple[tuple[str, str, str], ...]  #: tag, sentence, address


def now_view(sight: Sight) -> Now:
    """Everything of this moment, from one snapshot."""
    found, language = now_page(sight.connection, sight.account, now=sight.now), sight.language
    return Now(
        day=language.day(date_of(found.day), weekday=True),
        waiting=tuple(_waiting(sight, found)),
        waiting_all=language.number(sum(each.n for each in found.waiting)),
        due=tuple(_due(sight, each) for each in found.breaching.tickets),
        due_said=_due_said(language, found.breaching),
        due_unlisted=_unlisted(language, found.breaching.soon + found.breaching.late - len(found.breaching.tickets)),
        missed=tuple(_missed(sight, each) for each in found.not_called_back.contacts),
        missed_said=_missed_said(language, found.not_called_back),
        missed_unlisted=_unlisted(language, found.not_called_back.n - len(found.not_called_back.contacts)),
        yesterday=tuple(_yesterday(language, found)),
        yesterday_day=language.day(date_of(found.week_before.day), weekday=True, year=False),
        targets=_targets(language, found.targets),
        expected=expected_picture(found.expected, language),
        follow_ups=tuple(open_ones(sight)),
        holiday=found.expected.is_holiday,
        spikes=tuple(_spike(language, each) for each in found.spikes),
    )


def _waiting(sight: Sight, found: NowPage) -> Iterator[WaitingRow]:
    language = sight.language
    for each in found.waiting:
        href = link("figure", metric="waiting_now", tab="tickets", period="today", slice=f"channel:{each.channel}")
        yield WaitingRow(
            wording.channel(each.channel, language), language.number(each.n), language.number(each.unassigned),
            ago(language, each.oldest_since, sight.now), sight.ticket(each.oldest_ticket), href,
        )  # fmt: skip


def _unlisted(language: Language, n: int) -> str:
    """How many more there are than a page lists; '' where it lists all."""
    return language.say_many("{n} more is not listed.", "{n} more are not listed.", n) if n else ""


def _due_said(language: Language, due: Breaching) -> str:
    soon = language.say_many(
        "{n} ticket is due in the next 4 hours", "{n} tickets are due in the next 4 hours", due.soon
    )
    late = language.say_many("{n} is late", "{n} are late", due.late)
    return f"{soon}; {late}."


def _due(sight: Sight, due: DueTicket) -> Item:
    language, away = sight.language, due.due_at - sight.now
    if due.late:
        when = language.say("late by {time}", time=ago(language, due.due_at, sight.now))
    else:
        clock = language.clock(due.due_at, sight.account.rules.zone)
        when = language.say("due at {clock}, in {time}", clock=clock, time=ago(language, 0, away))
    return Item(sight.ticket(due.ticket), wording.channel(due.channel, language), when, _who(sight, due), due.late)


def _who(sight: Sight, found: DueTicket | MissedContact) -> str:
    name = upright(found.agent_name or found.agent or "")
    department = sight.names.of("department", found.department) if found.department else ""
    return " · ".join(filter(None, (department, name or sight.language.say("nobody has it"))))


def _missed(sight: Sight, missed: MissedContact) -> Item:
    language = sight.language
    what = _OUTCOMES.get((missed.media, missed.outcome))
    when = _moment(sight, missed.at)
    return Item(sight.ticket(missed.ticket), language.say(what) if what else missed.outcome, when, _who(sight, missed))


def _moment(sight: Sight, at: Instant) -> str:
    return sight.language.say("{time} ago", time=ago(sight.language, at, sight.now))


def _missed_said(language: Language, found: NotCalledBack) -> str:
    if not found.n:
        return language.say("No call and no chat was missed that nobody came back to.")
    return language.say_many(
        "{n} call or chat was missed, and nobody came back to the customer since.",
        "{n} calls and chats were missed, and nobody came back to the customers since.",
        found.n,
    )


def _yesterday(language: Language, found: NowPage) -> Iterator[Compared]:
    now, before = found.yesterday, found.week_before
    for name, metric, value, earlier in (
        (title(language, "ticket_volume"), "ticket_volume", now.inbound, before.inbound),
        (title(language, _OUTBOUND), _OUTBOUND, now.outbound, before.outbound),
        (language.say("Resolved"), "resolved_volume", now.resolved, before.resolved),
        (language.say("Reopened"), "reopened_volume", now.reopened, before.reopened),
    ):
        if value or earlier or metric != _OUTBOUND:
            href = link("figure", metric=metric, period="yesterday")
            yield Compared(name, language.number(value), language.number(earlier), href)
    href = link("figure", metric="backlog", period="yesterday")
    yield Compared(
        language.say("Change in open tickets"),
        signed(language, now.net, "tickets"),
        signed(language, before.net, "tickets"),
        href,
    )


def _targets(language: Language, targets: tuple[Attainment, ...]) -> Picture | None:
    if not targets:
        return None
    rows = tuple(_bullet(language, each, each.week, _missed_ones(each.channel)) for each in targets)
    return target_bullets(TargetBullets(language.say("Answered within target, last 7 days"), rows), language)


def _missed_ones(channel: str) -> str:
    """The tickets behind a channel's share, each with whether it was answered in time."""
    values = {"tab": "tickets", "period": "7", "slice": f"channel:{channel}"}
    return link("figure", metric="answered_within_target", **values)


def _bullet(language: Language, target: Attainment, figure: Figure, href: str) -> Bullet:
    n, met = figure.denominator or 0, figure.numerator or 0
    return Bullet(
        wording.channel(target.channel, language), n, n - met, figure.value, figure.low, figure.high, target.goal,
        language.duration(target.first_response), figure.undecided or 0, href,
    )  # fmt: skip


def _spike(language: Language, spike: Spike) -> tuple[str, str, str]:
    told = {"usual": language.number(spike.usual, 1), "least": spike.least, "most": spike.most}
    if spike.until_hour is None:
        said = language.say_many(
            "{n} ticket yesterday, usually {usual} ({least} to {most})",
            "{n} tickets yesterday, usually {usual} ({least} to {most})",
            spike.count,
            **told,
        )
    else:
        said = language.say_many(
            "{n} ticket today before {hour}, usually {usual} ({least} to {most})",
            "{n} tickets today before {hour}, usually {usual} ({least} to {most})",
            spike.count,
            hour=language.hour(spike.until_hour),
            **told,
        )
    period = "today" if spike.until_hour is not None else "yesterday"
    return (
        upright(spike.tag),
        said,
        link("figure", metric="ticket_volume", tab="tickets", period=period, slice=f"tag:{spike.tag}"),
    )
