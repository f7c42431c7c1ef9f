"""Promises 12, 13, 15, 16, 18, 20, 21 and 22 in full: every accepted event counted once, whatever becomes of whom."""

from __future__ import annotations

import time
from contextlib import ExitStack
from random import Random

import orjson
import pytest
from sqlalchemy import select

from tests.promises.generator import Delivery, Generator, deliveries, sending
from tests.promises.oracle import counted_once
from tests.promises.proxy import wired
from tests.promises.stack import POISONOUS, Stack, on_both, running, scaled, seconds_until
from tests.servers import wait_for
from workers.settings import Settings
from workers.store import schema, takes
from workers.store.calls import NewCall, open_writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ALL = ("redis", "web", "intake", "desks", "sums")
Both = tuple[Settings, Settings]


def taken(stack: Stack, desk: Generator) -> bool:
    """Whether everything was acknowledged and taken in."""
    return desk.left == 0 and stack.done() == len(stack.inbox())


def test_12_13_15_workers_killed_in_mid_batch_count_every_event_once(settings: Settings) -> None:
    random = Random(12)
    held = []
    with running(settings, *ALL) as stack, sending(stack, per_second=150) as desk:
        desk.send(deliveries(scaled(2500)))
        for _ in range(scaled(25)):
            wait_for(lambda: stack.in_hand() > 0 or taken(stack, desk), what="a worker with calls", seconds=60)
            time.sleep(random.random() * 0.05)
            held.append(stack.in_hand())
            if random.random() < 0.6:
                stack.kill_child("intake")
            else:
                stack.kill("intake")
                stack.start("intake")
            if random.random() < 0.3:
                stack.kill("sums")
                stack.start("sums")
        wait_for(lambda: taken(stack, desk), seconds=240, what="every call")
        assert counted_once(stack, desk.acked)
        attempts = [row.attempts for row in stack.rows(schema.takes)]
    assert max(held) > 0, "no worker had a call in its hands when it was killed"
    assert max(attempts) > 1, "no call was taken twice"


def test_16_messages_that_are_wiped_out_cost_only_time(settings: Settings) -> None:
    with running(settings, *ALL) as stack, sending(stack, per_second=120) as desk:
        desk.send(deliveries(scaled(700)))
        client = stack.redis()
        wiped = 0
        while desk.left:
            client.flushall()
            wiped += 1
            time.sleep(2)
        stack.kill("intake")  # so that nobody has heard of these when the messages about them are gone
        desk.send(deliveries(20, prefix="last"))
        wait_for(lambda: desk.left == 0, what="the last calls")
        time.sleep(0.5)
        client.flushall()
        client.close()
        stack.start("intake")
        late = seconds_until(lambda: taken(stack, desk), limit=60, what="every call")
        assert counted_once(stack, desk.acked)
    assert wiped > 2
    assert late < 20


def test_18_a_worker_paused_past_its_lease_doubles_nothing(both: Both) -> None:
    def scenario(settings: Settings) -> None:
        with running(settings, *ALL) as stack, sending(stack, per_second=60) as desk:
            other = stack.start_another("intake")
            for name in ("intake", other) * max(1, scaled(2)):
                desk.send(deliveries(300, prefix=f"{len(desk.sent)}-"))
                _pause_with_calls(stack, name)
                time.sleep(takes.LEASE / 1_000_000 + 2)
                stack.resume(name)
            wait_for(lambda: taken(stack, desk), seconds=120, what="every call")
            assert counted_once(stack, desk.acked)

    on_both(scenario, *both)


def _pause_with_calls(stack: Stack, name: str) -> None:
    """Stop a worker at a moment at which calls are held."""
    wait_for(lambda: stack.in_hand() > 0, seconds=60, what="a claim")
    stack.pause(name)


def _probe(stack: Stack, desk: Generator, name: str, *, limit: float = 60) -> float:
    """Seconds until a call that is posted now is taken in."""
    started = time.monotonic()
    desk.send([Delivery(name, deliveries(1, prefix=name)[0].body)])
    wait_for(lambda: taken(stack, desk), seconds=limit, what=f"the call {name}")
    return time.monotonic() - started


def test_20_a_redis_that_dies_or_freezes_is_found_again(both: Both) -> None:
    def scenario(settings: Settings) -> list[float]:
        resumed = []
        with running(settings, *ALL) as stack, sending(stack, threads=1) as desk:
            _probe(stack, desk, "first")
            stack.kill("redis")
            desk.send(deliveries(20, prefix="dead"))
            time.sleep(6)
            stack.start("redis")
            resumed.append(_probe(stack, desk, "back"))
            stack.pause("redis")
            desk.send(deliveries(20, prefix="frozen"))
            time.sleep(max(6, scaled(40)))
            stack.resume("redis")
            resumed.append(_probe(stack, desk, "thawed"))
            assert all(stack.alive(name) for name in ALL)
        return resumed

    assert max(max(each) for each in on_both(scenario, *both)) < 30


def test_20_connections_that_went_dead_are_left(both: Both) -> None:
    def scenario(settings: Settings) -> tuple[int, float]:
        with ExitStack() as held:
            proxy = held.enter_context(wired(settings.run_folder / "redis.sock"))
            queue = f"redis://127.0.0.1:{proxy.port}/0"
            stack = held.enter_context(running(settings, *ALL, queue=queue))
            desk = held.enter_context(sending(stack, threads=1))
            _probe(stack, desk, "first")
            time.sleep(6)  # everything is connected after a sweep
            dead = proxy.go_dead()
            resumed = _probe(stack, desk, "after")
            assert all(stack.alive(name) for name in ALL)
        return dead, resumed

    for dead, resumed in on_both(scenario, *both):
        assert dead >= 4
        assert resumed < 30


def test_21_what_a_dead_worker_held_is_taken_by_the_next_within_30_seconds(both: Both) -> None:
    def scenario(settings: Settings) -> list[float]:
        waits = []
        with running(settings, *ALL) as stack, sending(stack) as desk:
            for turn in range(2):
                while True:
                    desk.send(deliveries(150, prefix=f"{turn}-{len(desk.sent)}-"))
                    wait_for(lambda: stack.in_hand() > 0 or taken(stack, desk), what="a worker with calls")
                    stack.kill("intake")
                    died = time.monotonic()
                    held = stack.in_hand()
                    stack.start("intake")
                    if held:
                        break
                wait_for(lambda: taken(stack, desk), seconds=60, what="every call")
                waits.append(time.monotonic() - died)
            assert counted_once(stack, desk.acked)
        return waits

    assert max(max(each) for each in on_both(scenario, *both)) < 30


@pytest.mark.parametrize("poison", ["raise", "kill"])
def test_22_a_poisoned_call_among_a_thousand_stands_alone(both: Both, poison: str) -> None:
    def scenario(settings: Settings) -> float:
        good = deliveries(350)[:1000]
        with running(settings, "redis", entry=POISONOUS) as stack:
            stack.add_account("bad", desk="poisonous")
            started = _keep(stack, good, poison)
            stack.start("intake", "desks", "sums")
            wait_for(lambda: stack.done() >= len(good), seconds=240, what="the good calls")
            seconds = time.monotonic() - started
            wait_for(lambda: stack.done() == len(good) + 1, seconds=180, what="the poisoned call")
            with stack.runtime.database.read() as connection:
                aside = connection.execute(select(schema.takes).where(schema.takes.c.account == "bad")).one()
            # What kills its worker is found out when it is claimed once more.
            claims = takes.MOST_ATTEMPTS + (poison == "kill")
            assert (aside.outcome, aside.attempts) == ("set_aside", claims)
            assert aside.error
            assert stack.inbox("bad") == [orjson.dumps({"poison": poison})]
            stored = {row.id for row in stack.rows(schema.events)}
            assert stored == {delivery.id for delivery in good}
            assert stack.faults() == []
        return seconds

    limit = 60 if poison == "raise" else 150  # a batch whose worker died waits for its lease, twice
    assert max(on_both(scenario, *both)) < limit


def _keep(stack: Stack, good: list[Delivery], poison: str) -> float:
    """Commit these calls as the door does, the poisoned one in their middle; the moment at which they wait."""
    writer = open_writer(stack.runtime.database.door)
    now = stack.runtime.clock()
    several = [NewCall("acme", "generic", None, now, "{}", "{}", delivery.body) for delivery in good]
    several.insert(500, NewCall("bad", "poisonous", None, now, "{}", "{}", orjson.dumps({"poison": poison})))
    for start in range(0, len(several), 50):
        writer.write(several[start : start + 50])
    writer.close()
    return time.monotonic()
