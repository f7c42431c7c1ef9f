"""`deskpulse report`: the figures of a period beside the one before, as a table, JSON or CSV."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from integrations.errors import GiveUp
from plugin.commands.command import ACCOUNT, FROM, OK, TO, Command, Context, day_number, days, option
from plugin.commands.terminal import write_csv, write_json, write_table
from plugin.exports import figures_of, report_columns, report_rows
from workers.accounts import Account
from workers.metrics import METRICS
from workers.metrics.base import Metric
from workers.periods import today
from workers.reports import ReportRequest, report

#: How many days a report is about when nobody says: four whole weeks.
_DAYS: Final = 28
_TABLE: Final = ("figure", "value", "before", "n", "95 %", "median", "p90", "mean", "undecided", "note")
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def run(context: Context, options: Namespace) -> int:
    """Make the report and write it."""
    account = context.account(options.account)
    explained = None if options.explain is None else _metric_of(options.explain)
    request = _request(context, account, options, explained)
    with context.runtime.database.read() as connection:
        made = report(connection, account, request, now=context.runtime.clock())
    if options.format == "json":
        write_json(context.out, made if explained is None else {**made, "explained": _definition(explained)})
    elif options.format == "csv":
        write_csv(context.out, report_columns(made), list(report_rows(made)))
    else:
        _write(context, made, explained, every=bool(options.metrics))
    return OK


def _request(context: Context, account: Account, options: Namespace, explained: Metric | None) -> ReportRequest:
    first, last = map(day_number, days(options))
    if last is None:
        last = max(today(context.runtime.clock(), account.rules.zone), first or 0)
    metrics = options.metrics if explained is None else [*(options.metrics or ()), *explained.figures]
    return ReportRequest(
        first_day=last - _DAYS + 1 if first is None else first,
        last_day=last,
        by=options.by,
        slice=options.slice,
        metrics=metrics,
    )


def _metric_of(name: str) -> Metric:
    for metric in METRICS:
        if name == metric.name or name in metric.figures:
            return metric
    raise GiveUp(f"There is no metric {name}; choose from {', '.join(metric.name for metric in METRICS)}.")


def _definition(metric: Metric) -> dict[str, str]:
    return {
        "metric": metric.name,
        "definition": metric.definition,
        "formula": metric.formula,
        "cohort": metric.cohort,
        "exclusions": metric.exclusions,
        "source": metric.source,
    }


def _write(context: Context, made: Mapping[str, Any], explained: Metric | None, *, every: bool) -> None:
    before = made["previous"]
    context.say(f"{made['account']}: {made['from']} to {made['to']} ({made['time_zone']})")
    context.say(f"before: {before['from']} to {before['to']}, {before['business_days']} business days")
    if made.get("overlapping"):
        context.say("A ticket may stand in several rows, so they do not add up to the total.")
    if "rebuilding" in made:
        done = made["rebuilding"]
        context.say(f"History is being counted again: {done['done']:,} of {done['of']:,} tickets are done.")
    for name, text in (_definition(explained) if explained else {}).items():
        context.say(f"{name:<10}  {text}")
    context.say()
    rows = [
        (name, figure, *_cells(value, was))
        for name, _, figure, value, was in figures_of(made)
        if every or value["n"] or was.get("n")
    ]
    write_table(context.out, (made["by"], *_TABLE), rows)


def _cells(value: Mapping[str, Any], was: Mapping[str, Any]) -> tuple[str, ...]:
    unit = value["unit"]
    interval = f"{_shown(value['low'], unit)} … {_shown(value['high'], unit)}" if "low" in value else ""
    quantiles = (_shown(value.get(name), unit) for name in ("median", "p90", "mean"))
    undecided, note = value.get("undecided") or "", value.get("note", "")
    return (
        _shown(value["value"], unit), _shown(was.get("value"), unit), str(value["n"]), interval, *quantiles,
        str(undecided), note,
    )  # fmt: skip


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "s":
        return _duration(value)
    if unit == "%":
        return f"{value:.1f} %"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _duration(seconds: float) -> str:
    for size, unit, part, smaller in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} {int(seconds % size // part)} {smaller}"
    return f"{seconds:.0f} s"


COMMANDS: Final = (
    Command(
        ("report",),
        "show the figures of a period beside those of the period before it",
        (
            ACCOUNT,
            FROM,
            TO,
            option(
                "--by",
                help="the rows: channel, agent, department, tag, touchpoint, an own slice, day, week, month, "
                "weekday_hour",
                default="channel",
                metavar="BY",
            ),
            option("--slice", help="only this, such as channel:email", metavar="KIND:VALUE"),
            option("--metric", help="only these figures", dest="metrics", action="extend", nargs="+", metavar="NAME"),
            option("--explain", help="what a metric is: definition, formula, cohort, exclusions", metavar="METRIC"),
            option("--format", help="how it is written", choices=("table", "json", "csv"), default="table"),
        ),
        run,
    ),
)
