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
    example="One ticket is solved, opened again and solved again: 2 resolutions.",
    elsewhere=(
        "LiveAgent and Chatwoot count every resolution too (support.liveagent.com 765561; Chatwoot's code, "
        "reporting_event_listener.rb). Zammad counts the first closing only, also of tickets that are open again "
        "(zammad #3745). Freshdesk leaves merged tickets out (Freshdesk solutions 50000000041)."
    ),
    figures={_NAME: "Resolutions"},
    measures=(),
    reads=(reopen_rate.NAME,),
    facts=facts,
    figure=figure,
)
