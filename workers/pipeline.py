"""The story in order: calls that wait → events → tickets → facts → what is asked of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from integrations.base import Call
from integrations.errors import DeskpulseError, Unreadable
from integrations.events import require_not_ahead
from integrations.registry import desk_named
from workers.absorbing import Incoming as Incoming
from workers.absorbing import absorb as absorb
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts, calls, takes
from workers.store.takes import Claim, Finish

BATCH: Final = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """One claimed call after reading: what it said, or why it cannot be read."""

    call: int
    account: str
    incoming: Incoming | None
    error: str | None = None


def take_in(runtime: Runtime) -> int:
    """Take in a batch of what waits, and one call that failed before, alone; returns how many were claimed."""
    takes.copy_new(runtime.database)
    with runtime.database.write() as connection:
        claimed = takes.claim(connection, now=runtime.clock(), limit=BATCH)
    with runtime.database.write() as connection:
        suspect = takes.claim_suspect(connection, now=runtime.clock())
    if claimed.calls:
        _take_in_claim(runtime, claimed)
    if suspect.calls and not _is_hopeless(runtime, suspect):
        _take_in_claim(runtime, suspect)
    return len(claimed.calls) + len(suspect.calls)


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
    """Take a claim in at once; when that fails, each of its calls alone."""
    try:
        _commit(runtime, claim, claim.calls)
    except Exception as error:  # noqa: BLE001 - one poisoned call must not stop the others, whatever it does
        if len(claim.calls) == 1:
            _failed(runtime, claim, error)
            return
        for call in claim.calls:
            _take_in_claim(runtime, Claim(claim.token, (call,)))


def _commit(runtime: Runtime, claim: Claim, numbers: Sequence[int]) -> None:
    """One transaction for the events, tickets, facts, actions and the finished mark of these calls."""
    with runtime.database.door.connect() as connection:
        found = calls.read_calls(connection, numbers)
    opened: dict[str, Account | None] = {}
    with runtime.database.write() as connection:
        ours = takes.still_ours(connection, claim).intersection(numbers)
        for slug in {account for account, _, _ in found.values()}:
            opened[slug] = accounts.find(connection, slug, runtime.vault)
        read = [_read(number, found.get(number), opened) for number in sorted(ours)]
        for slug, account in opened.items():
            incoming = [one.incoming for one in read if one.account == slug and one.incoming is not None]
            if account is not None and incoming:
                absorb(connection, account, incoming, now=runtime.clock())
        takes.finish(connection, [_finish(one) for one in read], now=runtime.clock())
    for slug in opened:
        runtime.nudge("deskpulse.desk_work", slug)


def _read(number: int, found: tuple[str, str, Call] | None, opened: Mapping[str, Account | None]) -> _Read:
    if found is None:
        return _Read(number, "", None, "the body of this call was dropped")
    slug, desk, call = found
    account = opened[slug]
    if account is None:
        return _Read(number, slug, None, "the account was removed")
    try:
        reading = desk_named(desk).parse(call, account.access)
        require_not_ahead(reading.events, call.received_at)
    except Unreadable as error:
        return _Read(number, slug, None, str(error))
    return _Read(number, slug, Incoming(reading, "live", call.received_at))


def _finish(read: _Read) -> Finish:
    return Finish(read.call, takes.UNREADABLE if read.error else takes.DONE, read.error)


def _failed(runtime: Runtime, claim: Claim, error: Exception) -> None:
    """Let go of a call that failed alone, or set it aside after the last try; the database decides nothing."""
    call = claim.calls[0]
    reason = str(error) if isinstance(error, DeskpulseError) else type(error).__name__
    with runtime.database.write() as connection:
        if call not in takes.still_ours(connection, claim):
            return
        if takes.attempts_of(connection, call) >= takes.MOST_ATTEMPTS:
            takes.finish(connection, [Finish(call, takes.SET_ASIDE, reason)], now=runtime.clock())
        else:
            takes.release(connection, [Finish(call, "", reason)], now=runtime.clock())
    log.warning("call_failed", call=call, error=reason, away=isinstance(error, DBAPIError))
