"""The time zone, the language and when a contact is a repeated one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Field, Option, Scene, Section
from workers.wording.language import LANGUAGES

KEY = "general"


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """The form as the settings have it."""
    say = scene.language.say
    languages = tuple(Option(code, name) for code, name in LANGUAGES.items())
    return Section(
        KEY,
        say("General"),
        say("Days, weeks and months are cut in this time zone."),
        (
            Field("time_zone", say("Time zone"), settings.get("time_zone", "UTC"), help=say("such as Europe/Zagreb")),
            Field(
                "language",
                say("Language of summaries and surveys"),
                settings.get("language", "en"),
                "select",
                options=languages,
            ),
            Field(
                "repeat_days",
                say("Another contact within so many days is a repeated one"),
                str(settings.get("repeat_days", 7)),
                "number",
            ),
        ),
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft; without a time zone, days would be cut in another one unasked."""
    draft.text("time_zone", sent.get("time_zone", ""))
    if not sent.get("time_zone", "").strip():
        draft.wrong["time_zone"] = draft.language.say("Write a time zone such as Europe/Zagreb.")
    draft.text("language", sent.get("language", ""))
    draft.number("repeat_days", sent.get("repeat_days", ""))
