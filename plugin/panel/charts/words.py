"""How numbers and times of a picture are written, the same in its marks, its sentence and its table."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal, TypeAlias
from unicodedata import normalize

from workers.wording.language import Language

#: What stands where there is no number.
NONE: Final = "–"

#: What a figure counted.
Counted: TypeAlias = Literal["answers", "tickets", "contacts", "surveys"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK: Final = re.compile(r"\d{4}-W\d{2}")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")


def whole_percent(value: float, language: Language) -> str:
    """Whole per cent, but never all or none where it is not."""
    whole = round(value)
    return language.percent(value if whole in (0, 100) and whole != value else whole)


def count(value: int | None, language: Language) -> str:
    """A count, or that there is none."""
    return NONE if value is None else language.number(value)


def signed(value: float, language: Language) -> str:
    """A number with its sign; none on 0."""
    text = language.number(value, 1)
    return f"+{text}" if value > 0 and text != language.number(0) else text


def counted(n: int, what: Counted, language: Language) -> str:
    """`50 answers`."""
    match what:
        case "answers":
            return language.say_many("{n} answer", "{n} answers", n)
        case "tickets":
            return language.say_many("{n} ticket", "{n} tickets", n)
        case "contacts":
            return language.say_many("{n} contact", "{n} contacts", n)
        case "surveys":
            return language.say_many("{n} survey", "{n} surveys", n)


def percent_ends(low: float, high: float, language: Language) -> tuple[str, str]:
    """The two ends of a range of per cent, the sign only on the second: `76` and `94%`."""
    bare = whole_percent(low, language).removesuffix(language.percent(0).removeprefix(language.number(0)))
    return bare, whole_percent(high, language)


def likely(low: float, high: float, language: Language) -> str:
    """`likely 76–94%`, of a range of per cent."""
    ends = percent_ends(low, high, language)
    return language.say("likely {low}–{high}", low=ends[0], high=ends[1])


def listed(names: list[str], language: Language, most: int = 3) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:most])
    more = len(names) - most
    return (
        shown if more <= 0 else language.say_many("{names} and {n} other", "{names} and {n} others", more, names=shown)
    )


def alphabetical(name: str) -> str:
    """What names are sorted by: `č`, `ş` and `đ` follow their plain letter, as in Croatian, Slovene and Romanian."""
    return normalize("NFD", name.casefold().replace("đ", "d\u0335"))


def long_time(when: str, language: Language) -> str:
    """A day, week or month of a report, as a table names it; another text as it is."""
    try:
        if _DAY.fullmatch(when):
            return language.day(date.fromisoformat(when), weekday=True)
        if _WEEK.fullmatch(when):
            return language.week(when)
        if _MONTH.fullmatch(when):
            return language.month(date.fromisoformat(f"{when}-01"))
    except ValueError:
        return when
    return when


def short_time(when: str, language: Language) -> str:
    """A day, week or month of a report, as an axis names it; another text as it is."""
    try:
        if _DAY.fullmatch(when):
            return language.short_day(date.fromisoformat(when))
    except ValueError:
        return when
    if _WEEK.fullmatch(when):
        return language.say("W{week}", week=int(when[-2:]))
    return long_time(when, language)


def row_time(when: str, language: Language, *, unfinished: bool) -> str:
    """A day, week or month as the first cell of a row."""
    name = long_time(when, language)
    return language.say("{time} (not over)", time=name) if unfinished else name
