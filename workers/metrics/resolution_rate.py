"""Which share of the tickets that came in is solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from integrations.times import DAY, HOUR
from workers import timeline
from workers.metrics.base import Counted, Figure, Measures, Metric, of_inbound_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums
from workers.tickets import RESOLVED

_NOW = "resolution_rate"
_BOT: Final = "resolution_rate_bot"
#: Rates at a fixed age: only these compare a young period with an old one.
_AGED: Final = {
    "resolution_rate_1h": HOUR,
    "resolution_rate_8h": 8 * HOUR,
    "resolution_rate_24h": DAY,
    "resolution_rate_3d": 3 * DAY,
    "resolution_rate_7d": 7 * DAY,
}


def facts(counted: Counted) -> list[Fact]:
    """One inbound ticket: solved now, and at each age; the ages are decided when the whole day is that old."""
    ticket, slices, day = counted.ticket, counted.created_slices, counted.created_day
    now = int(ticket.counted_status in RESOLVED)
    found = [Fact(slices, _NOW, day, None, 1, now, None)]
    if counted.handled_by == "bot":
        found.append(Fact(slices, _BOT, day, None, 1, now, None))
    for measure, age in _AGED.items():
        solved = timeline.resolved_at_age(ticket, age)
        found.append(Fact(slices, measure, day, counted.all_this_old_on(day, age), 1, int(solved), None))
    return found


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The shares, now and at each age, and now of those that only a bot answered."""
    return {name: share_of_sums(measures.get(name)) for name in (_NOW, *_AGED, _BOT)}


METRIC = Metric(
    name=_NOW,
    title="Resolution rate",
    definition=(
        "Of the inbound tickets created in the period, the share that is resolved or closed now; and at the age of "
        "1, 8 and 24 hours, 3 and 7 days. A creation day that is not yet that old is undecided, on neither side. "
        "Tickets that only a bot answered are among these, and once more in a figure of their own."
    ),
    formula="resolved ÷ created × 100",
    cohort="created",
    exclusions="as for ticket volume; outbound tickets",
    source="our own; the ages make a young period comparable with an old one",
    example="Two tickets come in, one of them is solved: 1 of 2, 50 %.",
    elsewhere=(
        "Chatwoot offers no such rate (its report builders). Zammad has a first solution, closed within 15 minutes "
        "of creation (code of its report module). LiveAgent counts resolve actions, of which a ticket may have "
        "several (support.liveagent.com 765561)."
    ),
    figures={
        _NOW: "Resolved",
        "resolution_rate_1h": "Resolved in 1 h",
        "resolution_rate_8h": "Resolved in 8 h",
        "resolution_rate_24h": "Resolved in 24 h",
        "resolution_rate_3d": "Resolved in 3 days",
        "resolution_rate_7d": "Resolved in 7 days",
        _BOT: "Resolved by a bot alone",
    },
    measures=(_NOW, *_AGED, _BOT),
    facts=facts,
    figure=figure,
    left_out=of_inbound_tickets,
    better="higher",
)
