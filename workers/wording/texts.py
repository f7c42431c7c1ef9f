"""What the catalogue has for a message: the .po files beside the code, read once a process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.pofile import read_po

_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True, slots=True)
class Texts:
    """The translations of one language; what is not translated is not in it."""

    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: English singular → category → text


def path_of(code: str) -> Path:
    """The catalogue of a language."""
    return Path(str(resources.files("workers") / "translations" / f"{code}.po"))


def categories(code: str) -> tuple[str, ...]:
    """The plural categories of a language in the order of its plural forms; those of fractions too."""
    tags: Iterable[str] = Locale.parse(code).plural_form.tags
    return tuple(name for name in _CATEGORIES if name in {*tags, "other"})


@cache
def texts_of(code: str) -> Texts:
    """Everything that is translated into a language; nothing where it has no catalogue."""
    path = path_of(code)
    if not path.exists():
        return Texts()
    with path.open("rb") as file:
        found = read_po(file, locale=code)
    one: dict[str, str] = {}
    many: dict[str, Mapping[str, str]] = {}
    for message in found:
        if isinstance(message.id, str) and isinstance(message.string, str) and message.id and message.string:
            one[message.id] = message.string
        elif isinstance(message.id, tuple) and isinstance(message.string, tuple) and all(message.string):
            many[message.id[0]] = dict(zip(categories(code), message.string, strict=True))
    return Texts(one, many)
