"""Does everything stored agree with the events, and counting anew what was counted by older rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy import Connection

from workers.absorbing import recount
from workers.accounts import Account
from workers.counting import count, rules_version
from workers.customers import Listed, facts_of_customer, judged, read_link, read_links, write_links
from workers.metrics.facts import write_facts
from workers.runtime import Runtime
from workers.store import accounts, chunk_rows, customers, figures, history, tickets
from workers.store.chunks import contents
from workers.store.conflicts import in_transaction
from workers.store.customers import NO_TICKETS, CustomerRow
from workers.store.database import Database
from workers.store.figures import ChunkKey, Delta
from workers.store.tickets import TicketRow
from workers.store.tombstones import be_alone
from workers.tickets import fold

#: Tickets counted anew in one transaction: small enough not to hold up what is live.
STEP: Final = 200

#: What a cell, a total or a value of the figures is called: (measure, day, …).
_Numbers = Counter[tuple[object, ...]]


def rebuild(
    runtime: Runtime, slug: str, *, progress: Callable[[int, int], None], budget_seconds: float | None = None
) -> bool:
    """Count every ticket of older rules anew, beside live work; whether all are done.

    Each takes its customer's list with it, so that no list is older than the oldest of its tickets.
    Stops when the time is used up and goes on from there when called again; `progress` gets done and of.
    """
    end = None if budget_seconds is None else runtime.clock() + int(budget_seconds * 1_000_000)
    while True:
        left = in_transaction(runtime.database, partial(_step, runtime, slug))
        with runtime.database.read() as connection:
            of = tickets.count(connection, slug)
        progress(of - left, of)
        if not left:
            return True
        if end is not None and runtime.clock() > end:
            return False


def forget_counts(connection: Connection, account: str) -> None:
    """Start the figures of an account over: nothing is counted until `rebuild` has counted it.

    What is being taken in, counted or folded just then comes first: its changes and chunks are dropped with the others.
    """
    be_alone(connection, account)
    figures.clear(connection, account)
    tickets.clear_counts(connection, account)
    customers.clear_counts(connection, account)


def verify(database: Database, account: Account) -> Iterator[str]:
    """Every difference between what is stored and what the events make, the first one first; none is well.

    In one read snapshot: fold(events) = ticket; facts = counted; the customers' lists = their tickets; sum of counted,
    tickets' and customers', = what reports read.
    """
    with database.read() as connection:
        counted: list[str] = []
        lists = _Lists(rules_version(account.rules))
        for page in tickets.pages(connection, account.slug):
            yield from _tickets_differ(connection, account, page)
            lists.add(page)
            counted += [row.counted for row in page]
        for customer in customers.every(connection, account.slug):
            yield from _customer_differs(account, customer, lists)
            counted.append(write_facts(facts_of_customer(read_links(customer.counted))))
        yield from lists.missing()
        yield from _figures_differ(connection, account.slug, counted)


def _step(runtime: Runtime, slug: str, connection: Connection) -> int:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        return 0
    version = rules_version(account.rules)
    names = tickets.stale(connection, slug, version, after="", limit=STEP)
    if names:
        recount(connection, account, names)
    return tickets.count_stale(connection, slug, version) if len(names) == STEP else 0


def _tickets_differ(connection: Connection, account: Account, page: Sequence[TicketRow]) -> Iterator[str]:
    stored = history.events_of(connection, account.slug, [row.ticket for row in page])
    version = rules_version(account.rules)
    for row in page:
        if row.rules != version:
            yield f"ticket {row.ticket}: counted by older rules; run deskpulse rebuild --account {account.slug}"
            continue
        if not stored[row.ticket]:
            yield f"ticket {row.ticket}: has no events"
            continue
        now, _ = count(fold(row.ticket, stored[row.ticket].values()), account.rules, row)
        if now.state != row.state:
            yield f"ticket {row.ticket}: its events make {now.state}, stored is {row.state}"
        if now.counted != row.counted:
            yield f"ticket {row.ticket}: its facts are {now.counted}, counted were {row.counted}"
        if now.link != row.link:
            yield f"ticket {row.ticket}: its customer is told {now.link}, stored is {row.link}"


@dataclass(slots=True)
class _Lists:
    """The list of each customer as the tickets' rows make it; and whose tickets are of older rules."""

    version: int
    links: dict[str, dict[str, Listed]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    def add(self, page: Sequence[TicketRow]) -> None:
        """Put tickets into the lists of their customers."""
        for row in page:
            if row.customer is not None and row.link is not None:
                self.links.setdefault(row.customer, {})[row.ticket] = read_link(row.link)
            if row.customer is not None and row.rules != self.version:
                self.stale.add(row.customer)

    def missing(self) -> Iterator[str]:
        """The lists that nobody asked for: there is no row for them."""
        for customer in self.links.keys() - self.stale:
            yield f"customer {customer}: has {len(self.links[customer])} tickets and no list"


def _customer_differs(account: Account, row: CustomerRow, lists: _Lists) -> Iterator[str]:
    links = lists.links.pop(row.customer, {})
    # What older rules counted is said of the tickets; a list without tickets counts nothing by any rules.
    if row.customer in lists.stale or (not links and row.counted == NO_TICKETS):
        return
    if row.rules != lists.version:
        yield f"customer {row.customer}: counted by older rules; run deskpulse rebuild --account {account.slug} --anew"
    now = write_links(judged(links, account.rules))
    if now != row.counted:
        yield f"customer {row.customer}: the tickets make the list {now}, counted was {row.counted}"


def _figures_differ(connection: Connection, account: str, counted: list[str]) -> Iterator[str]:
    expected = {key: _of_delta(delta) for key, delta in figures.deltas_of_facts(counted).items()}
    found: dict[ChunkKey, _Numbers] = {}
    for key, chunk in chunk_rows.all_chunks(connection, account):
        numbers, values = contents(chunk)
        everything: _Numbers = Counter()
        everything.update(numbers)
        everything.update({("value", *value): times for value, times in values.items()})
        found[key] = everything
    for key, delta in figures.waiting_deltas(connection, account).items():
        found.setdefault(key, Counter()).update(_of_delta(delta))
    for key in sorted(expected.keys() | found.keys()):
        yield from _numbers_differ(key, expected.get(key, Counter()), found.get(key, Counter()))


def _of_delta(delta: Delta) -> _Numbers:
    numbers: _Numbers = Counter()
    for cell, n in delta.n.items():
        numbers[*cell, "n"] = n
        numbers[*cell, "total"] = delta.total[cell]
    for value, times in delta.values.items():
        numbers["value", *value] = times
    return numbers


def _numbers_differ(key: ChunkKey, expected: _Numbers, found: _Numbers) -> Iterator[str]:
    kind, value, channel, span = key
    for name in sorted(expected.keys() | found.keys(), key=str):
        if expected[name] != found[name]:
            where = f"{kind or 'all'} {value} channel {channel} week of day {span}"
            yield f"figures of {where}: {name} is {found[name]}, the facts make {expected[name]}"
