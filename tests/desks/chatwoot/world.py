"""A simulated Chatwoot with a few people in it, and sessions to it without a socket or over one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Gate, Installed
from integrations.chatwoot.simulated_world import Inbox, Person, Talk
from integrations.chatwoot.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import MINUTE, SECOND, Instant
from tests.desks.chatwoot.samples import BEGIN, DESK
from tests.desks.hooks import Written
from tests.desks.wired import HOST, Wire, wired

WEBHOOK = "https://pulse.example/webhooks/chatwoot/acme"
ZONE = ZoneInfo("Europe/Zagreb")


@dataclass
class Clock:
    """Stands until a test moves it."""

    now: Instant = BEGIN

    def __call__(self) -> Instant:
        return self.now

    def later(self, span: Instant = MINUTE) -> Instant:
        """The moment so much later, which is now from then on."""
        self.now += span
        return self.now


@dataclass
class Office:
    """A Chatwoot with an inbox for summaries, two agents and a customer; moves happen a minute after another."""

    clock: Clock = field(default_factory=Clock)
    simulator: Simulator = field(init=False)
    eva: Person = field(init=False)
    ivo: Person = field(init=False)
    ada: Person = field(init=False)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.simulator = Simulator(5, ZONE, clock=self.clock)
        self.world = self.simulator.world
        self.eva, self.ivo, _ = self.simulator.life.agents
        self.ada = self.world.add_contact("Ada")
        inbox = self.world.add_inbox("Deskpulse summaries", "Channel::Api", csat=False)
        contact = self.world.add_contact("Channel report", identifier="deskpulse-summaries")
        self.options = {
            "summary_inbox": str(inbox.id),
            "summary_contact": str(contact.id),
            "mediums": {},
            "attributes": ["region"],
        }
        self.world.jobs.clear()

    def inbox(self, name: str = "Mail") -> Inbox:
        """One of the shop's inboxes."""
        return next(row for row in self.world.inboxes.values() if row.name == name)

    def talk(self, name: str = "Mail", text: str | None = "My lamp flickers") -> Talk:
        """A customer writes."""
        return self.world.open(self.clock.later(), self.inbox(name), self.ada, text)

    def access(self, url: str = HOST, **options: Any) -> Access:
        """How the account is reached."""
        return Access(
            url=url,
            credentials=self.simulator.credentials,
            zone=ZONE,
            author=str(self.simulator.plugin.id),
            options={**self.options, **options},
        )

    @contextmanager
    def asked(self, *, gate: Gate | None = None, strict: bool = True, **options: Any) -> Iterator[Session]:
        """A session without a socket; what it asked must have been documented."""
        with self.wired(gate=gate, **options) as (session, _):
            yield session
        if strict:
            assert self.simulator.violations == []

    @contextmanager
    def wired(self, *, gate: Gate | None = None, **options: Any) -> Iterator[tuple[Session, Wire]]:
        """A session, and the wire on which its requests can go wrong."""
        with (
            wired(self.simulator.app) as wire,
            Session(self.access(**options), gate or NoGate(), clock=lambda: self.clock.now / SECOND) as session,
        ):
            yield session, wire

    def connected(self) -> Installed:
        """What connecting arranges."""
        with self.asked() as session:
            return DESK.install(session, webhook_url=WEBHOOK, secret="own&secret")

    def written(self) -> Written:
        """What stands in the desk."""
        talks = {str(id_): talk for id_, talk in self.world.talks.items()}
        return Written(
            tags={id_: frozenset(talk.labels) for id_, talk in talks.items()},
            fields={id_: {name: str(value) for name, value in talk.custom.items()} for id_, talk in talks.items()},
            notes={id_: tuple(self.simulator.notes(id_)) for id_ in talks},
            summaries=self.simulator.summaries(),
        )
