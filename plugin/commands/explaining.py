"""`deskpulse report --explain`: a figure's definition, its funnel and its tickets, for people or as JSON or CSV."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from integrations.errors import GiveUp
from integrations.times import Instant
from plugin.commands.command import OK, Context
from plugin.commands.terminal import write_json, write_table
from plugin.exports import csv_lines
from plugin.report_text import shown
from workers.accounts import Account
from workers.explain import ExplainRequest, explain

#: The columns of the tickets as CSV; several values are separated by spaces.
COLUMNS: Final = ("ticket", "n", "total", "values", "day", "decided")

_DEFINITION: Final = ("definition", "formula", "cohort", "exclusions", "source")
#: How many tickets are listed when nobody says; as CSV all are, so many at a time.
_USUAL: Final = {"table": 20, "json": 100, "csv": 10_000}


def check(options: Namespace) -> None:
    """GiveUp when an option does not go with what is asked for."""
    if options.explain is None:
        for name in ("after", "limit"):
            if getattr(options, name) is not None:
                raise GiveUp(f"--{name} goes with --explain METRIC only; add that or leave it out.")
    elif options.by != "channel":
        raise GiveUp(f"--explain tells of one figure, not by {options.by}; take --slice KIND:VALUE for a part of it.")
    elif options.metrics:
        raise GiveUp("--explain names the one figure itself; leave --metric out.")


def run(context: Context, account: Account, options: Namespace, days: tuple[int, int]) -> int:
    """Explain the figure of these days and write it."""
    limit = _USUAL[options.format] if options.limit is None else options.limit
    request = ExplainRequest(options.explain, *days, slice=options.slice, after=options.after, limit=limit)
    with context.runtime.database.read() as connection:
        pages = _pages(connection, account, request, now=context.runtime.clock())
        first = next(pages)
        if options.format == "csv":
            pages = chain([first], pages if options.limit is None else ())
            rows = (_row(ticket) for page in pages for ticket in page["tickets"])
            context.out.writelines(csv_lines(rows, COLUMNS))
    if options.format == "json":
        write_json(context.out, first)
    elif options.format == "table":
        _write(context, first)
    return OK


def _pages(
    connection: Connection, account: Account, request: ExplainRequest, *, now: Instant
) -> Iterator[dict[str, Any]]:
    while True:
        made = explain(connection, account, request, now=now)
        yield made
        if made["next"] is None:
            return
        request = replace(request, after=made["next"])


def _row(ticket: Mapping[str, Any]) -> dict[str, Any]:
    return {**ticket, "values": " ".join(map(str, ticket["values"]))}


def _write(context: Context, made: Mapping[str, Any]) -> None:
    unit, version = made["figure"]["unit"], made["version"]
    slice_ = f", {made['slice']}" if made["slice"] else ""
    context.say(f"{made['account']}: {made['from']} to {made['to']}{slice_}")
    context.say(f"{made['title']} ({made['metric']}): {_figure(made['figure'])}")
    for name in _DEFINITION:
        context.say(f"{name:<10}  {made[name]}")
    context.say(f"{'version':<10}  definitions {version['metrics']}, the account's rules {version['rules']}")
    context.say()
    if made["funnel"] is not None:
        steps = [(*_step(step), *_sums(step, unit)) for step in made["funnel"]]
        write_table(context.out, ("step", "tickets", "n", "total"), steps)
        context.say()
    tickets = [(each["ticket"], *_sums(each, unit), _values(each, unit), *_days(each)) for each in made["tickets"]]
    write_table(context.out, COLUMNS, tickets)
    if made["next"] is not None:
        more = f"{made['funnel'][-1]['tickets'] - len(made['tickets']):,} more" if made["funnel"] else "more"
        context.say(f"… and {more}; --after {made['next']} shows the next.")


def _figure(figure: Mapping[str, Any]) -> str:
    value = shown(figure["value"], figure["unit"]) or "nothing to tell"
    note = f"; {figure['note']}" if "note" in figure else ""
    return f"{value}, n {figure['n']:,}{note}"


def _step(step: Mapping[str, Any]) -> tuple[str, str]:
    name = step["step"].replace("_", " ")
    reason = f": {step['reason'].replace('_', ' ')}" if "reason" in step else ""
    return name + reason, f"{step['tickets']:,}"


def _sums(sums: Mapping[str, Any], unit: str) -> tuple[str, str]:
    n = f"{sums['n']:,}" if "n" in sums else ""
    return n, shown(sums.get("total"), "s" if unit == "s" else "")


def _values(ticket: Mapping[str, Any], unit: str) -> str:
    return ", ".join(shown(value, unit if unit == "s" else "") for value in ticket["values"])


def _days(ticket: Mapping[str, Any]) -> tuple[str, str]:
    return ticket["day"], ticket["decided"] or ""
