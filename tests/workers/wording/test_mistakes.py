"""What a form is refused for is told in the reader's language, with the values that were written."""

from __future__ import annotations

from typing import Any

import pytest

from workers.rules import InvalidSettings, check_settings
from workers.wording.language import LANGUAGES, language
from workers.wording.mistakes import SENTENCES, mistake

#: A setting that each sentence is said of, in the order of the sentences, and what of it is repeated.
WRONG: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"time_zone": "Mars/Olympus"}, ("Mars/Olympus",)),
    ({"repeat_days": 2.5}, ()),
    ({"repeat_days": 366}, ("1", "365")),
    ({"surveys": {"csat": {"channels": ["fax"]}}}, ("email", "web_form")),
    ({"surveys": {"csat": {"question": {"en": "?" * 301}}}}, ("1", "300")),
    ({"schedules": {"main": {"mon": ["9-17"]}}}, ()),
    ({"schedules": {"main": {"mon": ["22:00-06:00"]}}}, ("22:00-06:00",)),
    ({"schedules": {"main": {"mon": ["09:00-12:00", "11:00-17:00"]}}}, ("09:00-12:00", "11:00-17:00")),
    ({"schedules": {"main": {"holidays": ["25.12.2026"]}}}, ("25.12.2026",)),
    ({"schedules": {"main": {"holidays": ["2026-02-30"]}}}, ("2026-02-30",)),
    ({"schedules": {"main": {"holidays": ["2026-12-31/2026-12-27"]}}}, ("2026-12-31/2026-12-27",)),
    ({"schedules": {"main": {"holidays": ["2026-01-01/2027-01-02"]}}}, ("2026-01-01/2027-01-02",)),
    ({"schedules": {"main": {"holidays_of": "XX"}}}, ("'XX'",)),
    ({"schedules": {"main": {"holidays_of": "HR-ZG"}}}, ("'HR-ZG'", "HR")),
    ({"schedules": {"main": {"holidays_of": "DE-XX"}}}, ("'DE-XX'", "BE, BW")),
    ({"slices": {"Region": "field:x"}}, ()),
    ({"slices": {"tag": "field:x"}}, ()),
    ({"surveys": {"nps": {"ask": True, "scale": [1, 5]}}}, ("NPS",)),
    ({"surveys": {"csat": {"ask": True, "scale": [1, 6]}}}, ("2, 3, 4, 5, 7, 10, 11",)),
    ({"summaries": {"daily": "8:00"}}, ()),
    ({"summaries": {"weekly": "mon 8:00"}}, ()),
)


def reason(settings: dict[str, Any]) -> str:
    with pytest.raises(InvalidSettings) as refused:
        check_settings(settings)
    (found,) = refused.value.wrong.values()
    return found


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(("wrong", "sentence"), [*zip(WRONG, SENTENCES, strict=True)])
def test_it_is_told_in_the_language_with_what_was_written(
    wrong: tuple[dict[str, Any], tuple[str, ...]], sentence: str, code: str
) -> None:
    settings, values = wrong
    english = reason(settings)
    told = mistake(english, language(code))
    assert all(value in told for value in values)
    assert (told == english) is (code == "en")
    if code == "en":
        assert english == sentence or values


def test_each_sentence_has_its_setting() -> None:
    assert len(WRONG) == len(SENTENCES) == len(set(SENTENCES))


def test_what_is_not_known_stays_as_it_is() -> None:
    assert mistake("Unknown field.", language("hr")) == "Unknown field."
    assert mistake("Napišite broj.", language("hr")) == "Napišite broj."
