"""A simulated desk behind `responses`: its WSGI app answers without a socket, and single requests go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

import requests
import responses
from werkzeug.test import Client as Browser

HOST = "https://desk.example"
_Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True, eq=False)
class Fault:
    """How a request goes wrong: whether the desk did it, and what comes back."""

    name: str
    done: bool
    answer: _Answer | Exception

    def __str__(self) -> str:
        return self.name


TIMEOUT = Fault("time-out after it was done", done=True, answer=requests.ReadTimeout())
DROP = Fault("connection lost before it was done", done=False, answer=requests.ConnectionError())
DROP_LATE = Fault("connection lost after it was done", done=True, answer=requests.ConnectionError())
BROKEN = Fault("500 after it was done", done=True, answer=(500, {}, b""))
GATEWAY = Fault("502 after it was done", done=True, answer=(502, {}, b"<html>Bad Gateway</html>"))
DOWN = Fault("503", done=False, answer=(503, {"Retry-After": "11"}, b""))
LIMITED = Fault("429", done=False, answer=(429, {}, b"{}"))
LIMITED_FOR = Fault("429 with Retry-After", done=False, answer=(429, {"Retry-After": "13"}, b"{}"))
UNKNOWN_KEY = Fault("401", done=False, answer=(401, {}, b"{}"))
FORBIDDEN = Fault("403", done=False, answer=(403, {}, b"{}"))
MISSING = Fault("404", done=False, answer=(404, {}, b"{}"))
GONE = Fault("410", done=False, answer=(410, {}, b""))
CONFLICT = Fault("409", done=False, answer=(409, {}, b"{}"))
INVALID = Fault("422", done=False, answer=(422, {}, b'{"message": "no"}'))
MOVED = Fault("302 to a login page", done=False, answer=(302, {"Location": "https://desk.example/login"}, b""))
NONSENSE = Fault("a login page with 200 after it was done", done=True, answer=(200, {}, b"<html>Log in</html>"))
TRUNCATED = Fault("half an answer after it was done", done=True, answer=(200, {}, b'{"id": "7", "resp'))
LIE = Fault("200 and nothing was done", done=False, answer=(200, {}, b"{}"))


class Wire:
    """What passes between a session and the app; `spoil` orders faults."""

    def __init__(self, app: WSGIApplication) -> None:
        self._browser = Browser(app)
        self._ordered: list[tuple[Fault, str]] = []
        self.sent: list[str] = []

    def spoil(self, fault: Fault, request: str, *, times: int = 1) -> None:
        """Let the next requests whose `METHOD /path` match this pattern go wrong; replaces the last order."""
        self._ordered = [(fault, request)] * times

    def answer(self, request: Any) -> _Answer:
        """What the desk, or the trouble on the way to it, makes of one request."""
        line = f"{request.method} {request.path_url.partition('?')[0]}"
        self.sent.append(line)
        if not self._ordered or not re.fullmatch(self._ordered[0][1], line):
            return self._asked(request)
        fault, _ = self._ordered.pop(0)
        if fault.done:
            self._asked(request)
        if isinstance(fault.answer, Exception):
            raise fault.answer
        return fault.answer

    def _asked(self, request: Any) -> _Answer:
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        answer = self._browser.open(request.path_url, method=request.method, data=request.body or b"", headers=headers)
        told = {"Content-Type": answer.content_type, **{k: v for k, v in answer.headers.items() if k == "Retry-After"}}
        return answer.status_code, told, answer.get_data()


@contextmanager
def wired(app: WSGIApplication) -> Iterator[Wire]:
    """Everything below HOST is answered by the app."""
    wire = Wire(app)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        every = re.compile(re.escape(HOST) + "/.*")
        for method in ("GET", "POST", "PUT", "PATCH", "OPTIONS", "DELETE"):
            mock.add_callback(method, every, callback=_of(wire))
        yield wire


def _of(wire: Wire) -> Callable[[Any], _Answer]:
    return wire.answer
