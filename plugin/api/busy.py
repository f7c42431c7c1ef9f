"""How many requests of the API may be in hand at once, so that calls of desks always find a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from werkzeug.wsgi import ClosingIterator

from plugin.errors import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX: Final = "/api/"
_LINE: Final = "503 Service Unavailable"
_MESSAGE: Final = "Too many requests are in hand; try again after the seconds in Retry-After."


def at_most(app: WSGIApplication, number: int) -> WSGIApplication:
    """The application with at most so many requests to the API at once; one more is answered 503 at once.

    A request is over when its answer is sent: a reader that stalls keeps its place and nobody else's.
    """
    places = threading.BoundedSemaphore(number)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(_PREFIX):
            return app(environ, start_response)
        if not places.acquire(blocking=False):
            return _refused(environ, start_response)
        with ExitStack() as held:
            held.callback(places.release)
            answer = app(environ, start_response)
            return ClosingIterator(answer, held.pop_all().close)

    return serve


def _refused(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    problem = Problem(503, _MESSAGE, code="busy", retry_after=1)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(problem.body))), *problem.headers]
    start_response(_LINE, [*headers, ("Cache-Control", "no-store")])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else problem.body]
