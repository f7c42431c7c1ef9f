"""A made-up history of one account as arrays, one entry a ticket: for the store, and for the SQL beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from integrations.events import CHANNELS

Array = NDArray[np.int64]

YEARS_OF_DAYS: Final = 3 * 365
DAY: Final = 86_400
_SHARES: Final = (0.38, 0.2, 0.12, 0.1, 0.04, 0.1, 0.03, 0.03)
_AGENTS, _DEPARTMENTS, _TAGS, _PRODUCTS = 50, 8, 12, 5
_SOLVED, _ANSWERED, _TAGGED, _TAGGED_TWICE = 0.93, 0.25, 0.6, 0.2
_SCORES: Final = (0.06, 0.05, 0.09, 0.25, 0.55)
#: Stands for what has not happened.
NEVER: Final = -1


@dataclass(frozen=True)
class Tickets:
    """Tickets in the order of their creation; moments are seconds since 1970, NEVER where there is none.

    The codes are places in `names`; a second tag is NEVER where a ticket has but one or none.
    """

    channel: Array
    agent: Array
    department: Array
    tag: Array
    second_tag: Array
    product: Array
    created: Array
    responded: Array
    resolved: Array
    answered: Array
    score: Array

    def __len__(self) -> int:
        return len(self.created)

    @cached_property
    def first_response(self) -> Array:
        """Seconds to the first response, where there was one."""
        return self.responded - self.created

    @cached_property
    def resolution(self) -> Array:
        """Seconds to the resolution, where there was one."""
        return self.resolved - self.created

    def names(self, kind: str) -> list[str]:
        """What the codes of a slice kind stand for; no tag is ''."""
        if kind == "channel":
            return list(CHANNELS[: len(_SHARES)])
        if kind == "tag":
            return ["", *(f"tag-{number:02d}" for number in range(_TAGS))]
        number = {"agent": _AGENTS, "department": _DEPARTMENTS, "product": _PRODUCTS}[kind]
        return [f"{kind}-{each:02d}" for each in range(number)]


def make(count: int, *, today: int, seed: int = 1) -> Tickets:
    """So many tickets of three years up to yesterday; what would have happened today or later has not."""
    chance = np.random.default_rng(seed)
    end = today * DAY
    created = np.sort(chance.integers(end - YEARS_OF_DAYS * DAY, end, count))
    responded = created + chance.lognormal(8.2, 1.4, count).astype(np.int64)
    resolved = responded + chance.lognormal(10.3, 1.5, count).astype(np.int64)
    answered = resolved + chance.integers(60, 2 * DAY, count)
    responded[responded >= end] = NEVER
    resolved[(resolved >= end) | (chance.random(count) > _SOLVED)] = NEVER
    answered[(answered >= end) | (resolved == NEVER) | (chance.random(count) > _ANSWERED)] = NEVER
    tag = np.where(chance.random(count) < _TAGGED, chance.integers(1, _TAGS, count), 0)
    return Tickets(
        channel=chance.choice(len(_SHARES), count, p=_SHARES),
        agent=chance.integers(0, _AGENTS, count),
        department=chance.integers(0, _DEPARTMENTS, count),
        tag=tag,
        second_tag=np.where((tag > 0) & (chance.random(count) < _TAGGED_TWICE), _TAGS, NEVER),
        product=chance.integers(0, _PRODUCTS, count),
        created=created,
        responded=responded,
        resolved=resolved,
        answered=answered,
        score=chance.choice(np.arange(1, 6), count, p=_SCORES),
    )


#: The columns of the plain table, with their types in both databases.
COLUMNS: Final = {
    "account": "text", "ticket": "bigint", "channel": "text", "agent": "text", "department": "text",
    "product": "text", "created_day": "integer", "responded_day": "integer", "resolved_day": "integer",
    "answered_day": "integer", "first_response": "bigint", "resolution": "bigint", "is_resolved": "integer",
    "score": "integer",
}  # fmt: skip


def write_table(tickets: Tickets, path: Path) -> None:
    """The tickets as a CSV file without a header; what is not there is empty."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(zip(*_columns(tickets), strict=True))


def write_tags(tickets: Tickets, path: Path) -> None:
    """Ticket and tag of every tag that a ticket has, as a CSV file without a header."""
    names = tickets.names("tag")
    with path.open("w", newline="") as file:
        for codes in (tickets.tag, tickets.second_tag):
            who = np.flatnonzero(codes > 0)
            csv.writer(file).writerows(zip(who.tolist(), map(names.__getitem__, codes[who].tolist()), strict=True))


def _columns(tickets: Tickets) -> Iterator[Any]:
    yield ["bench"] * len(tickets)
    yield range(len(tickets))
    for kind in ("channel", "agent", "department", "product"):
        names = tickets.names(kind)
        yield [names[code] for code in getattr(tickets, kind).tolist()]
    yield (tickets.created // DAY).tolist()
    for moment in (tickets.responded, tickets.resolved, tickets.answered):
        yield _or_nothing(moment // DAY, moment)
    yield _or_nothing(tickets.first_response, tickets.responded)
    yield _or_nothing(tickets.resolution, tickets.resolved)
    yield (tickets.resolved != NEVER).astype(int).tolist()
    yield _or_nothing(tickets.score, tickets.answered)


def _or_nothing(values: Array, moments: Array) -> list[int | None]:
    there = (moments != NEVER).tolist()
    return [value if is_there else None for value, is_there in zip(values.tolist(), there, strict=True)]
