"""Settings that are being changed: values by their path, and what could not be read in a field."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from workers.rules import LARGEST
from workers.wording.language import Language

#: What is no number is as refused as one that is too large.
_BEYOND: Final = LARGEST + 1


class Draft:
    """A copy of an account's settings with what a form changes; `wrong` is what could not be read, by path."""

    def __init__(self, settings: Mapping[str, Any], language: Language) -> None:
        self.settings: dict[str, Any] = deepcopy(dict(settings))
        self.language = language
        self.wrong: dict[str, str] = {}

    def put(self, path: str | tuple[str, ...], value: Any) -> None:
        """Set what stands at a path; None takes it out, and tables that hold nothing any more with it.

        A path with a name in it that somebody gave, which may have points of its own, comes in its parts.
        """
        *tables, key = path.split(".") if isinstance(path, str) else path
        found, way = self.settings, [self.settings]
        for name in tables:
            found = found.setdefault(name, {})
            way.append(found)
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
        for holder, name, table in reversed(list(zip(way, tables, way[1:], strict=False))):
            if not table:
                del holder[name]

    def number(self, path: str, text: str, *, times: float = 1, whole: bool = True) -> None:
        """Set a number as it was written, in units of so many; an empty text takes it out.

        A part of a unit is rounded; what is counted one by one is left as it is, for the check to refuse.
        """
        if not text.strip():
            self.put(path, None)
            return
        try:
            value = float(text.strip().replace(",", ".")) * times
        except ValueError:
            value = _BEYOND
        if not is_sane(value):  # infinity and nan are numbers to Python
            self.wrong[path] = self.language.say("Write a number.")
            return
        self.put(path, round(value) if whole and (times != 1 or value.is_integer()) else value)

    def text(self, path: str | tuple[str, ...], text: str) -> None:
        """Set a text; an empty one takes it out."""
        self.put(path, text.strip() or None)


def is_sane(value: float) -> bool:
    """Whether a number can be one of a setting at all; nan and what no column can hold are none."""
    return abs(value) < _BEYOND
