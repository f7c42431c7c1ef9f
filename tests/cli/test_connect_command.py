"""`deskpulse connect` and `backfill`, with a strict desk on loopback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from integrations.base import Credential, Installed
from integrations.errors import Refused
from integrations.session import Session
from tests.cli.conftest import CLI, Ended
from tests.workers.standing import rows
from tests.workers.strict_desk import State, StrictDesk
from workers.runtime import Runtime
from workers.store import accounts, schema

KEY = "a key of the desk"


def install(
    _: StrictDesk, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()
) -> Installed:
    """Asks the desk for something, as every real one does, and tells which fields it was to make."""
    if session.access.credentials.get("key") != KEY:
        raise Refused("the desk answered 401: check the credentials", permission="ticket.read_all")
    session.get("/tickets")
    steps = (f"Make a webhook to {webhook_url}", f"Its secret is {len(secret)} characters long")
    made = (f"Made {', '.join(link_fields)}",) if link_fields else ()
    return Installed(author="77", options={"queue": 3}, done=("The key works", *made), by_hand=steps)


@pytest.fixture(autouse=True)
def with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StrictDesk, "credentials", (Credential("key", "the key of an administrator"),))
    monkeypatch.setattr(StrictDesk, "install", install)


@pytest.fixture
def connect(cli: CLI, desk: State) -> Callable[..., Ended]:
    def run(*more: str, key: str = f"key={KEY}", **variables: str) -> Ended:
        credential = ("--credential", key) if key else ()
        return cli("connect", "strict", "--account", "acme", "--url", desk.url, *credential, *more, **variables)

    return run


def account(runtime: Runtime, slug: str = "acme") -> Any:
    with runtime.database.read() as connection:
        return accounts.find(connection, slug, runtime.vault)


class TestConnecting:
    def test_an_account_is_made_and_what_was_found_out_is_kept(
        self, connect: Callable[..., Ended], desk: State, runtime: Runtime
    ) -> None:
        assert connect().code == 0
        found = account(runtime)
        assert (found.desk, found.desk_url, found.author) == ("strict", desk.url, "77")
        assert dict(found.credentials) == {"key": KEY}
        assert found.options["queue"] == 3

    def test_what_the_desk_signs_with_is_kept_beside_our_secret_and_never_shown(
        self, connect: Callable[..., Ended], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for made in ("signs-first", "signs-now"):
            monkeypatch.setattr(StrictDesk, "install", lambda *_, made=made, **__: Installed(secrets=(made,)))
            assert made not in connect().out
        kept = [secret.value for secret in account(runtime).secrets]
        assert kept[1:] == ["signs-now"]
        assert kept[0] not in ("signs-first", "signs-now")

    def test_what_was_done_what_is_left_and_how_to_test_are_told(
        self, connect: Callable[..., Ended], runtime: Runtime
    ) -> None:
        out = connect().out
        secret = account(runtime).secrets[0].value
        assert "done: The key works" in out
        assert "1. Make a webhook to https://pulse.example/webhooks/strict/acme" in out
        assert secret in out
        assert "deskpulse calls --account acme" in out
        assert KEY not in out

    def test_history_is_fetched_here_where_no_worker_runs(
        self, connect: Callable[..., Ended], desk: State, runtime: Runtime
    ) -> None:
        desk.add(*(f"T-{number}" for number in range(7)))
        ended = connect("--since", "2026-01-01")
        assert "History: 7 tickets read" in ended.out
        assert {row.ticket for row in rows(runtime, schema.tickets)} == set(desk.tickets)
        assert {row.origin for row in rows(runtime, schema.events)} == {"backfill"}
        assert rows(runtime, schema.actions) == []

    def test_connecting_again_keeps_the_secret_and_the_credentials(
        self, connect: Callable[..., Ended], runtime: Runtime
    ) -> None:
        connect()
        before = account(runtime)
        assert connect(key="").code == 0
        assert account(runtime).secrets == before.secrets
        assert account(runtime).credentials == before.credentials


class TestSurveys:
    """The desk is to have a field for each kind of survey that the account asks."""

    def test_an_account_that_asks_nothing_needs_no_field(self, connect: Callable[..., Ended], cli: CLI) -> None:
        only_read = cli.file("account.toml", "[surveys.csat]\nscale = [1, 5]\n")
        out = connect("--settings", str(only_read)).out
        assert "deskpulse_survey_" not in out

    def test_a_new_account_has_the_fields_of_what_its_settings_ask(
        self, connect: Callable[..., Ended], cli: CLI
    ) -> None:
        asks = cli.file("account.toml", "[surveys.csat]\nask = true\n[surveys.nps]\nask = true\n[surveys.ces]\n")
        out = connect("--settings", str(asks)).out
        assert "done: Made deskpulse_survey_csat, deskpulse_survey_nps\n" in out

    def test_what_was_turned_on_since_is_made_by_connecting_again(
        self, connect: Callable[..., Ended], cli: CLI
    ) -> None:
        assert "deskpulse_survey_" not in connect().out
        cli.well("account", "set", "acme", "--settings", cli.file("more.toml", "[surveys.ces]\nask = true\n"))
        assert "done: Made deskpulse_survey_ces\n" in connect(key="").out


class TestCredentials:
    def test_from_a_file_or_a_variable(self, connect: Callable[..., Ended], cli: CLI) -> None:
        path = cli.file("key", KEY + "\n")
        assert connect(key=f"key=@{path}").code == 0
        assert connect(key="key=env:DESK_KEY", DESK_KEY=KEY).code == 0

    def test_asked_for_where_there_is_a_person(
        self, connect: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            return KEY

        monkeypatch.setattr("plugin.cli.asker", lambda: ask)
        ended = connect(key="")
        assert ended.code == 0
        assert asked == ["key (the key of an administrator): "]
        assert KEY not in ended.out + ended.err

    @pytest.mark.parametrize(
        ("key", "told"),
        [
            ("", "--credential key=@FILE"),
            ("key", "name=value"),
            ("=x", "name=value"),
            ("lock=x", "it has: key"),
            ("key=@/nowhere/key", "/nowhere/key"),
            ("key=env:NO_SUCH_KEY", "NO_SUCH_KEY"),
        ],
    )
    def test_what_is_missing_or_wrong_is_one_line_and_leaves_no_account(
        self, connect: Callable[..., Ended], runtime: Runtime, key: str, told: str
    ) -> None:
        ended = connect(key=key)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert told in ended.err
        assert account(runtime) is None

    def test_a_refused_one_names_the_permission_and_not_the_key(
        self, connect: Callable[..., Ended], runtime: Runtime
    ) -> None:
        ended = connect(key="key=a wrong key")
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert "ticket.read_all" in ended.err
        assert "wrong key" not in ended.err
        assert account(runtime) is None

    def test_a_refusal_changes_nothing_of_an_account_that_stood(
        self, connect: Callable[..., Ended], runtime: Runtime
    ) -> None:
        connect()
        before = account(runtime)
        assert connect(key="key=a wrong key").code == 2
        assert account(runtime) == before


class TestMistakes:
    def test_a_desk_that_does_not_answer_is_one_line(
        self, connect: Callable[..., Ended], desk: State, runtime: Runtime
    ) -> None:
        desk.mode = "down"
        ended = connect()
        assert (ended.code, ended.err.count("\n")) == (2, 1)
        assert "503" in ended.err
        assert account(runtime) is None

    def test_a_private_address_needs_leave(self, connect: Callable[..., Ended]) -> None:
        assert "DESKPULSE_ALLOW_PRIVATE_DESKS" in connect(DESKPULSE_ALLOW_PRIVATE_DESKS="0").err

    @pytest.mark.parametrize("url", ["support.example.com", "ftp://x", "https://", "http://[x"])
    def test_what_is_no_address_is_refused(self, cli: CLI, url: str) -> None:
        assert "--url" in cli.refused("connect", "strict", "--account", "a", "--url", url, "--credential", "key=x")

    def test_a_desk_that_must_be_asked_needs_an_address(self, cli: CLI) -> None:
        assert "--url" in cli.refused("connect", "strict", "--account", "a", "--credential", "key=x")

    def test_an_account_of_another_desk_is_left_alone(self, connect: Callable[..., Ended], cli: CLI) -> None:
        cli.well("account", "add", "acme", "--desk", "generic")
        assert "account of generic" in connect().err

    def test_a_desk_without_an_api_is_connected_by_hand(self, cli: CLI) -> None:
        ended = cli.well("connect", "generic", "--account", "acme")
        assert "https://pulse.example/webhooks/generic/acme" in ended.out
        assert "History" not in ended.out

    def test_it_says_how_the_panel_is_opened_from_the_desk(
        self, cli: CLI, connect: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def steps(_desk: StrictDesk, *, webhook_url: str, secret: str) -> tuple[str, ...]:
            return (f"open {webhook_url}", f"with {len(secret)} letters")

        monkeypatch.setattr(StrictDesk, "panel_steps", steps)
        told = connect().out
        _, _, shown = told.partition("To open the panel from the desk, by hand:")
        assert "  1. open https://pulse.example/webhooks/strict/acme" in shown
        assert "To open the panel" not in cli.well("connect", "generic", "--account", "other").out


class TestBackfill:
    @pytest.fixture
    def connected(self, connect: Callable[..., Ended], desk: State) -> State:
        assert connect().code == 0
        desk.add("T-1", "T-2")
        return desk

    def test_new_tickets_are_read(self, cli: CLI, connected: State) -> None:
        assert "2 tickets read" in cli.well("backfill", "--account", "acme", "--since", "2026-01-01").out
        assert cli.well("account", "list", "--format", "json").json[0]["tickets"] == 2

    def test_tags_are_asked_for_only_on_request_and_one_after_the_other(
        self, cli: CLI, connected: State, runtime: Runtime
    ) -> None:
        ended = cli.well("backfill", "--account", "acme", "--since", "2026-01-01", "--tag")
        assert "2 tickets get their channel tag" in ended.out
        first, second = rows(runtime, schema.actions)
        assert {first.purpose, second.purpose} == {"channel"}
        budget = StrictDesk.requests_per_minute / 4
        assert second.next_at - first.next_at >= 60_000_000 / budget

    def test_a_desk_that_goes_away_is_one_line(self, cli: CLI, connected: State) -> None:
        connected.mode = "refuse"
        ended = cli("backfill", "--account", "acme", "--since", "2026-01-01")
        assert (ended.code, ended.err.count("\n")) == (2, 1)
        assert "401" in ended.err

    @pytest.mark.parametrize("since", ["2026-13-01", "last week", "0001-01-01"])
    def test_a_wrong_day_is_one_line(self, cli: CLI, connected: State, since: str) -> None:
        assert since in cli.refused("backfill", "--account", "acme", "--since", since)

    def test_an_account_that_cannot_ask_is_told_how_to_connect(self, cli: CLI, account: str) -> None:
        told = cli.refused("backfill", "--account", account, "--since", "2026-01-01")
        assert f"`deskpulse connect generic --account {account} --url https://…`" in told


def test_a_file_is_needed_for_settings(cli: CLI, connect: Callable[..., Ended], runtime: Runtime) -> None:
    path: Path = cli.file("s.toml", 'time_zone = "Europe/Rome"\n')
    assert connect("--settings", str(path)).code == 0
    assert account(runtime).rules.zone.key == "Europe/Rome"
    assert "account set" in connect("--settings", str(path)).err
