"""What a summary says: what changed, where, what customers said, and what to do next. No agent, no customer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from integrations.actions import Section
from integrations.times import Instant
from workers import wording
from workers.accounts import Account
from workers.insights import Insight, what_next
from workers.metrics.sides import is_low
from workers.periods import Period, date_of
from workers.reports import ReportRequest, report
from workers.store import answers, tickets
from workers.store.answers import GivenAnswer
from workers.wording import insights
from workers.wording.language import Language

#: How many days each kind of summary tells about.
DAYS: Final[Mapping[str, int]] = {"daily": 1, "weekly": 7}

_CHANGED: Final[Mapping[str, tuple[str, ...]]] = {
    "daily": ("ticket_volume", "first_response_time", "resolution_rate"),
    "weekly": ("ticket_volume", "first_response_time", "resolution_rate", "resolution_rate_24h"),
}
_SAID: Final = ("csat", "ces")
_IN_CHANNELS: Final = ("ticket_volume", "first_response_time", "csat", "ces")
#: It rises with every ticket solved later, so it is told and neither compared nor told anew.
_STILL_RISING: Final = frozenset({"resolution_rate"})
_MOST_ANSWERS: Final = 5
_LONGEST_COMMENT: Final = 240
_ADDRESS: Final = re.compile(r"\S+@\S+")
_NUMBER: Final = re.compile(r"\+?\d(?:[\s().\-/]?\d){5,}")
_SHORTEST_NAME: Final = 3


@dataclass(frozen=True, slots=True)
class Content:
    """A summary's title and sections, and the hash of what makes telling it anew worthwhile."""

    title: str
    sections: tuple[Section, ...]
    told: str


def period_of(kind: str, day: int) -> Period:
    """The days that a summary tells about."""
    return Period(day, day + DAYS[kind] - 1)


def content(connection: Connection, account: Account, kind: str, day: int, *, now: Instant) -> Content:
    """The summary of a period, from the figures of this connection's snapshot."""
    period = period_of(kind, day)
    names = tuple(dict.fromkeys((*_CHANGED[kind], *_SAID)))
    found = report(connection, account, ReportRequest(period.first, period.last, metrics=names), now=now)
    total = (found["total"], found["total_previous"])
    language = account.language
    where = tuple(_channel_lines(found["rows"], language))
    said = tuple(_lines(_SAID, *total, language)) or (language.say("No answers to surveys"),)
    low = tuple(_follow_ups(connection, account, period))
    found_next = what_next(connection, account, first_day=period.first, last_day=period.last, now=now)
    sections = (
        Section(
            language.say("What changed"), (_compared(kind, found, language), *_lines(_CHANGED[kind], *total, language))
        ),
        Section(language.say("Where"), where or (language.say("No tickets and no answers in any channel"),)),
        Section(language.say("What customers said"), said),
        Section(
            language.say("What to do next"),
            (*(low or (language.say("No low answers to follow up"),)), *_advice(found_next, language)),
        ),
    )
    settled = _lines(_settled(_CHANGED[kind], found["total"]), *total, language)
    # Other examples of the same finding are not worth telling it anew.
    found_next = tuple(replace(each, examples=()) for each in found_next)
    worth = [*settled, *where, *said, *low, *_advice(found_next, language)]
    title = _title(kind, period, language)
    return Content(title, sections, hashlib.sha256(orjson.dumps([title, *worth])).hexdigest())


def without_persons(text: str, agents: Iterable[str]) -> str:
    """A comment without addresses, long numbers and names of agents, whole or in part."""
    text = _NUMBER.sub("…", _ADDRESS.sub("…", " ".join(text.split())))
    parts = {part for name in agents for part in (name, *name.split()) if _is_telling(part)}
    if parts:
        longest_first = "|".join(re.escape(part) for part in sorted(parts, key=lambda part: (-len(part), part)))
        text = re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", "…", text, flags=re.IGNORECASE)
    return text if len(text) <= _LONGEST_COMMENT else text[:_LONGEST_COMMENT].rstrip() + "…"


def _advice(found: Iterable[Insight], language: Language) -> Iterator[str]:
    return (insights.line(each, language) for each in found)


def _is_telling(name: str) -> bool:
    """Whether a part of a name is more than an initial or a syllable that stands in many words."""
    return len(name) >= _SHORTEST_NAME or not name.isascii()


def _title(kind: str, period: Period, language: Language) -> str:
    first, last = date_of(period.first), date_of(period.last)
    if kind == "daily":
        return language.say("Deskpulse: {day}", day=language.day(first, weekday=True))
    return language.say(
        "Deskpulse: the week from {first} to {last}", first=language.day(first), last=language.day(last)
    )


def _compared(kind: str, found: Mapping[str, Any], language: Language) -> str:
    first, last = (wording.iso_day(found["previous"][end], language, weekday=kind == "daily") for end in ("from", "to"))
    if kind == "daily":
        return language.say("Compared with {day}", day=first)
    return language.say("Compared with the week from {first} to {last}", first=first, last=last)


def _settled(names: Iterable[str], total: Mapping[str, Any]) -> list[str]:
    """The figures that only a late event can still change."""
    return [name for name in names if name not in _STILL_RISING and not total[name].get("undecided")]


def _lines(
    names: Iterable[str], now: Mapping[str, Any], before: Mapping[str, Any], language: Language
) -> Iterator[str]:
    for name in names:
        if now[name]["n"] or before[name]["n"]:
            yield _line(name, now[name], before[name], language)


def _line(name: str, now: Mapping[str, Any], before: Mapping[str, Any], language: Language) -> str:
    told = f"{wording.name(name, language)}: {wording.figure(now, language)}"
    difference = wording.difference(now, before, language)
    return told if name in _STILL_RISING or difference.direction is None else f"{told}; {difference.text}"


def _channel_lines(rows: Iterable[Mapping[str, Any]], language: Language) -> Iterator[str]:
    for row in rows:
        lines = " · ".join(_lines(_IN_CHANNELS, row["metrics"], row["previous"], language))
        if lines:
            yield f"{wording.channel(row['channel'], language)}: {lines}"


def _follow_ups(connection: Connection, account: Account, period: Period) -> Iterator[str]:
    """The newest low answers, the words of those who gave any first."""
    given = answers.newest(connection, account.slug, (period.first, period.last))
    low = [one for one in given if is_low(one.answer, account.rules)]
    language = account.language
    low.sort(key=lambda one: not one.answer.comment)
    agents = [name for (of, _), name in tickets.names_of(connection, account.slug).items() if of == "agent"]
    for one in low[:_MOST_ANSWERS]:
        yield _follow_up(one, agents, language)
    if len(low) > _MOST_ANSWERS:
        more = len(low) - _MOST_ANSWERS
        yield language.say_many("and {n} more low answer", "and {n} more low answers", more)


def _follow_up(given: GivenAnswer, agents: Iterable[str], language: Language) -> str:
    answer = given.answer
    told = language.say(
        "Ticket {ticket} ({channel}): {kind} {score} on {low} to {high}",
        ticket=given.ticket,
        channel=wording.channel(given.channel, language),
        kind=wording.name(answer.kind, language),
        **{name: language.number(getattr(answer, name)) for name in ("score", "low", "high")},
    )
    if not answer.comment:
        return told
    return language.say("{what}: “{comment}”", what=told, comment=without_persons(answer.comment, agents))
