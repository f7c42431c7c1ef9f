"""manifest.json: what the plugin is and what it wants from each desk; where it is found and how it is written."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Final

from integrations.base import Desk
from integrations.errors import GiveUp
from integrations.registry import DESK_NAMES, desk_named

_NAME: Final = "manifest.json"
_CHECKOUT: Final = Path(__file__).parent.parent


def path() -> Path:
    """The file in the checkout, or where the wheel put it; GiveUp when the installation is not whole."""
    beside = _CHECKOUT / _NAME
    if beside.is_file():
        return beside
    found = next((Path(str(each.locate())) for each in _installed_files() if each.name == _NAME), None)
    if found is None or not found.is_file():
        raise GiveUp(f"{_NAME} is not installed; install Deskpulse again.")
    return found.resolve()


@cache
def manifest() -> dict[str, Any]:
    """The manifest, read once."""
    read: dict[str, Any] = json.loads(path().read_text(encoding="utf-8"))
    return read


def version() -> str:
    """The version of what is installed, such as 0.1.0."""
    return str(manifest()["version"])


def written(project: dict[str, Any], desks: Iterable[Desk]) -> dict[str, Any]:
    """The manifest of a project (the table of that name in pyproject.toml) for these desks."""
    return {
        "$schema": "docs/manifest.schema.json",
        "id": project["name"],
        "name": "Deskpulse",
        "version": project["version"],
        "description": project["description"],
        "license": project["license"],
        "desks": [_desk(each) for each in desks],
    }


def text() -> str:
    """What manifest.json must hold, from pyproject.toml and the desks; only in a checkout."""
    project = tomllib.loads((_CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    made = written(project, map(desk_named, DESK_NAMES))
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _desk(desk: Desk) -> dict[str, Any]:
    return {
        "name": desk.name,
        "title": desk.title,
        "webhook": f"/webhooks/{desk.name}/{{account}}",
        "calls": list(desk.calls),
        "permissions": list(desk.permissions),
        "settings": [asdict(each) for each in desk.credentials],
        "panel": list(desk.panel),
        "capabilities": asdict(desk.capabilities) | {"surveys": list(desk.capabilities.surveys)},
    }


def _installed_files() -> list[Any]:
    try:
        return list(files("deskpulse") or ())
    except PackageNotFoundError:
        return []


if __name__ == "__main__":
    (_CHECKOUT / _NAME).write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{_CHECKOUT / _NAME}\n")
