"""What to do next, as the pages show it: the sentences of each insight, example tickets, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.panel.access.session import link
from plugin.panel.views.asked import Asked
from plugin.panel.views.names import upright
from plugin.panel.views.sight import Sight, Ticket
from workers.insights import Insight, Place, what_next
from workers.wording.insights import advice


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do: what was found, why, what to do about it; `href` leads to the figure."""

    finding: str
    why: str
    action: str
    tickets: tuple[Ticket, ...]
    href: str


def advice_for(sight: Sight, asked: Asked, made: Mapping[str, Any] | None) -> tuple[Advice, ...] | None:
    """What to do about all tickets of some days; None for a slice, of which nothing is tested.

    `made` is the report of these days by channel, where the page has one.
    """
    if asked.slice:
        return None
    found = what_next(
        sight.connection,
        sight.account,
        first_day=asked.period.first,
        last_day=asked.period.last,
        now=sight.now,
        made=made,
    )
    return tuple(_told(sight, asked, found))


def _told(sight: Sight, asked: Asked, found: tuple[Insight, ...]) -> Iterator[Advice]:
    for insight in found:
        said = advice(insight, sight.language)
        slice_ = _slice(insight.place) or (_slice(insight.main_place) if insight.main_place else {})
        yield Advice(
            upright(said.finding),
            upright(said.why),
            said.action,
            tuple(map(sight.ticket, said.tickets)),
            link("figure", metric=insight.metric, **asked.values, **slice_),
        )


def _slice(place: Place) -> dict[str, str]:
    return {"slice": f"{place.kind}:{place.value}"} if place.kind and place.value else {}
