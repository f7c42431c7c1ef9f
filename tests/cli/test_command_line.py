"""What holds for every command: help, exit codes, one line for what is wrong, and the page in the docs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from integrations.errors import GiveUp, Refused
from plugin import manifest
from plugin.cli import COMMANDS, main
from plugin.commands.command import Command
from plugin.commands.page import page
from tests.cli.conftest import CLI

ROOT = Path(__file__).parents[2]


def run(*arguments: str, environ: dict[str, str], **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "plugin.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)


class TestHelp:
    def test_the_version_is_the_manifests(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--version"], {}) == 0
        assert capsys.readouterr().out == f"deskpulse {manifest.version()}\n"

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command.words))
    def test_every_command_has_help_and_needs_no_settings_for_it(
        self, command: Command, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*command.words, "--help"], {"DESKPULSE_PORT": "x", "DESKPULSE_WEB_THREADS": "none"}) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: deskpulse {' '.join(command.words)}")

    def test_every_command_of_the_design_is_there_that_this_version_has(self) -> None:
        words = {command.words[0] for command in COMMANDS}
        assert words >= {"up", "demo", "account", "connect", "import", "backfill", "report", "tickets", "verify"}
        assert words >= {"rebuild", "calls", "replay", "forget", "doctor"}

    def test_the_page_in_the_docs_is_the_one_that_is_generated(self) -> None:
        assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == page()


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ([], "COMMAND"),
            (["frobnicate"], "frobnicate"),
            (["account"], "COMMAND"),
            (["tickets"], "--account"),
            (["report", "--account", "a", "--format", "xml"], "xml"),
            (["up", "--port", "none"], "none"),
        ],
    )
    def test_a_wrong_command_is_one_line_that_names_it(
        self, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(arguments, {}) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.count("\n") == 1
        assert told in shown.err
        assert "--help" in shown.err

    def test_a_wrong_setting_is_one_line_that_names_the_variable(self, cli: CLI) -> None:
        assert "DESKPULSE_WEB_THREADS" in cli.refused("account", "list", DESKPULSE_WEB_THREADS="many")

    @pytest.mark.parametrize("arguments", [["account", "list"], ["doctor"], ["up", "--port", "70000"]])
    def test_a_variable_that_is_no_setting_is_told_once_beside_the_answer(self, cli: CLI, arguments: list[str]) -> None:
        ended = cli(*arguments, DESKPULSE_WEB_TREADS="8")
        assert ended.err.count("DESKPULSE_WEB_TREADS is not a setting; did you mean DESKPULSE_WEB_THREADS?\n") == 1
        assert "TREADS" not in ended.out

    def test_a_database_that_is_away_is_one_line(self, cli: CLI) -> None:
        away = "postgresql://nobody@127.0.0.1:9/none"
        assert "DESKPULSE_DATABASE_URL" in cli.refused("account", "list", DESKPULSE_DATABASE_URL=away)

    @pytest.mark.parametrize("command", ["tickets", "report", "calls", "verify", "rebuild", "doctor"])
    def test_an_unknown_account_is_one_line_that_says_where_they_are_listed(self, cli: CLI, command: str) -> None:
        assert "deskpulse account list" in cli.refused(command, "--account", "nobody")


class TestEndings:
    def raising(self, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> int:
            raise error

        monkeypatch.setattr("plugin.up.up", fail)

    @pytest.mark.parametrize(
        ("error", "code", "line"),
        [
            (GiveUp("change\n  this"), 2, "change this\n"),
            (Refused("no", permission="x"), 2, "no\n"),
            (KeyboardInterrupt(), 130, "interrupted\n"),
            (
                OperationalError("SELECT", {}, Exception("disk full\nat line 3")),
                2,
                "The database cannot be used (disk full); check DESKPULSE_DATABASE_URL.\n",
            ),
        ],
    )
    def test_what_a_command_raises_becomes_an_exit_code_and_one_line(
        self, error: BaseException, code: int, line: str, cli: CLI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.raising(error, monkeypatch)
        ended = cli("up")
        assert (ended.code, ended.err) == (code, line)

    def test_a_fault_of_ours_is_not_hidden(self, cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
        self.raising(ZeroDivisionError("a fault"), monkeypatch)
        with pytest.raises(ZeroDivisionError):
            cli("up")

    def test_up_gets_the_address_and_gives_its_exit_code(self, cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[object] = []

        def up(settings: object, *, host: str, port: int) -> int:
            given.extend((host, port))
            return 3

        monkeypatch.setattr("plugin.up.up", up)
        assert cli("up", "--port", "0", "--host", "::1").code == 3
        assert given == ["::1", 0]

    def test_the_demo_gets_its_desk_and_gives_its_exit_code(self, cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[object] = []

        def demo(settings: object, *, host: str, port: int, desk: str | None) -> int:
            given.extend((host, port, desk))
            return 4

        monkeypatch.setattr("plugin.demo.demo", demo)
        assert cli("demo", "--desk", "generic", "--port", "8000").code == 4
        assert given == ["127.0.0.1", 8000, "generic"]

    def test_the_demo_refuses_a_desk_that_is_not_there(self, cli: CLI) -> None:
        assert "liveagent" in cli.refused("demo", "--desk", "nowhere")


class TestItsOwnProcess:
    def test_the_script_of_the_package_is_this_command_line(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["scripts"]["deskpulse"] == f"{main.__module__}:{main.__name__}"

    def test_an_account_is_added_and_listed(
        self, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environ = {"DESKPULSE_HOME": str(tmp_path / "home"), "DESKPULSE_DATABASE_URL": sqlite_url}
        added = run("account", "add", "acme", "--desk", "generic", environ=environ)
        assert added.returncode == 0, added.stderr
        assert "whsec_" in added.stdout
        assert main(["account", "list"], environ) == 0
        assert capsys.readouterr().out.splitlines()[1].split() == ["acme", "generic", "0"]

    def test_what_must_be_changed_is_two_and_one_line(self, sqlite_url: str, tmp_path: Path) -> None:
        environ = {"DESKPULSE_HOME": str(tmp_path / "home"), "DESKPULSE_DATABASE_URL": sqlite_url}
        ended = run("tickets", "--account", "nobody", environ=environ)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)

    def test_a_reader_that_leaves_early_is_no_error(self, cli: CLI, account: str) -> None:
        events = [{"type": "ticket.created", "ticket": f"T-{n}", "at": "2026-03-02T09:00:00Z"} for n in range(300)]
        cli.well("import", cli.lines("many.jsonl", events), "--account", account)
        command = [sys.executable, "-m", "plugin.cli", "tickets", "--account", account]
        writing = subprocess.Popen(
            command, cwd=ROOT, env=dict(cli.settings.variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert writing.stdout is not None
        assert writing.stderr is not None
        writing.stdout.readline()
        writing.stdout.close()
        said = writing.stderr.read()
        writing.stderr.close()
        assert (writing.wait(timeout=60), said) == (0, b"")
