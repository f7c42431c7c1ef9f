"""`deskpulse account …`."""

from __future__ import annotations

import pytest

from integrations.generic.webhook import Generic
from tests.cli.conftest import CLI, keep, story
from tests.workers.standing import rows
from workers.runtime import Runtime
from workers.store import accounts, schema


class TestAdding:
    def test_the_address_and_the_secret_are_shown_as_json(self, cli: CLI) -> None:
        told = cli.well("account", "add", "acme", "--desk", "generic", "--format", "json").json
        assert set(told) == {"account", "webhook_url", "secret"}
        assert told["account"] == "acme"
        assert told["webhook_url"] == "https://pulse.example/webhooks/generic/acme"
        assert told["secret"].startswith("whsec_")

    def test_the_secret_is_the_one_that_proves_calls(self, cli: CLI, runtime: Runtime) -> None:
        secret = cli.well("account", "add", "acme", "--desk", "generic", "--format", "json").json["secret"]
        with runtime.database.read() as connection:
            account = accounts.find(connection, "acme", runtime.vault)
        assert account is not None
        assert account.active_secrets(runtime.clock()) == [secret.encode()]

    def test_a_desk_that_only_knows_an_address_gets_the_secret_in_it(
        self, cli: CLI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Generic, "token_in_url", True, raising=False)
        told = cli.well("account", "add", "acme", "--desk", "generic", "--format", "json").json
        address, _, token = told["webhook_url"].partition("?token=")
        assert address == "https://pulse.example/webhooks/generic/acme"
        assert token.startswith("whsec_")
        assert "+" not in token
        assert "/" not in token

    def test_for_a_person_it_is_three_lines_and_a_warning(self, cli: CLI) -> None:
        ended = cli.well("account", "add", "acme", "--desk", "generic", DESKPULSE_PUBLIC_URL="")
        assert [line.split()[0] for line in ended.out.splitlines()] == ["account", "webhook_url", "secret"]
        assert "not shown again" in ended.err
        assert "DESKPULSE_PUBLIC_URL" in ended.err

    def test_an_unknown_desk_is_refused_with_those_there_are(self, cli: CLI) -> None:
        assert "generic, liveagent" in cli.refused("account", "add", "acme", "--desk", "nowhere")

    @pytest.mark.parametrize("slug", ["Acme", "a/b", "-x ", "ä", "acme\n"])
    def test_a_name_that_cannot_be_part_of_an_address_is_refused(self, cli: CLI, slug: str) -> None:
        assert "a-z" in cli.refused("account", "add", "--desk", "generic", "--", slug)

    def test_a_name_that_is_taken_is_refused(self, cli: CLI, account: str) -> None:
        assert "another name" in cli.refused("account", "add", account, "--desk", "generic")

    @pytest.mark.parametrize(
        ("text", "told"),
        [('time_zone = "Mars/Base"', "Mars/Base"), ("colour = 1", "colour"), ("= 1", "TOML")],
    )
    def test_wrong_settings_are_refused_by_their_key_and_leave_no_account(self, cli: CLI, text: str, told: str) -> None:
        path = cli.file("wrong.toml", text)
        assert told in cli.refused("account", "add", "acme", "--desk", "generic", "--settings", path)
        assert "acme" not in cli.well("account", "list").out

    def test_a_settings_file_that_is_not_there_is_named(self, cli: CLI) -> None:
        assert "none.toml" in cli.refused("account", "add", "a", "--desk", "generic", "--settings", "none.toml")


class TestShowing:
    def test_no_secret_is_shown(self, cli: CLI, account: str) -> None:
        for form in ("table", "json"):
            assert "whsec_" not in cli.well("account", "show", account, "--format", form).out

    def test_settings_and_address_are_shown(self, cli: CLI, account: str) -> None:
        told = cli.well("account", "show", account, "--format", "json").json
        assert told["settings"] == {"time_zone": "Europe/Berlin"}
        assert told["webhook_url"] == "https://pulse.example/webhooks/generic/acme"
        assert "settings.time_zone  Europe/Berlin" in cli.well("account", "show", account).out

    def test_the_list_counts_tickets(self, cli: CLI, account: str) -> None:
        cli.well("import", cli.lines("a.jsonl", story("T-1")), "--account", account)
        listed = cli.well("account", "list", "--format", "json").json
        assert listed == [{"account": "acme", "desk": "generic", "tickets": 1}]

    def test_an_account_whose_secrets_do_not_open_is_listed_too(self, cli: CLI, account: str) -> None:
        ended = cli.well("account", "list", DESKPULSE_SECRET_KEY="another key, as long as keys have to be")
        assert "acme" in ended.out
        assert "DESKPULSE_SECRET_KEY_OLD" in ended.err


class TestSetting:
    def test_what_counts_differently_starts_a_rebuild(self, cli: CLI, account: str, runtime: Runtime) -> None:
        path = cli.file("new.toml", 'time_zone = "Asia/Tokyo"\n')
        assert "counted again" in cli.well("account", "set", account, "--settings", path).out
        (stored,) = rows(runtime, schema.accounts)
        assert stored.rules == 2
        assert cli.well("account", "show", account, "--format", "json").json["settings"]["time_zone"] == "Asia/Tokyo"

    def test_what_counts_the_same_starts_none(self, cli: CLI, account: str, runtime: Runtime) -> None:
        path = cli.file("new.toml", 'time_zone = "Europe/Berlin"\n[retention]\ncall_bodies_days = 5\n')
        assert "counted again" not in cli.well("account", "set", account, "--settings", path).out
        (stored,) = rows(runtime, schema.accounts)
        assert stored.rules == 1

    def test_the_secret_stays(self, cli: CLI, account: str, runtime: Runtime) -> None:
        with runtime.database.read() as connection:
            before = accounts.find(connection, account, runtime.vault)
        cli.well("account", "set", account, "--settings", cli.file("new.toml", ""))
        with runtime.database.read() as connection:
            after = accounts.find(connection, account, runtime.vault)
        assert before is not None
        assert after is not None
        assert after.secrets == before.secrets
        assert after.customer_key == before.customer_key


def test_a_rotated_secret_is_new_and_the_one_before_still_proves_calls(cli: CLI, runtime: Runtime) -> None:
    first = cli.well("account", "add", "acme", "--desk", "generic", "--format", "json").json["secret"]
    ended = cli.well("account", "rotate-secret", "acme", "--format", "json")
    with runtime.database.read() as connection:
        account = accounts.find(connection, "acme", runtime.vault)
    assert account is not None
    assert account.active_secrets(runtime.clock()) == [ended.json["secret"].encode(), first.encode()]
    assert "24 hours" in ended.err


def test_a_removed_account_leaves_nothing_but_other_accounts(cli: CLI, account: str, runtime: Runtime) -> None:
    cli.well("account", "add", "other", "--desk", "generic")
    for slug in (account, "other"):
        cli.well("import", cli.lines("a.jsonl", story("T-1")), "--account", slug)
        keep(runtime, slug, {"type": "ticket.created", "ticket": "T-9", "at": "2026-03-01T00:00:00Z"})
    assert "1 tickets" in cli.well("account", "remove", account).out
    for table in schema.work.sorted_tables:
        key = "slug" if table is schema.accounts else "account"
        assert rows(runtime, table, **{key: account}) == []
    with runtime.database.door.connect() as door:
        found = door.execute(schema.calls.select().order_by(schema.calls.c.id)).all()
    assert [row.account for row in found if row.body is not None] == ["other"]
    assert cli.well("account", "list", "--format", "json").json == [
        {"account": "other", "desk": "generic", "tickets": 1}
    ]
    assert "account list" in cli.refused("account", "remove", account)
