"""How long it took until a ticket was solved for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers import timeline
from workers.metrics.base import Counted, Figure, Measures, Metric, whole_seconds
from workers.metrics.durations import duration_figure
from workers.metrics.facts import Fact

_MEASURE = "full_resolution_time"


def facts(counted: Counted) -> Iterator[Fact]:
    """One duration on the day of the last resolution, credited to who resolved and the department then."""
    resolution = timeline.present_resolution(counted.ticket)
    if counted.excluded or resolution is None:
        return
    seconds = whole_seconds(counted.ticket.opened_at, resolution.at)
    slices = counted.slices(resolution.agent, resolution.department)
    yield Fact(slices, _MEASURE, counted.day(resolution.at), None, 1, seconds, seconds)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the times."""
    return {_MEASURE: duration_figure(measures.get(_MEASURE))}


METRIC = Metric(
    name=_MEASURE,
    title="Full resolution time",
    definition="From creation to the last resolution. A ticket that is open again has none until it is solved again.",
    formula="last resolution - creation; median, p90 and mean of all tickets",
    cohort="last resolution",
    exclusions="as for ticket volume; tickets that are not resolved now",
    source="as the full resolution time of support.zendesk.com article 4408834848154",
    figures={_MEASURE: "Resolution"},
    measures=(_MEASURE,),
    facts=facts,
    figure=figure,
)
