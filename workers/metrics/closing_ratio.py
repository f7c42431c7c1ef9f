"""Whether as much is solved as comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.metrics import reopen_rate
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.created import CREATED, tickets_created
from workers.metrics.facts import Fact

_NAME: Final = "closing_ratio"


def facts(_counted: Counted) -> tuple[Fact, ...]:
    """None of its own: both sides are facts of other metrics."""
    return ()


def figure(measures: Measures) -> Mapping[str, Figure]:
    """A percentage that may exceed 100, so it has no interval; None where nothing was created."""
    solved, created = reopen_rate.resolutions(measures), tickets_created(measures)
    value = 100 * solved / created if created else None
    return {_NAME: Figure(value=value, unit="%", n=created, numerator=solved, denominator=created)}


METRIC = Metric(
    name=_NAME,
    title="Closing ratio",
    definition=(
        "Resolutions in the period by tickets created in it, inbound and outbound on both sides. Over 100 % more was "
        "solved than came in. The two sides are not the same tickets, so there is no interval."
    ),
    formula="resolutions ÷ tickets created × 100",
    cohort="resolution; creation",
    exclusions="as for ticket volume, on both sides alike",
    source="our own; see docs/design.md",
    example="One ticket comes in; it is solved, opened again and solved again: 2 ÷ 1, 200 %.",
    elsewhere=(
        "None of the desks whose reports were read offers this ratio; Zammad subtracts closed from created instead "
        "(code of its report module)."
    ),
    figures={_NAME: "Closing ratio"},
    measures=(),
    reads=(reopen_rate.NAME, *CREATED),
    facts=facts,
    figure=figure,
    better="higher",
)
