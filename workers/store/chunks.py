"""A chunk: every measure of one slice, one channel and seven days, packed into one value.

It holds cells (measure, day, day of decision or -1, n, total) and, for measures that have a distribution, every
value, so that any quantile over any days is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from integrations.errors import DeskpulseError

DAYS: Final = 7
#: A value stands in one integer behind its measure's place and its day in the span, so that all sort together.
_VALUE_BITS: Final = 40  #: 34,000 years of seconds
_DAY_BITS: Final = 3
_VALUE_MASK: Final = (1 << _VALUE_BITS) - 1
_NEVER: Final = -1
_HEADER_BYTES: Final = 4
_CELL: Final = 5  #: numbers in a cell

Array = NDArray[np.int64]


class InconsistentFigures(DeskpulseError):
    """Something is to be taken out that was never put in: the account has to be rebuilt."""


def span_of(day: int) -> int:
    """The Monday that begins the seven days of a day (1970-01-01 was a Thursday)."""
    return (day + 3) // DAYS * DAYS - 3


@dataclass(slots=True)
class Delta:
    """What is to be put into a chunk and taken out of it."""

    n: Counter[tuple[str, int, int]] = field(default_factory=Counter)  #: by measure, day and day of decision
    total: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    values: Counter[tuple[str, int, int]] = field(default_factory=Counter)  #: by measure, day and value

    def add(self, measure: str, day: int, decided: int | None, n: int, total: int, value: int | None) -> None:
        """Put a fact in; n, total and the sign of both are negative to take it out."""
        cell = (measure, day, _NEVER if decided is None else decided)
        self.n[cell] += n
        self.total[cell] += total
        if value is not None:
            self.values[measure, day, value] += 1 if n > 0 else -1


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of a chunk for some days: n and total of what is decided, n of the rest, and the values."""

    measure: str
    n: int
    total: int
    undecided: int
    values: Array


@dataclass(frozen=True, slots=True)
class Chunk:
    """`cells` are rows of (place in `measures`, day, decided, n, total); `values` are packed and sorted."""

    span: int
    measures: tuple[str, ...]
    cells: Array
    values: Array

    def parts(self, first: int, last: int, *, as_of: int) -> Iterator[Part]:
        """What belongs to the days from first to last; what is decided after `as_of` is undecided."""
        cells = self.cells[(self.cells[:, 1] >= first) & (self.cells[:, 1] <= last)]
        for place in np.unique(cells[:, 0]).tolist():
            mine = cells[cells[:, 0] == place]
            later = mine[:, 2] > as_of
            n, total = mine[~later, 3:].sum(axis=0).tolist()
            undecided = int(mine[later, 3].sum())
            yield Part(self.measures[place], n, total, undecided, self._values(place, first, last))

    def days(self) -> list[int]:
        """The days on which anything was counted."""
        days: list[int] = np.unique(self.cells[:, 1]).tolist()
        return days

    def _values(self, place: int, first: int, last: int) -> Array:
        offset, end = max(first - self.span, 0), min(last - self.span, DAYS - 1)
        low, high = np.searchsorted(self.values, (_packed(place, offset, 0), _packed(place, end + 1, 0)))
        return self.values[low:high] & _VALUE_MASK


def empty(span: int) -> Chunk:
    """A chunk that nothing was counted in."""
    return Chunk(span, (), np.empty((0, _CELL), np.int64), np.empty(0, np.int64))


def applied(chunk: Chunk, delta: Delta) -> Chunk:
    """The chunk with a delta in it; InconsistentFigures when more is taken out than is in."""
    places = {measure: place for place, measure in enumerate(chunk.measures)}
    for measure, _, _ in delta.n:
        places.setdefault(measure, len(places))
    packed = Counter(
        {
            _packed(places[measure], day - chunk.span, value): times
            for (measure, day, value), times in delta.values.items()
        }
    )
    return Chunk(chunk.span, tuple(places), _cells(chunk.cells, delta, places), changed_values(chunk.values, packed))


def changed_values(values: Array, delta: Counter[int]) -> Array:
    """Sorted values with some added and some removed; InconsistentFigures when one to remove is not there."""
    gone = _repeated({value: -times for value, times in delta.items() if times < 0})
    new = _repeated({value: times for value, times in delta.items() if times > 0})
    if len(gone):
        values = _without(values, gone)
    if not len(new):
        return values
    return np.insert(values, np.searchsorted(values, new), new)


def contents(chunk: Chunk) -> tuple[Counter[tuple[str, int, int, str]], Counter[tuple[str, int, int]]]:
    """Everything in a chunk, independent of the places of its measures; for comparing two.

    Numbers by (measure, day, decided, "n" or "total"), and how often each (measure, day, value) occurs.
    """
    numbers: Counter[tuple[str, int, int, str]] = Counter()
    for place, day, decided, n, total in chunk.cells.tolist():
        numbers[chunk.measures[place], day, decided, "n"] = n
        numbers[chunk.measures[place], day, decided, "total"] = total
    values: Counter[tuple[str, int, int]] = Counter()
    for packed in chunk.values.tolist():
        place, offset = packed >> (_VALUE_BITS + _DAY_BITS), (packed >> _VALUE_BITS) & ((1 << _DAY_BITS) - 1)
        values[chunk.measures[place], chunk.span + offset, packed & _VALUE_MASK] += 1
    return numbers, values


def write_chunk(chunk: Chunk) -> bytes:
    """The chunk as bytes."""
    header = orjson.dumps([chunk.span, len(chunk.cells), len(chunk.values), *chunk.measures])
    return len(header).to_bytes(_HEADER_BYTES, "little") + header + chunk.cells.tobytes() + chunk.values.tobytes()


def read_chunk(data: bytes) -> Chunk:
    """The chunk that `write_chunk` wrote; its arrays are views into the bytes."""
    start = _HEADER_BYTES + int.from_bytes(data[:_HEADER_BYTES], "little")
    span, cells, values, *measures = orjson.loads(data[_HEADER_BYTES:start])
    return Chunk(
        span,
        tuple(measures),
        np.frombuffer(data, np.int64, cells * _CELL, start).reshape(cells, _CELL),
        np.frombuffer(data, np.int64, values, start + cells * _CELL * 8),
    )


def _packed(place: int, offset: int, value: int) -> int:
    return (((place << _DAY_BITS) + offset) << _VALUE_BITS) + value


def _cells(cells: Array, delta: Delta, places: dict[str, int]) -> Array:
    found = {(place, day, decided): (n, total) for place, day, decided, n, total in cells.tolist()}
    for (measure, day, decided), more in delta.n.items():
        cell = (places[measure], day, decided)
        n, total = found.get(cell, (0, 0))
        n, total = n + more, total + delta.total[measure, day, decided]
        if n < 0 or (n == 0 and total != 0):
            raise InconsistentFigures("more is to be taken out of a figure than is in it")
        found[cell] = (n, total)
    rows = [(*cell, *numbers) for cell, numbers in found.items() if numbers[0]]
    return np.array(rows, np.int64).reshape(len(rows), _CELL)


def _without(values: Array, gone: Array) -> Array:
    # The k-th of several equal values to remove is the k-th of those that are there.
    nth = np.arange(len(gone)) - np.searchsorted(gone, gone)
    places = np.searchsorted(values, gone) + nth
    if places[-1] >= len(values) or not np.array_equal(values[places], gone):
        raise InconsistentFigures("a value to remove is not among those that were counted")
    return np.delete(values, places)


def _repeated(counts: dict[int, int]) -> Array:
    return np.array([value for value in sorted(counts) for _ in range(counts[value])], np.int64)
