"""Short forms of promises that no other test holds, run with every `make test`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from plugin.app import close_app, create_app
from tests.plugin.calling import BODY, DOOR, signed
from tests.plugin.conftest import World, database, world
from workers.store import accounts

__all__ = ["database", "world"]


@pytest.fixture
def app(world: World) -> Iterator[Flask]:
    made = create_app(world.settings, world.database, send=lambda: None)
    yield made
    close_app(made)


def test_7_a_database_that_freezes_is_given_up_by_every_call(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    thawed = threading.Event()
    find = accounts.find

    def frozen(*asked: object) -> object:
        assert thawed.wait(20)
        return find(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(accounts, "find", frozen)

    def post(_number: int) -> tuple[int, str | None, float]:
        started = time.monotonic()
        answer = app.test_client().post(DOOR, data=BODY, headers=signed(BODY))
        return answer.status_code, answer.headers.get("Retry-After"), time.monotonic() - started

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(post, range(6)))
    thawed.set()
    assert {answer[:2] for answer in answers} == {(503, "5")}
    assert max(seconds for _, _, seconds in answers) < 9
    assert post(0)[0] == 202
    assert len(world.ids()) == 1
