"""When a wall clock shows a time: the moment a span of a day opens and the moment it closes, whatever the clock does.

A clock that is set forward never shows the times between: a bound among them is moved to the moment of the
change. A clock that is set back shows a stretch twice: a span opens when its start is shown first, and closes
when the last time before its end has been shown for the second time. So a span is what passes between the two,
the repeated stretch within it included; one that ends as the repeated stretch begins ends there.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import SECOND, Instant

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # wall clocks have no zone of their own
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)


def opens(wall: datetime, zone: ZoneInfo) -> Instant:
    """The first moment of that day at which the clock shows this naive time or a later one."""
    first, second = _offsets(wall, zone)
    if second > first:
        return _change(wall, zone, first, second)
    return _micros(wall) - first


def closes(wall: datetime, zone: ZoneInfo) -> Instant:
    """The moment after the last one of that day at which the clock shows less than this naive time."""
    before = wall - _MICROSECOND
    first, second = _offsets(before, zone)
    if second > first:
        return _change(before, zone, first, second)
    return _micros(before) - second + 1


def steady(day: datetime, zone: ZoneInfo) -> Instant | None:
    """The moment at which a day begins when its clock is not changed before the next one begins; None otherwise."""
    offset = zone.utcoffset(day)
    following = day + _DAY
    for wall in (day.replace(fold=1), following, following.replace(fold=1)):
        if zone.utcoffset(wall) != offset:
            return None
    return _micros(day) - _whole(offset)


def wall_of(moment: Instant, zone: ZoneInfo) -> datetime:
    """What the clock shows at a moment, to the second, naive."""
    return datetime.fromtimestamp(moment // SECOND, zone).replace(tzinfo=None)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The microseconds that the clock is ahead of UTC when it shows this for the first and for the second time.

    They are equal where it shows this once. For a time that it never shows, zoneinfo gives the offset before
    the change, then the one after it.
    """
    return _whole(zone.utcoffset(wall)), _whole(zone.utcoffset(wall.replace(fold=1)))


def _whole(offset: timedelta | None) -> int:
    return (offset or timedelta()) // _MICROSECOND


def _micros(wall: datetime) -> int:
    return (wall - _EPOCH) // _MICROSECOND


def _change(wall: datetime, zone: ZoneInfo, before: int, after: int) -> Instant:
    """The moment at which the clock was set forward over this time, found between the two readings of it."""
    earliest, latest = ((_micros(wall) - offset) // SECOND for offset in (after, before))
    seconds = range(earliest + 1, latest + 1)
    found = bisect_left(seconds, after, key=lambda second: _whole(datetime.fromtimestamp(second, zone).utcoffset()))
    return seconds[found] * SECOND
