"""Answers page by page, by the day they were given, each with what stands beside it in its ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, tuple_

from workers.store import schema
from workers.ticket_rows import rating_excluded

_rows: Final = schema.answers.c
_tickets: Final = schema.tickets.c
_ORDER: Final = (_rows.day, _rows.ticket, _rows.kind, _rows.survey, _rows.touchpoint)


class Place(NamedTuple):
    """Where an answer stands in the order of pages."""

    day: int
    ticket: str
    kind: str
    survey: str
    touchpoint: str


def place_of(row: Row[Any]) -> Place:
    """The place of an answer."""
    return Place(row.day, row.ticket, row.kind, row.survey, row.touchpoint)


def page(
    connection: Connection,
    account: str,
    *,
    first: int | None = None,
    last: int | None = None,
    kind: str | None = None,
    after: Place | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The next answers given on these local days, valid or not, in order; `limit` of them at most."""
    statement = select(schema.answers).where(_rows.account == account)
    if first is not None:
        statement = statement.where(_rows.day >= first)
    if last is not None:
        statement = statement.where(_rows.day <= last)
    if kind is not None:
        statement = statement.where(_rows.kind == kind)
    if after is not None:
        # The first of these is there for the index, which knows days only.
        statement = statement.where(_rows.day >= after.day, tuple_(*_ORDER) > tuple_(*after))
    return connection.execute(statement.order_by(*_ORDER).limit(limit)).all()


class Spot(NamedTuple):
    """Where an answer stands in the order of `back`."""

    day: int
    at: int
    ticket: str
    kind: str
    survey: str
    touchpoint: str


def spot_of(row: Row[Any]) -> Spot:
    """The spot of an answer."""
    return Spot(row.day, row.at, row.ticket, row.kind, row.survey, row.touchpoint)


def back(
    connection: Connection,
    account: str,
    *,
    days: tuple[int, int],
    of: Mapping[str, str],
    before: Spot | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The answers of these local days, valid or not, newest first; `limit` of them at most, from before a spot on.

    `of` narrows them to a `kind`, `channel`, `department`, `agent` or `touchpoint`; '' is what has none.
    """
    statement = select(schema.answers).where(*_within(account, days, of))
    order = [_rows[name] for name in Spot._fields]
    if before is not None:
        # The first of these is there for the index, which knows days only.
        statement = statement.where(_rows.day <= before.day, tuple_(*order) < tuple_(*before))
    return connection.execute(statement.order_by(*(column.desc() for column in order)).limit(limit)).all()


def how_many(connection: Connection, account: str, *, days: tuple[int, int], of: Mapping[str, str]) -> tuple[int, int]:
    """How many answers were given on these local days, valid or not, and how many of them have a comment."""
    counts = select(func.count(), func.count(func.nullif(_rows.comment, "")))
    given, commented = connection.execute(counts.where(*_within(account, days, of))).one()
    return given, commented


def _within(account: str, days: tuple[int, int], of: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    yield _rows.account == account
    yield _rows.day.between(*days)
    for name, value in of.items():
        yield _rows[name] == value if value else or_(_rows[name] == "", _rows[name].is_(None))


def beside(connection: Connection, account: str, tickets: Sequence[str]) -> Sequence[Row[Any]]:
    """Every valid answer of these tickets, earliest first."""
    where = (_rows.account == account, _rows.ticket.in_(tickets), _rows.valid)
    return connection.execute(select(schema.answers).where(*where).order_by(_rows.at, *_ORDER)).all()


def exclusions(connection: Connection, account: str, tickets: Sequence[str]) -> dict[str, str]:
    """Why the answers of each of these tickets are out of count; '' for those that count."""
    where = (_tickets.account == account, _tickets.ticket.in_(tickets))
    found = connection.execute(select(_tickets.ticket, _tickets.state).where(*where))
    return {ticket: rating_excluded(orjson.loads(state)) for ticket, state in found}
