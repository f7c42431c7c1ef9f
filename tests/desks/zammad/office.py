"""A small simulated Zammad with known people, sessions to it, and webhooks as a test wants to say them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Gate, Reading
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import SECOND, Instant, instant_of_iso
from integrations.zammad.simulated_world import STATES, Ticket
from integrations.zammad.simulator import Simulator
from integrations.zammad.webhook import Zammad
from tests.desks.wired import HOST, Wire, wired

ZAGREB = ZoneInfo("Europe/Zagreb")
NOW = instant_of_iso("2026-06-15T12:00:00Z")
DESK = Zammad()
SECRET = b"a-token-of-forty-characters-or-so"
TYPES = {str(number): kind for number, kind in STATES.values()}
NEW, OPEN, REMINDER, CLOSED, PENDING_CLOSE = (
    STATES[name][0] for name in ("new", "open", "pending reminder", "closed", "pending close")
)
GONE_STATE = STATES["removed"][0]
#: Deskpulse's own user in every sample.
PLUGIN = 2


def at(text: str) -> Instant:
    """A moment of June 2026 in UTC: `10 09:30` or `10 09:30:00.250`."""
    return instant_of_iso(f"2026-06-{text.replace(' ', 'T')}Z")


class Office:
    """A simulator in which nothing happens by itself: two agents, two customers."""

    def __init__(self) -> None:
        self.now = NOW
        self.simulator = Simulator(1, ZAGREB, clock=lambda: self.now)
        self.world, self.api = self.simulator.world, self.simulator.api
        self.eva, self.ivo = self.simulator.life.agents
        self.jo, self.kim = self.simulator.life.customers[:2]

    def letter(self, moment: Instant, **more: Any) -> Ticket:
        """A ticket of Jo that began with an e-mail."""
        return self.world.open(moment, self.jo, **more)

    @contextmanager
    def wired(self, *, gate: Gate | None = None, **access: Any) -> Iterator[tuple[Wire, Session]]:
        """A session to the simulator without a socket; what it asked must have been documented."""
        known: Mapping[str, Any] = {"credentials": self.simulator.credentials}
        account = access_to(HOST, **{**known, **access})
        clock = lambda: self.now / SECOND  # noqa: E731
        with wired(self.simulator.app) as wire, Session(account, gate or NoGate(), clock=clock) as session:
            yield wire, session
        assert self.simulator.violations == []

    @contextmanager
    def open(self, **access: Any) -> Iterator[Session]:
        """The session of `wired` alone."""
        with self.wired(**access) as (_, session):
            yield session

    def told(self, ticket: Ticket, **access: Any) -> Reading:
        """What a refresh tells."""
        with self.open(**access) as session:
            return DESK.refresh(str(ticket.id), session)


def access_to(url: str = HOST, **changes: Any) -> Access:
    """How an account that was connected is reached and read."""
    options = {"state_types": TYPES, "summary_group": "3", **changes.pop("options", {})}
    known: dict[str, Any] = {"credentials": {"token": "t"}, "zone": ZAGREB, "author": str(PLUGIN), "account": "acme"}
    return Access(url=url, options=options, **{**known, **changes})


def signed(body: bytes, secret: bytes, now: Instant = NOW) -> Call:
    """The call as Zammad sends it."""
    proof = hmac.new(secret, body, hashlib.sha1).hexdigest()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zammad User Agent",
        "x-zammad-trigger": "Deskpulse: state changed",
        "x-zammad-delivery": "5f6d1b56-9a4c-4d1e-8c3f-0c1f6a0a7e11",
        "x-hub-signature": f"sha1={proof}",
    }
    return Call(body, headers, {}, now)


def user(number: int, firstname: str, lastname: str) -> dict[str, Any]:
    """Somebody, as a webhook shows them."""
    return {
        "id": number, "login": f"{firstname.lower()}@people.example", "email": f"{firstname.lower()}@people.example",
        "firstname": firstname, "lastname": lastname, "phone": "00 555 0123", "note": "likes to be called",
    }  # fmt: skip


def ticket(**changes: Any) -> dict[str, Any]:
    """A ticket of the default payload: Jo (41) called, Eva (17) holds it, group 3."""
    return {
        "id": 612, "number": "20612", "title": "The blender hums", "state": "open", "state_id": OPEN,
        "group_id": 3, "group": {"id": 3, "name": "Blenders", "active": True}, "owner_id": 17,
        "owner": user(17, "Eva", "Novak"), "customer_id": 41, "customer": user(41, "Jo", "Doe"),
        "priority_id": 2, "priority": {"id": 2, "name": "2 normal"}, "create_article_type": "phone",
        "create_article_sender": "Customer", "created_by_id": 17, "created_by": user(17, "Eva", "Novak"),
        "updated_by_id": 17, "created_at": "2026-06-15T09:00:00.250Z", "updated_at": "2026-06-15T09:20:00.500Z",
        "region": "north", **changes,
    }  # fmt: skip


def article(**changes: Any) -> dict[str, Any]:
    """An article of the default payload: Eva answered by mail."""
    return {
        "id": 9001, "ticket_id": 612, "type": "email", "sender": "Agent", "internal": False,
        "body": "It is <b>on its way</b>.", "from": "Eva Novak via Blenders <blenders@desk.example>",
        "created_by_id": 17, "created_by": user(17, "Eva", "Novak"), "created_at": "2026-06-15T09:20:00.480Z",
        "preferences": {}, **changes,
    }  # fmt: skip


def body(told: Any = None, said: Any = None) -> bytes:
    """A webhook's body."""
    return json.dumps({"ticket": ticket() if told is None else told, "article": {} if said is None else said}).encode()


def read(told: Any = None, said: Any = None, **options: Any) -> Reading:
    """What is read from a webhook with the default payload."""
    return DESK.parse(signed(body(told, said), SECRET), access_to(options=options))


def parsed(told: Any, **options: Any) -> Reading:
    """What is read from a webhook with this JSON as its body."""
    return DESK.parse(signed(json.dumps(told).encode(), SECRET), access_to(options=options))


def of_type(reading: Reading, type_: str) -> list[Event]:
    """The events of that type, by time."""
    return sorted((one for one in reading.events if one.type == type_), key=lambda one: (one.at, one.seq or 0))


def present(reading: Reading) -> Mapping[str, Any]:
    """The present values of the one ticket."""
    (now,) = reading.present
    return now.values


@dataclass(frozen=True)
class Standing:
    """One desk with one ticket, a session to it, and the wire between them."""

    office: Office
    wire: Wire
    session: Session

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        world = self.office.world
        return {
            "tickets": {one.id: {**one.values, "tags": sorted(one.tags)} for one in world.tickets.values()},
            "articles": [(one.ticket, one.type, one.internal, one.body) for one in world.articles.values()],
        }
