"""Taking in a file of history: new tickets as they were worked out beforehand, the others as anything that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import Event
from integrations.times import Instant
from workers import import_portions
from workers.absorbing import Incoming, absorb, absorb_new
from workers.accounts import Account
from workers.import_portions import Portion, Reader, portions, seldom_collected
from workers.import_sources import Entry, Record, Source
from workers.new_tickets import IMPORT, Basis, NewTickets
from workers.readings import runs
from workers.runtime import Runtime
from workers.store import accounts, figures, imports
from workers.store.conflicts import in_transaction

#: Events of known tickets stored in one transaction, which live calls wait for on SQLite.
KNOWN: Final = 2_000
#: Changes folded in one transaction, a third of a second's work: the larger it is, the fewer times a chunk is written.
STEP: Final = 5_000
_COMPACT_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: records of the file, events, records that could not be read."""

    records: int = 0
    events: int = 0
    rejected: int = 0

    def after(self, records: int, portion: Portion) -> Progress:
        """The progress when these records, which make this portion, are stored too."""
        return Progress(self.records + records, self.events + portion.events, self.rejected + len(portion.rejected))


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
    with seldom_collected():
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
        basis = Basis.of(_account(runtime, slug, connection))
        place = imports.begin(connection, slug, job, now=runtime.clock())
    now, reader = Progress(), Reader(source, basis, runtime.clock(), import_portions.PORTION)
    with closing(portions(reader, after=place)) as read:
        for entries, portion in read:
            for record in portion.rejected:
                rejected(record)
            _store(runtime, job, reader, entries, portion)
            place = portion.place
            now = now.after(len(entries), portion)
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


def _store(runtime: Runtime, job: str, reader: Reader, entries: Sequence[Entry], portion: Portion) -> None:
    """Store a portion in several transactions; the place moves when all are done, since storing again is harmless."""
    slug, received_at = reader.basis.account, runtime.clock()
    known: set[str] = set()
    for new in portion.tickets:
        known |= in_transaction(runtime.database, partial(_absorb_new, runtime, reader.basis, new, received_at))
    places = sorted({place for ticket in known for place in portion.told_in[ticket]})
    told = (event for place in places for event in reader.read(entries[place]).events if event.ticket in known)
    for events in whole_tickets(told):
        in_transaction(runtime.database, partial(_absorb, runtime, slug, events, received_at))
    with runtime.database.write() as connection:
        imports.advance(connection, slug, job, place=portion.place)


def _absorb_new(
    runtime: Runtime, basis: Basis, new: NewTickets, received_at: Instant, connection: Connection
) -> set[str]:
    account = _account(runtime, basis.account, connection)
    return absorb_new(connection, account, new, basis, now=received_at)


def _absorb(
    runtime: Runtime, slug: str, events: tuple[Event, ...], received_at: Instant, connection: Connection
) -> None:
    account = _account(runtime, slug, connection)
    absorb(connection, account, [Incoming(Reading(events=events), IMPORT, received_at)], now=received_at)


def _account(runtime: Runtime, slug: str, connection: Connection) -> Account:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"The account {slug} was removed meanwhile.")
    return account


def whole_tickets(events: Iterable[Event], *, most: int = KNOWN) -> Iterator[tuple[Event, ...]]:
    """The events in portions of whole tickets, of about so many events each."""
    tickets: dict[str, list[Event]] = {}
    for event in events:
        tickets.setdefault(event.ticket, []).append(event)
    for run in runs([tickets[ticket] for ticket in sorted(tickets)], len, most=most):
        yield tuple(chain.from_iterable(run))
