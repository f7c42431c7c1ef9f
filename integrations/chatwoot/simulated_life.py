"""A small shop that uses a simulated Chatwoot: who writes when, answers, resolves and rates. Demo and tests only."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final

from integrations.chatwoot.simulated_world import Inbox, Person, Talk, World
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant

_TALKS_A_DAY: Final = 14
_SCORES: Final = (5, 5, 5, 4, 4, 3, 2, 1)
_WORDS: Final = ("Quick and kind", "Took very long", "", "", "It works again")
_LABELS: Final = ("lamp", "parcel", "refund", "vip")
_TEAMS: Final = ((6, "returns"), (7, "orders"))
_INBOXES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("Website", "Channel::WebWidget", {"bot": True}),
    ("Mail", "Channel::Email", {}),
    ("WhatsApp", "Channel::Whatsapp", {}),
    ("Text messages", "Channel::TwilioSms", {"medium": "sms"}),
    ("Shop", "Channel::Api", {"csat": False}),
)

Deed = Callable[[Instant], None]


class Life:
    """What is going to happen, in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.inboxes = [world.add_inbox(name, channel, **more) for name, channel, more in _INBOXES]
        self.agents = [world.add_user(name) for name in ("Eva", "Ivo", "Mira")]
        self._due: list[tuple[Instant, int, Deed]] = []
        self._planned = 0

    def begin(self, at: Instant) -> None:
        """The first customer comes some time after this moment."""
        self._later(at, MINUTE, DAY // _TALKS_A_DAY, self._arrive)

    def advance(self, now: Instant) -> int:
        """Everything that is due happens at its own moment; how many things did."""
        count = 0
        while self._due and self._due[0][0] <= now:
            at, _, deed = heapq.heappop(self._due)
            deed(at)
            count += 1
        return count

    def hurry(self, now: Instant, moves: int) -> None:
        """So many of the next things happen now, or customers come."""
        for _ in range(moves):
            if self._due:
                heapq.heappop(self._due)[2](now)
            else:
                self._arrive(now)

    def _later(self, at: Instant, least: Instant, most: Instant, deed: Deed) -> None:
        self._planned += 1
        heapq.heappush(self._due, (at + self.random.randrange(least, most), self._planned, deed))

    def _arrive(self, at: Instant) -> None:
        self._later(at, MINUTE, 2 * DAY // _TALKS_A_DAY, self._arrive)
        inbox: Inbox = self.random.choice(self.inboxes)
        talk = self.world.open(at, inbox, self._customer(), "Hello, I have a question about my order.")
        agent = self.random.choice(self.agents)
        if inbox.bot:
            self._later(at, SECOND, 4 * SECOND, lambda when: self._robot(talk, agent, when))
        else:
            self._later(at, MINUTE, 5 * HOUR, lambda when: self._answer(talk, agent, when))

    def _customer(self) -> Person:
        known = [person for person in self.world.contacts.values() if person.identifier is None]
        if known and self.random.random() < 0.3:
            return self.random.choice(known)
        return self.world.add_contact(f"Customer{len(self.world.contacts)}")

    def _robot(self, talk: Talk, agent: Person, at: Instant) -> None:
        self.world.reply(talk, at, self.world.bot, "I am a robot. What is your order number?")
        if self.random.random() < 0.2:
            self._later(at, MINUTE, HOUR, lambda when: self._resolve(talk, when))
            return
        self._later(at, 5 * SECOND, MINUTE, lambda when: self._hand_over(talk, agent, when))

    def _hand_over(self, talk: Talk, agent: Person, at: Instant) -> None:
        self.world.write(talk, at, "I want to talk to somebody.")
        self.world.set_status(talk, at + SECOND, "open", by="Robo")
        self._later(at, MINUTE, 20 * MINUTE, lambda when: self._answer(talk, agent, when))

    def _answer(self, talk: Talk, agent: Person, at: Instant) -> None:
        world = self.world
        if talk.assignee is None:
            world.assign(talk, at, agent)
        if self.random.random() < 0.3:
            world.note(talk, at, agent, "Looks like the parcel is late.")
        world.reply(talk, at + SECOND, agent, "Thank you, here is what we found.")
        if self.random.random() < 0.25:
            world.move(talk, at + 2 * SECOND, self.random.choice(_TEAMS))
        chance = self.random.random()
        if chance < 0.3:
            self._later(at, 2 * MINUTE, 6 * HOUR, lambda when: self._answer_back(talk, agent, when))
        else:
            self._later(at, MINUTE, DAY, lambda when: self._resolve(talk, when))

    def _answer_back(self, talk: Talk, agent: Person, at: Instant) -> None:
        self.world.write(talk, at, "It still does not work.")
        self._later(at, MINUTE, 4 * HOUR, lambda when: self._answer(talk, agent, when))

    def _resolve(self, talk: Talk, at: Instant) -> None:
        world = self.world
        if self.random.random() < 0.4:
            world.set_labels(talk, at, [*talk.labels, self.random.choice(_LABELS)])
        world.set_status(talk, at + SECOND, "resolved")
        if world.survey_of(talk) and self.random.random() < 0.4:
            self._later(at, MINUTE, 8 * HOUR, lambda when: self._rate(talk, when))
        if self.random.random() < 0.12:
            agent = self.random.choice(self.agents)
            self._later(at, HOUR, 2 * DAY, lambda when: self._answer_back(talk, agent, when))

    def _rate(self, talk: Talk, at: Instant) -> None:
        self.world.rate(talk, at, self.random.choice(_SCORES), self.random.choice(_WORDS))
