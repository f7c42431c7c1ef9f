"""What the pictures of a page are drawn from: series of figures, as the charts want them."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.panel.access.session import link
from plugin.panel.charts.created_and_resolved import CreatedAndResolved, Flow, created_and_resolved
from plugin.panel.charts.picture import Picture
from plugin.panel.charts.stacked_days import Stack, StackedDays, stacked_days
from plugin.panel.views.asked import Asked
from plugin.panel.views.sight import Sight
from workers import wording
from workers.periods import Period, date_of
from workers.series import Point, SeriesRequest, series, series_by_channel, step_for

_FLOW = ("ticket_volume", "resolved_volume", "backlog")


def flow(sight: Sight, asked: Asked) -> Picture:
    """What came in, what was resolved, and the backlog."""
    points = series(sight.connection, sight.account, _request(asked, _FLOW), now=sight.now)
    flows = tuple(
        Flow(
            point.when,
            point.figure("ticket_volume").n,
            point.figure("resolved_volume").n,
            backlog=point.figure("backlog").n,
            unfinished=point.cut,
            href=_address(point, asked),
        )
        for point in points
    )
    return created_and_resolved(CreatedAndResolved(sight.language.say("Created and resolved"), flows), sight.language)


def volume(sight: Sight, asked: Asked) -> Picture:
    """How many tickets came in, by channel."""
    request, channels = _request(asked, ("ticket_volume",)), _channels(sight, asked)
    found = series_by_channel(sight.connection, sight.account, request, channels, now=sight.now)
    stacks = tuple(
        Stack(
            points[0].when,
            tuple(point.figure("ticket_volume").n for point in points),
            points[0].cut,
            _address(points[0], asked),
        )
        for points in zip(*found.values(), strict=True)
    )
    names = tuple(wording.channel(channel, sight.language) for channel in found)
    return stacked_days(StackedDays(sight.language.say("Tickets by channel"), names, stacks), sight.language)


def of_overview(sight: Sight, asked: Asked) -> Iterator[Picture]:
    """The two pictures of the page Overview."""
    yield flow(sight, asked)
    if _channels(sight, asked):
        yield volume(sight, asked)


def _channels(sight: Sight, asked: Asked) -> list[str]:
    kind, _, value = (asked.slice or "").partition(":")
    return [value] if kind == "channel" else sight.channels


def _request(asked: Asked, names: tuple[str, ...]) -> SeriesRequest:
    return SeriesRequest(asked.period, names, step_for(asked.period), asked.slice)


def _address(point: Point, asked: Asked) -> str:
    """The overview of the days of one point."""
    return link("overview", **days_of(point.days), **({"slice": asked.slice} if asked.slice else {}))


def days_of(days: Period) -> dict[str, str]:
    """The values of an address that ask for these days."""
    first, last = (date_of(day).isoformat() for day in (days.first, days.last))
    return {"period": "days", "from": first, "to": last}
