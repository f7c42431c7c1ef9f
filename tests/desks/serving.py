"""A Flask or WSGI app on a real loopback socket: simulated desks, and ours for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
        """Nothing: the test says what went wrong."""


@contextmanager
def serving(app: WSGIApplication, certificate: tuple[str, str] | None = None) -> Iterator[str]:
    """Serves the app on a free port of 127.0.0.1 and gives its address; stopped on leaving.

    With a certificate, its file and that of its key, by https.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
