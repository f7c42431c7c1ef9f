"""What needs several tickets of one customer: the list of them, and the facts that it contributes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

import orjson

from integrations.times import DAY, Instant
from workers.metrics.base import days_of
from workers.metrics.facts import Fact, Slices, read_facts
from workers.metrics.repeat_contact_rate import RATE, UNIDENTIFIED
from workers.rules import Rules
from workers.store.tickets import TicketRow
from workers.ticket_rows import COLUMNS

_read: Final = itemgetter(*map(COLUMNS.index, ("created_at", "resolved_at", "direction", "excluded")))


class Solved(NamedTuple):
    """The last resolution of a ticket that is resolved: when, its local day, and where it is counted."""

    at: Instant
    day: int
    slices: Slices


class Link(NamedTuple):
    """What a customer's list holds of one ticket."""

    created: Instant
    solved: Solved | None = None


#: Ticket → its link.
Links: TypeAlias = Mapping[str, Link]
#: Customer → ticket → its link in their list; None when it is not in it any more.
Moves: TypeAlias = dict[str, dict[str, Link | None]]


def link_of(row: TicketRow) -> Link | None:
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
        return Link(created)
    own = (fact for fact in read_facts(row.counted) if fact.measure == UNIDENTIFIED)
    return Link(created, next((Solved(resolved, fact.day, fact.slices) for fact in own), None))


def moves_of(changed: Iterable[tuple[TicketRow, TicketRow]]) -> Moves:
    """What in whose list is another now, of tickets as they were and as they are.

    A ticket that other rules count now tells its customer so, even if it stands in the list as before.
    """
    moves: Moves = {}
    for before, after in changed:
        was, present = link_of(before), link_of(after)
        if (was, before.customer, before.rules) == (present, after.customer, after.rules):
            continue
        if was is not None and before.customer is not None:
            moves.setdefault(before.customer, {})[after.ticket] = None
        if present is not None and after.customer is not None:
            moves.setdefault(after.customer, {})[after.ticket] = present
    return moves


def moved(links: Links, moves: Mapping[str, Link | None]) -> dict[str, Link]:
    """A list after its moves."""
    return {ticket: link for ticket, link in {**links, **moves}.items() if link is not None}


def facts_of_customer(links: Links, rules: Rules) -> Iterator[Fact]:
    """Each resolved ticket once: whether the customer opened another one after the resolution, in time.

    In time is within `rules.repeat_days` times 24 hours, the last moment included. A ticket opened in the very
    microsecond of the resolution is not opened after it.
    """
    window = rules.repeat_days * DAY
    opened = sorted(link.created for link in links.values())
    for link in links.values():
        if link.solved is not None:
            at, day, slices = link.solved
            repeated = bisect_right(opened, at + window) > bisect_right(opened, at)
            yield Fact(slices, RATE, day, day + days_of(window), 1, int(repeated), None)


def write_links(links: Links) -> str:
    """The list as JSON, the same text for the same list."""
    written = {ticket: _written(link) for ticket, link in links.items()}
    return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode()


def read_links(text: str) -> dict[str, Link]:
    """The list that `write_links` wrote."""
    return {ticket: _link(*values) for ticket, values in orjson.loads(text).items()}


def _written(link: Link) -> list[object]:
    if link.solved is None:
        return [link.created]
    at, day, (channel, pairs) = link.solved
    return [link.created, at, day, channel, pairs]


def _link(
    created: Instant, at: Instant = 0, day: int = 0, channel: str | None = None, pairs: Iterable[tuple[str, str]] = ()
) -> Link:
    if channel is None:
        return Link(created)
    return Link(created, Solved(at, day, Slices(channel, tuple((kind, value) for kind, value in pairs))))
