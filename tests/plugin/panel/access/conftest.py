"""A panel to knock at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.panel.access.world import Panel
from workers.settings import Settings
from workers.store.database import open_database


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Panel]:
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
