"""Making calls like a desk, proved or not, and reading what came back."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from integrations.signatures import standard_webhooks_signature
from plugin.main import listening
from plugin.server import Server
from workers.settings import Settings

SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgYWNjb3VudCBhY21l"
OTHER = "whsec_YW5vdGhlciBzZWNyZXQgb2YgYW5vdGhlciBhY2NvdW50"
DOOR = "/webhooks/generic/acme"
BODY = b'{"type": "ticket.created", "ticket": "1", "at": "2026-03-02T09:00:00Z"}'


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Headers that prove a body."""
    return {"X-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def delivered(id_: str, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    """Headers of a delivery that has an id, by Standard Webhooks."""
    moment = str(int(time.time()))
    signature = standard_webhooks_signature(secret.encode(), id_, moment, body)
    return {"Webhook-Id": id_, "Webhook-Timestamp": moment, "Webhook-Signature": signature}


@dataclass(frozen=True)
class Answered:
    """An answer over the wire."""

    status: int
    headers: Mapping[str, str]
    json: Any


def ask(
    port: int, method: str = "POST", path: str = DOOR, *, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answered:
    """One request over a connection of its own; an iterable body is sent in chunks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        chunked = body is not None and not isinstance(body, bytes)
        connection.request(method, path, body=body, headers=dict(headers or {}), encode_chunked=chunked)
        response = connection.getresponse()
        text = response.read()
        return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, _json(text))
    finally:
        connection.close()


def _json(text: bytes) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


@contextmanager
def serving(app: Flask, settings: Settings) -> Iterator[int]:
    """The port at which the real server serves this application, in a thread."""
    at = listening("127.0.0.1", 0)
    port: int = at.getsockname()[1]
    server = Server(app, settings, at)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield port
    finally:
        server.stop()
        thread.join(20)
        at.close()


def is_error(answer: Any, code: str) -> bool:
    """Whether this is our one shape of an error, with this code."""
    error = answer["error"]
    assert set(answer) == {"error"}
    assert set(error) == {"code", "message", "details"}
    assert isinstance(error["message"], str)
    assert isinstance(error["details"], dict)
    return bool(error["code"] == code)
