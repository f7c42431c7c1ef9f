"""A small simulated LiveAgent with known people, and ways to act in it at known moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Gate
from integrations.events import Event
from integrations.liveagent.simulated_world import Conversation
from integrations.liveagent.simulator import Simulator
from integrations.liveagent.webhook import LiveAgent
from integrations.session import NoGate, Session
from integrations.times import SECOND, Instant, instant_of_iso, instant_of_local
from tests.desks.serving import serving

ZAGREB = ZoneInfo("Europe/Zagreb")
NOW = instant_of_iso("2026-06-15T12:00:00Z")
DESK = LiveAgent()


def at(text: str, zone: ZoneInfo = ZAGREB) -> Instant:
    """A local moment of 2026: `06-15 09:30`."""
    return instant_of_local(f"2026-{text}:00", zone)


class Office:
    """A simulator in which nothing happens by itself: one owner, two agents, two departments, one customer."""

    def __init__(self, zone: ZoneInfo = ZAGREB, *, now: Instant = NOW) -> None:
        self.now = now
        self.simulator = Simulator(1, zone, clock=lambda: self.now)
        self.world = self.simulator.world
        self.world.agents.clear()
        self.world.departments.clear()
        self.world.tags.clear()
        self.owner = self.world.add_agent("Mira Owner", "mira@desk.example", "owner")
        self.eva = self.world.add_agent("Eva Novak", "eva@desk.example")
        self.ivo = self.world.add_agent("Ivo Maric", "ivo@desk.example")
        self.support = self.world.add_department("Support")
        self.orders = self.world.add_department("Orders")
        self.customer = self.world.add_person("Jo Doe", "jo@customers.example")

    def ticket(
        self, moment: Instant, *, channel: str | None = "E", subject: str = "Parcel?", **more: Any
    ) -> Conversation:
        """A ticket of the customer in Support."""
        return self.world.open(moment, self.customer, channel=channel, department=self.support, subject=subject, **more)

    def letter(self, moment: Instant, **more: Any) -> Conversation:
        """A ticket that began with an e-mail."""
        ticket = self.ticket(moment, **more)
        self.world.say(ticket, moment, self.customer.user, "3", "Where is it?")
        return ticket

    def answered(self, ticket: Conversation, moment: Instant) -> None:
        """Eva answers by e-mail, and the ticket is hers."""
        ticket.agent = self.eva.id
        self.world.say(ticket, moment, self.eva.user, "4", "On its way.")
        self.world.set_status(ticket, moment, "A", by=self.eva.user)

    @contextmanager
    def open(self, *, gate: Gate | None = None, timeout: float = 5.0, **access: Any) -> Iterator[Session]:
        """A session to the simulator over a socket; what it asked must have been documented."""
        with serving(self.simulator.app) as url:
            account = self.access(url, **access)
            pause = (timeout, timeout)
            with Session(
                account, gate or NoGate(), allow_private=True, clock=lambda: self.now / SECOND, timeout=pause
            ) as session:
                yield session
        assert self.simulator.violations == []

    def access(self, url: str, **changes: Any) -> Access:
        """How the simulator is reached."""
        known: Mapping[str, Any] = {"credentials": self.simulator.credentials, "zone": self.world.zone}
        return Access(url=url, **{**known, **changes})

    def told(self, ticket: Conversation) -> list[Event]:
        """The events of a refresh."""
        with self.open() as session:
            return list(DESK.refresh(ticket.id, session).events)


def only(events: list[Event], type_: str) -> list[Event]:
    """Those of one type, by time."""
    return sorted((one for one in events if one.type == type_), key=lambda one: (one.at, one.seq or 0))
