"""How long live customers waited in the queue until somebody took their chat or call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from integrations.times import SECOND
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import duration_figure
from workers.metrics.facts import Fact
from workers.metrics.live_contacts import EXCLUSIONS, waits

NAME = "pickup_time"


def facts(counted: Counted) -> Iterator[Fact]:
    """One duration an answered contact, on the day it was queued."""
    for wait in waits(counted):
        if wait.end == "answered":
            seconds = wait.micros // SECOND
            yield Fact(wait.slices, NAME, wait.day, None, 1, seconds, seconds)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the waits; a customer in a queue waits in calendar time only."""
    return {NAME: duration_figure(measures.get(NAME))}


METRIC = Metric(
    name=NAME,
    title="Pick-up time",
    definition=(
        "From queued to answered, for each chat and call that an agent took. Queued means after a bot or a voice "
        "menu; ringing at several agents is one contact. Credited to who answered and the department then. There "
        "is no business time: who waits in a queue does so by the clock."
    ),
    formula="answered - queued; median, p90 and mean of all answered contacts",
    cohort="queued",
    exclusions=f"{EXCLUSIONS}; unanswered contacts",
    source="our own; see docs/design.md",
    example="A chat is queued at 9:01:00 and answered at 9:01:30: 30 s.",
    elsewhere=(
        "LiveAgent averages it over chats from its button only, without invitations and joins (support.liveagent.com "
        "765561)."
    ),
    figures={NAME: "Pick-up"},
    measures=(NAME,),
    facts=facts,
    figure=figure,
    needs="contacts",
    better="lower",
)
