"""Every desk is found by its name, and only when asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from integrations import registry
from integrations.base import Capabilities, Desk
from integrations.registry import DESK_NAMES, capabilities_of, desk_named

_FOLDER = Path(registry.__file__).parent


def test_the_names_are_sorted_and_generic_is_among_them() -> None:
    assert list(DESK_NAMES) == sorted(DESK_NAMES)
    assert "generic" in DESK_NAMES


@pytest.mark.parametrize("name", DESK_NAMES)
def test_a_desk_is_found_by_its_name_once(name: str) -> None:
    desk = desk_named(name)
    assert isinstance(desk, Desk)
    assert desk.name == name
    assert desk_named(name) is desk


@pytest.mark.parametrize("name", ["", "Generic", "os", "generic.webhook", "../generic"])
def test_an_unknown_name_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        desk_named(name)


def test_nothing_can_be_done_with_an_unknown_desk() -> None:
    assert capabilities_of("newdesk") == Capabilities()
    assert capabilities_of("zendesk") == desk_named("zendesk").capabilities


def test_every_folder_with_a_webhook_is_a_desk_and_the_other_way_round() -> None:
    assert {found.parent.name for found in _FOLDER.glob("*/webhook.py")} == set(DESK_NAMES)


def test_no_desk_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys, integrations.registry as r; "
        "before = [m for m in sys.modules if m.startswith('integrations.generic')]; "
        "r.desk_named('generic'); "
        "sys.exit(bool(before) or 'integrations.generic.webhook' not in sys.modules or 'flask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=_FOLDER.parent, check=False, timeout=30).returncode == 0
