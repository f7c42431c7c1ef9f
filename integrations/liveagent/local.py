"""LiveAgent's times: naive, in the account's zone; read in the order in which things happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from integrations.liveagent.payloads import Interval
from integrations.times import HOUR, Instant, instant, instant_of_local, utc

_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_UTC: Final = ZoneInfo("UTC")


def moment(text: str, zone: ZoneInfo, *, after: Instant | None = None) -> Instant:
    """The instant of a local time; in an hour that a clock change repeats, the first that is not before `after`."""
    first = instant_of_local(text, zone)
    if after is None or first >= after:
        return first
    second = _second(text, zone)
    return second if second >= after else first


def is_told_twice(text: str, zone: ZoneInfo) -> bool:
    """Whether the text stands for two moments, an hour apart: nothing but what happened before tells which."""
    return _second(text, zone) > instant_of_local(text, zone)


def _second(text: str, zone: ZoneInfo) -> Instant:
    return instant(datetime.fromisoformat(text).replace(tzinfo=zone, fold=1).astimezone(UTC))


def is_time(text: str) -> bool:
    """Whether it is a time as LiveAgent writes it, of a year that `integrations.times` takes."""
    try:
        return text == text_of(moment(text, _UTC), _UTC)
    except ValueError:
        return False


def text_of(at: Instant, zone: ZoneInfo) -> str:
    """A moment as LiveAgent writes it."""
    return utc(at).astimezone(zone).strftime(_FORMAT)


def text_since(at: Instant, zone: ZoneInfo) -> str:
    """A local time such that everything LiveAgent writes from this moment on has an equal or later text.

    Before the clock goes back an hour, what happens afterwards is written with earlier times.
    """
    repeats = _offset(at, zone) > _offset(at + HOUR, zone)
    return text_of(at - HOUR if repeats else at, zone)


def _offset(at: Instant, zone: ZoneInfo) -> float:
    offset = utc(at).astimezone(zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def in_order(intervals: Sequence[Interval]) -> list[Interval]:
    """Status intervals as they followed one another: each begins where another ended.

    By their texts alone, those of an hour that the clock repeats would be out of order. Intervals of no length
    inside one second keep the order in which LiveAgent told them.
    """
    left = sorted(_oldest_first(intervals), key=_by_text)
    chain: list[Interval] = []
    while left:
        end = chain[-1].end if chain else None
        following = next((one for one in left if one.start == end), None)
        chain.append(following or _head(left))
        left.remove(chain[-1])
    return chain


def _by_text(one: Interval) -> tuple[str, bool, str]:
    return (one.start, one.end is None, one.end or "")


def _oldest_first(intervals: Sequence[Interval]) -> Sequence[Interval]:
    # In which direction LiveAgent tells a history is not documented.
    if intervals and _by_text(intervals[0]) > _by_text(intervals[-1]):
        return intervals[::-1]
    return intervals


def _head(left: Sequence[Interval]) -> Interval:
    """The earliest interval at whose start no other one ends."""
    return next((one for one in left if all(one is other or other.end != one.start for other in left)), left[0])
