"""What a summary says: what changed, where, what customers said, and what to do next. No agent, no customer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from integrations.actions import Section
from integrations.times import Instant
from workers import wording
from workers.accounts import Account
from workers.periods import Period, date_of
from workers.reactions import is_low
from workers.reports import ReportRequest, report
from workers.store import answers, tickets
from workers.store.answers import GivenAnswer
from workers.wording import say

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
    where = tuple(_channel_lines(found["rows"]))
    said = tuple(_lines(_SAID, *total)) or (say("answers.none"),)
    low = tuple(_follow_ups(connection, account, period))
    sections = (
        Section(say("changed"), (_compared(kind, found), *_lines(_CHANGED[kind], *total))),
        Section(say("where"), where or (say("channel.nothing"),)),
        Section(say("said"), said),
        Section(say("next"), low or (say("follow_up.none"),)),
    )
    worth = [*_lines(_settled(_CHANGED[kind], found["total"]), *total), *where, *said, *low]
    title = say(f"title.{kind}", first=_first(kind, period), last=wording.day(date_of(period.last)))
    return Content(title, sections, hashlib.sha256(orjson.dumps([title, *worth])).hexdigest())


def without_persons(text: str, agents: Iterable[str]) -> str:
    """A comment without addresses, long numbers and names of agents, whole or in part."""
    text = _NUMBER.sub("…", _ADDRESS.sub("…", " ".join(text.split())))
    parts = {part for name in agents for part in (name, *name.split()) if _is_telling(part)}
    if parts:
        longest_first = "|".join(re.escape(part) for part in sorted(parts, key=lambda part: (-len(part), part)))
        text = re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", "…", text, flags=re.IGNORECASE)
    return text if len(text) <= _LONGEST_COMMENT else text[:_LONGEST_COMMENT].rstrip() + "…"


def _is_telling(name: str) -> bool:
    """Whether a part of a name is more than an initial or a syllable that stands in many words."""
    return len(name) >= _SHORTEST_NAME or not name.isascii()


def _first(kind: str, period: Period) -> str:
    return wording.day(date_of(period.first), weekday=kind == "daily")


def _compared(kind: str, found: Mapping[str, Any]) -> str:
    first, last = (wording.iso_day(found["previous"][end], weekday=kind == "daily") for end in ("from", "to"))
    return say(f"compared.{kind}", first=first, last=last)


def _settled(names: Iterable[str], total: Mapping[str, Any]) -> list[str]:
    """The figures that only a late event can still change."""
    return [name for name in names if name not in _STILL_RISING and not total[name].get("undecided")]


def _lines(names: Iterable[str], now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        if now[name]["n"] or before[name]["n"]:
            yield _line(name, now[name], before[name])


def _line(name: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    told = {"name": wording.NAMES[name], "figure": wording.figure(now)}
    difference = wording.difference(now, before)
    if name in _STILL_RISING or difference.direction is None:
        return say("line", **told)
    return say("line.compared", **told, difference=difference.text)


def _channel_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        lines = list(_lines(_IN_CHANNELS, row["metrics"], row["previous"]))
        if lines:
            yield say("channel", name=wording.channel(row["channel"]), lines=" · ".join(lines))


def _follow_ups(connection: Connection, account: Account, period: Period) -> Iterator[str]:
    """The newest low answers, the words of those who gave any first."""
    given = answers.newest(connection, account.slug, (period.first, period.last))
    low = [one for one in given if is_low(one.answer, account.rules)]
    low.sort(key=lambda one: not one.answer.comment)
    agents = [name for (of, _), name in tickets.names_of(connection, account.slug).items() if of == "agent"]
    for one in low[:_MOST_ANSWERS]:
        yield _follow_up(one, agents)
    if len(low) > _MOST_ANSWERS:
        yield say("follow_up.more", count=len(low) - _MOST_ANSWERS)


def _follow_up(given: GivenAnswer, agents: Iterable[str]) -> str:
    answer = given.answer
    scores = {name: wording.number(getattr(answer, name)) for name in ("score", "low", "high")}
    told = {"ticket": given.ticket, "channel": wording.channel(given.channel), "kind": wording.NAMES[answer.kind]}
    if not answer.comment:
        return say("follow_up", **told, **scores)
    return say("follow_up.comment", **told, **scores, comment=without_persons(answer.comment, agents))
