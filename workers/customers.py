"""What needs several tickets of one customer: the list of them, and the facts that it contributes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from integrations.times import DAY, Instant
from workers.metrics.afterwards import Afterwards, Given, afterwards_of, read_afterwards
from workers.metrics.afterwards import judged as judged_answers
from workers.metrics.base import Counted, all_this_old_on, of_inbound_tickets, of_rated_tickets
from workers.metrics.facts import Fact, Slices
from workers.metrics.repeat_contact_rate import RATE
from workers.rules import Rules
from workers.store.tickets import TicketRow


class Listed(NamedTuple):
    """A ticket in its customer's list.

    When it was opened, if it is counted as opened by the customer. Of one that is resolved: the last resolution with
    its local day and slices, as JSON because few of a long list are ever looked at; and, once the list was judged,
    from which day it counts and whether the customer came back (1 or 0). When somebody of the team reached the
    customer, and what they answered.
    """

    created: Instant | None = None
    resolved: Instant | None = None
    day: int = 0
    slices: str = ""
    decided: int | None = None
    repeated: int | None = None
    contacts: tuple[Instant, ...] = ()
    answers: tuple[Given, ...] = ()

    def facts(self) -> Iterator[Fact]:
        """What is counted of it, if anything."""
        if self.decided is not None and self.repeated is not None:
            channel, pairs = orjson.loads(self.slices)
            slices = Slices(channel, tuple((kind, value) for kind, value in pairs))
            yield Fact(slices, RATE, self.day, self.decided, 1, self.repeated, None)
        for given in self.answers:
            yield from given.facts()

    def counts_as(self, other: Listed | None) -> bool:
        """Whether both contribute the same."""
        return self is other or (other is not None and self[2:6] == other[2:6] and self.answers == other.answers)


_NOTHING: Final = Listed()
#: So many of its values are JSON as they are.
_PLAIN: Final = 6

#: Ticket → what its customer's list holds of it.
Links: TypeAlias = Mapping[str, Listed]
#: Ticket → the same; None when it is not in the list any more.
Moves: TypeAlias = Mapping[str, Listed | None]


def link_of(counted: Counted) -> str | None:
    """What the list of its customer holds of a ticket before it is judged, as JSON; None when that is nothing."""
    after = afterwards_of(counted)
    link = Listed(contacts=after.contacts, answers=() if of_rated_tickets(counted) else after.answers)
    if not of_inbound_tickets(counted):
        link = link._replace(created=counted.ticket.created_at)
        if counted.resolution is not None:
            slices = orjson.dumps([*counted.resolved_slices]).decode()
            link = link._replace(resolved=counted.resolution.at, day=counted.day(counted.resolution.at), slices=slices)
    return None if link == _NOTHING else orjson.dumps(_written(link)).decode()


def moves_of(changed: Iterable[tuple[TicketRow, TicketRow]]) -> dict[str, dict[str, Listed | None]]:
    """By customer: what in whose list is another now, of tickets as they were and as they are.

    A ticket that other rules count now tells its customer so, even if it stands in the list as before.
    """
    moves: dict[str, dict[str, Listed | None]] = {}
    for before, after in changed:
        if (before.link, before.customer, before.rules) == (after.link, after.customer, after.rules):
            continue
        if before.customer is not None:
            moves.setdefault(before.customer, {})[after.ticket] = None
        if after.link is not None and after.customer is not None:
            moves.setdefault(after.customer, {})[after.ticket] = read_link(after.link)
    return moves


def moved(links: Links, moves: Moves) -> dict[str, Listed]:
    """A list after its moves."""
    return {ticket: link for ticket, link in {**links, **moves}.items() if link is not None}


def judged(links: Links, rules: Rules) -> dict[str, Listed]:
    """The list with what its tickets say of each other.

    For each resolved ticket, whether the customer opened another one after the resolution, in time: within
    `rules.repeat_days` times 24 hours, the last moment included. A ticket opened in the very microsecond of the
    resolution is not opened after it; the ticket itself never is. For each answer that is followed up, what came of it.
    """
    window = rules.repeat_days * DAY
    opened = sorted([link.created for link in links.values() if link.created is not None])
    found = dict(links)
    for ticket, link in links.items():
        if link.resolved is None:
            continue
        place = bisect_right(opened, link.resolved)
        repeated = place < len(opened) and opened[place] <= link.resolved + window
        decided = all_this_old_on(link.day, window, rules.zone)
        if (link.decided, link.repeated) != (decided, repeated):
            found[ticket] = link._replace(decided=decided, repeated=int(repeated))
    answering = sorted([ticket for ticket, link in links.items() if link.answers])
    if any(given.is_followed_up for ticket in answering for given in links[ticket].answers):
        contacts = Afterwards(contacts=tuple(chain.from_iterable(link.contacts for link in links.values())))
        _, *told = judged_answers([contacts, *(Afterwards(answers=links[ticket].answers) for ticket in answering)])
        for ticket, after in zip(answering, told, strict=True):
            found[ticket] = found[ticket]._replace(answers=after.answers)
    return found


def facts_of_customer(links: Links) -> list[Fact]:
    """The facts of a judged list: each resolved ticket and each answer that is followed up once."""
    return [fact for link in links.values() for fact in link.facts()]


def write_links(links: Links) -> str:
    """The list as JSON, the same text for the same list."""
    written = {ticket: _written(link) for ticket, link in links.items()}
    return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode()


def read_links(text: str) -> dict[str, Listed]:
    """The list that `write_links` wrote."""
    return {ticket: _listed(values) for ticket, values in orjson.loads(text).items()}


def read_link(text: str) -> Listed:
    """What `link_of` wrote."""
    return _listed(orjson.loads(text))


def _written(link: Listed) -> list[Any]:
    """Its values without those at the end that say nothing: most tickets have few."""
    values: list[Any] = [*link]
    values[-1] = [[*given] for given in link.answers] or ()
    while values and values[-1] == _NOTHING[len(values) - 1]:
        values.pop()
    return values


def _listed(values: list[Any]) -> Listed:
    if len(values) <= _PLAIN:
        return Listed(*values)
    return Listed(*(*values[:_PLAIN], *read_afterwards(*values[_PLAIN:])))
