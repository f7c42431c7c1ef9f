"""What people call the channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.wording.language import Language, mark

_CHANNELS: Final[Mapping[str, str]] = {
    "email": mark("E-mail"),
    "chat": mark("Chat"),
    "messaging": mark("Messaging"),
    "voice": mark("Voice"),
    "social": mark("Social"),
    "web_form": mark("Web form"),
    "sms": mark("SMS"),
    "api": mark("API"),
    "in_person": mark("In person"),
    "other": mark("Other"),
    "internal": mark("Internal"),
}


def channel(name: str, language: Language) -> str:
    """A channel as people call it; one that we do not know in the desk's own word."""
    known = _CHANNELS.get(name)
    return language.say(known) if known else name.replace("_", " ").capitalize()
