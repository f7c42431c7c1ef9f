"""What is measured: one file a metric, from the facts of a ticket to its figures."""

from __future__ import annotations

from typing import Final

from workers.metrics import (
    ces,
    csat,
    first_response_time,
    full_resolution_time,
    resolution_rate,
    survey_response_rate,
    ticket_volume,
)
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.facts import Fact

#: Every metric, in the order in which reports show them.
METRICS: Final[tuple[Metric, ...]] = (
    ticket_volume.METRIC,
    first_response_time.METRIC,
    full_resolution_time.METRIC,
    resolution_rate.METRIC,
    csat.METRIC,
    ces.METRIC,
    survey_response_rate.METRIC,
)

#: Raised whenever a definition changes, so that history is counted again.
METRICS_VERSION: Final = 1


def facts_of(counted: Counted) -> list[Fact]:
    """Every fact that a ticket contributes."""
    return [fact for metric in METRICS for fact in metric.facts(counted)]


def figures_of(measures: Measures) -> dict[str, Figure]:
    """Every figure that these sums give."""
    return {name: figure for metric in METRICS for name, figure in metric.figure(measures).items()}
