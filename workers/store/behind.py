"""The tickets that may stand behind a figure, in key order and as a stream, so that a large account needs no memory."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select

from integrations.times import Instant
from workers.metrics.facts import NOTHING
from workers.store import schema

#: Rows that are looked at together: their events and their customers' lists are read at once.
_TOGETHER: Final = 500
#: What a row's state says somewhere when its ticket counts for some metrics and not for others.
_PARTLY_OUT: Final = ("outbound", "bot", "merged", "deleted")

_rows: Final = schema.tickets.c


@dataclass(frozen=True, slots=True)
class Search:
    """Which tickets may matter: seen on these days, with facts of these measures or left out of them.

    `first` is None where all that was before the last day matters. `waiting` asks for tickets whose customer waits
    instead, and `kind` adds tickets with invalidated answers of that kind. `after` is the ticket that a page follows.
    """

    first: int | None
    last: int
    measures: Collection[str]
    waiting: bool = False
    kind: str = ""
    after: str = ""


class Candidate(NamedTuple):
    """One ticket's row, as stored.

    `invalidated` says whether an answer of the kind that is asked for was taken back.
    """

    ticket: str
    customer: str | None
    waiting_since: Instant | None
    state: str
    counted: str
    invalidated: bool


def candidates(connection: Connection, account: str, search: Search) -> Generator[list[Candidate], None, None]:
    """Every ticket that may matter and some that do not, a few hundred at a time."""
    statement = (
        select(
            _rows.ticket, _rows.customer, _rows.waiting_since, _rows.state, _rows.counted,
            _invalidated(account, search).label("invalidated"),
        )
        .where(_rows.account == account, _rows.ticket > search.after, _seen(search), _may_matter(account, search))
        .order_by(_rows.ticket)
        .execution_options(stream_results=True, yield_per=_TOGETHER)
    )  # fmt: skip
    # Whoever has seen enough closes this: a cursor that PostgreSQL holds open would outlive the page.
    with connection.execute(statement) as found:
        for rows in found.partitions():
            yield [_candidate(row) for row in rows]


def lists_of(connection: Connection, account: str, customers: Sequence[str]) -> Iterator[str]:
    """The list of each of these customers, as `workers.customers` writes it."""
    lists = schema.customers.c
    where = (lists.account == account, lists.customer.in_(customers))
    yield from connection.execute(select(lists.counted).where(*where)).scalars()


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(row.ticket, row.customer, row.waiting_since, row.state, row.counted, bool(row.invalidated))


def _seen(search: Search) -> ColumnElement[bool]:
    if search.first is None:
        return _rows.day <= search.last
    return and_(_rows.day <= search.last, _rows.last_day >= search.first)


def _may_matter(account: str, search: Search) -> ColumnElement[bool]:
    # A ticket that is out of every count has no facts at all, but for the ratings that merging and deleting leave.
    out = [_rows.counted == NOTHING, *(_rows.state.contains(f'"{word}"', autoescape=True) for word in _PARTLY_OUT)]
    if search.waiting:
        return or_(_rows.waiting_since.is_not(None), *out)
    found = [_rows.counted.contains(f'"{measure}', autoescape=True) for measure in sorted(search.measures)]
    return or_(*found, *out, _invalidated(account, search))


def _invalidated(account: str, search: Search) -> ColumnElement[bool]:
    if not search.kind:
        return false()
    answers = schema.answers.c
    days = answers.day.between(search.first, search.last)
    where = (answers.account == account, answers.kind == search.kind, days, answers.valid.is_(False))
    return _rows.ticket.in_(select(answers.ticket).where(*where))
