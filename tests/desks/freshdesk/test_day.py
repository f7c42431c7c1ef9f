"""A whole day in a simulated Freshdesk, against what really happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from wsgiref.types import WSGIApplication

from integrations.freshdesk.simulated_world import PENDING, RESOLVED, Kept
from integrations.freshdesk.simulator import Simulator
from integrations.registry import desk_named
from integrations.times import Instant
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written

#: Canonical channel → the source of its tickets; 13 is known by its label only.
_SOURCES: Final = {"email": 1, "web_form": 9, "chat": 7, "messaging": 13}
_CODES: Final = {1: -103, 2: 100, 3: 103}
#: Half a day passes in this story before a hint is answered; `test_story.py` answers each at once, and all is told.
_LAST_ONLY: Final = "of the moments at which a ticket had a status Freshdesk keeps the last one"
_UNTOLD: Final = (
    "agent_wait_time", "agent_wait_time_business", "requester_wait_time", "requester_wait_time_business",
    "first_resolution_time", "first_resolution_time_business", "resolved_volume", "closing_ratio", "reopen_rate",
    "one_touch_rate",
)  # fmt: skip


class FreshdeskDay:
    """The day as people make it in Freshdesk."""

    settings: Mapping[str, Any] = {}

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(1, ZONE, clock=clock)
        self.world = self.simulator.world
        # The limit is counted by the wall clock, not by the story's.
        self.simulator.api.calls_per_minute = self.simulator.api.lists_per_minute = 10**9
        self._agents = dict(zip(("eva", "ivo", "mira"), self.simulator.life.agents, strict=False))
        self._people: dict[str, int] = {}

    @property
    def app(self) -> WSGIApplication:
        return self.simulator.app

    @property
    def credentials(self) -> Mapping[str, str]:
        return self.simulator.credentials

    @property
    def violations(self) -> Sequence[str]:
        return self.simulator.violations

    def connect(self, webhook_url: str, secret: str) -> None:
        self.simulator.connect(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        if customer not in self._people:
            self._people[customer] = self.world.add_contact(customer, f"{customer}@customers.example").id
        made = self.world.open(at, self._people[customer], subject="Where is it?", body=WORDS, source=_SOURCES[channel])
        return str(made.id)

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        found = self._found(ticket)
        if by == "customer":
            self.world.say(found, at, found.requester, WORDS, incoming=True)
            return
        self.world.say(found, at, self._agents[who], WORDS)
        self.world.set_status(found, at, PENDING)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.say(self._found(ticket), at, self._agents[agent], WORDS, private=True, source=2)

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.assign(self._found(ticket), at, agent=self._agents[agent])

    def hand_over(self, ticket: str, at: Instant) -> None:
        raise NotImplementedError

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.set_status(self._found(ticket), at, RESOLVED)

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        self.reply(ticket, at, by="customer", who=customer)

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        self.world.merge(self._found(ticket), at, self._found(into), self._agents["eva"])

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self.world.rate(self._found(ticket), at, _CODES[score], comment)

    def flush(self) -> None:
        self.simulator.flush()

    def written(self) -> Written:
        simulator = self.simulator
        ids = [str(ticket) for ticket in self.world.tickets if str(ticket) not in simulator.summaries()]
        return Written(
            tags={ticket: simulator.tags(ticket) for ticket in ids},
            fields={ticket: self._scores(ticket) for ticket in ids},
            notes={ticket: tuple(simulator.notes(ticket)) for ticket in ids},
            summaries=simulator.summaries(),
        )

    def _scores(self, ticket: str) -> dict[str, str]:
        """The fields that connecting made, by the kinds of survey that they hold."""
        return {key.removeprefix("deskpulse_"): value for key, value in self.simulator.fields(ticket).items()}

    def _found(self, ticket: str) -> Kept:
        return self.world.tickets[int(ticket)]


class TestDay(DayContract):
    desk = desk_named("freshdesk")
    tells: ClassVar = Tells(
        channels=tuple(_SOURCES),
        survey=Survey((1, 3), scores=(1, 2, 3), low=frozenset({1})),
        merges=True,
        after_agent="pending",
        after_customer="open",
        untold=dict.fromkeys(_UNTOLD, _LAST_ONLY),
    )

    def performer(self, clock: Clock) -> Performer:
        return FreshdeskDay(clock)
