"""What to do next: the changes that a test has called and the greatest gaps, the most tickets first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from integrations.times import Instant
from workers.accounts import Account
from workers.insights import examples
from workers.insights.changes import SHARES, Changes
from workers.insights.examples import Wish
from workers.insights.levers import NAMES, Levers
from workers.insights.shapes import Insight, Place
from workers.insights.slicing import Slicing
from workers.periods import Period, today
from workers.reports import ReportRequest, report
from workers.store import tickets
from workers.verdicts import compared, is_tested

#: Nobody does more at once.
MOST: Final = 5


def what_next(
    connection: Connection,
    account: Account,
    *,
    first_day: int,
    last_day: int,
    now: Instant,
    made: Mapping[str, Any] | None = None,
) -> tuple[Insight, ...]:
    """At most five things, of the finished days of a period; none where nothing is sure.

    What got worse or lags comes first, that of most tickets or answers before others; then what got better. Changes
    are told of finished weeks and months, for only those are tested. Nothing is ever told of an agent.

    `made` is the report of these days by channel where the caller has one with the figures of `SHARES`: its tests
    take longer than all the rest.
    """
    day = today(now, account.rules.zone)
    finished = compared(Period(first_day, last_day), day)
    if finished is None:
        return ()
    period, before = finished
    slicing = Slicing(connection, account, day, sorted({*SHARES, *NAMES}))
    names = tickets.names_of(connection, account.slug)
    found = list(Levers(slicing, names, period).insights())
    if is_tested(Period(first_day, last_day), day):
        made = made or report(connection, account, ReportRequest(first_day, last_day, metrics=SHARES), now=now)
        found += Changes(slicing, names, period, before).insights(made)
    found.sort(key=lambda insight: (insight.word == "better", -insight.weight, insight.metric, insight.place.value))
    return tuple(_with_examples(connection, account, found[:MOST], period, day))


def _with_examples(
    connection: Connection, account: Account, found: list[Insight], period: Period, day: int
) -> Iterator[Insight]:
    wishes = {place: _wish(insight) for place, insight in enumerate(found) if insight.word == "worse"}
    examples.fill(connection, account, list(wishes.values()), period, day)
    for place, insight in enumerate(found):
        yield replace(insight, examples=tuple(wishes[place].found)) if place in wishes else insight


def _wish(insight: Insight) -> Wish:
    places: tuple[Place, ...] = (insight.place,)
    if insight.main_place is not None:
        places = (*places, insight.main_place)
    return Wish(insight.metric, places)
