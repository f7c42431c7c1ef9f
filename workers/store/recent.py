"""The newest tickets of some days: created then, or rated then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, select

from workers.store import bulk, schema

_tickets: Final = schema.tickets.c
_answers: Final = schema.answers.c


def created(connection: Connection, account: str, days: tuple[int, int], *, limit: int) -> list[str]:
    """Tickets created on these local days, the last day first."""
    statement = (
        select(_tickets.ticket)
        .where(_tickets.account == account, _tickets.day.between(*days))
        .order_by(_tickets.day.desc(), _tickets.ticket.desc())
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def rated(connection: Connection, account: str, kind: str, days: tuple[int, int], *, limit: int) -> list[str]:
    """Tickets with a valid answer of a kind on these local days, the last day first."""
    statement = (
        select(_answers.ticket)
        .where(_answers.account == account, _answers.kind == kind, _answers.day.between(*days), _answers.valid)
        .order_by(_answers.day.desc(), _answers.ticket.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(connection.execute(statement).scalars()))


def counted(connection: Connection, account: str, tickets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Ticket and facts as they are stored, in the order in which they are asked for."""
    found = dict(bulk.rows_of(connection, schema.tickets, "ticket, counted", account, tickets))
    return ((ticket, found[ticket]) for ticket in tickets if ticket in found)
