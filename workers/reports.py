"""The figures of a period beside those of the one before it, as the Report JSON of every face."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from integrations.events import CHANNELS
from integrations.times import Instant, iso
from workers.accounts import Account
from workers.counting import rules_version
from workers.cuts import HOURLY, TIMES, WEEKDAY_HOUR, Asked, BadReport, Cut, cut_of
from workers.metrics import LIVE, METRIC_OF, METRICS, measures_for, with_business_time
from workers.metrics.base import Measures
from workers.metrics.durations import BUSINESS
from workers.periods import Period, business_days, date_of, day_of, previous, today
from workers.store import tickets
from workers.store.adding import Rows
from workers.verdicts import Tests, compared, is_tested, verdicts
from workers.working_time.business_time import Schedule

#: Every figure there is, in the order in which reports show them.
FIGURES: Final = tuple(METRIC_OF)

#: Agents are never ranked, and a single day or hour says little.
_NOT_JUDGED: Final = frozenset({"agent", WEEKDAY_HOUR, *TIMES})

#: Ten years by day: a hundred would be 200 MB that nobody reads.
_MOST_ROWS: Final = 3_660
#: No event is later (`integrations.times`), and dates end soon after.
_LAST_DAY: Final = day_of(date(2199, 12, 31))

Names = Mapping[tuple[str, str], str]
#: The figures now and before.
_Pair: TypeAlias = tuple[dict[str, Any], dict[str, Any]]


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
    own. What is decided only after today counts as `undecided`, in both periods. A stock is told at the end of a
    row's last day, of today at the latest; who waits now, only where the days include today.
    """
    period = _period_of(request)
    before = previous(period)
    named = tickets.names_of(connection, account.slug)
    cut = cut_of(request.by, request.slice, account.rules, named)
    maker = _Maker(connection, account, cut, _checked(request.metrics, request.by), now)
    asked, asked_before = maker.asked(period), maker.asked_before(before)
    rows, rows_before = maker.rows(asked, asked_before)
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
        "total": maker.total(asked, rows),
        "total_previous": maker.total(asked_before, rows_before),
    }
    _judge(maker, period, made)
    return made | _states(connection, account, cut, is_over=period.last < maker.today)


@dataclass(frozen=True)
class _Maker:
    """What every row of one report has in common."""

    connection: Connection
    account: Account
    cut: Cut
    wanted: frozenset[str]
    now: Instant

    @cached_property
    def today(self) -> int:
        """The present day, which is not over."""
        return today(self.now, self.account.rules.zone)

    @cached_property
    def lacks_business_time(self) -> bool:
        """Whether business time is asked for where all time is business time."""
        return not self.account.rules.hours and any(name.endswith(BUSINESS) for name in self.wanted)

    def asked(self, period: Period) -> Asked:
        return Asked(period, self.now, self.today, measures_for(self.wanted))

    def asked_before(self, period: Period) -> Asked:
        """Of the period before, of which nothing holds at this moment."""
        return Asked(period, self.now, self.today, measures_for(self.wanted) - LIVE)

    def rows(self, *asked: Asked) -> list[Rows]:
        return self.cut.rows(self.connection, self.account.slug, asked)

    def total(self, asked: Asked, rows: Rows) -> dict[str, Any]:
        return self.figures(self.cut.total(self.connection, self.account.slug, asked, rows))

    def compared(self, now: Period, before: Period) -> tuple[dict[str, _Pair], _Pair]:
        """The figures of two periods that are over, by row and of all."""
        asked = (self.asked_before(now), self.asked_before(before))
        sums = self.rows(*asked)
        keys = sums[0].keys() | sums[1].keys()
        rows = {key: (self.figures(sums[0].get(key, {})), self.figures(sums[1].get(key, {}))) for key in keys}
        return rows, (self.total(asked[0], sums[0]), self.total(asked[1], sums[1]))

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
        sums = with_business_time(measures, scheduled=not self.lacks_business_time)
        found = {name: figure for metric in asked for name, figure in metric.figure(sums).items()}
        return {name: figure.json() for name, figure in found.items() if name in self.wanted}

    def _is_running(self, key: str) -> bool:
        """Whether the time this row tells about is not over; these names sort as their times do."""
        name = TIMES.get(self.cut.by)
        return name is not None and key >= name(self.today)


def _judge(maker: _Maker, period: Period, made: dict[str, Any]) -> None:
    """Say of every figure that compares what its change is called; agents and single times are not judged."""
    finished = compared(period, maker.today)
    if finished is None:
        return
    is_over, by = period.last < maker.today, maker.cut.by
    rows = {row[by]: (row["metrics"], row["previous"]) for row in made["rows"]}
    total = (made["total"], made["total_previous"])
    if not is_over:
        rows, total = maker.compared(*finished)
    is_tested_here = by == "channel" and not maker.cut.kind and is_tested(period, maker.today)
    tests = Tests(maker.connection, maker.account.slug, *finished, maker.today) if is_tested_here else None
    _put_beside(made["total"], verdicts(*total, tests=tests))
    for row in made["rows"] if by not in _NOT_JUDGED else ():
        if row[by] in rows:
            _put_beside(row["metrics"], verdicts(*rows[row[by]], tests=tests, channel=row[by]))


def _put_beside(figures: dict[str, Any], said: Mapping[str, Mapping[str, Any]]) -> None:
    for name, more in said.items():
        figures[name].update(more)


def _period_of(request: ReportRequest) -> Period:
    """The days that are asked for; BadReport when there are none, or more than anybody reads."""
    if request.last_day < request.first_day:
        raise BadReport("the report ends before it begins; exchange from and to")
    if request.first_day < 0 or request.last_day > _LAST_DAY:
        raise BadReport("a report is of days from 1970-01-01 to 2199-12-31; choose from and to among these")
    period, name = Period(request.first_day, request.last_day), TIMES.get(request.by)
    if name is not None and len(set(map(name, period.days))) > _MOST_ROWS:
        raise BadReport(f"a report by {request.by} has at most {_MOST_ROWS:,} rows; ask for fewer days or longer rows")
    return period


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


def _checked(metrics: Sequence[str] | None, by: str) -> frozenset[str]:
    unknown = sorted(set(metrics or ()).difference(FIGURES))
    if unknown:
        raise BadReport(f"there is no metric {unknown[0]}; choose from {', '.join(FIGURES)}")
    if by != WEEKDAY_HOUR:
        return frozenset(metrics or FIGURES)
    if others := sorted(frozenset(metrics or ()).difference(HOURLY)):
        raise BadReport(f"by {WEEKDAY_HOUR} only {' and '.join(HOURLY)} are told, not {others[0]}")
    return frozenset(metrics or HOURLY)


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
