"""Which share of the solved tickets took a person one touch, and which none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums, of_inbound_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_figure

_ONE: Final = "one_touch_rate"
_ZERO: Final = "zero_touch_rate"


def facts(counted: Counted) -> Iterator[Fact]:
    """One solved ticket on the day of its last resolution; without any touch a second fact says so."""
    if counted.resolution is None:
        return
    slices, day = counted.resolved_slices, counted.day(counted.resolution.at)
    yield Fact(slices, _ONE, day, None, 1, int(counted.is_one_touch), None)
    if not counted.touches:
        yield Fact(slices, _ZERO, day, None, 1, 1, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """Both shares of the same tickets."""
    one, zero = measures.get(_ONE, Sums()), measures.get(_ZERO, Sums())
    return {_ONE: share_figure(one.total, one.n), _ZERO: share_figure(zero.n, one.n)}


def of_peoples_tickets(counted: Counted) -> str:
    """Why a ticket is not one that people could have touched; '' when it is."""
    return of_inbound_tickets(counted) or ("bot" if counted.handled_by == "bot" else "")


METRIC = Metric(
    name=_ONE,
    title="One-touch rate",
    definition=(
        "Of the inbound tickets that are resolved, the share with exactly one human touch and no reopening; beside "
        "it the share without any touch. A touch is a public message of a person or an answered call; where people "
        "write in turns (chat, messaging, voice) a run of messages without one of the customer between is one touch. "
        "A private note, a bot and an automatic message are none."
    ),
    formula="resolved with one touch and never reopened ÷ resolved × 100",
    cohort="last resolution",
    exclusions="as for ticket volume; outbound tickets; tickets that are not resolved now or that only a bot answered",
    source="public agent comments as dbt_zendesk counts them; runs of messages and the reopening are our own",
    example="Two solved tickets, one with one public reply and one with two: 1 of 2, 50 %.",
    elsewhere=(
        "First contact resolution is another thing. Freshservice: resolved tickets without a reply of the customer, "
        "however many of agents; with 0, 0, 1 and 3 customer replies 50 % (support.freshservice.com 50000004904). "
        "Gross: 60 solved at first of 100 contacts, 60 %; net: without 20 that the first level cannot solve, 75 % "
        "(docs.medallia.com; customerthink.com). dbt_zendesk counts public agent comments and ignores reopenings."
    ),
    figures={_ONE: "One touch", _ZERO: "No touch"},
    measures=(_ONE, _ZERO),
    facts=facts,
    figure=figure,
    needs="resolutions",
    left_out=of_peoples_tickets,
    better="higher",
)
