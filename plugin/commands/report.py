"""`deskpulse report`: the figures of a period beside the one before, as a table, JSON or CSV."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from plugin.asked import FIRST_OF_REPORT, LAST_OF_REPORT, report_days
from plugin.commands import explaining
from plugin.commands.command import ACCOUNT, OK, Command, Context, between, day_number, days, option
from plugin.commands.terminal import write_csv, write_json, write_table
from plugin.exports import figures_of, report_columns, report_rows
from plugin.report_text import change, shown
from workers.accounts import Account
from workers.reports import ReportRequest, report

_TABLE: Final = ("figure", "value", "before", "change", "n", "95 %", "median", "p90", "mean", "undecided", "note")


def run(context: Context, options: Namespace) -> int:
    """Make the report, or the explanation of a figure, and write it."""
    explaining.check(options)
    account = context.account(options.account)
    chosen = _days(context, account, options)
    if options.explain is not None:
        return explaining.run(context, account, options, chosen)
    request = ReportRequest(*chosen, by=options.by, slice=options.slice, metrics=options.metrics)
    with context.runtime.database.read() as connection:
        made = report(connection, account, request, now=context.runtime.clock())
    if options.format == "json":
        write_json(context.out, made)
    elif options.format == "csv":
        write_csv(context.out, report_columns(made), list(report_rows(made)))
    else:
        _write(context, made, every=bool(options.metrics))
    return OK


def _days(context: Context, account: Account, options: Namespace) -> tuple[int, int]:
    first, last = map(day_number, days(options))
    return report_days(first, last, now=context.runtime.clock(), zone=account.rules.zone)


def _write(context: Context, made: Mapping[str, Any], *, every: bool) -> None:
    before = made["previous"]
    context.say(f"{made['account']}: {made['from']} to {made['to']} ({made['time_zone']})")
    context.say(f"before: {before['from']} to {before['to']}, {before['business_days']} business days")
    if made.get("overlapping"):
        context.say("A ticket may stand in several rows, so they do not add up to the total.")
    if "rebuilding" in made:
        done = made["rebuilding"]
        context.say(f"History is being counted again: {done['done']:,} of {done['of']:,} tickets are done.")
    context.say()
    rows = [
        (name, figure, *_cells(value, was))
        for name, _, figure, value, was in figures_of(made)
        if every or value["n"] or was.get("n")
    ]
    write_table(context.out, (made["by"], *_TABLE), rows)


def _cells(value: Mapping[str, Any], was: Mapping[str, Any]) -> tuple[str, ...]:
    unit = value["unit"]
    interval = f"{shown(value['low'], unit)} … {shown(value['high'], unit)}" if "low" in value else ""
    quantiles = (shown(value.get(name), unit) for name in ("median", "p90", "mean"))
    undecided, note = value.get("undecided") or "", value.get("note", "")
    return (
        shown(value["value"], unit), shown(was.get("value"), unit), change(value.get("verdict"), unit), str(value["n"]),
        interval, *quantiles, str(undecided), note,
    )  # fmt: skip


COMMANDS: Final = (
    Command(
        ("report",),
        "show the figures of a period beside those of the period before it",
        (
            ACCOUNT,
            *between(FIRST_OF_REPORT, LAST_OF_REPORT),
            option(
                "--by",
                help="the rows: channel, agent, department, tag, touchpoint, an own slice, day, week, month, "
                "weekday_hour",
                default="channel",
                metavar="BY",
            ),
            option("--slice", help="only this, such as channel:email", metavar="KIND:VALUE"),
            option(
                "--metric",
                help="only these figures: one name or several, separated by spaces",
                dest="metrics",
                action="extend",
                nargs="+",
                metavar="NAME",
            ),
            option(
                "--explain",
                help="how one figure came about: its definition, which tickets were left out and why, and the "
                "tickets that it counts, which add up to it",
                metavar="METRIC",
            ),
            option("--after", help="with --explain only: the tickets after this one", metavar="TICKET"),
            option(
                "--limit",
                help="with --explain only: how many tickets; 20 in a table, 100 in JSON, all in CSV unless told",
                type=int,
                metavar="N",
            ),
            option("--format", help="how it is written", choices=("table", "json", "csv"), default="table"),
        ),
        run,
    ),
)
