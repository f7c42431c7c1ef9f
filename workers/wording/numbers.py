"""How numbers and per cent are written: separators, sign and spaces as the language has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

#: Languages that part thousands from five digits on only, as CLDR says (`minimumGroupingDigits`) and babel leaves out.
_GROUPED_FROM: Final = {"bg": 10_000}
#: The sign of a number below zero in every language: the hyphen that CLDR has for English is hard to see.
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The signs of one language."""

    decimal: str
    group: str
    percent: str  #: what follows a percentage, with its space
    grouped_from: int

    def number(self, value: float, digits: int = 2) -> str:
        """At most so many decimals, and none that says nothing: `1,234.5`."""
        text = f"{abs(value):,.{digits}f}"
        whole, _, rest = text.partition(".")
        rest = rest.rstrip("0")
        whole = whole.replace(",", self.group if abs(value) >= self.grouped_from else "")
        sign = MINUS if value < 0 and text.strip("0.,") else ""
        return f"{sign}{whole}{self.decimal}{rest}" if rest else f"{sign}{whole}"

    def percentage(self, value: float, digits: int = 1) -> str:
        """Of a share from 0 to 100: `88%`, `88,5 %`."""
        return self.number(value, digits) + self.percent


@cache
def numbers_of(code: str) -> Numbers:
    """How numbers are written in a language."""
    locale = Locale.parse(code)
    signs = locale.number_symbols["latn"]
    pattern = locale.percent_formats[None].pattern
    return Numbers(
        decimal=signs["decimal"],
        group=signs["group"],
        percent=pattern[pattern.rindex("0") + 1 :],
        grouped_from=_GROUPED_FROM.get(code, 1_000),
    )
