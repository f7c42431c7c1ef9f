"""How numbers of a picture are written, the same in its marks, its sentence and its table."""

from __future__ import annotations

from typing import Final

from workers.wording.language import Language

#: What stands where there is no number.
NONE: Final = "–"


def whole_percent(value: float, language: Language) -> str:
    """Whole per cent, but never all or none where it is not."""
    whole = round(value)
    return language.percent(value if whole in (0, 100) and whole != value else whole)
