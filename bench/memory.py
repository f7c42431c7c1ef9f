"""A worker's memory over a million events: resident megabytes after each tenth of them.

    python -m bench.memory [--events 1000000]

One process takes in calls of 100 events each, which another one made and kept, a tenth at a time. Bar: flat, at most
200 MB.
"""

from __future__ import annotations

import argparse
import sys
from multiprocessing import get_context
from pathlib import Path

from bench.stage import DATABASES, add_account, keep, runtime_on, servers, stories
from workers import pipeline
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.store import figures

BAR = 200
_PARTS = 10


def main() -> int:
    """Print the figures; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    part = parser.parse_args().events // _PARTS
    missed = False
    with servers() as started:
        for database in DATABASES:
            with runtime_on(database, started) as runtime:
                add_account(runtime)
                sizes = []
                for number in range(_PARTS):
                    _made_elsewhere(runtime, part, number)
                    while pipeline.take_in(runtime):
                        pass
                    figures.compact(runtime.database, "bench", budget_seconds=600)
                    sizes.append(resident_megabytes())
            missed |= max(sizes) > BAR
            told = " ".join(f"{size:.0f}" for size in sizes)
            print(f"memory, {database}: {told} MB after each tenth of {part * _PARTS:,} events (bar ≤ {BAR} MB)")
    return int(missed)


def _made_elsewhere(runtime: Runtime, events: int, number: int) -> None:
    """Let another process make and keep so many events, so that what they take there is not measured here."""
    maker = get_context("spawn").Process(target=_make, args=(dict(runtime.settings.variables), events, number))
    maker.start()
    maker.join()
    if maker.exitcode:
        raise RuntimeError("the events could not be made")


def _make(variables: dict[str, str], events: int, number: int) -> None:
    runtime = open_runtime(Settings.read(variables))
    keep(runtime, stories(events, runtime.clock(), seed=number, first=number * events), a_call=100)
    runtime.database.dispose()


def resident_megabytes() -> float:
    """The resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("this system does not tell a process's memory")


if __name__ == "__main__":
    sys.exit(main())
