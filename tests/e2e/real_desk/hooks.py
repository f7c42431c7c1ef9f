"""A receiver of webhooks that keeps them, for tests of the desk without Deskpulse behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from integrations.base import Call
from integrations.times import SECOND
from tests.desks.serving import serving


class Receiver:
    """The calls that came in, oldest first, and the address to send them to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.url = ""

    def __call__(self, environ: object, start_response: object) -> object:
        """The WSGI application: keeps the call and answers 202."""
        request = Request(environ)  # type: ignore[arg-type]  # what WSGI servers give is not typed alike
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(parse_qsl(request.query_string.decode()))
        self.calls.append(Call(request.get_data(), headers, query, int(time.time() * SECOND)))
        return Response(status=202)(environ, start_response)  # type: ignore[arg-type]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    with serving(receiver) as url:  # type: ignore[arg-type]
        receiver.url = f"{url}/webhooks/django_helpdesk/acme?token=a-secret"
        yield receiver
