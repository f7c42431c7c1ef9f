"""A chunk: every measure of one slice, one channel and seven days, packed into one value.

For each measure there are cells (day, day of decision or -1, n, total) and, where it has a distribution, every
value, so that any quantile over any days is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from integrations.errors import DeskpulseError

DAYS: Final = 7
#: Values stand in one integer with the day before them; 40 bits of seconds are 34,000 years.
_VALUE_BITS: Final = 40
_VALUE_MASK: Final = (1 << _VALUE_BITS) - 1
_NEVER: Final = -1
_HEADER_BYTES: Final = 4

Array = NDArray[np.int64]


class InconsistentFigures(DeskpulseError):
    """Something is to be taken out that was never put in: the account has to be rebuilt."""


def span_of(day: int) -> int:
    """The Monday that begins the seven days of a day (1970-01-01 was a Thursday)."""
    return (day + 3) // DAYS * DAYS - 3


@dataclass(slots=True)
class Delta:
    """What is to be put into one measure of a chunk and taken out of it."""

    cells: Counter[tuple[int, int]] = field(default_factory=Counter)  #: (day, decided) → n
    totals: Counter[tuple[int, int]] = field(default_factory=Counter)
    values: Counter[int] = field(default_factory=Counter)  #: packed day and value → how many more

    def add(self, day: int, decided: int | None, n: int, total: int, value: int | None, sign: int) -> None:
        """Put a fact in (sign 1) or take it out (sign -1)."""
        cell = (day, _NEVER if decided is None else decided)
        self.cells[cell] += sign * n
        self.totals[cell] += sign * total
        if value is not None:
            self.values[pack(day, value)] += sign


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a chunk: cells as rows of (day, decided, n, total), sorted; packed values, sorted."""

    cells: Array
    values: Array

    def days(self, first: int, last: int) -> Measured:
        """Only what belongs to the days from first to last."""
        days = self.cells[:, 0]
        low, high = np.searchsorted(self.values, (pack(first, 0), pack(last + 1, 0)))
        return Measured(self.cells[(days >= first) & (days <= last)], self.values[low:high])

    def split(self, as_of: int) -> tuple[int, int, int]:
        """n and total of what is decided on a day, and n of the rest."""
        later = self.cells[:, 1] > as_of
        _, _, n, total = self.cells[~later].sum(axis=0) if len(self.cells) else (0, 0, 0, 0)
        return int(n), int(total), int(self.cells[later, 2].sum())


Chunk = dict[str, Measured]

_NONE: Final = Measured(np.empty((0, 4), np.int64), np.empty(0, np.int64))


def pack(day: int, value: int) -> int:
    """A day and a value as one integer that sorts by both."""
    return (day << _VALUE_BITS) | value


def unpack_values(packed: Array) -> Array:
    """The values without their days."""
    return packed & _VALUE_MASK


def applied(chunk: Chunk, deltas: dict[str, Delta]) -> Chunk:
    """The chunk with the deltas in it; a measure that holds nothing any more is left out."""
    changed = dict(chunk)
    for measure, delta in deltas.items():
        before = chunk.get(measure, _NONE)
        after = Measured(_cells(before.cells, delta), changed_values(before.values, delta.values))
        if len(after.cells):
            changed[measure] = after
        else:
            changed.pop(measure, None)
    return changed


def changed_values(values: Array, delta: Counter[int]) -> Array:
    """Sorted values with some added and some removed; InconsistentFigures when one to remove is not there."""
    gone = _repeated((value, -count) for value, count in delta.items() if count < 0)
    new = _repeated((value, count) for value, count in delta.items() if count > 0)
    if len(gone):
        values = _without(values, gone)
    if not len(new):
        return values
    return np.insert(values, np.searchsorted(values, new), new)


def write_chunk(chunk: Chunk) -> bytes:
    """The chunk as bytes; the same bytes for the same content."""
    measures = sorted(chunk)
    header = orjson.dumps([[name, len(chunk[name].cells), len(chunk[name].values)] for name in measures])
    arrays = [array.tobytes() for name in measures for array in (chunk[name].cells, chunk[name].values)]
    return b"".join((len(header).to_bytes(_HEADER_BYTES, "little"), header, *arrays))


def read_chunk(data: bytes) -> Chunk:
    """The chunk that `write_chunk` wrote; its arrays are views into the bytes."""
    start = _HEADER_BYTES + int.from_bytes(data[:_HEADER_BYTES], "little")
    chunk: Chunk = {}
    for name, cells, values in orjson.loads(data[_HEADER_BYTES:start]):
        middle, end = start + cells * 32, start + cells * 32 + values * 8
        chunk[name] = Measured(
            np.frombuffer(data, np.int64, cells * 4, start).reshape(cells, 4),
            np.frombuffer(data, np.int64, values, middle),
        )
        start = end
    return chunk


def _cells(cells: Array, delta: Delta) -> Array:
    n: Counter[tuple[int, int]] = Counter()
    total: Counter[tuple[int, int]] = Counter()
    for day, decided, count, amount in cells.tolist():
        n[day, decided] = count
        total[day, decided] = amount
    for cell, count in delta.cells.items():
        n[cell] += count
        total[cell] += delta.totals[cell]
        if n[cell] < 0 or (n[cell] == 0 and total[cell] != 0):
            raise InconsistentFigures("more is to be taken out of a figure than is in it")
    rows = [(*cell, count, total[cell]) for cell, count in sorted(n.items()) if count]
    return np.array(rows, np.int64).reshape(len(rows), 4)


def _without(values: Array, gone: Array) -> Array:
    # The k-th of several equal values to remove is the k-th of those that are there.
    first = np.searchsorted(gone, gone, side="left")
    places = np.searchsorted(values, gone, side="left") + np.arange(len(gone)) - first
    if places.max(initial=-1) >= len(values) or not np.array_equal(values[places], gone):
        raise InconsistentFigures("a value to remove is not among those that were counted")
    return np.delete(values, places)


def _repeated(counts: Iterable[tuple[int, int]]) -> Array:
    found = sorted(counts)
    if not found:
        return np.empty(0, np.int64)
    values, times = zip(*found, strict=True)
    return np.repeat(np.array(values, np.int64), times)
