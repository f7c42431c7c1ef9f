"""Short forms of promises that no other test holds, run with every `make test`."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from flask import Flask
from kombu.entity import Queue
from kombu.messaging import Consumer

from plugin.app import close_app, create_app
from tests.plugin.calling import BODY, DOOR, signed
from tests.plugin.conftest import World, database, world
from workers.app import Nudges, make_app
from workers.settings import Settings
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


def test_20_an_acknowledgement_that_timed_out_leaves_room_for_the_next_message(
    settings: Settings, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.changed(DESKPULSE_REDIS_URL=redis_url)
    Nudges(settings.broker_url)("deskpulse.take_in")
    received: list[Any] = []

    def keep(_body: object, message: object) -> None:
        received.append(message)

    def frozen(*_pipeline: object, **_options: object) -> None:
        raise redis.TimeoutError("Timeout reading from socket")

    with make_app(settings).connection_for_read() as connection, connection.channel() as channel:
        channel.basic_qos(0, 1, False)  # one message at a time, as the workers take them
        with Consumer(channel, [Queue("intake")], callbacks=[keep]):  # type: ignore[no-untyped-call]
            connection.drain_events(timeout=5)
            assert not channel.qos.can_consume()
            with monkeypatch.context() as patch:
                patch.setattr(redis.client.Pipeline, "execute", frozen)
                received[0].ack_log_error(logging.getLogger("kombu"), connection.connection_errors)
            assert channel.qos.can_consume()
