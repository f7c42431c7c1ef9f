"""A panel to knock at, with a password that is checked quickly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.panel.access.world import Panel
from workers.settings import Settings
from workers.store import users
from workers.store.database import open_database


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps as with a slow hash, in no time."""
    slow, fast = users._METHOD, "scrypt:1024:8:1"
    monkeypatch.setattr(users, "_METHOD", fast)
    monkeypatch.setattr(users, "_NOBODYS", users._NOBODYS.replace(slow, fast))


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, quick: None) -> Iterator[Panel]:
    """A panel with the accounts acme and beta, each with a lead and a viewer."""
    settings = Settings.read(
        {
            "DESKPULSE_HOME": str(tmp_path),
            "DESKPULSE_DATABASE_URL": sqlite_url,
            "DESKPULSE_SECRET_KEY": "a key for the tests of the panel",
        }
    )
    database = open_database(settings.database_url)
    made = Panel(settings, database)
    for slug in ("acme", "beta"):
        made.add(slug, url=f"https://{slug}.ladesk.example")
        made.user(slug, "lea", "lead")
        made.user(slug, "eva", "viewer")
    yield made
    database.dispose()
