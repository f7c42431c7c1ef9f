"""How long customers waited for the first answer of a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.metrics.base import Counted, Figure, Measures, Metric, whole_seconds
from workers.metrics.durations import duration_figure
from workers.metrics.facts import Fact

_MEASURE = "first_response_time"


def facts(counted: Counted) -> Iterator[Fact]:
    """One duration on the day of the response, credited to who wrote it and the department then."""
    if counted.excluded or counted.first_response is None:
        return
    start, agent, department, at = counted.first_response
    seconds = whole_seconds(start, at)
    yield Fact(counted.slices(agent, department), _MEASURE, counted.day(at), None, 1, seconds, seconds)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the waits."""
    return {_MEASURE: duration_figure(measures.get(_MEASURE))}


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
    figures={_MEASURE: "First response"},
    measures=(_MEASURE,),
    facts=facts,
    figure=figure,
)
