"""`deskpulse account token …`: a token is shown once, kept as a hash, listed by how it begins, and ended at once."""

from __future__ import annotations

import hashlib

import pytest

from integrations.times import DAY
from tests.cli.conftest import CLI
from tests.workers.standing import row, rows
from workers.runtime import Runtime
from workers.store import schema, tokens


def made(cli: CLI, *more: str, name: str = "dashboard") -> str:
    """The text of a new token."""
    told = cli.well("account", "token", "add", "acme", "--name", name, "--format", "json", *more).json
    text: str = told["token"]
    return text


class TestAdding:
    def test_it_is_told_as_json(self, cli: CLI, account: str) -> None:
        told = cli.well("account", "token", "add", account, "--name", "bi", "--format", "json").json
        assert set(told) == {"account", "name", "scopes", "token"}
        assert (told["account"], told["name"], told["scopes"]) == ("acme", "bi", ["read"])
        assert told["token"].startswith("dp_")
        assert len(told["token"]) == 46  # 32 random bytes in base64

    def test_for_a_person_it_is_four_lines_and_a_warning(self, cli: CLI, account: str) -> None:
        ended = cli.well("account", "token", "add", account, "--name", "bi", "--scope", "answers", "--scope", "read")
        assert [line.split()[0] for line in ended.out.splitlines()] == ["account", "name", "scopes", "token"]
        assert "not shown again" in ended.err

    def test_nothing_but_its_hash_and_its_start_is_kept(self, cli: CLI, account: str, runtime: Runtime) -> None:
        text = made(cli)
        kept = row(runtime, schema.tokens)
        assert bytes(kept.hash) == hashlib.sha256(text.encode()).digest()
        assert text.startswith(kept.prefix)
        assert len(kept.prefix) == 9
        assert text not in str(tuple(kept))

    def test_no_two_are_alike(self, cli: CLI, account: str) -> None:
        assert made(cli, name="a") != made(cli, name="b")

    def test_it_is_good_for_so_many_days(self, cli: CLI, account: str, runtime: Runtime) -> None:
        made(cli, "--days", "30")
        kept = row(runtime, schema.tokens)
        assert kept.expires_at - kept.created_at == 30 * DAY

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (("--days", "0"), "1 to 3650 days"),
            (("--days", "99999999999999999999"), "1 to 3650 days"),
            (("--days", "soon"), "soon"),
            (("--scope", "everything"), "everything"),
        ],
    )
    def test_what_cannot_be_is_one_line(self, cli: CLI, account: str, more: tuple[str, ...], told: str) -> None:
        assert told in cli.refused("account", "token", "add", account, "--name", "bi", *more)

    @pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "\x1b[31mred"])
    def test_a_name_that_cannot_be_shown_is_refused(self, cli: CLI, account: str, name: str) -> None:
        assert "can be printed" in cli.refused("account", "token", "add", account, f"--name={name}")

    def test_a_name_is_given_once_in_an_account(self, cli: CLI, account: str, runtime: Runtime) -> None:
        made(cli)
        assert "another name" in cli.refused("account", "token", "add", account, "--name", "dashboard")
        assert len(rows(runtime, schema.tokens)) == 1

    def test_an_unknown_account_gets_none(self, cli: CLI) -> None:
        assert "There is no account nobody" in cli.refused("account", "token", "add", "nobody", "--name", "x")


class TestListing:
    def test_it_shows_how_each_begins_and_none_whole(self, cli: CLI, account: str) -> None:
        text = made(cli, "--days", "9")
        listed = cli.well("account", "token", "list", account, "--format", "json")
        (told,) = listed.json
        assert set(told) == {"name", "begins", "scopes", "created_at", "expires_at", "last_used"}
        assert text.startswith(told["begins"])
        assert (told["scopes"], told["last_used"]) == (["read"], None)
        assert text not in listed.out + cli.well("account", "token", "list", account).out

    def test_the_day_of_the_last_use_is_shown(self, cli: CLI, account: str, runtime: Runtime) -> None:
        made(cli)
        with runtime.database.write() as connection:
            tokens.note_use(connection, account, "dashboard", 20_000)
            tokens.note_use(connection, account, "dashboard", 19_999)
        assert cli.well("account", "token", "list", account, "--format", "json").json[0]["last_used"] == "2024-10-04"
        assert "2024-10-04" in cli.well("account", "token", "list", account).out

    def test_an_account_without_any_has_an_empty_list(self, cli: CLI, account: str) -> None:
        assert cli.well("account", "token", "list", account, "--format", "json").json == []


class TestProving:
    def shown(self, runtime: Runtime, account: str, text: str, *, later: int = 0) -> tokens.Token | None:
        with runtime.database.read() as connection:
            return tokens.proved(connection, account, text, now=runtime.clock() + later)

    def test_it_opens_its_own_account_with_its_scopes(self, cli: CLI, account: str, runtime: Runtime) -> None:
        found = self.shown(runtime, account, made(cli, "--scope", "settings", "--scope", "read"))
        assert found is not None
        assert (found.name, found.scopes) == ("dashboard", ("read", "settings"))

    @pytest.mark.parametrize("text", ["", "dp_", "dp_" + "x" * 43, "\udcff", "'; --"])
    def test_nothing_else_opens_it(self, cli: CLI, account: str, runtime: Runtime, text: str) -> None:
        made(cli)
        assert self.shown(runtime, account, text) is None

    def test_it_opens_no_other_account(self, cli: CLI, account: str, runtime: Runtime) -> None:
        cli.well("account", "add", "other", "--desk", "generic")
        text = made(cli)
        assert self.shown(runtime, "other", text) is None
        assert self.shown(runtime, "nobody", text) is None

    def test_it_ends_on_the_day_that_was_set(self, cli: CLI, account: str, runtime: Runtime) -> None:
        text = made(cli, "--days", "2")
        assert self.shown(runtime, account, text, later=2 * DAY - 60_000_000) is not None
        assert self.shown(runtime, account, text, later=2 * DAY) is None

    def test_a_revoked_one_opens_nothing(self, cli: CLI, account: str, runtime: Runtime) -> None:
        text, other = made(cli), made(cli, name="other")
        assert "revoked" in cli.well("account", "token", "revoke", account, "--name", "dashboard").out
        assert self.shown(runtime, account, text) is None
        assert self.shown(runtime, account, other) is not None

    def test_one_that_is_not_there_cannot_be_revoked(self, cli: CLI, account: str) -> None:
        assert "There is no token x" in cli.refused("account", "token", "revoke", account, "--name", "x")

    def test_with_its_account_it_is_gone(self, cli: CLI, account: str, runtime: Runtime) -> None:
        made(cli)
        cli.well("account", "remove", account)
        assert rows(runtime, schema.tokens) == []
