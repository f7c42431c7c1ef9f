"""Doubted answers: which there are, believing one after all, and doubting one by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, select

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import event
from integrations.times import Instant
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts, schema, survey_asks
from workers.store.conflicts import in_transaction
from workers.store.survey_asks import Asked
from workers.surveys.suspicion import BY_HAND, MARK

_rows: Final = schema.answers.c
_doubted: Final = and_(_rows.valid.is_(False), _rows.reason.startswith(MARK, autoescape=True))


@dataclass(frozen=True, slots=True)
class Suspect:
    """One doubted answer; `reason` is one of `workers.surveys.suspicion.REASONS`, or `by_hand`."""

    ticket: str
    kind: str
    survey: str
    touchpoint: str
    at: Instant
    score: float
    low: float
    high: float
    comment: str | None
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class State:
    """What became of the surveys that Deskpulse asked since a moment."""

    asked: Asked
    answered: int  #: tickets with a valid answer to them
    suspects: int  #: answers that are doubted


def suspects(connection: Connection, account: str, *, since: Instant = 0, most: int = 1000) -> list[Suspect]:
    """The doubted answers given since then, newest first."""
    statement = select(schema.answers).where(_rows.account == account, _doubted, _rows.at >= since)
    found = connection.execute(statement.order_by(_rows.at.desc(), _rows.ticket, _rows.survey).limit(most))
    return [_suspect(row) for row in found]


def state(connection: Connection, account: str, *, since: Instant) -> State:
    """How many were asked, held back and why, answered, and doubted since then."""
    ours = and_(_rows.account == account, _rows.at >= since)
    of_us = _rows.survey.startswith("deskpulse-", autoescape=True)
    answered = select(func.count(func.distinct(_rows.ticket))).where(ours, of_us, _rows.valid)
    doubted = select(func.count()).select_from(schema.answers).where(ours, _doubted)
    return State(
        asked=survey_asks.counts(connection, account, since=since),
        answered=connection.execute(answered).scalar_one(),
        suspects=connection.execute(doubted).scalar_one(),
    )


def restore(runtime: Runtime, account: str, *, ticket: str, kind: str, survey: str) -> None:
    """Let a doubted or invalidated answer count again; its score, tag and note reach the desk as if it came now.

    GiveUp when there is no such answer, or it counts already.
    """
    _judge(runtime, account, ticket, kind, survey, valid=True)


def invalidate(runtime: Runtime, account: str, *, ticket: str, kind: str, survey: str) -> None:
    """Let an answer count no more, because a person doubts it; GiveUp when there is none, or it does not count."""
    _judge(runtime, account, ticket, kind, survey, valid=False)


def _judge(runtime: Runtime, slug: str, ticket: str, kind: str, survey: str, *, valid: bool) -> None:
    in_transaction(runtime.database, partial(_say, runtime, slug, (ticket, kind, survey), valid))
    runtime.nudge("deskpulse.desk_work", slug)


def _say(runtime: Runtime, slug: str, which: tuple[str, str, str], valid: bool, connection: Connection) -> None:  # noqa: FBT001 -- of `partial`
    ticket, kind, survey = which
    account = _account(runtime, slug, connection)
    given = list(_answers(connection, slug, which))
    if not given:
        raise GiveUp(f"There is no answer to {survey} ({kind}) on ticket {ticket}.")
    if all(one.valid is valid for one in given):
        raise GiveUp(f"The answer to {survey} on ticket {ticket} {'counts' if valid else 'does not count'} already.")
    # Never before what is judged: clocks of desks may be ahead of ours.
    at = max(runtime.clock(), *(one.at + 1 for one in given))
    told: dict[str, Any] = {"kind": kind, "survey": survey}
    said = (
        event("survey.restored", ticket, at, **told)
        if valid
        else event("survey.invalidated", ticket, at, **told, reason=MARK + BY_HAND)
    )
    absorb(connection, account, [Incoming(Reading(events=(said,)), "live", at)], now=runtime.clock())


def _account(runtime: Runtime, slug: str, connection: Connection) -> Account:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"There is no account {slug}; `deskpulse account list` shows them.")
    return account


def _answers(connection: Connection, account: str, which: tuple[str, str, str]) -> Iterator[Row[Any]]:
    ticket, kind, survey = which
    where = (_rows.account == account, _rows.ticket == ticket, _rows.kind == kind, _rows.survey == survey)
    yield from connection.execute(select(schema.answers).where(*where))


def _suspect(row: Row[Any]) -> Suspect:
    names = ("ticket", "kind", "survey", "touchpoint", "at", "score", "low", "high", "comment", "channel")
    return Suspect(**{name: getattr(row, name) for name in names}, reason=row.reason.removeprefix(MARK))
