"""The application serves the page: a real vote is kept by the door's own keeper, and Redis has no part in it."""

from __future__ import annotations

import time

import pytest

from plugin.app import close_app, create_app
from tests.plugin.surveys.world import PHONE, hidden
from workers import links
from workers.links import SurveyLink
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts, calls, schema
from workers.store.database import open_database


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As they are: nothing listens at their Redis."""
    settings.home.mkdir(parents=True)
    return settings


def test_a_vote_is_kept_and_the_workers_are_told_without_redis(settings: Settings) -> None:
    database = open_database(settings.database_url)
    nudges: list[None] = []
    app = create_app(settings, database, send=lambda: nudges.append(None))
    try:
        now = time.time_ns() // 1000
        with database.write() as connection:
            account = accounts.add(
                connection, "acme", "generic", {}, secret="whsec_a2V5", vault=vault(settings), now=now
            )
        link = SurveyLink(account="acme", ticket="T1", kind="nps", scale=(0, 10), asked_at=now - 60_000_000)
        path = links.address("", links.make(link, links.keys_of(vault(settings), account)))
        client = app.test_client()
        page = client.get(path, headers={"User-Agent": PHONE})
        assert page.status_code == 200
        thanks = client.post(path, data={**hidden(page.text), "score": "9"}, headers={"User-Agent": PHONE})
        assert "We have your answer: 9 of 10." in thanks.text
        with database.door.connect() as connection:
            number = connection.execute(schema.calls.select()).one().id
            ((slug, desk, call),) = calls.read_calls(connection, [number]).values()
        assert (slug, desk) == ("acme", "surveys")
        assert b'"score":9' in call.body
    finally:
        close_app(app)
        database.dispose()


def test_the_door_takes_no_answer_by_webhook_whoever_signs_it(settings: Settings) -> None:
    database = open_database(settings.database_url)
    app = create_app(settings, database, send=lambda: None)
    try:
        for slug in ("acme", "nobody"):
            answer = app.test_client().post(
                f"/webhooks/surveys/{slug}", json={"score": 5}, headers={"Authorization": "Bearer whsec_a2V5"}
            )
            assert answer.status_code == 401
    finally:
        close_app(app)
        database.dispose()
