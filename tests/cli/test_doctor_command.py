"""`deskpulse doctor`: every trouble is one line that says what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert

from tests.cli.conftest import CLI, Ended, keep
from tests.workers.standing import rows
from workers import pipeline
from workers.runtime import Runtime
from workers.secrets import vault
from workers.store import accounts, gates, schema
from workers.store.gates import FAILURES, RowGate

OLD_KEY = "an-older-key-for-the-tests-of-no-worth"
NEW_KEY = "a-newer-key-for-the-tests-of-no-worth"


@pytest.fixture
def well(cli: CLI, redis_url: str) -> CLI:
    """With a queue that answers."""
    return cli.changed(DESKPULSE_REDIS_URL=redis_url)


@pytest.fixture
def asked(cli: CLI) -> str:
    """An account whose desk has an address."""
    path = cli.file("asked.toml", '[desk]\nurl = "https://support.example"\n')
    cli.well("account", "add", "acme", "--desk", "generic", "--settings", path)
    return "acme"


def wrong(ended: Ended) -> list[str]:
    assert ended.code == 1, ended
    return [line.removeprefix("WRONG ") for line in ended.out.splitlines() if line.startswith("WRONG")]


class TestFindings:
    def test_a_new_installation_is_well(self, well: CLI) -> None:
        well.well("account", "add", "acme", "--desk", "generic")
        out = well.well("doctor").out.splitlines()
        assert all(line.startswith("ok ") for line in out)
        assert [line.split()[1] for line in out] == ["database:", "redis:", "inbox:", "secrets:", "acme:"]

    def test_a_queue_that_is_away_is_told_first(self, cli: CLI) -> None:
        (line,) = wrong(cli("doctor"))
        assert line.startswith("redis: does not answer")

    def test_a_database_that_is_away_is_one_line(self, cli: CLI) -> None:
        assert "DESKPULSE_DATABASE_URL" in cli.refused("doctor", DESKPULSE_DATABASE_URL="postgresql://x@127.0.0.1:9/y")

    def test_a_misspelled_setting_is_told(self, well: CLI) -> None:
        assert "DESKPULSE_WEB_THREADS" in well.well("doctor", DESKPULSE_WEB_TREADS="8").err

    def test_calls_that_wait_long_are_told(
        self, well: CLI, account: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(runtime, account, {"type": "ticket.created"})
        assert "1 calls wait" in well.well("doctor").out
        monkeypatch.setattr("workers.doctor._LONGEST_WAIT", -1.0)
        (line,) = wrong(well("doctor"))
        assert line.startswith("inbox: 1 calls wait")
        assert "deskpulse up" in line

    def test_unreadable_calls_are_told_with_their_reason(self, well: CLI, account: str, runtime: Runtime) -> None:
        keep(runtime, account, b"no JSON", b"none either")
        while pipeline.take_in(runtime):
            pass
        (line,) = wrong(well("doctor"))
        assert line.startswith("acme: 2 calls are unreadable (")
        assert "deskpulse calls --account acme --unreadable" in line
        assert "the last call came at 20" in well("doctor").out

    def test_a_desk_that_is_down_is_told_with_its_last_error(self, well: CLI, asked: str, runtime: Runtime) -> None:
        gate = RowGate(runtime.database, asked, per_minute=60, clock=runtime.clock)
        for _ in range(FAILURES):
            gate.failed(RuntimeError("support.example answered 502"))
        (line,) = wrong(well("doctor"))
        assert "not asked any more" in line
        assert "support.example answered 502" in line

    def test_a_few_failures_are_told_before_it_is_down(self, well: CLI, asked: str, runtime: Runtime) -> None:
        RowGate(runtime.database, asked, per_minute=60, clock=runtime.clock).failed(RuntimeError("slow"))
        (line,) = wrong(well("doctor"))
        assert "1 requests failed in a row: slow" in line

    def test_only_the_account_asked_for_is_looked_at(self, well: CLI, account: str, runtime: Runtime) -> None:
        well.well("account", "add", "other", "--desk", "generic")
        RowGate(runtime.database, account, per_minute=60, clock=runtime.clock).failed(RuntimeError("slow"))
        assert "acme" not in well.well("doctor", "--account", "other").out
        with runtime.database.read() as connection:
            assert [each.account for each in gates.states(connection, now=runtime.clock())] == [account]


class TestTryingAgain:
    @pytest.fixture
    def given_up(self, account: str, runtime: Runtime) -> None:
        common = {"account": account, "attempts": 9, "next_at": 0, "lease_until": 0, "error": "no permission"}
        with runtime.database.write() as connection:
            connection.execute(
                insert(schema.actions).values(
                    ticket="T-1", purpose="channel", wish='{"kind":"tag"}', state="given_up", asked_at=0, **common
                )
            )
            connection.execute(
                insert(schema.refreshes).values(ticket="T-2", wanted=1, origin="live", state="given_up", **common)
            )
            connection.execute(insert(schema.jobs).values(job="backfill", state="given_up", done=3, **common))

    def test_what_was_given_up_is_told_with_why(self, well: CLI, given_up: None) -> None:
        lines = wrong(well("doctor"))
        assert [line.partition(" (")[0] for line in lines] == [
            "acme: 1 actions were given up",
            "acme: 1 tickets to fetch were given up",
            "acme: backfill was given up",
        ]
        assert all("no permission" in line and "--retry" in line for line in lines)

    def test_retry_lets_all_of_it_be_tried_again(self, well: CLI, given_up: None, runtime: Runtime) -> None:
        assert "3 things that were given up are tried again." in well.well("doctor", "--retry").out
        for table in (schema.actions, schema.refreshes, schema.jobs):
            assert [(row.state, row.attempts) for row in rows(runtime, table)] == [("waiting", 0)]


class TestSeals:
    @pytest.fixture
    def rotated(self, well: CLI) -> CLI:
        """The operator has a new key; the old one is still read."""
        well.changed(DESKPULSE_SECRET_KEY=OLD_KEY).well("account", "add", "acme", "--desk", "generic")
        return well.changed(DESKPULSE_SECRET_KEY=NEW_KEY, DESKPULSE_SECRET_KEY_OLD=OLD_KEY)

    def test_secrets_under_an_old_key_are_told(self, rotated: CLI) -> None:
        (line,) = wrong(rotated("doctor"))
        assert line == "secrets: secrets of acme are sealed with an earlier key: run `deskpulse doctor --reseal`"

    def test_resealed_they_need_the_old_key_no_more(self, rotated: CLI) -> None:
        assert "of 1 accounts" in rotated.well("doctor", "--reseal").out
        alone = rotated.changed(DESKPULSE_SECRET_KEY_OLD="")
        alone.well("doctor")
        alone.well("account", "show", "acme")

    def test_a_lost_key_is_told_and_the_rest_is_looked_at(self, well: CLI, account: str) -> None:
        lost = well.changed(DESKPULSE_SECRET_KEY=NEW_KEY)
        (line,) = wrong(lost("doctor"))
        assert line.startswith("acme: its secrets do not open")
        assert "DESKPULSE_SECRET_KEY_OLD" in lost.refused("doctor", "--reseal")

    def test_the_secret_is_the_same_after_resealing(self, rotated: CLI, opened: Callable[[CLI], list[str]]) -> None:
        before = opened(rotated)
        rotated.well("doctor", "--reseal")
        assert opened(rotated.changed(DESKPULSE_SECRET_KEY_OLD="")) == before

    @pytest.fixture
    def opened(self, runtime: Runtime) -> Callable[[CLI], list[str]]:
        def secrets(cli: CLI) -> list[str]:
            with runtime.database.read() as connection:
                found = accounts.find(connection, "acme", vault(cli.settings))
            assert found is not None
            return [secret.value for secret in found.secrets]

        return secrets
