"""The story in order: calls that wait → events → tickets → facts → what is asked of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from integrations.base import Call
from integrations.errors import DeskpulseError, Unreadable
from integrations.events import require_not_ahead
from integrations.registry import reader_named
from workers.absorbing import Incoming as Incoming
from workers.absorbing import absorb as absorb
from workers.accounts import Account
from workers.faults import Fault, attempted
from workers.runtime import Runtime
from workers.store import accounts, calls, takes
from workers.store.conflicts import in_transaction, is_outage
from workers.store.schema import NOBODY
from workers.store.takes import Claim, Finish
from workers.store.tombstones import keep_alive

#: Calls in a claim, and about as many events in a transaction.
BATCH: Final = 500
#: Bodies held in memory at once; what is read of them takes some ten times as much.
_BYTES: Final = 1024 * 1024

T = TypeVar("T")
#: The accounts of a claim by slug; None for one that was removed.
Opened: TypeAlias = dict[str, Account | None]

log = structlog.get_logger(__name__)


class _Read(NamedTuple):
    """One claimed call after reading: what it said, or why it cannot be read; `gone` when it is no account's."""

    call: int
    account: str
    incoming: Incoming | None = None
    error: str | None = None
    gone: bool = False

    @property
    def weight(self) -> int:
        """How much of a transaction it takes."""
        return 1 + (len(self.incoming.reading.events) if self.incoming else 0)


def take_in(runtime: Runtime) -> int:
    """Take in a batch of what waits, and one call that failed before, alone; returns how many were claimed."""
    takes.copy_new(runtime.database)
    with runtime.database.write() as connection:
        claimed = takes.claim(connection, now=runtime.clock(), limit=BATCH)
        suspected = takes.has_suspect(connection, now=runtime.clock())
    if claimed.calls:
        _take_in_claim(runtime, claimed)
    return len(claimed.calls) + (_take_in_suspect(runtime) if suspected else 0)


def _take_in_suspect(runtime: Runtime) -> int:
    # Claimed only after the batch: a worker that dies over the batch must not cost the suspect one of its tries.
    with runtime.database.write() as connection:
        suspect = takes.claim_suspect(connection, now=runtime.clock())
    if suspect.calls and not _is_hopeless(runtime, suspect):
        _take_in_claim(runtime, suspect)
    return len(suspect.calls)


def _is_hopeless(runtime: Runtime, suspect: Claim) -> bool:
    """Set a call aside whose workers died every time, before it takes another one with it."""
    (call,) = suspect.calls
    with runtime.database.write() as connection:
        hopeless = takes.attempts_of(connection, call) > takes.MOST_ATTEMPTS
        if hopeless and call in takes.still_ours(connection, suspect):
            reason = f"the worker died {takes.MOST_ATTEMPTS} times while it took this call in"
            takes.finish(connection, [Finish(call, takes.SET_ASIDE, reason)], now=runtime.clock())
    return hopeless


def _take_in_claim(runtime: Runtime, claim: Claim) -> None:
    """Take a claim in, in transactions of a limited size; when one fails, each of its calls alone."""
    done = attempted(lambda: _take_in_portions(runtime, claim))
    if not isinstance(done, Fault):
        return
    if isinstance(done.error, DBAPIError) and is_outage(done.error):
        # The database failed, not the calls: the lease ends, and they are taken again as if for the first time.
        _give_back(runtime, claim)
        raise done.error
    if len(claim.calls) == 1:
        _failed(runtime, claim, done.error)
        return
    for call in claim.calls:
        _take_in_claim(runtime, Claim(claim.token, (call,)))


def _give_back(runtime: Runtime, claim: Claim) -> None:
    def give_back() -> None:
        with runtime.database.write() as connection:
            takes.give_back(connection, claim)

    if isinstance(fault := attempted(give_back), Fault):
        log.warning("calls_lost_a_try", calls=len(claim.calls), error=type(fault.error).__name__)


def _take_in_portions(runtime: Runtime, claim: Claim) -> None:
    opened: Opened = {}
    for numbers in _limited(_sizes(runtime, claim), most=_BYTES):
        read = _read_all(runtime, numbers, opened)
        _discard_gone(runtime, read)
        for portion in _limited([(one, one.weight) for one in read], most=BATCH):
            _commit(runtime, claim, portion, opened)


def _sizes(runtime: Runtime, claim: Claim) -> list[tuple[int, int]]:
    with runtime.database.door.connect() as connection:
        sizes = calls.sizes(connection, claim.calls)
    return [(call, sizes.get(call, 0)) for call in claim.calls]


def _limited(weighed: Iterable[tuple[T, int]], *, most: int) -> Iterator[list[T]]:
    """The items in order, in lists that weigh at most so much; a heavier one is alone."""
    items: list[T] = []
    total = 0
    for item, weight in weighed:
        if items and total + weight > most:
            yield items
            items, total = [], 0
        items.append(item)
        total += weight
    if items:
        yield items


def _read_all(runtime: Runtime, numbers: Sequence[int], opened: Opened) -> list[_Read]:
    with runtime.database.door.connect() as connection:
        found = calls.read_calls(connection, numbers)
        empty = calls.describe(connection, [number for number in numbers if number not in found])
    owners = {number: account for number, (account, _, _) in found.items()} | {one.id: one.account for one in empty}
    if new := set(owners.values()) - opened.keys():
        with runtime.database.read() as connection:
            opened |= {slug: accounts.find(connection, slug, runtime.vault) for slug in sorted(new)}
    return [_read(number, owners.get(number), found.get(number), opened) for number in numbers]


def _discard_gone(runtime: Runtime, read: Sequence[_Read]) -> None:
    """Delete the calls of accounts that were removed: the door may have kept some that came a moment later.

    Before their takes: a worker that dies in between leaves takes without a call, which are dropped the next time.
    """
    gone = [one for one in read if one.gone and one.account != NOBODY]
    if gone:
        with runtime.database.door.execution_options(immediate=True).begin() as connection:
            calls.discard(connection, [one.call for one in gone])
        log.warning(
            "calls of removed accounts dropped", calls=len(gone), accounts=sorted({one.account for one in gone})
        )


def _commit(runtime: Runtime, claim: Claim, read: Sequence[_Read], opened: Opened) -> None:
    """One transaction for the events, tickets, facts, actions and the finished mark of these calls."""
    touched = in_transaction(runtime.database, lambda connection: _store(connection, runtime, claim, read, opened))
    for account in touched:
        runtime.nudge("deskpulse.desk_work", account)


def _store(connection: Connection, runtime: Runtime, claim: Claim, read: Sequence[_Read], opened: Opened) -> list[str]:
    """Store what is still ours; the accounts whose desk may have to be asked for something."""
    for slug in sorted({one.account for one in read if one.incoming}):
        keep_alive(connection, slug)
    still_ours = takes.still_ours(connection, claim)
    ours = [one for one in read if one.call in still_ours]
    touched = []
    for slug in sorted({one.account for one in ours if one.incoming}):
        account = _as_it_is(connection, runtime, slug, opened[slug])
        incoming = [one.incoming for one in ours if one.account == slug and one.incoming is not None]
        if account is not None:
            absorb(connection, account, incoming, now=runtime.clock())
            touched.append(slug)
    takes.finish(connection, [_finish(one) for one in ours if not one.gone], now=runtime.clock())
    takes.discard(connection, [one.call for one in ours if one.gone])
    return touched


def _as_it_is(connection: Connection, runtime: Runtime, slug: str, known: Account | None) -> Account | None:
    """The account with the rules in force in this transaction; they may have changed since its calls were read."""
    if known is not None and accounts.rules_number(connection, slug) == known.rules.number:
        return known
    return accounts.find(connection, slug, runtime.vault)


def _read(number: int, owner: str | None, found: tuple[str, str, Call] | None, opened: Opened) -> _Read:
    account = None if owner is None else opened[owner]
    if account is None:
        return _Read(number, owner or NOBODY, gone=True)
    if found is None:
        return _Read(number, account.slug, error="the body of this call was dropped")
    slug, desk, call = found
    try:
        reading = reader_named(desk).parse(call, account.access)
        require_not_ahead(reading.events, call.received_at)
    except Unreadable as error:
        return _Read(number, slug, error=str(error))
    return _Read(number, slug, Incoming(reading, "live", call.received_at))


def _finish(read: _Read) -> Finish:
    return Finish(read.call, takes.UNREADABLE if read.error else takes.DONE, read.error)


def _failed(runtime: Runtime, claim: Claim, error: Exception) -> None:
    """Let go of a call that failed alone, or set it aside after the last try; the database decides nothing."""
    call = claim.calls[0]
    reason = _reason(error)
    with runtime.database.write() as connection:
        if call not in takes.still_ours(connection, claim):
            return
        if takes.attempts_of(connection, call) >= takes.MOST_ATTEMPTS:
            takes.finish(connection, [Finish(call, takes.SET_ASIDE, reason)], now=runtime.clock())
        else:
            takes.release(connection, [Finish(call, "", reason)], now=runtime.clock())
    log.warning("call_failed", call=call, error=reason)


def _reason(error: Exception) -> str:
    """Why a call failed, without anything that it holds."""
    if isinstance(error, DeskpulseError):
        return str(error)
    if isinstance(error, DBAPIError) and error.orig is not None:
        return f"the database refused what it says ({type(error.orig).__name__})"
    return type(error).__name__
