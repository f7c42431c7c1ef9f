"""How a simulated desk misbehaves on demand: as a WSGI layer around its well-behaved app. Demo and tests only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from integrations.events import JSONValue

#: Seconds in the Retry-After of an answer that asks to wait.
WAIT: Final = 7
#: Instead of a method: any that changes something.
WRITE: Final = "write"
_DROP: Final = "drop"
_HANG: Final = "hang"
_LATE: Final = " late"
_LONGEST_HANG: Final = 10.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What comes back instead of the answer; without a body where that is None."""

    status: str
    body: JSONValue = None
    waits: bool = False  #: whether it says how long to wait


@dataclass(frozen=True, slots=True)
class _Order:
    """The next request of this method whose path contains `path` goes wrong."""

    kind: str
    method: str
    path: str

    def meets(self, method: str, path: str) -> bool:
        """Whether this is the request that was meant."""
        return self.path in path and (method != "GET" if self.method == WRITE else method == self.method)


class Troubled:
    """A WSGI app that does what the inner one does, except where trouble is ordered.

    Kinds of trouble are the names of `failures`, `drop` (the connection ends) and `hang` (no answer until `released`,
    then the connection ends), each before anything is done; with ` late` behind it, after everything is.
    """

    def __init__(self, inner: WSGIApplication, failures: Mapping[str, Failure]) -> None:
        self.inner = inner
        self.ordered: list[_Order] = []
        self.released = threading.Event()
        self._failures = failures
        self._lock = threading.Lock()

    def order(self, kind: str, method: str = WRITE, path: str = "") -> None:
        """Let the next such request go wrong; orders are used up one by one. ValueError for an unknown kind."""
        if kind.removesuffix(_LATE) not in {*self._failures, _DROP, _HANG}:
            raise ValueError(f"no such trouble: {kind}")
        self.ordered.append(_Order(kind, method, path))

    def lose_next_write(self) -> None:
        """Let the next request that is no GET be done and its answer be lost."""
        self.order(_DROP + _LATE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        kind = self._next(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if kind is None:
            return self.inner(environ, start_response)
        if kind.endswith(_LATE):
            b"".join(self.inner(environ, _swallow))
        else:
            # Read to its end, or closing the connection would cut off our answer.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if kind == _HANG:
            self.released.wait(_LONGEST_HANG)
        failure = self._failures.get(kind.removesuffix(_LATE))
        return _dropped(environ, start_response) if failure is None else _answered(failure, start_response)

    def _next(self, method: str, path: str) -> str | None:
        with self._lock:
            found = next((one for one in self.ordered if one.meets(method, path)), None)
            if found is None:
                return None
            self.ordered.remove(found)
            return found.kind


def _swallow(_status: str, _headers: list[tuple[str, str]], _info: Any = None) -> Any:
    return lambda _data: None


def _answered(failure: Failure, start_response: StartResponse) -> Iterable[bytes]:
    text = b"" if failure.body is None else json.dumps(failure.body).encode()
    wait = [("Retry-After", str(WAIT))] if failure.waits else []
    start_response(failure.status, [("Content-Type", "application/json"), ("Content-Length", str(len(text))), *wait])
    return [text]


def _dropped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
    start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [b""]
