"""The ids of the surveys that Deskpulse asks itself: one for each time, and one apart for each doubted answer."""

from __future__ import annotations

from typing import Final

_OWN: Final = "deskpulse-"
_APART: Final = "~"


def survey_id(kind: str, number: int) -> str:
    """The id of a survey of ours: `deskpulse-csat`, and `deskpulse-csat-2` when a ticket is asked a second time."""
    return f"{_OWN}{kind}" if number == 1 else f"{_OWN}{kind}-{number}"


def apart(survey: str, mark: str) -> str:
    """The id under which a doubted answer stands: `deskpulse-csat~5f3a9c01`.

    Invalidating it must leave alone what its customer says with the same link.
    """
    return f"{survey}{_APART}{mark}"


def is_own(survey: str) -> bool:
    """Whether Deskpulse asked it."""
    return survey.startswith(_OWN)


def asked_as(survey: str) -> str:
    """The id under which a survey was asked, also of an answer that stands apart; ids of desks are left as they are."""
    return survey.partition(_APART)[0] if is_own(survey) else survey
