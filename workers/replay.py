"""Reading kept calls once more, after what kept them from being read was mended; they cause no actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final, TypeAlias

from sqlalchemy import Connection

from integrations.base import Call
from integrations.errors import DeskpulseError, GiveUp, Unreadable
from integrations.events import require_not_ahead
from integrations.registry import reader_named
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.faults import Fault, attempted
from workers.runtime import Runtime
from workers.store import accounts, calls, takes
from workers.store.conflicts import in_transaction
from workers.store.takes import Finish

#: Numbers with account, desk and call.
Batch: TypeAlias = Sequence[tuple[int, tuple[str, str, Call]]]
#: Calls taken in together.
BATCH: Final = 100


@dataclass
class Replayed:
    """What came of it: how many were read, and why each of the others was not, by number."""

    read: int = 0
    failed: dict[int, str] = field(default_factory=dict)


def replay(runtime: Runtime, slug: str, numbers: Sequence[int]) -> Replayed:
    """Read these calls of the account as they were kept, and take in what they say; in order of arrival."""
    done, rest = Replayed(), iter(sorted(numbers))
    while batch := list(islice(rest, BATCH)):
        with runtime.database.door.connect() as door:
            found = calls.read_calls(door, batch)
        if found:
            _replay(runtime, slug, [(number, found[number]) for number in batch if number in found], done)
        done.failed |= {number: "its body was dropped" for number in batch if number not in found}
    return done


def _replay(runtime: Runtime, slug: str, batch: Batch, done: Replayed) -> None:
    """Take the batch in at once; when that fails, each of its calls alone."""
    finished = attempted(lambda: in_transaction(runtime.database, partial(_take_in, runtime, slug, batch)))
    if isinstance(finished, Fault):
        if len(batch) > 1:
            for one in batch:
                _replay(runtime, slug, [one], done)
        else:
            error = finished.error
            done.failed[batch[0][0]] = str(error) if isinstance(error, DeskpulseError) else type(error).__name__
        return
    for finish in finished:
        if finish.error is None:
            done.read += 1
        else:
            done.failed[finish.call] = finish.error


def _take_in(runtime: Runtime, slug: str, batch: Batch, connection: Connection) -> list[Finish]:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"The account {slug} was removed meanwhile.")
    now = runtime.clock()
    incoming, finished = [], []
    for number, read in _read(account, batch):
        if isinstance(read, Incoming):
            incoming.append(read)
        failed = None if isinstance(read, Incoming) else read
        finished.append(Finish(number, takes.UNREADABLE if failed else takes.DONE, failed))
    if incoming:
        absorb(connection, account, incoming, now=now)
    takes.finish(connection, finished, now=now)
    return finished


def _read(account: Account, batch: Batch) -> Iterator[tuple[int, Incoming | str]]:
    for number, (_, desk, call) in batch:
        try:
            reading = reader_named(desk).parse(call, account.access)
            require_not_ahead(reading.events, call.received_at)
        except Unreadable as error:
            yield number, str(error)
        else:
            yield number, Incoming(reading, "replay", call.received_at)
