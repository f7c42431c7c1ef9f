"""Which bad answers somebody must come back to: until when, and whether somebody did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

from sqlalchemy import Connection, select

from integrations.times import Instant
from workers.accounts import Account
from workers.customers import Listed, read_link, read_links
from workers.metrics.afterwards import Given, first_after, survey_of
from workers.metrics.sides import is_low
from workers.periods import today
from workers.store import answers, schema
from workers.store.answers import GivenAnswer
from workers.store.behind import lists_of

#: How long a bad answer is shown that nobody came back to.
SHOWN_DAYS: Final = 30
#: More than these nobody works off; the newest ones are shown.
MOST: Final = 200

State = Literal["waiting", "late", "contacted_in_time", "contacted_late"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A bad answer. `due_at` is None where no opening ever comes, `contacted_at` where nobody reached the customer."""

    ticket: str
    kind: str
    score: float
    scale: tuple[float, float]
    comment: str | None
    channel: str
    agent: str | None
    at: Instant
    due_at: Instant | None
    contacted_at: Instant | None
    state: State


def follow_ups(
    connection: Connection, account: Account, *, now: Instant, days: int = SHOWN_DAYS
) -> tuple[FollowUp, ...]:
    """The bad answers of so many days up to now, newest first, those of excluded tickets left out."""
    this_day = today(now, account.rules.zone)
    given = answers.newest(connection, account.slug, (this_day - days, this_day))
    low = [one for one in given if is_low(one.answer, account.rules)][:MOST]
    if not low:
        return ()
    lists = _lists(connection, account.slug, sorted({one.ticket for one in low}))
    found = (_follow_up(one, lists.get(one.ticket, {}), now=now) for one in low)
    return tuple(one for one in found if one is not None)


def _lists(connection: Connection, slug: str, tickets: Sequence[str]) -> dict[str, Mapping[str, Listed]]:
    """Ticket → the list of its customer; that of an unknown one is the ticket alone."""
    columns = schema.tickets.c
    statement = select(columns.ticket, columns.customer, columns.link).where(
        columns.account == slug, columns.ticket.in_(tickets), columns.link.is_not(None)
    )
    rows = connection.execute(statement).all()
    known = sorted({row.customer for row in rows if row.customer is not None})
    by_ticket = {ticket: links for text in lists_of(connection, slug, known) for links in [read_links(text)]
                 for ticket in links}  # fmt: skip
    alone = {row.ticket: {row.ticket: read_link(row.link)} for row in rows if row.customer is None}
    return {**by_ticket, **alone}


def _follow_up(one: GivenAnswer, links: Mapping[str, Listed], *, now: Instant) -> FollowUp | None:
    answer = one.answer
    given = _given(links, one)
    if given is None:
        return None
    contacts = sorted(chain.from_iterable(link.contacts for link in links.values()))
    contacted = first_after(contacts, answer.at)
    return FollowUp(
        ticket=one.ticket,
        kind=answer.kind,
        score=answer.score,
        scale=(answer.low, answer.high),
        comment=answer.comment,
        channel=one.channel,
        agent=answer.credit.named,
        at=answer.at,
        due_at=given.due,
        contacted_at=contacted,
        state=_state(given.due, contacted, now),
    )


def _given(links: Mapping[str, Listed], one: GivenAnswer) -> Given | None:
    """The answer in the list; None when it does not stand there, as those of spam do not."""
    listed: Iterable[Given] = links[one.ticket].answers if one.ticket in links else ()
    wanted = (one.answer.at, survey_of(one.answer))
    return next((given for given in listed if (given.at, given.survey) == wanted and given.is_followed_up), None)


def _state(due: Instant | None, contacted: Instant | None, now: Instant) -> State:
    late = due is not None and due < (now if contacted is None else contacted)
    if contacted is None:
        return "late" if late else "waiting"
    return "contacted_late" if late else "contacted_in_time"
