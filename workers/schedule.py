"""What is due by the clock, computed from the clock alone: beats only tick, and rows tell what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from integrations.times import DAY, HOUR, SECOND, Instant, instant, utc
from workers.store.due import Summary

#: How often everything is looked for that no message told about, in seconds.
SWEEP_SECONDS: Final = 5.0
#: How often a summary that no worker has begun yet is asked for again.
ASK_AGAIN: Final = 5 * 60 * SECOND

#: The only thing a beat does. A tick that waited is no use to anybody.
BEAT: Final[Mapping[str, Mapping[str, Any]]] = {
    "sweep": {"task": "deskpulse.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}

#: What turns a summary off in `account.toml`, which knows no null.
OFF: Final = "off"
#: When summaries are told unless the account says otherwise.
SUMMARIES: Final[Mapping[str, str]] = {"daily": "08:00", "weekly": "mon 08:00"}
#: How late a summary is still worth telling: after an outage of the whole installation it is not.
_LATEST: Final = {"daily": 12 * HOUR, "weekly": 3 * DAY}
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH: Final = date(1970, 1, 1)


def due_digests(account: str, settings: Mapping[str, Any], zone: ZoneInfo, *, now: Instant) -> list[Summary]:
    """The digests whose moment has come: when summaries are told, of the periods in the account's `[digests]`."""
    wanted = settings.get("digests", {}).get("periods", tuple(SUMMARIES))
    return [each for each in due_summaries(account, settings, zone, now=now) if each.period in wanted]


def due_summaries(account: str, settings: Mapping[str, Any], zone: ZoneInfo, *, now: Instant) -> list[Summary]:
    """The summaries whose moment has come and is not long past, by the account's `[summaries]` and zone.

    A daily one tells about the day before, a weekly one about the last whole week from Monday.
    """
    return [
        Summary(account, period, (first - _EPOCH).days)
        for period in SUMMARIES
        for told_at in [time_of_summary(settings, period)]
        if told_at is not None
        for moment, first in [_latest(period, told_at, zone, now)]
        if now - moment <= _LATEST[period]
    ]


def time_of_summary(settings: Mapping[str, Any], period: str) -> str | None:
    """When a summary is told by the account's `[summaries]`; None when it is turned off."""
    told_at: str | None = {**SUMMARIES, **settings.get("summaries", {})}[period]
    return None if told_at in (None, OFF) else told_at


def slot(now: Instant, *, length: Instant) -> Instant:
    """The start of the slot of that length which is running: what a slot is called in its row."""
    return now - now % length


def _latest(period: str, setting: str, zone: ZoneInfo, now: Instant) -> tuple[Instant, date]:
    """The last moment the setting named, and the first day of what is told then."""
    clock = time.fromisoformat(setting[-5:])
    day = utc(now).astimezone(zone).date()
    if period == "weekly":
        day -= timedelta(days=(day.weekday() - _WEEKDAYS.index(setting[:3])) % 7)
    step = timedelta(days=7 if period == "weekly" else 1)
    moment = _at(day, clock, zone)
    while moment > now:
        day -= step
        moment = _at(day, clock, zone)
    if period == "weekly":
        return moment, day - timedelta(days=day.weekday() + 7)
    return moment, day - step


def _at(day: date, clock: time, zone: ZoneInfo) -> Instant:
    # An hour that a clock change leaves out is taken as if it had not: still once that day.
    return instant(datetime.combine(day, clock, zone))
