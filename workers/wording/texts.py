"""What the catalogue has for a message: the .po files beside the code, read once a process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from babel import Locale

_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
#: One part of an entry: its keyword and its strings, which stand one a line.
_PART: Final = re.compile(
    r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ("(?:[^"\\\n]|\\.)*"(?:\n"(?:[^"\\\n]|\\.)*")*)', re.M
)
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
    for text, plural, forms in _entries(source):
        if not text or not all(forms):
            continue
        if plural:
            many[text] = dict(zip(names, forms, strict=True))
        else:
            one[text] = forms[0]
    return Texts(one, many)


def _entries(source: str) -> Iterator[tuple[str, bool, list[str]]]:
    """Of each entry its English text, whether it has a plural, and its translations."""
    text, plural, forms = "", False, list[str]()
    for keyword, strings in _PART.findall(source):
        if keyword == "msgid":
            if forms:
                yield text, plural, forms
            text, plural, forms = _unquoted(strings), False, []
        elif keyword == "msgid_plural":
            plural = True
        else:
            forms.append(_unquoted(strings))
    if forms:
        yield text, plural, forms


def _unquoted(strings: str) -> str:
    text = strings[1:-1].replace('"\n"', "")
    return _ESCAPED.sub(lambda found: _PLAIN.get(found[1], found[1]), text) if "\\" in text else text
