"""What was read becomes events, tickets, facts and wishes, all in the caller's one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from integrations.base import Present, Reading
from integrations.events import Event, is_ahead
from integrations.times import Instant
from workers.accounts import Account
from workers.arrivals import Arrivals
from workers.counting import count, count_customer
from workers.customers import moves_of
from workers.keeping import Keeper
from workers.metrics.facts import NOTHING
from workers.new_tickets import IMPORT, Basis, NewTickets
from workers.observing import believable, is_too_early, observed, without_status
from workers.reactions import wishes
from workers.store import asking, customers, figures, forgetting, history, reported, tickets
from workers.store.customers import CustomerRow
from workers.store.figures import Change
from workers.store.history import NewEvent, Versions
from workers.store.tickets import TicketRow
from workers.store.tombstones import bury, keep_alive, tombstones
from workers.surveys import deciding
from workers.tickets import Ticket, fold

#: Origins whose facts may cause an action; what is imported or filled in is the past.
_ACTING: Final = frozenset({"live", "reconcile"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reading and where it came from: live, reconcile, backfill, import or replay."""

    reading: Reading
    origin: str
    received_at: Instant


def absorb(connection: Connection, account: Account, incoming: Sequence[Incoming], *, now: Instant) -> None:
    """Store what was read and let it change tickets, figures and wishes."""
    kept = _kept(connection, account, incoming)
    tickets.save_names(connection, account.slug, kept.names)
    if kept.tickets:
        _absorb_tickets(connection, account, kept, now=now)
    for origin, asked in kept.refresh.items():
        asking.ask_refreshes(connection, account.slug, asked, origin, now=now)


def absorb_new(connection: Connection, account: Account, told: NewTickets, basis: Basis, *, now: Instant) -> set[str]:
    """Store tickets of an import that were worked out on this basis; the names of those that were not stored.

    These are not new, or another basis holds by now, or somebody was forgotten, whose part in them nobody has looked
    for: absorb their events. What is new is folded into the figures at once.
    """
    keep_alive(connection, account.slug)
    dead = tombstones(connection, account.slug)
    if basis != Basis.of(account) or dead.customers or dead.tickets:
        return told.names
    known = told.names - tickets.add(connection, account.slug, (one.row for one in told.tickets))
    new, facts = told.without(known)
    history.add(connection, [*chain.from_iterable(one.events for one in new)])
    tickets.save_answers(connection, [*chain.from_iterable(one.answers for one in new)])
    rows = _raised(connection, account, [one.row for one in new])
    changes = settle_customers(connection, account, [(TicketRow(row.ticket), row) for row in rows])
    figures.add(connection, account.slug, facts, changes)
    incomplete = {one.row.ticket for one in new if not one.is_created}
    asking.ask_refreshes(connection, account.slug, incomplete, IMPORT, now=now)
    return known


def recount(connection: Connection, account: Account, names: Collection[str]) -> None:
    """Fold and count these tickets anew from the events that are stored."""
    before = tickets.lock(connection, account.slug, names)
    stored = history.events_of(connection, account.slug, names)
    folded = {ticket: fold(ticket, versions.values()) for ticket, versions in stored.items() if versions}
    _settle(connection, account, folded, before)


def settle_customers(
    connection: Connection, account: Account, changed: Iterable[tuple[TicketRow, TicketRow]]
) -> list[Change]:
    """Write the lists of the customers whose tickets changed; what that changes in the figures.

    Each ticket is given as it was and as it is; its row must be locked. What moves nothing in a list costs nothing
    here: most of what a desk tells of a ticket neither opens nor resolves it.
    """
    moves = moves_of(changed)
    if not moves:
        return []
    rows: list[CustomerRow] = []
    changes: list[Change] = []
    for customer, before in customers.lock(connection, account.slug, moves).items():
        row, change = count_customer(before, moves[customer], account.rules)
        if row != before:
            rows.append(row)
        if change is not None:
            changes.append(change)
    customers.save(connection, account.slug, rows)
    return changes


def take_out(connection: Connection, account: Account, chosen: Collection[str]) -> dict[str, int]:
    """Let these tickets count for nothing, not in their customers' lists either, and delete them; rows by table."""
    rows = tickets.lock(connection, account.slug, chosen).values()
    counted = [row for row in rows if row.counted != NOTHING]
    changes = [Change(row.ticket, row.version + 1, row.counted, NOTHING) for row in counted]
    changes += settle_customers(connection, account, [(row, TicketRow(row.ticket)) for row in rows])
    figures.append(connection, account.slug, changes)
    reported.forget(connection, account.slug, chosen)
    return forgetting.remove_tickets(connection, account.slug, chosen)


@dataclass(slots=True)
class _Kept:
    """What of a batch of readings is kept, by ticket, each with its origin; and what it asks about."""

    events: dict[str, list[tuple[Event, str]]] = field(default_factory=dict)
    present: dict[str, list[tuple[Present, str]]] = field(default_factory=dict)
    refresh: dict[str, set[str]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def tickets(self) -> set[str]:
        """Every ticket that was told about."""
        return self.events.keys() | self.present.keys()

    def add(self, one: Incoming, events: Iterable[Event], present: Iterable[Present]) -> None:
        """Put what was read of a call beside the rest."""
        for event in events:
            self.events.setdefault(event.ticket, []).append((event, one.origin))
        for told in present:
            self.present.setdefault(told.ticket, []).append((told, one.origin))
        self.refresh.setdefault(one.origin, set()).update(one.reading.refresh)
        for kind, names in one.reading.names.items():
            self.names |= {(kind, id_): name for id_, name in names.items()}

    def drop(self, gone: Collection[str]) -> None:
        """Leave out the tickets that are gone, in whichever call of the batch they were told about."""
        for asked in self.refresh.values():
            asked.difference_update(gone)
        for ticket in self.tickets & set(gone):
            self.events.pop(ticket, None)
            self.present.pop(ticket, None)


def _kept(connection: Connection, account: Account, incoming: Sequence[Incoming]) -> _Kept:
    keep_alive(connection, account.slug)
    kept, keeper, dead = _Kept(), Keeper(account.customer_key), tombstones(connection, account.slug)
    gone = set(dead.tickets)
    for one in incoming:
        told = (keeper.event(event) for event in one.reading.events if not is_ahead(event, one.received_at))
        events = [event for event in told if event is not None and not dead.wrote(event)]
        present = [keeper.present(believable(present, one.received_at)) for present in one.reading.present]
        gone |= dead.tickets_of(events, present)
        kept.add(one, events, present)
    if newly_gone := gone - dead.tickets:
        # A ticket that somebody else had opened may come to a forgotten customer only now.
        bury(connection, account.slug, tickets=newly_gone)
        take_out(connection, account, newly_gone)
    kept.drop(gone)
    return kept


def _absorb_tickets(connection: Connection, account: Account, kept: _Kept, *, now: Instant) -> None:
    before = tickets.lock(connection, account.slug, kept.tickets)
    stored = history.events_of(connection, account.slug, kept.tickets)
    arrivals = Arrivals()
    folded: dict[str, Ticket] = {}
    for ticket in sorted(kept.tickets):
        for event, origin in kept.events.get(ticket, ()):
            arrivals.add(stored[ticket], event, origin)
        if stored[ticket]:
            folded[ticket] = _folded(ticket, stored[ticket], kept.present.get(ticket, ()), arrivals)
    for origin, names in arrivals.unsure.items():
        kept.refresh.setdefault(origin, set()).update(names)
    for one in arrivals.new:
        # A ticket whose creation nobody told is asked about, but only while there is news of it: that ends.
        if folded[one.event.ticket].created_at is None:
            kept.refresh.setdefault(one.origin, set()).add(one.event.ticket)
    history.append(connection, [history.row_of(account.slug, one) for one in arrivals.new])
    history.raise_seen(connection, account.slug, tuple(arrivals.again.values()))
    _settle(connection, account, folded, before)
    _wish(connection, account, folded, arrivals.new, now=now)


def _folded(ticket: str, stored: Versions, present: Iterable[tuple[Present, str]], arrivals: Arrivals) -> Ticket:
    """The ticket of its events, after what the desk says holds now was made an event where it differs."""
    folded = fold(ticket, stored.values())
    for told, origin in present:
        if is_too_early(told, folded):
            arrivals.unsure.setdefault(origin, set()).add(ticket)
            told = without_status(told)
        for event in observed(told, folded):
            arrivals.add(stored, event, origin)
        folded = fold(ticket, stored.values())
    return folded


def _settle(
    connection: Connection, account: Account, folded: Mapping[str, Ticket], before: Mapping[str, TicketRow]
) -> None:
    """Write the tickets as they are now, and what that changes in the figures.

    Locking made a row for each; one without any event is no ticket, and its row would never be counted.
    """
    blank = [name for name, row in before.items() if name not in folded and (row.rules, row.counted) == (0, NOTHING)]
    forgetting.remove_rows(connection, account.slug, blank)
    before = {**before, **_going_on(connection, account, [before[name] for name in folded])}
    changed: list[tuple[TicketRow, TicketRow]] = []
    changes: list[Change] = []
    for name, ticket in folded.items():
        row, change = count(ticket, account.rules, before[name])
        if row != before[name]:
            changed.append((before[name], row))
        if change is not None:
            changes.append(change)
    answers = (tickets.answers_of(account.slug, account.rules, ticket) for ticket in folded.values())
    tickets.save_answers(connection, [*chain.from_iterable(answers)])
    tickets.save(connection, account.slug, (row for _, row in changed))
    changes += settle_customers(connection, account, changed)
    figures.append(connection, account.slug, changes)


def _raised(connection: Connection, account: Account, rows: Sequence[TicketRow]) -> list[TicketRow]:
    """The same rows, those of tickets that were taken out a moment ago with versions that go on, written so too."""
    versions = figures.versions(connection, account.slug, [row.ticket for row in rows])
    raised = {row.ticket: row._replace(version=versions[row.ticket] + 1) for row in rows if row.ticket in versions}
    tickets.save(connection, account.slug, raised.values())
    return [raised.get(row.ticket, row) for row in rows]


def _going_on(connection: Connection, account: Account, rows: Sequence[TicketRow]) -> dict[str, TicketRow]:
    """Of tickets that are new, those that were taken out a moment ago: what that changed still waits to be folded."""
    new = {row.ticket: row for row in rows if not row.version}
    found = figures.versions(connection, account.slug, new) if new else {}
    return {ticket: new[ticket]._replace(version=version) for ticket, version in found.items()}


def _wish(
    connection: Connection, account: Account, folded: Mapping[str, Ticket], new: Sequence[NewEvent], *, now: Instant
) -> None:
    """Ask the desk for what should hold on every ticket that something live and young happened to."""
    oldest = now - account.max_age
    touched = {one.event.ticket for one in new if one.origin in _ACTING and one.event.at >= oldest}
    open_ = [folded[name] for name in sorted(touched) if folded[name].status != "closed"]
    surveys = deciding.ask(connection, account, open_, now=now)
    asked = {
        ticket.ticket: (*wishes(ticket, account.rules, account.language), *surveys.get(ticket.ticket, ()))
        for ticket in open_
    }
    asking.ask_actions(connection, account.slug, asked, now=now)
