"""Whether tickets that something happened to are asked now: each decision a row, each survey asked a wish beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from integrations.registry import desk_named
from integrations.times import Instant
from workers.accounts import Account
from workers.reactions import Wish
from workers.store import survey_asks
from workers.store.survey_asks import NewAsk
from workers.surveys.asking import (
    ASKED,
    ASKED_LATELY,
    NOT_SAMPLED,
    Ask,
    Due,
    due,
    last_asked,
    may_ask_again,
    occasion,
)
from workers.surveys.settings import FIELD, Asking, asking_of
from workers.tickets import Ticket

#: The kind of wish that `workers/surveys/sending.py` turns into a field with the link.
SURVEY: Final = "survey"


def ask(connection: Connection, account: Account, tickets: Iterable[Ticket], *, now: Instant) -> dict[str, list[Wish]]:
    """Decide about these tickets, whose rows must be locked; ticket → what is wished, for those that are asked.

    In one transaction with the wish, so that an interruption leaves neither or both. Nobody is asked by a desk that
    has no field to put the link into.
    """
    asking = asking_of(account.settings)
    if not (asking.rules and account.reachable and desk_named(account.desk).capabilities.fields):
        return {}
    since = now - account.max_age
    over = [ticket for ticket in tickets if (found := occasion(ticket)) is not None and found.at >= since]
    if not over:
        return {}
    before = survey_asks.earlier(connection, account.slug, [ticket.ticket for ticket in over])
    # Customers in one order everywhere: whoever waits for a customer's turn then never waits in a circle.
    decided = [
        (ticket, one, outcome)
        for ticket in sorted(over, key=lambda ticket: (ticket.customer or "", ticket.ticket))
        for one, outcome in _decided(
            connection, account, asking, ticket, before.get(ticket.ticket, ()), since=since, now=now
        )
    ]
    survey_asks.add(connection, account.slug, [_row(*one) for one in decided], now=now)
    wishes: dict[str, list[Wish]] = {}
    for ticket, one, outcome in decided:
        if outcome == ASKED:
            wishes.setdefault(ticket.ticket, []).append(Wish(f"{SURVEY}:{one.rule.kind}", _wish(one, now)))
    return wishes


def _decided(
    connection: Connection,
    account: Account,
    asking: Asking,
    ticket: Ticket,
    before: Sequence[Ask],
    *,
    since: Instant,
    now: Instant,
) -> Iterator[tuple[Due, str]]:
    last = last_asked(before)
    for one in due(ticket, account.rules, asking, before, since=since, key=account.customer_key):
        if not one.sampled:
            yield one, NOT_SAMPLED
        elif _has_turn(connection, account.slug, ticket.customer, last, now=now, pause=asking.pause):
            last = now
            yield one, ASKED
        else:
            yield one, ASKED_LATELY


def _has_turn(
    connection: Connection, account: str, customer: str | None, last: Instant | None, *, now: Instant, pause: Instant
) -> bool:
    """Whether the customer may be asked; one whom nobody knows is known by the ticket alone."""
    if customer is None:
        return may_ask_again(last, now=now, pause=pause)
    return survey_asks.take_turn(connection, account, customer, now=now, pause=pause)


def _row(ticket: Ticket, one: Due, outcome: str) -> NewAsk:
    return NewAsk(ticket.ticket, one.rule.kind, one.number, one.occasion.at, outcome, ticket.channel)


def _wish(one: Due, now: Instant) -> dict[str, Any]:
    """What is asked, without the link itself: whoever reads the table cannot vote."""
    rule = one.rule
    return {
        "kind": SURVEY,
        "name": FIELD + rule.kind,
        "survey": rule.kind,
        "number": one.number,
        "scale": list(rule.scale),
        "direction": rule.direction,
        "version": rule.version,
        "touchpoint": one.touchpoint,
        "asked_at": now,
        "days": rule.expires_days,
    }
