"""Within how long each channel is answered first, and how often that should be so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from integrations.events import CHANNELS
from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Field, Scene, Section, written
from workers import wording

KEY: Final = "targets"
_MINUTE: Final = 60


def section(settings: Mapping[str, Any], scene: Scene) -> Section:
    """Two fields a channel: those that the account has, and those with a target."""
    say, held = scene.language.say, settings.get("targets", {})
    channels = [channel for channel in CHANNELS if channel in scene.channels or channel in held]
    return Section(
        KEY,
        say("Targets"),
        say("A channel without minutes has no target."),
        tuple(field for channel in channels for field in _fields(channel, held.get(channel, {}), scene)),
    )


def _fields(channel: str, held: Mapping[str, Any], scene: Scene) -> tuple[Field, Field]:
    say, name = scene.language.say, wording.channel(channel, scene.language)
    seconds = held.get("first_response")
    return (
        Field(
            f"targets.{channel}.first_response",
            say("First response within, in minutes"),
            "" if seconds is None else written(seconds / _MINUTE),
            "number",
            group=name,
        ),
        Field(
            f"targets.{channel}.goal",
            say("Goal in percent"),
            written(held["goal"]) if "goal" in held else "",
            "number",
            group=name,
        ),
    )


def take(draft: Draft, sent: Mapping[str, str]) -> None:
    """Put what was sent into the draft."""
    for channel in CHANNELS:
        minutes = sent.get(f"targets.{channel}.first_response")
        if minutes is None:
            continue
        if not minutes.strip():
            draft.put(f"targets.{channel}", None)
            continue
        draft.number(f"targets.{channel}.first_response", minutes, times=_MINUTE)
        draft.number(f"targets.{channel}.goal", sent.get(f"targets.{channel}.goal", ""), whole=False)
