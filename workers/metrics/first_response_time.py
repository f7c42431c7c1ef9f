"""How long customers waited for the first answer of a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact

_MEASURE = "first_response_time"


def facts(counted: Counted) -> Iterator[Fact]:
    """One duration on the day of the response, credited to who wrote it and the department then."""
    response = counted.first_response
    if response is None:
        return
    slices, day = counted.slices(response.agent, response.department), counted.day(response.at)
    yield from duration_facts(counted, _MEASURE, slices, day, counted.duration((response.since, response.at)))


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the waits."""
    return duration_figures(measures, _MEASURE)


METRIC = Metric(
    name=_MEASURE,
    title="First response time",
    definition=(
        "From creation (from the handover where a bot came first, from the queue for a live start, from the "
        "customer's first message where we wrote first) to the first public message of a person. A private note, "
        "a bot and an automatic message are no response. A call with live events: from queued to answered."
    ),
    formula="first public human message - start of the wait; median, p90 and mean of all tickets",
    cohort="first response",
    exclusions="as for ticket volume; tickets without a response yet",
    source=(
        "as the first reply time of support.zendesk.com article 4408834848154; "
        "handover, queue and outbound rules are our own"
    ),
    figures={_MEASURE: "First response", _MEASURE + BUSINESS: "First response (business)"},
    measures=(_MEASURE, _MEASURE + BUSINESS),
    better="lower",
    facts=facts,
    figure=figure,
)
