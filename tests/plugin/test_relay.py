"""Waking the workers: few messages, never in anybody's way, and rest while the queue is away."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
import redis

from integrations.errors import Unavailable
from plugin.relay import QUEUE, TASK, CelerySender, Relay, queue_answers
from tests.servers import wait_for
from workers.settings import Settings


def test_many_nudges_are_few_messages_and_none_is_lost() -> None:
    sent: list[float] = []
    relay = Relay(lambda: sent.append(time.monotonic()), gap=0.05)
    for _ in range(10_000):
        relay.nudge()
    asked = time.monotonic()
    relay.nudge()
    wait_for(lambda: bool(sent) and sent[-1] >= asked, seconds=5, what="a message after the last nudge")
    relay.close()
    assert len(sent) < 50


def test_a_queue_that_hangs_holds_up_no_nudge() -> None:
    answer = threading.Event()
    relay = Relay(lambda: answer.wait(20))
    started = time.monotonic()
    for _ in range(1000):
        relay.nudge()
    assert time.monotonic() - started < 0.5
    answer.set()
    relay.close()


def test_a_queue_that_is_away_is_asked_less_and_less_and_used_again_when_it_is_back() -> None:
    tries: list[bool] = []
    away = threading.Event()
    away.set()

    def send() -> None:
        tries.append(away.is_set())
        if away.is_set():
            raise Unavailable("away")

    relay = Relay(send, gap=0.0, rest=0.05)
    relay.nudge()
    wait_for(lambda: relay.failing, seconds=5)
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        relay.nudge()
        time.sleep(0.005)
    assert len(tries) <= 6
    away.clear()
    relay.nudge()
    wait_for(lambda: not relay.failing, seconds=5, what="a message that gets through")
    relay.close()


def test_the_message_names_the_task_and_goes_to_the_intake(settings: Settings, redis_url: str) -> None:
    sender = CelerySender(settings.changed(DESKPULSE_REDIS_URL=redis_url).broker_url)
    sender()
    client = redis.Redis.from_url(redis_url)
    (message,) = [json.loads(text) for text in client.lrange(QUEUE, 0, -1)]
    client.close()
    assert message["headers"]["task"] == TASK == "deskpulse.take_in"
    assert message["headers"]["argsrepr"] == "()"
    assert queue_answers(redis_url)


def test_a_frozen_queue_is_given_up_within_seconds_and_said_to_be_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        url = f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"
        sender = CelerySender(url)
        started = time.monotonic()
        with pytest.raises(Unavailable):
            sender()
        assert not queue_answers(url)
        assert time.monotonic() - started < 10
