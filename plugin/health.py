"""How the product is, for load balancers and for Prometheus: alive, ready, and the numbers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from integrations.times import SECOND
from plugin.errors import Problem
from workers.store.database import Database
from workers.store.gauges import Gauges, gauges

_SECONDS: Final = 2.0  #: how long a check may take
OUTCOMES: Final = ("accepted", "repeated", "probe", "refused", "too_many", "too_large", "not_kept")
_LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_HELP: Final = {
    "waiting_calls": "Calls that are kept and not yet taken in",
    "oldest_seconds": "Age of the oldest call that is not yet taken in",
    "unreadable": "Genuine calls that could not be read",
    "set_aside": "Calls that failed too often",
    "waiting_actions": "Actions to perform in the desks",
    "waiting_refreshes": "Tickets to ask the desks about",
}


class DoorNumbers:
    """The counters of this process; they start at 0 with it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        outcomes = Counter("deskpulse_door_requests", "Requests by outcome", ["outcome"], registry=registry)
        self._outcomes = {name: outcomes.labels(outcome=name) for name in OUTCOMES}
        self._kept = Histogram("deskpulse_keep_seconds", "Until committed", buckets=_LATENCIES, registry=registry)
        self._batches = Histogram("deskpulse_keep_batch", "Calls in a commit", buckets=_BATCHES, registry=registry)

    def outcome(self, name: str) -> None:
        """Count one request."""
        self._outcomes[name].inc()

    def kept(self, seconds: float) -> None:
        """One call was kept after so many seconds."""
        self._kept.observe(seconds)

    def batch(self, calls: int, _seconds: float) -> None:
        """So many calls were committed together."""
        self._batches.observe(calls)


class Checks:
    """Questions to the parts, each answered within two seconds."""

    def __init__(self, database: Database, home: Path, queue_answers: Callable[[], bool]) -> None:
        self._database = database
        self._home = home
        self._queue_answers = queue_answers
        # A database that does not answer holds its thread; the second lets the other questions be asked.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="check")

    def gauges(self) -> Gauges | None:
        """The numbers from the database; None when it does not tell them in time."""
        asked = self._threads.submit(gauges, self._database, now=int(time.time() * SECOND))
        try:
            return asked.result(timeout=_SECONDS)
        except (Late, SQLAlchemyError, OSError):
            asked.cancel()
            return None

    def queue_answers(self) -> bool:
        """Whether Redis answers; the door works without."""
        asked = self._threads.submit(self._queue_answers)
        try:
            return asked.result(timeout=_SECONDS)
        except Late:
            asked.cancel()
            return False

    def home_writable(self) -> bool:
        """Whether a file can be written in the home folder."""
        try:
            with tempfile.TemporaryFile(dir=self._home) as file:
                file.write(b"?")
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop asking."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Rows(Collector):
    """The gauges, read when they are scraped; absent while the database does not answer."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._checks.gauges()
        for name, value in asdict(found).items() if found else ():
            yield GaugeMetricFamily(f"deskpulse_{name}", _HELP[name], value=value)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: naming the gauges must not ask the database."""
        return iter(())


def health(checks: Checks, registry: CollectorRegistry) -> Blueprint:
    """`/healthz`, `/readyz` and `/metrics`."""
    blueprint = Blueprint("health", __name__)
    registry.register(_Rows(checks))

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        found = checks.gauges()
        state: dict[str, Any] = {
            "database": "ok" if found else "away",
            "home": "ok" if checks.home_writable() else "not writable",
            # Calls are kept without it, so it is told and decides nothing.
            "redis": "ok" if checks.queue_answers() else "away",
            "oldest_waiting_seconds": found.oldest_seconds if found else None,
        }
        ready = state["database"] == state["home"] == "ok"
        if not ready:
            raise Problem(503, "Not ready; details say why.", code="not_ready", details=state, retry_after=_SECONDS)
        return _json({"status": "ready", **state})

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _json(state: dict[str, Any]) -> Response:
    return Response(orjson.dumps(state), mimetype="application/json")
