"""A simulated Zammad: its API, its triggers' webhooks, and a company that uses it. Demo and tests only.

simulator = Simulator(7, ZoneInfo("Europe/Zagreb"))
simulator.history(60, now)             # a past, found by a back-fill
simulator.connect(webhook_url, secret) # what an administrator clicks by hand
simulator.step(now)                    # a few things happen, and the triggers call the webhook
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import time
from collections.abc import Mapping
from random import Random
from typing import Final
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

import requests

from integrations.actions import is_own_tag
from integrations.simulated_trouble import Failure, Troubled
from integrations.times import DAY, SECOND, Instant
from integrations.zammad import simulated_shapes as shapes
from integrations.zammad.simulated_api import Api
from integrations.zammad.simulated_life import Life
from integrations.zammad.simulated_world import Clock, Fired, Ticket, World

_TIMEOUT: Final = (4.0, 30.0)  #: seconds, as in `trigger_webhook_job.rb`
_ATTEMPTS: Final = 5  #: as there; the real one waits 10, 20, 30 and 40 seconds between them
_MARK: Final = "[deskpulse:"
_BY_HAND: Final = {
    "Deskpulse: ticket created": {"ticket.action": {"operator": "is", "value": "create"}},
    "Deskpulse: article created": {"article.action": {"operator": "is", "value": "create"}},
    "Deskpulse: state changed": {"ticket.state_id": {"operator": "has changed"}},
    "Deskpulse: owner changed": {"ticket.owner_id": {"operator": "has changed"}},
    "Deskpulse: group changed": {"ticket.group_id": {"operator": "has changed"}},
}
#: What comes back when trouble is ordered.
_FAILURES: Final = {
    "429": Failure("429 Too Many Requests", waits=True),
    "500": Failure("500 Internal Server Error"),
}


class Simulator:
    """One simulated Zammad installation; it writes every time in UTC, so the zone changes nothing."""

    def __init__(self, seed: int, zone: ZoneInfo, *, clock: Clock | None = None) -> None:
        self.zone = zone
        self.clock = clock or _real_clock
        self.world = World()
        self.plugin = self.world.add_user("Deskpulse", "Plugin", agent=True)
        self.api = Api(self.world, lambda: self.clock(), self.plugin)
        self.trouble = Troubled(self.api, _FAILURES)
        self.life = Life(self.world, Random(seed))  # noqa: S311 -- a story, not a secret
        self.undelivered = 0  #: calls that were given up after five attempts
        self._waiting: list[tuple[Fired, int]] = []
        self._http = requests.Session()
        self._http.trust_env = False

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""
        return self.trouble

    @property
    def credentials(self) -> Mapping[str, str]:
        """The token that an account needs."""
        return {"token": self.api.token}

    @property
    def violations(self) -> list[str]:
        """What was asked of Zammad that its documentation does not allow."""
        return self.api.violations

    # --- story ----------------------------------------------------------------------------------------------------

    def connect(self, webhook_url: str, secret: str) -> None:
        """A webhook with the default payload, and a trigger for each thing that may happen."""
        with self.api.lock:
            self.world.webhooks[1] = {
                "id": 1, "name": "Deskpulse", "endpoint": webhook_url, "signature_token": secret, "active": True,
            }  # fmt: skip
            for number, (name, condition) in enumerate(_BY_HAND.items(), 1):
                self.world.triggers[number] = {
                    "id": number, "name": name, "condition": condition, "active": True, "activator": "action",
                    "perform": {"notification.webhook": {"webhook_id": "1"}},
                }  # fmt: skip

    def history(self, days: int, now: Instant) -> None:
        """The past of so many days, without any call."""
        with self.api.lock:
            self.life.begin(now - days * DAY)
            self.life.advance(now)
            self.world.fired.clear()

    def step(self, now: Instant, *, moves: int = 1) -> int:
        """What is due happens, and at least so many things now; how many calls were posted."""
        with self.api.lock:
            happened = self.life.advance(now)
            self.life.hurry(now, max(0, moves - happened))
        return self.flush()

    def flush(self) -> int:
        """Posts the calls of all triggers that fired, also those that our own writing caused, and those that failed."""
        with self.api.lock:
            due = [*self._waiting, *((fired, 0) for fired in self.world.fired)]
            self.world.fired.clear()
            self._waiting = []
        return sum(self._post(fired, attempts) for fired, attempts in due)

    def _post(self, fired: Fired, attempts: int) -> bool:
        """One attempt; the body is made now, so it tells what holds now. Nothing is posted about what is gone."""
        with self.api.lock:
            webhook, body = self.world.webhooks[fired.webhook], self._body(fired)
        if body is None:
            return False
        proof = hmac.digest(webhook["signature_token"].encode(), body, hashlib.sha1).hex()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zammad User Agent",
            "X-Zammad-Trigger": fired.trigger,
            "X-Zammad-Delivery": fired.delivery,
            "X-Hub-Signature": f"sha1={proof}",
        }
        try:
            answer = self._http.post(
                webhook["endpoint"], data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
            taken = 200 <= answer.status_code < 300
        except requests.RequestException:
            taken = False
        if not taken and attempts + 1 < _ATTEMPTS:
            self._waiting.append((fired, attempts + 1))
        self.undelivered += not taken and attempts + 1 == _ATTEMPTS
        return True

    def _body(self, fired: Fired) -> bytes | None:
        ticket = self.world.tickets.get(fired.ticket)
        if ticket is None:
            return None
        said = self.world.articles.get(fired.article or 0)
        template = self.world.webhooks[fired.webhook].get("custom_payload")
        if template is not None:
            return shapes.rendered(template, ticket, said).encode()
        return json.dumps(shapes.payload(self.world, ticket, said)).encode()

    # --- inspection -----------------------------------------------------------------------------------------------

    def tickets(self) -> dict[str, Ticket]:
        """Every ticket but the summaries."""
        return {str(one.id): one for one in self.world.tickets.values() if _MARK not in one.values["title"]}

    def own_tags(self) -> dict[str, list[str]]:
        """Ticket → the tags that Deskpulse put on it."""
        found = {id_: sorted(filter(is_own_tag, ticket.tags)) for id_, ticket in self.tickets().items()}
        return {id_: tags for id_, tags in found.items() if tags}

    def notes(self, ticket: str) -> list[str]:
        """The texts of all internal notes of a ticket, as agents read them."""
        found = self.world.tickets[int(ticket)].articles
        return [html.unescape(article.body) for article in found if article.internal]

    def own_notes(self) -> dict[str, list[str]]:
        """Ticket → the notes that Deskpulse wrote, without those in its summaries."""
        found = {id_: [note for note in self.notes(id_) if _MARK in note] for id_ in self.tickets()}
        return {id_: notes for id_, notes in found.items() if notes}

    def summaries(self) -> dict[str, str]:
        """Id → everything in each summary of Deskpulse: title and texts."""
        found = (one for one in self.world.tickets.values() if _MARK in one.values["title"])
        return {str(one.id): "\n\n".join((one.values["title"], *self.notes(str(one.id)))) for one in found}


def _real_clock() -> Instant:
    return int(time.time() * SECOND)
