"""A simulated Chatwoot: its API, its signed webhooks, and a shop that uses it. Demo and tests only.

simulator = Simulator(7, ZoneInfo("Europe/Zagreb"))
simulator.history(60, now)             # a past, found by a back-fill
simulator.connect(webhook_url, secret) # what an administrator may do before `install` does it
simulator.step(now)                    # something happens, and the webhooks post it
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Final
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

import requests

from integrations.actions import is_own_tag
from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.markup import is_marked
from integrations.chatwoot.simulated_api import Api
from integrations.chatwoot.simulated_life import Life
from integrations.chatwoot.simulated_world import OUTGOING, Hook, Job, Talk, World
from integrations.times import DAY, SECOND, Instant

_TIMEOUT: Final = 5.0  #: seconds, WEBHOOK_TIMEOUT
_EVENTS: Final = (
    "conversation_created", "conversation_updated", "conversation_status_changed", "message_created", "message_updated",
)  # fmt: skip


class Simulator:
    """One simulated Chatwoot account. `zone` changes nothing: Chatwoot writes all times in UTC."""

    def __init__(self, seed: int, zone: ZoneInfo, *, clock: Callable[[], Instant] | None = None) -> None:
        del zone
        self.world = World(seed)
        self.clock = clock or _real_clock
        self.api = Api(self.world, self.clock)
        self.life = Life(self.world)
        self.plugin = self.world.add_user("Deskpulse", role="administrator", token=f"token-of-deskpulse-{seed}")
        self.undelivered = 0  #: calls that got no 2xx; Chatwoot repeats none
        self.clock_ahead: Instant = 0  #: how wrong Chatwoot's clock is when it signs

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""
        return self.api.app

    @property
    def credentials(self) -> Mapping[str, str]:
        """What the account needs to be let in."""
        return {"token": self.plugin.token, "account_id": str(shapes.ACCOUNT)}

    @property
    def violations(self) -> list[str]:
        """What was asked of Chatwoot that its documentation does not allow, or that it would be wrong to ask."""
        return self.api.violations

    # ------------------------------------------------------------------------------------------ story

    def connect(self, webhook_url: str, secret: str) -> None:
        """An administrator made the webhook already, with this secret; `install` finds it."""
        self.world.hooks.append(Hook(self.world.new_id(), webhook_url, list(_EVENTS), secret))

    def history(self, days: int, now: Instant) -> None:
        """The past of so many days, without any call."""
        with self.api.lock:
            self.life.begin(now - days * DAY)
            self.life.advance(now)
            self.world.jobs.clear()

    def step(self, now: Instant, *, moves: int = 1) -> int:
        """What is due happens, and at least so many things now; how many calls were posted."""
        with self.api.lock:
            happened = self.life.advance(now)
            self.life.hurry(now, max(0, moves - happened))
        return self.flush()

    def flush(self) -> int:
        """Runs the jobs that wait, also those that our own writing caused; payloads are built now."""
        with self.api.lock:
            jobs, self.world.jobs[:] = list(self.world.jobs), []
            calls = [(hook, self._body(job)) for job in jobs for hook in self.world.hooks if job.event in hook.events]
        for hook, body in calls:
            self._post(hook, body)
        return len(calls)

    def _body(self, job: Job) -> bytes:
        return json.dumps(shapes.payload(job)).encode()

    def _post(self, hook: Hook, body: bytes) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Chatwoot-Delivery": f"{self.world.random.getrandbits(128):032x}",
        }
        if hook.secret is not None:
            timestamp = str((self.clock() + self.clock_ahead) // SECOND)
            digest = hmac.new(hook.secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers |= {"X-Chatwoot-Timestamp": timestamp, "X-Chatwoot-Signature": f"sha256={digest}"}
        try:
            answered = requests.post(hook.url, data=body, headers=headers, timeout=_TIMEOUT).ok
        except requests.RequestException:
            answered = False
        self.undelivered += not answered

    # ------------------------------------------------------------------------------------------ inspection

    def own_tags(self) -> dict[str, list[str]]:
        """Conversation → the labels that Deskpulse put on it."""
        found = {str(id_): sorted(filter(is_own_tag, talk.labels)) for id_, talk in self.world.talks.items()}
        return {id_: tags for id_, tags in found.items() if tags}

    def notes(self, ticket: str) -> list[str]:
        """The texts of all private notes of a conversation."""
        return [said.text for said in self.world.talks[int(ticket)].messages if said.private and said.kind == OUTGOING]

    def own_notes(self) -> dict[str, list[str]]:
        """Conversation → the notes that Deskpulse wrote, without those in its summaries."""
        ours = self.summaries()
        found = {str(id_): list(filter(is_marked, self.notes(str(id_)))) for id_ in self.world.talks}
        return {id_: notes for id_, notes in found.items() if notes and id_ not in ours}

    def summaries(self) -> dict[str, str]:
        """Number → everything in each summary of Deskpulse."""
        return {
            str(id_): _everything(talk) for id_, talk in self.world.talks.items() if "deskpulse_summary" in talk.custom
        }


def _everything(talk: Talk) -> str:
    return "\n\n".join(said.text for said in talk.messages)


def _real_clock() -> Instant:
    return int(time.time() * SECOND)
