"""A long reading in portions small enough for one short transaction each, no ticket torn apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import Final, TypeVar

from integrations.base import Reading

T = TypeVar("T")

#: What a transaction may hold without delaying the ones beside it.
MOST_EVENTS: Final = 500


def tickets_of(reading: Reading) -> frozenset[str]:
    """Every ticket that the reading tells or asks about."""
    told = {event.ticket for event in reading.events} | {present.ticket for present in reading.present}
    return frozenset(told | set(reading.refresh))


def portions(reading: Reading, *, most: int = MOST_EVENTS) -> list[Reading]:
    """The reading in portions of whole tickets with about `most` events each; at least one, names in the first."""
    weights = sorted(_weights(reading).items())
    parts = [_only(reading, dict(run).keys()) for run in runs(weights, itemgetter(1), most=most)] or [Reading()]
    parts[0] = replace(parts[0], names=reading.names)
    return parts


def runs(parts: Iterable[T], size: Callable[[T], int], *, most: int) -> Iterator[list[T]]:
    """The parts in runs that are at most so large together, or of a single larger part."""
    run: list[T] = []
    together = 0
    for part in parts:
        if run and together + size(part) > most:
            yield run
            run, together = [], 0
        run.append(part)
        together += size(part)
    if run:
        yield run


def _weights(reading: Reading) -> dict[str, int]:
    weights = dict.fromkeys(tickets_of(reading), 1)
    for event in reading.events:
        weights[event.ticket] += 1
    return weights


def _only(reading: Reading, tickets: Collection[str]) -> Reading:
    return Reading(
        events=tuple(event for event in reading.events if event.ticket in tickets),
        present=tuple(present for present in reading.present if present.ticket in tickets),
        refresh=tuple(ticket for ticket in reading.refresh if ticket in tickets),
    )
