"""A whole day in a simulated LiveAgent, against what really happened."""

from __future__ import annotations

from typing import Final

from integrations.liveagent.simulated_world import Block, Conversation, Person, PhoneRow
from integrations.liveagent.simulator import Simulator
from integrations.registry import desk_named
from integrations.times import Instant
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written

#: Canonical channel → channel_type, the group of a customer's words, and that of an agent's.
_WAYS: Final = {
    "email": ("E", "3", "4"), "web_form": ("M", "5", "4"), "chat": ("B", "C", "C"), "voice": ("C", "P", "4"),
}  # fmt: skip
_RATINGS: Final = {3: "R", 2: "N", 1: "P"}


class LiveAgentDay(Performer):
    """The day as people make it in LiveAgent."""

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(1, ZONE, clock=clock)
        self.app, self.credentials = self.simulator.app, self.simulator.credentials
        self.violations = self.simulator.violations
        self.simulator.api.limit_per_minute = 10**9  # it is counted by the wall clock, not by the story's
        self.world = self.simulator.world
        self._agents = {"eva": "", "ivo": "", "mira": ""}
        for name, person in zip(self._agents, list(self.world.agents.values())[1:], strict=False):
            self._agents[name] = person.id
        self._departments = [*self.world.departments]
        self._people: dict[str, Person] = {}
        self._talks: dict[str, Block] = {}
        self._rings: dict[str, PhoneRow] = {}

    def connect(self, webhook_url: str, secret: str) -> None:
        self.simulator.connect(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        if customer not in self._people:
            self._people[customer] = self.world.add_person(customer, f"{customer}@customers.example")
        owner = self._people[customer]
        letter, kind, _ = _WAYS[channel]
        made = self.world.open(at, owner, channel=letter, department=self._departments[0], subject="Where is it?")
        if channel == "voice":
            self.world.block(made, at, owner.user, kind)
            self._rings[made.id] = PhoneRow(self.world.new_id("ca"), made.id, "I", at, None, None)
            self.world.calls.append(self._rings[made.id])
            return made.id
        block = self.world.say(made, at, owner.user, kind, WORDS)
        if kind == "C":
            self._talks[made.id] = block
        return made.id

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        found = self.world.tickets[ticket]
        user = found.owner.user if by == "customer" else self._agents[who]
        self._say(found, at, user, "3" if by == "customer" else "4")
        self.world.set_status(found, at, "C" if by == "customer" else "A", by=user)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.say(self.world.tickets[ticket], at, self._agents[agent], "I", WORDS, type_="N")

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.give(self.world.tickets[ticket], at, agent=self._agents[agent])

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        del agent
        self.world.give(self.world.tickets[ticket], at, department=self._departments[1])

    def pick_up(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._rings[ticket].answered = at
        self.world.set_status(self.world.tickets[ticket], at, "P", by=self._agents[agent])
        self.world.fire("call.started", self.world.tickets[ticket])

    def hang_up(self, ticket: str, at: Instant) -> None:
        self._rings[ticket].finished = at

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.set_status(self.world.tickets[ticket], at, "R", by=self._agents[agent])

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        agent = self.world.agents[self._agents["eva"]]
        self.world.rate(self.world.tickets[ticket], at, agent, _RATINGS[score], comment)

    def flush(self) -> None:
        self.simulator.flush()

    def written(self) -> Written:
        simulator, ids = self.simulator, list(self.world.tickets)
        return Written(
            tags={ticket: simulator.tags(ticket) for ticket in ids},
            fields={ticket: simulator.fields(ticket) for ticket in ids},
            notes={ticket: tuple(simulator.notes(ticket)) for ticket in ids},
            summaries=simulator.summaries(),
        )

    def _say(self, ticket: Conversation, at: Instant, user: str, kind: str) -> None:
        if ticket.id in self._talks:
            self.world.add(ticket, self._talks[ticket.id], at, user, WORDS)
        else:
            self.world.say(ticket, at, user, kind, WORDS)


class TestDay(DayContract):
    desk = desk_named("liveagent")
    tells = Tells(
        channels=tuple(_WAYS),
        survey=Survey((1, 3), scores=(1, 2, 3), low=frozenset({1})),
        contacts=frozenset({"voice"}),
        after_agent="pending",
        after_customer="open",
    )

    def performer(self, clock: Clock) -> Performer:
        return LiveAgentDay(clock)
