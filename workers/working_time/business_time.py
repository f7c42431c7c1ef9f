"""Working time: how much of a stretch of time an account works, and when so much of it will have passed; pure.

The schedule in force is that of the channel in the department, else of the department, else of the channel, else
of the account; where there is none, all time is working time. A stretch is cut at the moments at which its ticket
came to another channel or department, each part measured by the schedule in force there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from integrations.times import SECOND, Instant
from workers.working_time.open_spans import DaySpan, Layout

Weekly: TypeAlias = tuple[tuple[DaySpan, ...], ...]
#: From, to, channel, department; to is None for what has not ended.
Segment: TypeAlias = tuple[Instant, Instant | None, str, str | None]

_CLOSED: Final[Weekly] = ((),) * 7


@dataclass(frozen=True)
class Schedule:
    """Business hours: the spans of Monday to Sunday in minutes of the zone's wall clock, and the days off.

    Spans that overlap or touch count once. A span lasts from when the clock first shows its start to when the
    last time before its end has been shown for the last time, so an hour that the clock repeats counts twice
    and one that it skips not at all (`workers.working_time.wall_clock`).
    """

    zone: ZoneInfo
    weekly: Weekly = _CLOSED
    holidays: frozenset[date] = frozenset()  #: local dates
    _layout: Layout = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_layout", Layout(self.zone, self.weekly, self.holidays))

    def micros_between(self, start: Instant, end: Instant) -> int:
        """The working microseconds of a stretch, exactly; 0 when it ends before it starts."""
        if end <= start:
            return 0
        spans = self._layout.covering(start, end)
        return spans.worked(end) - spans.worked(start)

    def seconds_between(self, start: Instant, end: Instant) -> int:
        """The whole working seconds of a stretch."""
        return self.micros_between(start, end) // SECOND

    def due(self, start: Instant, after_seconds: int) -> Instant | None:
        """The first moment at which so many working seconds have passed since a start, itself for none.

        None when that never comes: the schedule has no spans, or not enough of them before the year 2200.
        """
        return self.due_micros(start, after_seconds * SECOND)

    def due_micros(self, start: Instant, micros: int) -> Instant | None:
        """As `due`, in microseconds."""
        return start if micros <= 0 else self._layout.due(start, micros)

    def is_working_day(self, day: date) -> bool:
        """Whether any of a local day is worked; none is of a holiday, or of a day that the zone left out."""
        return next(self._layout.of_day(day), None) is not None


@dataclass(frozen=True)
class Hours:
    """All schedules of an account by where they are in force; false when there is none anywhere."""

    account: Schedule | None = None
    channels: Mapping[str, Schedule] = field(default_factory=dict)
    departments: Mapping[str, Schedule] = field(default_factory=dict)
    #: By (department, channel).
    department_channels: Mapping[tuple[str, str], Schedule] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.account is not None or bool(self.channels or self.departments or self.department_channels)

    def schedule_for(self, channel: str | None, department: str | None) -> Schedule | None:
        """The schedule in force; None where all time is working time."""
        if department is not None and self.department_channels and channel is not None:
            found = self.department_channels.get((department, channel))
            if found is not None:
                return found
        if department is not None and department in self.departments:
            return self.departments[department]
        if channel is not None and channel in self.channels:
            return self.channels[channel]
        return self.account


class Stay(NamedTuple):
    """Where a ticket was from a moment on, until the next one of its stays."""

    since: Instant
    channel: str
    department: str | None


class TicketClock:
    """The working time of one ticket: its stays in order, the schedules in force looked up once.

    The first stay also holds for what was before it, the last one for all that follows. ValueError when there
    are none, or when they are out of order.
    """

    __slots__ = ("_only", "_parts")

    def __init__(self, hours: Hours, stays: Sequence[Stay]) -> None:
        if not stays:
            raise ValueError("a ticket is somewhere from the start: there must be a stay")
        parts: list[tuple[Instant, Schedule | None]] = []
        for since, channel, department in stays:
            if parts and since < parts[-1][0]:
                raise ValueError("the stays of a ticket are out of order")
            parts.append((since, hours.schedule_for(channel, department)))
        self._parts = [part for place, part in enumerate(parts) if not place or part[1] is not parts[place - 1][1]]
        self._only = len(self._parts) == 1

    def micros_between(self, start: Instant, end: Instant) -> int:
        """The working microseconds of a stretch, exactly; 0 when it ends before it starts."""
        if self._only:
            return _passed(self._parts[0][1], start, end)
        return sum(_passed(schedule, since, until) for since, until, schedule in self._cut(start, end))

    def seconds_between(self, start: Instant, end: Instant) -> int:
        """The whole working seconds of a stretch; it is rounded down once, not part by part."""
        return self.micros_between(start, end) // SECOND

    def due(self, start: Instant, after_seconds: int) -> Instant | None:
        """The first moment at which so many working seconds have passed since a start; None when it never comes."""
        since, schedule = self._parts[-1]
        settled = start if self._only else max(start, since)
        return _due(self._cut(start, settled), (settled, schedule), start, after_seconds * SECOND)

    def _cut(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, Schedule | None]]:
        """The parts of a stretch."""
        untils = [since for since, _ in self._parts[1:]]
        for (_, schedule), until in zip(self._parts, [*untils, end], strict=True):
            stop = min(until, end)
            if start < stop:
                yield start, stop, schedule
                start = stop


def working_time(hours: Hours, segments: Iterable[Segment]) -> int:
    """The working microseconds of segments, exactly; each must have ended, one that ends before it starts is 0."""
    return sum(
        _passed(hours.schedule_for(channel, department), start, _ended(end))
        for start, end, channel, department in segments
    )


def working_seconds(hours: Hours, segments: Iterable[Segment]) -> int:
    """The whole working seconds of segments, rounded down once."""
    return working_time(hours, segments) // SECOND


def due(hours: Hours, segments: Sequence[Segment], after_seconds: int) -> Instant | None:
    """The first moment at which so many working seconds of the segments have passed; None when it never comes.

    The last segment is taken as open, whatever its end. ValueError when there are no segments.
    """
    if not segments:
        raise ValueError("there must be a segment from which on time passes")
    *ended, (last, _, *where) = segments
    parts = ((start, _ended(end), hours.schedule_for(*place)) for start, end, *place in ended)
    return _due(parts, (last, hours.schedule_for(*where)), segments[0][0], after_seconds * SECOND)


def _due(
    ended: Iterable[tuple[Instant, Instant, Schedule | None]],
    unended: tuple[Instant, Schedule | None],
    start: Instant,
    micros: int,
) -> Instant | None:
    """When so much has passed in these parts, or else in the last one, which is open."""
    if micros <= 0:
        return start
    for since, until, schedule in ended:
        passed = _passed(schedule, since, until)
        if passed >= micros:
            return _after(schedule, since, micros)
        micros -= passed
    since, schedule = unended
    return _after(schedule, since, micros)


def _after(schedule: Schedule | None, start: Instant, micros: int) -> Instant | None:
    return start + micros if schedule is None else schedule.due_micros(start, micros)


def _passed(schedule: Schedule | None, start: Instant, end: Instant) -> int:
    return max(0, end - start) if schedule is None else schedule.micros_between(start, end)


def _ended(end: Instant | None) -> Instant:
    if end is None:
        raise ValueError("only the last segment may be open")
    return end
