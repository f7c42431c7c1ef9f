"""How each channel did on each day and in each week of the past: what a test holds a change against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection

from integrations.events import CHANNELS
from workers.metrics import csat
from workers.statistics.change import Share
from workers.store import figures
from workers.store.adding import Wanted
from workers.store.by_day import CHANNEL, DAY, MEASURE, TIMES, TOTAL, VALUE, ByDay, N, chosen
from workers.store.chunks import Array

VOLUME: Final = "ticket_volume"
SATISFACTION: Final = "csat"
#: Shares that are the total of one measure, which has their name, by its n.
SHARES: Final = ("answered_within_target", "resolution_rate_24h")
_WEEK: Final = 7
#: What the rows of every table are of: each channel, then all together.
_NAMES: Final = (*CHANNELS, None)
_ALL: Final = len(CHANNELS)


@dataclass(frozen=True, slots=True)
class PastWeeks:
    """Whole weeks from the Monday `first` on, of each channel and of all (None).

    `created` are the tickets of each day; `shares` are by the name of their figure, as the successes of each week and
    its n.
    """

    first: int
    created: Mapping[str | None, Sequence[int]]
    shares: Mapping[tuple[str | None, str], tuple[Sequence[int], Sequence[int]]]

    def created_on(self, day: int, channel: str | None) -> int:
        """How many tickets were created on a day."""
        return self.created[channel][day - self.first]

    def share(self, monday: int, channel: str | None, name: str) -> Share:
        """The share of a week."""
        week, (successes, n) = (monday - self.first) // _WEEK, self.shares[channel, name]
        return Share(successes[week], n[week])


def past_weeks(connection: Connection, account: str, days: tuple[int, int], *, today: int) -> PastWeeks:
    """The weeks from a Monday to a day, in one reading; what is decided after `today` does not count yet."""
    wanted = Wanted("", days, today, measures=frozenset({VOLUME, *SHARES, SATISFACTION}))
    table = _Table(figures.by_day(connection, account, wanted, valued=frozenset({SATISFACTION})), *days)
    shares = {name: (table.weekly(name, TOTAL), table.weekly(name, N)) for name in SHARES}
    shares[SATISFACTION] = table.satisfied()
    return PastWeeks(
        days[0],
        dict(zip(_NAMES, table.daily(VOLUME).tolist(), strict=True)),
        {
            (channel, name): (successes[place].tolist(), n[place].tolist())
            for name, (successes, n) in shares.items()
            for place, channel in enumerate(_NAMES)
        },
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Adds columns up: a row for each channel and one for all, a column for each day or week."""

    counted: ByDay
    first: int
    last: int

    def daily(self, name: str) -> Array:
        """The n of a measure, by day."""
        columns = self._of(self.counted.cells, name)
        return self._added(columns[CHANNEL], columns[DAY] - self.first, columns[N], self.last - self.first + 1)

    def weekly(self, name: str, row: int) -> Array:
        """The `N` or the `TOTAL` of a measure, by week."""
        columns = self._of(self.counted.cells, name)
        return self._by_week(columns, columns[row])

    def satisfied(self) -> tuple[Array, Array]:
        """Satisfied answers and all answers, by week; none where there are answers on unlike scales, or an unknown."""
        positive, answers, scales = (self._nothing() for _ in range(3))
        for name in self.counted.measures:
            if not name.startswith(f"{SATISFACTION}:"):
                continue
            columns, least = self._of(self.counted.values, name), csat.satisfied_from(name)
            times = self._by_week(columns, columns[TIMES])
            scales += times > 0
            if least is not None:
                answers += times
                positive += self._by_week(columns, np.where(columns[VALUE] >= least, columns[TIMES], 0))
        is_one = scales == 1
        return np.where(is_one, positive, 0), np.where(is_one, answers, 0)

    def _of(self, columns: Array, name: str) -> Array:
        place = self.counted.measures.index(name) if name in self.counted.measures else -1
        return chosen(columns, columns[MEASURE] == place)

    def _by_week(self, columns: Array, numbers: Array) -> Array:
        return self._added(columns[CHANNEL], (columns[DAY] - self.first) // _WEEK, numbers, self._weeks)

    def _added(self, channels: Array, places: Array, numbers: Array, width: int) -> Array:
        rows = np.array([CHANNELS.index(name) for name in self.counted.channels], np.int64)
        found = np.zeros((_ALL + 1, width), np.int64)
        # By one number for row and place, which is several times as fast as by two.
        np.add.at(found.reshape(-1), rows[channels] * width + places, numbers)
        found[_ALL] = found[:_ALL].sum(axis=0)
        return found

    def _nothing(self) -> Array:
        return np.zeros((_ALL + 1, self._weeks), np.int64)

    @property
    def _weeks(self) -> int:
        return (self.last - self.first) // _WEEK + 1
