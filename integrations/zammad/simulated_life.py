"""The people of a simulated Zammad: who writes when, drawn from a seed."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Final

from integrations.times import DAY, HOUR, MINUTE, Instant
from integrations.zammad.simulated_world import STATES, Ticket, User, World

_TICKETS_A_DAY: Final = 9
_TYPES: Final = ("email", "email", "email", "web", "phone", "chat", "whatsapp message", "twitter status", "sms")
_OPEN, _CLOSED, _REMINDER = (STATES[name][0] for name in ("open", "closed", "pending reminder"))

_Act = Callable[[Instant], None]


class Life:
    """An agenda of things that will happen; every ticket writes its own story into it when it begins."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.agents = [world.add_user(name, "Agent", agent=True) for name in ("Eva", "Ivo")]
        self.customers = [world.add_user(name, "Doe") for name in ("Jo", "Kim", "Lee", "Max", "Nia", "Pat", "Sam")]
        self._agenda: list[tuple[Instant, int, _Act]] = []
        self._order = count()

    def begin(self, at: Instant) -> None:
        """From then on tickets come."""
        self._plan(at, self._arrive)

    def advance(self, now: Instant) -> int:
        """Everything that is due happens; how many things did."""
        happened = 0
        while self._agenda and self._agenda[0][0] <= now:
            at, _, act = heapq.heappop(self._agenda)
            act(at)
            happened += 1
        return happened

    def hurry(self, now: Instant, moves: int) -> None:
        """So many of the next things happen now; when nothing is planned, somebody writes."""
        for _ in range(moves):
            act = heapq.heappop(self._agenda)[2] if self._agenda else self._arrive
            act(now)

    # --- stories --------------------------------------------------------------------------------------------------

    def _arrive(self, at: Instant) -> None:
        ticket = self.world.open(
            at,
            self.random.choice(self.customers),
            type_=self.random.choice(_TYPES),
            group=self.random.choice((1, 1, 2)),
            priority=self.random.choice((1, 2, 2, 2, 3)),
            region=self.random.choice(("north", "south", None)),
        )
        if self.random.random() < 0.2:
            self.world.tag(ticket, at, ticket.customer, "vip")
        self._plan(at + self._wait(), self._reply, ticket, self.random.choice(self.agents))
        self._plan(at + int(self.random.expovariate(_TICKETS_A_DAY / DAY)), self._arrive)

    def _reply(self, at: Instant, ticket: Ticket, agent: User) -> None:
        self.world.say(ticket, at, agent, type_=ticket.type, state=_OPEN, owner=agent.id)
        chance = self.random.random()
        if chance < 0.3:
            self._plan(at + self._wait(), self._answer, ticket, agent)
        elif chance < 0.4:
            self.world.say(ticket, at, agent, type_="note", internal=True, body="Wait for the parcel service")
            self.world.change(ticket, at, agent.id, state=_REMINDER)
            self._plan(at + self._wait(), self._close, ticket, agent)
        elif chance < 0.9:
            self._plan(at + self._wait(), self._close, ticket, agent)

    def _answer(self, at: Instant, ticket: Ticket, agent: User) -> None:
        customer = self.world.users[ticket.customer]
        self.world.say(ticket, at, customer, type_=ticket.type, body="Still nothing.", state=_OPEN)
        self._plan(at + self._wait(), self._reply, ticket, agent)

    def _close(self, at: Instant, ticket: Ticket, agent: User) -> None:
        self.world.change(ticket, at, agent.id, state=_CLOSED)
        if self.random.random() < 0.15:
            self._plan(at + self._wait(), self._answer, ticket, agent)

    def _wait(self) -> Instant:
        return int(self.random.uniform(5 * MINUTE, 6 * HOUR))

    def _plan(self, at: Instant, act: Callable[..., None], *more: Any) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), lambda moment: act(moment, *more)))
