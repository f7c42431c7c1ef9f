"""A small company's support in a simulated Zendesk: who writes when, who answers, how it is rated.

Everybody in it is made up. The same seed tells the same story.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from integrations.times import DAY, HOUR, MINUTE, Instant
from integrations.zendesk.simulated_world import Person, Ticket, World

_AGENTS: Final = ("Eva Novak", "Ivo Maric", "Mira Kovac")
_CUSTOMERS: Final = ("Ada Berg", "Bruno Costa", "Chloe Dahl", "Dario Evans", "Elin Ferri", "Farid Horvat", "Greta Ito")
_WAYS: Final = (("email", 45), ("web_form", 25), ("chat", 15), ("messaging", 10), ("voice", 5))
_TOPICS: Final = (
    "Where is my parcel?",
    "Cannot sign in",
    "Refund for a lamp",
    "Broken on arrival",
    "Change of address",
)
_A_DAY: Final = 24
_Move = Callable[[Instant], None]


class Life:
    """Makes things happen in a world, one after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.agents = [world.person(name, "agent") for name in _AGENTS]
        self.customers = [world.person(name) for name in _CUSTOMERS]
        self.group = world.group("Support")
        self._due: list[tuple[Instant, int, _Move]] = []
        self._moves = 0

    def begin(self, at: Instant) -> None:
        """The first customer is on the way."""
        self._later(at, self._arrive)

    def advance(self, now: Instant) -> int:
        """Everything that is due until now happens; how many things."""
        happened = 0
        while self._due and self._due[0][0] <= now:
            at, _, move = heapq.heappop(self._due)
            move(at)
            happened += 1
        return happened

    def hurry(self, now: Instant, moves: int) -> None:
        """At least so many of the next things happen now."""
        if not self._due:
            self.begin(now)
        for _ in range(min(moves, len(self._due))):
            heapq.heappop(self._due)[2](now)

    def _later(self, at: Instant, move: _Move) -> None:
        self._moves += 1
        heapq.heappush(self._due, (at, self._moves, move))

    def _within(self, at: Instant, longest: Instant) -> Instant:
        return at + MINUTE + self.world.random.randrange(longest)

    def _arrive(self, at: Instant) -> None:
        random = self.world.random
        ticket = self.world.open(
            at,
            random.choice(self.customers).id,
            channel=random.choices([way for way, _ in _WAYS], [often for _, often in _WAYS])[0],
            text=random.choice(_TOPICS),
            group_id=self.group,
        )
        agent = random.choice(self.agents)
        self._later(self._within(at, 4 * HOUR), lambda then: self._answer(ticket, agent, then))
        self._later(self._within(at, 2 * DAY // _A_DAY), self._arrive)

    def _answer(self, ticket: Ticket, agent: Person, at: Instant) -> None:
        self.world.update(ticket, at, agent.id, comment="We look into it", assignee_id=agent.id, status="pending")
        move = self._resolve if self.world.random.random() < 0.6 else self._ask
        self._later(self._within(at, 8 * HOUR), lambda then: move(ticket, agent, then))

    def _ask(self, ticket: Ticket, agent: Person, at: Instant) -> None:
        self.world.say(ticket, at, ticket.held["requester_id"], "And now?")
        self._later(self._within(at, 4 * HOUR), lambda then: self._answer(ticket, agent, then))

    def _resolve(self, ticket: Ticket, agent: Person, at: Instant) -> None:
        self.world.update(ticket, at, agent.id, comment="Done", status="solved")
        self.world.offer(ticket, at + MINUTE)
        if self.world.random.random() < 0.4:
            self._later(self._within(at, DAY), lambda then: self._rate(ticket, then))

    def _rate(self, ticket: Ticket, at: Instant) -> None:
        low, high = (2, 5) if self.world.survey == "newer" else (0, 1)
        happy = self.world.random.random() < 0.8
        self.world.rate(ticket, at, high if happy else low, "Thanks" if happy else "Slow")
