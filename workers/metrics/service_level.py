"""Which share of the chats and calls was taken in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from integrations.times import MINUTE, SECOND
from workers.metrics import abandon_rate
from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.facts import Fact
from workers.metrics.live_contacts import EXCLUSIONS, waits
from workers.metrics.shares import share_figure

_NAME: Final = "service_level"
#: Up to how long the wait is in time, by medium.
_IN_TIME: Final = {"chat": MINUTE, "voice": 20 * SECOND}


def facts(counted: Counted) -> Iterator[Fact]:
    """One answered contact on the day it was queued; the abandoned ones are the facts of the abandon rate."""
    for wait in waits(counted):
        if wait.end == "answered":
            in_time = wait.micros <= _IN_TIME[wait.media]
            yield Fact(wait.slices, _NAME, wait.day, None, 1, int(in_time), None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share of what was offered."""
    answered, abandoned = measures.get(_NAME, Sums()), measures.get(abandon_rate.NAME, Sums())
    return {_NAME: share_figure(answered.total, answered.n + abandoned.n)}


METRIC = Metric(
    name=_NAME,
    title="Service level",
    definition=(
        "Of the chats and calls offered to us, the share answered in time: a chat within 60 seconds, a call within "
        "20. Offered is what it is for the abandon rate, whose short abandons are on neither side here too."
    ),
    formula="answered in time ÷ offered × 100",
    cohort="queued",
    exclusions=EXCLUSIONS,
    source="our own, the limits too; see docs/design.md",
    example="One chat is answered after 30 s, one after 90 s: 1 of 2, 50 %.",
    elsewhere=(
        "LiveAgent tells chat and call answers met and missed by the account's SLA levels, not by one limit "
        "(support.liveagent.com 304582)."
    ),
    figures={_NAME: "Service level"},
    measures=(_NAME,),
    reads=(abandon_rate.NAME,),
    facts=facts,
    figure=figure,
    needs="contacts",
    better="higher",
)
