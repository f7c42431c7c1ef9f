"""How many times tickets were solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.metrics import reopen_rate
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.facts import Fact

_NAME: Final = "resolved_volume"


def facts(_counted: Counted) -> tuple[Fact, ...]:
    """None of its own: every resolution is a fact of the reopen rate."""
    return ()


def figure(measures: Measures) -> Mapping[str, Figure]:
    """A count; None of nothing."""
    n = reopen_rate.resolutions(measures)
    return {_NAME: Figure(value=n or None, unit="resolutions", n=n)}


METRIC = Metric(
    name=_NAME,
    title="Resolved volume",
    definition=(
        "Resolutions in the period, of inbound and outbound tickets, whenever these were created. A ticket that was "
        "opened again and solved again has several."
    ),
    formula="count of resolutions",
    cohort="resolution",
    exclusions="as for ticket volume",
    source="our own; see docs/design.md",
    figures={_NAME: "Resolutions"},
    measures=(),
    reads=(reopen_rate.NAME,),
    facts=facts,
    figure=figure,
)
