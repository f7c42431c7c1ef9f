"""A small company's support in a simulated LiveAgent: who writes when, who answers, how it is rated.

Everybody in it is made up. The same seed tells the same story.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from integrations.liveagent.simulated_world import SYSTEM, Block, Conversation, Person, PhoneRow, World
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, utc

_FIRST: Final = ("Ada", "Bruno", "Chloe", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Klara", "Luka")
_LAST: Final = (
    "Berg",
    "Costa",
    "Dahl",
    "Evans",
    "Ferri",
    "Grgić",
    "Horvat",
    "Ito",
    "Jansen",
    "Kovač",
    "Lind",
    "Moreau",
)
_TOPICS: Final = (
    "Where is my parcel?", "Invoice shows the wrong address", "Cannot sign in", "Refund for a returned lamp",
    "Delivery on Saturday?", "The app forgets my cart", "Broken on arrival", "Change of subscription",
    "Question about the warranty", "Password reset mail never comes",
)  # fmt: skip
_GOOD: Final = ("Quick and friendly, thanks!", "Solved in one go.", "", "", "Very patient explanation.")
_BAD: Final = ("Took far too long.", "Nobody read what I wrote.", "Still not solved.", "")
#: (channel_type, share of all tickets, type of the customer's message group)
_WAYS: Final = (("E", 45, "3"), ("M", 15, "5"), ("B", 25, "C"), ("C", 10, "P"), (None, 5, "6"))
#: Relative numbers of tickets by hour of the day.
_HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 16, 12, 14, 16, 15, 13, 10, 8, 7, 6, 4, 3, 2)
_A_DAY: Final = 36  #: tickets on a working day
_WEEKEND: Final = 0.35

Move = Callable[[Instant], None]


@dataclass(slots=True)
class _Case:
    """A ticket on its way: the agent who has it, and the chat or messaging group in which it takes place."""

    ticket: Conversation
    agent: Person
    way: str
    block: Block | None = None


class Life:
    """Makes things happen in a world, one after another."""

    def __init__(self, world: World, *, tickets_a_day: int = _A_DAY) -> None:
        self.world = world
        self.random = world.random
        self.a_day = tickets_a_day
        self._agenda: list[tuple[Instant, int, Move]] = []
        self._number = 0
        self._next_arrival: Instant | None = None
        self._people()

    def _people(self) -> None:
        world = self.world
        world.add_agent("Mira Owner", "mira@desk.example", "owner")
        for name in ("Noah Reyes", "Olga Petrov", "Pavel Novotny", "Quinn Baker"):
            world.add_agent(name, f"{name.split()[0].lower()}@desk.example")
        self.departments = [world.add_department(name) for name in ("Support", "Orders", "Billing")]
        self.topics = [world.add_tag(name) for name in ("vip", "delivery", "billing", "bug")]

    # ------------------------------------------------------------------------------------------ time

    def advance(self, until: Instant) -> int:
        """Everything that is due until then happens at its own time; gives the number of moves."""
        moves = 0
        while self._arrival(until) <= until:
            at = self._next_arrival or until
            moves += self._perform(at)
            self._arrive(at)
            moves += 1
            self._next_arrival = self._after(at)
        return moves + self._perform(until)

    def hurry(self, now: Instant, moves: int) -> int:
        """So many of the moves that are still to come happen now; new customers write where none are left."""
        for _ in range(moves):
            if self._agenda and self.random.random() < 0.8:
                heapq.heappop(self._agenda)[2](now)
            else:
                self._arrive(now)
        return moves

    def _arrival(self, until: Instant) -> Instant:
        if self._next_arrival is None:
            self._next_arrival = until
        return self._next_arrival

    def begin(self, at: Instant) -> None:
        """The first customer writes then."""
        self._next_arrival = at

    def _perform(self, until: Instant) -> int:
        moves = 0
        while self._agenda and self._agenda[0][0] <= until:
            at, _, move = heapq.heappop(self._agenda)
            move(at)
            moves += 1
        return moves

    def _after(self, at: Instant) -> Instant:
        """When the next customer writes: drawn hour by hour, for a quiet night must not swallow the morning."""
        while True:
            gap = max(SECOND, int(self.random.expovariate(self._pace(at)) * HOUR) // SECOND * SECOND)
            next_hour = (at // HOUR + 1) * HOUR
            if at + gap < next_hour:
                return at + gap
            at = next_hour

    def _pace(self, at: Instant) -> float:
        """Customers an hour, by the hour and the day of the week."""
        local = utc(at).astimezone(self.world.zone)
        return self.a_day * _HOURS[local.hour] / sum(_HOURS) * (_WEEKEND if local.weekday() >= 5 else 1)

    def _later(self, at: Instant, low: Instant, high: Instant, move: Move) -> Instant:
        """The move is put on the agenda some time from now, sooner rather than later."""
        wait = low + int((high - low) * self.random.random() ** 2)
        due = at + wait // SECOND * SECOND
        self._number += 1
        heapq.heappush(self._agenda, (due, self._number, move))
        return due

    # ------------------------------------------------------------------------------------------ customers

    def _arrive(self, at: Instant) -> None:
        channel, _, way = self.random.choices(_WAYS, weights=[share for _, share, _ in _WAYS])[0]
        subject = self.random.choice(_TOPICS)
        owner = self._customer()
        live = way in "CP"
        ticket = self.world.open(
            at,
            owner,
            channel=channel,
            department=self.random.choice(self.departments),
            subject=subject,
            status="I" if live else "N",
        )
        agent = self.random.choice(list(self.world.agents.values())[1:])
        case = _Case(ticket, agent, way)
        if way == "P":
            self._ring(case, at)
            return
        case.block = self.world.say(ticket, at, owner.user, way, subject)
        if way == "C":
            self._later(at, 8 * SECOND, 150 * SECOND, lambda when: self._pick_up(case, when))
        else:
            self._later(at, 4 * MINUTE, 9 * HOUR, lambda when: self._reply(case, when))

    def _customer(self) -> Person:
        people = list(self.world.people.values())
        if people and self.random.random() < 0.3:
            return self.random.choice(people)
        first, last = self.random.choice(_FIRST), self.random.choice(_LAST)
        return self.world.add_person(f"{first} {last}", f"{first}.{len(people)}@customers.example".lower())

    # ------------------------------------------------------------------------------------------ letters

    def _reply(self, case: _Case, at: Instant) -> None:
        ticket, world = case.ticket, self.world
        ticket.agent = case.agent.id
        text = "Thank you for writing, here is what we found."
        if case.way == "6" and case.block is not None:
            world.add(ticket, case.block, at, case.agent.user, text)
            world.fire("message.group_added", ticket)
        else:
            world.say(ticket, at, case.agent.user, "4", text)
        world.set_status(ticket, at, "A", by=case.agent.user)
        chance = self.random.random()
        if chance < 0.35:
            self._later(at, 10 * MINUTE, DAY, lambda when: self._answer_back(case, when))
        elif chance < 0.42:
            self._later(at, MINUTE, HOUR, lambda when: self._hand_on(case, when))
        else:
            self._later(at, 5 * MINUTE, 2 * DAY, lambda when: self._resolve(case, when))

    def _answer_back(self, case: _Case, at: Instant) -> None:
        ticket = case.ticket
        self.world.say(ticket, at, ticket.owner.user, "6" if case.way == "6" else "3", "It is not quite solved yet.")
        self.world.set_status(ticket, at, "C")
        self._later(at, 5 * MINUTE, 8 * HOUR, lambda when: self._reply(case, when))

    def _hand_on(self, case: _Case, at: Instant) -> None:
        self.world.say(case.ticket, at, case.agent.user, "I", "One for your team, please.", type_="N")
        case.agent = self.random.choice(list(self.world.agents.values())[1:])
        self.world.give(case.ticket, at, agent=case.agent.id, department=self.random.choice(self.departments))
        self._later(at, 10 * MINUTE, 6 * HOUR, lambda when: self._reply(case, when))

    # ------------------------------------------------------------------------------------------ chats and calls

    def _pick_up(self, case: _Case, at: Instant) -> None:
        ticket, world = case.ticket, self.world
        ticket.agent = case.agent.id
        world.set_status(ticket, at, "T", by=case.agent.user)
        world.fire("chat.started", ticket)
        self._later(at, 3 * SECOND, 40 * SECOND, lambda when: self._chat(case, when, answers=2))
        self._later(at, 3 * MINUTE, 20 * MINUTE, lambda when: self._resolve(case, when))

    def _chat(self, case: _Case, at: Instant, *, answers: int) -> None:
        if case.block is None or case.ticket.status != "T":
            return
        self.world.add(case.ticket, case.block, at, case.agent.user, "Hello, I am looking into it.")
        if answers > 1:
            owner = case.ticket.owner.user
            self.world.add(case.ticket, case.block, at + SECOND, owner, "Thanks, it is about my order.")
            self._later(at, 10 * SECOND, 60 * SECOND, lambda when: self._chat(case, when, answers=answers - 1))

    def _ring(self, case: _Case, at: Instant) -> None:
        ticket, world = case.ticket, self.world
        world.block(ticket, at, ticket.owner.user, "P")
        row = PhoneRow(world.new_id("ca"), ticket.id, "I", at, None, None)
        world.calls.append(row)
        if self.random.random() < 0.12:
            self._later(at, 15 * SECOND, 90 * SECOND, lambda when: self._hang_up(case, row, when))
        else:
            self._later(at, 3 * SECOND, 70 * SECOND, lambda when: self._answer(case, row, when))

    def _answer(self, case: _Case, row: PhoneRow, at: Instant) -> None:
        row.answered = at
        case.ticket.agent = case.agent.id
        self.world.set_status(case.ticket, at, "P", by=case.agent.user)
        self.world.fire("call.started", case.ticket)
        self._later(at, MINUTE, 12 * MINUTE, lambda when: self._hang_up(case, row, when))

    def _hang_up(self, case: _Case, row: PhoneRow, at: Instant) -> None:
        row.finished = at
        self._later(at, MINUTE, 30 * MINUTE, lambda when: self._resolve(case, when))

    # ------------------------------------------------------------------------------------------ ends

    def _resolve(self, case: _Case, at: Instant) -> None:
        ticket, world = case.ticket, self.world
        if self.random.random() < 0.3:
            tag = self.random.choice(self.topics)
            world.set_tags(ticket, at, ticket.tags if tag in ticket.tags else [*ticket.tags, tag])
        if self.random.random() < 0.02:
            world.set_status(ticket, at, "B", by=SYSTEM)
            return
        world.set_status(ticket, at, "R", by=case.agent.user)
        if self.random.random() < 0.4:
            self._later(at, MINUTE, 6 * HOUR, lambda when: self._rate(case, when))
        if self.random.random() < 0.1:
            self._later(at, HOUR, 3 * DAY, lambda when: self._answer_back(case, when))

    def _rate(self, case: _Case, at: Instant) -> None:
        kind = self.random.choices("RNP", weights=(74, 9, 17))[0]
        words = {"R": _GOOD, "N": ("",), "P": _BAD}[kind]
        self.world.rate(case.ticket, at, case.agent, kind, self.random.choice(words))
