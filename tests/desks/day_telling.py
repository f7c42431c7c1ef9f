"""What the second account is told of a day: what happened, as far as the desk told it.

That is everything, but for a desk that has no history of statuses: it tells a change in a call, and later only the
last moment of each status. A change whose call was lost and whose moment is forgotten is not told; where the ticket
was seen in that status, it is told that it was in it then. Likewise an answer that a desk keeps without its moment:
when the call about it was lost, or came after the ticket had been looked at, it was given when it was first seen, and
never if another one was given before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from integrations.events import Event, event
from integrations.times import Instant
from tests.desks.day_events import events_of
from workers.store import history
from workers.tickets import fold

if TYPE_CHECKING:
    from tests.desks.day_run import Day

_STATUS = "status.changed"
_ANSWER = "survey.answered"


def told_of(day: Day) -> list[Event]:
    """The events of the day without what nobody could know, and what was seen instead."""
    happened = events_of(day.moves, day.tells)
    return _statuses(day, _answers(day, happened))


def _statuses(day: Day, happened: list[Event]) -> list[Event]:
    untold = set(_untold(day))
    assert untold <= {(one.ticket, one.at) for one in happened if one.type == _STATUS}
    told = [one for one in happened if one.type != _STATUS or (one.ticket, one.at) not in untold]
    seen = list(_seen(day, sorted({ticket for ticket, _ in untold})))
    assert [one for one in seen if not _was_so(one, happened)] == []
    return [*told, *seen]


def _answers(day: Day, happened: list[Event]) -> list[Event]:
    undated = set(_named(day, day.performer.undated([*day.lost, *day.late])))
    given = {(one.ticket, one.at): one for one in happened if one.type == _ANSWER}
    assert undated <= given.keys()
    seen = {ticket: _first_seen(day, ticket) for ticket in sorted({ticket for ticket, _ in undated})}
    unheard = {(ticket, at) for ticket, at in undated if at not in seen[ticket]}
    told = [one for one in happened if one.type != _ANSWER or (one.ticket, one.at) not in unheard]
    for ticket, moments in seen.items():
        answered = {at for of, at in given if of == ticket}
        assert max(moments, default=0) >= max(answered), f"the last answer of {ticket} was never seen"
        for at in moments - answered:
            # The last one that was given before; that it is the one that was seen, the figures will tell.
            last = max(moment for moment in answered if moment < at)
            assert (ticket, last) in undated
            told.append(event(_ANSWER, ticket, at, **given[ticket, last].data))
    return told


def _first_seen(day: Day, ticket: str) -> set[Instant]:
    """When each answer of the ticket that is known was given, as far as anybody can tell."""
    return {one.at for one in _stored(day, ticket) if one.type == _ANSWER}


def _untold(day: Day) -> Iterator[tuple[str, Instant]]:
    """Ticket and moment of each change that was told in vain; one that was merged is out of every count anyhow."""
    return _named(day, day.performer.untold(day.lost))


def _named(day: Day, found: Iterable[tuple[str, Instant]]) -> Iterator[tuple[str, Instant]]:
    merged = {move.ticket for move in day.moves if move.what == "merge"}
    names = {id_: ticket for ticket, id_ in day.ids.items() if ticket not in merged}
    return ((names[id_], at) for id_, at in found if id_ in names)


def _seen(day: Day, tickets: Sequence[str]) -> Iterator[Event]:
    """What stands observed of these tickets."""
    for ticket in tickets:
        for one in _stored(day, ticket):
            if one.type == _STATUS and one.observed:
                yield event(_STATUS, ticket, one.at, observed=True, status=one.data["status"])


def _stored(day: Day, ticket: str) -> Iterable[Event]:
    id_ = day.ids[ticket]
    with day.runtime.database.read() as connection:
        return history.events_of(connection, day.account.slug, [id_])[id_].values()


def _was_so(seen: Event, happened: Iterable[Event]) -> bool:
    """Whether the ticket really was in that status then."""
    before = [one for one in happened if one.ticket == seen.ticket and one.at <= seen.at]
    return bool(fold(seen.ticket, before).status == seen.data["status"])
