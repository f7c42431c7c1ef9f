"""A language that the product speaks: its sentences, plurals, numbers, dates and durations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale
from babel.plural import PluralRule

from integrations.times import Instant
from workers.wording import durations
from workers.wording.dates import Dates, dates_of
from workers.wording.numbers import Numbers, numbers_of
from workers.wording.texts import Texts, texts_of

#: Every language, by its code, as it calls itself.
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "hr": "Hrvatski",
    "sl": "Slovenščina",
    "lt": "Lietuvių",
    "ro": "Română",
    "bg": "Български",
}

_ENGLISH: Final = "en"
_STOP: Final = re.compile(r"\{(\w+)\}\.(?!\.)")
_RANGE: Final = re.compile(r"\s*([A-Za-z]+)[\w-]*\s*(?:;\s*q\s*=\s*([\d.]+))?\s*$")


def mark(text: str) -> str:
    """An English text for the catalogue where no language is at hand; `say` it later."""
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language; get it by `language(code)`."""

    code: str
    _texts: Texts
    _numbers: Numbers
    _dates: Dates
    _category: PluralRule

    def say(self, message: str, **values: object) -> str:
        """The English message in this language with its values in braces; English where it is not translated."""
        return _filled(self._texts.one.get(message, message), values)

    def say_many(self, one: str, many: str, n: float, **values: object) -> str:
        """As `say`, in the form that goes with the number, which is written for {n}."""
        forms = self._texts.many.get(one)
        text = forms[self._plural(n)] if forms else (one if n == 1 else many)
        return _filled(text, {"n": self.number(n), **values})

    def number(self, value: float, digits: int = 2) -> str:
        """At most so many decimals, and none that says nothing."""
        return self._numbers.number(value, digits)

    def percent(self, value: float) -> str:
        """Of a share from 0 to 100: `88%`, with a decimal where it says something."""
        return self._numbers.percentage(value)

    def points(self, value: float) -> str:
        """Of a difference of two percentages: `2.5 points`."""
        return self.say_many("{n} point", "{n} points", round(value, 1))

    def duration(self, seconds: float) -> str:
        """Two units at most: `45 s`, `12 min`, `1 h 35 min`, `2 d 3 h`."""
        return durations.duration(seconds, self.code, number=self.number, category=self._plural)

    def day(self, when: date, *, weekday: bool = False, year: bool = True) -> str:
        """`9 March 2026`, with its weekday in front and without its year if wanted."""
        return self._dates.day(when, weekday=weekday, year=year)

    def days(self, first: date, last: date) -> str:
        """`9 March – 15 March 2026`: the year once where it is one."""
        return self._dates.days(first, last)

    def short_day(self, when: date) -> str:
        """`9 Mar`, for an axis or a narrow column."""
        return self._dates.short_day(when)

    def month(self, when: date) -> str:
        """`March 2026`."""
        return self._dates.month(when)

    def week(self, iso_week: str) -> str:
        """`Week 53, 2026` for `2026-W53`."""
        year, _, week = iso_week.partition("-W")
        return self.say("Week {week}, {year}", week=int(week), year=int(year))

    def clock(self, moment: Instant, zone: tzinfo) -> str:
        """`14:05`, by the clocks of the zone."""
        return self._dates.clock(moment, zone)

    def moment(self, moment: Instant, zone: tzinfo) -> str:
        """`9 March 2026, 14:05`."""
        return self._dates.moment(moment, zone)

    def weekday(self, number: int, *, short: bool = False) -> str:
        """`Monday` or `Mon` for 0."""
        return self._dates.short_weekday(number) if short else self._dates.weekday(number)

    def hour(self, number: int) -> str:
        """`09:00`, the beginning of an hour of the day."""
        return self._dates.hour(number)

    def weekday_hour(self, weekday: int, hour: int) -> str:
        """`Monday 09:00–10:00`."""
        return f"{self.weekday(weekday)} {self.hour(hour)}–{self.hour((hour + 1) % 24)}"

    def _plural(self, n: float) -> str:
        """The plural category of a number as it is written, with two decimals at most."""
        return self._category(n if isinstance(n, int) else Decimal(f"{n:.2f}").normalize())


@cache
def language(code: str | None) -> Language:
    """The language of a code; English where there is none such."""
    known = code if code is not None and code in LANGUAGES else _ENGLISH
    return Language(
        code=known,
        _texts=texts_of(known),
        _numbers=numbers_of(known),
        _dates=dates_of(known),
        _category=Locale.parse(known).plural_form,
    )


def best_language(accept_language_header: str | None, default: str) -> str:
    """The code that a browser likes best among ours; the default where it likes none of them."""
    liked: dict[str, float] = {}
    for part in (accept_language_header or "").split(","):
        found = _RANGE.match(part)
        if found and found[1].lower() in LANGUAGES:
            liked.setdefault(found[1].lower(), _quality(found[2]))
    best = max(liked, key=lambda code: liked[code], default=default)
    return best if liked.get(best, 1.0) > 0 else default


def _quality(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def _filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its values; a value that ends with a full stop, as dates do, takes that of the sentence."""
    if "}." in text:
        text = _STOP.sub(lambda found: found[0][:-1] if str(values.get(found[1])).endswith(".") else found[0], text)
    return text.format_map(values)
