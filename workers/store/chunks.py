"""A chunk: every measure of one slice and channel in a span of days, packed into two values.

It holds cells (measure, day, day of decision or -1, n, total) and, for measures that have a distribution, every
value, so that any quantile over any days is exact. A chunk of stocks holds cells alone, of a longer span. The values
of a measure lie together, so that a report takes out what it asks for; durations, most of the bytes, lie apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, repeat
from math import prod
from operator import sub
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from integrations.errors import DeskpulseError
from workers.metrics import DURATIONS

#: Four weeks: of shorter spans a report by agent opens too many, longer ones cost too much to write anew.
DAYS: Final = 28
#: A quarter: the stock of a day is read from every span up to it, which therefore are few.
STOCK_DAYS: Final = 91
#: A cell as it is stored: the place of its measure, the day in the span, how many days later it is decided, n, total.
CELL: Final = np.dtype([("measure", "<u2"), ("day", "<u2"), ("later", "<i4"), ("n", "<u4"), ("total", "<i8")])
#: The day of decision of what is decided at once.
AT_ONCE: Final = -1
_NOT_LATER: Final = -(2**31)
#: In a section: where it begins to say how many values come before each day.
UPTO: Final = 3
_HEADER_BYTES: Final = 4
_ALIGNED: Final = 8
#: How values are written, by bytes a value: hours and scores in one or two, durations in four.
TYPES: Final[Mapping[int, np.dtype[Any]]] = {
    size: np.dtype(name) for size, name in ((1, "<u1"), (2, "<u2"), (4, "<u4"), (8, "<i8"))
}

Array = NDArray[np.int64]
_Days = TypeVar("_Days", int, Array)


class InconsistentFigures(DeskpulseError):
    """Something is to be taken out that was never put in: the account has to be rebuilt."""


def span_of(day: _Days) -> _Days:
    """The Monday that begins the four weeks of a day (1970-01-01 was a Thursday)."""
    return (day + 3) // DAYS * DAYS - 3


def stock_span_of(day: _Days) -> _Days:
    """The day that begins a day's span of stocks."""
    return day // STOCK_DAYS * STOCK_DAYS


class Stored(NamedTuple):
    """A chunk as it is stored: a header that says where everything lies, cells, scores and hours; and durations."""

    counts: bytes
    durations: bytes = b""


NO_CHUNK: Final = Stored(b"")


class Chunks(NamedTuple):
    """Several chunks unpacked: columns of numbers, sorted, that name chunks and measures by their places.

    `cells` are chunk, measure, day, day of decision, n and total; `values` are chunk, measure, day, value and how
    often it is there.
    """

    spans: Sequence[int]
    measures: Sequence[str]
    cells: Array
    values: Array


class Opened(NamedTuple):
    """Where everything lies in a chunk.

    The cells of the measure at a place are those from `bounds[place]` to `bounds[place + 1]`, counted from the byte
    `start`. `sections` has for a place with values the place, their bytes each, the first of these bytes, counted from
    the end of the cells or in the durations, and from `UPTO` on how many come before each day of the span and after
    the last.
    """

    span: int
    measures: list[str]
    bounds: list[int]
    sections: dict[int, list[int]]
    start: int

    @property
    def end(self) -> int:
        """The byte after the cells."""
        return self.start + self.bounds[-1] * CELL.itemsize

    def values_at(self, stored: Stored, place: int) -> tuple[bytes, int]:
        """The bytes among which the values of the measure at a place are, and where they begin."""
        start = self.sections[place][2]
        if self.measures[place] in DURATIONS:
            return stored.durations, start
        return stored.counts, self.end + start


def summed(columns: Array, keys: int) -> Array:
    """Columns sorted by the first so many, the others added up where those are equal; none that comes to nothing."""
    ordered = np.take(columns, _order(columns[:keys]), axis=1)
    first = starts_of(ordered[:keys])
    found = ordered[:, first]
    if len(first):
        found[keys:] = np.add.reduceat(ordered[keys:], first, axis=1)
    kept: Array = found[:, found[keys:].any(axis=0)]
    return kept


def numbered(columns: Array) -> tuple[Array, Array]:
    """The different ones among columns, sorted, and for each column which of them it is."""
    order = _order(columns)
    ordered = np.take(columns, order, axis=1)
    first = starts_of(ordered)
    which = np.empty_like(order)
    which[order] = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))
    return ordered[:, first], which


def _order(columns: Array) -> Array:
    """The order of columns: by one number each where they fit into one, which takes a seventh of the time."""
    if columns.size:
        least, most = columns.min(axis=1).tolist(), columns.max(axis=1).tolist()
        widths = [high - low + 1 for low, high in zip(least, most, strict=True)]
        if prod(widths) < 1 << 63:
            packed = np.zeros(columns.shape[1], np.int64)
            for row, low, width in zip(columns, least, widths, strict=True):
                packed = packed * width + (row - low)
            return np.argsort(packed, kind="stable")
    return np.lexsort(columns[::-1])


def starts_of(columns: Array) -> Array:
    """The places at which any of these sorted columns has another number than before."""
    changes = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    return np.flatnonzero(np.concatenate((np.ones(min(columns.shape[1], 1), bool), changes)))


def changed_values(values: Array, delta: Mapping[int, int]) -> Array:
    """Sorted values with some added and some removed; InconsistentFigures when one to remove is not there."""
    gone = _repeated({value: -times for value, times in delta.items() if times < 0})
    new = _repeated({value: times for value, times in delta.items() if times > 0})
    if len(gone):
        values = _without(values, gone)
    if not len(new):
        return values
    return np.insert(values, np.searchsorted(values, new), new)


def contents(chunk: Chunks) -> tuple[Counter[tuple[str, int, int, str]], Counter[tuple[str, int, int]]]:
    """Everything in one chunk, independent of the places of its measures; for comparing two.

    Numbers by (measure, day, decided, "n" or "total"), and how often each (measure, day, value) occurs.
    """
    numbers: Counter[tuple[str, int, int, str]] = Counter()
    for _, place, day, decided, n, total in chunk.cells.T.tolist():
        numbers[chunk.measures[place], day, decided, "n"] = n
        numbers[chunk.measures[place], day, decided, "total"] = total
    values: Counter[tuple[str, int, int]] = Counter()
    for _, place, day, value, times in chunk.values.T.tolist():
        values[chunk.measures[place], day, value] += times
    return numbers, values


def write_chunks(chunks: Chunks) -> list[Stored]:
    """Each chunk as it is stored: a header in JSON, the cells, and the values of one measure after the other.

    `NO_CHUNK` where a chunk has no cells. InconsistentFigures when it has values of a measure without cells, or a
    number that no count of tickets comes to.
    """
    first = starts_of(chunks.cells[:2])
    chunk, measure = chunks.cells[:2, first]
    every = np.arange(len(chunks.spans) + 1)
    heads, ends = np.searchsorted(chunk, every), np.searchsorted(chunks.cells[0], every)
    places = np.arange(len(first)) - heads[chunk]
    apart = np.array([name in DURATIONS for name in chunks.measures], bool)[chunks.values[1]]
    known = chunk * len(chunks.measures) + measure
    near, far = (_sections(chunks, chunks.values[:, chosen], known, places) for chosen in (~apart, apart))
    cells = _packed(chunks, np.repeat(places, np.diff(first, append=chunks.cells.shape[1])))
    names = [chunks.measures[place] for place in measure.tolist()]
    bounds = (first - ends[chunk]).tolist()
    written = []
    for span, (head, last), (begin, end), (told, values), (told_apart, durations) in zip(
        chunks.spans, pairwise(heads.tolist()), pairwise(ends.tolist()), near, far, strict=True
    ):
        header = orjson.dumps([span, names[head:last], [*bounds[head:last], end - begin], told + told_apart])
        parts = (_headed(header), cells[begin * CELL.itemsize : end * CELL.itemsize], values)
        written.append(Stored(b"".join(parts), durations) if begin < end else NO_CHUNK)
    return written


def open_chunk(counts: bytes) -> Opened:
    """What lies where in a chunk that `write_chunks` wrote."""
    start = _HEADER_BYTES + int.from_bytes(counts[:_HEADER_BYTES], "little")
    span, measures, bounds, sections = orjson.loads(counts[_HEADER_BYTES:start])
    return Opened(span, measures, bounds, {section[0]: section for section in sections}, start)


def read_chunks(written: Sequence[Stored]) -> Chunks:
    """Chunks that `write_chunks` wrote; their values are sorted for each chunk and measure only."""
    spans: list[int] = []
    measures: dict[str, int] = {}
    cells: list[bytes] = []
    runs: list[tuple[int, int, int]] = []
    values: dict[int, list[bytes]] = {size: [] for size in TYPES}
    sections: dict[int, list[list[int]]] = {size: [] for size in TYPES}
    for chunk, stored in enumerate(written):
        opened = open_chunk(stored.counts)
        kinds = [measures.setdefault(name, len(measures)) for name in opened.measures]
        runs += zip(repeat(chunk), kinds, map(sub, opened.bounds[1:], opened.bounds), strict=False)
        cells.append(stored.counts[opened.start : opened.end])
        for place, size, _, *upto in opened.sections.values():
            data, begin = opened.values_at(stored, place)
            values[size].append(data[begin : begin + upto[-1] * size])
            sections[size].append([chunk, kinds[place], opened.span, *upto])
        spans.append(opened.span)
    run = np.array(runs, np.int64).reshape(-1, 3).T
    chunk_and_measure = np.repeat(run[:2], run[2], axis=1)
    columns = unpacked(b"".join(cells), np.array(spans, np.int64)[chunk_and_measure[0]])
    found = [values_of(b"".join(values[size]), TYPES[size], sections[size]) for size in TYPES]
    return Chunks(
        spans,
        list(measures),
        np.stack((*chunk_and_measure, *columns[1:])),
        np.concatenate(found, axis=1),
    )


def unpacked(cells: bytes, spans: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Of each cell the place of its measure, the day, the day of decision, n and total; `spans` has that of each."""
    packed = np.frombuffer(cells, CELL)
    later = packed["later"]
    days = spans + packed["day"]
    decided = np.where(later == _NOT_LATER, AT_ONCE, days + later)
    return packed["measure"], days, decided, packed["n"].astype(np.int64), packed["total"].astype(np.int64)


def _packed(chunks: Chunks, places: Array) -> bytes:
    """The cells as bytes, each with the place of its measure in its chunk."""
    chunk, _, day, decided, n, total = chunks.cells
    columns = {
        "measure": places,
        "day": day - np.array(chunks.spans, np.int64)[chunk],
        "later": np.where(decided == AT_ONCE, _NOT_LATER, decided - day),
        "n": n,
        "total": total,
    }
    packed = np.empty(len(places), CELL)
    for name, column in columns.items():
        # numpy would keep the lower bytes of what does not fit, and say nothing.
        packed[name] = column
        if not np.array_equal(packed[name], column):
            raise InconsistentFigures(f"a number of a figure does not fit where it is kept: {name}")
    return packed.tobytes()


def values_of(data: bytes, kind: np.dtype[Any], sections: list[list[int]]) -> Array:
    """Columns of the values of sections: owner, measure, day, value and how often it is there, in this order.

    A section is its owner, its measure, the first day, and how many come before each day and after the last.
    """
    table = np.array(sections, np.int64).reshape(-1, 3 + DAYS + 1)
    counts = np.diff(table[:, 3:]).ravel()
    begins = counts.cumsum() - counts
    value = np.frombuffer(data, kind)
    # The values of a day are sorted, so that equal ones follow each other.
    is_first = np.ones(len(value), bool)
    np.not_equal(value[1:], value[:-1], out=is_first[1:])
    is_first[begins[counts > 0]] = True
    first = np.flatnonzero(is_first)
    place = np.repeat(np.arange(len(counts)), counts)[first]
    section, day = np.divmod(place, DAYS)
    owner, measure, begin = table[section, :3].T
    return np.stack((owner, measure, begin + day, value[first].astype(np.int64), np.diff(first, append=len(value))))


def _sections(chunks: Chunks, values: Array, known: Array, places: Array) -> list[tuple[list[list[int]], bytes]]:
    """Of each chunk: where these of its values lie, as `Opened` says, and they themselves as bytes.

    `known` is chunk × measures + measure of what has cells, `places` where each stands in its chunk.
    """
    times = values[4]
    columns = np.take(values[:4], np.repeat(np.arange(len(times)), times), axis=1)
    chunk, measure, day, value = columns
    first = starts_of(columns[:2])
    if not len(first):
        return [([], b"")] * len(chunks.spans)
    owners, counts = chunk[first], np.diff(first, append=len(chunk))
    kinds = owners * len(chunks.measures) + measure[first]
    found = np.searchsorted(known, kinds)
    if found[-1] == len(known) or not np.array_equal(known[found], kinds):
        raise InconsistentFigures("a value stays of a measure that nothing is counted in")
    section = np.repeat(np.arange(len(first)), counts)
    sizes = _narrowest(np.minimum.reduceat(value, first), np.maximum.reduceat(value, first))
    ends = (-(-counts * sizes // _ALIGNED) * _ALIGNED).cumsum()
    begin = np.concatenate(([0], ends[:-1]))
    written = _laid_out(value, sizes[section], begin[section], np.arange(len(value)) - first[section], int(ends[-1]))
    offsets = section * DAYS + day - np.array(chunks.spans, np.int64)[chunk]
    upto = np.bincount(offsets, minlength=len(first) * DAYS).reshape(-1, DAYS).cumsum(axis=1)
    heads = np.searchsorted(owners, np.arange(len(chunks.spans) + 1))
    borders = np.concatenate((begin, ends[-1:]))[heads]
    start = begin - borders[owners]
    told = np.column_stack((places[found], sizes, start, np.zeros_like(start), upto)).tolist()
    return [
        (told[head:last], written[low:high])
        for (head, last), (low, high) in zip(pairwise(heads.tolist()), pairwise(borders.tolist()), strict=True)
    ]


def _laid_out(values: Array, sizes: Array, begins: Array, places: Array, length: int) -> bytes:
    """Values of so many bytes each as bytes: each at its place in a section that begins at a multiple of its size."""
    buffer = np.zeros(length, np.uint8)
    for size, kind in TYPES.items():
        chosen = np.flatnonzero(sizes == size)
        buffer.view(kind)[begins[chosen] // size + places[chosen]] = values[chosen]
    return buffer.tobytes()


def _narrowest(least: Array, most: Array) -> Array:
    """How many bytes each takes of values that lie between these."""
    found = np.select([most < 1 << 8, most < 1 << 16, most < 1 << 32], [1, 2, 4], 8)
    return np.where(least < 0, 8, found)


def _headed(header: bytes) -> bytes:
    return len(header).to_bytes(_HEADER_BYTES, "little") + header


def _without(values: Array, gone: Array) -> Array:
    # The k-th of several equal values to remove is the k-th of those that are there.
    nth = np.arange(len(gone)) - np.searchsorted(gone, gone)
    places = np.searchsorted(values, gone) + nth
    if places[-1] >= len(values) or not np.array_equal(values[places], gone):
        raise InconsistentFigures("a value to remove is not among those that were counted")
    return np.delete(values, places)


def _repeated(counts: Mapping[int, int]) -> Array:
    return np.array([value for value in sorted(counts) for _ in range(counts[value])], np.int64)
