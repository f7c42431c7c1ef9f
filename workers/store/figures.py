"""The figures' store: signed facts as they come in, and the chunks they are folded into.

A figure = chunks + facts not yet folded, read in one snapshot. One transaction folds facts and deletes them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

import orjson
from sqlalchemy import Connection, exists, select
from sqlalchemy import delete as sql_delete

from workers.metrics.facts import NOTHING
from workers.store import bulk, chunk_rows, schema
from workers.store.adding import Flat, Flows, RowOf, Rows, Stocks, add_facts
from workers.store.adding import Wanted as Wanted
from workers.store.by_day import ByDay, Days
from workers.store.chunks import AT_ONCE, DAYS, InconsistentFigures, open_chunk, span_of, stock_span_of
from workers.store.database import Database, kept
from workers.store.folding import SELDOM, STOCK, Facts, facts_of, folded, folding_of, in_portions, mark_of, together
from workers.store.folding import ChunkKey as ChunkKey

#: Changes folded in one transaction beside live work: about a tenth of a second on a slow core.
STEP: Final = 250
#: Bytes of chunks that are unpacked together while changes are folded: in memory they take forty times as much.
_UNPACKED: Final = 250_000
#: Waiting changes that are kept while a snapshot is read: a few megabytes.
_MOST_KEPT: Final = 1_000
#: A key of PostgreSQL's advisory locks: one transaction an account that folds its changes or drops its chunks.
_LOCK: Final = 7_302_119
_CHANGES: Final = ("account", "ticket", "version", "old", "new")

_BEFORE_ALL: Final = -(2**31)


@dataclass(frozen=True, slots=True)
class Change:
    """What a ticket counted for before and counts for now, as JSON of facts."""

    ticket: str
    version: int
    old: str
    new: str


def append(connection: Connection, account: str, changes: Iterable[Change]) -> None:
    """Put changes beside the figures, in the transaction that stores the events they come from.

    InconsistentFigures when a change with the version of one of them waits already: none is ever left out.
    """
    rows = [(account, change.ticket, change.version, change.old, change.new) for change in changes]
    if bulk.insert(connection, schema.changes, _CHANGES, rows) != len(rows):
        raise InconsistentFigures(f"a change of the figures of {account} has the version of one that waits")


def add(connection: Connection, account: str, facts: Facts, changes: Sequence[Change]) -> None:
    """Fold facts that nobody counted before and these changes at once; where others wait before one, it waits too.

    For many at a time: each chunk that they touch is written anew, while nobody else folds.
    """
    waiting = versions(connection, account, [change.ticket for change in changes])
    append(connection, account, [change for change in changes if change.ticket in waiting])
    changed = facts_of((change.old, change.new) for change in changes if change.ticket not in waiting)
    fold_alone(connection, account)
    _fold(connection, account, together([facts, changed]))


def versions(connection: Connection, account: str, tickets: Collection[str]) -> dict[str, int]:
    """The highest version that waits, of those of these tickets that have any: a new row goes on from there."""
    rows = bulk.rows_of(connection, schema.changes, "ticket, version", account, tickets)
    found: dict[str, int] = {}
    for ticket, version in rows:
        found[ticket] = max(version, found.get(ticket, 0))
    return found


def compact(database: Database, account: str, *, budget_seconds: float, step: int = STEP) -> int:
    """Fold waiting changes into chunks, in small transactions, until none wait or the time is used up.

    Returns how many were folded. InconsistentFigures leaves them as they are.
    """
    end, folded = time.monotonic() + budget_seconds, 0
    while True:
        with database.write() as connection:
            now = _compact_step(connection, account, step)
        folded += now
        if now < step or time.monotonic() > end:
            return folded


def has_changes(connection: Connection, account: str) -> bool:
    """Whether there is anything to fold."""
    found = exists().where(schema.changes.c.account == account)
    return bool(connection.execute(select(found)).scalar_one())


def fold_alone(connection: Connection, account: str) -> None:
    """Wait until nobody folds what waits of the account, and keep it so until this transaction is over.

    Who folds reads chunks and writes them back: dropped meanwhile, they would be there again.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, account))


def clear(connection: Connection, account: str) -> None:
    """Drop every figure of an account and every change that waits."""
    fold_alone(connection, account)
    for table in (schema.chunks, schema.changes):
        connection.execute(sql_delete(table).where(table.c.account == account))


def sums(connection: Connection, account: str, wanted: Wanted, row_of: RowOf) -> Rows:
    """Row → measure → sums, of chunks and waiting changes together; what comes to nothing is left out.

    A stock is told at the end of each row's last day, today (`as_of`) at the latest, and of what has not begun
    there is none. Chunks of stocks are read only where one is wanted, the other ones only where anything else is.
    """
    return sums_of_each(connection, account, [wanted], row_of)[0]


def sums_of_each(connection: Connection, account: str, wanted: Sequence[Wanted], row_of: RowOf) -> list[Rows]:
    """As `sums`, of several periods that lie side by side and differ in nothing else: each chunk is read once."""
    whole, found = wanted[0], [Rows() for _ in wanted]
    changed = _waiting(connection, account, whole.wants)
    together: dict[tuple[str, ...], list[tuple[Rows, Flows | Stocks, tuple[int, int]]]] = {}
    for each, rows in zip(wanted, found, strict=True):
        for adding, marks, spans in _readings(each, row_of):
            together.setdefault(marks, []).append((rows, adding, spans))
    for marks, readings in together.items():
        kinds = [mark + whole.kind for mark in marks]
        firsts, lasts = zip(*(spans for _, _, spans in readings), strict=True)
        for value, channel, stored in chunk_rows.read(connection, account, whole, kinds, (min(firsts), max(lasts))):
            opened = open_chunk(stored.counts)
            for _, adding, (first, last) in readings:
                if first <= opened.span <= last:
                    adding.add_chunk(value, channel, opened, stored)
        facts = {fact: times for fact, times in changed.items() if mark_of(fact[2]) in marks}
        for rows, adding, _ in readings:
            add_facts(adding, facts)
            for row, measures in adding.result().items():
                rows.setdefault(row, {}).update(measures)
    return found


def sums_by_value(
    connection: Connection, account: str, wanted: Wanted, values: Collection[str] | None = None
) -> dict[str, Rows]:
    """As `sums`, of each value of a slice kind by itself, of all values or of these; for measures of the usual chunks.

    What waits to be folded is read once, and not once for each value.
    """
    changed = _waiting(connection, account, wanted.wants)
    flows: dict[str, Flows] = {}
    first, last = wanted.days
    for value, channel, stored in chunk_rows.read(
        connection, account, wanted, [wanted.kind], (first - DAYS + 1, last), values=values
    ):
        _flow_of(flows, wanted, value).add_chunk(value, channel, open_chunk(stored.counts), stored)
    for fact, times in changed.items():
        for value in wanted.names(fact[0], fact[1]):
            if values is None or value in values:
                _flow_of(flows, wanted, value).add_fact(value, fact, times)
    return {value: flow.result() for value, flow in flows.items()}


def by_day(connection: Connection, account: str, wanted: Wanted, *, valued: frozenset[str] = frozenset()) -> ByDay:
    """What is counted on each day in each channel, and the values of some; for measures of the usual chunks."""
    days = Days(wanted, valued)
    first, last = wanted.days
    for _, channel, stored in chunk_rows.read(
        connection, account, wanted, [wanted.kind], (first - DAYS + 1, last), valued=valued
    ):
        days.add_chunk(channel, stored)
    for fact, times in _waiting(connection, account, wanted.wants).items():
        for _ in wanted.names(fact[0], fact[1]):
            days.add_fact(fact, times)
    return days.result()


def waiting_deltas(connection: Connection, account: str) -> dict[ChunkKey, Delta]:
    """What the waiting changes would do to the chunks, for `verify`."""
    return _deltas(_net(_change_rows(connection, account)))


def deltas_of_facts(counted: Iterable[str]) -> dict[ChunkKey, Delta]:
    """What these tickets' facts put into the chunks, for `verify`."""
    return _deltas(_net((NOTHING, facts) for facts in counted))


def _compact_step(connection: Connection, account: str, step: int) -> int:
    fold_alone(connection, account)
    changes = schema.changes
    # A ticket's changes one after the other: what the second takes out, the first has put in.
    in_order = (changes.c.ticket, changes.c.version)
    statement = select(changes).where(changes.c.account == account).order_by(*in_order).limit(step)
    rows = connection.execute(statement).all()
    _fold(connection, account, facts_of((old, new) for _, _, _, old, new in rows))
    bulk.delete(connection, changes, ("account", "ticket", "version"), [row[:3] for row in rows])
    return len(rows)


def _fold(connection: Connection, account: str, facts: Facts) -> None:
    folding = folding_of(facts)
    sizes = chunk_rows.sizes_of(connection, account, folding.keys)
    for part in in_portions(folding, sizes, _UNPACKED):
        after = folded(part, chunk_rows.stored(connection, account, part.keys))
        chunk_rows.write(connection, account, dict(zip(part.keys, after, strict=True)))


def _readings(wanted: Wanted, row_of: RowOf) -> Iterator[tuple[Flows | Stocks, tuple[str, ...], tuple[int, int]]]:
    """What is to be added up, from chunks of which marks, that begin between which days."""
    first, last = wanted.days
    needed = {"", SELDOM, STOCK} if wanted.measures is None else {mark_of(measure) for measure in wanted.measures}
    if flows := sorted(needed - {STOCK}):
        yield Flows(wanted, row_of), tuple(flows), (first - DAYS + 1, last)
    if STOCK in needed and first <= wanted.as_of:
        yield Stocks(wanted, row_of), (STOCK,), (_BEFORE_ALL, min(last, wanted.as_of))


def _flow_of(flows: dict[str, Flows], wanted: Wanted, name: str) -> Flows:
    if name not in flows:
        flows[name] = Flows(wanted, lambda *_: "")
    return flows[name]


def _change_rows(connection: Connection, account: str, *, most: int | None = None) -> Iterable[tuple[str, str]]:
    changes = schema.changes.c
    return connection.execute(select(changes.old, changes.new).where(changes.account == account).limit(most))


def _waiting(connection: Connection, account: str, wants: Callable[[str], bool]) -> dict[Flat, int]:
    """The wanted facts that wait to be folded; read once for all figures of a snapshot, unless there are too many."""
    few = kept(connection, ("changes", account), partial(_few_waiting, connection, account))
    if few is None:
        return _net(_change_rows(connection, account), wants)
    return {fact: times for fact, times in few.items() if wants(fact[2])}


def _few_waiting(connection: Connection, account: str) -> dict[Flat, int] | None:
    rows = list(_change_rows(connection, account, most=_MOST_KEPT + 1))
    return None if len(rows) > _MOST_KEPT else _net(rows)


def _net(changes: Iterable[Sequence[str]], wants: Callable[[str], bool] = lambda _: True) -> dict[Flat, int]:
    """How often each fact is put in (positive) or taken out (negative), after what cancels is gone."""
    count: Counter[Flat] = Counter()
    wanted = cache(wants)
    for old, new in changes:
        for text, sign in ((old, -1), (new, 1)):
            for channel, pairs, facts in orjson.loads(text):
                key = tuple(map(tuple, pairs))
                for fact in facts:
                    if wanted(fact[0]):
                        count[channel, key, *fact] += sign
    return {fact: times for fact, times in count.items() if times}


@dataclass(slots=True)
class Delta:
    """What facts put into one chunk, counted one by one, so that `verify` can compare it with what was folded."""

    n: Counter[tuple[str, int, int]] = field(default_factory=Counter)  #: by measure, day and day of decision
    total: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    values: Counter[tuple[str, int, int]] = field(default_factory=Counter)  #: by measure, day and value


def _deltas(facts: Mapping[Flat, int]) -> dict[ChunkKey, Delta]:
    deltas: dict[ChunkKey, Delta] = {}
    for (channel, pairs, measure, day, decided, n, total, value), times in facts.items():
        mark = mark_of(measure)
        span = stock_span_of(day) if mark == STOCK else span_of(day)
        cell = (measure, day, AT_ONCE if decided is None else decided)
        for kind, name in (("", ""), *pairs):
            delta = deltas.setdefault((mark + kind, name, channel, span), Delta())
            delta.n[cell] += times * n
            delta.total[cell] += times * total
            if value is not None:
                delta.values[measure, day, value] += times
    return deltas
