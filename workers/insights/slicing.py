"""The shares and means of an account's slices: what insights compare and what a change is split into."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from workers.accounts import Account
from workers.metrics import METRIC_OF, measures_for
from workers.metrics.answers import PARTS
from workers.metrics.base import Figure, Measures
from workers.periods import Period, monday_of, previous
from workers.statistics.change import MOST_WEEKS, Share
from workers.statistics.decomposition import Part, Split, decompose
from workers.store import figures
from workers.store.adding import Rows, Wanted

#: Of a figure that is another thing than its metric.
_BETTER: Final = {"ces_easy_share": "higher"}
_WEEK: Final = 7
#: Means of scores: the kind of the answers, which their measures begin with.
_MEANS: Final = {"ces": "ces", "csat_mean": "csat"}


@dataclass(frozen=True)
class Slicing:
    """The sums of one account's slices in any period, each read once for all of some figures."""

    connection: Connection
    account: Account
    today: int
    names: Collection[str]
    _read: dict[tuple[str, str | None, Period], Rows] = field(default_factory=dict)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What an account is split by; agents never, and tags overlap."""
        return ("channel", "department", *self.account.rules.slices)

    def rows(self, dimension: str, period: Period, channel: str | None = None) -> Rows:
        """Value of a slice kind → sums, all channels together or of one."""
        key = (dimension, channel, period)
        if key not in self._read:
            kind = "" if dimension == "channel" else dimension
            days = (period.first, period.last)
            wanted = Wanted(kind, days, self.today, channel=channel, measures=measures_for(self.names))
            by_channel = dimension == "channel"
            self._read[key] = figures.sums(
                self.connection, self.account.slug, wanted, lambda value, channel: channel if by_channel else value
            )
        return self._read[key]

    def parts(self, name: str, dimension: str, period: Period, channel: str | None = None) -> dict[str, Part]:
        """Value → what it has of a share or mean; nothing where answers are on unlike scales."""
        rows = self.rows(dimension, period, channel)
        if len({scale for measures in rows.values() for scale in _scales(name, measures)}) > 1:
            return {}
        return {value: part for value, measures in rows.items() if (part := part_of(name, measures)).n}

    def weekly(self, name: str, dimension: str, value: str, before: int) -> list[Share]:
        """A slice's share of each of the last 26 whole weeks that end before a day, oldest first; empty ones too."""
        last = monday_of(before) - 1
        first = last + 1 - MOST_WEEKS * _WEEK
        is_channel = dimension == "channel"
        wanted = Wanted(
            "" if is_channel else dimension,
            (first, last),
            self.today,
            value=None if is_channel else value,
            channel=value if is_channel else None,
            measures=measures_for([name]),
            time=_monday,
        )
        rows = figures.sums(self.connection, self.account.slug, wanted, lambda *_: "")
        found = (figure_of(name, rows.get(str(monday), {})) for monday in range(first, last + 1, _WEEK))
        return [Share(figure.numerator or 0, figure.denominator or 0) for figure in found]

    def split(self, name: str, dimension: str, period: Period, before: Period, channel: str | None) -> Split | None:
        """What made up the change of a share (in percent) or mean between two periods; None where one has nothing."""
        return decompose(self.parts(name, dimension, period, channel), self.parts(name, dimension, before, channel))


def split_of(
    connection: Connection,
    account: Account,
    metric: str,
    period: Period,
    *,
    dimension: str,
    today: int,
    channel: str | None = None,
) -> Split | None:
    """What made up the change of a share or mean since the period before, by `channel`, `department` or an own slice.

    Shares are percentages. None where a period has nothing, or answers are on unlike scales. It is arithmetic: whether
    there was a change at all, the verdict beside the figure says.
    """
    slicing = Slicing(connection, account, today, (metric,))
    return slicing.split(metric, dimension, period, previous(period), channel)


def figure_of(name: str, measures: Measures) -> Figure:
    """The figure of these sums."""
    return METRIC_OF[name].figure(measures)[name]


def better_of(name: str) -> str:
    """Whether it is good news when a figure is `higher` or `lower`; '' when neither is."""
    return _BETTER.get(name, METRIC_OF[name].better)


def part_of(name: str, measures: Measures) -> Part:
    """What these sums have of a share, in percent, or of a mean; nothing of another figure."""
    if name in _MEANS:
        scores = [sums for measure, sums in measures.items() if measure.split(":")[0] == _MEANS[name]]
        return Part(sum(sums.total for sums in scores) / PARTS, sum(sums.n for sums in scores))
    found = figure_of(name, measures)
    if found.numerator is None or not found.denominator:
        return Part()
    return Part(100.0 * found.numerator, found.denominator)


def _monday(day: int) -> str:
    return str(monday_of(day))


def _scales(name: str, measures: Measures) -> set[str]:
    """The measures of answers that a figure is made of, one a scale; none of other figures."""
    kind = _MEANS.get(name, name.partition("_")[0])
    return {measure for measure, sums in measures.items() if measure.startswith(f"{kind}:") and sums.n}
