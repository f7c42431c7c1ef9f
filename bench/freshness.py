"""From a call's acceptance to its figure: seconds, at 200 calls a second, on the whole running product.

    python -m bench.freshness [--seconds 20] [--rate 200]

Starts `deskpulse up`, posts one new ticket a call, and reads the report's volume all the while. The k-th accepted
call is visible once the volume is k. Bar: p99 at most one second.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bench.stage import DATABASES, add_account, body, runtime_on, servers
from integrations.events import event
from integrations.signatures import hmac_sha256
from tests.servers import wait_for
from workers.runtime import Runtime
from workers.store import figures
from workers.store.figures import Wanted

BAR = 1.0
_SECRET = "a secret of the benches"
_SENDERS = 8


@dataclass
class Seen:
    """When each call was accepted, and how many tickets were visible when."""

    accepted: list[float] = field(default_factory=list)
    visible: list[tuple[float, int]] = field(default_factory=list)
    refused: int = 0

    def delays(self) -> list[float]:
        """Seconds from the k-th acceptance to the k-th ticket's visibility."""
        moments, place = sorted(self.accepted), 0
        found = []
        for number, accepted in enumerate(moments, start=1):
            while place < len(self.visible) and self.visible[place][1] < number:
                place += 1
            found.append(self.visible[place][0] - accepted if place < len(self.visible) else float("inf"))
        return [max(delay, 0.0) for delay in found]


def main() -> int:
    """Print the figures; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=200)
    options = parser.parse_args()
    missed = False
    with servers() as started:
        for database in DATABASES:
            with runtime_on(database, started, DESKPULSE_LOG_LEVEL="error") as runtime, product(runtime) as port:
                seen = measured(runtime, port, options.rate, options.seconds)
            delays = sorted(seen.delays())
            p99 = delays[int(0.99 * (len(delays) - 1))]
            missed |= p99 > BAR
            print(
                f"freshness, {database}: {len(delays)} calls at {options.rate}/s, {seen.refused} refused, "
                f"median {statistics.median(delays):.2f} s, p99 {p99:.2f} s (bar ≤ {BAR:.0f} s)"
            )
    return int(missed)


@contextmanager
def product(runtime: Runtime) -> Iterator[int]:
    """The running product, as `deskpulse up` starts it."""
    add_account(runtime, secret=_SECRET)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "plugin.cli", "up", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env={**os.environ, **runtime.settings.variables}, stdout=quiet, stderr=quiet)
    try:
        wait_for(lambda: _answers(port), seconds=60, what="the product")
        yield port
    finally:
        process.terminate()
        process.wait(60)


def measured(runtime: Runtime, port: int, rate: int, seconds: float) -> Seen:
    """Send at the rate and watch the volume until everything is visible, for ten seconds more at most."""
    seen, over = Seen(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(runtime, seen, over))
    watcher.start()
    senders = [
        threading.Thread(target=_send, args=(port, seen, rate / _SENDERS, seconds, lane)) for lane in range(_SENDERS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    with suppress(AssertionError):
        wait_for(lambda: bool(seen.visible) and seen.visible[-1][1] >= len(seen.accepted), seconds=10)
    over.set()
    watcher.join()
    return seen


def _send(port: int, seen: Seen, rate: float, seconds: float, lane: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun, number = time.perf_counter(), 0
    while (due := begun + number / rate) < begun + seconds:
        time.sleep(max(0.0, due - time.perf_counter()))
        now = time.time_ns() // 1000
        content = body([event("ticket.created", f"{lane}-{number}", now, channel="email", by="customer")])
        proof = "sha256=" + hmac_sha256(_SECRET.encode(), content).hex()
        connection.request("POST", "/webhooks/generic/bench", content, {"X-Signature": proof})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 202:
            seen.accepted.append(time.perf_counter())
        else:
            seen.refused += 1
        number += 1
    connection.close()


def _watch(runtime: Runtime, seen: Seen, over: threading.Event) -> None:
    wanted = Wanted("", (0, 100_000), as_of=100_000)
    while not over.wait(0.02):
        with runtime.database.read() as connection:
            rows = figures.sums(connection, "bench", wanted, lambda *_: "")
        volume = rows.get("", {}).get("ticket_volume")
        seen.visible.append((time.perf_counter(), volume.n if volume else 0))


def _answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


if __name__ == "__main__":
    sys.exit(main())
