"""What an account may set of its surveys, what holds when it says nothing, and what is refused with its name."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.times import DAY
from tests.workers.surveys.accounts_at_hand import account
from workers.rules import InvalidSettings, check_settings, counting_part
from workers.store.accounts import with_settings
from workers.surveys.settings import AskRule, asking_of, link_fields, rule_of


def test_nothing_is_asked_until_it_is_said() -> None:
    assert asking_of({}).rules == ()
    assert asking_of({"surveys": {"csat": {"scale": [1, 5], "ask": False}}, "asking": {"share": 50}}).rules == ()


@pytest.mark.parametrize(
    ("surveys", "fields"),
    [
        ({}, ()),
        ({"csat": {"scale": [1, 5]}, "nps": {"ask": False}}, ()),
        ({"nps": {"ask": True}, "csat": {"ask": True}, "ces": {}}, ("deskpulse_survey_csat", "deskpulse_survey_nps")),
    ],
)
def test_the_desk_needs_a_field_for_each_kind_that_is_asked(surveys: Any, fields: tuple[str, ...]) -> None:
    assert link_fields(check_settings({"surveys": surveys})) == fields


def test_what_is_not_said_is_as_usual() -> None:
    asking = asking_of(check_settings({"surveys": {"nps": {"ask": True}, "csat": {"ask": True}}}))
    assert asking.rules == (AskRule(kind="csat", scale=(1, 5)), AskRule(kind="nps", scale=(0, 10)))
    assert (asking.pause, asking.share) == (30 * DAY, 100)


def test_everything_can_be_said() -> None:
    told = {
        "ask": True, "scale": [1, 7], "direction": "effort", "channels": ["chat"], "question": {"hr": "Kako je bilo?"},
        "version": "spring", "expires_days": 3, "touchpoint": "onboarding",
    }  # fmt: skip
    settings = check_settings({"surveys": {"ces": told}, "asking": {"days_between": 7, "share": 12.5}})
    asking = asking_of(settings)
    (rule,) = asking.rules
    assert rule == AskRule(
        kind="ces", scale=(1, 7), direction="effort", channels=frozenset({"chat"}), version="spring",
        questions={"hr": "Kako je bilo?"}, expires_days=3, touchpoint="onboarding",
    )  # fmt: skip
    assert (asking.days_between, asking.share) == (7, 12.5)


def test_a_survey_that_is_asked_no_more_can_still_be_answered_as_it_was_asked() -> None:
    assert rule_of("csat", {"surveys": {"csat": {"scale": [1, 7]}}}).scale == (1, 7)
    assert rule_of("csat", {}).scale == (1, 5)


@pytest.mark.parametrize(
    ("survey", "named"),
    [
        ({"csat": {"ask": True, "scale": [1, 6]}}, "surveys.csat.scale"),
        ({"csat": {"ask": True, "scale": [3, 7]}}, "surveys.csat.scale"),
        ({"nps": {"ask": True, "scale": [1, 10]}}, "surveys.nps.scale"),
        ({"csat": {"ask": "yes"}}, "surveys.csat.ask"),
        ({"csat": {"ask": True, "question": {"xx": "?"}}}, "surveys.csat.question.xx"),
        ({"csat": {"ask": True, "question": {"en": ""}}}, "surveys.csat.question.en"),
        ({"csat": {"ask": True, "question": {"en": "x" * 301}}}, "surveys.csat.question.en"),
        ({"csat": {"ask": True, "version": "x" * 41}}, "surveys.csat.version"),
        ({"csat": {"expires_days": 0}}, "surveys.csat.expires_days"),
        ({"csat": {"channels": ["post"]}}, "surveys.csat.channels"),
        ({"csat": {"asks": True}}, "surveys.csat.asks"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_name(survey: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSettings, match=named):
        check_settings({"surveys": survey})


@pytest.mark.parametrize(("key", "value"), [("share", 101), ("share", -1), ("days_between", -1), ("days", 3)])
def test_wrong_rules_for_all_surveys_are_refused(key: str, value: float) -> None:
    with pytest.raises(InvalidSettings, match=f"asking.{key}"):
        check_settings({"asking": {key: value}})


def test_a_scale_that_is_only_read_may_be_any() -> None:
    assert check_settings({"surveys": {"csat": {"scale": [1, 6]}}})


def test_asking_changes_no_figure_so_nothing_is_counted_anew() -> None:
    before = account(surveys={"csat": {"scale": [1, 5], "follow_up_below": 3}})
    asked = {**before.settings["surveys"]["csat"], "ask": True, "question": {"en": "Well?"}, "expires_days": 5}
    after = with_settings(before, {"surveys": {"csat": asked, "nps": {"ask": True}}, "asking": {"share": 10}})
    assert after.rules.number == before.rules.number
    other = with_settings(before, {"surveys": {"csat": {**asked, "scale": [1, 7]}}})
    assert other.rules.number == before.rules.number + 1


def test_what_counts_of_a_survey_is_its_scale_its_direction_and_its_threshold() -> None:
    told = {"scale": [1, 5], "direction": "easy", "follow_up_below": 3.0}
    assert counting_part({"surveys": {"ces": {**told, "ask": True}}})["surveys"] == {"ces": told}
