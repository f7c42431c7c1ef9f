"""Real Celery workers on a real Redis: what is lost or doubled on the way costs time and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from sqlalchemy import func, select

from integrations import registry
from integrations.events import event
from integrations.times import DAY, SECOND
from plugin.embedded_redis import redis_command, redis_server
from tests.servers import answers, guarded, running_redis, short_folder, wait_for
from tests.workers.conftest import STRICT
from tests.workers.standing import Nudged, add_account, hint, rows, wish
from tests.workers.strict_desk import State
from workers import digests, summaries, tasks
from workers.app import Nudges, make_app
from workers.runtime import PerProcess, Runtime, now, open_runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import calls, schema, takes
from workers.store.calls import NewCall
from workers.store.database import open_database
from workers.turns import Turns

ROOT = Path(__file__).parent.parent.parent
QUIET: dict[str, Any] = {"summaries": {"daily": None, "weekly": None}}
POOLS = {"intake": ("prefork", "1"), "desks": ("threads", "8"), "sums": ("prefork", "1")}


@pytest.fixture
def live(settings: Settings, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A runtime under the real clock whose messages reach real workers."""
    for name, place in STRICT.items():
        monkeypatch.setitem(registry._DESKS, name, place)
    settings = settings.changed(DESKPULSE_REDIS_URL=redis_url)
    database = open_database(settings.database_url)
    yield Runtime(settings, database, vault(settings), nudge=Nudges(settings.broker_url))
    database.dispose()


@contextmanager
def worker(settings: Settings, queue: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process in a group of its own; whatever is left of it is killed when the block ends."""
    pool, size = POOLS[queue]
    name = f"{queue}-{time.monotonic_ns()}@test"
    log = settings.home / f"{name}.log"
    settings.home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "celery", "-A", "tests.workers.worker_entry", "worker", "-Q", queue, "-n", name]
    command += ["--pool", pool, "-c", size, "--without-gossip", "--without-mingle", "-O", "fair", *options]
    environment = {**os.environ, **settings.variables, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=settings.home, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Like a power cut: the parent and all its children at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def call_of(number: int, account: str = "push") -> NewCall:
    """A generic call about one ticket, created long ago so that it causes no action."""
    told = event("ticket.created", f"t{number}", now() - 5 * DAY, channel="chat", by="customer").json()
    return NewCall(account, "generic", None, now(), "{}", "{}", orjson.dumps(told))


def keep(runtime: Runtime, numbers: range) -> None:
    writer = calls.open_writer(runtime.database.door)
    try:
        for start in range(numbers.start, numbers.stop, 50):
            writer.write([call_of(number) for number in range(start, min(start + 50, numbers.stop))])
    finally:
        writer.close()


def tickets(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        return connection.execute(select(func.count()).select_from(schema.tickets)).scalar_one()


def unfinished(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        waiting = select(func.count()).select_from(schema.takes).where(schema.takes.c.finished_at.is_(None))
        return connection.execute(waiting).scalar_one()


class TestWorkers:
    def test_a_call_is_taken_in_when_a_worker_is_told(self, live: Runtime) -> None:
        add_account(live, "push", desk="generic", **QUIET)
        keep(live, range(20))
        with worker(live.settings, "intake"):
            live.nudge("deskpulse.take_in")
            wait_for(lambda: tickets(live) == 20, what="the tickets")
        assert unfinished(live) == 0

    @pytest.mark.slow
    def test_a_worker_killed_again_and_again_in_mid_batch_takes_every_call_in_once(self, live: Runtime) -> None:
        add_account(live, "push", desk="generic", **QUIET)
        keep(live, range(1500))
        for _ in range(3):
            with worker(live.settings, "intake") as process:
                done = tickets(live)
                live.nudge("deskpulse.take_in")
                wait_for(lambda done=done: tickets(live) > done or tickets(live) == 1500, what="a batch")  # type: ignore[misc]
                kill(process)
        with worker(live.settings, "intake"):

            def taken() -> bool:
                live.nudge("deskpulse.take_in")  # what the sweep does
                time.sleep(0.2)
                return tickets(live) == 1500 and unfinished(live) == 0

            wait_for(taken, seconds=60, what="every call")
        assert len(rows(live, schema.events)) == 1500
        assert {found.outcome for found in rows(live, schema.takes)} == {"done"}

    @pytest.mark.slow
    def test_messages_that_get_lost_cost_no_more_than_a_sweep(self, live: Runtime, redis_url: str) -> None:
        add_account(live, "push", desk="generic", **QUIET)
        client = redis.Redis.from_url(redis_url)
        with worker(live.settings, "intake"), worker(live.settings, "sums", "-B"):
            for batch in range(4):
                keep(live, range(batch * 50, batch * 50 + 50))
                live.nudge("deskpulse.take_in")
                client.flushall()
                time.sleep(1)
            wait_for(lambda: tickets(live) == 200, seconds=30, what="what the lost messages were about")
        client.close()
        assert unfinished(live) == 0

    @pytest.mark.slow
    def test_two_beats_do_every_slot_once(self, live: Runtime, desk: State) -> None:
        desk.add("1")
        for slug in ("a", "b"):
            add_account(live, slug, url=desk.url, **QUIET)
        with worker(live.settings, "sums", "-B"), worker(live.settings, "sums", "-B"), worker(live.settings, "desks"):
            wait_for(lambda: len(rows(live, schema.slots, job="drop_bodies")) == 2, what="the slots")
            wait_for(lambda: len(desk.paths()) >= 2, what="the reconciliations")
            time.sleep(6)  # another sweep of each
        assert [found.account for found in rows(live, schema.slots, job="drop_bodies")] == ["a", "b"]
        assert len(desk.paths()) == 2

    def test_a_hanging_desk_does_not_delay_another_account(self, live: Runtime, desk: State) -> None:
        desk.add("1", "2")
        desk.modes["1"] = "hang"
        add_account(live, "slow", url=desk.url, **QUIET)
        add_account(live, "quick", url=desk.url, **QUIET)
        hint(live, "slow", "1")
        with worker(live.settings, "desks"):
            for _ in range(12):  # more messages than the worker has threads
                live.nudge("deskpulse.desk_work", "slow")
            wait_for(lambda: desk.asked_about("1") == 1, what="the hanging request")
            started = time.monotonic()
            hint(live, "quick", "2")
            live.nudge("deskpulse.desk_work", "quick")
            wait_for(lambda: desk.asked_about("2") == 1, what="the other account")
            assert time.monotonic() - started < 3
            wait_for(lambda: len(rows(live, schema.refreshes, account="quick")) == 0, what="its answer to be stored")
            assert desk.asked_about("1") == 1
            desk.release.set()

    @pytest.mark.slow  # the lease of the worker that died has to run out first
    def test_a_worker_killed_while_it_wrote_a_note_is_followed_by_one_that_does_not_write_it_again(
        self, live: Runtime, desk: State
    ) -> None:
        desk.add("1")
        add_account(live, "a", url=desk.url, **QUIET)
        wish(live, "a", "1", "note:csat", kind="note", marker="deskpulse:csat:9", lines=["A line"])
        desk.delay = "POST"
        with worker(live.settings, "desks") as process:
            live.nudge("deskpulse.desk_work", "a")
            wait_for(lambda: len(desk.tickets["1"]["notes"]) == 1, what="the note")
            kill(process)
        desk.delay = ""
        (waiting,) = rows(live, schema.actions)
        assert waiting.state == "waiting"
        with worker(live.settings, "desks"), worker(live.settings, "sums", "-B"):
            wait_for(lambda: rows(live, schema.actions)[0].state == "done", seconds=60, what="the other worker")
        assert len(desk.tickets["1"]["notes"]) == 1


class TestRedisAway:
    @pytest.mark.slow
    def test_workers_go_on_when_redis_was_killed_and_is_back(self, settings: Settings) -> None:
        with short_folder() as folder, ExitStack() as stack:
            path = folder / "redis.sock"
            command = redis_command(redis_server(), socket=path, folder=folder)
            settings = settings.changed(DESKPULSE_REDIS_URL=f"unix://{path}")
            runtime = open_runtime(settings, nudge=Nudges(settings.broker_url))
            add_account(runtime, "push", desk="generic", **QUIET)
            with guarded(command, folder=folder, ready=lambda: answers(path)):
                for queue, options in (("intake", ()), ("sums", ("-B",))):
                    stack.enter_context(worker(settings, queue, *options))
                keep(runtime, range(10))
                wait_for(lambda: tickets(runtime) == 10, what="the first calls")
                with redis.Redis.from_url(f"unix://{path}") as client:
                    os.kill(client.info()["process_id"], signal.SIGKILL)
            keep(runtime, range(10, 20))
            runtime.nudge("deskpulse.take_in")  # nobody hears it, and nobody is hurt
            folder.mkdir(exist_ok=True)  # the next one starts with nothing: what was queued is lost as well
            with guarded(command, folder=folder, ready=lambda: answers(path)):
                wait_for(lambda: tickets(runtime) == 20, seconds=30, what="the calls of the time without a queue")
            runtime.database.dispose()

    def test_a_nudge_to_a_queue_that_is_away_is_short_and_quiet(self, settings: Settings) -> None:
        nudge = Nudges(settings.broker_url)
        started = time.monotonic()
        for _ in range(100):
            nudge("deskpulse.take_in")
        assert time.monotonic() - started < 3

    def test_a_nudge_to_a_frozen_queue_is_short_and_quiet(self, tmp_path: Path) -> None:
        path = tmp_path / "frozen.sock"
        with socket.socket(socket.AF_UNIX) as frozen:
            frozen.bind(str(path))
            frozen.listen()
            started = time.monotonic()
            Nudges(f"redis+socket://{path}?virtual_host=0")("deskpulse.take_in")
            assert time.monotonic() - started < 5

    def test_after_a_rest_messages_go_through_again(self, settings: Settings) -> None:
        with running_redis() as url:
            nudge = Nudges(settings.changed(DESKPULSE_REDIS_URL=url).broker_url)
            nudge("deskpulse.desk_work", "acme")
            client = redis.Redis.from_url(url)
            (message,) = client.lrange("desks", 0, -1)
            client.close()
        assert b"acme" in orjson.dumps(orjson.loads(message)["headers"]["argsrepr"])


class TestTasks:
    def test_every_task_has_a_queue_and_the_app_knows_them_all(self, settings: Settings) -> None:
        app = make_app(settings)
        assert set(tasks.TASKS) == set(tasks.QUEUES) <= set(app.tasks)
        assert {route["queue"] for route in app.conf.task_routes.values()} == {"intake", "desks", "sums"}

    def test_making_the_app_connects_nothing(self, settings: Settings) -> None:
        make_app(settings)  # nothing listens at its Redis, and its database may be away
        assert not (settings.run_folder / "redis.sock").exists()

    def test_a_variable_that_is_no_setting_is_in_the_workers_log(self, settings: Settings) -> None:
        variables = {**settings.variables, "DESKPULSE_WEB_TREADS": "8", "PYTHONPATH": str(ROOT)}
        logs = "from celery.signals import setup_logging; import workers.main; setup_logging.send(sender=None)"
        done = subprocess.run(
            [sys.executable, "-c", logs], env={**os.environ, **variables}, capture_output=True, text=True, check=True
        )
        assert done.stderr.count("DESKPULSE_WEB_TREADS is not a setting; did you mean DESKPULSE_WEB_THREADS?") == 1

    def test_work_that_is_not_over_asks_for_another_turn(self, runtime: Runtime, nudged: Nudged, desk: State) -> None:
        desk.add(*map(str, range(10, 30)))
        add_account(runtime, "a", url=desk.url, **QUIET)
        hint(runtime, "a", "10", at=runtime.clock() + SECOND)
        tasks.desk_work(runtime, "a")
        assert nudged.take() == []
        assert desk.paths() == ["/tickets/10"]

    def test_bodies_older_than_the_account_keeps_them_are_dropped(self, runtime: Runtime) -> None:
        add_account(runtime, "push", desk="generic", **QUIET)
        writer = calls.open_writer(runtime.database.door)
        old, new = runtime.clock() - 31 * DAY, runtime.clock() - 29 * DAY
        writer.write([NewCall("push", "generic", None, at, "{}", "{}", b"{}") for at in (old, new)])
        writer.close()
        tasks.take_in(runtime)
        tasks.drop_bodies(runtime, "push")
        assert self._with_body(runtime) == [new]

    @pytest.mark.parametrize("copied", [True, False])
    def test_a_body_that_was_not_taken_in_yet_is_kept_however_old_it_is(
        self, runtime: Runtime, *, copied: bool
    ) -> None:
        add_account(runtime, "push", desk="generic", **QUIET)
        old = runtime.clock() - 31 * DAY
        for at in (old, old + 1, old + 2):
            writer = calls.open_writer(runtime.database.door)
            writer.write([NewCall("push", "generic", None, at, "{}", "{}", b"{}")])
            writer.close()
            if at == old:
                tasks.take_in(runtime)
            if at == old + 1 and copied:
                takes.copy_new(runtime.database)
        tasks.drop_bodies(runtime, "push")
        assert self._with_body(runtime) == [old + 1, old + 2]
        tasks.take_in(runtime)
        tasks.drop_bodies(runtime, "push")
        assert self._with_body(runtime) == []

    def _with_body(self, runtime: Runtime) -> list[int]:
        """When the calls came that still have their body."""
        at = schema.calls.c.received_at
        with runtime.database.door.connect() as connection:
            return list(connection.execute(select(at).where(schema.calls.c.body.is_not(None)).order_by(at)).scalars())

    def test_tasks_for_an_account_that_is_gone_do_nothing(self, runtime: Runtime, nudged: Nudged) -> None:
        tasks.desk_work(runtime, "gone")
        tasks.desk_job(runtime, "gone", "backfill")
        tasks.drop_bodies(runtime, "gone")
        assert nudged.take() == []


class TestTurns:
    def test_a_turn_is_had_by_one_and_what_was_asked_meanwhile_is_remembered(self) -> None:
        turns = Turns()
        assert turns.take("a", ("work", 1))
        assert turns.take("b", ("work", 1))
        for message in (("work", 2), ("work", 3), ("work", 2)):
            assert not turns.take("a", message)
        assert turns.give_back("a") == [("work", 2), ("work", 3)]
        assert turns.give_back("b") == []
        assert turns.take("a", ("work", 2))
        assert turns.give_back("a") == []

    def test_threads_never_share_a_turn(self) -> None:
        turns, inside, most = Turns(), [0], [0]

        def work() -> None:
            for _ in range(200):
                if turns.take("a", ("work",)):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1
                    turns.give_back("a")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1]

    @pytest.mark.parametrize(("task", "module"), [("sum_up", summaries), ("send_digests", digests)])
    def test_one_accounts_summaries_or_digests_take_one_thread_whatever_their_days(
        self, runtime: Runtime, nudged: Nudged, monkeypatch: pytest.MonkeyPatch, task: str, module: Any
    ) -> None:
        begun, release = threading.Event(), threading.Event()
        told: list[tuple[str, int]] = []

        def slow(_runtime: Runtime, account: str, _period: str, day: int) -> None:
            told.append((account, day))
            if account == "a":
                begun.set()
                assert release.wait(20)

        monkeypatch.setattr(module, task, slow)
        work = tasks.TASKS[f"deskpulse.{task}"]
        thread = threading.Thread(target=work, args=(runtime, "a", "daily", 1))
        thread.start()
        try:
            assert begun.wait(20)
            work(runtime, "a", "daily", 2)
            work(runtime, "a", "weekly", 1)
            work(runtime, "b", "daily", 1)
        finally:
            release.set()
            thread.join(20)
        assert told == [("a", 1), ("b", 1)]
        assert nudged.take() == [(task, "a", "daily", 2), (task, "a", "weekly", 1)]


class TestPerProcess:
    def test_a_process_makes_one_and_keeps_it(self, settings: Settings) -> None:
        here = PerProcess(lambda: open_runtime(settings))
        assert here() is here()

    def test_a_child_never_uses_the_connections_of_its_parent(self, settings: Settings) -> None:
        here = PerProcess(lambda: open_runtime(settings))
        inherited = here()
        here.forget_inherited()
        assert here() is not inherited
        here().database.dispose()
