"""What the records of a file come to, many at a time: of a large file worked out ahead by a process of its own."""

from __future__ import annotations

import gc
import signal
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final, NamedTuple, TypeAlias

from integrations.errors import GiveUp
from integrations.times import Instant
from workers.import_sources import Entry, Record, Source
from workers.new_tickets import Basis, NewTickets, new_tickets
from workers.readings import runs

#: Records that are worked out together.
PORTION: Final = 20_000
#: Events of new tickets stored in one transaction, which live calls wait for on SQLite: about a second's work. It is
#: more than a portion, so that the end of its last ticket needs none of its own.
NEW: Final = 25_000
#: A file of fewer bytes is imported before another process would have begun.
LARGE: Final = 1_000_000
#: So many more objects are made before Python looks for cycles: an import makes millions, none of them in one.
_MORE_OBJECTS: Final = 1_000


class Portion(NamedTuple):
    """Records that follow each other in a file: the tickets that they make, and what else there is to tell of them."""

    tickets: Sequence[NewTickets]  #: in as many transactions as are needed to store them
    place: int  #: of the last record
    told_in: Mapping[str, Sequence[int]]  #: of each ticket, the records that tell of it
    events: int
    rejected: Sequence[Record]


#: Records as they stand in the file, and what they come to.
_Read: TypeAlias = tuple[Sequence[Entry], Portion]


class Reader(NamedTuple):
    """How a file is read: on which basis its tickets are worked out, when they came, how many records at a time."""

    source: Source
    basis: Basis
    received_at: Instant
    size: int  #: records of a portion

    def read(self, entry: Entry) -> Record:
        """What a record says."""
        return self.source.read(entry, received_at=self.received_at)

    def portion(self, entries: Sequence[Entry]) -> Portion:
        """What records come to."""
        records = [self.read(entry) for entry in entries]
        events = [event for record in records for event in record.events]
        told_in = defaultdict[str, list[int]](list)
        for place, record in enumerate(records):
            for event in record.events:
                told_in[event.ticket].append(place)
        rejected = [record for record in records if record.reason]
        tickets = new_tickets(self.basis, events)
        parts = [NewTickets.of(run) for run in runs(tickets, lambda ticket: len(ticket.events), most=NEW)]
        return Portion(parts, entries[-1][0], dict(told_in), len(events), rejected)

    def is_one_ticket(self, *entries: Entry) -> bool:
        """Whether all of these records tell of one and the same ticket."""
        return len({event.ticket for entry in entries for event in self.read(entry).events}) == 1


def portions(reader: Reader, *, after: int) -> Generator[_Read]:
    """The records of a file after that place, each portion with what it comes to; GiveUp as of `Source`."""
    entries = _cut(reader, after)
    if reader.source.path.stat().st_size < LARGE:
        yield from ((some, reader.portion(some)) for some in entries)
        return
    with _helper(reader, after) as helper:
        # The first is ours, as the helper begins meanwhile.
        yield from ((some, reader.portion(some)) for some in islice(entries, 1))
        for some in entries:
            portion: Portion = helper.recv()
            if portion.place != some[-1][0]:
                raise GiveUp(f"{reader.source.path} was changed while it was read; import it again.")
            yield some, portion


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While the block runs Python looks for cycles seldom."""
    first, *others = gc.get_threshold()
    gc.set_threshold(first * _MORE_OBJECTS, *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)


def _cut(reader: Reader, after: int) -> Iterator[Sequence[Entry]]:
    """Entries in portions; those that follow each other and tell of one ticket stay together, unless there is no end.

    A ticket that is told of in two portions is not new any more in the second one.
    """
    some: list[Entry] = []
    for entry in reader.source.entries(after=after):
        if len(some) >= 2 * reader.size or (len(some) >= reader.size and not reader.is_one_ticket(some[-1], entry)):
            yield some
            some = []
        some.append(entry)
    if some:
        yield some


@contextmanager
def _helper(reader: Reader, after: int) -> Iterator[Connection]:
    """A process that gives all portions but the first, until the block ends or this process does."""
    # A process that begins anew has none of our connections to a database.
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_help, args=(theirs, reader, after), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    except EOFError as error:
        raise GiveUp("The process that reads the file ahead was ended; the same command goes on from there.") from error
    finally:
        ours.close()
        process.terminate()
        process.join()


def _help(theirs: Connection, reader: Reader, after: int) -> None:
    # Ctrl-C reaches the whole group; the process that we help says what became of the import.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is wrong with the file the process that we help finds too.
    with seldom_collected(), ThreadPoolExecutor(1) as sender, suppress(BrokenPipeError, GiveUp):
        sending: Future[None] | None = None
        for entries in islice(_cut(reader, after), 1, None):
            portion = reader.portion(entries)
            # One is on its way while the next one is worked out, and no more.
            if sending is not None:
                sending.result()
            sending = sender.submit(theirs.send, portion)
        if sending is not None:
            sending.result()
