"""How a figure came about: its definition, the tickets that came in, what left some out, and those that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from integrations.times import Instant, iso
from workers.accounts import Account
from workers.contributions import Contribution, Making, making_of
from workers.cuts import BadReport, cut_of
from workers.funnel import Funnel, Listed, Scope, Tally, funnel_of
from workers.metrics import METRICS_VERSION
from workers.metrics.answers import PARTS
from workers.metrics.facts import Fact
from workers.periods import date_of, today
from workers.reports import ReportRequest, report
from workers.store import tickets


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What is asked for: a figure's name, local days (both included), one slice as KIND:VALUE, a page of tickets.

    `after` is the `next` of the page before, `limit` how many tickets a page has.
    """

    metric: str
    first_day: int
    last_day: int
    slice: str | None = None
    after: str | None = None
    limit: int = 100


def explain(connection: Connection, account: Account, request: ExplainRequest, *, now: Instant) -> dict[str, Any]:
    """The explanation as JSON, all of it from the snapshot of this connection; BadReport when there is none.

    `figure` is what a report of these days and this slice says. The `n` and `total` of all tickets, page by page,
    add up to those of the step `counted`: the figure's n, and its numerator, its sum of seconds or of scores, or the
    count itself. Over unlike scales there is no total but that of each part. The funnel needs every ticket of the
    period, so only the first page has it; `funnel` is null on those that follow.
    """
    if request.limit < 1:
        raise BadReport(f"a page of {request.limit} tickets cannot be listed; ask for at least 1")
    making = making_of(request.metric, scheduled=bool(account.rules.hours))
    figure = _figure(connection, account, request, now)
    scope = _scope(connection, account, request, now)
    funnel = funnel_of(connection, account, making, scope, after=request.after or "", limit=request.limit)
    return {
        "account": account.slug,
        **_definition(making),
        "version": {"metrics": METRICS_VERSION, "rules": account.rules.number},
        "from": date_of(request.first_day).isoformat(),
        "to": date_of(request.last_day).isoformat(),
        "as_of": iso(now),
        "slice": request.slice,
        "figure": figure,
        "funnel": None if request.after else list(_steps(funnel, pooled=_is_pooled(figure))),
        "tickets": [_ticket(each, making, scope, pooled=_is_pooled(figure)) for each in funnel.listed],
        "next": funnel.listed[-1].ticket if funnel.more else None,
    }


def _definition(making: Making) -> dict[str, str]:
    metric = making.metric
    return {
        "metric": making.name,
        "title": metric.figures[making.name],
        "definition": metric.definition,
        "formula": metric.formula,
        "cohort": metric.cohort,
        "exclusions": metric.exclusions,
        "source": metric.source,
    }


def _figure(connection: Connection, account: Account, request: ExplainRequest, now: Instant) -> dict[str, Any]:
    asked = ReportRequest(request.first_day, request.last_day, slice=request.slice, metrics=[request.metric])
    found: dict[str, Any] = report(connection, account, asked, now=now)["total"][request.metric]
    return found


def _scope(connection: Connection, account: Account, request: ExplainRequest, now: Instant) -> Scope:
    cut = cut_of("channel", request.slice, account.rules, tickets.names_of(connection, account.slug))
    day = today(now, account.rules.zone)
    return Scope(request.first_day, request.last_day, cut.kind, cut.value, now, day)


def _is_pooled(figure: Mapping[str, Any]) -> bool:
    """Whether its parts, where it has any, are told as one."""
    return "parts" not in figure or "numerator" in figure


def _steps(funnel: Funnel, *, pooled: bool) -> Iterator[dict[str, Any]]:
    yield {"step": "in_period", "tickets": funnel.eligible + funnel.left_out.total()}
    for reason, count in sorted(funnel.left_out.items(), key=lambda each: (-each[1], each[0])):
        yield {"step": "left_out", "reason": reason, "tickets": count}
    yield {"step": "eligible", "tickets": funnel.eligible}
    yield {"step": "undecided", "tickets": funnel.undecided, "n": funnel.counted.sum.undecided}
    parts = {name: _tally(tally) for name, tally in sorted(funnel.parts.items())}
    counted = _tally(funnel.counted) | ({} if pooled else {"total": None})
    yield {"step": "counted", **counted, **({"parts": parts} if len(parts) > 1 else {})}


def _tally(tally: Tally) -> dict[str, Any]:
    return {"tickets": tally.tickets, **_sums(tally.sum)}


def _sums(sums: Contribution) -> dict[str, Any]:
    return {"n": sums.n, "total": _number(sums.total)}


def _number(total: float | None) -> float | None:
    return int(total) if total is not None and total == int(total) else total


def _ticket(listed: Listed, making: Making, scope: Scope, *, pooled: bool) -> dict[str, Any]:
    told = [fact for fact in listed.facts if fact.decided is None or fact.decided <= scope.today] or listed.facts
    decided = [fact.decided for fact in told if fact.decided is not None]
    found = {
        "ticket": listed.ticket,
        **_sums(listed.whole),
        "values": [_value(fact) for fact in told if _has_value(fact, making)],
        "day": _iso_date(min(fact.day for fact in told)),
        "decided": _iso_date(max(decided)) if decided else None,
    }
    if pooled:
        return found
    return {**found, "total": None, "parts": {name: _sums(part) for name, part in sorted(listed.parts.items())}}


def _has_value(fact: Fact, making: Making) -> bool:
    # The value of other facts is the hour of a ticket's creation.
    return fact.value is not None and (making.unit == "s" or ":" in fact.measure)


def _value(fact: Fact) -> float | None:
    return _number((fact.value or 0) / PARTS) if ":" in fact.measure else fact.value


def _iso_date(day: int) -> str:
    found: date = date_of(day)
    return found.isoformat()
