"""Everything that a person reads: one catalogue of sentences in six languages, and how figures are told in them."""

from __future__ import annotations

from datetime import date

from workers.wording.channels import channel
from workers.wording.figures import NAMES, Difference, difference, figure, name
from workers.wording.language import Language
from workers.wording.notes import note

__all__ = ["NAMES", "Difference", "channel", "difference", "figure", "iso_day", "name", "note"]


def iso_day(text: str, language: Language, *, weekday: bool = False, year: bool = True) -> str:
    """A date of the Report JSON as the language writes it."""
    return language.day(date.fromisoformat(text), weekday=weekday, year=year)
