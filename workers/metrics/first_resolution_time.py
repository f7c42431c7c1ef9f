"""How long it took until a ticket was solved for the first time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact

_MEASURE = "first_resolution_time"


def facts(counted: Counted) -> Sequence[Fact]:
    """One duration on the day of the first resolution, credited to who resolved then and the department then."""
    took = counted.first_resolution_took
    if took is None:
        return ()
    first = counted.ticket.resolutions[0]
    slices = counted.slices(counted.resolver(first), first.department)
    return duration_facts(counted, _MEASURE, slices, counted.day(first.at), took)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the times."""
    return duration_figures(measures, _MEASURE)


METRIC = Metric(
    name=_MEASURE,
    title="First resolution time",
    definition="From creation to the first resolution, also when the ticket was opened again since.",
    formula="first resolution - creation; median, p90 and mean of all tickets",
    cohort="first resolution",
    exclusions="as for ticket volume; tickets that were never resolved",
    source="as the first resolution time of support.zendesk.com article 4408834848154",
    example="Opened at 9:00, solved at 10:00, open again at 11:00, solved at 12:00: 3600 s.",
    elsewhere=(
        "Zendesk: the same, and the closing where a ticket was never solved (support.zendesk.com 4408834848154). "
        "Zammad's `close_at` is the first closing too. Chatwoot has no first one: each resolution counts, from "
        "creation on (Chatwoot's code, reporting_event_listener.rb)."
    ),
    figures={_MEASURE: "First resolution", _MEASURE + BUSINESS: "First resolution (business)"},
    measures=(_MEASURE, _MEASURE + BUSINESS),
    facts=facts,
    figure=figure,
    needs="resolutions",
    better="lower",
)
