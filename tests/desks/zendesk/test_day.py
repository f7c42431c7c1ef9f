"""A whole day in a simulated Zendesk, against what really happened."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.registry import desk_named
from integrations.times import Instant
from integrations.zendesk.simulated_world import Ticket
from integrations.zendesk.simulator import Simulator
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written


class ZendeskDay(Performer):
    """The day as people make it in Zendesk."""

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(1, ZONE, clock=clock)
        self.app, self.credentials = self.simulator.app, self.simulator.credentials
        self.violations = self.simulator.violations
        api = self.simulator.api
        api.requests_per_minute = api.exports_per_minute = 10**9  # counted by the wall clock, not by the story's
        self.world = self.simulator.world
        names = ("eva", "ivo", "mira")
        self._agents = {name: person.id for name, person in zip(names, self.simulator.life.agents, strict=True)}
        self._people: dict[str, int] = {}
        self._elsewhere = self.world.group("Billing")

    def connect(self, webhook_url: str, secret: str) -> None:
        self.simulator.connect(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        if customer not in self._people:
            self._people[customer] = self.world.person(customer).id
        made = self.world.open(
            at, self._people[customer], channel=channel, text=WORDS, group_id=self.simulator.life.group
        )
        return str(made.id)

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        found = self._ticket(ticket)
        if by == "customer":
            self.world.update(found, at, found.held["requester_id"], comment=WORDS, status="open")
        else:
            self.world.update(found, at, self._agents[who], comment=WORDS, status="pending")

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.say(self._ticket(ticket), at, self._agents[agent], WORDS, public=False)

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.update(self._ticket(ticket), at, self._agents[agent], assignee_id=self._agents[agent])

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.update(self._ticket(ticket), at, self._agents[agent], group_id=self._elsewhere)

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.update(self._ticket(ticket), at, self._agents[agent], status="solved")

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        self.world.merge(self._ticket(ticket), at, self._agents["eva"], into=self._ticket(into))

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self.world.rate(self._ticket(ticket), at, score, comment)

    def flush(self) -> None:
        self.simulator.flush()

    def written(self) -> Written:
        desk, tickets = self.simulator, list(self.world.tickets.values())
        return Written(
            tags={str(one.id): frozenset(one.tags) for one in tickets},
            fields={str(one.id): _of_ours(desk.fields(one)) for one in tickets},
            notes={str(one.id): desk.notes(one) for one in tickets},
            summaries=desk.summaries(),
        )

    def _ticket(self, ticket: str) -> Ticket:
        return self.world.tickets[int(ticket)]


def _of_ours(fields: Mapping[str, str]) -> dict[str, str]:
    """The scores in our own fields, whose titles begin with our name."""
    return {title.removeprefix("deskpulse_"): value for title, value in fields.items()}


class TestDay(DayContract):
    desk = desk_named("zendesk")
    tells = Tells(
        channels=("email", "web_form", "chat", "voice"),
        survey=Survey((0, 1), scores=(0, 1), low=frozenset({0})),
        merges=True,
        after_agent="pending",
        after_customer="open",
    )

    def performer(self, clock: Clock) -> Performer:
        return ZendeskDay(clock)
