"""What a metric is: its definition, the facts a ticket gives it, and the figures made of their sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from integrations.actions import is_own_tag
from integrations.times import SECOND, Instant
from workers import timeline
from workers.metrics.facts import Fact, Slices
from workers.rules import Rules
from workers.tickets import Answer, Credit, Resolution, SurveySent, Ticket
from workers.working_time.business_time import Stay, TicketClock

_Found = TypeVar("_Found")

_EPOCH: Final = date(1970, 1, 1).toordinal()
_WAITS: Final = {
    "requester_wait": timeline.REQUESTER_WAITS,
    "agent_wait": frozenset({"pending"}),
    "on_hold": frozenset({"on_hold"}),
}
#: Status → the waits that it is a part of.
_WAITS_OF: Final = {
    status: tuple(name for name, statuses in _WAITS.items() if status in statuses)
    for status in frozenset().union(*_WAITS.values())
}

#: A stretch of time: from, to.
Stretch: TypeAlias = tuple[Instant, Instant]


class Duration(NamedTuple):
    """Whole seconds of calendar time and of business time, each rounded down once."""

    seconds: int
    business: int


class Response(NamedTuple):
    """The first response: when the wait for it began, who gave it from which department, when, and whether by voice.

    A call that live events tell of has no business time.
    """

    since: Instant
    agent: str | None
    department: str | None
    at: Instant
    is_call: bool = False


class once(Generic[_Found]):  # noqa: N801  # stands where `property` would
    """A property that is worked out when it is first asked for.

    As `functools.cached_property`, which before Python 3.12 took a lock that cost more than most of what is asked.
    """

    def __init__(self, work: Callable[[Any], _Found]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __get__(self, owner: Any, _: type[Any] | None = None) -> _Found:
        """The value, which stands in the owner from now on."""
        found: _Found = self._work(owner)
        owner.__dict__[self._work.__name__] = found
        return found


_NO_TIME: Final = Duration(0, 0)


class Counted:
    """A ticket seen through an account's rules: what several metrics ask of it, worked out once."""

    def __init__(self, ticket: Ticket, rules: Rules) -> None:
        self.ticket = ticket
        self.rules = rules
        self.scheduled = bool(rules.hours)
        self.excluded = timeline.excluded(ticket, rules)
        self.direction = timeline.direction(ticket)
        self.inbound = self.direction == "inbound"
        self._local: dict[Instant, tuple[int, int]] = {}
        self._slices: dict[tuple[str | None, str | None], Slices] = {}

    def day(self, moment: Instant) -> int:
        """The local day of a moment, counted from 1970-01-01."""
        return (self._local.get(moment) or self._read(moment))[0]

    def hour(self, moment: Instant) -> int:
        """The local hour of a moment, 0 to 23."""
        return (self._local.get(moment) or self._read(moment))[1]

    def _read(self, moment: Instant) -> tuple[int, int]:
        local = datetime.fromtimestamp(moment // SECOND, self.rules.zone)
        found = self._local[moment] = (local.toordinal() - _EPOCH, local.hour)
        return found

    @once
    def rating_excluded(self) -> str:
        """Why what its customer said is out of count; '' when it counts."""
        return timeline.rating_excluded(self.ticket, self.rules)

    def all_this_old_on(self, day: int, age: Instant) -> int:
        """The first local day on which what happened on a local day is this old, all of it."""
        return all_this_old_on(day, age, self.rules.zone)

    @once
    def created_day(self) -> int:
        """The local day of creation."""
        return self.day(self.ticket.opened_at)

    @once
    def clock(self) -> TicketClock:
        """The working time of the ticket, by the schedules in force where it was."""
        return TicketClock(self.rules.hours, self.ticket.stays)

    def duration(self, *stretches: Stretch) -> Duration:
        """How long these took together; a stretch that ends before it starts, where clocks disagree, took no time."""
        seconds = sum([end - start for start, end in stretches if start < end]) // SECOND
        if not self.scheduled:
            return Duration(seconds, seconds)
        return Duration(seconds, sum(self.clock.micros_between(start, end) for start, end in stretches) // SECOND)

    @once
    def first_response(self) -> Response | None:
        """The first response; None while unanswered."""
        call = timeline.answered_call(self.ticket, self.rules)
        if call is not None and call.queued_at is not None and call.answered_at is not None:
            department = self.stay_at(call.answered_at).department
            return Response(call.queued_at, call.agent, department, call.answered_at, is_call=True)
        found = timeline.first_response(self.ticket, self.rules)
        if found is None:
            return None
        start, message = found
        return Response(start, message.author, message.department, message.at)

    def stay_at(self, moment: Instant) -> Stay:
        """In which channel and department the ticket was then; what was before its first stay belongs to that one."""
        stays = self.ticket.stays
        return next((stay for stay in reversed(stays) if stay.since <= moment), stays[0])

    @once
    def resolution(self) -> Resolution | None:
        """The last resolution when it still holds."""
        return timeline.present_resolution(self.ticket)

    @once
    def first_response_took(self) -> Duration | None:
        """From the beginning of the wait to the first response."""
        response = self.first_response
        return None if response is None else self.duration((response.since, response.at))

    @once
    def first_resolution_took(self) -> Duration | None:
        """From creation to the first resolution."""
        if not self.ticket.resolutions:
            return None
        return self.duration((self.ticket.opened_at, self.ticket.resolutions[0].at))

    @once
    def full_resolution_took(self) -> Duration | None:
        """From creation to the last resolution when it still holds."""
        if self.resolution is None:
            return None
        if self.resolution is self.ticket.resolutions[0]:
            return self.first_resolution_took
        return self.duration((self.ticket.opened_at, self.resolution.at))

    @once
    def handled_by(self) -> str:
        """`none`, `bot`, `human` or `both`."""
        return timeline.handled_by(self.ticket, self.rules)

    @once
    def touches(self) -> int:
        """How often a person turned to the customer."""
        return timeline.touches(self.ticket, self.rules)

    @once
    def is_one_touch(self) -> bool:
        """Whether it is solved, by one touch and without a reopening."""
        return self.resolution is not None and self.touches == 1 and not timeline.reopenings(self.ticket)

    @once
    def waits(self) -> Mapping[str, Duration]:
        """Until resolved: `requester_wait`, `agent_wait`, `on_hold`; a reopened ticket's later waiting included."""
        stretches: dict[str, list[Stretch]] = {name: [] for name in _WAITS}
        for start, end, status in timeline.status_spans(self.ticket):
            for name in _WAITS_OF.get(status, ()):
                stretches[name].append((start, end))
        return {name: self.duration(*found) if found else _NO_TIME for name, found in stretches.items()}

    @once
    def created_slices(self) -> Slices:
        """Of metrics by creation: agent and department at the first human response, else now."""
        response = self.first_response
        if response is not None and response.is_call:
            # Some desks do not say who took a call.
            return self.slices(response.agent or self.ticket.agent, response.department)
        first = timeline.first_human(self.ticket, self.rules)
        if first is None:
            return self.present_slices
        return self.slices(first.author, first.department)

    @once
    def resolved_slices(self) -> Slices:
        """Of metrics by the last resolution: who resolved, and the department then."""
        if self.resolution is None:
            return self.present_slices
        return self.slices(self.resolver(self.resolution), self.resolution.department)

    @once
    def present_slices(self) -> Slices:
        """Of what holds now: the present agent and department."""
        return self.slices(self.ticket.agent, self.ticket.department)

    def slices(
        self,
        agent: str | None,
        department: str | None,
        *more: tuple[str, str],
        tags: Sequence[str] | None = None,
    ) -> Slices:
        """Channel, agent, department, tags as resolved unless given, own slices, and what belongs to one fact."""
        usual = not more and (tags is None or tags is self._held)
        if usual and (agent, department) in self._slices:
            return self._slices[agent, department]
        who = (("agent", agent or ""), ("department", department or ""))
        held = self._held_tags if usual or tags is None else self._tags(tags)
        found = Slices(self.ticket.channel, (*who, *held, *self._own_slices, *more))
        if usual:
            self._slices[agent, department] = found
        return found

    def answer_slices(self, answer: Answer | SurveySent) -> Slices:
        """Of a survey's facts: attribution frozen when it was sent, and the touch point."""
        return self.slices(self.credited(answer.credit), answer.department, ("touchpoint", answer.touchpoint))

    def resolver(self, resolution: Resolution) -> str | None:
        """Who resolved; what a bot resolved was resolved automatically."""
        credit = resolution.credit
        return self.credited(credit._replace(named=None) if credit.named in self.rules.bots else credit)

    def credited(self, credit: Credit) -> str | None:
        """The agent the desk names, else the person who wrote to the customer last until then, else who held it."""
        return credit.named or timeline.last_human_author(self.ticket, self.rules, until=credit.at) or credit.holder

    @property
    def _held(self) -> tuple[str, ...]:
        return self.ticket.tags if self.resolution is None else self.resolution.tags

    @once
    def _held_tags(self) -> tuple[tuple[str, str], ...]:
        return self._tags(self._held)

    def _tags(self, held: Sequence[str]) -> tuple[tuple[str, str], ...]:
        counted = (tag for tag in held if not is_own_tag(tag) and tag not in self.rules.ignored_tags)
        return tuple(("tag", tag) for tag in counted) or (("tag", ""),)

    @once
    def _own_slices(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.ticket.fields.get(source) or "") for name, source in self.rules.slices.items())


@dataclass(slots=True)
class Sums:
    """The facts of one measure added up: n, total, how many are not decided yet, and every value, sorted or not.

    The values lie in several arrays, each of integers as narrow as its values allow.
    """

    n: int = 0
    total: int = 0
    undecided: int = 0
    values: list[NDArray[Any]] = field(default_factory=list)

    def all_values(self) -> NDArray[np.int64]:
        """Every value in one array."""
        return np.concatenate(self.values, dtype=np.int64) if self.values else np.empty(0, np.int64)

    def narrow_values(self) -> NDArray[np.integer[Any]]:
        """Every value in one array, of integers as narrow as they allow: those sort in half the time."""
        return np.concatenate(self.values) if self.values else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value for a slice of a period; what does not apply is None and left out of JSON.

    Shares are percentages, durations seconds, and `value` is None when there is nothing to tell.
    """

    value: float | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    median: float | None = None
    p90: float | None = None
    mean: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    undecided: int | None = None
    distribution: Mapping[str, int] | None = None
    scale: str | None = None  #: the one that was answered on
    parts: Mapping[str, Figure] | None = None
    note: str | None = None

    def json(self) -> dict[str, Any]:
        """The figure as the API and the CLI give it."""
        found: dict[str, Any] = {"value": self.value, "unit": self.unit, "n": self.n}
        for name in ("low", "high", "median", "p90", "mean", "numerator", "denominator", "undecided", "scale", "note"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        if self.distribution is not None:
            found["distribution"] = dict(self.distribution)
        if self.parts is not None:
            found["parts"] = {name: part.json() for name, part in self.parts.items()}
        return found


#: Sums by measure, for one slice of one period.
Measures = Mapping[str, Sums]


def of_every_ticket(counted: Counted) -> str:
    """Why a ticket is out of every count; '' when it is in."""
    return counted.excluded


def of_inbound_tickets(counted: Counted) -> str:
    """Why a ticket is out of what counts only those that customers opened."""
    return counted.excluded or ("" if counted.inbound else "outbound")


def of_rated_tickets(counted: Counted) -> str:
    """Why a ticket's surveys do not count: merging or deleting it does not hide what its customer said."""
    return counted.rating_excluded


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: everything the docs, the workers and the reports know about it.

    `figures` maps the names it gives figures for to what each is called in a table; `measures` are the
    prefixes of the measures its facts use, `reads` those of other metrics that its figures read. `facts` gives
    what a ticket contributes if nothing leaves it out, `left_out` the reason why something does. `better` says
    whether a change to `higher` or `lower` is good news, or neither ('').
    """

    name: str
    title: str
    definition: str
    formula: str
    cohort: str
    exclusions: str
    source: str
    figures: Mapping[str, str]
    measures: tuple[str, ...]
    facts: Callable[[Counted], Iterable[Fact]]
    figure: Callable[[Measures], Mapping[str, Figure]]
    left_out: Callable[[Counted], str] = of_every_ticket
    needs: str = ""  #: what a ticket without any of has no facts: its `resolutions`, `contacts`, `surveys` or `answers`
    reads: tuple[str, ...] = ()
    better: str = ""
    example: str = ""  #: worked by hand
    elsewhere: str = ""  #: how others count the same thing differently, and where they say so


@lru_cache(maxsize=10_000)
def all_this_old_on(day: int, age: Instant, zone: ZoneInfo) -> int:
    """The first local day on which every moment of a local day is this old, however long the days between are."""
    midnight = datetime.combine(date.fromordinal(day + 1 + _EPOCH), datetime.min.time(), zone)
    last = round(midnight.timestamp()) * SECOND - 1 + age
    return datetime.fromtimestamp(last // SECOND, zone).toordinal() - _EPOCH + 1
