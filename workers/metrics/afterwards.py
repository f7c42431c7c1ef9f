"""What came after a customer's answers: when somebody of the team reached them, and what they answered next; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from integrations.times import DAY, HOUR, SECOND, Instant
from workers import timeline
from workers.metrics.base import Counted
from workers.metrics.facts import Fact, Slices
from workers.metrics.sides import is_low, side
from workers.tickets import Answer

#: Of the answers that are followed up: whether the customer was contacted in time.
CONTACTED: Final = "contacted_in_time"
#: Of those whose customer answered again: whether that answer is a good one, after a contact and without.
RESCUED: Final = "rescued_rate"
RESCUED_ALONE: Final = "rescued_rate_not_contacted"

#: Working time within which whoever answered badly is contacted.
DUE_SECONDS: Final = 24 * HOUR // SECOND
#: For so long the next answer tells something about what was done after this one.
ANSWERS_AGAIN: Final = 90 * DAY


class Given(NamedTuple):
    """A standing answer; of one that is followed up also where it counts, until when, and what came of it.

    `contacted`, `before_next` and `rescued` are known once the answers of all the customer's tickets were judged:
    contacted in time; contacted before the customer answered again; whether that answer is good. 1, 0, or None.
    """

    at: Instant
    survey: str
    good: bool
    day: int = 0
    slices: str = ""
    due: Instant | None = None
    decided: int | None = None
    contacted: int | None = None
    before_next: int | None = None
    rescued: int | None = None

    @property
    def is_followed_up(self) -> bool:
        """Whether somebody should contact the customer."""
        return bool(self.slices)

    def facts(self) -> Iterator[Fact]:
        """What is counted of it, if anything."""
        if not self.is_followed_up:
            return
        channel, pairs = orjson.loads(self.slices)
        slices = Slices(channel, tuple((kind, value) for kind, value in pairs))
        if self.contacted is not None:
            yield Fact(slices, CONTACTED, self.day, self.decided, 1, self.contacted, None)
        if self.rescued is not None:
            measure = RESCUED if self.before_next else RESCUED_ALONE
            yield Fact(slices, measure, self.day, None, 1, self.rescued, None)


class Afterwards(NamedTuple):
    """What a ticket tells about its customer for this: when they were reached, and what they answered."""

    contacts: tuple[Instant, ...] = ()
    answers: tuple[Given, ...] = ()


def afterwards_of(counted: Counted) -> Afterwards:
    """What one ticket tells, not judged yet."""
    ticket, rules = counted.ticket, counted.rules
    written = (message.at for message in timeline.human_messages(ticket, rules))
    calls = (call for call in ticket.contacts if call.direction == "out" and call.agent not in rules.bots)
    called = (call.answered_at for call in calls if call.answered_at is not None)
    return Afterwards(tuple(sorted(chain(written, called))), tuple(_given(counted)) if ticket.answers else ())


def judged(tickets: Sequence[Afterwards]) -> list[Afterwards]:
    """What a customer's tickets tell, with what came of each answer that is followed up.

    A contact is the first one after the answer, on whichever ticket. The next answer is the first one to another
    survey within 90 days; one of the very same moment is not the next. Of next answers of one moment that of the
    first ticket counts, so the tickets must come in an order of their own.
    """
    contacts = sorted(chain.from_iterable(ticket.contacts for ticket in tickets))
    told = ((place, given) for place, ticket in enumerate(tickets) for given in ticket.answers)
    answers = sorted(told, key=lambda one: (one[1].at, one[0], one[1].survey))
    moments = [given.at for _, given in answers]

    def judge(place: int, given: Given) -> Given:
        if not given.is_followed_up:
            return given
        contact = first_after(contacts, given.at)
        following = answers[bisect_right(moments, given.at) : bisect_right(moments, given.at + ANSWERS_AGAIN)]
        again = next((later for of, later in following if (of, later.survey) != (place, given.survey)), None)
        return given._replace(
            contacted=None if given.due is None else int(contact is not None and contact <= given.due),
            before_next=None if again is None else int(contact is not None and contact < again.at),
            rescued=None if again is None else int(again.good),
        )

    return [
        ticket._replace(answers=tuple(judge(place, given) for given in ticket.answers))
        for place, ticket in enumerate(tickets)
    ]


def first_after(moments: Sequence[Instant], at: Instant) -> Instant | None:
    """The first of sorted moments that is later."""
    place = bisect_right(moments, at)
    return moments[place] if place < len(moments) else None


def facts_alone(counted: Counted, measures: Iterable[str]) -> Iterator[Fact]:
    """The facts of a ticket whose customer nobody knows; those of known ones are told by their list of tickets."""
    if counted.ticket.customer is not None:
        return
    (alone,) = judged([afterwards_of(counted)])
    yield from (fact for given in alone.answers for fact in given.facts() if fact.measure in measures)


def read_afterwards(contacts: Iterable[Instant], answers: Iterable[Sequence[Any]] = ()) -> Afterwards:
    """What JSON made lists of."""
    return Afterwards(tuple(contacts), tuple([Given(*given) for given in answers]))


def survey_of(answer: Answer) -> str:
    """What an answer answers, on its ticket."""
    return f"{answer.kind}:{answer.survey}:{answer.touchpoint}"


def _given(counted: Counted) -> Iterator[Given]:
    for answer in counted.ticket.standing_answers():
        given = Given(answer.at, survey_of(answer), side(answer, counted.rules) == "positive")
        if not is_low(answer, counted.rules):
            yield given
            continue
        due = counted.clock.due(answer.at, DUE_SECONDS)
        slices = counted.answer_slices(answer)
        yield given._replace(
            day=counted.day(answer.at),
            slices=orjson.dumps([slices.channel, slices.pairs]).decode(),
            due=due,
            decided=None if due is None else counted.day(due) + 1,
        )
