"""The story in order: calls that wait → events → tickets → facts → what is asked of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from integrations.base import Call, Present, Reading
from integrations.errors import DeskpulseError, Unreadable
from integrations.events import Event
from integrations.registry import desk_named
from integrations.times import Instant
from workers import observing
from workers.accounts import Account
from workers.counting import count
from workers.keeping import Keeper
from workers.metrics.base import Counted
from workers.reactions import wishes
from workers.runtime import Runtime
from workers.store import accounts, asking, calls, figures, history, takes, tickets
from workers.store.history import NewEvent, Versions
from workers.store.takes import Claim, Finish
from workers.store.tombstones import Tombstones, tombstones
from workers.tickets import Ticket, fold

BATCH: Final = 500
#: Origins whose facts may cause an action; what is imported or filled in is the past.
_ACTING: Final = frozenset({"live", "reconcile"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reading and where it came from: live, reconcile, backfill, import or replay."""

    reading: Reading
    origin: str
    received_at: Instant


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
    for claim in (claimed, suspect):
        if claim.calls:
            _take_in_claim(runtime, claim)
    return len(claimed.calls) + len(suspect.calls)


def _take_in_claim(runtime: Runtime, claim: Claim) -> None:
    """Take a claim in at once; when that fails, each of its calls alone."""
    try:
        _commit(runtime, claim, claim.calls)
    except Exception as error:  # noqa: BLE001 - one poisoned call must not stop the others, whatever it does
        if len(claim.calls) == 1:
            _failed(runtime, claim, error)
            return
        for call in claim.calls:
            _take_in_alone(runtime, claim, call)


def _take_in_alone(runtime: Runtime, claim: Claim, call: int) -> None:
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


def absorb(connection: Connection, account: Account, incoming: Sequence[Incoming], *, now: Instant) -> None:
    """Store what was read and let it change tickets, figures and wishes, in the caller's transaction."""
    kept = _Kept(account, tombstones(connection, account.slug))
    for one in incoming:
        kept.add(one)
    tickets.save_names(connection, account.slug, kept.names)
    if kept.tickets:
        _absorb_tickets(connection, account, kept, now=now)
    for origin, asked in kept.refresh.items():
        asking.ask_refreshes(connection, account.slug, asked, origin, now=now)


class _Kept:
    """What of a batch of readings is kept, by ticket."""

    def __init__(self, account: Account, dead: Tombstones) -> None:
        self._keeper = Keeper(account.customer_key)
        self._dead = dead
        self.events: dict[str, list[tuple[Event, str]]] = {}
        self.present: dict[str, list[tuple[Present, str]]] = {}
        self.refresh: dict[str, set[str]] = {}
        self.names: dict[tuple[str, str], str] = {}

    @property
    def tickets(self) -> set[str]:
        return self.events.keys() | self.present.keys()

    def add(self, incoming: Incoming) -> None:
        origin, reading = incoming.origin, incoming.reading
        for event in reading.events:
            kept = self._keeper.event(event)
            if kept is not None and not self._dead.cover(kept.ticket, kept.data.get("customer")):
                self.events.setdefault(kept.ticket, []).append((kept, origin))
        for present in reading.present:
            if not self._dead.cover(present.ticket, None):
                self.present.setdefault(present.ticket, []).append((self._keeper.present(present), origin))
        self.refresh.setdefault(origin, set()).update(t for t in reading.refresh if not self._dead.cover(t, None))
        for kind, names in reading.names.items():
            self.names |= {(kind, id_): name for id_, name in names.items()}


def _absorb_tickets(connection: Connection, account: Account, kept: _Kept, *, now: Instant) -> None:
    before = tickets.lock(connection, account.slug, kept.tickets)
    stored = history.events_of(connection, account.slug, kept.tickets)
    new: list[NewEvent] = []
    again: list[NewEvent] = []
    rows, changes, wished = [], [], {}
    for ticket in sorted(kept.tickets):
        arrived = _arrived(stored[ticket], kept.events.get(ticket, ()), again)
        if not arrived and not stored[ticket]:
            continue
        folded = fold(ticket, stored[ticket].values())
        seen = _observed(stored[ticket], folded, kept.present.get(ticket, ()))
        if seen:
            arrived += seen
            folded = fold(ticket, stored[ticket].values())
        if folded.created_at is None:
            kept.refresh.setdefault("live", set()).add(ticket)
        new += arrived
        row, change = count(folded, account.rules, before[ticket])
        if row != before[ticket]:
            rows.append(row)
        if change is not None:
            changes.append(change)
        if folded.answers:
            days = [Counted(folded, account.rules).day(answer.at) for answer in folded.answers]
            tickets.save_answers(connection, account.slug, folded, days)
        if _may_act(folded, arrived, account, now):
            wished[ticket] = tuple(wishes(folded, account.rules))
    history.append(connection, account.slug, new)
    history.raise_seen(connection, account.slug, again)
    tickets.save(connection, account.slug, rows)
    figures.append(connection, account.slug, changes)
    asking.ask_actions(connection, account.slug, wished, now=now)


def _arrived(stored: Versions, events: Iterable[tuple[Event, str]], again: list[NewEvent]) -> list[NewEvent]:
    """The events that are new, put beside the stored ones; those seen again later are noted in `again`."""
    new = []
    for event, origin in events:
        key = (event.id, event.content_hash())
        known = stored.get(key)
        if known is None:
            stored[key] = event
            new.append(NewEvent(event, key[1], origin))
        elif (event.seen or event.at) > (known.seen or known.at):
            stored[key] = replace(known, seen=event.seen)
            again.append(NewEvent(stored[key], key[1], origin))
    return new


def _observed(stored: Versions, ticket: Ticket, present: Iterable[tuple[Present, str]]) -> list[NewEvent]:
    new: list[NewEvent] = []
    for told, origin in present:
        new += _arrived(stored, [(event, origin) for event in observing.observed(told, ticket)], [])
    return new


def _may_act(ticket: Ticket, arrived: Sequence[NewEvent], account: Account, now: Instant) -> bool:
    """Whether anything new is live, young enough, and on a ticket that is not closed."""
    if ticket.status == "closed":
        return False
    oldest = now - account.max_age
    return any(new.origin in _ACTING and new.event.at >= oldest for new in arrived)
