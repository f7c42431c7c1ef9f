"""The business hours of the account, and its holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import ON, Field, Scene, Section
from workers.working_time.working_hours import DAYS

KEY: Final = "schedule"
#: What the schedule is called that the form makes.
_NAME: Final = "main"
_USED: Final = "schedule"
_APART: Final = re.compile(r"[\s,;]+")


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """The form of the schedule that holds where no department or channel has its own."""
    say, name = scene.language.say, settings.get("schedule", _NAME)
    held = settings.get("schedules", {}).get(name, {})
    days = tuple(
        Field(f"schedules.{name}.{day}", scene.language.weekday(place), ", ".join(held.get(day, [])))
        for place, day in enumerate(DAYS)
    )
    return Section(
        KEY,
        say("Business hours and holidays"),
        say("Write hours as 09:00-12:00, 13:00-17:00; nothing on days when you are closed."),
        (
            Field(_USED, say("Count business time by these hours"), ON if settings.get("schedule") else "", "checkbox"),
            *days,
            Field(
                f"schedules.{name}.holidays_of",
                say("Public holidays of"),
                held.get("holidays_of", ""),
                help=say("a country, such as HR, or a part of one, such as DE-BE"),
            ),
            Field(
                f"schedules.{name}.holidays",
                say("Other holidays, one a line"),
                "\n".join(held.get("holidays", [])),
                "lines",
                help=say("2026-12-24, or 2026-12-27/2026-12-31 for a stretch"),
            ),
        ),
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft; a schedule that nothing uses any more is kept.

    A form that was made while another schedule held says nothing of this one, and changes nothing.
    """
    name = draft.settings.get("schedule", _NAME)
    at = f"schedules.{name}"
    if f"{at}.{DAYS[0]}" not in sent:
        return
    held = ("schedules", name)
    for day in DAYS:
        draft.put((*held, day), _listed(sent.get(f"{at}.{day}", "")))
    draft.text((*held, "holidays_of"), sent.get(f"{at}.holidays_of", "").upper())
    if not sent.get(f"{at}.holidays_of", "").strip():
        draft.put((*held, "holidays_frozen"), None)
    draft.put((*held, "holidays"), _listed(sent.get(f"{at}.holidays", "")) or None)
    draft.put(_USED, name if sent.get(_USED) else None)
    if not sent.get(_USED) and not any(draft.settings["schedules"][name].values()):
        draft.put(held, None)


def _listed(text: str) -> list[str]:
    return [part for part in _APART.split(text.strip()) if part]
