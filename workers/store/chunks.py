"""A chunk: every measure of one slice and channel in a span of days, packed into one value.

It holds cells (measure, day, day of decision or -1, n, total) and, for measures that have a distribution, every
value, so that any quantile over any days is exact. A chunk of stocks holds cells alone, of a longer span. As bytes,
a measure's values lie together, so that a report takes out what it asks for and leaves the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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
#: While values change, each stands in one integer behind its measure's place and its day, so that all sort together.
_VALUE_BITS: Final = 40  #: 34,000 years of seconds
_DAY_BITS: Final = 3
_DAY_MASK: Final = (1 << _DAY_BITS) - 1
_PLACE_BITS: Final = _VALUE_BITS + _DAY_BITS
_VALUE_MASK: Final = (1 << _VALUE_BITS) - 1
_NEVER: Final = -1
_NOWHERE: Final = -1
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


def _zeros() -> dict[tuple[str, int, int], int]:
    return defaultdict(int)


@dataclass(slots=True)
class Delta:
    """What is to be put into a chunk and taken out of it."""

    n: dict[tuple[str, int, int], int] = field(default_factory=_zeros)  #: by measure, day and day of decision
    total: dict[tuple[str, int, int], int] = field(default_factory=_zeros)
    values: dict[tuple[str, int, int], int] = field(default_factory=_zeros)  #: by measure, day and value

    def add(self, measure: str, day: int, decided: int | None, n: int, total: int, value: int | None) -> None:
        """Put a fact in; n, total and the sign of both are negative to take it out."""
        cell = (measure, day, _NEVER if decided is None else decided)
        self.n[cell] += n
        self.total[cell] += total
        if value is not None:
            self.values[measure, day, value] += 1 if n > 0 else -1


@dataclass(frozen=True, slots=True)
class Chunk:
    """`cells` are rows of (place in `measures`, day, decided, n, total), by place; `values` are packed and sorted.

    The measures are sorted, so that most chunks have the same ones at the same places.
    """

    span: int
    measures: tuple[str, ...]
    cells: Array
    values: Array


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
    return Chunk(span, (), np.empty((0, CELL), np.int64), np.empty(0, np.int64))


def applied(chunk: Chunk, delta: Delta) -> Chunk:
    """The chunk with a delta in it; InconsistentFigures when more is taken out than is in."""
    numbers = _changed_numbers(chunk, delta)
    known = sorted({*chunk.measures, *(measure for measure, _, _ in delta.n)})
    before = {measure: place for place, measure in enumerate(known)}
    changes = {
        _packed(before[measure], day - chunk.span, value): times
        for (measure, day, value), times in delta.values.items()
    }
    values = changed_values(_moved(chunk.values, chunk.measures, before), changes)
    places = {measure: place for place, measure in enumerate(sorted({measure for measure, _, _ in numbers}))}
    rows = sorted((places[measure], day, decided, *both) for (measure, day, decided), both in numbers.items())
    cells = np.array(rows, np.int64).reshape(len(rows), CELL)
    return Chunk(chunk.span, tuple(places), cells, _moved(values, known, places))


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
    for packed in chunk.values.tolist():
        place, offset = packed >> _PLACE_BITS, (packed >> _VALUE_BITS) & _DAY_MASK
        values[chunk.measures[place], chunk.span + offset, packed & _VALUE_MASK] += 1
    return numbers, values


def write_chunk(chunk: Chunk) -> bytes:
    """The chunk as bytes: a header in JSON, the cells, and the values of one measure after the other."""
    width = len(chunk.measures)
    bounds = np.searchsorted(chunk.cells[:, 0], np.arange(width + 1)).tolist()
    days = np.bincount(chunk.values >> _VALUE_BITS, minlength=width << _DAY_BITS).reshape(width, 1 << _DAY_BITS)
    numbers = chunk.values & _VALUE_MASK
    parts, sections, first, start = [chunk.cells.tobytes()], [], 0, 0
    for place, counts in enumerate(days.tolist()):
        upto = list(accumulate(counts[:DAYS], initial=0))
        if upto[-1]:
            found = numbers[first : first + upto[-1]]
            size = _narrowest(int(found.max()))
            sections.append((place, size, start, *upto))
            parts.append(_aligned(found.astype(TYPES[size]).tobytes()))
            first, start = first + upto[-1], start + len(parts[-1])
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
    """The chunk that `write_chunk` wrote; its cells are a view into the bytes."""
    found = open_chunk(data)
    cells = np.frombuffer(data[found.start : found.values], np.int64).reshape(-1, CELL)
    keys, counts, arrays = [], [], [np.empty(0, np.int64)]
    for place, (size, start, *bounds) in found.sections.items():
        keys += [_packed(place, offset, 0) for offset in range(DAYS)]
        counts += [after - before for before, after in pairwise(bounds)]
        arrays.append(np.frombuffer(data, TYPES[size], bounds[-1], found.values + start))
    values = np.repeat(np.array(keys, np.int64), counts) + np.concatenate(arrays, dtype=np.int64)
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


def _packed(place: int, offset: int, value: int) -> int:
    return (((place << _DAY_BITS) + offset) << _VALUE_BITS) + value


def _moved(values: Array, measures: Sequence[str], places: Mapping[str, int]) -> Array:
    """Packed values whose measures have other places now, in the same order."""
    if not len(values) or list(measures) == list(places):
        return values
    new = np.array([places.get(measure, _NOWHERE) for measure in measures], np.int64)[values >> _PLACE_BITS]
    if new.min() == _NOWHERE:
        raise InconsistentFigures("a value stays of a measure that nothing is counted in")
    moved: Array = (new << _PLACE_BITS) + (values & ((1 << _PLACE_BITS) - 1))
    return moved


def _narrowest(largest: int) -> int:
    """How many bytes a value takes when none is larger."""
    return next(size for size in TYPES if largest.bit_length() <= size * 8)


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
