"""Which share of those who had answered badly answers well the next time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.metrics.afterwards import RESCUED, RESCUED_ALONE, facts_alone
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums

_NAMES = (RESCUED, RESCUED_ALONE)


def facts(counted: Counted) -> Iterator[Fact]:
    """Nearly none: who answered again is seen in the list of a known customer's tickets."""
    return facts_alone(counted, _NAMES)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share after a contact, and beside it that without one."""
    return {name: share_of_sums(measures.get(name)) for name in _NAMES}


METRIC = Metric(
    name=RESCUED,
    title="Rescued rate",
    definition=(
        "Of the answers that were followed up and whose customer was contacted and then answered another survey "
        "within 90 days, the share whose next answer is good: positive CSAT, easy CES, a promoter's NPS. Another "
        "answer to the same survey of the same ticket is a change of mind, not a next answer. Beside it the same "
        "share of those who answered again without having been contacted."
    ),
    formula="next answers that are good ÷ customers who answered again × 100",
    cohort="answered",
    exclusions="as for CSAT; customers who have not answered again",
    source="our own; after the rescue rate of closed-loop programmes: surveygauge, customergauge",
    example=(
        "Three customers answer 1 of 5 and are called. Two answer again in a month, one with 5, the other with 2: "
        "1 of 2, 50 %."
    ),
    elsewhere="None of the desks counts it.",
    figures={RESCUED: "Satisfied again after a contact", RESCUED_ALONE: "Satisfied again without a contact"},
    measures=_NAMES,
    facts=facts,
    figure=figure,
    needs="answers",
    left_out=of_rated_tickets,
)
