"""Tickets as rows: one row of `deskpulse tickets`, and the facts exactly as they were counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, update

from integrations.times import Instant
from workers.metrics.base import Counted
from workers.metrics.facts import NOTHING
from workers.rules import Rules
from workers.store import bulk, schema
from workers.store.bulk import Row
from workers.store.database import kept
from workers.tickets import Answer, Ticket

_COLUMNS: Final = (
    "account", "ticket", "day", "last_day", "waiting_since", "due_at", "missed_at", "reached_at", "channel",
    "department", "agent", "customer", "link", "state", "counted", "version", "rules",
)  # fmt: skip
_ANSWERS: Final = (
    "account", "ticket", "kind", "survey", "touchpoint", "at", "day", "channel", "agent", "department", "score",
    "low", "high", "direction", "comment", "customer", "valid", "reason",
)  # fmt: skip
_PAGE: Final = 1000


class TicketRow(NamedTuple):
    """A ticket as it is stored; the days are local, `counted` as of `metrics.facts`, `state` as of `ticket_rows`."""

    ticket: str
    day: int | None = None
    last_day: int | None = None
    waiting_since: Instant | None = None
    due_at: Instant | None = None
    missed_at: Instant | None = None
    reached_at: Instant | None = None
    channel: str | None = None
    department: str | None = None
    agent: str | None = None
    customer: str | None = None
    link: str | None = None
    state: str = "[]"
    counted: str = NOTHING
    version: int = 0
    rules: int = 0


def lock(connection: Connection, account: str, tickets: Collection[str]) -> dict[str, TicketRow]:
    """The rows of these tickets, kept for this transaction; one that is new is made first.

    On SQLite the transaction itself keeps everybody else out.
    """
    ordered = sorted(tickets)
    if connection.dialect.name == "postgresql":
        new = [(account, *TicketRow(ticket)) for ticket in ordered]
        bulk.insert(connection, schema.tickets, _COLUMNS, new)
    found = {ticket: TicketRow(ticket) for ticket in ordered}
    columns = ", ".join(_COLUMNS[1:])
    for row in bulk.rows_of(connection, schema.tickets, columns, account, ordered, lock=True):
        found[row[0]] = TicketRow(*row)
    return found


def add(connection: Connection, account: str, rows: Iterable[TicketRow]) -> set[str]:
    """Write the rows of tickets that have none; which tickets these are."""
    return bulk.insert_new(connection, schema.tickets, _COLUMNS, [(account, *row) for row in rows])


def save(connection: Connection, account: str, rows: Iterable[TicketRow]) -> None:
    """Write the rows of tickets."""
    values = [(account, *row) for row in rows]
    bulk.upsert(connection, schema.tickets, _COLUMNS, values)


def answers_of(account: str, rules: Rules, ticket: Ticket) -> list[Row]:
    """Every answer of a ticket as a row, each with its local day; the last one of a survey stands."""
    if not ticket.answers:
        return []
    counted = Counted(ticket, rules)
    latest = {(each.kind, each.survey, each.touchpoint): _answer(account, counted, each) for each in ticket.answers}
    return list(latest.values())


def save_answers(connection: Connection, answers: Sequence[Row]) -> None:
    """Write these answers, which are all that their tickets have."""
    bulk.delete(connection, schema.answers, ("account", "ticket"), sorted({row[:2] for row in answers}))
    bulk.insert(connection, schema.answers, _ANSWERS, answers)


def pages(
    connection: Connection, account: str, *, first: int | None = None, last: int | None = None, after: str = ""
) -> Iterator[Sequence[TicketRow]]:
    """Every ticket created (first seen) between two local days, in key order after one, a page at a time."""
    columns = schema.tickets.c
    while True:
        statement = select(*(columns[name] for name in _COLUMNS[1:])).where(
            columns.account == account, columns.ticket > after
        )
        if first is not None:
            statement = statement.where(columns.day >= first)
        if last is not None:
            statement = statement.where(columns.day <= last)
        page = [TicketRow(*row) for row in connection.execute(statement.order_by(columns.ticket).limit(_PAGE))]
        if not page:
            return
        yield page
        after = page[-1].ticket


def stale(connection: Connection, account: str, rules: int, *, after: str, limit: int) -> list[str]:
    """Tickets that were counted by other rules, in key order."""
    columns = schema.tickets.c
    where = (columns.account == account, _other(rules), columns.ticket > after)
    statement = select(columns.ticket).where(*where).order_by(columns.ticket).limit(limit)
    return list(connection.execute(statement).scalars())


def count(connection: Connection, account: str) -> int:
    """How many tickets an account has."""
    where = schema.tickets.c.account == account
    found: int = connection.execute(select(func.count()).select_from(schema.tickets).where(where)).scalar_one()
    return found


def has_stale(connection: Connection, account: str, rules: int) -> bool:
    """Whether any ticket was counted by other rules."""
    found = (exists().where(*where) for where in _ranges(account, rules))
    return bool(connection.execute(select(or_(*found))).scalar_one())


def count_stale(connection: Connection, account: str, rules: int) -> int:
    """How many tickets were counted by other rules."""
    return kept(connection, ("stale", account, str(rules)), partial(_count_stale, connection, account, rules))


def _count_stale(connection: Connection, account: str, rules: int) -> int:
    below, above = (
        select(func.count()).select_from(schema.tickets).where(*where).scalar_subquery()
        for where in _ranges(account, rules)
    )
    found: int = connection.execute(select(below + above)).scalar_one()
    return found


def _ranges(account: str, rules: int) -> Iterator[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    """What was counted by earlier rules and what by later ones, each a range of the index.

    Two questions, because SQLite answers one that has both by reading every ticket.
    """
    columns = schema.tickets.c
    yield columns.account == account, columns.rules < rules
    yield columns.account == account, columns.rules > rules


def _other(rules: int) -> ColumnElement[bool]:
    # Two ranges, because an index finds what is below and above, not what differs.
    return or_(schema.tickets.c.rules < rules, schema.tickets.c.rules > rules)


def _answer(account: str, counted: Counted, answer: Answer) -> Row:
    ticket, day, agent = counted.ticket, counted.day(answer.at), counted.credited(answer.credit)
    return (
        account, ticket.ticket, answer.kind, answer.survey, answer.touchpoint, answer.at, day, ticket.channel,
        agent, answer.department, float(answer.score), float(answer.low), float(answer.high),
        answer.direction, answer.comment, ticket.customer, answer.valid, answer.reason,
    )  # fmt: skip


def save_names(connection: Connection, account: str, names: Mapping[tuple[str, str], str]) -> None:
    """Write the names of agents and departments, by (kind, id)."""
    rows = [(account, kind, id_, name) for (kind, id_), name in sorted(names.items())]
    bulk.upsert(connection, schema.names, ("account", "kind", "id", "name"), rows)


def names_of(connection: Connection, account: str) -> Mapping[tuple[str, str], str]:
    """The names of agents and departments, by (kind, id)."""
    return kept(connection, ("names", account), partial(_read_names, connection, account))


def _read_names(connection: Connection, account: str) -> dict[tuple[str, str], str]:
    columns = schema.names.c
    rows = connection.execute(select(columns.kind, columns.id, columns.name).where(columns.account == account))
    return {(kind, id_): name for kind, id_, name in rows}


def clear_counts(connection: Connection, account: str) -> None:
    """Let no ticket count for anything, until it is counted anew."""
    statement = update(schema.tickets).where(schema.tickets.c.account == account)
    gone = dict.fromkeys(("waiting_since", "due_at", "missed_at", "link"))
    connection.execute(statement.values(counted=NOTHING, rules=0, **gone))
