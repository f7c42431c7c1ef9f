"""How many customers wait for us at this moment, and for how long the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums, of_inbound_tickets
from workers.metrics.facts import Fact

#: One value for every ticket whose customer waits: for how many seconds. Filled in when a report is made.
MEASURE: Final = "waiting_now"
_OLDEST: Final = "waiting_oldest"


def facts(_counted: Counted) -> Iterator[Fact]:
    """None: what holds at this moment only is read from the tickets when a report is made."""
    return iter(())


def figure(measures: Measures) -> Mapping[str, Figure]:
    """How many wait, and the longest wait in seconds."""
    waits = measures.get(MEASURE, Sums())
    oldest = float(waits.all_values().max()) if waits.n else None
    return {
        MEASURE: Figure(value=waits.n or None, unit="tickets", n=waits.n),
        _OLDEST: Figure(value=oldest, unit="s", n=waits.n),
    }


METRIC = Metric(
    name=MEASURE,
    title="Waiting now",
    definition=(
        "Inbound tickets that are new, open or on hold and whose customer waits for our answer at the moment of the "
        "report (`as_of`): since creation, the handover or the queue while there was no response, later since the "
        "first customer message that nobody answered. `waiting_oldest` is for how long the first of them has waited. "
        "Only a report whose days include today tells it, cut by anything but time; `previous` never does. A ticket "
        "stands where the backlog has it."
    ),
    formula="count of tickets; as_of - the earliest start of a wait",
    cohort="none: the moment of the report",
    exclusions="as for ticket volume; outbound tickets, and tickets that are pending, resolved or closed",
    source="our own; see docs/design.md",
    example="Two customers write; one is answered: 1 waits.",
    elsewhere=(
        "django-helpdesk groups open tickets by age with borders that belong to two groups (its views/staff.py)."
    ),
    figures={MEASURE: "Waiting now", _OLDEST: "Longest wait"},
    measures=(MEASURE,),
    facts=facts,
    figure=figure,
    left_out=of_inbound_tickets,
    better="lower",
)
