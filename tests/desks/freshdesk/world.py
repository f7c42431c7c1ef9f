"""A small simulated Freshdesk with known people, reached without a socket, and ways to act in it at known moments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Gate, Reading
from integrations.events import Event
from integrations.freshdesk.simulated_world import PENDING, Kept
from integrations.freshdesk.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import SECOND, Instant, instant_of_iso
from tests.desks.freshdesk.samples import DESK
from tests.desks.hooks import NOW
from tests.desks.wired import HOST, Wire, wired

VIENNA = ZoneInfo("Europe/Vienna")


def at(text: str) -> Instant:
    """A moment of June 2026 in UTC: `15 09:30`."""
    day, clock = text.split()
    return instant_of_iso(f"2026-06-{day}T{clock}:00Z")


class Shop:
    """A simulator in which nothing happens by itself: two agents beside Deskpulse's, two groups, one customer."""

    def __init__(self, *, now: Instant = NOW) -> None:
        self.now = now
        self.simulator = Simulator(1, VIENNA, clock=lambda: self.now)
        self.api, self.world = self.simulator.api, self.simulator.world
        self.api.calls_per_minute = self.api.lists_per_minute = 10_000
        self.world.agents = {self.api.me: self.world.agents[self.api.me]}
        self.world.groups.clear()
        self.eva = self.world.add_agent("Eva Novak", "eva@lampshop.example").id
        self.ivo = self.world.add_agent("Ivo Maric", "ivo@lampshop.example").id
        self.orders = self.world.add_group("Orders")
        self.returns = self.world.add_group("Returns")
        self.customer = self.world.add_contact("Jo Doe", "jo@mail.example").id

    def ticket(self, moment: str, **more: Any) -> Kept:
        """A ticket of the customer."""
        told = {"subject": "The lamp flickers", "group": self.orders, "tags": ["vip"], **more}
        return self.world.open(at(moment), self.customer, **told)

    def answered(self, ticket: Kept, moment: str) -> None:
        """Eva takes the ticket, answers, and it waits for the customer."""
        self.world.assign(ticket, at(moment), agent=self.eva)
        self.world.say(ticket, at(moment), self.eva, "On its way.")
        self.world.set_status(ticket, at(moment), PENDING)

    def access(self, url: str = HOST, **options: Any) -> Access:
        """How the simulator is reached."""
        return Access(
            url=url,
            credentials=self.simulator.credentials,
            zone=VIENNA,
            author=str(self.api.me),
            options=options,
            account="lampshop",
        )

    @contextmanager
    def open(self, *, gate: Gate | None = None, access: Access | None = None) -> Iterator[tuple[Session, Wire]]:
        """A session to the simulator and the wire between; what it asked must have been documented."""
        with (
            wired(self.simulator.app) as wire,
            Session(access or self.access(), gate or NoGate(), clock=lambda: self.now / SECOND) as session,
        ):
            yield session, wire
        assert self.simulator.violations == []

    def refreshed(self, ticket: Kept | str, **options: Any) -> Reading:
        """What a refresh tells."""
        id_ = ticket if isinstance(ticket, str) else str(ticket.id)
        with self.open(access=self.access(**options)) as (session, _):
            return DESK.refresh(id_, session)

    def told(self, ticket: Kept) -> list[Event]:
        """The events of a refresh."""
        return list(self.refreshed(ticket).events)
