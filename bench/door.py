"""How many calls a second the door proves and commits, beside the same server's endpoint that only reads the body.

    python -m bench.door [--postgres URL] [--rounds 5] [--seconds 3] [--connections 32] [--threads 32]

Both run under the same waitress with the same settings and get the same requests, in turns, from a second process.
SQLite runs with synchronous=FULL and PostgreSQL with its own settings, so that a call counted here is on the disk.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import selectors
import socket
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from flask import Flask, request
from sqlalchemy import create_engine, make_url, text

from integrations.signatures import hmac_sha256
from plugin.app import create_app
from plugin.main import listening
from plugin.server import Server
from tests.servers import running_postgresql
from workers import logs
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts
from workers.store.database import open_database
from workers.store.migrations import upgrade

BAR = 0.7
SECRET = "whsec_YSBzZWNyZXQgZm9yIHRoZSBiZW5jaCBvbmx5LCAzMiBieXRlcw=="
REQUESTS = 500

_PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Round:
    """What the load saw: answers of the right status, others, and the seconds it took."""

    good: int
    bad: int
    seconds: float
    complaint: str = ""  #: the last answer of another status

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.seconds


def main() -> int:
    """Print the figures and the ratio; 1 when the bar is missed."""
    options = _options()
    with ExitStack() as held, tempfile.TemporaryDirectory(dir=options.folder) as folder:
        plain = held.enter_context(served(_plain, _settings(Path(folder), "", options.threads)))
        postgres = options.postgres or held.enter_context(running_postgresql()).new()
        databases = {"SQLite FULL": "", "PostgreSQL": postgres}
        missed = False
        for name, url in databases.items():
            with ExitStack() as one:
                url = one.enter_context(_database(url)) if url else url
                settings = _settings(Path(folder), url, options.threads)
                door = one.enter_context(served(_door, settings))
                missed |= _compare(name, plain, door, options) < BAR
    return int(missed)


def _compare(name: str, plain: int, door: int, options: argparse.Namespace) -> float:
    rates: dict[int, list[float]] = {plain: [], door: []}
    for number in range(options.rounds + 1):
        for port in (plain, door) if number % 2 else (door, plain):
            found = _round(port, options)
            if found.bad:
                sys.exit(f"{name}: {found.bad} answers were not 202, but {found.complaint!r}")
            if number:  # the first round warms up
                rates[port].append(found.rate)
    ratio = statistics.median(rates[door]) / statistics.median(rates[plain])
    each = " ".join(f"{a / b:.2f}" for a, b in zip(rates[door], rates[plain], strict=True))
    print(
        f"{name}: door {statistics.median(rates[door]):.0f}/s ÷ plain Flask {statistics.median(rates[plain]):.0f}/s"
        f" = {ratio:.2f} (bar {BAR}; rounds {each}); {options.threads} threads, {options.connections} connections",
        flush=True,
    )
    return ratio


# the servers


def _plain(_settings: Settings) -> Flask:
    app = Flask("plain")

    @app.post("/webhooks/<desk>/<account>")
    def receive(**_names: str) -> tuple[dict[str, str], int]:
        request.get_data()
        return {"call": "1"}, 202

    return app


def _door(settings: Settings) -> Flask:
    database = open_database(settings.database_url)
    upgrade(database)
    with database.write() as connection:
        now = time.time_ns() // 1000
        accounts.add(connection, "bench", "generic", {}, secret=SECRET, vault=vault(settings), now=now)
    return create_app(settings, database, send=lambda: None)


@contextmanager
def served(make: Callable[[Settings], Flask], settings: Settings) -> Iterator[int]:
    """The port of a server in a process of its own."""
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_serve, args=(make, dict(settings.variables), theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def _serve(make: Callable[[Settings], Flask], variables: dict[str, str], pipe: Connection) -> None:
    settings = Settings.read(variables)
    logs.set_up(level="warning", form="text")
    at = listening("127.0.0.1", 0)
    sys.setswitchinterval(float(os.environ.get("SWI", "0.005")))
    server = Server(make(settings), settings, at)
    pipe.send(at.getsockname()[1])
    server.run()


def _settings(folder: Path, url: str, threads: int) -> Settings:
    home = folder / ("postgresql" if url else "sqlite")
    home.mkdir(exist_ok=True)
    variables = {"DESKPULSE_HOME": str(home), "DESKPULSE_CALLS_PER_SECOND": "0", "DESKPULSE_WEB_THREADS": str(threads)}
    return Settings.read(variables | ({"DESKPULSE_DATABASE_URL": url} if url else {}))


@contextmanager
def _database(url: str) -> Iterator[str]:
    """A database of its own in the server of this address, dropped afterwards."""
    name = f"bench_door_{os.getpid()}"
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


# the load


def _round(port: int, options: argparse.Namespace) -> Round:
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_load, args=(port, options.connections, options.seconds, theirs))
    process.start()
    found: Round = ours.recv()
    process.join()
    return found


def _load(port: int, connections: int, seconds: float, pipe: Connection) -> None:
    """Keep so many connections busy, each sending its next request when the answer to the last is there."""
    requests = [_request(number) for number in range(REQUESTS)]
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(client, selectors.EVENT_READ)
        client.sendall(requests[0])
    partial: defaultdict[socket.socket, bytes] = defaultdict(bytes)
    sent = good = bad = 0
    complaint = ""
    started = time.perf_counter()
    while (now := time.perf_counter()) - started < seconds:
        for key, _ in waiting.select(0.1):
            client = key.fileobj  # type: ignore[assignment]
            partial[client] += client.recv(4096)
            if not partial[client].rstrip().endswith(b"}"):
                continue  # the head of the answer came before its JSON
            answer = partial.pop(client)
            sent += 1
            if answer[9:12] == b"202":
                good += 1
            else:
                bad, complaint = bad + 1, answer.decode("latin-1")
            client.sendall(requests[sent % REQUESTS])
    pipe.send(Round(good, bad, now - started, complaint))


def _request(number: int) -> bytes:
    """A proved call of some two thousand bytes."""
    event = {
        "type": "ticket.created",
        "ticket": str(number),
        "at": "2026-03-02T09:00:00Z",
        "channel": "email",
        "customer": f"customer-{number}",
        "fields": {f"field_{each}": "some words that a form may hold" for each in range(36)},
    }
    body = json.dumps(event).encode()
    head = (
        "POST /webhooks/generic/bench HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: desk/1.0\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Signature: sha256={hmac_sha256(SECRET.encode(), body).hex()}\r\n\r\n"
    )
    return head.encode() + body


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--postgres",
        default=os.environ.get("DESKPULSE_BENCH_POSTGRES", ""),
        help="a server's address; without one, a server of its own",
    )
    parser.add_argument("--folder", default=None, help="where the SQLite files go; the system's temporary folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--threads", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
