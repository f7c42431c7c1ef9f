"""How a report may be cut: what it is by and which slice it is of, checked, and the sums of each of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection

from integrations.errors import GiveUp
from integrations.events import CHANNELS
from integrations.times import SECOND, Instant
from workers.metrics import LIVE, STOCKS, ticket_volume, waiting_now
from workers.metrics.base import Measures, Sums
from workers.periods import Period, date_of, month_of, week_of
from workers.rules import SLICE_KINDS, Rules
from workers.store import figures
from workers.store.adding import RowOf, Rows, Wanted
from workers.store.waiting import Waiting, waiting

#: The names of a day's rows, where rows are times.
TIMES: Final[Mapping[str, Callable[[int], str]]] = {
    "day": lambda day: date_of(day).isoformat(),
    "week": week_of,
    "month": month_of,
}
WEEKDAY_HOUR: Final = "weekday_hour"
#: What is told by weekday and hour: of all else nobody keeps the hour.
HOURLY: Final = tuple(ticket_volume.METRIC.figures)
_BESIDE_A_SLICE: Final = ("channel", *TIMES, WEEKDAY_HOUR)


class BadReport(GiveUp):
    """A report of this kind cannot be made; the message says which ones can."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the sums are of: which days, seen at which moment of which day, and which measures are needed."""

    period: Period
    now: Instant
    today: int
    measures: frozenset[str]

    @property
    def waits(self) -> bool:
        """Whether it is asked who waits now; only days that include today can tell."""
        return not self.measures.isdisjoint(LIVE) and self.today in self.period.days


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows by `by`, all of them of the slice `kind`:`value` where one is given."""

    by: str
    kind: str = ""
    value: str | None = None

    @property
    def overlapping(self) -> bool:
        """Whether a ticket may stand in several rows."""
        return self.by == "tag"

    def rows(self, connection: Connection, account: str, asked: Sequence[Asked]) -> list[Rows]:
        """The sums of every row that has any, of each of these periods, which lie side by side."""
        found = self._sums(connection, account, asked, self._row_kind, self._row_of)
        return [_by_hour(rows) for rows in found] if self.by == WEEKDAY_HOUR else found

    def total(self, connection: Connection, account: str, asked: Asked, rows: Rows) -> Measures:
        """The sums of all rows together, each ticket once; a stock is that of the last day."""
        if self.overlapping:
            return self._sums(connection, account, [asked], "", lambda *_: "")[0].get("", {})
        total = merged(rows.values())
        if self.by not in TIMES:
            return total
        end = rows.get(TIMES[self.by](min(asked.period.last, asked.today)), {})
        flows = {measure: sums for measure, sums in total.items() if measure not in STOCKS}
        return flows | {measure: sums for measure, sums in end.items() if measure in STOCKS}

    @property
    def _row_kind(self) -> str:
        """The slice kind that is read: of the rows, or of the slice where the rows are channels or times."""
        if self.by in _BESIDE_A_SLICE:
            return "" if self.kind == "channel" else self.kind
        return self.by

    def _sums(
        self, connection: Connection, account: str, asked: Sequence[Asked], kind: str, row_of: RowOf
    ) -> list[Rows]:
        wanted = [self._wanted(kind, each) for each in asked]
        found = figures.sums_of_each(connection, account, wanted, row_of)
        for each, of_each, rows in zip(asked, wanted, found, strict=True):
            if each.waits and of_each.time is None:
                waits = _waits(waiting(connection, account, kind), of_each, row_of, now=each.now)
                for row, waiting_there in waits.items():
                    rows.setdefault(row, {})[waiting_now.MEASURE] = waiting_there
        return found

    def _wanted(self, kind: str, asked: Asked) -> Wanted:
        channel = self.value if self.kind == "channel" else None
        value = self.value if kind and kind == self.kind else None
        days = (asked.period.first, asked.period.last)
        time = _weekday_of if self.by == WEEKDAY_HOUR else TIMES.get(self.by)
        return Wanted(kind, days, asked.today, value, channel, asked.measures, time)

    def _row_of(self, value: str, channel: str) -> str:
        return channel if self.by == "channel" else value


def cut_of(by: str, slice_: str | None, rules: Rules, names: Mapping[tuple[str, str], str]) -> Cut:
    """What was asked for, when it is possible; BadReport otherwise. Agents and departments go by id or name."""
    kinds = ("channel", *SLICE_KINDS, *rules.slices)
    possible = (*kinds, *TIMES, WEEKDAY_HOUR)
    if by not in possible:
        raise BadReport(f"there is no report by {by}; choose from {', '.join(possible)}")
    if slice_ is None:
        return Cut(by)
    kind, colon, value = slice_.partition(":")
    if not colon or kind not in kinds:
        raise BadReport(f"there is no slice {slice_}; write KIND:VALUE, with a kind of {', '.join(kinds)}")
    if kind == "channel" and value not in CHANNELS:
        raise BadReport(f"there is no channel {value}; choose from {', '.join(CHANNELS)}")
    if kind != "channel" and (by not in _BESIDE_A_SLICE or by == kind):
        beside = ", ".join(each for each in _BESIDE_A_SLICE if each != kind)
        raise BadReport(f"a report of one {kind} is possible by {beside}, not by {by}; or take --slice channel:…")
    return Cut(by, kind, _id_of(kind, value, names))


def merged(rows: Iterable[Measures]) -> dict[str, Sums]:
    """The sums of several rows as one."""
    total: dict[str, Sums] = {}
    for measures in rows:
        for measure, sums in measures.items():
            part = total.setdefault(measure, Sums())
            part.n += sums.n
            part.total += sums.total
            part.undecided += sums.undecided
            part.values.extend(sums.values)
    return total


def _waits(tickets: Iterable[Waiting], wanted: Wanted, row_of: RowOf, *, now: Instant) -> dict[str, Sums]:
    """For how many whole seconds the customer of each ticket has waited, by row."""
    ages: dict[str, list[int]] = {}
    for since, (channel, pairs) in tickets:
        for name in wanted.names(channel, pairs):
            ages.setdefault(row_of(name, channel), []).append(max(0, now - since) // SECOND)
    return {row: Sums(len(found), sum(found), values=[np.array(found, np.int64)]) for row, found in ages.items()}


def _id_of(kind: str, value: str, names: Mapping[tuple[str, str], str]) -> str:
    """The id that a name belongs to, where exactly one has it; else the value as it stands."""
    if (kind, value) in names:
        return value
    found = [id_ for (of, id_), name in names.items() if of == kind and name == value]
    return found[0] if len(found) == 1 else value


def _weekday_of(day: int) -> str:
    return str(date_of(day).weekday())


def _by_hour(weekdays: Rows) -> Rows:
    """Weekday and hour (`0-09`: Monday from nine to ten) of the rows of weekdays; only created tickets have hours.

    The value of a created ticket's fact is its local hour.
    """
    rows: Rows = {}
    for weekday, measures in weekdays.items():
        for measure, sums in measures.items():
            hours, counts = np.unique(sums.all_values(), return_counts=True)
            for hour, count in zip(hours.tolist(), counts.tolist(), strict=True):
                values = [np.full(count, hour, np.int64)]
                rows.setdefault(f"{weekday}-{hour:02d}", {})[measure] = Sums(count, count, values=values)
    return rows
