"""How a simulated Zammad misbehaves on demand: as a WSGI layer around its well-behaved app."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: What can go wrong: before the request is done, or after it.
Kind = Literal["429", "500", "drop", "hang", "500 late", "drop late"]
#: Seconds in the Retry-After of a 429.
WAIT: Final = 7
_LONGEST_HANG: Final = 10.0
_PLAIN: Final = [("Content-Type", "text/plain")]
_LATE: Final = frozenset({"500 late", "drop late"})
_ANSWERS: Final[dict[str, tuple[str, list[tuple[str, str]]]]] = {
    "429": ("429 Too Many Requests", [("Retry-After", str(WAIT))]),
    "500": ("500 Internal Server Error", []),
    "500 late": ("500 Internal Server Error", []),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """The next request of this kind goes wrong: a write, or one whose method and path begin like this."""

    kind: Kind
    request: str

    def meets(self, method: str, path: str) -> bool:
        """Whether this is the request that was meant."""
        return method != "GET" if self.request == "write" else f"{method} {path}".startswith(self.request)


class Troubled:
    """A WSGI app that does what the inner one does, except where trouble is ordered."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner
        self.ordered: list[Trouble] = []
        self.released = threading.Event()
        self._lock = threading.Lock()

    def order(self, kind: Kind, request: str = "write") -> None:
        """Let the next such request go wrong; orders are used up one by one."""
        self.ordered.append(Trouble(kind, request))

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
        if trouble.kind not in _ANSWERS:
            return _drop(environ, start_response)
        status, headers = _ANSWERS[trouble.kind]
        start_response(status, [*_PLAIN, ("Content-Length", "0"), *headers])
        return [b""]

    def _next(self, method: str, path: str) -> Trouble | None:
        with self._lock:
            found = next((one for one in self.ordered if one.meets(method, path)), None)
            if found is not None:
                self.ordered.remove(found)
            return found


def _swallow(_status: str, _headers: list[tuple[str, str]], _info: Any = None) -> Any:
    return lambda _data: None


def _drop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
    start_response("500 Internal Server Error", _PLAIN)
    return [b""]
