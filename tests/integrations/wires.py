"""Sessions and raw sockets for the tests of what goes over the wire."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integrations.base import Access
from integrations.session import NoGate, Session

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC).timestamp()
KEY = "k-5e1f0a77"
URL = "https://desk.example/api"


class Purse:
    """A gate that remembers what was booked and held."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.held: list[float] = []

    def take(self, requests: int) -> None:
        self.taken.append(requests)

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


def session_to(
    url: str = URL, *, gate: Purse | None = None, key: str = KEY, wait: float = 10, private: bool = True
) -> Session:
    access = Access(url=url, credentials={"api_key": key, "user": "x"}, zone=ZoneInfo("UTC"))
    return Session(access, gate or NoGate(), allow_private=private, clock=lambda: NOON, timeout=(wait, wait))


@contextmanager
def dripping_desk(start: bytes) -> Iterator[str]:
    """A socket that begins an answer and then sends one byte of it after the other, until nobody listens."""

    def drip(connection: socket.socket, over: threading.Event) -> None:
        whole_request(connection)
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(b" ")

    with _one_connection(drip) as url:
        yield url


@contextmanager
def keeping_desk(answer: bytes, *, after: float) -> Iterator[str]:
    """A socket that takes one connection, keeps it, and answers each request on it so many seconds later."""

    def keep(connection: socket.socket, over: threading.Event) -> None:
        while whole_request(connection) and not over.wait(after):
            connection.sendall(answer)

    with _one_connection(keep) as url:
        yield url


@contextmanager
def raw_desk(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A socket that reads each request and sends the next of the answers, then closes; with what it was sent."""
    asked: list[bytes] = []

    def answer_all(listening: socket.socket) -> None:
        for answer in answers:
            connection, _ = listening.accept()
            with connection:
                asked.append(whole_request(connection))
                connection.sendall(answer)

    with _listening(answer_all) as url:
        yield url, asked


@contextmanager
def _one_connection(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A socket whose one connection is served so, until this is over or nobody listens."""
    over = threading.Event()

    def accept(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            serve(connection, over)

    with _listening(accept) as url:
        yield url
        over.set()


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(20)


def whole_request(connection: socket.socket) -> bytes:
    """The request up to the end of its body, which may come later than its head."""
    sent = connection.recv(65536)
    head, _, body = sent.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]) and (more := connection.recv(65536)):
        body, sent = body + more, sent + more
    return sent
