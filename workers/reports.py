"""The figures of a period beside those of the one before it, as the Report JSON of every face."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from integrations.events import CHANNELS
from integrations.times import Instant, iso
from workers.accounts import Account
from workers.business_time import Schedule
from workers.counting import rules_version
from workers.cuts import TIMES, BadReport, Cut, Rows, cut_of
from workers.metrics import METRICS, with_business_time
from workers.metrics.base import Measures
from workers.periods import Period, business_days, date_of, previous, today
from workers.store import tickets

#: Every figure there is, in the order in which reports show them.
FIGURES: Final = tuple(name for metric in METRICS for name in metric.figures)

Names = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is asked for: local days (both included), what the rows are, one slice as KIND:VALUE, some figures."""

    first_day: int
    last_day: int
    by: str = "channel"
    slice: str | None = None
    metrics: Sequence[str] | None = None


def report(connection: Connection, account: Account, request: ReportRequest, *, now: Instant) -> dict[str, Any]:
    """The report as JSON, all of it from the snapshot of this connection; BadReport when there is none.

    A row of time stands beside the row at the same place of the previous period, every other row beside its
    own. What is decided only after today counts as `undecided`, in both periods.
    """
    if request.last_day < request.first_day:
        raise BadReport("the report ends before it begins; exchange from and to")
    period = Period(request.first_day, request.last_day)
    before = previous(period)
    named = tickets.names_of(connection, account.slug)
    cut = cut_of(request.by, request.slice, account.rules, named)
    maker = _Maker(
        connection,
        account.slug,
        cut,
        _checked(request.metrics),
        today(now, account.rules.zone),
        scheduled=bool(account.rules.hours),
    )
    rows, rows_before = maker.rows(period), maker.rows(before)
    made = {
        "account": account.slug,
        "from": date_of(period.first).isoformat(),
        "to": date_of(period.last).isoformat(),
        "as_of": iso(now),
        "time_zone": account.rules.zone.key,
        "by": request.by,
        "previous": {
            "from": date_of(before.first).isoformat(),
            "to": date_of(before.last).isoformat(),
            "business_days": _business_days(before, account.rules.hours.account),
        },
        "rows": [
            maker.row(key, rows.get(key, {}), rows_before.get(key_before, {}), named)
            for key, key_before in _pairs(cut.by, (period, rows), (before, rows_before))
        ],
        "total": maker.total(period, rows),
        "total_previous": maker.total(before, rows_before),
    }
    return made | _states(connection, account, cut, is_over=period.last < maker.as_of)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every row of one report has in common; `as_of` is the present day."""

    connection: Connection
    account: str
    cut: Cut
    wanted: frozenset[str]
    as_of: int
    scheduled: bool

    def rows(self, period: Period) -> Rows:
        return self.cut.rows(self.connection, self.account, period, as_of=self.as_of)

    def total(self, period: Period, rows: Rows) -> dict[str, Any]:
        return self.figures(self.cut.total(self.connection, self.account, period, rows, as_of=self.as_of))

    def row(self, key: str, measures: Measures, before: Measures, named: Names) -> dict[str, Any]:
        name = named.get((self.cut.by, key))
        return {
            self.cut.by: key,
            **({} if name is None else {"name": name}),
            "metrics": self.figures(measures),
            "previous": self.figures(before),
            **({"unfinished": True} if self._is_running(key) else {}),
        }

    def figures(self, measures: Measures) -> dict[str, Any]:
        asked = (metric for metric in METRICS if not self.wanted.isdisjoint(metric.figures))
        sums = with_business_time(measures, scheduled=self.scheduled)
        found = {name: figure for metric in asked for name, figure in metric.figure(sums).items()}
        return {name: figure.json() for name, figure in found.items() if name in self.wanted}

    def _is_running(self, key: str) -> bool:
        """Whether the time this row tells about is not over; these names sort as their times do."""
        name = TIMES.get(self.cut.by)
        return name is not None and key >= name(self.as_of)


def _states(connection: Connection, account: Account, cut: Cut, *, is_over: bool) -> dict[str, Any]:
    """What a reader must know about the report as a whole."""
    found: dict[str, Any] = {}
    if cut.overlapping:
        found["overlapping"] = True
    if not is_over:
        found["unfinished"] = True
    stale = tickets.count_stale(connection, account.slug, rules_version(account.rules))
    if stale:
        of = tickets.count(connection, account.slug)
        found["rebuilding"] = {"done": of - stale, "of": of}
    return found


def _checked(metrics: Sequence[str] | None) -> frozenset[str]:
    unknown = sorted(set(metrics or ()).difference(FIGURES))
    if unknown:
        raise BadReport(f"there is no metric {unknown[0]}; choose from {', '.join(FIGURES)}")
    return frozenset(metrics or FIGURES)


def _pairs(by: str, now: tuple[Period, Rows], before: tuple[Period, Rows]) -> Iterator[tuple[str, str]]:
    """The rows in order, each with the previous row that stands beside it; '' where there is none."""
    name = TIMES.get(by)
    if name is None:
        for key in sorted({**now[1], **before[1]}, key=_place):
            yield key, key
        return
    keys, keys_before = (list(dict.fromkeys(map(name, period.days))) for period, _ in (now, before))
    missing = [""] * max(0, len(keys) - len(keys_before))
    yield from zip(keys, [*keys_before, *missing], strict=False)


def _place(key: str) -> tuple[bool, int, str]:
    """Channels in their usual order, others by name; none comes last."""
    return not key, CHANNELS.index(key) if key in CHANNELS else 0, key


def _business_days(period: Period, schedule: Schedule | None) -> int:
    """By the account's own schedule; from Monday to Friday without one."""
    if schedule is None:
        return business_days(period)
    return sum(schedule.is_working_day(date_of(day)) for day in period.days)
