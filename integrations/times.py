"""Moments: whole microseconds of UTC since 1970, read from and written to the desks' notations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

#: A moment: microseconds since 1970-01-01T00:00:00Z. An integer, so that order and arithmetic are exact.
Instant: TypeAlias = int

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_LONGEST_TEXT: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_EARLIEST: Final = (datetime(1990, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LATEST: Final = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime; ValueError when it has no zone or is not between 1990 and 2200.

    The years are bounded because desks write 0001-01-01 and 1970-01-01 for "none".
    """
    if moment.tzinfo is None:
        raise ValueError("the time has no zone")
    since = moment - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
    if not _EARLIEST <= micros < _LATEST:
        raise ValueError("the year is not between 1990 and 2200")
    return micros


def instant_of_iso(text: str) -> Instant:
    """The instant of an ISO 8601 time with offset or `Z`; ValueError otherwise."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError("the time is too long")
    return instant(datetime.fromisoformat(text))


def instant_of_local(text: str, zone: ZoneInfo) -> Instant:
    """The instant of a naive `YYYY-MM-DD HH:MM:SS` that a desk wrote in `zone`.

    In the hour that a clock change repeats, the first of the two is taken: nothing in the text tells
    them apart.
    """
    if len(text) > _LONGEST_TEXT:
        raise ValueError("the time is too long")
    moment = datetime.fromisoformat(text)
    return instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def utc(moment: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=moment)


def iso(moment: Instant) -> str:
    """An instant as ISO 8601 in UTC, `2026-01-31T12:00:00Z`, with a fraction only when there is one."""
    return utc(moment).isoformat().replace("+00:00", "Z")
