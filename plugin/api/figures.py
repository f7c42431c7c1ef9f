"""`/report`: the figures of a period beside those of the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from integrations.times import Instant
from plugin.api import forms, schemas
from plugin.api.parts import Parts
from plugin.api.queries import INVALID, MOST_DAYS, MOST_DAYS_BY_DAY, ReportQuery, invalid
from plugin.api.routes import Routes
from plugin.asked import report_days
from plugin.commands.command import sentence
from plugin.errors import Problem
from plugin.exports import report_columns, report_rows
from workers.accounts import Account
from workers.cuts import BadReport
from workers.periods import day_of
from workers.reports import ReportRequest, report


def add_figures(routes: Routes, parts: Parts) -> None:
    """Add the address."""

    def get_report(query: dict[str, Any], account: str) -> Response:
        """Figures of a period beside those of the period before it.

        The same as `deskpulse report`. Needs the scope `read`.
        """
        form = forms.chosen(query.get("format"), forms.JSON, forms.CSV)
        made = _report(parts, account, query)
        if form == forms.JSON:
            return forms.document(made)
        name = f"{account}-report-{made['from']}-{made['to']}"
        return forms.file(report_rows(made), report_columns(made), form, name=name)

    routes.add("GET", "/report", get_report, query=ReportQuery, answer=schemas.Report, told=schemas.REPORT)


def days(account: Account, query: Mapping[str, Any], now: Instant, *, most: int = MOST_DAYS) -> tuple[int, int]:
    """The period that is asked for; Problem 422 for one of more days than that."""
    given = [day_of(query[name]) if name in query else None for name in ("first", "last")]
    first, last = report_days(*given, now=now, zone=account.rules.zone)
    if last - first >= most:
        raise invalid({"from": f"The period has {last - first + 1:,} days; ask for {most:,} at most."})
    return first, last


def refused(error: BadReport) -> Problem:
    """422: no such report can be made, and which ones can."""
    return Problem(422, sentence(str(error).removesuffix(".")), code=INVALID)


def _report(parts: Parts, slug: str, query: Mapping[str, Any]) -> dict[str, Any]:
    now = parts.clock()
    with parts.database.read() as connection:
        account = parts.account(connection, slug)
        first, last = days(account, query, now, most=MOST_DAYS_BY_DAY if query["by"] == "day" else MOST_DAYS)
        wanted = query.get("metrics") or None
        asked = ReportRequest(first, last, by=query["by"], slice=query.get("slice"), metrics=wanted)
        try:
            return report(connection, account, asked, now=now)
        except BadReport as error:
            raise refused(error) from error
