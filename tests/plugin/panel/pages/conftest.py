"""One database for all tests that only look, and one of its own for those that change something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.showing import copied_world, shared_folder
from tests.browser.world import NOW, SETTINGS
from tests.plugin.panel.pages.looking import Pages
from tests.workers.small_world import a_week, answer, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import figures
from workers.store.database import open_database


@pytest.fixture(scope="package")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The accounts that a browser is shown, too; nobody changes them."""
    with copied_world(shared_folder(tmp_path_factory), tmp_path_factory.mktemp("pages")) as made:
        yield Pages(made.runtime)


@pytest.fixture
def own(sqlite_url: str, tmp_path: Path) -> Iterator[Pages]:
    """Two weeks of one account whose figures can be worked out by hand."""
    key = "a key for the tests, of no worth elsewhere"
    variables = {"HOME": str(tmp_path), "DATABASE_URL": sqlite_url, "SECRET_KEY": key}
    settings = Settings.read({f"DESKPULSE_{name}": value for name, value in variables.items()})
    database = open_database(settings.database_url)
    runtime = Runtime(settings, database, vault(settings), clock=Clock(NOW), nudge=Nudged())
    account = add_account(runtime, "acme", desk="zendesk", url="https://desk.example", **SETTINGS)
    stories = [
        *a_week("2026-03-02", 7, "b", answered=20, resolved=90, csat=4),
        *a_week("2026-03-09", 7, "w", answered=20, resolved=90, csat=4),
        *a_week("2026-03-09", 4, "c", channel="chat", answered=1, resolved=30, csat=1, comment="Not <b>good</b>"),
        [
            *ticket("again", "2026-03-10 10:00", answered=10, csat=5),
            answer("again", at("2026-03-11 10:00"), kind="csat", score=2, scale=[1, 5], survey="csat"),
        ],
        ticket("today", "2026-03-18 09:00"),
    ]
    tell(runtime, account, *stories, names={"agent": {"7": "Eva"}})
    figures.compact(database, "acme", budget_seconds=10)
    add_account(runtime, "other", desk="generic")
    yield Pages(runtime)
    database.dispose()
