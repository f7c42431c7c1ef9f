"""How fresh and complete an account's figures are: what came last from where, what waits, what failed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import insert, update

from integrations.times import HOUR, MINUTE
from tests.workers.small_world import a_week, at, tell, ticket
from tests.workers.standing import Clock, add_account, hint, wish
from tests.workers.test_doctor import call, gate
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import answer_pages, figures, jobs, one_ticket, schema, slice_values, summaries
from workers.store.freshness import Freshness, freshness

NOW = at("2026-03-18 12:00")


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = NOW
    return add_account(runtime, "acme", slices={"region": "field:region"})


def now(runtime: Runtime, slug: str = "acme") -> Freshness:
    with runtime.database.read() as connection:
        return freshness(runtime.database, connection, slug)


def differs(runtime: Runtime, **values: Any) -> None:
    """What a quiet account says, but for these values."""
    quiet = dict.fromkeys(("calls", "refreshes", "actions", "unreadable", "set_aside", "given_up"), 0)
    expected = {"last_call": None, "checked": None, "desk_away": False, "backfill": None, **quiet, **values}
    found = now(runtime)
    assert {field.name: getattr(found, field.name) for field in fields(found)} == expected


class TestFreshness:
    def test_of_a_quiet_account_there_is_nothing_to_say(self, runtime: Runtime, account: Account) -> None:
        differs(runtime)
        assert now(runtime).troubles == 0

    def test_a_call_waits_until_it_is_read(self, runtime: Runtime, account: Account) -> None:
        call(runtime)
        differs(runtime, last_call=NOW, calls=1)
        call(runtime, "done")
        differs(runtime, last_call=NOW, calls=1)

    @pytest.mark.parametrize("outcome", ["unreadable", "set_aside"])
    def test_what_could_not_be_read_is_counted(self, runtime: Runtime, account: Account, outcome: str) -> None:
        call(runtime, outcome, "no JSON")
        differs(runtime, last_call=NOW, **{outcome: 1})
        assert now(runtime).troubles == 1

    def test_tickets_and_changes_that_wait(self, runtime: Runtime, account: Account) -> None:
        hint(runtime, "acme", "T-1", "T-2")
        wish(runtime, "acme", "T-1", "channel", tag="channel-email")
        differs(runtime, refreshes=2, actions=1)

    def test_what_was_given_up_needs_a_person(self, runtime: Runtime, account: Account) -> None:
        hint(runtime, "acme", "T-1")
        wish(runtime, "acme", "T-1", "channel", tag="channel-email")
        with runtime.database.write() as connection:
            connection.execute(update(schema.refreshes).values(state="given_up"))
            connection.execute(update(schema.actions).values(state="given_up"))
            summaries.begin(connection, "acme", "daily", 20_000, marker="m", now=NOW)
            connection.execute(update(schema.summaries).values(state="given_up"))
        differs(runtime, given_up=3)
        assert now(runtime).troubles == 3

    def test_up_to_when_the_desk_was_asked(self, runtime: Runtime, account: Account) -> None:
        with runtime.database.write() as connection:
            jobs.ensure_reconcile(connection, "acme", poll=10 * MINUTE, now=NOW - HOUR)
            job = jobs.claim(connection, "acme", jobs.RECONCILE, now=NOW)
            assert job is not None
            jobs.finish_reconcile(connection, job, next_at=NOW + HOUR)
        differs(runtime, checked=NOW)

    def test_how_far_history_is_in(self, runtime: Runtime, account: Account) -> None:
        with runtime.database.write() as connection:
            jobs.start(connection, "acme", jobs.BACKFILL, since=0, now=NOW)
            job = jobs.claim(connection, "acme", jobs.BACKFILL, now=NOW)
            assert job is not None
            jobs.advance(connection, job, cursor="2", tickets=40, total=100, now=NOW)
        differs(runtime, backfill=(40, 100))
        with runtime.database.write() as connection:
            jobs.finish(connection, job)
        differs(runtime)

    @pytest.mark.parametrize(("failures", "away"), [(0, False), (4, False), (5, True), (9, True)])
    def test_a_desk_that_fails_again_and_again_is_away(
        self, runtime: Runtime, account: Account, failures: int, away: bool
    ) -> None:
        gate(runtime, failures=failures)
        assert now(runtime).desk_away is away

    def test_nothing_of_another_account_is_counted(self, runtime: Runtime, account: Account) -> None:
        add_account(runtime, "other")
        call(runtime, "unreadable", "no JSON")
        hint(runtime, "acme", "T-1")
        found = now(runtime, "other")
        assert (found.last_call, found.refreshes, found.unreadable) == (None, 0, 0)


class TestSliceValues:
    def test_those_that_figures_have_once_each_and_in_order(self, runtime: Runtime, account: Account) -> None:
        stories = (
            *a_week("2026-03-02", 3, "a", department="b", tags=("x", "y"), fields={"region": "EU"}),
            *a_week("2026-03-02", 3, "b", channel="chat", department="a", fields={"region": "US"}),
        )
        tell(runtime, account, *stories)
        figures.compact(runtime.database, "acme", budget_seconds=10)
        with runtime.database.read() as connection:
            assert slice_values.channels(connection, "acme") == ["email", "chat"]
            kinds = ("department", "region", "planet")
            assert slice_values.values(connection, "acme", kinds, most=9) == {
                "department": ["a", "b"],
                "region": ["EU", "US"],
                "planet": [],
            }
            assert slice_values.values(connection, "acme", ["tag"], most=1) == {"tag": ["x"]}
            assert slice_values.channels(connection, "other") == []


class TestOneTicket:
    def test_it_is_found_with_its_wait(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, ticket("T-1", "2026-03-18 10:00"), ticket("T-2", "2026-03-18 10:00", answered=5))
        with runtime.database.read() as connection:
            waits, answered = (one_ticket.find(connection, "acme", each) for each in ("T-1", "T-2"))
            assert one_ticket.find(connection, "acme", "T-3") is None
            assert one_ticket.find(connection, "other", "T-1") is None
        assert waits is not None
        assert answered is not None
        assert (waits.row["channel"], waits.waiting_since) == ("email", at("2026-03-18 10:00"))
        assert answered.waiting_since is None

    def test_one_of_which_only_the_id_is_known_is_none(self, runtime: Runtime, account: Account) -> None:
        row = {"account": "acme", "ticket": "T-9", "state": "[]", "counted": "[]", "version": 0, "rules": 0}
        with runtime.database.write() as connection:
            connection.execute(insert(schema.tickets).values(**row))
            assert one_ticket.find(connection, "acme", "T-9") is None


class TestAnswersBack:
    @pytest.fixture
    def answered(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *a_week("2026-03-02", 5, "a", csat=5),
            *a_week("2026-03-02", 5, "b", channel="chat", csat=1),
        )

    def test_pages_of_any_size_are_the_same_list_newest_first(self, runtime: Runtime, answered: None) -> None:
        def pages(limit: int) -> list[tuple[int, str]]:
            found, before = [], None
            with runtime.database.read() as connection:
                while page := answer_pages.back(
                    connection, "acme", days=(0, 99_999), of={}, before=before, limit=limit
                ):
                    found += [(row.at, row.ticket) for row in page]
                    before = answer_pages.spot_of(page[-1])
            return found

        whole = pages(100)
        assert whole == sorted(whole, reverse=True)
        assert len(whole) == 10
        assert all(pages(limit) == whole for limit in (1, 2, 3, 7))

    def test_they_are_narrowed_by_what_they_are_kept_with(self, runtime: Runtime, answered: None) -> None:
        with runtime.database.read() as connection:
            found = answer_pages.back(connection, "acme", days=(0, 99_999), of={"channel": "chat"}, limit=100)
            assert sorted(row.ticket for row in found) == ["b0", "b1", "b2", "b3", "b4"]
            assert answer_pages.back(connection, "acme", days=(0, 1), of={}, limit=100) == []
