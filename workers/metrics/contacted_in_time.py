"""After which share of bad answers somebody came back to the customer in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.metrics.afterwards import CONTACTED, facts_alone
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums


def facts(counted: Counted) -> Iterator[Fact]:
    """The bad answers of a customer nobody knows; those of known ones are counted by the list of all their tickets."""
    return facts_alone(counted, (CONTACTED,))


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share."""
    return {CONTACTED: share_of_sums(measures.get(CONTACTED))}


METRIC = Metric(
    name=CONTACTED,
    title="Contacted in time",
    definition=(
        "Of the valid answers that are followed up (below the account's threshold; without one, negative CSAT), the "
        "share whose customer was contacted within 24 business hours. Contacted is the first public message of a "
        "person of the team, or the first answered call of ours, after the answer, on whichever ticket of that "
        "customer. Undecided until the day on which it is due is over."
    ),
    formula="answers followed by a contact in time ÷ answers that are followed up × 100",
    cohort="answered",
    exclusions="as for CSAT; where no opening ever comes nothing is due",
    source="our own; following up within 24 to 48 hours: surveygauge, customergauge",
    example="Two customers answer 1 of 5; one is written to the next morning, the other never: 1 of 2, 50 %.",
    elsewhere="None of the desks counts it.",
    figures={CONTACTED: "Contacted in time"},
    measures=(CONTACTED,),
    facts=facts,
    figure=figure,
    needs="answers",
    left_out=of_rated_tickets,
    better="higher",
)
