"""An exchange with another server ends in time: a clock runs over all of it, not only between two bytes.

A time-out of `requests` begins anew with each byte, so a server that drips its answer, its headers already, would
hold a worker for ever. Here every read from the socket knows when the whole exchange has to be over.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, ClassVar, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

#: Seconds for a whole exchange, from the look-up of the name to the last byte of the answer; below the lease of the
#: work that asked.
LONGEST: Final = 25.0


class _Bytes(io.RawIOBase):
    """What comes from a socket until a moment; TimeoutError after it."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._source = sock.makefile("rb", buffering=0)
        self._patience = sock.gettimeout()
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_within(self._patience, self._until))
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Hurried:
    """A socket as `http.client` wants it to read an answer from."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self._sock, self._until))


class TimelyConnection(HTTPConnection):
    """A connection whose present exchange is over at `until`, by `time.monotonic`."""

    until: float = float("inf")

    def begin(self) -> None:
        """Another exchange; a socket that is used again waits as it did at first."""
        self.until = time.monotonic() + LONGEST
        if self.sock is not None:
            self.sock.settimeout(self.timeout)

    def _new_conn(self) -> socket.socket:
        try:
            self.timeout = _within(self.timeout, self.until)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        return super()._new_conn()

    def response_class(self, sock: socket.socket, *args: Any, **given: Any) -> HTTPResponse:  # type: ignore[override]
        """What `http.client` reads the answer with."""
        return HTTPResponse(_Hurried(sock, self.until), *args, **given)  # type: ignore[arg-type]


class TimelyTLSConnection(TimelyConnection, HTTPSConnection):
    """The same over TLS."""


class TimelyPool(HTTPConnectionPool):
    """Connections that are told when they are used for another exchange."""

    ConnectionCls = TimelyConnection

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        connection.begin()
        return connection


class TimelyTLSPool(TimelyPool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = TimelyTLSConnection


class TimelyAdapter(HTTPAdapter):
    """A requests adapter whose exchanges end in time."""

    pools: ClassVar[Mapping[str, type[HTTPConnectionPool]]] = {"http": TimelyPool, "https": TimelyTLSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As in requests, with connection pools of ours."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)


def _within(patience: float | None, until: float) -> float:
    """How long to wait for the next bytes; TimeoutError when the time is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left if patience is None else min(patience, left)
