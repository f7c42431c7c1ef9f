"""What the plugin says about itself, in a checkout and from a wheel."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from importlib.metadata import PackagePath
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integrations.errors import GiveUp
from integrations.registry import DESK_NAMES, desk_named
from plugin import manifest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCHEMA = json.loads((ROOT / "docs/manifest.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def without_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of the checkout."""
    monkeypatch.setattr(manifest, "_CHECKOUT", tmp_path / "site-packages")
    manifest.manifest.cache_clear()
    return tmp_path


class TestTheFile:
    def test_it_is_the_one_that_is_generated(self) -> None:
        assert (ROOT / "manifest.json").read_text(encoding="utf-8") == manifest.text()

    def test_it_fits_its_schema(self) -> None:
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        jsonschema.validate(manifest.manifest(), SCHEMA)

    @pytest.mark.parametrize(
        ("key", "value"),
        [("version", "1"), ("id", "other"), ("desks", []), ("homepage", "https://example.com"), ("license", None)],
    )
    def test_the_schema_refuses_what_is_wrong(self, key: str, value: object) -> None:
        wrong = manifest.manifest() | {key: value}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)

    @pytest.mark.parametrize(
        ("key", "value"),
        [("webhook", "/hooks/x"), ("calls", "all"), ("settings", [{"name": "key"}]), ("capabilities", {"tags": "yes"})],
    )
    def test_the_schema_refuses_a_wrong_desk(self, key: str, value: object) -> None:
        wrong: dict[str, Any] = copy.deepcopy(manifest.manifest())
        wrong["desks"][0][key] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


class TestWhatItSays:
    def test_its_version_is_the_projects_and_the_newest_in_the_changelog(self) -> None:
        newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
        assert newest is not None
        assert manifest.version() == PROJECT["version"] == newest[1]

    def test_it_lists_the_desks_that_can_be_connected(self) -> None:
        assert tuple(each["name"] for each in manifest.manifest()["desks"]) == DESK_NAMES

    @pytest.mark.parametrize("name", DESK_NAMES)
    def test_a_desk_is_described_as_its_folder_describes_it(self, name: str) -> None:
        said = next(each for each in manifest.manifest()["desks"] if each["name"] == name)
        desk = desk_named(name)
        assert said["title"] == desk.title
        assert said["calls"] == list(desk.calls)
        assert said["permissions"] == list(desk.permissions)
        assert [each["name"] for each in said["settings"]] == [each.name for each in desk.credentials]
        assert said["capabilities"]["notes"] is desk.capabilities.notes


class TestFindingIt:
    def test_a_checkout_has_it_beside_the_packages(self) -> None:
        assert manifest.path() == ROOT / "manifest.json"

    def test_a_wheel_has_it_among_its_data(self, without_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put = without_checkout / "share" / "deskpulse" / "manifest.json"
        put.parent.mkdir(parents=True)
        put.write_text('{"version": "7.8.9"}')

        class Located(PackagePath):
            def locate(self) -> Path:
                return without_checkout / "site-packages" / self

        (without_checkout / "site-packages").mkdir()
        recorded = [Located("plugin/__init__.py"), Located("../share/deskpulse/manifest.json")]
        monkeypatch.setattr(manifest, "files", lambda name: recorded)
        assert manifest.path() == put
        assert manifest.version() == "7.8.9"
        manifest.manifest.cache_clear()

    def test_an_installation_without_it_is_said(self, without_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(manifest, "files", lambda name: None)
        with pytest.raises(GiveUp, match=r"manifest\.json is not installed"):
            manifest.path()
