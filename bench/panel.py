"""How long the panel's pages take to their first byte with so many tickets, and how large they are when compressed.

    python -m bench.panel [--tickets 1000000] [--waiting 2000] [--missed 200] [--rounds 9]

The tickets are those of the report's bench; so many of the newest wait for us, most of them with a first response
that is due, and so many missed a call. Every channel has a target, and there are business hours. Pages are asked of
the whole web application, through its routes, proofs and templates, by somebody who is signed in; only the socket is
left out. Nothing is kept between requests but a watch of past weeks and what the databases keep in memory. Compressed
is gzip at level 6, as proxies do it.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, Final

from flask.testing import FlaskClient

from bench.made_chunks import chunks, fill, write
from bench.made_tickets import DAY, make
from bench.stage import DATABASES, runtime_on, servers
from integrations.base import Reading
from integrations.events import Event, event
from integrations.times import MINUTE, SECOND, Instant
from plugin.app import close_app, create_app
from plugin.panel import panel
from plugin.panel.access.entry import entry_address
from plugin.panel.access.session import TOKEN_FIELD
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.imports import compact
from workers.runtime import Runtime
from workers.store import accounts

#: Seconds to the first byte, and bytes when compressed.
BARS: Final = (0.15, 60_000)
PAGES: Final = (
    "overview", "overview?period=28", "overview?by=department", "", "figure/csat",
    "figure/first_response_time?tab=tickets", "answers",
)  # fmt: skip

_HOURS: Final = ["09:00-17:00"]
_CHANNELS: Final = ("email", "chat", "web_form", "messaging")


def main() -> int:
    """Print the times and sizes; 1 when the overview misses a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=2000)
    parser.add_argument("--missed", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    held = True
    with ExitStack() as stack:
        started = stack.enter_context(servers())
        for database in DATABASES:
            runtime = stack.enter_context(runtime_on(database, started))
            _, now = _filled(runtime, options)
            held &= _measured(database, runtime, now, options)
    return int(not held)


def _measured(database: str, runtime: Runtime, now: Instant, options: argparse.Namespace) -> bool:
    runtime = replace(runtime, clock=lambda: now)
    app = create_app(
        runtime.settings, runtime.database, send=lambda: None, blueprints=(partial(panel, clock=runtime.clock),)
    )
    try:
        with app.test_client() as client:
            taken = {page: _page(client, page, _token(client, runtime), options.rounds) for page in PAGES}
    finally:
        close_app(app)
    print(f"{database}, {options.tickets:,} tickets, load {os.getloadavg()[0]:.1f}")
    for page, (seconds, size) in taken.items():
        print(f"  /{page:42} {1000 * seconds:7.1f} ms  {size / 1000:6.1f} KB")
    return taken["overview"][0] <= BARS[0] and max(size for _, size in taken.values()) <= BARS[1]


def _token(client: FlaskClient, runtime: Runtime) -> str:
    entered = client.get(entry_address(runtime, "bench"))
    return entered.headers["Location"].partition(f"{TOKEN_FIELD}=")[2]


def _page(client: FlaskClient, page: str, token: str, rounds: int) -> tuple[float, int]:
    """The median of the seconds to the first byte, and the compressed size."""
    address = f"/panel/bench/{page}{'&' if '?' in page else '?'}{TOKEN_FIELD}={token}"
    answer = client.get(address)
    assert answer.status_code == 200, (page, answer.status_code)
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        client.get(address)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken), len(gzip.compress(answer.data, 6))


def _filled(runtime: Runtime, options: Any) -> tuple[Account, Instant]:
    """An account with so many tickets, and the moment at which it is looked at."""
    today = runtime.clock() // SECOND // DAY
    now = (today * DAY + 11 * 3600) * SECOND
    made = make(options.tickets, today=today)
    account = _account(runtime)
    with runtime.database.write() as connection:
        fill(connection, account, made)
        write(connection, account.slug, list(chunks(made)))
    events = [*_waiting(options.waiting, now), *_missed(options.missed, now)]
    for first in range(0, len(events), 2000):
        with runtime.database.write() as connection:
            absorb(
                connection,
                account,
                [Incoming(Reading(events=tuple(events[first : first + 2000])), "import", now)],
                now=now,
            )
    compact(runtime, account.slug)
    if not runtime.database.is_sqlite:
        # What PostgreSQL does by itself some time after so many rows.
        with runtime.database.work.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return account, now


def _account(runtime: Runtime) -> Account:
    settings = {
        "targets": {channel: {"first_response": 14_400} for channel in (*_CHANNELS, "voice")},
        "schedule": "main",
        "schedules": {"main": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), _HOURS)},
        "slices": {"product": "field:product"},
    }
    with runtime.database.write() as connection:
        return accounts.add(
            connection, "bench", "generic", settings, secret="a secret", vault=runtime.vault, now=runtime.clock()
        )


def _waiting(count: int, now: Instant) -> Iterator[Event]:
    for number in range(count):
        ticket, at = f"W{number}", now - (number * 40 * 60 % (40 * DAY)) * SECOND
        told: dict[str, Any] = {"channel": _CHANNELS[number % 4], "by": "customer", "customer": f"c{number % 900}"}
        if number % 3:
            told["agent"] = f"agent-{number % 50:02d}"
        yield event("ticket.created", ticket, at, tags=[f"tag-{number % 12:02d}"], **told)


def _missed(count: int, now: Instant) -> Iterator[Event]:
    for number in range(count):
        ticket, at = f"M{number}", now - (number + 1) * 45 * MINUTE
        yield event("ticket.created", ticket, at, channel="voice", by="customer", customer=f"c{number % 150}")
        told: dict[str, Any] = {"contact": ticket, "media": "voice", "direction": "in"}
        yield event("live.queued", ticket, at, **told)
        yield event("live.ended", ticket, at + MINUTE, outcome="missed", **told)


if __name__ == "__main__":
    sys.exit(main())
