"""When the daily and the weekly summary are written into the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Field, Option, Scene, Section
from workers.working_time.working_hours import DAYS

KEY: Final = "summaries"
_OFF: Final = "off"
_DAILY: Final = "08:00"
_WEEKLY: Final = "mon 08:00"


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """The form as the settings have it."""
    say, held = scene.language.say, settings.get("summaries", {})
    daily, weekly = held.get("daily") or _DAILY, held.get("weekly") or _WEEKLY
    day, _, clock = weekly.partition(" ")
    days = (
        Option(_OFF, say("never")),
        *(Option(each, scene.language.weekday(place)) for place, each in enumerate(DAYS)),
    )
    return Section(
        KEY,
        say("Summaries"),
        say("They are written into the desk at these times of the account's time zone."),
        (
            Field("summaries.daily", say("Every day at; empty for never"), "" if daily == _OFF else daily, "time"),
            Field("summaries.weekly", say("Every week on"), day, "select", options=days),
            Field("summaries.weekly_at", say("at"), clock, "time"),
        ),
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft."""
    draft.put("summaries.daily", sent.get("summaries.daily", "").strip() or _OFF)
    day, clock = (sent.get(f"summaries.{name}", "").strip() for name in ("weekly", "weekly_at"))
    draft.put("summaries.weekly", _OFF if day == _OFF or not clock else f"{day} {clock}")
