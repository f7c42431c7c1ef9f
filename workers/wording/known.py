"""An English sentence in another language, told by one who did not say it: known by the words around its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from workers.wording.language import Language

_VALUE: Final = re.compile(r"\\\{(\w+)\\\}")


def told(sentence: str, known: Iterable[str], language: Language) -> str:
    """The sentence in this language; as it is where it is none of those known, whose values stand in braces.

    The first that fits is taken, so the one with more words comes first.
    """
    for message in known:
        found = _pattern(message).fullmatch(sentence)
        if found:
            return language.say(message, **found.groupdict())
    return sentence


@cache
def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(_VALUE.sub(r"(?P<\1>.*)", re.escape(message)), re.DOTALL)
