"""How a simulated Zendesk misbehaves on demand: as a WSGI layer around its well-behaved app."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any, Final, Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Kind = Literal["429", "500", "503", "500 late", "drop", "drop late", "hang"]
#: Seconds in the Retry-After of "429" and "503".
WAIT: Final = 7
_LONGEST_HANG: Final = 10.0
_LATE: Final = frozenset({"500 late", "drop late"})
_STATUS: Final = {"429": "429 Too Many Requests", "500": "500 Internal Server Error", "503": "503 Service Unavailable"}


class Troubled:
    """A WSGI app that does what the inner one does, except where trouble is ordered."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner
        self.ordered: list[tuple[Kind, str, str]] = []
        self.released = threading.Event()
        self._lock = threading.Lock()

    def order(self, kind: Kind, method: str, path: str = "") -> None:
        """Let the next request of this method whose path contains `path` go wrong; orders are used up one by one."""
        self.ordered.append((kind, method, path))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        kind = self._next(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if kind is None:
            return self.inner(environ, start_response)
        if kind in _LATE:
            b"".join(self.inner(environ, _swallow))
        else:
            # Read to its end, or closing the connection would cut off our answer.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if kind == "hang":
            self.released.wait(_LONGEST_HANG)
        status = _STATUS.get(kind.removesuffix(" late"))
        return _drop(environ, start_response) if status is None else _answer(status, start_response)

    def _next(self, method: str, path: str) -> Kind | None:
        with self._lock:
            for order in self.ordered:
                if order[1] == method and order[2] in path:
                    self.ordered.remove(order)
                    return order[0]
        return None


def _swallow(_status: str, _headers: list[tuple[str, str]], _info: Any = None) -> Any:
    return lambda _data: None


def _answer(status: str, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps({"error": status}).encode()
    wait = [] if status.startswith("500") else [("Retry-After", str(WAIT))]
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *wait])
    return [body]


def _drop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
    start_response("500 Internal Server Error", [])
    return [b""]
