"""A simulated Freshdesk: its API, the webhooks of its rules or the events of an app, and a company that uses it.

simulator = Simulator(7, ZoneInfo("Europe/Zagreb"))
simulator.history(60, now)             # a past, found by a back-fill
simulator.connect(webhook_url, secret) # what an administrator does with the rules
simulator.step(now)                    # a thing happens, and the rules call the webhook

For the demo and tests only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

import requests

from integrations.actions import SUMMARY_TAG, is_own_tag
from integrations.freshdesk import simulated_shapes as shapes
from integrations.freshdesk.markup import has_mark
from integrations.freshdesk.simulated_api import Api
from integrations.freshdesk.simulated_life import Life
from integrations.freshdesk.simulated_world import Clock, Fired, World
from integrations.signatures import standard_webhooks_signature
from integrations.simulated_trouble import Failure, Troubled
from integrations.times import DAY, SECOND, Instant

_TIMEOUT: Final = 5.0  #: seconds; how long the real one waits is not documented
#: Fields of tickets by key; those that connecting makes are made by it.
FIELDS: Final = {"cf_region": "Region", "cf_deskpulse_channel": "Channel", "cf_deskpulse_score": "Score"}
#: What comes back when trouble is ordered.
_BUSY: Final = {"message": "You have exceeded the limit of requests per minute"}
_FAILURES: Final = {
    "429": Failure("429 Too Many Requests", _BUSY),
    "429 for a while": Failure("429 Too Many Requests", _BUSY, waits=True),
    "500": Failure("500 Internal Server Error"),
    "503": Failure("503 Service Unavailable", {"message": "Service Unavailable"}),
}


class Simulator:
    """One simulated Freshdesk account."""

    def __init__(self, seed: int, zone: ZoneInfo, *, clock: Clock | None = None) -> None:
        del zone  # Freshdesk writes every time in UTC
        self.clock = clock or _real_clock
        self.world = World(seed)
        self.world.fields = dict(FIELDS)
        self.world.surveys = {self.world.new_id(): [-103, 100, 103]}
        self.life = Life(self.world)
        self.api = Api(self.world, self.clock)
        self.api.me = self.world.add_agent("Deskpulse", "deskpulse@lampshop.example").id
        self.trouble = Troubled(self.api.app, _FAILURES)
        self.undelivered = 0  #: calls that got no 2xx; the real one tries a rule's webhook again, much later
        self._webhook: tuple[str, str] | None = None
        self._by_app = False
        self._sent = 0

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""
        return self.trouble

    @property
    def credentials(self) -> Mapping[str, str]:
        """The key that an account needs."""
        return {"api_key": self.api.api_key}

    @property
    def violations(self) -> list[str]:
        """What was asked of Freshdesk that its documentation does not allow."""
        return self.api.violations

    # ------------------------------------------------------------------------------------------ story

    def connect(self, webhook_url: str, secret: str) -> None:
        """The rules are pasted: from now on they call this address."""
        self._webhook, self._by_app = (webhook_url, secret), False

    def connect_app(self, webhook_url: str, secret: str) -> None:
        """Our app is installed instead: it sends its events there, signed."""
        self._webhook, self._by_app = (webhook_url, secret), True

    def history(self, days: int, now: Instant) -> None:
        """The past of so many days, without any call."""
        with self.api.lock:
            self.life.begin(now - days * DAY)
            self.life.advance(now)
            self.world.fired.clear()

    def step(self, now: Instant, moves: int = 1) -> int:
        """What is due happens, and at least so many things now; gives the number of calls that were sent."""
        with self.api.lock:
            happened = self.life.advance(now)
            self.life.hurry(now, max(0, moves - happened))
        return self.flush()

    def flush(self) -> int:
        """Sends the calls for everything that happened, also for what our own writing caused."""
        with self.api.lock:
            fired, self.world.fired[:] = list(self.world.fired), []
            bodies = [body for one in fired if (body := self._body(one)) is not None]
        for body in bodies if self._webhook else ():
            self._send(json.dumps(body).encode())
        return len(bodies) if self._webhook else 0

    def _body(self, fired: Fired) -> dict[str, Any] | None:
        """The call that this causes, its data as they are now; None where nobody is called."""
        if fired.event == "onTicketUpdate" and not fired.changes:
            return None  # neither rules nor apps hear of tags and custom fields
        if self._by_app:
            one = self.world.tickets[fired.ticket]
            said = next((said for said in one.said if said.id == fired.said), None)
            told = shapes.event(self.world, fired.event, one, said, dict(fired.changes))
            return told if fired.event.startswith("on") else None
        suffix = ".by_system" if fired.by_system else ""
        event = "ticket.created" if fired.event == "onTicketCreate" else f"ticket.updated{suffix}"
        return {"freshdesk_webhook": {"event": event, "ticket_id": str(fired.ticket)}}

    def _send(self, body: bytes) -> None:
        if self._webhook is None:
            return
        url, secret = self._webhook
        headers = {"Content-Type": "application/json", **self._proof(body, secret)}
        try:
            answer = requests.post(url, data=body, headers=headers, timeout=_TIMEOUT)
        except requests.RequestException:
            self.undelivered += 1
            return
        self.undelivered += 0 if answer.ok else 1

    def _proof(self, body: bytes, secret: str) -> dict[str, str]:
        if not self._by_app:
            return {"X-Deskpulse-Token": secret}
        self._sent += 1
        id_, timestamp = f"fd-{self._sent}", str(self.clock() // SECOND)
        signature = standard_webhooks_signature(secret.encode(), id_, timestamp, body)
        return {"Webhook-Id": id_, "Webhook-Timestamp": timestamp, "Webhook-Signature": signature}

    # ------------------------------------------------------------------------------------------ inspection

    def tags(self, ticket: str) -> frozenset[str]:
        """All tags of a ticket."""
        return frozenset(self.world.tickets[int(ticket)].tags)

    def own_tags(self) -> dict[str, list[str]]:
        """Ticket → the tags that Deskpulse put on it; summaries have theirs from the beginning."""
        kept = self.world.tickets.items()
        found = {str(id_): sorted(filter(is_own_tag, one.tags)) for id_, one in kept if SUMMARY_TAG not in one.tags}
        return {ticket: tags for ticket, tags in found.items() if tags}

    def fields(self, ticket: str) -> dict[str, str]:
        """The custom fields of a ticket that hold something, without their `cf_`."""
        held = self.world.tickets[int(ticket)].fields
        return {key.removeprefix("cf_"): value for key, value in held.items() if value is not None}

    def notes(self, ticket: str) -> list[str]:
        """The texts of all private notes of a ticket."""
        return [shapes.plain(said.body) for said in self.world.tickets[int(ticket)].said if said.private]

    def own_notes(self) -> dict[str, list[str]]:
        """Ticket → the notes that Deskpulse wrote."""
        found = {str(ticket): list(filter(has_mark, self.notes(str(ticket)))) for ticket in self.world.tickets}
        return {ticket: notes for ticket, notes in found.items() if notes}

    def summaries(self) -> dict[str, str]:
        """Id → subject and text of each summary of Deskpulse."""
        kept = [one for one in self.world.tickets.values() if has_mark(one.subject) and not one.deleted]
        return {str(one.id): f"{one.subject}\n\n{shapes.plain(one.description)}" for one in kept}


def _real_clock() -> Instant:
    return int(time.time()) * SECOND
