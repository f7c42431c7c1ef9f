"""`deskpulse account slack`: the address is never an argument, is sealed, and is repeated nowhere."""

from __future__ import annotations

import io

import pytest

from tests.cli.conftest import CLI
from workers.runtime import Runtime
from workers.store import accounts

WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/aSecretOfTheseTests"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def kept(runtime: Runtime) -> str:
    with runtime.database.read() as connection:
        found = accounts.find(connection, "acme", runtime.vault)
    assert found is not None
    return found.slack


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("plugin.commands.digests.sys.stdin", io.StringIO(text))


def test_it_is_read_from_a_pipe(cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, f"{WEBHOOK}\n")
    ended = cli.well("account", "slack", account)
    assert kept(runtime) == WEBHOOK
    assert ended.out == "Digests of acme go to Slack from the next one on.\n"


def test_a_person_is_asked_for_it(cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.cli.asker", lambda: lambda _question: WEBHOOK)
    cli.well("account", "slack", account)
    assert kept(runtime) == WEBHOOK


def test_it_is_forgotten(cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, WEBHOOK)
    cli.well("account", "slack", account)
    assert cli.well("account", "slack", account, "--remove").out == "Digests of acme no longer go to Slack.\n"
    assert kept(runtime) == ""


@pytest.mark.parametrize("given", ["", "https://evil.example/services/aSecretOfTheseTests", f"x{WEBHOOK}"])
def test_anything_else_is_refused_and_not_repeated(
    cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    pipe(monkeypatch, given)
    refused = cli.refused("account", "slack", account)
    assert "Write on standard input the address of an incoming webhook" in refused
    assert "aSecret" not in refused
    assert kept(runtime) == ""


def test_no_command_shows_it(cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, WEBHOOK)
    cli.well("account", "slack", account)
    for words in (("account", "show", account), ("account", "list"), ("doctor",)):
        ended = cli(*words)
        assert "aSecret" not in ended.out + ended.err
    assert "digests: 1 receivers, none sent yet" in ended.out


def test_other_changes_of_the_account_keep_it(
    cli: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, WEBHOOK)
    cli.well("account", "slack", account)
    cli.well("account", "set", account, "--settings", cli.file("other.toml", 'language = "hr"\n'))
    cli.well("account", "rotate-secret", account)
    assert kept(runtime) == WEBHOOK
