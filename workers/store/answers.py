"""What customers answered lately, with their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, and_, select

from workers.store import schema
from workers.ticket_rows import rating_excluded
from workers.tickets import Answer, Credit

_rows: Final = schema.answers.c
_tickets: Final = schema.tickets.c


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One valid answer that counts, and its ticket; nothing in it says who gave it."""

    ticket: str
    channel: str
    answer: Answer


def newest(connection: Connection, account: str, days: tuple[int, int]) -> list[GivenAnswer]:
    """The answers given on these local days, newest first; of each ticket, kind, scale and touch point the latest."""
    of_ticket = and_(_tickets.account == _rows.account, _tickets.ticket == _rows.ticket)
    where = (_rows.account == account, _rows.day.between(*days), _rows.valid)
    found = select(schema.answers, _tickets.state).join(schema.tickets, of_ticket).where(*where)
    latest: dict[tuple[Any, ...], GivenAnswer] = {}
    for row in connection.execute(found.order_by(_rows.at.desc(), _rows.ticket, _rows.kind)):
        if not rating_excluded(orjson.loads(row.state)):
            latest.setdefault((row.ticket, row.kind, row.low, row.high, row.touchpoint), _given(row))
    return list(latest.values())


def _given(row: Row[Any]) -> GivenAnswer:
    answer = Answer(
        at=row.at,
        kind=row.kind,
        survey=row.survey,
        touchpoint=row.touchpoint,
        score=row.score,
        low=row.low,
        high=row.high,
        direction=row.direction,
        comment=row.comment,
        credit=Credit(row.agent, None, row.at),
        department=row.department,
    )
    return GivenAnswer(row.ticket, row.channel, answer)
