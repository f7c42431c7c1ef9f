"""The page of all desks is what their code says, and the page on adding one names what there is."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from integrations.base import Desk
from integrations.registry import DESK_NAMES, desk_named
from plugin.demo_desks import stages
from tests.desks.contract import DeskContract
from tests.desks.day import DayContract
from tests.desks.desk_docs import PAGE, page
from tests.desks.failing import FailingContract
from tests.desks.hooks import DeskHooks

ROOT = Path(__file__).parents[2]
ADDING = (ROOT / "docs" / "adding_a_desk.md").read_text(encoding="utf-8")
PLACEHOLDER = "acme_desk"
#: It has no words of its own to translate, no folder of tests, and its page is the protocol's.
OWN = [name for name in DESK_NAMES if name != "generic"]
PUBLIC = {name for name in vars(Desk) if not name.startswith("_")}
METHODS = {name for name in PUBLIC if callable(getattr(Desk, name))}


def named(pattern: str) -> list[str]:
    """What the page names in code."""
    return re.findall(rf"`({pattern})`", ADDING)


def test_the_generated_page_of_all_desks_is_current() -> None:
    """When this fails: `python -m tests.desks.desk_docs`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("name", DESK_NAMES)
def test_every_desk_stands_in_it_with_what_it_needs(name: str) -> None:
    desk, text = desk_named(name), page()
    section = text.split(f"\n## {desk.title}\n")[1].split("\n## ")[0]
    words = (*desk.calls, *desk.permissions, *(one.name for one in desk.credentials))
    assert [word for word in words if f"`{word}`" not in section] == []
    assert f"[{desk.title}]({name}.md)" in text


def test_every_file_it_names_for_a_desk_is_there_for_every_desk() -> None:
    files = [path for path in named(r"[\w/.]+\.\w+") if PLACEHOLDER in path]
    assert len(files) == 13
    wanted = [path.replace(PLACEHOLDER, name) for path in files for name in OWN]
    assert [path for path in wanted if not (ROOT / path).exists()] == []


def test_every_shared_file_and_command_it_names_exists() -> None:
    files = [path for path in named(r"[\w/.]+\.(?:py|toml|json|md)") if PLACEHOLDER not in path and "/" in path]
    assert files
    assert [path for path in files if not (ROOT / path).exists()] == []
    modules = re.findall(r"`python -m ([\w.]+)`", ADDING)
    assert modules
    assert [name for name in modules if find_spec(name) is None] == []


def test_every_method_of_the_contract_is_explained_and_none_is_invented() -> None:
    assert sorted(METHODS - set(named(r"\w+"))) == []
    hooks, asking = {"verify", "delivery", "parse", "kept"}, {"refresh", "backfill", "reconcile"}
    assert hooks | asking | {"apply", "install", "panel_steps", "ticket_url"} == METHODS


def test_the_attributes_it_names_are_those_of_a_desk() -> None:
    (row,) = re.findall(r"the class: (.*?), and the methods below", ADDING)
    assert set(re.findall(r"`(\w+)`", row)) <= {*Desk.__annotations__}


def test_the_questions_it_names_are_those_a_test_class_answers() -> None:
    (row,) = re.findall(r"answers (.*?) \(", ADDING)
    assert set(re.findall(r"`(\w+)`", row)) == set(DeskHooks.__abstractmethods__)
    for base in (DeskContract, FailingContract, DayContract):
        assert f"`{base.__name__}`" in ADDING


@pytest.mark.parametrize("name", [name for name in stages() if name != "generic"])
def test_the_outside_it_names_is_that_of_every_simulator_the_demo_shows(name: str) -> None:
    simulator = import_module(f"integrations.{name}.simulator").Simulator
    (text,) = re.findall(r"`Simulator\(seed, zone, clock=…\)` with(.*?); `api.lock`", ADDING, re.DOTALL)
    outside = re.findall(r"`(\w+)[(`]", text)
    assert len(outside) == 9
    assert [one for one in outside if not hasattr(simulator, one)] == []


def test_the_import_contract_and_the_readme_know_every_desk() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [one for one in project["tool"]["importlinter"]["contracts"] if "know each other" in one["name"]]
    assert sorted(contract["modules"]) == [f"integrations.{name}" for name in DESK_NAMES]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in DESK_NAMES if f"(docs/desks/{name}.md)" not in readme] == []
