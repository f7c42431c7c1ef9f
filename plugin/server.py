"""Waitress as we run it: bodies are received before a thread is spent on them, and nobody can hold the door shut."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any, Final

import waitress.server
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from plugin.errors import error_body, sentence_of
from workers.settings import Settings

_STALLED_SECONDS: Final = 8  #: without a byte; looked for once a second, so that ten are never exceeded
_REQUEST_SECONDS: Final = 60.0  #: for a whole request, however steadily it drips
_DRAIN_SECONDS: Final = 10.0
_CONNECTIONS: Final = 1000
_LARGEST_HEADERS: Final = 64 * 1024
#: A chunk of one byte takes six on the wire, and a body in such chunks is no longer than another.
_CHUNKING: Final = 8


class _JSONErrorTask(ErrorTask):  # type: ignore[misc]
    """The errors that waitress itself answers, in our shape."""

    def execute(self) -> None:
        """Answer and close the connection."""
        error = self.request.error
        body = error_body(*sentence_of(error.code))
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that is given only so much time to send a request."""

    error_task_class = _JSONErrorTask
    _began = 0.0

    def received(self, data: bytes) -> Any:
        """Take the next bytes, unless the request they belong to began too long ago."""
        if self.request is None:
            self._began = time.monotonic()
        elif time.monotonic() - self._began > _REQUEST_SECONDS:
            self.will_close = True
            return False
        return super().received(data)


class Server:
    """The application behind waitress, at a socket that listens already."""

    def __init__(self, app: Flask, settings: Settings, at: socket.socket) -> None:
        self._stopping = False
        self._server: Any = waitress.server.create_server(
            app,
            sockets=[at],
            threads=settings.web_threads,
            connection_limit=_CONNECTIONS,
            channel_timeout=_STALLED_SECONDS,
            cleanup_interval=1,
            max_request_body_size=settings.max_body_bytes * _CHUNKING + 1,
            max_request_header_size=_LARGEST_HEADERS,
            asyncore_use_poll=True,  # select() cannot wait for more than 1024 sockets
            clear_untrusted_proxy_headers=not settings.trusted_proxies,
            expose_tracebacks=False,
            ident=None,
        )
        self._server.channel_class = _Channel

    def run(self) -> None:
        """Serve until `stop`, then answer what has been received."""
        while not self._stopping:
            self._step(1.0)
        # Not the server's own close, which would also end the threads' way to wake this loop.
        wasyncore.dispatcher.close(self._server)
        give_up = time.monotonic() + _DRAIN_SECONDS
        while self._in_hand() and time.monotonic() < give_up:
            self._step(0.05)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._server._map, ignore_all=True)  # noqa: SLF001 - waitress offers no other way

    def stop(self) -> None:
        """Have `run` return soon; safe inside a signal handler."""
        self._stopping = True
        with contextlib.suppress(OSError):  # it has returned already
            self._server.pull_trigger()

    def _in_hand(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def _step(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001
