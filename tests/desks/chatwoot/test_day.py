"""A whole day in a simulated Chatwoot, against what really happened."""

from __future__ import annotations

from typing import ClassVar, Final

from integrations.chatwoot.simulated_world import Person, Talk
from integrations.chatwoot.simulator import Simulator
from integrations.registry import desk_named
from integrations.times import Instant
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written

#: Canonical channel → the inbox whose conversations have it.
_INBOXES: Final = {"email": "Mail", "chat": "Website", "messaging": "WhatsApp", "sms": "Text messages"}


class ChatwootDay(Performer):
    """The day as people make it in Chatwoot."""

    def __init__(self, clock: Clock) -> None:
        self.simulator = Simulator(1, ZONE, clock=clock)
        self.app, self.credentials = self.simulator.app, self.simulator.credentials
        self.violations = self.simulator.violations
        self.world = self.simulator.world
        self._agents = dict(zip(("eva", "ivo", "mira"), self.simulator.life.agents, strict=True))
        self._inboxes = {inbox.name: inbox for inbox in self.simulator.life.inboxes}
        self._inboxes["Website"].bot = False  # the story says when a bot comes
        self._people: dict[str, Person] = {}

    def connect(self, webhook_url: str, secret: str) -> None:
        """Nothing: `install` makes the webhook, and Chatwoot its secret."""

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        if customer not in self._people:
            self._people[customer] = self.world.add_contact(customer)
        return str(self.world.open(at, self._inboxes[_INBOXES[channel]], self._people[customer], WORDS).id)

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        talk = self._talk(ticket)
        if by == "customer":
            self.world.write(talk, at, WORDS)
        elif by == "bot":
            self.world.set_status(talk, at, "pending", by="Robo")
            self.world.reply(talk, at, self.world.bot, WORDS)
        else:
            self.world.reply(talk, at, self._agents[who], WORDS)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.note(self._talk(ticket), at, self._agents[agent], WORDS)

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.assign(self._talk(ticket), at, self._agents[agent])

    def hand_over(self, ticket: str, at: Instant) -> None:
        self.world.set_status(self._talk(ticket), at, "open", by="Robo")

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        del agent
        self.world.move(self._talk(ticket), at, (7, "billing"))

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self.world.set_status(self._talk(ticket), at, "resolved", by=self._agents[agent].name)

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        self.world.write(self._talk(ticket), at, WORDS)

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self.world.rate(self._talk(ticket), at, score, comment)

    def flush(self) -> None:
        self.simulator.flush()

    def written(self) -> Written:
        simulator, summaries = self.simulator, self.simulator.summaries()
        talks = {str(id_): talk for id_, talk in self.world.talks.items() if str(id_) not in summaries}
        return Written(
            tags={id_: frozenset(talk.labels) for id_, talk in talks.items()},
            fields={id_: dict(talk.custom) for id_, talk in talks.items()},
            notes={id_: tuple(simulator.notes(id_)) for id_ in talks},
            summaries=summaries,
        )

    def _talk(self, ticket: str) -> Talk:
        return self.world.talks[int(ticket)]


class TestDay(DayContract):
    desk = desk_named("chatwoot")
    tells: ClassVar = Tells(
        channels=tuple(_INBOXES),
        survey=Survey((1, 5), scores=(1, 2, 3, 4, 5), low=frozenset({1, 2}), asked=True),
        bots=True,
    )

    def performer(self, clock: Clock) -> Performer:
        return ChatwootDay(clock)
