"""Tickets by the moments that stand beside them: who waits, what is due, which contacts were missed, who was reached.

Each question is answered by an index of the few rows that have such a moment, without reading the rows. A ticket that
is not counted, because its account is being counted anew, has none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import Connection, not_, select

from integrations.times import Instant
from workers.store import bulk, schema

_rows: Final = schema.tickets.c
#: Customers that are asked about in one statement.
_TOGETHER: Final = 500


class Waiting(NamedTuple):
    """A ticket whose customer waits: since when, when the first response is due while there is none, and where it is.

    The ids of department and agent are None where it has none.
    """

    ticket: str
    since: Instant
    due_at: Instant | None
    channel: str
    department: str | None
    agent: str | None


class Missed(NamedTuple):
    """A ticket with a contact that nobody took, when that was, and whose it is."""

    ticket: str
    at: Instant
    customer: str | None


def waiting_tickets(connection: Connection, account: str) -> list[Waiting]:
    """Every ticket whose customer waits, the longest wait first."""
    statement = (
        select(_rows.ticket, _rows.waiting_since, _rows.due_at, _rows.channel, _rows.department, _rows.agent)
        .where(_rows.account == account, _rows.waiting_since.is_not(None))
        .order_by(_rows.waiting_since)
    )
    return [Waiting(*row) for row in connection.execute(statement)]


def missed_since(connection: Connection, account: str, since: Instant) -> list[Missed]:
    """Every ticket with a missed contact from then on that nobody came back to on that ticket, the newest first."""
    statement = (
        select(_rows.ticket, _rows.missed_at, _rows.customer)
        .where(_rows.account == account, _rows.missed_at >= since)
        .order_by(_rows.missed_at.desc(), _rows.ticket)
    )
    return [Missed(*row) for row in connection.execute(statement)]


def last_reached(connection: Connection, account: str, customers: Collection[str]) -> dict[str, Instant]:
    """When each of these customers was last written to or spoken with, on any ticket; none who never was."""
    found: dict[str, Instant] = {}
    ordered = sorted(customers)
    for place in range(0, len(ordered), _TOGETHER):
        part = ordered[place : place + _TOGETHER]
        for customer, at in bulk.rows_of(
            connection, schema.tickets, "customer, reached_at", account, part, key="customer"
        ):
            if at is not None:
                found[customer] = max(at, found.get(customer, at))
    return found


def first_day(connection: Connection, account: str) -> int | None:
    """The local day of the first ticket; None without any.

    A ticket that went into another one is none: some desks keep no date of it, so that it stands long before the
    account's history begins.
    """
    merged = _rows.state.contains('"merged"')
    earliest = select(_rows.day).where(_rows.account == account, _rows.day.is_not(None), not_(merged))
    found: int | None = connection.execute(earliest.order_by(_rows.day).limit(1)).scalar_one_or_none()
    return found
