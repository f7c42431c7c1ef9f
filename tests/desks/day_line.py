"""The line between the product and a simulated desk without sockets, and the desk's budget without its row.

A day asks a desk thousands of times, so what carries it is as thin as it can be: `requests` down to its adapter, and
the simulator's WSGI application. The budget is kept to by letting the clock go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from integrations.errors import RateLimited
from integrations.times import MINUTE, SECOND, Instant
from tests.desks.wired import HOST
from workers.store.database import Database

Answer = tuple[int, Mapping[str, str], bytes]
Answering = Callable[[requests.PreparedRequest], Answer]


@contextmanager
def joined(app: WSGIApplication, others: Mapping[str, Answering]) -> Iterator[None]:
    """Everything below HOST is answered by the app, what is below other addresses by their functions, and no more."""
    answering = {HOST: lambda request: _asked(app, request), **others}

    def send(_: HTTPAdapter, request: requests.PreparedRequest, **__: Any) -> Any:
        parts = urlsplit(request.url or "")
        return _response(request, *answering[f"{parts.scheme}://{parts.netloc}"](request))

    # What the environment says of proxies and passwords is none of ours, and is read anew for every request.
    with (
        patch.object(HTTPAdapter, "send", send),
        patch("requests.sessions.get_environ_proxies", lambda *_, **__: {}),
        patch("requests.sessions.get_netrc_auth", lambda *_, **__: None),
    ):
        yield


def _asked(app: WSGIApplication, request: requests.PreparedRequest) -> Answer:
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        told.append((status, headers))
        return lambda _: None

    content = app(environ_of(request), start)
    body = b"".join(content)
    close = getattr(content, "close", None)
    if close is not None:
        close()
    status, headers = told[-1]
    return int(status[:3]), dict(headers), body


def environ_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """The request as a WSGI server hands it to an application."""
    parts, body = urlsplit(request.url or ""), body_of(request)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1") or "/",
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": parts.netloc,
    }
    for name, value in request.headers.items():
        # A header may hold bytes, whatever the stubs say.
        text: Any = value
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = text.decode("latin-1") if type(text) is bytes else text
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def body_of(request: requests.PreparedRequest) -> bytes:
    """The bytes that a request carries."""
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _response(request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes) -> Any:
    raw = HTTPResponse(BytesIO(body), headers=headers, status=status, preload_content=False)
    found = requests.Response()
    found.status_code, found.raw, found.request, found.url = status, raw, request, request.url or ""
    found.headers.update(headers)
    return found


@dataclass
class Gatekeeper:
    """In front of the simulated desk: while it refuses, no credential is good."""

    app: WSGIApplication
    refuses: bool = False

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not self.refuses:
            return self.app(environ, start)
        start("401 Unauthorized", [("Content-Type", "application/json")])
        return [b'{"error": "unauthorized"}']


@contextmanager
def paced() -> Iterator[None]:
    """Every account's budget is kept to by letting the clock go on."""
    with (
        patch("workers.desk_session.RowGate", Pace),
        patch("workers.desk_session.PatientGate", lambda pace, **_: pace),
    ):
        yield


class Pace:
    """In the place of `RowGate`: every request takes as long as the desk's budget says, and a desk's no is heard."""

    largest: Final = 10

    def __init__(
        self, database: Database, account: str, *, per_minute: int, clock: Callable[[], Instant], reserve: int = 0
    ) -> None:
        del account, reserve
        self._held = _HELD.setdefault(database, [0])
        self._each = MINUTE // per_minute + 1
        self._clock: Any = clock

    def take(self, requests: int) -> None:
        """Let the time pass that so many requests need."""
        wait = self._held[0] - self._clock.now
        if wait > 0:
            raise RateLimited("the desk takes no requests for now", after=wait / SECOND)
        self._clock.now += requests * self._each

    def hold(self, seconds: float) -> None:
        """No request for so long."""
        self._held[0] = self._clock.now + int(seconds * SECOND)

    def admit(self) -> bool:
        """Work may begin when nothing is held."""
        held: Instant = self._held[0]
        return held <= int(self._clock.now)

    def succeeded(self) -> None:
        """The desk answered."""

    def failed(self, error: Exception) -> None:
        """In a day without trouble no request may fail."""
        raise AssertionError("the desk failed") from error


#: Until when no request may go, by the database of a day, in which one desk is asked.
_HELD: WeakKeyDictionary[Database, list[Instant]] = WeakKeyDictionary()
