"""Adds up chunks and the changes beside them for the rows of one report.

Cells of all chunks are added in one go by numpy; a chunk by itself only says where its cells and values belong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from workers.metrics.base import Sums
from workers.store.chunks import CELL, DAYS, TYPES, UPTO, Array, Opened, Stored, changed_values, unpacked

#: How a row is named from a value of the slice kind and a channel, and how from a day where rows are times.
RowOf: TypeAlias = Callable[[str, str], str]
TimeOf: TypeAlias = Callable[[int], str]
#: A fact flattened, so that equal facts of opposite sign cancel: channel, pairs, then the fact's numbers.
Flat: TypeAlias = tuple[str, tuple[tuple[str, str], ...], str, int, int | None, int, int, int | None]
#: Row → measure → sums.
Rows: TypeAlias = dict[str, dict[str, Sums]]

_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sums are asked for.

    `kind` is '' for all tickets or a slice kind; `value` and `channel` narrow it; `days` are the first and
    last day; what is decided after `as_of` counts as undecided. `measures` are those that are needed, each
    without what follows its first colon; None is all. With `time`, rows are named by it and not by slices.
    """

    kind: str
    days: tuple[int, int]
    as_of: int
    value: str | None = None
    channel: str | None = None
    measures: frozenset[str] | None = None
    time: TimeOf | None = None

    def wants(self, measure: str) -> bool:
        """Whether a measure is needed."""
        return self.measures is None or measure.partition(":")[0] in self.measures

    def names(self, channel: str, pairs: tuple[tuple[str, str], ...]) -> list[str]:
        """The values under which a fact with these slices is counted; none when it is not asked for."""
        if self.channel not in (None, channel):
            return []
        if not self.kind:
            return [""]
        return [name for kind, name in pairs if kind == self.kind and self.value in (None, name)]


class Run(NamedTuple):
    """Days of one row that follow each other, as places in a span: from `begin` up to and without `end`."""

    row: int
    begin: int
    end: int


class Columns(NamedTuple):
    """Cells as columns: place of the chunk, number of the measure, day, day of decision or -1, n and total."""

    chunk: Array
    measure: Array
    day: Array
    decided: Array
    n: Array
    total: Array


@dataclass(slots=True)
class Places:
    """A number for every name, in the order in which they come; names that are not wanted have none."""

    wants: Callable[[str], bool] = field(default=lambda _: True)
    known: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def of(self, name: str) -> int:
        """The number of a name; -1 of one that is not wanted."""
        place = self.known.get(name)
        if place is None:
            place = len(self.names) if self.wants(name) else _NOWHERE
            self.known[name] = place
            if place != _NOWHERE:
                self.names.append(name)
        return place


class _Known(NamedTuple):
    """What is wanted of the chunks that have the same measures."""

    number: int
    places: list[tuple[int, int]]  #: place of each wanted measure in the chunk, and its number
    runs: list[tuple[int, int]]  #: the places that follow each other: from, up to and without


@dataclass(slots=True)
class Cells:
    """The cells of the wanted measures of many chunks."""

    measures: Places
    data: list[bytes] = field(default_factory=list)
    pieces: list[tuple[int, int, int]] = field(default_factory=list)  #: of each chunk: measures, cells, span
    known: dict[tuple[str, ...], _Known] = field(default_factory=dict)
    of_place: list[list[int]] = field(default_factory=list)  #: for the same measures: the number of each place's

    def add(self, opened: Opened, counts: bytes) -> list[tuple[int, int]]:
        """Take the cells of a chunk; its places of the measures that are wanted, each with the measure."""
        names = tuple(opened.measures)
        known = self.known.get(names) or self._know(names)
        start, bounds, number = opened.start, opened.bounds, 0
        for first, last in known.runs:
            begin, end = bounds[first], bounds[last]
            self.data.append(counts[start + begin * CELL.itemsize : start + end * CELL.itemsize])
            number += end - begin
        self.pieces.append((known.number, number, opened.span))
        return known.places

    def all(self) -> Columns:
        """The cells of all chunks."""
        kinds, counts, spans = np.array(self.pieces, np.int64).reshape(-1, 3).T
        width = max(map(len, self.of_place))
        of_place = np.array([each + [_NOWHERE] * (width - len(each)) for each in self.of_place], np.int64)
        place, *columns = unpacked(b"".join(self.data), np.repeat(spans, counts))
        return Columns(np.repeat(np.arange(len(counts)), counts), of_place[np.repeat(kinds, counts), place], *columns)

    def _know(self, names: tuple[str, ...]) -> _Known:
        numbers = [self.measures.of(name) for name in names]
        places = [(place, number) for place, number in enumerate(numbers) if number != _NOWHERE]
        known = _Known(len(self.known), places, list(_wanted_runs(numbers)))
        self.known[names] = known
        self.of_place.append(numbers)
        return known


@dataclass(slots=True)
class Flows:
    """Sums of what happened on the days that are asked for."""

    wanted: Wanted
    row_of: RowOf
    rows: Places = field(default_factory=Places)
    measures: Places = field(init=False)
    cells: Cells = field(init=False)
    row_of_chunk: list[int] = field(default_factory=list)  #: -1 where rows are times
    row_of_day: list[int] = field(init=False)  #: of each day that is asked for; none where rows are no times
    #: Values as they lie in the chunks: by row, measure and bytes a value.
    values: defaultdict[tuple[int, int, int], list[bytes]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[tuple[int, int], tuple[Sums, Counter[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measures = Places(self.wanted.wants)
        self.cells = Cells(self.measures)
        time, (first, last) = self.wanted.time, self.wanted.days
        self.row_of_day = [] if time is None else [self.rows.of(time(day)) for day in range(first, last + 1)]

    def add_chunk(self, value: str, channel: str, opened: Opened, stored: Stored) -> None:
        """Put a chunk in, some of whose days may be asked for."""
        row = _NOWHERE if self.wanted.time else self.rows.of(self.row_of(value, channel))
        self._add_values(opened, stored, self.cells.add(opened, stored.counts), self._runs(opened.span, row))
        self.row_of_chunk.append(row)

    def add_fact(self, name: str, fact: Flat, times: int) -> None:
        """Put a fact in so many times, or take it out, under one of its slices' values."""
        channel, _, measure, day, decided, n, total, value = fact
        if not self.wanted.days[0] <= day <= self.wanted.days[1]:
            return
        row = self.rows.of(self.wanted.time(day) if self.wanted.time else self.row_of(name, channel))
        sums, values = self.waiting.setdefault((row, self.measures.of(measure)), (Sums(), Counter()))
        if decided is not None and decided > self.wanted.as_of:
            sums.undecided += n * times
            return
        sums.n += n * times
        sums.total += total * times
        if value is not None:
            values[value] += times

    def result(self) -> Rows:
        """The sums that are not nothing."""
        found: Rows = {}
        for (row, measure), sums in self._sums().items():
            if (row, measure) in self.waiting:
                waiting, values = self.waiting[row, measure]
                sums.n += waiting.n
                sums.total += waiting.total
                sums.undecided += waiting.undecided
                if values:
                    sums.values = [changed_values(np.sort(sums.all_values()), values)]
            if sums.n or sums.undecided:
                found.setdefault(self.rows.names[row], {})[self.measures.names[measure]] = sums
        return found

    def _sums(self) -> dict[tuple[int, int], Sums]:
        """Of the chunks, by row and measure; of what only changes count, nothing yet."""
        found = {(row, measure): Sums() for row, measure in self.waiting}
        width = len(self.measures.names)
        for key, n, total, undecided in self._numbers(width):
            found[divmod(key, width)] = Sums(n, total, undecided)
        for (row, measure, size), parts in self.values.items():
            found.setdefault((row, measure), Sums()).values.append(np.frombuffer(b"".join(parts), TYPES[size]))
        return found

    def _numbers(self, width: int) -> Iterator[tuple[int, int, int, int]]:
        """Row × width + measure, n, total and n of what is undecided, where there is anything."""
        if not self.row_of_chunk:
            return
        cells, (first, last) = self.cells.all(), self.wanted.days
        kept = np.flatnonzero((cells.day >= first) & (cells.day <= last))
        chunk, measure, day, decided, n, total = (column[kept] for column in cells)
        rows = np.array(self.row_of_day)[day - first] if self.wanted.time else np.array(self.row_of_chunk)[chunk]
        keys, later = rows * width + measure, decided > self.wanted.as_of
        numbers = np.zeros((3, len(self.rows.names) * width), np.int64)
        np.add.at(numbers[0], keys[~later], n[~later])
        np.add.at(numbers[1], keys[~later], total[~later])
        np.add.at(numbers[2], keys[later], n[later])
        found = np.flatnonzero((numbers[0] != 0) | (numbers[2] != 0))
        yield from zip(found.tolist(), *numbers[:, found].tolist(), strict=True)

    def _add_values(self, opened: Opened, stored: Stored, places: list[tuple[int, int]], runs: list[Run]) -> None:
        sections, values = opened.sections, self.values
        for place, measure in places:
            section = sections.get(place)
            if section is None:
                continue
            size = section[1]
            data, start = opened.values_at(stored, place)
            for row, begin, end in runs:
                low, high = section[UPTO + begin], section[UPTO + end]
                if low < high:
                    # A copy, so that the chunk's bytes, most of which are not wanted, can be given back at once.
                    values[row, measure, size].append(data[start + low * size : start + high * size])

    def _runs(self, span: int, row: int) -> list[Run]:
        """The days of a span that are asked for; where rows are times, each run is of another row."""
        first, last = self.wanted.days
        begin, end = max(first - span, 0), min(last - span + 1, DAYS)
        if row != _NOWHERE:
            return [Run(row, begin, end)]
        return list(_runs(self.row_of_day[span + begin - first : span + end - first], begin))


@dataclass(slots=True)
class Stocks:
    """What there is at the end of each row's last day, today at the latest: the sum of all that came and went."""

    wanted: Wanted
    row_of: RowOf
    rows: Places = field(default_factory=Places)
    measures: Places = field(init=False)
    cells: Cells = field(init=False)
    rows_of_chunks: list[int] = field(default_factory=list)
    ends: dict[int, str] = field(init=False)  #: last day of each row → its name where rows are times
    waiting: Counter[tuple[int, int, int]] = field(default_factory=Counter)  #: by row, place of end and measure

    def __post_init__(self) -> None:
        self.measures = Places(self.wanted.wants)
        self.cells = Cells(self.measures)
        self.ends = _ends(self.wanted)

    def add_chunk(self, value: str, channel: str, opened: Opened, stored: Stored) -> None:
        """Put a chunk of stocks in."""
        self.cells.add(opened, stored.counts)
        self.rows_of_chunks.append(self._row(value, channel))

    def add_fact(self, name: str, fact: Flat, times: int) -> None:
        """Put a fact in so many times, or take it out, under one of its slices' values."""
        channel, _, measure, day, _, _, total, _ = fact
        end = next((place for place, end in enumerate(self.ends) if day <= end), None)
        if end is not None:
            self.waiting[self._row(name, channel), end, self.measures.of(measure)] += total * times

    def result(self) -> Rows:
        """The stocks that are not nothing; n and total of one are how much there is."""
        rows, ends, measures = self.rows.names, list(self.ends.values()), self.measures.names
        levels = self._levels((len(rows), len(ends), len(measures)))
        found: Rows = {}
        for row, end, measure in np.argwhere(levels).tolist():
            level = int(levels[row, end, measure])
            name = ends[end] if self.wanted.time else rows[row]
            found.setdefault(name, {})[measures[measure]] = Sums(level, level)
        return found

    def _levels(self, shape: tuple[int, int, int]) -> Array:
        levels = np.zeros(shape, np.int64)
        if self.rows_of_chunks:
            cells = self.cells.all()
            ends = np.searchsorted(np.array(list(self.ends), np.int64), cells.day)
            kept = ends < shape[1]
            rows = np.array(self.rows_of_chunks, np.int64)[cells.chunk]
            np.add.at(levels, (rows[kept], ends[kept], cells.measure[kept]), cells.total[kept])
        for place, change in self.waiting.items():
            levels[place] += change
        return np.cumsum(levels, axis=1)

    def _row(self, value: str, channel: str) -> int:
        return self.rows.of("" if self.wanted.time else self.row_of(value, channel))


def add_facts(adding: Flows | Stocks, facts: Mapping[Flat, int]) -> None:
    """Put facts in, each as often as it says, or take them out."""
    for fact, times in facts.items():
        for name in adding.wanted.names(fact[0], fact[1]):
            adding.add_fact(name, fact, times)


def _runs(rows: list[int], begin: int) -> Iterator[Run]:
    """The rows of the days of a span from `begin` on, those that follow each other in the same row together."""
    for row, days in groupby(rows):
        end = begin + sum(1 for _ in days)
        yield Run(row, begin, end)
        begin = end


def _wanted_runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The places of wanted measures that follow each other, from and up to."""
    begin = 0
    for is_wanted, group in groupby(number != _NOWHERE for number in numbers):
        end = begin + sum(1 for _ in group)
        if is_wanted:
            yield begin, end
        begin = end


def _ends(wanted: Wanted) -> dict[int, str]:
    """The last day of every row of the period that has begun, in order."""
    first, last = wanted.days[0], min(wanted.days[1], wanted.as_of)
    if wanted.time is None:
        return {last: ""} if first <= last else {}
    found = {wanted.time(day): day for day in range(first, last + 1)}
    return {day: name for name, day in found.items()}
