"""What the catalogue has for a message: the .po files beside the code, read once a process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from babel import Locale

_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
#: The strings of one keyword, one a line.
_STRINGS: Final = r'(".*(?:\n".*)*)'
#: An entry: its English text, its plural where it has one, and its translations.
_ENTRY: Final = re.compile(rf"\nmsgid {_STRINGS}(\nmsgid_plural {_STRINGS})?((?:\nmsgstr(?:\[\d\])? {_STRINGS})+)")
_FORM: Final = re.compile(rf"\nmsgstr\[\d\] {_STRINGS}")
_ONLY: Final = "\nmsgstr "
_ESCAPED: Final = re.compile(r"\\(.)")
_PLAIN: Final = {"n": "\n", "t": "\t"}


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
    return read(path.read_text(encoding="utf-8"), categories(code)) if path.exists() else Texts()


def read(source: str, names: tuple[str, ...]) -> Texts:
    """The translations in the text of a .po file whose plural forms are of these categories, in this order.

    Read here and not by babel, which takes ten times as long: every process reads them when it starts to speak.
    """
    one: dict[str, str] = {}
    many: dict[str, Mapping[str, str]] = {}
    for text, plural, _, told, _ in _ENTRY.findall(source):
        if not plural:
            one[_unquoted(text)] = _unquoted(told[len(_ONLY) :])
            continue
        forms = [_unquoted(form) for form in _FORM.findall(told)]
        if all(forms):
            many[_unquoted(text)] = dict(zip(names, forms, strict=True))
    return Texts({text: told for text, told in one.items() if text and told}, many)


def _unquoted(strings: str) -> str:
    text = strings[1:-1].replace('"\n"', "")
    return _ESCAPED.sub(lambda found: _PLAIN.get(found[1], found[1]), text) if "\\" in text else text
