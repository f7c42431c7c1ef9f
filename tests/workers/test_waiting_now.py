"""Who waits for us now: counted at the moment of the report, from the tickets as they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from integrations.events import event
from integrations.times import HOUR, MINUTE, SECOND
from tests.workers.small_world import Story, at, tell, ticket
from tests.workers.standing import Clock, add_account
from tests.workers.stories import counted, created
from workers import wording
from workers.accounts import Account
from workers.metrics import facts_of
from workers.metrics.base import Sums
from workers.metrics.waiting_now import METRIC, figure
from workers.periods import day_of
from workers.rebuild import forget_counts, rebuild
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store.waiting import waiting
from workers.wording.language import language

#: A Wednesday.
NOW = "2026-03-18 12:00"
TODAY = ("2026-03-18", "2026-03-18")


def changed(id_: str, created_at: str, word: str, minutes: int, **more: Any) -> Story:
    """A ticket whose status became another one so many minutes after it was opened."""
    when = at(created_at) + minutes * MINUTE
    return [*ticket(id_, created_at, **more), event("status.changed", id_, when, status=word)]


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    made = add_account(runtime, "acme", slices={"land": "field:land"})
    outbound = [
        event("ticket.created", "7", at("2026-03-18 09:00"), channel="email", by="agent"),
        event("message.sent", "7", at("2026-03-18 09:00"), by="agent", author="7", public=True),
    ]
    tell(
        runtime,
        made,
        ticket("1", "2026-03-18 11:00", tags=("a", "b"), fields={"land": "HR"}),
        ticket("2", "2026-03-10 11:59", tags=("a",)),
        ticket("3", "2026-03-18 11:58", channel="chat", department="b"),
        ticket("4", "2026-03-18 11:00", answered=5),
        ticket("5", "2026-03-18 10:00", resolved=5),
        changed("6", "2026-03-18 10:00", "pending", 5),
        outbound,
        changed("8", "2026-03-18 10:00", "spam", 5),
        changed("9", "2026-03-18 11:00", "on_hold", 5, channel="voice"),
    )
    return made


def asked(runtime: Runtime, account: Account, *days: str, **request: Any) -> dict[str, Any]:
    first, last = (day_of(date.fromisoformat(day)) for day in (days or TODAY))
    with runtime.database.read() as connection:
        return report(connection, account, ReportRequest(first, last, **request), now=runtime.clock())


def told(found: dict[str, Any], side: str = "metrics") -> dict[str, tuple[int, float]]:
    """Row → how many wait, and for how many minutes the first of them; where anybody does."""
    figures = {row[found["by"]]: row[side] for row in found["rows"]}
    return {
        key: (each["waiting_now"]["value"], each["waiting_oldest"]["value"] / 60)
        for key, each in figures.items()
        if each["waiting_now"]["n"]
    }


def total(found: dict[str, Any], side: str = "total") -> tuple[int | None, int | None]:
    return found[side]["waiting_now"]["value"], found[side]["waiting_oldest"]["value"]


class TestFigures:
    def test_it_is_no_fact(self) -> None:
        assert not {fact.measure for fact in facts_of(counted(created()))} & {*METRIC.measures, *METRIC.figures}

    def test_the_first_to_wait_has_waited_longest(self) -> None:
        made = figure({"waiting_now": Sums(3, 95, values=[np.array([5, 60]), np.array([30])])})
        assert (made["waiting_now"].value, made["waiting_now"].unit) == (3, "tickets")
        assert (made["waiting_oldest"].value, made["waiting_oldest"].unit, made["waiting_oldest"].n) == (60, "s", 3)

    def test_it_can_be_said_in_words(self) -> None:
        made = figure({"waiting_now": Sums(1, 5400, values=[np.array([5400])])})
        assert [wording.figure(each.json(), language("en")) for each in made.values()] == ["1", "1 h 30 min"]


class TestReports:
    def test_who_waits_is_told_by_channel_with_the_longest_wait(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account)
        day = 24 * 60
        assert told(found) == {"email": (2, 8 * day + 1), "chat": (1, 2), "voice": (1, 60)}
        assert total(found) == (4, (8 * day + 1) * 60)

    @pytest.mark.parametrize("by", ["agent", "department", "land"])
    def test_other_cuts_add_up_to_the_same(self, runtime: Runtime, account: Account, by: str) -> None:
        found = asked(runtime, account, by=by)
        assert sum(waits for waits, _ in told(found).values()) == 4
        assert total(found) == total(asked(runtime, account))

    def test_a_ticket_stands_under_each_of_its_tags_and_once_in_the_total(
        self, runtime: Runtime, account: Account
    ) -> None:
        found = asked(runtime, account, by="tag")
        assert {tag: waits for tag, (waits, _) in told(found).items()} == {"a": 2, "b": 1, "": 2}
        assert total(found)[0] == 4

    def test_one_slice_has_its_own(self, runtime: Runtime, account: Account) -> None:
        assert told(asked(runtime, account, slice="tag:b")) == {"email": (1, 60)}
        assert told(asked(runtime, account, slice="channel:chat", by="department")) == {"b": (1, 2)}
        assert told(asked(runtime, account, slice="land:HR")) == {"email": (1, 60)}

    def test_time_goes_on(self, runtime: Runtime, clock: Clock, account: Account) -> None:
        clock.now += HOUR + SECOND // 2
        assert told(asked(runtime, account))["chat"] == (1, 62)

    def test_a_wait_that_a_fast_clock_told_of_is_not_negative(
        self, runtime: Runtime, clock: Clock, account: Account
    ) -> None:
        clock.now -= 5 * MINUTE
        assert told(asked(runtime, account))["chat"] == (1, 0)

    def test_an_answer_ends_it_and_the_next_message_begins_it_again(self, runtime: Runtime, account: Account) -> None:
        answer, question = (
            event("message.sent", "3", at(NOW) - (2 - minute) * MINUTE, by=by, author="7", public=True)
            for minute, by in enumerate(("agent", "customer"), 1)
        )
        tell(runtime, account, [answer])
        assert "chat" not in told(asked(runtime, account))
        tell(runtime, account, [question])
        assert told(asked(runtime, account))["chat"] == (1, 0)


class TestWhenItIsTold:
    @pytest.mark.parametrize("days", [("2026-03-16", "2026-03-22"), ("2026-03-18", "2026-03-31"), TODAY])
    def test_a_report_whose_days_include_today_tells_it(
        self, runtime: Runtime, account: Account, days: tuple[str, str]
    ) -> None:
        found = asked(runtime, account, *days)
        assert total(found)[0] == 4
        assert told(found, "previous") == {}
        assert total(found, "total_previous") == (None, None)

    @pytest.mark.parametrize("days", [("2026-03-09", "2026-03-17"), ("2026-03-19", "2026-03-25")])
    def test_others_do_not_even_where_the_days_before_include_today(
        self, runtime: Runtime, account: Account, days: tuple[str, str]
    ) -> None:
        found = asked(runtime, account, *days)
        assert (told(found), told(found, "previous")) == ({}, {})
        assert total(found) == total(found, "total_previous") == (None, None)

    @pytest.mark.parametrize("by", ["day", "week", "month"])
    def test_times_do_not_have_it(self, runtime: Runtime, account: Account, by: str) -> None:
        found = asked(runtime, account, by=by)
        assert told(found) == {}
        assert total(found) == (None, None)

    def test_today_is_the_accounts(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at("2026-03-18 23:30")
        zagreb = add_account(runtime, "zagreb", time_zone="Europe/Zagreb")
        tell(runtime, zagreb, ticket("1", "2026-03-18 23:00"))
        assert told(asked(runtime, zagreb, "2026-03-19", "2026-03-19")) == {"email": (1, 30)}
        assert told(asked(runtime, zagreb, "2026-03-18", "2026-03-18")) == {}

    def test_it_may_be_asked_for_alone(self, runtime: Runtime, account: Account) -> None:
        found = asked(runtime, account, metrics=["waiting_oldest"])
        assert [list(row["metrics"]) for row in found["rows"]] == [["waiting_oldest"]] * 3
        assert "waiting_now" not in asked(runtime, account, metrics=["ticket_volume"])["total"]


def test_what_is_counted_anew_waits_again_when_it_is_counted(runtime: Runtime, account: Account) -> None:
    with runtime.database.write() as connection:
        forget_counts(connection, account.slug)
    with runtime.database.read() as connection:
        assert list(waiting(connection, account.slug, "")) == []
    rebuild(runtime, account.slug, progress=lambda _done, _of: None)
    assert total(asked(runtime, account))[0] == 4
