"""A fact: one countable thing that a ticket contributes, and how facts are written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

import orjson


class Slices(NamedTuple):
    """Where a fact is counted: its channel, and (kind, value) pairs; "none" is the value ''."""

    channel: str
    pairs: tuple[tuple[str, str], ...]


class Fact(NamedTuple):
    """One countable thing.

    `day` is the local day that it belongs to and `decided` the first local day on which it counts, where it
    is not decided at once. `total` is an integer sum; `value` one whole number of a distribution, or None.
    """

    slices: Slices
    measure: str
    day: int
    decided: int | None
    n: int
    total: int
    value: int | None


#: A fact without its slices: measure, day, decided, n, total, value.
_Written: TypeAlias = tuple[Any, ...]

#: The facts of a ticket that contributes nothing.
NOTHING: Final = "[]"


def write_facts(facts: Iterable[Fact]) -> str:
    """The facts as JSON, those of the same slices together; the same facts in the same order give the same text."""
    groups: dict[Slices, list[_Written]] = {}
    last, group = None, []
    for fact in facts:
        if fact.slices is not last:
            last = fact.slices
            group = groups.setdefault(last, [])
        group.append(fact[1:])
    return orjson.dumps([[*slices, counted] for slices, counted in groups.items()]).decode()


def read_facts(text: str) -> list[Fact]:
    """The facts that `write_facts` wrote."""
    facts = []
    for channel, pairs, counted in orjson.loads(text):
        slices = Slices(channel, tuple((kind, value) for kind, value in pairs))
        facts += [Fact(slices, *fact) for fact in counted]
    return facts
