"""Neither a token nor a password is found again: not in a log, nor in what the database keeps, nor in a page."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from flask import Blueprint, request

from plugin.panel.access.entry import entry_address
from plugin.panel.access.house import House
from plugin.panel.access.tokens import COOKIE
from plugin.panel.ways_in import zendesk
from tests.plugin.panel.access.world import FRAME, PASSWORD, Panel, get, post
from workers import logs
from workers.runtime import Runtime

TOKEN = re.compile(r"eyJ[\w-]{10,}")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(level="debug", form="text", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_nothing_that_proves_somebody_is_logged_whatever_happens(house: Panel, logged: io.StringIO) -> None:
    house.add("zen", desk="zendesk", url="https://zen.zendesk.example", credentials={zendesk.KEY: "x"})
    good, cookie = house.token("acme", "lea"), house.token("acme", "lea", purpose=COOKIE)
    runtime = Runtime(house.settings, house.database, house.vault, clock=house.clock)
    browser = house.browser()
    get(browser, f"/panel/acme/overview?t={good}", FRAME)
    get(browser, f"/panel/beta/overview?t={good}", FRAME)
    get(browser, f"/panel/acme/nothing?t={good}x", FRAME)
    get(browser, entry_address(runtime, "acme"))
    post(browser, "/panel/zen/in/zendesk", {"token": good}, FRAME)
    for password in (PASSWORD, "another canary of a password"):
        post(browser, "/panel/acme/sign-in", {"name": "lea", "password": password})
    house.clock.go(700)
    get(browser, f"/panel/acme/overview?t={good}", FRAME)
    text = logged.getvalue()
    assert "sign-in refused" in text  # so there is a log at all
    for secret in (good, cookie, PASSWORD, "another canary of a password"):
        assert secret not in text
    assert not TOKEN.search(text)


def test_a_page_that_fails_logs_no_address(house: Panel, logged: io.StringIO) -> None:
    def add(pages: Blueprint, _house: House) -> None:
        @pages.get("/")
        def now() -> str:
            raise ValueError(f"failed at {request.url}")

    app = house.application((add,))
    token = house.token("acme")
    answer = app.test_client().get(f"/panel/acme/?t={token}", base_url="https://pulse.example", headers=FRAME)
    assert answer.status_code == 500
    assert "request failed" in logged.getvalue()
    assert not TOKEN.search(logged.getvalue())
    assert not TOKEN.search(answer.text)


def test_what_is_kept_of_a_sign_in_is_a_day(house: Panel) -> None:
    answer = post(house.browser(), "/panel/acme/sign-in", {"name": "lea", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    with house.database.read() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM users").all())
    assert cookie.rpartition(".")[2] not in kept
    assert PASSWORD not in kept
