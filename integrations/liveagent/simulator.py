"""A simulated LiveAgent: its two APIs, its rules' HTTP requests, and a company that uses it. Demo and tests only.

simulator = Simulator(7, ZoneInfo("Europe/Zagreb"))
simulator.history(60, now)            # a past, found by a back-fill
simulator.connect(webhook_url, token) # what an administrator does with the rules
simulator.step(now)                   # a few things happen, and the rules call the webhook
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Final
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

import requests

from integrations.actions import is_own_tag
from integrations.liveagent.markup import has_mark
from integrations.liveagent.simulated_api import Api
from integrations.liveagent.simulated_life import Life
from integrations.liveagent.simulated_world import Clock, Conversation, Fired, World
from integrations.simulated_trouble import Failure, Troubled
from integrations.times import DAY, SECOND, Instant

_TIMEOUT: Final = 5.0  #: seconds; how long the real one waits is not documented
#: What comes back when trouble is ordered.
_BUSY: Final = {"message": "Too many requests"}
_AWAY: Final = {"message": "Service Unavailable"}
_V1: Final = {"response": {"status": "ERROR", "statuscode": 500, "errormessage": "conversation cannot be loaded"}}
_FAILURES: Final = {
    "429": Failure("429 Too Many Requests", _BUSY),
    "429 for a while": Failure("429 Too Many Requests", _BUSY, waits=True),
    "500": Failure("500 Internal Server Error"),
    "500 of v1": Failure("500 Internal Server Error", _V1),
    "503": Failure("503 Service Unavailable", _AWAY),
    "outage": Failure("200 OK", _AWAY),
}


class Simulator:
    """One simulated LiveAgent installation."""

    def __init__(self, seed: int, zone: ZoneInfo, *, clock: Clock | None = None) -> None:
        self.world = World(seed, zone)
        self.clock = clock or _real_clock
        self.api = Api(self.world, self.clock)
        self.trouble = Troubled(self.api.app, _FAILURES)
        self.life = Life(self.world)
        self.undelivered = 0  #: hints that got no 2xx; LiveAgent is not known to repeat any
        self._webhook: tuple[str, str] | None = None

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""
        return self.trouble

    @property
    def credentials(self) -> Mapping[str, str]:
        """The keys that an account needs."""
        return {"v3_key": self.api.v3_key, "v1_key": self.api.v1_key}

    @property
    def violations(self) -> list[str]:
        """What was asked of LiveAgent that its documentation does not allow."""
        return self.api.violations

    # ------------------------------------------------------------------------------------------ story

    def connect(self, webhook_url: str, token: str) -> None:
        """The rules are pasted: from now on they call this address."""
        self._webhook = (webhook_url, token)

    def history(self, days: int, now: Instant) -> None:
        """The past of so many days, without any call."""
        with self.api.lock:
            self.life.begin(now - days * DAY)
            self.life.advance(now)
            self.world.fired.clear()

    def step(self, now: Instant, *, moves: int = 3) -> int:
        """What is due happens, and at least so many things now; gives the number of hints that were sent."""
        with self.api.lock:
            happened = self.life.advance(now)
            self.life.hurry(now, max(0, moves - happened))
        return self.flush()

    def flush(self) -> int:
        """Sends the hints of all rules that fired, also those that our own writing caused."""
        with self.api.lock:
            fired, self.world.fired[:] = list(self.world.fired), []
        for one in fired if self._webhook else ():
            self._send(one)
        return len(fired) if self._webhook else 0

    def _send(self, fired: Fired) -> None:
        if self._webhook is not None and not post_rule_call(*self._webhook, fired):
            self.undelivered += 1

    # ------------------------------------------------------------------------------------------ inspection

    def tags(self, ticket: str) -> frozenset[str]:
        """All tags of a ticket, by name."""
        return frozenset(self.world.tags[tag] for tag in self.world.tickets[ticket].tags)

    def own_tags(self) -> dict[str, list[str]]:
        """Ticket → the tags that Deskpulse put on it."""
        found = {ticket: sorted(filter(is_own_tag, self.tags(ticket))) for ticket in self.world.tickets}
        return {ticket: tags for ticket, tags in found.items() if tags}

    def fields(self, ticket: str) -> dict[str, str]:
        """The custom fields of a ticket."""
        return dict(self.world.tickets[ticket].fields)

    def notes(self, ticket: str) -> list[str]:
        """The texts of all private notes of a ticket."""
        blocks = self.world.tickets[ticket].blocks
        return [said.text for block in blocks for said in block.messages if said.type == "N"]

    def own_notes(self) -> dict[str, list[str]]:
        """Ticket → the notes that Deskpulse wrote, without those in its summaries."""
        found = {ticket: list(filter(has_mark, self.notes(ticket))) for ticket in self.world.tickets}
        return {ticket: notes for ticket, notes in found.items() if notes and ticket not in self.summaries()}

    def summaries(self) -> dict[str, str]:
        """Id → everything in each summary of Deskpulse: subject and texts."""
        return {one.id: _everything(one) for one in self.world.tickets.values() if has_mark(one.subject)}


def post_rule_call(webhook_url: str, token: str, fired: Fired) -> bool:
    """One rule's HTTP request as our setup page has it; whether it was answered with 2xx."""
    body = {"event": fired.event, "ticket_id": fired.ticket, "ticket_code": fired.code}
    told = {**body, "rating": fired.rating} if fired.rating else body
    try:
        answer = requests.post(
            webhook_url,
            params={"token": token},
            data=json.dumps(told),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=_TIMEOUT,
        )
    except requests.RequestException:
        return False
    return answer.ok


def _everything(one: Conversation) -> str:
    texts = (said.text for block in one.blocks for said in block.messages)
    return "\n\n".join((one.subject, *texts))


def _real_clock() -> Instant:
    return int(time.time()) * SECOND
