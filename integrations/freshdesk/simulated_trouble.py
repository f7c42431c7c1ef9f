"""How a simulated Freshdesk misbehaves on demand: as a WSGI layer around its well-behaved app."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: What can go wrong: before the request is done, or after it.
Kind = Literal["429", "429 for a while", "500", "503", "drop", "hang", "500 late", "drop late"]
#: Seconds in the Retry-After of "429 for a while".
WAIT: Final = 7
_LONGEST_HANG: Final = 10.0

_ANSWERS: Final[dict[str, tuple[str, list[tuple[str, str]], Any]]] = {
    "429": ("429 Too Many Requests", [], {"message": "You have exceeded the limit of requests per minute"}),
    "429 for a while": (
        "429 Too Many Requests",
        [("Retry-After", str(WAIT))],
        {"message": "You have exceeded the limit of requests per minute"},
    ),
    "500": ("500 Internal Server Error", [], None),
    "500 late": ("500 Internal Server Error", [], None),
    "503": ("503 Service Unavailable", [], {"message": "Service Unavailable"}),
}
_ANY_WRITE: Final = "write"
_LATE: Final = frozenset({"500 late", "drop late"})


@dataclass(slots=True)
class Trouble:
    """The next request of this method whose path contains `path` goes wrong."""

    kind: Kind
    method: str
    path: str

    def meets(self, method: str, path: str) -> bool:
        """Whether this is the request that was meant."""
        return self.path in path and (method != "GET" if self.method == _ANY_WRITE else method == self.method)


class Troubled:
    """A WSGI app that does what the inner one does, except where trouble is ordered."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner
        self.ordered: list[Trouble] = []
        self.released = threading.Event()
        self._lock = threading.Lock()

    def order(self, kind: Kind, method: str, path: str = "") -> None:
        """Let the next such request go wrong; orders are used up one by one."""
        self.ordered.append(Trouble(kind, method, path))

    def lose_next_write(self) -> None:
        """Let the next request that is no GET be done and its answer be lost."""
        self.order("drop late", _ANY_WRITE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        trouble = self._next(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if trouble is None:
            return self.inner(environ, start_response)
        if trouble.kind in _LATE:
            b"".join(self.inner(environ, _swallow))
        else:
            # Read to its end, or closing the connection would cut off our answer.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if trouble.kind == "hang":
            self.released.wait(_LONGEST_HANG)
        if trouble.kind in _ANSWERS:
            return _answer(trouble.kind, start_response)
        return _drop(environ, start_response)

    def _next(self, method: str, path: str) -> Trouble | None:
        with self._lock:
            found = next((one for one in self.ordered if one.meets(method, path)), None)
            if found is not None:
                self.ordered.remove(found)
            return found


def _swallow(_status: str, _headers: list[tuple[str, str]], _info: Any = None) -> Any:
    return lambda _data: None


def _answer(kind: str, start_response: StartResponse) -> Iterable[bytes]:
    status, headers, body = _ANSWERS[kind]
    text = b"" if body is None else json.dumps(body).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text))), *headers])
    return [text]


def _drop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b""]
