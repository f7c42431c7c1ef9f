"""What the promises ask for: settings on a database of their choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workers.settings import Settings


@pytest.fixture
def settings_at(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings with a home and a key of their own, on the database at an address."""

    def made(url: str) -> Settings:
        home = tmp_path / f"home-{url.partition(':')[0]}"
        return Settings.read(
            {
                "DESKPULSE_HOME": str(home),
                "DESKPULSE_DATABASE_URL": url,
                "DESKPULSE_SECRET_KEY": "a key for the promises, of no worth elsewhere",
                "DESKPULSE_ALLOW_PRIVATE_DESKS": "1",
            }
        )

    return made


@pytest.fixture
def both(settings_at: Callable[[str], Settings], sqlite_url: str, postgres_url: str) -> tuple[Settings, Settings]:
    """Settings on each of the two databases, for what mostly waits and can be played on both at once."""
    return settings_at(sqlite_url), settings_at(postgres_url)
