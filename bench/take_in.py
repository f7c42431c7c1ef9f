"""Events a second that one worker takes in, beside the no-op tasks a second of the same Celery.

    python -m bench.take_in [--rounds 5]

One event a call, 500 and 5,000 calls waiting; the worker has taken in a few before, as the Celery worker has had a
few tasks. Each round measures both, and the ratio is the median of the rounds' own. The no-op tasks run in one prefork
process with the settings of `workers/app.py` (acks late, prefetch 1, no results), 2,000 of them, sent before the
clock starts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from bench.stage import DATABASES, add_account, keep, runtime_on, servers, stories
from workers import pipeline
from workers.app import make_app
from workers.runtime import Runtime

BARS = {500: 5, 5000: 10}
_TASKS = 2000
_WARMING = 50


def main() -> int:
    """Print the figures and ratios; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    missed = False
    with servers() as started, runtime_on("SQLite", started) as idle, noop_worker(idle) as sender:
        for database in DATABASES:
            for waiting, bar in BARS.items():
                noops, events = [], []
                for _ in range(rounds):
                    noops.append(noop_rate(started["redis"], sender))
                    with runtime_on(database, started) as runtime:
                        events.append(take_in_rate(runtime, waiting))
                ratio = statistics.median(event / noop for event, noop in zip(events, noops, strict=True))
                missed |= ratio < bar
                print(
                    f"take-in, {database}, {waiting} waiting: {statistics.median(events):,.0f} events/s ÷ "
                    f"{statistics.median(noops):,.0f} no-op tasks/s = {ratio:.1f} (bar ≥ {bar})"
                )
    return int(missed)


def take_in_rate(runtime: Runtime, waiting: int) -> float:
    """Events a second over all that waits."""
    add_account(runtime)
    keep(runtime, stories(_WARMING, runtime.clock(), seed=2, first=1_000_000))
    pipeline.take_in(runtime)
    keep(runtime, stories(waiting, runtime.clock()))
    start = time.perf_counter()
    while pipeline.take_in(runtime):
        pass
    return waiting / (time.perf_counter() - start)


@contextmanager
def noop_worker(runtime: Runtime) -> Iterator[Any]:
    """One prefork process that waits for no-op tasks; yields what sends one."""
    command = [sys.executable, "-m", "celery", "-q", "-A", "bench.nothing", "worker", "-Q", "nothing", "-c", "1",
               "--pool", "prefork", "--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair",
               "--loglevel", "error"]  # fmt: skip
    environment = {**runtime.settings.variables, "DESKPULSE_LOG_LEVEL": "error"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    app = make_app(runtime.settings)
    try:
        yield lambda: app.send_task("bench.nothing", queue="nothing")
    finally:
        process.terminate()
        process.wait(30)


def noop_rate(url: str, send: Any) -> float:
    """No-op tasks a second: from the first that left the queue to the last."""
    client = redis.Redis.from_url(url)
    for _ in range(_TASKS):
        send()
    while client.llen("nothing") > _TASKS - 100:
        time.sleep(0.001)
    begun, start = client.llen("nothing"), time.perf_counter()
    while client.llen("nothing"):
        time.sleep(0.002)
    client.close()
    return begun / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
