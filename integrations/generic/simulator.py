"""A strict fake of a desk that speaks the generic protocol: for the demo and the tests only.

It refuses whatever the protocol does not say, posts its customers' moves as signed calls to the door, serves the
bridge, keeps what was written to it, and misbehaves on demand.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

import orjson
import requests
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from integrations.errors import BadProof
from integrations.generic.life import Life, Ticket
from integrations.signatures import require_any, require_recent, standard_webhooks_signature
from integrations.times import SECOND, Instant, instant_of_iso

_PAGE: Final = 50  #: tickets on a page of events
_LONGEST_HANG: Final = 30.0  #: seconds
_POST_TIMEOUT: Final = 10.0  #: seconds, as desks give a receiver

#: What each action must hold besides `action`, and nothing else.
_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "add_tag": frozenset({"ticket", "tag"}),
    "remove_tag": frozenset({"ticket", "tag"}),
    "set_field": frozenset({"ticket", "name", "value"}),
    "add_note": frozenset({"ticket", "marker", "lines"}),
    "put_summary": frozenset({"marker", "title", "sections", "object_id"}),
}


class _Refusal(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Simulator:
    """One small company's desk; everything about it follows from its seed and the moments it is given."""

    def __init__(self, seed: int) -> None:
        self.life = Life(Random(seed))  # noqa: S311 -- a play, not a secret
        self.summaries: dict[str, dict[str, Any]] = {}  #: object id → marker, title, sections
        self.refused: list[str] = []  #: why requests of ours were refused; a test expects none
        self._secret = b""
        self._webhook_url = ""
        self._outbox: list[tuple[str, bytes]] = []
        self._faults: list[str] = []
        self._lock = threading.RLock()
        self._released = threading.Event()
        self.clock: Callable[[], Instant] | None = None  #: for signatures' times; not checked without one
        self.app = self._made_app()

    @property
    def tickets(self) -> Mapping[str, Ticket]:
        """Every ticket by id: its lines, tags, fields, notes and status."""
        return self.life.tickets

    def connect(self, webhook_url: str, secret: str) -> None:
        """Post every move from now on to the door, and let the bridge be used with this secret."""
        self._webhook_url = webhook_url
        self._secret = secret.encode()

    def history(self, days: int, now: Instant) -> None:
        """Let so many days pass up to now without telling anybody: what a back-fill finds."""
        with self._lock:
            self.life.live_through(days, now)

    def step(self, now: Instant) -> int:
        """A few moves at this moment, posted as calls; gives how many calls the door took.

        What the door did not take is posted again, with the same `webhook-id`, at the next step.
        """
        with self._lock:
            for lines in self.life.move(now):
                self._outbox.append(self._as_call(lines))
        return self._post(now)

    def misbehave(self, how: str, *, times: int = 1) -> None:
        """Spoil the next requests to the bridge.

        `drop`: do it and close the connection without an answer (a 500 under a server that lends no socket);
        `hang`: do it and wait until `release`; `fail`: do it and answer 500; `limit`: do nothing and answer 429
        with Retry-After: 7.
        """
        if how not in ("drop", "hang", "fail", "limit"):
            raise ValueError(f"a simulator cannot {how}")
        self._faults += [how] * times

    def release(self) -> None:
        """Let hanging requests go on, without an answer of use."""
        self._released.set()

    def _as_call(self, lines: list[dict[str, Any]]) -> tuple[str, bytes]:
        body: dict[str, Any] = lines[0] if len(lines) == 1 else {"events": lines, "names": self.life.names()}
        raw = orjson.dumps(body)
        return "msg_" + hashlib.sha256(raw).hexdigest()[:24], raw

    def _post(self, now: Instant) -> int:
        waiting, self._outbox = self._outbox, []
        taken = 0
        for id_, body in waiting:
            if self._webhook_url and self._taken(id_, body, now):
                taken += 1
            elif self._webhook_url:
                self._outbox.append((id_, body))
        return taken

    def _taken(self, id_: str, body: bytes, now: Instant) -> bool:
        timestamp = str(now // SECOND)
        headers = {
            "content-type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": timestamp,
            "webhook-signature": standard_webhooks_signature(self._secret, id_, timestamp, body),
        }
        with requests.Session() as http:
            http.trust_env = False  # the door is next door, whatever proxy this machine has
            try:
                return http.post(self._webhook_url, data=body, headers=headers, timeout=_POST_TIMEOUT).ok
            except requests.RequestException:
                return False

    def _made_app(self) -> Flask:
        app = Flask("deskpulse_simulated_generic_desk")
        app.add_url_rule("/tickets/<ticket>", "ticket", lambda ticket: self._answer(lambda: self._ticket(ticket)))
        app.add_url_rule("/events", "events", lambda: self._answer(self._events))
        app.add_url_rule("/actions", "actions", lambda: self._answer(self._act), methods=["POST"])
        app.register_error_handler(HTTPException, self._unknown)
        return app

    def _unknown(self, error: HTTPException) -> Response:
        self.refused.append(f"{request.method} {request.path}: {error.code}")
        return _json({"error": error.name}, error.code or 500)

    def _answer(self, work: Callable[[], dict[str, Any]]) -> Response:
        fault = self._faults.pop(0) if self._faults else ""
        if fault == "limit":
            limited = _json({"error": "slow down"}, 429)
            limited.headers["Retry-After"] = "7"
            return limited
        try:
            with self._lock:
                said = work()
        except _Refusal as refusal:
            self.refused.append(f"{request.method} {request.path}: {refusal}")
            return _json({"error": str(refusal)}, refusal.status)
        return self._spoiled(fault) if fault else _json(said, 200)

    def _spoiled(self, fault: str) -> Response:
        if fault == "hang":
            self._released.wait(_LONGEST_HANG)
        if fault == "drop":
            connection: socket.socket | None = request.environ.get("werkzeug.socket")
            if connection is not None:
                connection.shutdown(socket.SHUT_RDWR)
        return _json({"error": "something broke"}, 500)

    def _ticket(self, id_: str) -> dict[str, Any]:
        self._require_bearer()
        found = self._existing(id_)
        return {"events": found.lines, "present": found.present(), "names": self.life.names()}

    def _events(self) -> dict[str, Any]:
        self._require_bearer()
        if set(request.args) - {"since", "cursor"}:
            raise _Refusal(400, "only since and cursor are known")
        since, start = _since(request.args.get("since", "")), _start(request.args.get("cursor", "t0"))
        changed = [ticket for ticket in self.tickets.values() if ticket.changed_at >= since]
        page = changed[start : start + _PAGE]
        following = f"t{start + _PAGE}" if start + _PAGE < len(changed) else None
        lines = [line for ticket in page for line in ticket.lines]
        return {"events": lines, "next": following, "total": len(changed), "names": self.life.names()}

    def _act(self) -> dict[str, Any]:
        self._require_signature()
        if request.mimetype != "application/json":
            raise _Refusal(415, "an action is application/json")
        action = orjson.loads(request.get_data())
        word = action.pop("action", None)
        if word not in _ACTIONS:
            raise _Refusal(501, f"{word} is no action of this desk")
        if set(action) != _ACTIONS[word]:
            raise _Refusal(400, f"{word} must hold exactly {', '.join(sorted(_ACTIONS[word]))}")
        return self._put_summary(action) if word == "put_summary" else self._on_ticket(word, action)

    def _on_ticket(self, word: str, action: dict[str, Any]) -> dict[str, Any]:
        ticket = self._existing(action["ticket"])
        before = (set(ticket.tags), dict(ticket.fields), len(ticket.notes))
        if word == "add_tag":
            ticket.tags.add(action["tag"])
        elif word == "remove_tag":
            ticket.tags.discard(action["tag"])
        elif word == "set_field":
            ticket.fields[action["name"]] = action["value"]
        elif not any(action["marker"] in note for note in ticket.notes):
            ticket.notes.append("\n".join((*action["lines"], action["marker"])))
        return {"id": None, "changed": before != (ticket.tags, ticket.fields, len(ticket.notes))}

    def _put_summary(self, action: dict[str, Any]) -> dict[str, Any]:
        known = action.pop("object_id")
        if known is not None and known not in self.summaries:
            raise _Refusal(404, f"there is no summary {known}")
        same = (id_ for id_, summary in self.summaries.items() if summary["marker"] == action["marker"])
        id_ = known or next(same, f"summary-{len(self.summaries) + 1}")
        changed = self.summaries.get(id_) != action
        self.summaries[id_] = action
        return {"id": id_, "changed": changed}

    def _existing(self, id_: str) -> Ticket:
        if id_ not in self.tickets:
            raise _Refusal(404, f"there is no ticket {id_}")
        return self.tickets[id_]

    def _require_bearer(self) -> None:
        if not self._secret or request.headers.get("authorization") != f"Bearer {self._secret.decode()}":
            raise _Refusal(401, "the bearer secret is wrong or missing")

    def _require_signature(self) -> None:
        id_, timestamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        body = request.get_data()
        try:
            if self.clock is not None:
                require_recent(timestamp, now=self.clock())
            require_any(
                [self._secret],
                request.headers.get("webhook-signature", "").split(),
                lambda secret: standard_webhooks_signature(secret, id_, timestamp, body),
            )
        except BadProof as error:
            raise _Refusal(401, str(error)) from error


def _since(text: str) -> Instant:
    try:
        return instant_of_iso(text)
    except ValueError as error:
        raise _Refusal(400, "since must be an ISO 8601 time with offset") from error


def _start(cursor: str) -> int:
    if not (cursor.startswith("t") and cursor[1:].isdigit()):
        raise _Refusal(400, "the cursor is not one of ours")
    return int(cursor[1:])


def _json(value: Mapping[str, Any], status: int) -> Response:
    return Response(orjson.dumps(value), status=status, mimetype="application/json")
