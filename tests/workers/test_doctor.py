"""What is wrong is told in one line an account, in the order in which one mends it, with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, update

from integrations.times import DAY, MINUTE, SECOND
from tests.workers.accounts_for_tests import take
from tests.workers.standing import Clock, add_account, hint, rows, wish
from tests.workers.stories import created
from workers.doctor import Finding, examine, reseal, try_again
from workers.runtime import Runtime
from workers.secrets import vault
from workers.store import schema, summaries, takes
from workers.store.calls import NewCall, open_writer
from workers.store.takes import Finish

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(runtime: Runtime, about: str, slug: str | None = None) -> list[Finding]:
    return [found for found in examine(runtime, slug) if found.about == about]


def wrong(runtime: Runtime, about: str) -> list[str]:
    return [found.sentence for found in told(runtime, about) if not found.well]


def call(runtime: Runtime, outcome: str = "", error: str = "") -> None:
    writer = open_writer(runtime.database.door)
    (kept,) = writer.write([NewCall("acme", "generic", None, runtime.clock(), "{}", "{}", b"{}")])
    writer.close()
    takes.copy_new(runtime.database)
    if outcome:
        with runtime.database.write() as connection:
            takes.finish(connection, [Finish(kept.id, outcome, error)], now=runtime.clock())


def gate(runtime: Runtime, **values: Any) -> None:
    row = {"account": "acme", "tokens": 0.0, "filled_at": 0, "held_until": 0, "failures": 0, "probe_at": 0, **values}
    with runtime.database.write() as connection:
        connection.execute(insert(schema.gates).values(**row))


class TestInstallation:
    def test_it_says_where_everything_is_kept_and_then_what_waits(self, runtime: Runtime) -> None:
        found = list(examine(runtime))
        assert [one.about for one in found] == ["database", "redis", "inbox", "secrets"]
        assert (found[0].sentence, found[2].sentence) == ("SQLite", "0 calls wait, the oldest for 0 s")

    def test_a_queue_of_our_own_that_is_away_is_started_by_us(self, runtime: Runtime) -> None:
        assert wrong(runtime, "redis") == ["does not answer, so no worker runs: start `deskpulse up`"]
        other = replace(runtime, settings=runtime.settings.changed(DESKPULSE_REDIS_URL="redis://127.0.0.1:1/0"))
        assert wrong(other, "redis")[0].endswith("start it, or check DESKPULSE_REDIS_URL")

    def test_a_call_may_wait_a_minute_and_not_longer(self, runtime: Runtime, clock: Clock) -> None:
        call(runtime)
        clock.now += MINUTE
        assert wrong(runtime, "inbox") == []
        clock.now += SECOND
        assert wrong(runtime, "inbox")[0].startswith("1 calls wait, the oldest for 61 s: no worker takes them in")


class TestSecrets:
    EARLIER = "an-earlier-key-of-these-tests-of-no-worth-elsewhere"
    NEWER = "a-newer-key-of-these-tests-of-no-worth-elsewhere"

    def rekeyed(self, runtime: Runtime, key: str, old: str = "") -> Runtime:
        settings = runtime.settings.changed(DESKPULSE_SECRET_KEY=key, DESKPULSE_SECRET_KEY_OLD=old)
        return replace(runtime, settings=settings, vault=vault(settings))

    def test_an_earlier_key_is_told_until_everything_is_sealed_anew(self, runtime: Runtime) -> None:
        add_account(self.rekeyed(runtime, self.EARLIER), "acme")
        rotated = self.rekeyed(runtime, self.NEWER, self.EARLIER)
        assert wrong(rotated, "secrets") == [
            "secrets of acme are sealed with an earlier key: run `deskpulse doctor --reseal`"
        ]
        assert reseal(rotated) == 1
        assert wrong(self.rekeyed(runtime, self.NEWER), "secrets") == []

    def test_a_lost_key_is_told_by_account(self, runtime: Runtime) -> None:
        add_account(self.rekeyed(runtime, self.EARLIER), "acme")
        lost = self.rekeyed(runtime, self.NEWER)
        assert wrong(lost, "acme") == [
            "its secrets do not open: put the key they were sealed with into DESKPULSE_SECRET_KEY_OLD"
        ]
        assert told(lost, "secrets") == []


class TestAccounts:
    @pytest.fixture(autouse=True)
    def account(self, runtime: Runtime) -> None:
        add_account(runtime, "acme", desk="generic", url="http://127.0.0.1:1")

    def test_a_desk_that_never_called_is_told_and_is_no_fault(self, runtime: Runtime) -> None:
        assert told(runtime, "acme") == [Finding("acme", well=True, sentence="the desk has not called yet")]

    def test_a_desk_that_is_not_known_is_told_also_where_surveys_are_asked(self, runtime: Runtime) -> None:
        add_account(runtime, "later", desk="generic", url="https://desk.example", surveys={"csat": {"ask": True}})
        with runtime.database.write() as connection:
            connection.execute(update(schema.accounts).where(schema.accounts.c.slug == "later").values(desk="newdesk"))
        assert "its desk newdesk is not known to this version: update it" in wrong(runtime, "later")

    def test_a_desk_that_fell_silent_is_asked_about(self, runtime: Runtime, clock: Clock) -> None:
        call(runtime, takes.DONE)
        assert told(runtime, "acme")[0].sentence.endswith("Z")
        clock.now += 3 * DAY
        assert told(runtime, "acme")[0].sentence.endswith("3 days ago; is its webhook still set in the desk?")

    @pytest.mark.parametrize(("outcome", "option"), [("unreadable", "--unreadable"), ("set_aside", "--set-aside")])
    def test_calls_in_trouble_are_told_with_why_and_how_to_see_them(
        self, runtime: Runtime, outcome: str, option: str
    ) -> None:
        call(runtime, outcome, "no ticket in it")
        (sentence,) = wrong(runtime, "acme")
        assert sentence.startswith(f"1 calls are {outcome.replace('_', ' ')} (no ticket in it): see")
        assert f"deskpulse calls --account acme {option}" in sentence

    def test_a_desk_that_is_down_is_told_before_a_few_failures_are(self, runtime: Runtime, clock: Clock) -> None:
        gate(runtime, failures=2, error="503", failed_at=clock.now)
        assert wrong(runtime, "acme")[0].startswith("2 requests failed in a row: 503 at ")
        with runtime.database.write() as connection:
            connection.execute(update(schema.gates).values(failures=5, error=None, failed_at=None))
        assert wrong(runtime, "acme") == [
            (
                "the desk is not asked any more but every 30 s: no reason is known; "
                "check the desk, its address and `deskpulse connect`"
            )
        ]

    def test_what_failed_at_an_address_that_was_taken_out_is_told_no_more(self, runtime: Runtime) -> None:
        gate(runtime, failures=7, error="503", failed_at=1)
        add_account(runtime, "other", desk="generic")
        with runtime.database.write() as connection:
            connection.execute(update(schema.gates).values(account="other"))
        assert wrong(runtime, "other") == []

    def test_a_used_up_rate_limit_is_told_and_is_no_fault(self, runtime: Runtime, clock: Clock) -> None:
        gate(runtime, held_until=clock.now + 2 * MINUTE)
        assert wrong(runtime, "acme") == []
        assert told(runtime, "acme")[-1].sentence.startswith("the desk's rate limit is used up until ")

    def test_what_was_given_up_is_told_and_tried_again(self, runtime: Runtime, clock: Clock) -> None:
        hint(runtime, "acme", "T1")
        wish(runtime, "acme", "T1", "channel", kind="tag", tag="a")
        with runtime.database.write() as connection:
            summaries.begin(connection, "acme", "daily", 20_000, marker="m", now=clock.now - DAY)
            for table in (schema.refreshes, schema.actions, schema.summaries):
                connection.execute(update(table).values(state="given_up", error="403", attempts=9))
        assert [sentence.split(":")[0] for sentence in wrong(runtime, "acme")] == [
            "1 actions were given up (403)", "1 tickets to fetch were given up (403)",
            "1 summaries were given up (403)",
        ]  # fmt: skip
        assert try_again(runtime, "acme") == 3
        assert wrong(runtime, "acme") == []
        for table in (schema.refreshes, schema.actions, schema.summaries):
            (found,) = rows(runtime, table)
            assert (found.state, found.attempts, found.next_at) == ("waiting", 0, clock.now)

    def test_of_summaries_that_were_given_up_the_latest_says_why(self, runtime: Runtime, clock: Clock) -> None:
        with runtime.database.write() as connection:
            for day, error in ((20_001, "422"), (20_000, "403")):
                summaries.begin(connection, "acme", "daily", day, marker=str(day), now=clock.now)
                ours = schema.summaries.c.day == day
                connection.execute(update(schema.summaries).where(ours).values(state="given_up", error=error))
        assert [sentence.split(":")[0] for sentence in wrong(runtime, "acme")] == ["2 summaries were given up (422)"]

    def test_facts_that_wait_are_no_fault(self, runtime: Runtime) -> None:
        take(runtime, add_account(runtime, "bravo"), created())
        assert told(runtime, "bravo")[-1] == Finding(
            "bravo", well=True, sentence="some facts wait to be folded; reports count them already"
        )

    def test_only_the_account_asked_for_is_looked_at(self, runtime: Runtime) -> None:
        add_account(runtime, "bravo")
        assert told(runtime, "bravo", slug="acme") == []
        assert told(runtime, "nobody", slug="nobody") == []
