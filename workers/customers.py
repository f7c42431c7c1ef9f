"""What needs several tickets of one customer: the list of them, and the facts that it contributes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

import orjson

from integrations.times import DAY, Instant
from workers.metrics.base import days_of
from workers.metrics.facts import Fact, Slices
from workers.metrics.repeat_contact_rate import RATE, UNIDENTIFIED
from workers.rules import Rules
from workers.store.tickets import TicketRow
from workers.ticket_rows import COLUMNS

_read: Final = itemgetter(*map(COLUMNS.index, ("created_at", "resolved_at", "direction", "excluded")))


class Listed(NamedTuple):
    """A ticket in its customer's list.

    Of one that is resolved: the last resolution with its local day and slices, as JSON because few of a long list are
    ever looked at; and, once the list was judged, from which day it counts and whether the customer came back (1 or 0).
    """

    created: Instant
    resolved: Instant | None = None
    day: int = 0
    slices: str = ""
    decided: int | None = None
    repeated: int | None = None

    def fact(self) -> Iterator[Fact]:
        """What is counted of it, if anything."""
        if self.decided is not None and self.repeated is not None:
            channel, pairs = orjson.loads(self.slices)
            slices = Slices(channel, tuple((kind, value) for kind, value in pairs))
            yield Fact(slices, RATE, self.day, self.decided, 1, self.repeated, None)

    def counts_as(self, other: Listed | None) -> bool:
        """Whether both contribute the same."""
        return self is other or (other is not None and self[2:] == other[2:])


#: Ticket → what its customer's list holds of it.
Links: TypeAlias = Mapping[str, Listed]
#: Ticket → the same; None when it is not in the list any more.
Moves: TypeAlias = Mapping[str, Listed | None]


def link_of(row: TicketRow) -> Listed | None:
    """What its customer's list holds of a ticket; None when it is nobody's, excluded, outbound or never counted.

    Where its resolution is counted is read from the ticket's own fact about its customer being unknown: that one and
    the customer's are told of the same tickets, on the same day and in the same slices.
    """
    if row.customer is None or row.rules == 0:
        return None
    created, resolved, direction, excluded = _read(orjson.loads(row.state))
    if excluded or direction != "inbound":
        return None
    if resolved is None:
        return Listed(created)
    for channel, pairs, facts in orjson.loads(row.counted):
        for measure, day, *_ in facts:
            if measure == UNIDENTIFIED:
                return Listed(created, resolved, day, orjson.dumps([channel, pairs]).decode())
    return Listed(created)


def moves_of(changed: Iterable[tuple[TicketRow, TicketRow]]) -> dict[str, dict[str, Listed | None]]:
    """By customer: what in whose list is another now, of tickets as they were and as they are.

    A ticket that other rules count now tells its customer so, even if it stands in the list as before.
    """
    moves: dict[str, dict[str, Listed | None]] = {}
    for before, after in changed:
        was, present = link_of(before), link_of(after)
        if (was, before.customer, before.rules) == (present, after.customer, after.rules):
            continue
        if was is not None and before.customer is not None:
            moves.setdefault(before.customer, {})[after.ticket] = None
        if present is not None and after.customer is not None:
            moves.setdefault(after.customer, {})[after.ticket] = present
    return moves


def moved(links: Links, moves: Moves) -> dict[str, Listed]:
    """A list after its moves."""
    return {ticket: link for ticket, link in {**links, **moves}.items() if link is not None}


def judged(links: Links, rules: Rules) -> dict[str, Listed]:
    """The list with, for each resolved ticket, whether the customer opened another one after the resolution, in time.

    In time is within `rules.repeat_days` times 24 hours, the last moment included. A ticket opened in the very
    microsecond of the resolution is not opened after it; the ticket itself never is.
    """
    window = rules.repeat_days * DAY
    undecided = days_of(window)
    opened = sorted(link.created for link in links.values())
    found = dict(links)
    for ticket, link in links.items():
        if link.resolved is None:
            continue
        repeated = bisect_right(opened, link.resolved + window) > bisect_right(opened, link.resolved)
        if (link.decided, link.repeated) != (link.day + undecided, repeated):
            found[ticket] = link._replace(decided=link.day + undecided, repeated=int(repeated))
    return found


def facts_of_customer(links: Links) -> list[Fact]:
    """The facts of a judged list: each resolved ticket once."""
    return [fact for link in links.values() for fact in link.fact()]


def write_links(links: Links) -> str:
    """The list as JSON, the same text for the same list."""
    written = {ticket: [*link] if link.resolved is not None else [link.created] for ticket, link in links.items()}
    return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode()


def read_links(text: str) -> dict[str, Listed]:
    """The list that `write_links` wrote."""
    return {ticket: Listed(*values) for ticket, values in orjson.loads(text).items()}
