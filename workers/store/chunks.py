"""A chunk: every measure of one slice and channel in a span of days, packed into one value.

It holds cells (measure, day, day of decision or -1, n, total) and, for measures that have a distribution, every
value, so that any quantile over any days is exact. A chunk of stocks holds cells alone, of a longer span. As bytes,
a measure's values lie together, so that a report takes out what it asks for and leaves the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from integrations.errors import DeskpulseError

DAYS: Final = 7
#: A quarter: the stock of a day is read from every span up to it, which therefore are few.
STOCK_DAYS: Final = 91
CELL: Final = 5  #: numbers in a cell
CELL_BYTES: Final = CELL * 8
#: While values change, each stands behind its day in the span, so that all of a measure sort together.
_VALUE_BITS: Final = 40  #: 34,000 years of seconds
_VALUE_MASK: Final = (1 << _VALUE_BITS) - 1
_NEVER: Final = -1
_HEADER_BYTES: Final = 4
_ALIGNED: Final = 8
#: How values are written, by bytes a value: hours and scores in one or two, durations in four.
TYPES: Final[Mapping[int, np.dtype[Any]]] = {
    size: np.dtype(name) for size, name in ((1, "<u1"), (2, "<u2"), (4, "<u4"), (8, "<i8"))
}

Array = NDArray[np.int64]


class InconsistentFigures(DeskpulseError):
    """Something is to be taken out that was never put in: the account has to be rebuilt."""


def span_of(day: int) -> int:
    """The Monday that begins the seven days of a day (1970-01-01 was a Thursday)."""
    return (day + 3) // DAYS * DAYS - 3


def stock_span_of(day: int) -> int:
    """The day that begins a day's span of stocks."""
    return day // STOCK_DAYS * STOCK_DAYS


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


class Values(NamedTuple):
    """The values of a measure, day after day and sorted inside a day, and how many there are of each day."""

    counts: tuple[int, ...]
    numbers: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """`cells` are rows of (place in `measures`, day, decided, n, total), by place; `values` are by measure."""

    span: int
    measures: tuple[str, ...]
    cells: Array
    values: Mapping[str, Values]


class Opened(NamedTuple):
    """Where everything lies in a chunk's bytes.

    The cells of the measure at a place are those from `bounds[place]` to `bounds[place + 1]`, counted from the byte
    `start`. `sections` has for a place with values their bytes each, their first byte counted from `values`, and
    how many come before each day of the span and after the last.
    """

    span: int
    measures: list[str]
    bounds: list[int]
    sections: dict[int, list[int]]
    start: int
    values: int


def empty(span: int) -> Chunk:
    """A chunk that nothing was counted in."""
    return Chunk(span, (), np.empty((0, CELL), np.int64), {})


def applied(chunk: Chunk, delta: Delta) -> Chunk:
    """The chunk with a delta in it; InconsistentFigures when more is taken out than is in."""
    numbers = _changed_numbers(chunk, delta)
    places = {measure: place for place, measure in enumerate(sorted({measure for measure, _, _ in numbers}))}
    rows = sorted((places[measure], day, decided, *both) for (measure, day, decided), both in numbers.items())
    values = dict(chunk.values)
    for measure, changes in _changes_by_measure(chunk.span, delta).items():
        values[measure] = _unpacked(changed_values(_packed(values.get(measure)), changes))
    kept = {measure: held for measure, held in values.items() if len(held.numbers)}
    if not kept.keys() <= places.keys():
        raise InconsistentFigures("a value stays of a measure that nothing is counted in")
    return Chunk(chunk.span, tuple(places), np.array(rows, np.int64).reshape(len(rows), CELL), kept)


def changed_values(values: Array, delta: Mapping[int, int]) -> Array:
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
    for measure, held in chunk.values.items():
        days = np.repeat(np.arange(DAYS), held.counts).tolist()
        values.update(
            (measure, chunk.span + day, value) for day, value in zip(days, held.numbers.tolist(), strict=True)
        )
    return numbers, values


def write_chunk(chunk: Chunk) -> bytes:
    """The chunk as bytes: a header in JSON, the cells, and the values of one measure after the other."""
    bounds = np.searchsorted(chunk.cells[:, 0], np.arange(len(chunk.measures) + 1)).tolist()
    parts, sections, start = [chunk.cells.tobytes()], [], 0
    for place, measure in enumerate(chunk.measures):
        if measure in chunk.values:
            held = chunk.values[measure]
            sections.append((place, held.numbers.itemsize, start, *accumulate(held.counts, initial=0)))
            parts.append(_aligned(held.numbers.tobytes()))
            start += len(parts[-1])
    header = orjson.dumps([chunk.span, chunk.measures, bounds, sections])
    return b"".join((_aligned(len(header).to_bytes(_HEADER_BYTES, "little") + header), *parts))


def open_chunk(data: bytes) -> Opened:
    """What lies where in the bytes that `write_chunk` wrote."""
    end = _HEADER_BYTES + int.from_bytes(data[:_HEADER_BYTES], "little")
    span, measures, bounds, sections = orjson.loads(data[_HEADER_BYTES:end])
    start = end + -end % _ALIGNED
    by_place = {place: section for place, *section in sections}
    return Opened(span, measures, bounds, by_place, start, start + bounds[-1] * CELL_BYTES)


def read_chunk(data: bytes) -> Chunk:
    """The chunk that `write_chunk` wrote; its arrays are views into the bytes."""
    found = open_chunk(data)
    cells = np.frombuffer(data[found.start : found.values], np.int64).reshape(-1, CELL)
    values = {
        found.measures[place]: Values(
            tuple(after - before for before, after in pairwise(bounds)),
            np.frombuffer(data, TYPES[size], bounds[-1], found.values + start),
        )
        for place, (size, start, *bounds) in found.sections.items()
    }
    return Chunk(found.span, tuple(found.measures), cells, values)


def _changed_numbers(chunk: Chunk, delta: Delta) -> dict[tuple[str, int, int], tuple[int, int]]:
    """n and total of every cell that counts anything, by measure, day and day of decision."""
    names = chunk.measures
    found = {(names[place], day, decided): (n, total) for place, day, decided, n, total in chunk.cells.tolist()}
    for cell, more in delta.n.items():
        n, total = found.get(cell, (0, 0))
        n, total = n + more, total + delta.total[cell]
        if n < 0 or (n == 0 and total != 0):
            raise InconsistentFigures("more is to be taken out of a figure than is in it")
        found[cell] = (n, total)
    return {cell: numbers for cell, numbers in found.items() if numbers[0]}


def _changes_by_measure(span: int, delta: Delta) -> dict[str, dict[int, int]]:
    """How often each value, behind its day in the span, is added or removed."""
    changes: dict[str, dict[int, int]] = {}
    for (measure, day, value), times in delta.values.items():
        changes.setdefault(measure, {})[(day - span << _VALUE_BITS) + value] = times
    return changes


def _packed(held: Values | None) -> Array:
    if held is None:
        return np.empty(0, np.int64)
    days: Array = np.repeat(np.arange(DAYS), held.counts) << _VALUE_BITS
    return days + held.numbers.astype(np.int64)


def _unpacked(packed: Array) -> Values:
    counts = np.bincount(packed >> _VALUE_BITS, minlength=DAYS).tolist()
    numbers = packed & _VALUE_MASK
    return Values(tuple(counts), numbers.astype(_narrowest(numbers)))


def _narrowest(numbers: Array) -> np.dtype[Any]:
    bits = int(numbers.max(initial=0)).bit_length()
    return next(kind for size, kind in TYPES.items() if bits <= size * 8)


def _without(values: Array, gone: Array) -> Array:
    # The k-th of several equal values to remove is the k-th of those that are there.
    nth = np.arange(len(gone)) - np.searchsorted(gone, gone)
    places = np.searchsorted(values, gone) + nth
    if places[-1] >= len(values) or not np.array_equal(values[places], gone):
        raise InconsistentFigures("a value to remove is not among those that were counted")
    return np.delete(values, places)


def _repeated(counts: Mapping[int, int]) -> Array:
    return np.array([value for value in sorted(counts) for _ in range(counts[value])], np.int64)


def _aligned(part: bytes) -> bytes:
    return part.ljust(len(part) + -len(part) % _ALIGNED, b"\0")
