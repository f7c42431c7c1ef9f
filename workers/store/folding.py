"""Folds changes into chunks, all of a step at once: numpy goes over facts, slices and cells, no loop does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import orjson

from workers.metrics import ASIDE, STOCKS
from workers.store.chunks import (
    AT_ONCE,
    Array,
    Chunks,
    InconsistentFigures,
    Stored,
    numbered,
    read_chunks,
    span_of,
    stock_span_of,
    summed,
    write_chunks,
)

#: Before the kind of chunks that hold stocks, and of those that hold what is seldom asked for. No kind begins with
#: one of them, as their names begin with a letter.
STOCK: Final = "+"
SELDOM: Final = "~"
_MARKS: Final = ("", SELDOM, STOCK)

#: Which chunk: kind, value, channel, span.
ChunkKey: TypeAlias = tuple[str, str, str, int]
_Whole: TypeAlias = Sequence[int]
#: Channel, and (kind, value) pairs.
_Slices: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


def mark_of(measure: str) -> str:
    """What stands before the kind of the chunks that a measure lies in."""
    if measure in STOCKS:
        return STOCK
    return SELDOM if measure in ASIDE else ""


class Folding(NamedTuple):
    """What changes put into chunks and, as negative numbers, take out of them; in the order of the keys."""

    keys: Sequence[ChunkKey]
    changes: Chunks


class Facts(NamedTuple):
    """Facts that come (1) or go (-1), as columns of numbers that name slices and measures by their places.

    Slices, sign, measure, day, day of decision, n, total, value, and whether there is a value.
    """

    slices: Sequence[_Slices]
    measures: Sequence[str]
    columns: Array


@dataclass(slots=True)
class _Read:
    """Facts as they are read: of each group its slices, whether it comes or goes, and how many there are."""

    slices: dict[_Slices, int] = field(default_factory=dict)
    groups: list[tuple[int, int, int]] = field(default_factory=list)
    facts: list[Sequence[Any]] = field(default_factory=list)

    def add(self, text: str, sign: int) -> None:
        """Put facts beside the rest, as `write_facts` wrote them."""
        for channel, pairs, facts in orjson.loads(text):
            place = self.slices.setdefault((channel, tuple(map(tuple, pairs))), len(self.slices))
            self.groups.append((place, sign, len(facts)))
            self.facts += facts


def facts_of(changes: Iterable[Sequence[str]]) -> Facts:
    """The facts of changes, each of which is the facts before and the facts after as JSON."""
    read = _Read()
    for old, new in changes:
        read.add(old, -1)
        read.add(new, 1)
    names, *numbers = zip(*read.facts, strict=True) if read.facts else [()] * 6
    known = {name: place for place, name in enumerate(sorted(set(names)))}
    measure = np.array([known[name] for name in names], np.int64)
    groups = np.array(read.groups, np.int64).reshape(-1, 3)
    slices_and_sign = np.repeat(groups[:, :2], groups[:, 2], axis=0).T
    return Facts(list(read.slices), list(known), np.stack((*slices_and_sign, measure, *_numbers(*numbers))))


def together(parts: Sequence[Facts]) -> Facts:
    """All of these facts."""
    slices = list(dict.fromkeys(chain.from_iterable(part.slices for part in parts)))
    measures = sorted({name for part in parts for name in part.measures})
    places = {each: place for place, each in enumerate(slices)}
    kinds = {name: place for place, name in enumerate(measures)}
    columns = []
    for part in parts:
        place, sign, measure, *numbers = part.columns
        place = np.array([places[each] for each in part.slices], np.int64)[place]
        measure = np.array([kinds[name] for name in part.measures], np.int64)[measure]
        columns.append(np.stack((place, sign, measure, *numbers)))
    return Facts(slices, measures, np.concatenate(columns, axis=1))


def folding_of(facts: Facts) -> Folding:
    """What facts put into chunks, and take out of them."""
    slices, sign, measure, day, when, n, total, value, times = facts.columns
    mark = np.array([_MARKS.index(mark_of(name)) for name in facts.measures], np.int64)[measure]
    span = np.where(mark == _MARKS.index(STOCK), stock_span_of(day), span_of(day))
    homes, home = numbered(np.stack((slices, mark, span)))
    cells = summed(np.stack((home, measure, day, when, sign * n, sign * total)), 4)
    found = summed(np.stack((home, measure, day, value, sign * times)), 4)
    return _spread(facts.slices, homes, Chunks((), facts.measures, cells, found))


def _numbers(
    days: _Whole, decided: _Whole | Sequence[None], n: _Whole, totals: _Whole, values: _Whole | Sequence[None]
) -> Iterator[Array]:
    """Days, days of decision, n, totals, and values with how often each is there: not at all where there is none."""
    decided_days = [AT_ONCE if each is None else each for each in decided]
    there = [0 if each is None else each for each in values]
    for column in (days, decided_days, n, totals, there, [each is not None for each in values]):
        yield np.array(column, np.int64)


def folded(folding: Folding, present: Mapping[ChunkKey, Stored]) -> list[Stored]:
    """The chunks with the changes in them, in the order of the keys; `NO_CHUNK` where nothing is left.

    InconsistentFigures when more is taken out than is in.
    """
    keys, changes = folding
    before = read_chunks([present[key] for key in keys if key in present])
    places = np.array([place for place, key in enumerate(keys) if key in present], np.int64)
    measures = sorted({*before.measures, *changes.measures})
    both = (
        _renamed(before, places, measures),
        _renamed(changes, np.arange(len(keys)), measures),
    )
    cells = summed(np.concatenate([chunks.cells for chunks in both], axis=1), 4)
    if (cells[4] <= 0).any():
        raise InconsistentFigures("more is to be taken out of a figure than is in it")
    values = summed(np.concatenate([chunks.values for chunks in both], axis=1), 4)
    if (values[4] < 0).any():
        raise InconsistentFigures("a value to remove is not among those that were counted")
    return write_chunks(Chunks([span for _, _, _, span in keys], measures, cells, values))


def in_portions(folding: Folding, sizes: Mapping[ChunkKey, int], most: int) -> Iterator[Folding]:
    """The same in parts, each of as many chunks as have `most` bytes together now, or of a single larger one."""
    _, measures, cells, values = folding.changes
    by_chunk = Chunks((), measures, _by_chunk(cells), _by_chunk(values))
    begin, together = 0, 0
    for place, key in enumerate(folding.keys):
        together += sizes.get(key, 0)
        if together > most and place > begin:
            yield _part(folding.keys, by_chunk, begin, place)
            begin, together = place, sizes.get(key, 0)
    if folding.keys:
        yield _part(folding.keys, by_chunk, begin, len(folding.keys))


def _by_chunk(columns: Array) -> Array:
    return np.take(columns, np.argsort(columns[0], kind="stable"), axis=1)


def _part(keys: Sequence[ChunkKey], changes: Chunks, begin: int, end: int) -> Folding:
    """The changes to the chunks at the places from `begin` to `end`, counted from there."""
    found = []
    for columns in (changes.cells, changes.values):
        part = columns[:, slice(*np.searchsorted(columns[0], (begin, end)))].copy()
        part[0] -= begin
        found.append(part)
    return Folding(keys[begin:end], Chunks((), changes.measures, *found))


def _renamed(chunks: Chunks, places: Array, measures: Sequence[str]) -> Chunks:
    """The same at other places, its measures at theirs among these."""
    known = {name: place for place, name in enumerate(measures)}
    kinds = np.array([known[name] for name in chunks.measures], np.int64)
    cells, values = (
        np.stack((places[columns[0]], kinds[columns[1]], *columns[2:])) for columns in (chunks.cells, chunks.values)
    )
    return Chunks((), measures, cells, values)


def _spread(slices: Sequence[_Slices], homes: Array, facts: Chunks) -> Folding:
    """What is counted under slices, mark and span, counted in each of their chunks: of all, and of every slice."""
    of_home: list[list[ChunkKey]] = [[]] * homes.shape[1]
    for home in np.union1d(facts.cells[0], facts.values[0]).tolist():
        place, mark, span = homes[:, home].tolist()
        channel, pairs = slices[place]
        of_home[home] = [(_MARKS[mark] + kind, name, channel, span) for kind, name in (("", ""), *pairs)]
    keys = sorted({key for found in of_home for key in found})
    known = {key: place for place, key in enumerate(keys)}
    counts = np.array([len(found) for found in of_home], np.int64)
    chunks = np.array([known[key] for found in of_home for key in found], np.int64)
    cells, values = (_in_each(columns, counts, chunks) for columns in (facts.cells, facts.values))
    return Folding(keys, Chunks((), facts.measures, cells, values))


def _in_each(columns: Array, counts: Array, chunks: Array) -> Array:
    """Every column as often as its home has chunks, with one of these in its place."""
    times = counts[columns[0]]
    found = np.take(columns, np.repeat(np.arange(len(times)), times), axis=1)
    nth = np.arange(found.shape[1]) - np.repeat(times.cumsum() - times, times)
    found[0] = chunks[(counts.cumsum() - counts)[found[0]] + nth]
    return found
