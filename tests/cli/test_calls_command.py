"""`deskpulse calls` and `deskpulse replay`."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import Reading
from integrations.events import event
from integrations.generic.webhook import Generic
from integrations.times import DAY
from tests.cli.conftest import CLI, keep
from tests.workers.standing import rows
from workers import pipeline, replay
from workers.absorbing import absorb
from workers.runtime import Runtime
from workers.store import calls, schema, takes
from workers.store.takes import Finish

CREATED = {"type": "ticket.created", "ticket": "T-1", "at": "2026-03-02T09:00:00Z", "channel": "email"}


@pytest.fixture
def kept(account: str, runtime: Runtime) -> dict[str, int]:
    """One call of each outcome."""
    done, unreadable = keep(runtime, account, CREATED, b"no JSON at all")
    while pipeline.take_in(runtime):
        pass
    aside, waiting = keep(runtime, account, {**CREATED, "ticket": "T-2"}, {**CREATED, "ticket": "T-3"})
    takes.copy_new(runtime.database)
    with runtime.database.write() as connection:
        takes.finish(connection, [Finish(aside, takes.SET_ASIDE, "failed too often")], now=runtime.clock())
    return {"done": done, "unreadable": unreadable, "set_aside": aside, "waiting": waiting}


class TestListing:
    def listed(self, cli: CLI, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = cli.well("calls", "--account", "acme", *options, "--format", "json").json
        return found

    def test_all_of_them_newest_first_with_what_became_of_them(self, cli: CLI, kept: dict[str, int]) -> None:
        listed = self.listed(cli)
        assert [call["call"] for call in listed] == sorted(kept.values(), reverse=True)
        assert {call["outcome"]: call["call"] for call in listed} == kept
        assert all(call["desk"] == "generic" and call["received_at"].endswith("Z") for call in listed)

    @pytest.mark.parametrize("outcome", ["unreadable", "set_aside", "waiting"])
    def test_those_of_one_outcome(self, cli: CLI, kept: dict[str, int], outcome: str) -> None:
        assert [call["call"] for call in self.listed(cli, f"--{outcome.replace('_', '-')}")] == [kept[outcome]]

    def test_a_call_that_the_intake_has_not_seen_yet_waits(self, cli: CLI, account: str, runtime: Runtime) -> None:
        (number,) = keep(runtime, account, CREATED)
        assert [(call["call"], call["outcome"]) for call in self.listed(cli, "--waiting")] == [(number, "waiting")]
        assert self.listed(cli)[0]["outcome"] == "waiting"

    def test_the_reason_is_shown(self, cli: CLI, kept: dict[str, int]) -> None:
        out = cli.well("calls", "--account", "acme", "--set-aside").out
        assert out.splitlines()[0].split() == ["call", "received_at", "desk", "size", "outcome", "attempts", "error"]
        assert "failed too often" in out

    def test_no_more_than_asked_for(self, cli: CLI, kept: dict[str, int]) -> None:
        assert len(self.listed(cli, "--limit", "2")) == 2

    @pytest.mark.parametrize("limit", ["0", "-1", "10001", "many"])
    def test_a_limit_that_makes_no_sense_is_refused(self, cli: CLI, account: str, limit: str) -> None:
        assert "--limit" in cli.refused("calls", "--account", account, f"--limit={limit}")

    def test_calls_of_other_accounts_are_not_shown(self, cli: CLI, kept: dict[str, int]) -> None:
        cli.well("account", "add", "other", "--desk", "generic")
        assert cli.well("calls", "--account", "other", "--format", "json").json == []

    def test_two_outcomes_at_once_are_refused(self, cli: CLI, account: str) -> None:
        assert "not allowed" in cli.refused("calls", "--account", account, "--waiting", "--unreadable")


class TestReplay:
    def test_a_call_set_aside_is_read_and_causes_no_action(
        self, cli: CLI, kept: dict[str, int], runtime: Runtime
    ) -> None:
        assert cli.well("replay", "--account", "acme", "--set-aside").out == "1 calls read again.\n"
        assert {row.ticket: row.origin for row in rows(runtime, schema.events)} == {"T-1": "live", "T-2": "replay"}
        assert not any(row.ticket == "T-2" for row in rows(runtime, schema.actions))
        assert {row.call: row.outcome for row in rows(runtime, schema.takes)}[kept["set_aside"]] == "done"

    def test_what_is_still_unreadable_is_told_and_stays_so(self, cli: CLI, kept: dict[str, int]) -> None:
        ended = cli("replay", "--account", "acme", "--unreadable")
        assert (ended.code, ended.out) == (2, "0 calls read again.\n")
        assert ended.err.startswith(f"call {kept['unreadable']}: ")
        assert len(cli.well("calls", "--account", "acme", "--unreadable", "--format", "json").json) == 1

    def test_a_call_replayed_twice_counts_once(self, cli: CLI, kept: dict[str, int], runtime: Runtime) -> None:
        before = rows(runtime, schema.events)
        cli.well("replay", "--account", "acme", str(kept["done"]))
        assert rows(runtime, schema.events) == before
        cli.well("verify", "--account", "acme")

    def test_a_call_from_tomorrow_stays_unreadable(
        self, cli: CLI, kept: dict[str, int], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ahead = event("ticket.created", "T-9", runtime.clock() + 1000 * DAY)
        monkeypatch.setattr(Generic, "parse", lambda *_: Reading(events=(ahead,)))
        ended = cli("replay", "--account", "acme", "--unreadable")
        assert (ended.code, ended.out) == (2, "0 calls read again.\n")
        assert "clock and zone" in ended.err
        assert {row.call: row.outcome for row in rows(runtime, schema.takes)}[kept["unreadable"]] == "unreadable"

    def test_a_call_without_its_body_is_told(self, cli: CLI, kept: dict[str, int], runtime: Runtime) -> None:
        with runtime.database.door.execution_options(immediate=True).begin() as connection:
            calls.drop_bodies_of(connection, [kept["done"]])
        ended = cli("replay", "--account", "acme", str(kept["done"]))
        assert (ended.code, ended.err) == (2, f"call {kept['done']}: its body was dropped\n")

    def test_one_poisoned_call_does_not_stop_the_others(
        self, cli: CLI, kept: dict[str, int], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:

        def poisoned(connection: Any, account: Any, incoming: Any, *, now: int) -> None:
            if any(event.ticket == "T-2" for one in incoming for event in one.reading.events):
                raise ZeroDivisionError
            absorb(connection, account, incoming, now=now)

        monkeypatch.setattr(replay, "absorb", poisoned)
        ended = cli("replay", "--account", "acme", str(kept["set_aside"]), str(kept["done"]))
        assert (ended.code, ended.out) == (2, "1 calls read again.\n")
        assert ended.err == f"call {kept['set_aside']}: ZeroDivisionError\n"

    def test_since_leaves_out_what_came_before(self, cli: CLI, kept: dict[str, int]) -> None:
        later = ("replay", "--account", "acme", "--set-aside", "--since", "2190-01-01")
        assert cli.well(*later).out == "0 calls read again.\n"
        assert cli.well(*later[:-1], "2026-01-01").out == "1 calls read again.\n"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ((), "--unreadable"),
            (("1", "--unreadable"), "--unreadable"),
            (("99999",), "no call 99999"),
            (("99999999999999999999",), "no call 99999999999999999999"),
            (("one",), "one"),
            (("1", "--since", "2026-01-01"), "--since"),
            (("--unreadable", "--since", "soon"), "soon"),
        ],
    )
    def test_what_cannot_be_replayed_is_one_line(
        self, cli: CLI, account: str, arguments: tuple[str, ...], told: str
    ) -> None:
        assert told in cli.refused("replay", "--account", account, *arguments)

    def test_a_call_that_waits_is_left_to_the_workers(self, cli: CLI, kept: dict[str, int]) -> None:
        assert "still waits" in cli.refused("replay", "--account", "acme", str(kept["waiting"]))

    def test_a_call_of_another_account_is_not_there(self, cli: CLI, kept: dict[str, int]) -> None:
        cli.well("account", "add", "other", "--desk", "generic")
        assert "no call" in cli.refused("replay", "--account", "other", str(kept["done"]))
