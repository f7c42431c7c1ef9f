"""Why a figure has no value, in a language: figures carry the reason in English, as the Report JSON has it."""

from __future__ import annotations

from typing import Final

from workers.wording.known import told
from workers.wording.language import Language, mark

#: Every reason that a metric gives.
_REASONS: Final = (
    mark("answers on different scales are not pooled"),
    mark("fewer than {count} answers"),
    mark("the scale {scale} has no agreed positive side"),
    mark("the scale {scale} has no agreed easy side"),
    mark("the scale {scale} is not 0-10"),
    mark("the desk did not tell of any survey it sent"),
)


def note(reason: str, language: Language) -> str:
    """The reason in this language; as it is where it is none of ours."""
    return told(reason, _REASONS, language)
