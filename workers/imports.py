"""Taking in a file of history: in chunks, each ticket folded once a chunk, and again only what is not stored yet."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import Connection

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import Event
from integrations.times import Instant
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.import_sources import Record, Source
from workers.runtime import Runtime
from workers.store import accounts, figures, imports
from workers.store.conflicts import in_transaction

#: Records read before they are stored: about 135 MB of events.
CHUNK: Final = 20_000
#: Events of whole tickets stored in one transaction, which live calls wait for on SQLite.
PORTION: Final = 2_000
#: Changes folded in one transaction, a third of a second's work: the larger it is, the fewer times a chunk is written.
STEP: Final = 5_000
_COMPACT_SECONDS: Final = 0.5
#: So many more objects are made before Python looks for cycles: an import makes millions, none of them in one.
_MORE_OBJECTS: Final = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: records of the file, events, records that could not be read."""

    records: int = 0
    events: int = 0
    rejected: int = 0

    def after(self, chunk: Sequence[Record]) -> Progress:
        """The progress when these records are stored too."""
        return Progress(
            self.records + len(chunk),
            self.events + sum(len(record.events) for record in chunk),
            self.rejected + sum(bool(record.reason) for record in chunk),
        )


def import_file(
    runtime: Runtime,
    slug: str,
    source: Source,
    *,
    rejected: Callable[[Record], None],
    progress: Callable[[Progress], None],
) -> Progress:
    """Store every event of the file and fold what it changes into the figures; what was read in this run.

    `rejected` is told of each record that cannot be read, in order. An import that was cut off goes on after
    the last chunk that was stored; importing a file again changes nothing.
    """
    with _seldom_collected():
        return _import(runtime, slug, source, rejected, progress)


def _import(
    runtime: Runtime,
    slug: str,
    source: Source,
    rejected: Callable[[Record], None],
    progress: Callable[[Progress], None],
) -> Progress:
    job = imports.job_name(source.digest)
    with runtime.database.write() as connection:
        _account(runtime, slug, connection)
        place = imports.begin(connection, slug, job, now=runtime.clock())
    now = Progress()
    for chunk in _chunks(source.records(after=place, received_at=runtime.clock())):
        for record in chunk:
            if record.reason:
                rejected(record)
        place = chunk[-1].place
        _store(runtime, slug, job, chunk)
        now = now.after(chunk)
        progress(now)
    with runtime.database.write() as connection:
        imports.finish(connection, slug, job, place=place)
    compact(runtime, slug)
    return now


def goes_on(runtime: Runtime, slug: str, source: Source) -> bool:
    """Whether an import of this file was cut off, so that the next one goes on where it stopped."""
    with runtime.database.read() as connection:
        return imports.place_of(connection, slug, imports.job_name(source.digest)) is not None


def compact(runtime: Runtime, slug: str) -> None:
    """Fold everything that waits into the figures."""
    waiting = True
    while waiting:
        figures.compact(runtime.database, slug, budget_seconds=_COMPACT_SECONDS, step=STEP)
        with runtime.database.read() as connection:
            waiting = figures.has_changes(connection, slug)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    first, *others = gc.get_threshold()
    gc.set_threshold(first * _MORE_OBJECTS, *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, CHUNK)):
        yield chunk


def _store(runtime: Runtime, slug: str, job: str, chunk: Sequence[Record]) -> None:
    """Store a chunk in several transactions; the place moves when all are done, since storing again is harmless."""
    received_at = runtime.clock()
    for events in portions([event for record in chunk for event in record.events]):
        in_transaction(runtime.database, partial(_absorb, runtime, slug, events, received_at))
    with runtime.database.write() as connection:
        imports.advance(connection, slug, job, place=chunk[-1].place)


def _absorb(
    runtime: Runtime, slug: str, events: tuple[Event, ...], received_at: Instant, connection: Connection
) -> None:
    account = _account(runtime, slug, connection)
    absorb(connection, account, [Incoming(Reading(events=events), "import", received_at)], now=received_at)


def _account(runtime: Runtime, slug: str, connection: Connection) -> Account:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"The account {slug} was removed meanwhile.")
    return account


def portions(events: Iterable[Event], *, most: int = PORTION) -> Iterator[tuple[Event, ...]]:
    """The events in portions of whole tickets, of about so many events each."""
    tickets: dict[str, list[Event]] = {}
    for event in events:
        tickets.setdefault(event.ticket, []).append(event)
    portion: list[Event] = []
    for ticket in sorted(tickets):
        if portion and len(portion) + len(tickets[ticket]) > most:
            yield tuple(portion)
            portion = []
        portion += tickets[ticket]
    if portion:
        yield tuple(portion)
