"""What is measured: one file a metric, from the facts of a ticket to its figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from workers.metrics import (
    abandon_rate,
    answered_within_target,
    backlog,
    ces,
    closing_ratio,
    contacted_in_time,
    csat,
    first_resolution_time,
    first_response_time,
    full_resolution_time,
    next_response_time,
    nps,
    one_touch_rate,
    pickup_time,
    reopen_rate,
    reopened_volume,
    repeat_contact_rate,
    rescued_rate,
    resolution_rate,
    resolved_volume,
    response_time,
    service_level,
    survey_response_rate,
    ticket_volume,
    transfers,
    wait_times,
    waiting_now,
)
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS
from workers.metrics.facts import Fact

#: Every metric, in the order in which reports show them.
METRICS: Final[tuple[Metric, ...]] = (
    ticket_volume.METRIC,
    first_response_time.METRIC,
    next_response_time.METRIC,
    response_time.METRIC,
    answered_within_target.METRIC,
    pickup_time.METRIC,
    abandon_rate.METRIC,
    service_level.METRIC,
    first_resolution_time.METRIC,
    full_resolution_time.METRIC,
    wait_times.REQUESTER,
    wait_times.AGENT,
    wait_times.ON_HOLD,
    resolution_rate.METRIC,
    resolved_volume.METRIC,
    closing_ratio.METRIC,
    reopen_rate.METRIC,
    reopened_volume.METRIC,
    one_touch_rate.METRIC,
    repeat_contact_rate.METRIC,
    transfers.METRIC,
    csat.METRIC,
    ces.METRIC,
    nps.METRIC,
    survey_response_rate.METRIC,
    contacted_in_time.METRIC,
    rescued_rate.METRIC,
    backlog.METRIC,
    waiting_now.METRIC,
)

#: The name of a figure → its metric, in the same order.
METRIC_OF: Final[Mapping[str, Metric]] = {name: metric for metric in METRICS for name in metric.figures}

#: What gives facts and what a ticket must have for it, by what leaves a ticket out.
_FACTS: Final[Mapping[Callable[[Counted], str], Sequence[tuple[str, Callable[[Counted], Iterable[Fact]]]]]] = {
    gate: [(metric.needs, metric.facts) for metric in METRICS if metric.left_out is gate and metric.measures]
    for gate in dict.fromkeys(metric.left_out for metric in METRICS)
}

#: Measures of what there is at the end of a day: a day's is the sum of the totals of all days up to it.
STOCKS: Final = frozenset(backlog.METRIC.measures)

#: Measures of what holds at the moment of a report: no facts, they are read from the tickets' rows.
LIVE: Final = frozenset(waiting_now.METRIC.measures)

#: Measure of calendar time → that of business time.
_BUSINESS_TWINS: Final = {
    measure.removesuffix(BUSINESS): measure
    for metric in METRICS
    for measure in metric.measures
    if measure.endswith(BUSINESS)
}

#: Every duration, which is a figure of the same name too.
DURATIONS: Final = frozenset({*_BUSINESS_TWINS, *_BUSINESS_TWINS.values()})

#: Durations that few reports ask for: they lie in chunks of their own, so that the usual ones need not read them.
ASIDE: Final = DURATIONS - {"first_response_time", "full_resolution_time"}

#: Raised whenever a definition changes, so that history is counted again.
METRICS_VERSION: Final = 4


def facts_of(counted: Counted) -> list[Fact]:
    """Every fact that a ticket contributes."""
    found: list[Fact] = []
    for left_out, metrics in _FACTS.items():
        if left_out(counted):
            continue
        for needs, facts in metrics:
            if not needs or getattr(counted.ticket, needs):
                found += facts(counted)
    return found


def figures_of(measures: Measures) -> dict[str, Figure]:
    """Every figure that these sums give."""
    return {name: figure for metric in METRICS for name, figure in metric.figure(measures).items()}


def measures_for(figures: Collection[str]) -> frozenset[str]:
    """The measures that these figures are made of; a duration only where it is asked for itself."""
    asked = [metric for metric in METRICS if not metric.figures.keys().isdisjoint(figures)]
    own = {measure for metric in asked for measure in metric.measures}
    read = {measure for metric in asked for measure in metric.reads}
    wanted = {duration for name in figures for duration in (name, name.removesuffix(BUSINESS))}
    return frozenset((own - (DURATIONS - wanted)) | read)


def with_business_time(measures: Measures, *, scheduled: bool) -> Measures:
    """The sums of an account, with calendar time as business time where it has no schedule."""
    if scheduled:
        return measures
    twins = {twin: measures[name] for name, twin in _BUSINESS_TWINS.items() if name in measures}
    return {**measures, **twins}
