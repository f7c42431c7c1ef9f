"""Filling in a form as a browser does, and what the check of all settings says of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from plugin.panel.forms import general, schedule, slices, summaries, surveys, targets
from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Scene, Section, sent_again
from workers.rules import InvalidSettings, check_settings
from workers.wording.language import language
from workers.working_time.working_hours import DAYS

MODULES = (general, schedule, targets, slices, surveys, summaries)
ENGLISH = language("en")
SCENE = Scene(ENGLISH, ("email", "chat"))


@dataclass(frozen=True)
class Outcome:
    """What became of a form: the settings after it, what was wrong by path, and the form as it is shown again."""

    settings: dict[str, Any]
    wrong: Mapping[str, str]
    again: Section

    @property
    def marked(self) -> list[str]:
        """The fields beside which a reason stands."""
        return [field.name for field in self.again.fields if field.error]


def as_sent(module: Any, settings: Mapping[str, Any], scene: Scene = SCENE) -> dict[str, str]:
    """What a browser sends of a form that nobody touched: a box that is not ticked is not in it."""
    fields = module.section(settings, scene).fields
    return {field.name: field.value for field in fields if field.kind != "checkbox" or field.value}


def taken(module: Any, settings: Mapping[str, Any], sent: Mapping[str, str]) -> Draft:
    """The draft after what was sent."""
    draft = Draft(settings, ENGLISH)
    module.take(draft, sent)
    return draft


def outcome(module: Any, settings: Mapping[str, Any], changed: Mapping[str, str]) -> Outcome:
    """An untouched form with these fields changed, read and checked."""
    sent = as_sent(module, settings) | dict(changed)
    draft = taken(module, settings, sent)
    wrong: Mapping[str, str] = draft.wrong
    if not wrong:
        try:
            check_settings(draft.settings)
        except InvalidSettings as error:
            wrong = error.wrong
    return Outcome(draft.settings, wrong, sent_again(module.section(settings, SCENE), sent, wrong))


def clock(minutes: int) -> str:
    """The minutes of a day as `HH:MM`; 1440 is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def spans(draw: st.DrawFn) -> list[str]:
    """Up to three spans of a day, in order and apart."""
    ends = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    ends = ends[: len(ends) // 2 * 2]
    return [f"{clock(start)}-{clock(end)}" for start, end in zip(ends[::2], ends[1::2], strict=True)]


WORDS = st.text("abcdefghij ÄŽß'\"<&{}", min_size=1, max_size=20).map(str.strip).filter(bool)
#: As exact as somebody writes them.
PERCENT = st.integers(0, 100_000).map(lambda thousandths: thousandths / 1000)
SPANS_OF_DAYS = st.fixed_dictionaries({day: spans() for day in DAYS})
_DATES = st.dates(date(1990, 1, 1), date(2100, 12, 31))
_STRETCHES = st.builds(lambda first, days: f"{first}/{first + timedelta(days=days)}", _DATES, st.integers(0, 365))
HOLIDAYS = st.lists(st.one_of(_DATES.map(str), _STRETCHES), min_size=1, max_size=4)
