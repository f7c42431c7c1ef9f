"""How often tickets are handed from one department to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.created import CREATED, tickets_created
from workers.metrics.facts import Fact

_NAME: Final = "transfers"


def facts(counted: Counted) -> Iterator[Fact]:
    """The transfers of a ticket on its day of creation; one without any is only a fact of the ticket volume."""
    response = counted.first_response
    if response is None:
        return
    moved = sum(at > response.at for at in counted.ticket.transfers)
    if moved:
        yield Fact(counted.created_slices, _NAME, counted.created_day, None, 1, moved, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The mean per ticket."""
    moved, n = measures.get(_NAME, Sums()).total, tickets_created(measures)
    mean = moved / n if n else None
    return {_NAME: Figure(value=mean, unit="transfers", n=n, numerator=moved, denominator=n)}


METRIC = Metric(
    name=_NAME,
    title="Transfers",
    definition=(
        "Changes of the department after the first response, on average per ticket created in the period, inbound "
        "and outbound. What is sorted before anybody answered is no transfer."
    ),
    formula="changes of the department after the first response ÷ tickets",
    cohort="created",
    exclusions="as for ticket volume",
    source="our own; see docs/design.md",
    example="Two tickets are answered, one of them is moved once after that: 0.5 transfers.",
    elsewhere=(
        "Zendesk counts the groups a ticket passed, before the first response too (its ticket metrics). Zammad "
        "counts how many were moved into and out of a group (code of its report module)."
    ),
    figures={_NAME: "Transfers"},
    measures=(_NAME,),
    reads=CREATED,
    facts=facts,
    figure=figure,
    better="lower",
)
