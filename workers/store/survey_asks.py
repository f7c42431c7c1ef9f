"""Surveys as rows: what was decided about each ticket, when each customer was asked last, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, and_, delete, func, select, text, update

from integrations.times import Instant
from workers.store import bulk, schema
from workers.surveys.asking import ASKED, Ask

_COLUMNS: Final = ("account", "ticket", "kind", "number", "occasion_at", "at", "outcome", "channel")
_rows: Final = schema.survey_asks.c

#: Taken by whoever comes first: a second transaction waits for the first one's row and then finds it too young.
_TURN: Final = text(
    "INSERT INTO survey_turns (account, customer, at) VALUES (:account, :customer, :now) "
    "ON CONFLICT (account, customer) DO UPDATE SET at = excluded.at WHERE survey_turns.at <= :latest"
)


@dataclass(frozen=True, slots=True)
class NewAsk:
    """A decision to be written down."""

    ticket: str
    kind: str
    number: int
    occasion_at: Instant
    outcome: str
    channel: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking since a moment: surveys asked and links the desk took, and held back by reason."""

    asked: int = 0
    handed_over: int = 0
    held_back: dict[str, int] = field(default_factory=dict)


def earlier(connection: Connection, account: str, tickets: Collection[str]) -> dict[str, list[Ask]]:
    """What was decided about these tickets before, by ticket; those never decided about are not in it."""
    found: dict[str, list[Ask]] = {}
    columns = "ticket, kind, outcome, occasion_at, at"
    for ticket, kind, outcome, occasion_at, at in bulk.rows_of(
        connection, schema.survey_asks, columns, account, tickets
    ):
        found.setdefault(ticket, []).append(Ask(kind, outcome, max(occasion_at, at)))
    return found


def take_turn(connection: Connection, account: str, customer: str, *, now: Instant, pause: Instant) -> bool:
    """Whether a customer may be asked now; if so, it is written down in this transaction that they are."""
    told = {"account": account, "customer": customer, "now": now, "latest": now - pause}
    return connection.execute(_TURN, told).rowcount == 1


def add(connection: Connection, account: str, asks: Iterable[NewAsk], *, now: Instant) -> None:
    """Write decisions down."""
    rows = [(account, ask.ticket, ask.kind, ask.number, ask.occasion_at, now, ask.outcome, ask.channel) for ask in asks]
    bulk.insert(connection, schema.survey_asks, _COLUMNS, rows)


def hand_over(connection: Connection, account: str, ticket: str, kind: str, number: int, *, now: Instant) -> None:
    """The desk took the link; the first time counts."""
    of_ask = and_(_rows.account == account, _rows.ticket == ticket, _rows.kind == kind, _rows.number == number)
    connection.execute(update(schema.survey_asks).where(of_ask, _rows.handed_at.is_(None)).values(handed_at=now))


def counts(connection: Connection, account: str, *, since: Instant) -> Asked:
    """What was asked and held back since then."""
    statement = select(_rows.outcome, func.count(), func.count(_rows.handed_at))
    statement = statement.where(_rows.account == account, _rows.at >= since).group_by(_rows.outcome)
    found = {outcome: (number, handed) for outcome, number, handed in connection.execute(statement)}
    asked, handed_over = found.pop(ASKED, (0, 0))
    return Asked(asked, handed_over, {outcome: number for outcome, (number, _) in sorted(found.items())})


def forget(connection: Connection, account: str, customer: str) -> None:
    """Delete when a customer was asked last; what was decided about their tickets goes with these."""
    turns = schema.survey_turns.c
    connection.execute(delete(schema.survey_turns).where(turns.account == account, turns.customer == customer))
