"""A simulated Zendesk: its API, its webhooks, and a company that uses it. Demo and tests only.

simulator = Simulator(7, ZoneInfo("Europe/Zagreb"))
simulator.history(60, now)              # a past, found by a back-fill
simulator.connect(webhook_url, secret)  # where `connect` has not made the webhooks through the API
simulator.step(now)                     # a few things happen, and the webhooks are called
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Final
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

import requests

from integrations.actions import is_own_tag
from integrations.simulated_trouble import Failure, Troubled
from integrations.times import DAY, SECOND, Instant
from integrations.zendesk import simulated_shapes as shapes
from integrations.zendesk.markup import EXTERNAL_PREFIX, is_marked
from integrations.zendesk.simulated_admin import Administration
from integrations.zendesk.simulated_api import Api
from integrations.zendesk.simulated_face import Face
from integrations.zendesk.simulated_life import Life
from integrations.zendesk.simulated_world import Clock, Fired, Ticket, World

_TIMEOUT: Final = 10.0  #: seconds, as one report of the real one has it
_TRIGGER: Final = "conditional_ticket_events"
#: What comes back when trouble is ordered.
_FAILURES: Final = {
    "429": Failure("429 Too Many Requests", {"error": "429 Too Many Requests"}, waits=True),
    "500": Failure("500 Internal Server Error", {"error": "500 Internal Server Error"}),
    "503": Failure("503 Service Unavailable", {"error": "503 Service Unavailable"}, waits=True),
}


class Simulator:
    """One simulated Zendesk account."""

    def __init__(self, seed: int, zone: ZoneInfo, *, clock: Clock | None = None) -> None:
        self.world = World(seed, zone)
        self.clock = clock or _real_clock
        self.api = Api(self.world, self.clock)
        self.administration = Administration(self.api)
        self.trouble = Troubled(Face(self.api, self.administration), _FAILURES)
        self.life = Life(self.world)
        self.skew = 0  #: microseconds by which the clock that dates signatures is wrong
        self.undelivered = 0  #: calls that got no 2xx
        self._manual: tuple[str, str] | None = None

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""
        return self.trouble

    @property
    def credentials(self) -> Mapping[str, str]:
        """The address and the token that an account needs."""
        return {"email": self.api.owner.email, "token": self.api.token}

    @property
    def violations(self) -> list[str]:
        """What was asked of Zendesk that its documentation does not allow."""
        return self.api.violations

    # ------------------------------------------------------------------------------------------ story

    def connect(self, webhook_url: str, secret: str) -> None:
        """Where to call as long as no webhook was made through the API."""
        self._manual = (webhook_url, secret)

    def history(self, days: int, now: Instant) -> None:
        """The past of so many days, without any call."""
        with self.api.lock:
            self.life.begin(now - days * DAY)
            self.life.advance(now)
            self.world.fired.clear()

    def step(self, now: Instant, *, moves: int = 1) -> int:
        """What is due happens, and at least so many things now; gives the number of calls that were sent."""
        with self.api.lock:
            happened = self.life.advance(now)
            self.life.hurry(now, max(0, moves - happened))
        return self.flush()

    def flush(self) -> int:
        """Calls every webhook that waits, also those that our own writing caused."""
        with self.api.lock:
            fired, self.world.fired[:] = list(self.world.fired), []
        sent = 0
        for one in fired:
            for url, secret, webhook in self._receivers(one):
                sent += 1
                self.undelivered += not self._posted(one, url, secret, webhook)
        return sent

    def _receivers(self, fired: Fired) -> Iterator[tuple[str, str, str]]:
        """Address, secret and id of every webhook that this goes to."""
        if fired.kind is None and self.world.webhooks and not self.world.triggers:
            return
        wanted = _TRIGGER if fired.kind is None else f"zen:event-type:{fired.kind}"
        for one in self.world.webhooks.values():
            if one["status"] == "active" and wanted in one["subscriptions"]:
                yield one["endpoint"], one["secret"], one["id"]
        if not self.world.webhooks and self._manual is not None:
            yield (*self._manual, "01MANUAL")

    def _posted(self, fired: Fired, url: str, secret: str, webhook: str) -> bool:
        body = json.dumps(fired.body).encode()
        headers = signed(body, secret.encode(), self.clock() + self.skew, webhook=webhook)
        try:
            return requests.post(url, data=body, headers=headers, timeout=_TIMEOUT).ok
        except requests.RequestException:
            return False

    # ------------------------------------------------------------------------------------------ inspection

    def own_tags(self) -> dict[str, list[str]]:
        """Ticket → the tags that Deskpulse put on it."""
        found = {str(one.id): sorted(filter(is_own_tag, one.tags)) for one in self._customers()}
        return {ticket: tags for ticket, tags in found.items() if tags}

    def notes(self, ticket: Ticket) -> tuple[str, ...]:
        """The texts of all private notes of a ticket."""
        return tuple(one["body"] for one in ticket.comments if not one["public"])

    def own_notes(self) -> dict[str, list[str]]:
        """Ticket → the notes that Deskpulse wrote, without those in its summaries."""
        found = {str(one.id): list(filter(is_marked, self.notes(one))) for one in self._customers()}
        return {ticket: notes for ticket, notes in found.items() if notes}

    def fields(self, ticket: Ticket) -> dict[str, str]:
        """Title → value of the custom fields that are filled."""
        held = ((self.world.fields[id_], value) for id_, value in ticket.fields.items())
        return {title: str(value) for title, value in held if value not in (None, "")}

    def summaries(self) -> dict[str, str]:
        """Id → everything in each summary of Deskpulse: subject and texts."""
        found = [one for one in self.world.tickets.values() if _is_summary(one) and not one.deleted]
        return {str(one.id): "\n\n".join((one.held["subject"], *self.notes(one))) for one in found}

    def _customers(self) -> list[Ticket]:
        return [one for one in self.world.tickets.values() if not _is_summary(one)]


def _is_summary(ticket: Ticket) -> bool:
    return str(ticket.held["external_id"] or "").startswith(EXTERNAL_PREFIX)


def signed(body: bytes, secret: bytes, at: Instant, *, webhook: str = "01WEBHOOK") -> dict[str, str]:
    """The headers of one call, proved as Zendesk's page "Verifying webhook authenticity" describes."""
    written = shapes.iso(at // SECOND * SECOND)
    proof = base64.b64encode(hmac.new(secret, written.encode() + body, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "X-Zendesk-Account-Id": str(shapes.ACCOUNT),
        "X-Zendesk-Webhook-Id": webhook,
        "X-Zendesk-Webhook-Invocation-Id": _invocation(body, webhook),
        "X-Zendesk-Webhook-Signature": proof,
        "X-Zendesk-Webhook-Signature-Timestamp": written,
    }


def _invocation(body: bytes, webhook: str) -> str:
    """The same for the same call, as when Zendesk tries again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, webhook + hashlib.sha256(body).hexdigest()))


def _real_clock() -> Instant:
    return int(time.time() * SECOND)
