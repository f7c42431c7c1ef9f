"""Waking the workers: few messages, never in anybody's way, and rest while the queue is away."""

from __future__ import annotations

import json
import socket
import threading
import time
from itertools import pairwise

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
    asked, answer = threading.Event(), threading.Event()
    answered: list[bool] = []

    def send() -> None:
        asked.set()
        answered.append(answer.wait(20))

    relay = Relay(send)
    relay.nudge()
    assert asked.wait(5)
    for _ in range(1000):
        relay.nudge()
    assert answered == [], "every nudge returned while the queue still hung"
    answer.set()
    relay.close()


def test_a_queue_that_is_away_is_asked_less_and_less_and_used_again_when_it_is_back() -> None:
    tries: list[float] = []
    away = threading.Event()
    away.set()

    def send() -> None:
        tries.append(time.monotonic())
        if away.is_set():
            raise Unavailable("away")

    relay = Relay(send, gap=0.0, rest=0.05)
    relay.nudge()
    wait_for(lambda: relay.failing, seconds=5)

    def tried_again() -> bool:
        relay.nudge()
        return len(tries) >= 5

    wait_for(tried_again, seconds=10, what="four more tries")
    rests = [later - earlier for earlier, later in pairwise(tries)]
    assert all(rest >= 0.05 * 2**number for number, rest in enumerate(rests)), rests
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
