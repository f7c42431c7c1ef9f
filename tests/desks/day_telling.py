"""What the second account is told of a day: what happened, as far as the desk told it.

That is everything, but for a desk that has no history of statuses: it tells a change in a call, and later only the
last moment of each status. A change whose call was lost and whose moment is forgotten is not told; where the ticket
was seen in that status, it is told that it was in it then.
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


def told_of(day: Day) -> list[Event]:
    """The events of the day without the changes of status that nobody could know, and the statuses seen instead."""
    happened = events_of(day.moves, day.tells)
    untold = set(_untold(day))
    assert untold <= {(one.ticket, one.at) for one in happened if one.type == _STATUS}
    told = [one for one in happened if one.type != _STATUS or (one.ticket, one.at) not in untold]
    seen = list(_seen(day, sorted({ticket for ticket, _ in untold})))
    assert [one for one in seen if not _was_so(one, happened)] == []
    return [*told, *seen]


def _untold(day: Day) -> Iterator[tuple[str, Instant]]:
    """Ticket and moment of each change that was told in vain; one that was merged is out of every count anyhow."""
    merged = {move.ticket for move in day.moves if move.what == "merge"}
    names = {id_: ticket for ticket, id_ in day.ids.items() if ticket not in merged}
    return ((names[id_], at) for id_, at in day.performer.untold(day.lost) if id_ in names)


def _seen(day: Day, tickets: Sequence[str]) -> Iterator[Event]:
    """What stands observed of these tickets."""
    for ticket in tickets:
        id_ = day.ids[ticket]
        with day.runtime.database.read() as connection:
            stored = history.events_of(connection, day.account.slug, [id_])[id_]
        for one in stored.values():
            if one.type == _STATUS and one.observed:
                yield event(_STATUS, ticket, one.at, observed=True, status=one.data["status"])


def _was_so(seen: Event, happened: Iterable[Event]) -> bool:
    """Whether the ticket really was in that status then."""
    before = [one for one in happened if one.ticket == seen.ticket and one.at <= seen.at]
    return bool(fold(seen.ticket, before).status == seen.data["status"])
