"""A small company's support in a simulated Freshdesk: who writes when, who answers, how it is rated.

Everybody in it is made up. The same seed tells the same story.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from integrations.freshdesk.simulated_world import CLOSED, PENDING, RESOLVED, Kept, World
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant

_FIRST: Final = ("Ana", "Boris", "Carla", "Dino", "Emma", "Felix", "Gita", "Hana", "Igor", "Jana", "Karl", "Lena")
_LAST: Final = ("Abel", "Brandt", "Cruz", "Duarte", "Ek", "Fabian", "Gallo", "Haas", "Ivers", "Juric", "Kern", "Lund")
_TOPICS: Final = (
    "Lamp arrived broken", "Where is my order?", "Wrong bulb in the box", "Invoice without our VAT number",
    "How do I return a shade?", "The dimmer hums", "Change of address", "Discount code is refused",
)  # fmt: skip
#: (source, share of all tickets)
_WAYS: Final = ((1, 45), (2, 20), (3, 12), (7, 13), (6, 5), (13, 5))
_GOOD: Final = ("Fast and kind!", "Solved at once.", "", "")
_BAD: Final = ("Took a week.", "Nobody answered my question.", "")
_A_DAY: Final = 30  #: tickets

Move = Callable[[Instant], None]


class Life:
    """Makes things happen in a world, one after another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self._agenda: list[tuple[Instant, int, Move]] = []
        self._number = 0
        self._next_arrival: Instant | None = None
        for name in ("Mara Lindt", "Noel Hart", "Oda Berg", "Pia Stern"):
            world.add_agent(name, f"{name.split()[0].lower()}@lampshop.example")
        self.groups = [world.add_group(name) for name in ("Orders", "Returns", "Billing")]
        self.agents = list(world.agents)

    def begin(self, at: Instant) -> None:
        """The first customer writes then."""
        self._next_arrival = at

    def advance(self, until: Instant) -> int:
        """Everything that is due until then happens at its own time; gives the number of moves."""
        moves = 0
        at = until if self._next_arrival is None else self._next_arrival
        while at <= until:
            moves += self._perform(at) + 1
            self._arrive(at)
            at += max(SECOND, int(self.random.expovariate(_A_DAY) * DAY))
        self._next_arrival = at
        return moves + self._perform(until)

    def hurry(self, now: Instant, moves: int) -> int:
        """So many of the moves that are still to come happen now; new customers write where none are left."""
        for _ in range(moves):
            if self._agenda and self.random.random() < 0.75:
                heapq.heappop(self._agenda)[2](now)
            else:
                self._arrive(now)
        return moves

    def _perform(self, until: Instant) -> int:
        moves = 0
        while self._agenda and self._agenda[0][0] <= until:
            at, _, move = heapq.heappop(self._agenda)
            move(at)
            moves += 1
        return moves

    def _later(self, at: Instant, low: Instant, high: Instant, move: Move) -> None:
        """The move is put on the agenda some time from now, sooner rather than later."""
        due = at + low + int((high - low) * self.random.random() ** 2)
        self._number += 1
        heapq.heappush(self._agenda, (due, self._number, move))

    # ------------------------------------------------------------------------------------------ moves

    def _arrive(self, at: Instant) -> None:
        source = self.random.choices([way for way, _ in _WAYS], weights=[share for _, share in _WAYS])[0]
        ticket = self.world.open(
            at,
            self._customer(),
            subject=self.random.choice(_TOPICS),
            source=source,
            group=self.random.choice(self.groups),
            tags=["vip"] if self.random.random() < 0.1 else [],
        )
        agent = self.random.choice(self.agents)
        if self.random.random() < 0.03:
            self._later(at, MINUTE, HOUR, lambda when: self.world.mark(ticket, when, spam=True))
        else:
            self._later(at, 3 * MINUTE, 10 * HOUR, lambda when: self._reply(ticket, agent, when))

    def _customer(self) -> int:
        known = list(self.world.contacts)
        if known and self.random.random() < 0.3:
            return self.random.choice(known)
        first, last = self.random.choice(_FIRST), self.random.choice(_LAST)
        return self.world.add_contact(f"{first} {last}", f"{first}.{len(known)}@customers.example".lower()).id

    def _reply(self, ticket: Kept, agent: int, at: Instant) -> None:
        self.world.assign(ticket, at, agent=agent)
        if self.random.random() < 0.2:
            self.world.say(ticket, at, agent, "Has anybody seen this before?", private=True, source=2)
        self.world.say(ticket, at + SECOND, agent, "Thank you for writing, here is what we found.")
        self.world.set_status(ticket, at + 2 * SECOND, PENDING)
        if self.random.random() < 0.35:
            self._later(at, 10 * MINUTE, DAY, lambda when: self._answer(ticket, agent, when))
        else:
            self._later(at, 5 * MINUTE, 2 * DAY, lambda when: self._resolve(ticket, agent, when))

    def _answer(self, ticket: Kept, agent: int, at: Instant) -> None:
        self.world.say(ticket, at, ticket.requester, "It is not quite solved yet.", incoming=True)
        if self.random.random() < 0.2:
            self.world.assign(ticket, at + SECOND, group=self.random.choice(self.groups))
        self._later(at, 5 * MINUTE, 8 * HOUR, lambda when: self._reply(ticket, agent, when))

    def _resolve(self, ticket: Kept, agent: int, at: Instant) -> None:
        self.world.set_status(ticket, at, RESOLVED)
        if self.random.random() < 0.4:
            self._later(at, MINUTE, 6 * HOUR, lambda when: self._rate(ticket, when))
        chance = self.random.random()
        if chance < 0.1:
            self._later(at, HOUR, 2 * DAY, lambda when: self._answer(ticket, agent, when))
        elif chance < 0.7:
            self._later(at, DAY, 2 * DAY, lambda when: self._close(ticket, when))

    def _close(self, ticket: Kept, at: Instant) -> None:
        if ticket.status == RESOLVED:
            self.world.set_status(ticket, at, CLOSED, by_system=True)

    def _rate(self, ticket: Kept, at: Instant) -> None:
        code = self.random.choices((103, 100, -103), weights=(72, 10, 18))[0]
        words = {103: _GOOD, 100: ("",), -103: _BAD}[code]
        self.world.rate(ticket, at, code, self.random.choice(words))
