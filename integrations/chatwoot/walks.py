"""Going through Chatwoot page by page: answers to surveys first, then conversations, the latest activity first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from integrations.base import Page, Reading
from integrations.chatwoot import client, facts, mapping
from integrations.chatwoot.payloads import Conversation, read_conversation
from integrations.errors import Rejected, Unreadable
from integrations.events import JSONValue
from integrations.session import Session
from integrations.times import DAY, HOUR, SECOND, Instant, utc

#: A customer may change an answer for 14 days (`public/api/v1/csat_survey_controller.rb`); it keeps its first date.
_CHANGEABLE: Final = 15 * DAY
#: Reconciliations in this local hour look at all answers that may have changed.
_LONG_LOOK_HOUR: Final = 3
#: What changed lately comes in one answer without pages, so it is asked for no further back than this.
_IN_ONE_ANSWER: Final = 6 * HOUR
_SPARE: Final = 60
_CURSOR: Final = re.compile(r"(answers|changed|conversations):([1-9][0-9]{0,8}):([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: a stage, a page of it, and the second at which the whole walk began."""

    stage: str
    page: int
    begun: int

    def text(self) -> str:
        return f"{self.stage}:{self.page}:{self.begun}"


@dataclass(frozen=True, slots=True)
class _Walk:
    """What is asked for: conversations since a moment, and answers first given since another one."""

    session: Session
    since: Instant
    answers_since: Instant


#: What a page of a stage tells, whether the stage goes on, and how many conversations there are.
_Read: TypeAlias = Callable[[_Walk, _Place], tuple[Reading, bool, int | None]]


def everything(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """Every answer and every conversation with activity since then."""
    return _pages(_Walk(session, since, since), ("answers", "conversations"), cursor)


def what_may_be_new(session: Session, *, since: Instant, cursor: str | None) -> Iterator[Page]:
    """The same, and conversations that changed without an activity line, as by programs."""
    now = session.now()
    night = utc(now).astimezone(session.access.zone).hour == _LONG_LOOK_HOUR
    walk = _Walk(session, since, min(since, now - _CHANGEABLE) if night else since)
    lately = ("changed",) if now - since <= _IN_ONE_ANSWER else ()
    return _pages(walk, ("answers", *lately, "conversations"), cursor)


def _pages(walk: _Walk, stages: tuple[str, ...], cursor: str | None) -> Iterator[Page]:
    place: _Place | None = _Place(stages[0], 1, walk.session.now() // SECOND) if cursor is None else _place(cursor)
    while place is not None:
        reading, more, total = _STAGES[place.stage](walk, place)
        place = replace(place, page=place.page + 1) if more else _next_stage(place, stages)
        yield Page(reading, None if place is None else place.text(), total)


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(f"{cursor!r} is no place in Chatwoot's lists; start again without it")
    return _Place(found[1], int(found[2]), int(found[3]))


def _next_stage(place: _Place, stages: tuple[str, ...]) -> _Place | None:
    order = tuple(_STAGES)
    later = [stage for stage in stages if order.index(stage) > order.index(place.stage)]
    return _Place(later[0], 1, place.begun) if later else None


def _answers(walk: _Walk, place: _Place) -> tuple[Reading, bool, int | None]:
    """Up to the second at which the walk began, so that new answers do not move others to other pages."""
    until = (place.begun + 1) * SECOND
    rows = client.ratings(walk.session, since=walk.answers_since, until=until, page=place.page)
    seen = walk.session.now()
    told = tuple(facts.answered(rating, seen=seen) for rating in rows if mapping.is_score(rating.score))
    return Reading(events=told), bool(rows), None


def _changed(walk: _Walk, _: _Place) -> tuple[Reading, bool, int | None]:
    seconds = (walk.session.now() - walk.since) // SECOND + _SPARE
    listed = client.changed_within(walk.session, seconds)
    return _joined(_row(walk, row) for row in listed.rows), False, None


def _conversations(walk: _Walk, place: _Place) -> tuple[Reading, bool, int | None]:
    """One that has news meanwhile goes to the front and moves others to pages still to come: they come twice."""
    listed = client.conversations(walk.session, sort=client.BY_ACTIVITY, page=place.page)
    told = [_row(walk, row) for row in listed.rows]
    return _joined(told), any(one is not None for one in told), listed.total


def _row(walk: _Walk, row: JSONValue) -> Reading | None:
    """What a row tells; None for one that is older than what is asked for."""
    try:
        one = read_conversation(row)
    except Unreadable:
        return _to_be_asked(row)  # its refresh fails on its own, and is shown
    return facts.of_listed(one, walk.session.access) if _last(one) >= walk.since else None


def _last(one: Conversation) -> Instant:
    return max(one.created, one.active or 0, one.updated or 0)


def _to_be_asked(row: JSONValue) -> Reading | None:
    number = row.get("id") if isinstance(row, dict) else None
    return Reading(refresh=(str(number),)) if type(number) is int else None


def _joined(readings: Iterator[Reading | None] | list[Reading | None]) -> Reading:
    told = [reading for reading in readings if reading is not None]
    return Reading(
        events=tuple(event for reading in told for event in reading.events),
        refresh=tuple(ticket for reading in told for ticket in reading.refresh),
    )


_STAGES: Final[Mapping[str, _Read]] = {"answers": _answers, "changed": _changed, "conversations": _conversations}
