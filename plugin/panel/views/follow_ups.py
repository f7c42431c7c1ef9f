"""The unhappy customers that somebody must come back to, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from plugin.panel.views.health import ago
from plugin.panel.views.names import upright
from plugin.panel.views.sight import Sight, Ticket
from workers import wording
from workers.follow_ups import FollowUp, follow_ups
from workers.periods import Period

_OPEN: Final = ("waiting", "late")
_SHOWN_DAYS: Final = 30
_MOST_DAYS: Final = 120
_NEVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Due:
    """One that is open: what was said, by when somebody should come back, and whether that has passed."""

    ticket: Ticket
    score: str
    comment: str
    where: str
    due: str
    late: bool


def open_ones(sight: Sight) -> list[Due]:
    """The open ones of the last 30 days: what can be in time, the most urgent first, then what is late, lately."""
    found = follow_ups(sight.connection, sight.account, now=sight.now, days=_SHOWN_DAYS)
    due = sorted((each for each in found if each.state in _OPEN), key=_urgency)
    return [_due(sight, each) for each in due]


def _urgency(found: FollowUp) -> tuple[bool, int]:
    at = _NEVER if found.due_at is None else found.due_at
    return found.state == "late", -at if found.state == "late" else at


def states(sight: Sight, period: Period) -> dict[tuple[str, str], str]:
    """Of the answers of these days that ask for it, by ticket and kind: whether somebody came back."""
    days = min(max(1, sight.today - period.first), _MOST_DAYS)
    return _states(sight, days)


def states_of(sight: Sight, ticket: str) -> dict[tuple[str, str], str]:
    """The same of one ticket's answers of the last 30 days."""
    return {key: said for key, said in _states(sight, _SHOWN_DAYS).items() if key[0] == ticket}


def _states(sight: Sight, days: int) -> dict[tuple[str, str], str]:
    found = follow_ups(sight.connection, sight.account, now=sight.now, days=days)
    return {(each.ticket, each.kind): said(sight, each) for each in reversed(found)}


def said(sight: Sight, found: FollowUp) -> str:
    """Whether somebody came back to the customer, or by when somebody should."""
    say, now = sight.language.say, sight.now
    if found.state == "contacted_in_time":
        return say("contacted in time")
    if found.state == "contacted_late":
        return say("contacted late")
    if found.due_at is None:
        return say("to be contacted")
    if found.state == "late":
        return say("contact is late by {time}", time=ago(sight.language, found.due_at, now))
    return say("contact within {time}", time=ago(sight.language, now, found.due_at))


def _due(sight: Sight, found: FollowUp) -> Due:
    language = sight.language
    low, high = found.scale
    numbers = {"score": language.number(found.score), "low": language.number(low), "high": language.number(high)}
    return Due(
        ticket=sight.ticket(found.ticket),
        score=f"{found.kind.upper()} {language.say('{score} on {low} to {high}', **numbers)}",
        comment=upright(found.comment or ""),
        where=" · ".join(_where(sight, found)),
        due=said(sight, found),
        late=found.state == "late",
    )


def _where(sight: Sight, found: FollowUp) -> Iterator[str]:
    yield wording.channel(found.channel, sight.language)
    if found.agent:
        yield sight.names.of("agent", found.agent)
    yield sight.language.say("{time} ago", time=ago(sight.language, found.at, sight.now))
