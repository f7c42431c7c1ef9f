"""A whole day in a Zammad, with a form that writes its customers' answers into attributes of their tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.times import Instant
from integrations.zammad.simulated_world import Ticket, User
from integrations.zammad.simulator import Simulator
from tests.desks.day import WORDS, ZONE, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.hooks import Written
from tests.desks.zammad.office import CLOSED, DESK, OPEN

_TYPES = {"email": "email", "web_form": "web", "chat": "chat", "voice": "phone", "messaging": "whatsapp message",
          "social": "twitter status", "sms": "sms"}  # fmt: skip
_ANSWERS = {"csat": {"field": "survey_score", "comment": "survey_comment", "scale": [1, 5]}}


class ZammadDay(Performer):
    """The day as people make it in Zammad."""

    settings: Mapping[str, Any] = {"desk": {"answers": _ANSWERS}}

    def __init__(self, clock: Clock) -> None:
        self._simulator = Simulator(3, ZONE, clock=clock)
        self._world = self._simulator.world
        self._people: dict[str, User] = {}
        self.app, self.credentials = self._simulator.app, self._simulator.credentials
        self.violations = self._simulator.violations

    def connect(self, webhook_url: str, secret: str) -> None:
        self._simulator.connect(webhook_url, secret)

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        return str(self._world.open(at, self._person(customer), type_=_TYPES[channel], body=WORDS, title=WORDS).id)

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        one = self._ticket(ticket)
        self._world.say(one, at, self._person(who, by=by), type_=one.type, body=WORDS, state=OPEN)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        who = self._person(agent, by="agent")
        self._world.say(self._ticket(ticket), at, who, type_="note", internal=True, body=WORDS)

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        who = self._person(agent, by="agent").id
        self._world.change(self._ticket(ticket), at, who, owner=who)

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._world.change(self._ticket(ticket), at, self._person(agent, by="agent").id, group=2)

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        self._world.change(self._ticket(ticket), at, self._person(agent, by="agent").id, state=CLOSED)

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        who = self._person("eva", by="agent")
        self._world.merge(self._ticket(ticket), at, who, into=self._ticket(into))

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        self._world.change(self._ticket(ticket), at, 1, survey_score=str(score), survey_comment=comment or None)

    def flush(self) -> None:
        self._simulator.flush()

    def written(self) -> Written:
        tickets = self._simulator.tickets()
        return Written(
            tags={id_: frozenset(one.tags) for id_, one in tickets.items()},
            fields={id_: {"csat": one.values["csat"]} for id_, one in tickets.items() if one.values["csat"]},
            notes={id_: tuple(self._simulator.notes(id_)) for id_ in tickets},
            summaries=self._simulator.summaries(),
        )

    def _ticket(self, ticket: str) -> Ticket:
        return self._world.tickets[int(ticket)]

    def _person(self, name: str, *, by: By = "customer") -> User:
        if name not in self._people:
            self._people[name] = self._world.add_user(name.title(), "Novak", agent=by == "agent")
        return self._people[name]


class TestDay(DayContract):
    desk = DESK
    tells = Tells(
        channels=tuple(_TYPES),
        survey=Survey((1, 5), scores=(1, 2, 3, 4, 5), low=frozenset({1, 2})),
        merges=True,
        after_agent="open",
        after_customer="open",
    )

    def performer(self, clock: Clock) -> Performer:
        return ZammadDay(clock)
