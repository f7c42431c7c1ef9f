"""Whatever settings an account has, its forms say them unchanged, and whatever is sent, a form can be shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.events import CHANNELS, KINDS
from plugin.panel.forms.fields import Scene, sent_again
from tests.plugin.panel.forms.filling import (
    HOLIDAYS,
    MODULES,
    PERCENT,
    SCENE,
    SPANS_OF_DAYS,
    WORDS,
    as_sent,
    clock,
    taken,
)
from tests.tries import tries
from workers.rules import InvalidSettings, check_settings, rules_of
from workers.surveys.settings import asking_of
from workers.wording.language import LANGUAGES, language
from workers.working_time.working_hours import DAYS

FEW = settings(max_examples=tries(1 / 2), deadline=None)
NAMES = st.sampled_from(("region", "brand", "product_line", "tier2", "x", "shop"))
CLOCKS = st.integers(0, 1439).map(clock)
SCALES = st.sampled_from([[1, 5], [0, 1], [1, 7], [0, 10], [1, 10]])
SURVEY = st.fixed_dictionaries(
    {},
    optional={
        "scale": SCALES,
        "direction": st.just("effort"),
        "follow_up_below": st.integers(0, 20).map(lambda halves: halves / 2),
        "channels": st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True),
        "question": st.dictionaries(st.sampled_from(list(LANGUAGES)), WORDS, min_size=1),
        "expires_days": st.integers(1, 365),
        "version": WORDS,
        "touchpoint": WORDS,
    },
).filter(bool)
ASKED = st.sampled_from([{}, {"ask": True, "scale": [0, 10]}])
TARGET = st.fixed_dictionaries({"first_response": st.integers(1, 10_000_000), "goal": PERCENT})
SCHEDULE = st.builds(
    lambda days, more: days | more, SPANS_OF_DAYS, st.fixed_dictionaries({}, optional={"holidays": HOLIDAYS})
)
SETTINGS = st.fixed_dictionaries(
    {"time_zone": st.sampled_from(("UTC", "Europe/Zagreb", "America/St_Johns")),
     "language": st.sampled_from(list(LANGUAGES)), "repeat_days": st.integers(1, 365)},
    optional={
        "schedules": st.dictionaries(st.sampled_from(("main", "night shift", "eu.west", "Ä")), SCHEDULE, min_size=1),
        "targets": st.dictionaries(st.sampled_from(CHANNELS), TARGET, min_size=1),
        "slices": st.dictionaries(NAMES, WORDS.map("field:{}".format), min_size=1, max_size=5),
        "surveys": st.dictionaries(st.sampled_from(KINDS), st.builds(lambda a, b: a | b, SURVEY, ASKED), min_size=1),
        "asking": st.fixed_dictionaries({"days_between": st.integers(0, 3650), "share": PERCENT}),
        "summaries": st.fixed_dictionaries(
            {"daily": st.one_of(CLOCKS, st.just("off")),
             "weekly": st.one_of(st.builds("{} {}".format, st.sampled_from(DAYS), CLOCKS), st.just("off"))}
        ),
        "exclude": st.fixed_dictionaries({"tags": st.lists(WORDS)}),
    },
)  # fmt: skip


@st.composite
def accounts(draw: st.DrawFn) -> dict[str, Any]:
    """Settings that are right, one of their schedules in use or none."""
    made: dict[str, Any] = draw(SETTINGS)
    if "schedules" in made and draw(st.booleans()):
        made["schedule"] = draw(st.sampled_from(sorted(made["schedules"])))
    for kind, survey in made.get("surveys", {}).items():
        if kind != "ces":
            survey.pop("direction", None)
    made["surveys"] = {kind: survey for kind, survey in made.get("surveys", {}).items() if survey}
    if not made["surveys"]:
        del made["surveys"]
    return check_settings(made)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two settings are told alike and mean the same."""
    return rules_of(one, 1) == rules_of(other, 1) and asking_of(one) == asking_of(other)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
@FEW
@given(held=accounts())
def test_a_form_that_is_sent_untouched_changes_nothing(module: Any, held: dict[str, Any]) -> None:
    draft = taken(module, held, as_sent(module, held))
    assert draft.wrong == {}
    after = check_settings(draft.settings)
    assert same(after, held)
    shown = {"schedules", "summaries", "language", "repeat_days", "time_zone"}
    assert {name: after.get(name) for name in held.keys() - shown} == {name: held[name] for name in held.keys() - shown}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
@FEW
@given(held=accounts(), other=accounts())
def test_a_form_sent_twice_is_as_one_sent_once(module: Any, held: dict[str, Any], other: dict[str, Any]) -> None:
    sent = as_sent(module, other)
    once = taken(module, held, sent).settings
    assert taken(module, once, sent).settings == once


@FEW
@given(held=accounts())
def test_all_forms_one_after_the_other_change_nothing(held: dict[str, Any]) -> None:
    after: dict[str, Any] = held
    for module in MODULES:
        after = taken(module, after, as_sent(module, after)).settings
    assert same(check_settings(after), held)


@pytest.mark.parametrize("code", LANGUAGES)
@FEW
@given(held=accounts())
def test_what_a_form_says_is_the_same_in_every_language(code: str, held: dict[str, Any]) -> None:
    scene = Scene(language(code), SCENE.channels)
    for module in MODULES:
        english, theirs = as_sent(module, held), as_sent(module, held, scene)
        questions = {name for name in english.keys() | theirs.keys() if ".question." in name}
        assert {name: theirs[name] for name in theirs.keys() - questions} == {
            name: english[name] for name in english.keys() - questions
        }


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ("nan", "-inf", "1e999", "0x10", "1_0", "٣", "9" * 400, "\0", "<script>", "{0}", "a.b", "24:00", "on")
    ),
)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
@FEW
@given(held=accounts(), data=st.data())
def test_whatever_is_sent_is_taken_or_told(module: Any, held: dict[str, Any], data: st.DataObject) -> None:
    sent = as_sent(module, held) | data.draw(st.dictionaries(st.sampled_from(sorted(as_sent(module, held))), HOSTILE))
    draft = taken(module, held, sent)
    wrong: Mapping[str, str] = draft.wrong
    if not wrong:
        try:
            module.section(check_settings(draft.settings), SCENE)
        except InvalidSettings as error:
            wrong = error.wrong
            assert wrong
    again = sent_again(module.section(held, SCENE), sent, wrong)
    told = [each.error for each in again.fields if each.error] + list(again.errors)
    assert bool(told) is bool(wrong)
    assert {each.name: each.value for each in again.fields} == {
        each.name: sent.get(each.name, "") for each in again.fields
    }


def test_the_forms_speak_the_language_of_the_visitor() -> None:
    for module in MODULES:
        assert len({module.section({}, Scene(language(code), ())).help for code in LANGUAGES}) == len(LANGUAGES)
