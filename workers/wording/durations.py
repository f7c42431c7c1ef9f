"""How long something took, in two units at most: `45 s`, `12 min`, `1 h 35 min`, `2 d 3 h`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_SPACE: Final = "\N{NO-BREAK SPACE}"

#: Language → unit → its short word, by plural category where they differ.
#:
#: CLDR's short units where they are right in a sentence. They are not in Slovene, whose `ure` and `dni` are taken for
#: every number; nor are Croatian and Slovene days, which change with the preposition before them; nor Romanian hours
#: from twenty on, which want `de` between. There the symbols d, h, min and s stand.
_UNITS: Final[Mapping[str, Mapping[str, str | Mapping[str, str]]]] = {
    "en": {"d": "d", "h": "h", "min": "min", "s": "s"},
    "hr": {"d": "d", "h": "h", "min": "min", "s": "s"},
    "sl": {"d": "d", "h": "h", "min": "min", "s": "s"},
    "lt": {"d": "d.", "h": "val.", "min": "min.", "s": "sek."},
    "ro": {"d": {"one": "zi", "few": "zile", "other": "de zile"}, "h": "h", "min": "min", "s": "s"},
    "bg": {"d": "д", "h": "ч", "min": "мин", "s": "сек"},
}


def duration(seconds: float, code: str, *, number: Callable[[int], str], category: Callable[[int], str]) -> str:
    """The two largest units that say something, rounded, in the language of that code."""
    words = _UNITS[code]
    space = " " if code == "en" else _SPACE

    def written(count: int, unit: str) -> str:
        word = words[unit]
        return f"{number(count)}{space}{word if isinstance(word, str) else word[category(count)]}"

    return " ".join(written(count, unit) for count, unit in _parts(seconds))


def _parts(seconds: float) -> list[tuple[int, str]]:
    whole = round(seconds)
    if whole < _MINUTE:
        return [(whole, "s")]
    if whole < 10 * _MINUTE:
        return _two(whole, (_MINUTE, "min"), (1, "s"))
    minutes = round(whole / _MINUTE)
    if minutes * _MINUTE < _HOUR:
        return [(minutes, "min")]
    if minutes * _MINUTE < _DAY:
        return _two(whole, (_HOUR, "h"), (_MINUTE, "min"))
    return _two(whole, (_DAY, "d"), (_HOUR, "h"))


def _two(whole: int, large: tuple[int, str], small: tuple[int, str]) -> list[tuple[int, str]]:
    count, rest = divmod(round(whole / small[0]), large[0] // small[0])
    return [(count, large[1]), (rest, small[1])] if rest else [(count, large[1])]
