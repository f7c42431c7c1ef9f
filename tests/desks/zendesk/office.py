"""A small simulated Zendesk with known people, ways to act in it at known moments, and bodies of its calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Gate, Reading
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import MINUTE, SECOND, Instant, instant_of_iso, iso
from integrations.zendesk.simulated_world import Ticket
from integrations.zendesk.simulator import Simulator, signed
from integrations.zendesk.webhook import Zendesk
from tests.desks.hooks import Written
from tests.desks.wired import HOST, Wire, wired

DESK = Zendesk()
NOW = instant_of_iso("2026-06-15T12:00:00Z")
OPENED = instant_of_iso("2026-06-15T09:00:00Z")
SECRET = b"secret-of-the-account"
UTC = ZoneInfo("UTC")


def at(minutes: float) -> Instant:
    """So many minutes after the first ticket was opened."""
    return OPENED + int(minutes * MINUTE)


class Office:
    """A simulator in which nothing happens by itself: two agents, two groups, two customers, three fields."""

    def __init__(self, *, now: Instant = NOW) -> None:
        self.now = now
        self.simulator = Simulator(1, UTC, clock=lambda: self.now)
        self.world = self.simulator.world
        self.api = self.simulator.api
        self.api.requests_per_minute = self.api.exports_per_minute = 10**6
        self.owner = self.api.owner
        self.eva, self.ivo = self.simulator.life.agents[:2]
        self.jo, self.max = self.simulator.life.customers[:2]
        self.support = self.simulator.life.group
        self.orders = self.world.group("Orders")
        self.region = self.world.custom_field("region")
        self.effort = self.world.custom_field("effort")
        self.own = {name: self.world.custom_field(f"deskpulse_{name}") for name in ("channel", "score", "csat")}

    def ticket(self, minutes: float = 0, **more: Any) -> Ticket:
        """A ticket of Jo's in Support."""
        return self.world.open(at(minutes), self.jo.id, **{"group_id": self.support, **more})

    def answered(self, ticket: Ticket, minutes: float, *, status: str = "pending") -> None:
        """Eva takes the ticket, answers, and leaves it in this status."""
        self.world.update(
            ticket, at(minutes), self.eva.id, comment="On its way", assignee_id=self.eva.id, status=status
        )

    def access(self, options: Mapping[str, Any] | None = None, **changes: Any) -> Access:
        """How the simulator is reached and read."""
        known: Mapping[str, Any] = {
            "credentials": self.simulator.credentials,
            "zone": UTC,
            "author": str(self.owner.id),
            "account": "acme",
            "options": {"own_fields": {name: str(id_) for name, id_ in self.own.items()}, **(options or {})},
        }
        return Access(url=HOST, **{**known, **changes})

    @contextmanager
    def open(self, *, gate: Gate | None = None, **changes: Any) -> Iterator[tuple[Session, Wire]]:
        """A session to the simulator and the wire between; what was asked must have been documented."""
        with (
            wired(self.simulator.app) as wire,
            Session(self.access(**changes), gate or NoGate(), clock=lambda: self.now / SECOND) as session,
        ):
            yield session, wire
        assert self.simulator.violations == []

    def refreshed(self, ticket: Ticket, **changes: Any) -> Reading:
        """What a refresh of the ticket tells."""
        with self.open(**changes) as (session, _):
            return DESK.refresh(str(ticket.id), session)

    def calls(self) -> list[Call]:
        """Every call that waits, in order; they wait no more."""
        fired, self.world.fired[:] = list(self.world.fired), []
        return [call(one.body) for one in fired]

    def told(self, **changes: Any) -> list[Reading]:
        """What every call that waits tells, in order."""
        return [DESK.parse(one, self.access(**changes)) for one in self.calls()]

    def written(self) -> Written:
        """What stands in the desk now."""
        desk, tickets = self.simulator, list(self.world.tickets.values())
        return Written(
            tags={str(one.id): frozenset(one.tags) for one in tickets},
            fields={str(one.id): desk.fields(one) for one in tickets},
            notes={str(one.id): desk.notes(one) for one in tickets},
            summaries=desk.summaries(),
        )


def call(body: Mapping[str, Any] | bytes, *, secret: bytes = SECRET, now: Instant = NOW) -> Call:
    """A genuine call with this body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.lower(): value for name, value in signed(raw, secret, now).items()}
    return Call(body=raw, headers=headers, query={}, received_at=now)


def snapshot(**changes: Any) -> dict[str, Any]:
    """A ticket as webhooks show it."""
    return {
        "id": "71",
        "created_at": iso(OPENED),
        "updated_at": iso(at(5)),
        "via": {"channel": "mail"},
        "actor_id": "902",
        "requester_id": "501",
        "submitter_id": "501",
        "assignee_id": "902",
        "group_id": "33",
        "brand_id": "5",
        "form_id": "6",
        "organization_id": "",
        "status": "OPEN",
        "priority": "HIGH",
        "type": "",
        "external_id": None,
        "subject": "The kettle leaks",
        "description": "Since Monday it leaks",
        "tags": ["kettle"],
        "is_public": True,
        **changes,
    }


def happened(kind: str, told: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The body of one event, five minutes after the ticket was opened; changes are those of the ticket."""
    return {
        "type": f"zen:event-type:{kind}",
        "account_id": 118,
        "id": "0b1c5a52-5c4e-4a7e-9a51-6a86d0a1c001",
        "time": "2026-06-15T09:05:00.250917517Z",
        "zendesk_event_version": "2022-11-06",
        "subject": "zen:ticket:71",
        "detail": snapshot(**changes),
        "event": dict(told or {}),
    }


def access(**options: Any) -> Access:
    """How calls are read: Deskpulse writes as user 77."""
    return Access(url=HOST, credentials={}, zone=UTC, author="77", options=options, account="acme")


def read(body: Mapping[str, Any], **options: Any) -> Reading:
    """What is read from a call with this body."""
    return DESK.parse(call(body), access(**options))


def only(events: Sequence[Event], type_: str) -> list[Event]:
    """Those of one type, in order of time."""
    return sorted((one for one in events if one.type == type_), key=lambda one: (one.at, one.seq or 0))


def news(reading: Reading) -> list[tuple[str, Mapping[str, Any]]]:
    """Type and data of every event but the creation."""
    return [(one.type, one.data) for one in reading.events if one.type != "ticket.created"]
