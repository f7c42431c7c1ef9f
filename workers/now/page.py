"""What the page *Now* tells, as plain data: ids, numbers and moments, and no words.

Days count from 1970-01-01 in the account's zone, hours are local ones. An `agent` is the desk's id, None where
nobody has the ticket; `agent_name` is None where the desk never told a name. Figures are those of the reports.
"""

from __future__ import annotations

from dataclasses import dataclass

from integrations.times import Instant
from workers.metrics.base import Figure


@dataclass(frozen=True, slots=True)
class WaitingHere:
    """The tickets of one channel whose customers wait for us; since when the first of them does."""

    channel: str
    n: int
    unassigned: int
    oldest_since: Instant
    oldest_ticket: str


@dataclass(frozen=True, slots=True)
class DueTicket:
    """A ticket without a first response: when that is due, and whether the moment has passed."""

    ticket: str
    channel: str
    department: str | None
    agent: str | None
    agent_name: str | None
    due_at: Instant
    late: bool


@dataclass(frozen=True, slots=True)
class Breaching:
    """What is due by `until` or was already: how many of each, and some of them.

    `tickets` has those that can still be answered in time, the most urgent first, and then those that are late, the
    one that was due last first; of each at most as many as a page shows.
    """

    until: Instant
    late: int
    soon: int
    tickets: tuple[DueTicket, ...]


@dataclass(frozen=True, slots=True)
class MissedContact:
    """A call or chat that nobody took: its `media` (`voice` or `chat`), how it ended, and when."""

    ticket: str
    channel: str
    media: str
    outcome: str  #: `missed`, `abandoned` or `voicemail`
    at: Instant
    department: str | None
    agent: str | None
    agent_name: str | None
    resolved: bool  #: the ticket is resolved or closed all the same
    times: int  #: how many tickets of this customer have such a contact; this one is of the newest


@dataclass(frozen=True, slots=True)
class NotCalledBack:
    """How many customers missed us since a moment and were not come back to, and the newest contact of some of them.

    Somebody came back when they wrote to the customer in public or spoke with them, on any ticket. A ticket whose
    customer is not known stands for a customer of its own.
    """

    since: Instant
    n: int
    contacts: tuple[MissedContact, ...]


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What one day brought: tickets of customers, those that we opened ourselves, and what became of tickets."""

    day: int
    inbound: int
    outbound: int
    resolved: int
    reopened: int

    @property
    def created(self) -> int:
        """Inbound and outbound tickets together."""
        return self.inbound + self.outbound

    @property
    def net(self) -> int:
        """By how many the open tickets grew: created and reopened, less resolved."""
        return self.created + self.reopened - self.resolved


@dataclass(frozen=True, slots=True)
class Attainment:
    """How a channel did against its target: seconds, the goal in percent, yesterday and the last 7 finished days.

    The figures are shares of the tickets created then; the misses are denominator - numerator.
    """

    channel: str
    first_response: int
    goal: float
    yesterday: Figure
    week: Figure


@dataclass(frozen=True, slots=True)
class ExpectedHour:
    """What one hour of this weekday brought before: median, least and most; today's count so far, None ahead."""

    hour: int
    median: float
    least: int
    most: int
    so_far: int | None


@dataclass(frozen=True, slots=True)
class Expected:
    """Inbound tickets of today by hour beside those of the same weekday; `days` are the days compared with.

    The median of whole days is not the sum of the medians of hours. Without any day to compare with there are no
    hours and no numbers.
    """

    day: int
    is_holiday: bool
    days: tuple[int, ...]
    hours: tuple[ExpectedHour, ...]
    median: float | None
    least: int | None
    most: int | None
    so_far: int


@dataclass(frozen=True, slots=True)
class Spike:
    """A tag that more tickets had than it has on such a day; `until_hour` is None for a whole day.

    Today is compared with the same hours of its weekday, those before `until_hour`. `usual` is the mean of `days`
    earlier days, `least` and `most` their range. It is no alarm: see docs/statistics.md.
    """

    tag: str
    day: int
    until_hour: int | None
    count: int
    usual: float
    least: int
    most: int
    days: int


@dataclass(frozen=True, slots=True)
class NowPage:
    """The page, in its order; `now` is the moment and `day` the local day of all of it."""

    now: Instant
    day: int
    waiting: tuple[WaitingHere, ...]
    breaching: Breaching
    not_called_back: NotCalledBack
    yesterday: DayCounts
    week_before: DayCounts  #: the same weekday a week before yesterday
    targets: tuple[Attainment, ...]
    expected: Expected
    spikes: tuple[Spike, ...]
