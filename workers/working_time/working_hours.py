"""An account's business hours as its settings write them: what is wrong with them, and the hours they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from workers.working_time.business_time import Hours, Schedule
from workers.working_time.open_spans import DaySpan

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS: Final = ("time_zone", "schedule", "schedules", "departments", "channels")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_HOLIDAY: Final = timedelta(days=366)


def check_day(spans: Sequence[str]) -> None:
    """ValueError when one of a day's spans (`09:00-12:00`) is empty or ends before it starts, or when two overlap.

    Spans that touch are one.
    """
    for text in spans:
        start, end = _day_span(text)
        if end <= start:
            raise ValueError(f"{text} must end after it starts; a night ends at 24:00 and goes on the next day")
    for text, following in pairwise(spans):
        if _day_span(following)[0] < _day_span(text)[1]:
            raise ValueError(f"{following} starts before {text} has ended; put them in order and apart")


def check_date(text: str) -> date:
    """The date of `2026-12-25`; ValueError for another notation, or when there is none, as on the 30th of February."""
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text} is not a date such as 2026-12-25")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no date {text}") from error


def check_holiday(text: str) -> None:
    """ValueError unless `2026-12-25` or `2026-12-27/2026-12-31` is of real dates, in order and of at most a year."""
    first, last = _ends(text)
    if last < first:
        raise ValueError(f"{text} ends before it starts")
    if last - first >= _LONGEST_HOLIDAY:
        raise ValueError(f"{text} is longer than a year; take the days of the week away instead")


def wrong_in(settings: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit together, each as `key: reason`."""
    known = settings.get("schedules", {})
    for key, name in _used(settings):
        if name not in known:
            yield f"{key}: there is no [schedules.{name}]"
    for name, schedule in known.items():
        reason = _wrong_frozen(schedule)
        if reason:
            yield f"schedules.{name}.holidays_frozen: {reason}"


def hours_of(settings: Mapping[str, Any]) -> Hours:
    """The hours that checked settings mean.

    The same settings give the same object while it is in use, so that what it has laid out of its years is kept
    when an account is read anew.
    """
    given = {key: settings[key] for key in _KEYS if key in settings}
    return _hours(orjson.dumps(given, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=128)
def _hours(text: bytes) -> Hours:
    settings = orjson.loads(text)
    zone = settings.get("time_zone", "UTC")
    schedules = {name: _schedule(schedule, zone) for name, schedule in settings.get("schedules", {}).items()}
    departments = settings.get("departments", {})
    return Hours(
        account=schedules.get(settings.get("schedule")),
        channels=_in_force(settings.get("channels", {}), schedules),
        departments=_in_force(departments, schedules),
        department_channels={
            (department, channel): schedule
            for department, section in departments.items()
            for channel, schedule in _in_force(section.get("channels", {}), schedules).items()
        },
    )


def _in_force(sections: Mapping[str, Any], schedules: Mapping[str, Schedule]) -> dict[str, Schedule]:
    return {name: schedules[section["schedule"]] for name, section in sections.items() if "schedule" in section}


def _schedule(settings: Mapping[str, Any], zone: str) -> Schedule:
    return Schedule(
        zone=ZoneInfo(settings.get("time_zone", zone)),
        weekly=tuple(tuple(map(_day_span, settings.get(day, ()))) for day in DAYS),
        holidays=frozenset(_holidays(settings)),
    )


def _holidays(settings: Mapping[str, Any]) -> Iterator[date]:
    for text in settings.get("holidays", ()):
        first, last = _ends(text)
        for step in range((last - first).days + 1):
            yield first + timedelta(days=step)
    yield from map(date.fromisoformat, settings.get("holidays_frozen", {}).get("dates", ()))


def _day_span(text: str) -> DaySpan:
    start, _, end = text.partition("-")
    return _minutes(start), _minutes(end)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return 60 * int(hours) + int(minutes)


def _ends(text: str) -> tuple[date, date]:
    first, slash, last = text.partition("/")
    return check_date(first), check_date(last if slash else first)


def _used(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every key that names a schedule, with the name."""
    if "schedule" in settings:
        yield "schedule", settings["schedule"]
    for channel, section in settings.get("channels", {}).items():
        yield f"channels.{channel}.schedule", section["schedule"]
    for department, section in settings.get("departments", {}).items():
        if "schedule" in section:
            yield f"departments.{department}.schedule", section["schedule"]
        for channel, inner in section.get("channels", {}).items():
            yield f"departments.{department}.channels.{channel}.schedule", inner["schedule"]


def _wrong_frozen(schedule: Mapping[str, Any]) -> str | None:
    frozen, code = schedule.get("holidays_frozen"), schedule.get("holidays_of")
    if frozen is None:
        return None
    if frozen["of"] != code:
        return f"they are of {frozen['of']} and holidays_of is {code or 'not set'}; leave them out, they are made anew"
    first, last = frozen["years"]
    if last < first:
        return f"the years end before they start: {first}, {last}"
    outside = next((text for text in frozen["dates"] if not first <= int(text[:4]) <= last), None)
    return None if outside is None else f"{outside} is not of the years {first} to {last}"
