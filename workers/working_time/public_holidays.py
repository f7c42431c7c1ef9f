"""A country's public holidays, taken from the `holidays` library once and then kept in the account's settings.

What is kept stays as it was: a later version of the library changes no figure by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

#: How many years are kept before and after the one in which settings are saved.
YEARS_BACK: Final = 10
YEARS_AHEAD: Final = 5


def check_country(code: str) -> None:
    """ValueError unless it is a country (`HR`) or a part of one (`DE-BE`) whose holidays are known."""
    import holidays  # here: it takes a fifth of a second and 10 MB, which only those pay who use it

    country, _, part = code.partition("-")
    parts = holidays.list_supported_countries(include_aliases=True).get(country)
    if parts is None:
        raise ValueError(f"no holidays are known of {code!r}; give a country such as HR, or a part such as DE-BE")
    if part not in ("", *parts) or code.endswith("-"):
        raise ValueError(f"no holidays are known of {code!r}; {country} has {', '.join(parts) or 'no parts'}")


def public_holidays(code: str, years: Iterable[int]) -> list[date]:
    """The public holidays of a country or a part of one, as the library that is installed knows them."""
    import holidays

    country, _, part = code.partition("-")
    return sorted(holidays.country_holidays(country, subdiv=part or None, years=years))


def with_frozen_holidays(settings: Mapping[str, Any], held: Mapping[str, Any], *, year: int) -> dict[str, Any]:
    """Checked settings with the holidays of every `holidays_of` under `holidays_frozen`.

    The years that stand in the settings are taken as they are, then those that the settings `held` so far have for
    the same schedule and country; the library is only asked for the years that are missing.
    """
    if "schedules" not in settings:
        return dict(settings)
    before = held.get("schedules", {})
    schedules = {
        name: _frozen(schedule, before.get(name, {}), year) for name, schedule in settings["schedules"].items()
    }
    return {**settings, "schedules": schedules}


def _frozen(schedule: Mapping[str, Any], before: Mapping[str, Any], year: int) -> dict[str, Any]:
    code = schedule.get("holidays_of")
    if code is None:
        return dict(schedule)
    kept = {**_kept(before, code), **_kept(schedule, code)}
    years = range(min(*kept, year - YEARS_BACK, year), max(*kept, year + YEARS_AHEAD, year) + 1)
    added = public_holidays(code, [each for each in years if each not in kept])
    dates = {*(day.isoformat() for day in added), *(day for days in kept.values() for day in days)}
    frozen = {"of": code, "years": [years[0], years[-1]], "dates": sorted(dates)}
    return {**schedule, "holidays_frozen": frozen}


def _kept(schedule: Mapping[str, Any], code: str) -> dict[int, list[str]]:
    """The frozen dates of each frozen year, if they are of this country."""
    frozen = schedule.get("holidays_frozen")
    if frozen is None or frozen["of"] != code:
        return {}
    first, last = frozen["years"]
    return {year: [day for day in frozen["dates"] if int(day[:4]) == year] for year in range(first, last + 1)}
