"""Which share of the customers who waited for a chat or call gave up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics import pickup_time
from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.facts import Fact
from workers.metrics.live_contacts import EXCLUSIONS, waits
from workers.metrics.shares import share_figure

NAME: Final = "abandon_rate"
_SHORT: Final = "short_abandons"
_MEASURES: Final = {"abandoned": NAME, "short": _SHORT}


def facts(counted: Counted) -> Iterator[Fact]:
    """One abandoned contact on the day it was queued; the answered ones are the facts of the pick-up time."""
    for wait in waits(counted):
        if wait.end in _MEASURES:
            yield Fact(wait.slices, _MEASURES[wait.end], wait.day, None, 1, 1, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share of what was offered, and how many gave up too soon to count."""
    abandoned, short = (measures.get(name, Sums()).n for name in (NAME, _SHORT))
    answered = measures.get(pickup_time.NAME, Sums()).n
    return {
        NAME: share_figure(abandoned, answered + abandoned),
        _SHORT: Figure(value=short or None, unit="contacts", n=short),
    }


METRIC = Metric(
    name=NAME,
    title="Abandon rate",
    definition=(
        "Of the chats and calls offered to us, the share that ended unanswered after at least 10 seconds in the "
        "queue. Offered are these and the answered ones. Who left sooner is on neither side and listed apart. An "
        "abandoned contact is nobody's, and the department's that had the ticket when it ended."
    ),
    formula="ended unanswered after at least 10 s ÷ offered × 100",
    cohort="queued",
    exclusions=EXCLUSIONS,
    source="our own, the ten seconds too; see docs/design.md",
    example=("One chat is answered, one is given up after 30 s and one after 5 s: 1 of 2, 50 %; 1 too short to count."),
    elsewhere=(
        "LiveAgent counts a missed chat or call once for every 30 s that it rings, so one of 120 s is four; "
        "unanswered chats are those the visitor closed before (support.liveagent.com 765561)."
    ),
    figures={NAME: "Abandoned", _SHORT: "Abandoned within 10 s"},
    measures=(NAME, _SHORT),
    reads=(pickup_time.NAME,),
    facts=facts,
    figure=figure,
    needs="contacts",
    better="lower",
)
