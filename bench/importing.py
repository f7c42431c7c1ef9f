"""Events a second that `deskpulse import` stores and counts, from a file of canonical events.

    python -m bench.importing [--events 200000] [--rounds 3]

The file holds whole tickets of six or seven events each, ticket by ticket, of a desk that has 200,000 events (some
31,000 tickets) a month. Timed is what the command does: reading and checking every line, storing the events, folding
and counting the tickets, and folding all that changed into the figures, so that none waits at the end. Each round has
an empty database; the rate is the median of the rounds'.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import orjson

from bench.stage import DATABASES, add_account, runtime_on, servers, stories
from integrations.times import DAY, Instant
from workers import imports
from workers.import_sources import JSONLines, Record
from workers.runtime import Runtime
from workers.store import figures

#: Events a second.
BARS: Final = {"SQLite": 20_000, "PostgreSQL": 15_000}
#: Events of a month of thirty days.
A_MONTH: Final = 200_000
MONTH: Final = 30 * DAY


def main() -> int:
    """Print the rates; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=A_MONTH)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rates: dict[str, list[float]] = {database: [] for database in DATABASES}
    with servers() as started, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        for _ in range(options.rounds):
            for database in DATABASES:
                with runtime_on(database, started) as runtime:
                    write_history(path, options.events, runtime.clock())
                    rates[database].append(options.events / seconds(runtime, path))
    for database, bar in BARS.items():
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        rate, each = statistics.median(rates[database]), ", ".join(f"{rate:,.0f}" for rate in rates[database])
        print(f"import, {database}, {options.events:,} events: {rate:,.0f} a second ({each}; bar ≥ {bar:,}), {load}")
    return int(any(statistics.median(rates[database]) < bar for database, bar in BARS.items()))


def write_history(path: Path, events: int, now: Instant) -> None:
    """A file of so many made-up events, one a line, month after month."""
    with path.open("wb") as file:
        for first in range(0, events, A_MONTH):
            until = now - (events - first - 1) // A_MONTH * MONTH
            told = stories(min(A_MONTH, events - first), until, seed=first, first=first)
            file.writelines(orjson.dumps(event.json()) + b"\n" for event in told)


def seconds(runtime: Runtime, path: Path) -> float:
    """How long the import of a file into a new account takes; nothing may be left over."""
    account = add_account(runtime)
    start = time.perf_counter()
    rejected: list[Record] = []
    told: list[imports.Progress] = []
    imports.import_file(runtime, account.slug, JSONLines(path), rejected=rejected.append, progress=told.append)
    taken = time.perf_counter() - start
    assert not rejected, f"{len(rejected)} records could not be read"
    with runtime.database.read() as connection:
        assert not figures.has_changes(connection, account.slug), "changes wait to be folded into the figures"
    return taken


if __name__ == "__main__":
    sys.exit(main())
