"""The page of surveys leaves out no desk, no sign, no setting, and no number that the code has otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.registry import DESK_NAMES, desk_named
from integrations.times import SECOND
from plugin.surveys import pages
from workers.rules import read_settings
from workers.surveys import suspicion
from workers.surveys.settings import FIELD, POINTS, USUAL_DAYS, Asking, AskRule, asking_of

PAGE = (Path(__file__).parents[3] / "docs" / "surveys.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("name", [name for name in DESK_NAMES if name != "generic"])
def test_every_desk_has_its_steps_and_its_field(name: str) -> None:
    title = "django-helpdesk" if name == "django_helpdesk" else desk_named(name).title
    section = PAGE.split(f"\n### {title}\n")[1].split("\n### ")[0]
    assert f"{FIELD}csat" in section
    assert len(re.findall(r"^\d\. ", section, re.MULTILINE)) >= 2


def test_every_desk_that_is_named_has_fields() -> None:
    assert [name for name in DESK_NAMES if not desk_named(name).capabilities.fields] == []


def test_every_sign_is_explained_once_in_its_order() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == suspicion.REASONS


def test_the_example_is_what_holds_when_nothing_is_said() -> None:
    asking = asking_of(read_settings(EXAMPLE))
    usual = Asking()
    assert (asking.days_between, asking.share) == (usual.days_between, usual.share)
    (rule,) = asking.rules
    assert (rule.scale, rule.version, rule.expires_days) == ((1, 5), "1", USUAL_DAYS)
    assert set(rule.questions) == {"en"}


@pytest.mark.parametrize("key", [name for name in AskRule.__slots__ if name not in ("kind", "questions")])
def test_every_setting_of_a_survey_is_named(key: str) -> None:
    assert f"`{key}`" in PAGE or re.search(rf"^{key} = ", EXAMPLE, re.MULTILINE)


def test_its_numbers_are_those_of_the_code() -> None:
    *few, last = POINTS
    assert f"# {', '.join(map(str, few))} or {last} scores" in EXAMPLE
    assert f"{pages._PER_LINK} requests for a link, then one every {pages._LINK_SECONDS:.0f} seconds" in PAGE
    assert f"{pages._PER_ADDRESS} for an address" in PAGE
    assert f"within {suspicion._TOGETHER // SECOND} seconds of several" in PAGE
    assert f"less than {suspicion._DELIVERY // SECOND} seconds after the survey was asked" in PAGE
    assert suspicion._READING == SECOND
