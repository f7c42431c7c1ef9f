"""One made-up day in a support desk, as moves that any desk can make: who does what to which ticket, and when.

Everything follows from a seed and from what the desk can tell. The day has two shifts of ten hours with a pause of
two after each, in which everything that is only a little late arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal
from zoneinfo import ZoneInfo

from integrations.times import HOUR, MINUTE, SECOND, Instant, instant_of_local

ZONE: Final = ZoneInfo("Europe/Zagreb")
DATE: Final = "2026-06-17"  #: a Wednesday, so that no week ends with it
MIDNIGHT: Final = instant_of_local(f"{DATE} 00:00:00", ZONE)
SHIFTS: Final = 2
SHIFT: Final = 10 * HOUR
PAUSE: Final = 2 * HOUR
_AGENTS: Final = ("eva", "ivo", "mira")
ELSEWHERE: Final = "billing"  #: the department to which tickets are transferred
_LAST_ARRIVAL: Final = 17 * HOUR  #: of the twenty worked
#: Where people wait for the next word.
_FAST: Final = frozenset({"chat", "messaging", "voice"})
_COMMENTS: Final = ("Thank you", "Nobody read what I wrote", "", "It took two days & <b>three</b> mails")

What = Literal[
    "open", "pick_up", "hang_up", "reply", "note", "assign", "hand_over", "transfer", "resolve", "reopen", "merge",
    "rate",
]  # fmt: skip
By = Literal["customer", "agent", "bot"]


@dataclass(frozen=True)
class Survey:
    """What a desk asks its customers: the scores that can be given, and those that somebody has to follow up."""

    scale: tuple[int, int]
    scores: tuple[int, ...]
    low: frozenset[int]
    kind: str = "csat"
    comments: bool = True
    asked: bool = False  #: whether the desk tells that it asked, when a ticket is first resolved


@dataclass(frozen=True)
class Tells:
    """What a desk can tell, of all that may happen in a day.

    `contacts` are the channels whose tickets begin with a live contact. `after_agent` and `after_customer` are the
    statuses that the desk itself gives a ticket when they write.
    """

    channels: tuple[str, ...]
    survey: Survey | None = None
    bots: bool = False
    notes: bool = True
    merges: bool = False
    transfers: bool = True
    contacts: frozenset[str] = frozenset()
    after_agent: str = ""
    after_customer: str = ""


@dataclass(frozen=True)
class Move:
    """One thing that happens. `who` is a customer's or an agent's name; no two are at one instant."""

    at: Instant
    ticket: str
    what: What
    who: str = ""
    by: By = "agent"
    channel: str = ""
    into: str = ""
    score: int = 0
    comment: str = ""


_Later = Callable[[Instant], Move]


def story(tells: Tells, tickets: int, *, seed: int = 21) -> list[Move]:
    """A whole day with so many tickets, by time."""
    random = Random(seed)
    moves: list[Move] = []
    ticket = 0
    while ticket < tickets:
        ticket += 1
        channel = tells.channels[ticket % len(tells.channels)]
        case = _Case(random, tells, f"t{ticket}", channel, f"customer{random.randrange(tickets * 2 // 3)}")
        arrival = _whole(random.random() * _LAST_ARRIVAL)
        if tells.merges and channel not in _FAST and ticket < tickets and random.random() < 0.2:
            ticket += 1
            moves += _merged(case, f"t{ticket}", arrival)
        moves += case.life(arrival)
    return list(_apart(sorted(moves, key=lambda move: (move.at, move.ticket))))


def _apart(moves: Iterable[Move]) -> Iterator[Move]:
    """The same, no two at one second: some desks let time go on between any two things."""
    last = 0
    for move in moves:
        last = max(move.at, last + SECOND)
        yield replace(move, at=last)


def _wall(worked: Instant) -> Instant:
    """The moment of the day at which so much of it was worked."""
    return MIDNIGHT + worked + worked // SHIFT * PAUSE


def _whole(span: float) -> Instant:
    return int(span) // SECOND * SECOND


def _merged(case: _Case, ticket: str, arrival: Instant) -> Iterator[Move]:
    """The same customer wrote twice, and an agent made one ticket of it before anybody answered."""
    opened = arrival + 90 * SECOND
    yield Move(_wall(opened), ticket, "open", case.customer, "customer", channel=case.channel)
    yield Move(_wall(opened + 150 * SECOND), ticket, "merge", "eva", into=case.ticket)


@dataclass
class _Case:
    """The life of one ticket, drawn when it begins."""

    random: Random
    tells: Tells
    ticket: str
    channel: str
    customer: str

    def life(self, worked: Instant) -> Iterator[Move]:
        """Its moves until the day is over."""
        for wait, move in self._moves():
            worked += wait
            if worked >= SHIFTS * SHIFT:
                return
            yield move(_wall(worked))

    def _moves(self) -> Iterator[tuple[Instant, _Later]]:
        yield 0, self._move("open", self.customer, "customer")
        agent = self.random.choice(_AGENTS)
        if self.channel in self.tells.contacts:
            yield from self._contact(agent)
        elif self.tells.bots and self.channel in _FAST and self.random.random() < 0.5:
            yield 9 * SECOND, self._move("reply", "robot", "bot")
            yield self._soon(), self._move("hand_over")
        yield from self._conversation(agent)
        if self.random.random() < 0.1:
            return
        yield self._wait(), self._move("resolve", agent)
        yield from self._rating()
        if self.random.random() < 0.2:
            yield self._wait(), self._move("reopen", self.customer, "customer")
            yield self._wait(), self._move("reply", agent)
            yield self._wait(), self._move("resolve", agent)

    def _contact(self, agent: str) -> Iterator[tuple[Instant, _Later]]:
        """The customer waits for somebody, and perhaps in vain."""
        if self.random.random() < 0.65:
            yield self._soon(), self._move("pick_up", agent)
            yield self._soon(), self._move("hang_up", agent)
        else:
            yield self._soon(), self._move("hang_up", self.customer, "customer")

    def _conversation(self, agent: str) -> Iterator[tuple[Instant, _Later]]:
        if self.random.random() < 0.7:
            yield self._wait(), self._move("assign", agent)
        if self.random.random() < 0.07:
            return  # resolved without a word
        yield self._wait(), self._move("reply", agent)
        if self.tells.transfers and self.random.random() < 0.2:
            yield self._wait(), self._move("transfer", agent)
        while self.random.random() < 0.4:
            if self.tells.notes and self.random.random() < 0.5:
                yield self._wait(), self._move("note", agent)
            yield self._wait(), self._move("reply", self.customer, "customer")
            yield self._wait(), self._move("reply", agent)

    def _rating(self) -> Iterator[tuple[Instant, _Later]]:
        survey = self.tells.survey
        if survey is None or self.random.random() > 0.45:
            return
        score = self.random.choice(survey.scores)
        yield self._wait(), self._rate(score, survey)
        others = [one for one in survey.scores if one != score and (one in survey.low or score not in survey.low)]
        if others and self.random.random() < 0.4:  # another answer; nobody takes a low one back
            yield self._wait(), self._rate(self.random.choice(others), survey)

    def _rate(self, score: int, survey: Survey) -> _Later:
        comment = self.random.choice(_COMMENTS) if survey.comments else ""
        return self._move("rate", self.customer, "customer", score=score, comment=comment)

    def _soon(self) -> Instant:
        return _whole(self.random.uniform(8, 90) * SECOND)

    def _wait(self) -> Instant:
        if self.channel in _FAST:
            return self._soon()
        return _whole(self.random.uniform(11, 75) * MINUTE)

    def _move(self, what: What, who: str = "", by: By = "agent", *, score: int = 0, comment: str = "") -> _Later:
        return lambda at: Move(at, self.ticket, what, who, by, self.channel, score=score, comment=comment)
