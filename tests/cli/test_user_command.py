"""`deskpulse account user …`: a password is never an argument, is kept as a slow hash, and is shown at most once."""

from __future__ import annotations

import io

import pytest

from tests.cli.conftest import CLI
from tests.workers.standing import row, rows
from workers.runtime import Runtime
from workers.store import schema, users
from workers.store.users import User

GIVEN = "a long enough one"


def found(runtime: Runtime, name: str, account: str = "acme") -> User | None:
    with runtime.database.read() as connection:
        return users.find(connection, account, name)


class TestAdding:
    def test_without_a_person_to_ask_a_password_is_made_and_told_once(
        self, cli: CLI, account: str, runtime: Runtime
    ) -> None:
        ended = cli.well("account", "user", "add", account, "eva", "--role", "lead")
        told = dict(line.split(None, 1) for line in ended.out.splitlines())
        assert (told["name"], told["role"]) == ("eva", "lead")
        assert told["sign-in"] == "https://pulse.example/panel/acme/"
        assert len(told["password"]) == 20  # 15 random bytes in base64
        assert users.proves(found(runtime, "eva"), told["password"])
        assert "not shown again" in ended.err

    def test_as_json_it_is_the_same(self, cli: CLI, account: str) -> None:
        told = cli.well("account", "user", "add", account, "eva", "--format", "json").json
        assert (set(told), told["role"]) == ({"account", "name", "role", "password"}, "viewer")

    def test_from_a_pipe_it_is_taken_and_not_told(
        self, cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("plugin.commands.users.sys.stdin", io.StringIO(f"{GIVEN}\nand more"))
        ended = cli.well("account", "user", "add", account, "eva", "--password-stdin")
        assert GIVEN not in ended.out + ended.err
        assert "password" not in ended.out
        assert users.proves(found(runtime, "eva"), GIVEN)

    def test_from_a_person_it_is_asked_for(
        self, cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            return GIVEN

        monkeypatch.setattr("plugin.cli.asker", lambda: ask)
        assert "password" not in cli.well("account", "user", "add", account, "eva").out
        assert len(asked) == 1
        assert users.proves(found(runtime, "eva"), GIVEN)

    def test_only_a_slow_hash_is_kept(self, cli: CLI, account: str, runtime: Runtime, slow_hash: None) -> None:
        told = cli.well("account", "user", "add", account, "eva", "--format", "json").json
        kept = row(runtime, schema.users)
        assert kept.hash.startswith("scrypt:32768:8:1$")
        assert told["password"] not in str(tuple(kept))

    def test_nothing_takes_a_password_as_an_argument(self, cli: CLI, account: str) -> None:
        assert "unrecognized" in cli.refused("account", "user", "add", account, "eva", "--password", GIVEN)

    @pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "\x1b[31mred", " eva", "eva\n"])
    def test_a_name_that_cannot_be_typed_is_refused(self, cli: CLI, account: str, name: str) -> None:
        assert "can be printed" in cli.refused("account", "user", "add", account, name)

    @pytest.mark.parametrize("password", ["short", "x" * 1025, "\n", ""])
    def test_a_password_that_cannot_be_is_refused(
        self, cli: CLI, account: str, password: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("plugin.commands.users.sys.stdin", io.StringIO(password))
        assert "password" in cli.refused("account", "user", "add", account, "eva", "--password-stdin")
        assert rows(runtime, schema.users) == []

    def test_a_name_is_given_once_in_an_account(self, cli: CLI, account: str, runtime: Runtime) -> None:
        cli.well("account", "add", "beta", "--desk", "generic")
        cli.well("account", "user", "add", account, "eva")
        first = found(runtime, "eva")
        assert "remove it first" in cli.refused("account", "user", "add", account, "eva")
        cli.well("account", "user", "add", "beta", "eva")
        assert first == found(runtime, "eva") != found(runtime, "eva", "beta")

    def test_another_role_is_refused(self, cli: CLI, account: str) -> None:
        assert "--role" in cli.refused("account", "user", "add", account, "eva", "--role", "owner")

    def test_of_an_account_that_is_not_there_nothing_is_made(self, cli: CLI, runtime: Runtime) -> None:
        assert "no account nowhere" in cli.refused("account", "user", "add", "nowhere", "eva")


class TestListing:
    def test_it_shows_who_there_is_and_no_hash(self, cli: CLI, account: str) -> None:
        cli.well("account", "user", "add", account, "zoe", "--role", "lead")
        cli.well("account", "user", "add", account, "eva")
        told = cli.well("account", "user", "list", account, "--format", "json").json
        assert [(each["name"], each["role"], each["last_signed_in"]) for each in told] == [
            ("eva", "viewer", None),
            ("zoe", "lead", None),
        ]
        assert "scrypt" not in cli.well("account", "user", "list", account).out

    def test_the_day_of_a_sign_in_is_shown(self, cli: CLI, account: str, runtime: Runtime) -> None:
        cli.well("account", "user", "add", account, "eva")
        with runtime.database.write() as connection:
            users.note_use(connection, "acme", "eva", 20_000)
        told = cli.well("account", "user", "list", account, "--format", "json").json
        assert told[0]["last_signed_in"] == "2024-10-04"


class TestRemoving:
    def test_the_user_is_gone_and_others_stay(self, cli: CLI, account: str, runtime: Runtime) -> None:
        for name in ("eva", "zoe"):
            cli.well("account", "user", "add", account, name)
        cli.well("account", "user", "remove", account, "eva")
        assert found(runtime, "eva") is None
        assert found(runtime, "zoe") is not None

    def test_somebody_who_is_not_there_is_one_line(self, cli: CLI, account: str) -> None:
        assert "no user eva" in cli.refused("account", "user", "remove", account, "eva")

    def test_with_the_account_its_users_go(self, cli: CLI, account: str, runtime: Runtime) -> None:
        cli.well("account", "user", "add", account, "eva")
        cli.well("account", "remove", account)
        assert rows(runtime, schema.users) == []
