"""What was counted on each day in each channel, as columns of numbers: for many days, of which no value is told.

To make sums of each week of two years, as `workers.store.adding` does, takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.store.adding import Cells, Flat, Places, Wanted
from workers.store.chunks import TYPES, Array, Stored, open_chunk, values_of

#: The rows of the columns of cells, and what stands in the last two of those of values.
CHANNEL, MEASURE, DAY, N, TOTAL = range(5)
VALUE, TIMES = N, TOTAL


class ByDay(NamedTuple):
    """Columns of numbers, which name channels and measures by their places; the same day may come several times.

    `cells` are channel, measure, day, n and total of what is decided; `values`, of the measures whose values are asked
    for, channel, measure, day, value and how often it is there: less than nothing where waiting changes take it out.
    """

    channels: Sequence[str]
    measures: Sequence[str]
    cells: Array
    values: Array


@dataclass(slots=True)
class Days:
    """Takes in chunks and the facts beside them."""

    wanted: Wanted
    valued: frozenset[str]  #: measures whose values are asked for, without what follows their first colon
    channels: Places = field(default_factory=Places)
    measures: Places = field(init=False)
    cells: Cells = field(init=False)
    channel_of_chunk: list[int] = field(default_factory=list)
    values: dict[int, list[bytes]] = field(default_factory=lambda: {size: [] for size in TYPES})
    sections: dict[int, list[list[int]]] = field(default_factory=lambda: {size: [] for size in TYPES})
    facts: list[tuple[int, ...]] = field(default_factory=list)
    fact_values: list[tuple[int, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.measures = Places(self.wanted.wants)
        self.cells = Cells(self.measures)

    def add_chunk(self, channel: str, stored: Stored) -> None:
        """Put a chunk in, as it is stored."""
        opened, number = open_chunk(stored.counts), self.channels.of(channel)
        for place, measure in self.cells.add(opened, stored.counts):
            if place in opened.sections and self._is_valued(opened.measures[place]):
                _, size, _, *upto = opened.sections[place]
                data, begin = opened.values_at(stored, place)
                self.values[size].append(data[begin : begin + upto[-1] * size])
                self.sections[size].append([number, measure, opened.span, *upto])
        self.channel_of_chunk.append(number)

    def add_fact(self, fact: Flat, times: int) -> None:
        """Put a fact in so many times, or take it out."""
        channel, _, measure, day, decided, n, total, value = fact
        if decided is not None and decided > self.wanted.as_of:
            return
        key = (self.channels.of(channel), self.measures.of(measure), day)
        self.facts.append((*key, n * times, total * times))
        if value is not None and self._is_valued(measure):
            self.fact_values.append((*key, value, times))

    def result(self) -> ByDay:
        """The columns of the days that are asked for."""
        found = [values_of(b"".join(self.values[size]), TYPES[size], self.sections[size]) for size in TYPES]
        cells = self._within([self._decided(), _columns(self.facts)])
        values = self._within([*found, _columns(self.fact_values)])
        return ByDay(self.channels.names, self.measures.names, cells, values)

    def _is_valued(self, measure: str) -> bool:
        return measure.partition(":")[0] in self.valued

    def _decided(self) -> Array:
        if not self.channel_of_chunk:
            return _columns([])
        cells = self.cells.all()
        channels = np.array(self.channel_of_chunk, np.int64)[cells.chunk]
        found = np.stack((channels, cells.measure, cells.day, cells.n, cells.total))
        return chosen(found, cells.decided <= self.wanted.as_of)

    def _within(self, parts: Sequence[Array]) -> Array:
        found = [part for part in parts if part.size] or [_columns([])]
        columns = np.concatenate(found, axis=1) if len(found) > 1 else found[0]
        first, last = self.wanted.days
        return chosen(columns, (columns[DAY] >= first) & (columns[DAY] <= last))


def chosen(columns: Array, is_chosen: NDArray[np.bool_]) -> Array:
    """The columns that are chosen; all of them as they are where all are, for they may be megabytes."""
    return columns if is_chosen.all() else np.take(columns, np.flatnonzero(is_chosen), axis=1)


def _columns(rows: Sequence[tuple[int, ...]]) -> Array:
    return np.array(rows, np.int64).reshape(-1, 5).T
