"""A long reading in portions small enough for one short transaction each, no ticket torn apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from integrations.base import Reading

#: What a transaction may hold without delaying the ones beside it.
MOST_EVENTS: Final = 500


def tickets_of(reading: Reading) -> frozenset[str]:
    """Every ticket that the reading tells or asks about."""
    told = {event.ticket for event in reading.events} | {present.ticket for present in reading.present}
    return frozenset(told | set(reading.refresh))


def portions(reading: Reading, *, most: int = MOST_EVENTS) -> list[Reading]:
    """The reading in portions of whole tickets with about `most` events each; at least one, names in the first."""
    parts = list(_cut(reading, most)) or [Reading()]
    parts[0] = replace(parts[0], names=reading.names)
    return parts


def _cut(reading: Reading, most: int) -> Iterator[Reading]:
    tickets: set[str] = set()
    size = 0
    for ticket, weight in sorted(_weights(reading).items()):
        if tickets and size + weight > most:
            yield _only(reading, tickets)
            tickets, size = set(), 0
        tickets.add(ticket)
        size += weight
    if tickets:
        yield _only(reading, tickets)


def _weights(reading: Reading) -> dict[str, int]:
    weights = dict.fromkeys(tickets_of(reading), 1)
    for event in reading.events:
        weights[event.ticket] += 1
    return weights


def _only(reading: Reading, tickets: set[str]) -> Reading:
    return Reading(
        events=tuple(event for event in reading.events if event.ticket in tickets),
        present=tuple(present for present in reading.present if present.ticket in tickets),
        refresh=tuple(ticket for ticket in reading.refresh if ticket in tickets),
    )
