"""What the metrics say about themselves, for the catalogue: their texts stand beside their sums, unmarked."""

from __future__ import annotations

from collections.abc import Iterator

from workers.metrics import METRICS
from workers.metrics.base import Metric


def metric_texts() -> Iterator[str]:
    """Every title, definition, formula, cohort, exclusion and source, and what each figure is called in a table."""
    for metric in METRICS:
        yield from texts_of_metric(metric)


def texts_of_metric(metric: Metric) -> Iterator[str]:
    """Those of one metric; none twice."""
    found = (metric.title, metric.definition, metric.formula, metric.cohort, metric.exclusions, metric.source)
    yield from dict.fromkeys(text for text in (*found, *metric.figures.values()) if text)
