"""Who waits by channel, and what is due in the next four hours."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.events import event
from integrations.times import HOUR, MINUTE, SECOND
from tests.workers.now.world import NOW, at, changed, page, tell, ticket, wrote
from tests.workers.small_world import Story
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.now.page import DueTicket
from workers.periods import today as day_of_moment
from workers.rebuild import forget_counts, rebuild
from workers.reports import ReportRequest, report
from workers.runtime import Runtime

TARGETS = {"email": {"first_response": 4 * 3600}, "chat": {"first_response": 60}}
OFFICE: dict[str, Any] = {
    "schedule": "main",
    "schedules": {"main": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}},
}


def taken_by(agent: str, story: Story) -> Story:
    """The story of a ticket that an agent has."""
    first = story[0]
    return [*story, event("ticket.assigned", first.ticket, first.at, agent=agent)]


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", targets=TARGETS)


class TestWaiting:
    def test_each_channel_tells_how_many_wait_the_oldest_and_who_has_nobody(
        self, runtime: Runtime, account: Account
    ) -> None:
        tell(
            runtime,
            account,
            taken_by("7", ticket("1", "2026-03-18 08:00")),
            ticket("2", "2026-03-17 08:00"),
            ticket("3", "2026-03-18 10:58", channel="chat"),
            ticket("4", "2026-03-18 08:00", answered=5),
            ticket("5", "2026-03-18 08:00", resolved=5),
            changed("6", "2026-03-18 08:00", "pending", 5),
            changed("7", "2026-03-18 08:00", "spam", 5),
        )
        email, chat = page(runtime, account).waiting
        assert (email.channel, email.n, email.unassigned) == ("email", 2, 1)
        assert (email.oldest_ticket, email.oldest_since) == ("2", at("2026-03-17 08:00"))
        assert (chat.channel, chat.n, chat.unassigned, chat.oldest_ticket) == ("chat", 1, 1, "3")

    def test_it_agrees_with_the_figure(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *(ticket(str(number), f"2026-03-1{number} 08:00") for number in range(1, 9)))
        today = day_of_moment(at(NOW), account.rules.zone)
        with runtime.database.read() as connection:
            request = ReportRequest(today, today, metrics=["waiting_now", "waiting_oldest"])
            total = report(connection, account, request, now=runtime.clock())["total"]
        (here,) = page(runtime, account).waiting
        assert here.n == total["waiting_now"]["value"] == 8
        assert (at(NOW) - here.oldest_since) // SECOND == total["waiting_oldest"]["value"]

    def test_while_an_account_is_counted_anew_nobody_waits_and_then_everybody_again(
        self, runtime: Runtime, account: Account
    ) -> None:
        tell(runtime, account, ticket("1", "2026-03-18 08:00"))
        before = page(runtime, account)
        with runtime.database.write() as connection:
            forget_counts(connection, "acme")
        assert page(runtime, account).waiting == ()
        assert page(runtime, account).breaching.tickets == ()
        rebuild(runtime, "acme", progress=lambda *_: None)
        assert page(runtime, account) == before


class TestBreaching:
    def test_what_is_due_within_four_hours_comes_before_what_is_late(self, runtime: Runtime, account: Account) -> None:
        names = {"agent": {"7": "Eva"}}
        tell(
            runtime,
            account,
            taken_by("7", ticket("soon", "2026-03-18 07:30")),
            ticket("later", "2026-03-18 09:00"),
            ticket("late", "2026-03-18 06:00"),
            ticket("long late", "2026-03-10 06:00"),
            ticket("no target", "2026-03-18 06:00", channel="sms"),
            ticket("answered", "2026-03-18 06:30", answered=100),
            names=names,
        )
        found = page(runtime, account).breaching
        assert [(one.ticket, one.late) for one in found.tickets] == [
            ("soon", False), ("later", False), ("late", True), ("long late", True),
        ]  # fmt: skip
        assert (found.soon, found.late, found.until) == (2, 2, at(NOW) + 4 * HOUR)
        assert found.tickets[0] == DueTicket("soon", "email", "s", "7", "Eva", at("2026-03-18 11:30"), late=False)
        assert (found.tickets[1].agent, found.tickets[1].agent_name) == (None, None)

    def test_what_is_due_after_four_hours_is_not_told_yet(
        self, runtime: Runtime, account: Account, clock: Clock
    ) -> None:
        tell(runtime, account, ticket("1", NOW))
        clock.now -= 1
        assert page(runtime, account).breaching.tickets == ()
        clock.now += 1
        assert [one.ticket for one in page(runtime, account).breaching.tickets] == ["1"]

    def test_an_answer_at_the_due_instant_is_still_in_time(
        self, runtime: Runtime, account: Account, clock: Clock
    ) -> None:
        tell(runtime, account, ticket("1", "2026-03-18 07:00"))
        assert [one.late for one in page(runtime, account).breaching.tickets] == [False]
        clock.now += 1
        assert [one.late for one in page(runtime, account).breaching.tickets] == [True]

    def test_a_first_response_ends_it_and_a_later_question_does_not_begin_it_again(
        self, runtime: Runtime, account: Account
    ) -> None:
        tell(runtime, account, ticket("1", "2026-03-18 08:00"))
        assert page(runtime, account).breaching.soon == 1
        tell(runtime, account, [wrote("1", "2026-03-18 09:00"), wrote("1", "2026-03-18 10:00", by="customer")])
        found = page(runtime, account)
        assert (found.breaching.soon, found.breaching.late, found.waiting[0].n) == (0, 0, 1)

    def test_it_is_due_in_business_time_where_there_are_business_hours(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at(NOW)
        office = add_account(runtime, "office", targets=TARGETS, **OFFICE)
        tell(runtime, office, ticket("1", "2026-03-17 16:00"))
        (one,) = page(runtime, office).breaching.tickets
        assert (one.due_at, one.late) == (at("2026-03-18 12:00"), False)

    def test_a_handover_begins_the_clock(self, runtime: Runtime, account: Account) -> None:
        handed = event("ticket.handover", "1", at(NOW) - 10 * MINUTE)
        tell(runtime, account, [*ticket("1", "2026-03-18 01:00"), handed])
        (one,) = page(runtime, account).breaching.tickets
        assert (one.due_at, one.late) == (at("2026-03-18 14:50"), False)

    def test_a_long_list_is_cut_and_counted(self, runtime: Runtime, account: Account) -> None:
        minutes = (f"2026-03-18 0{6 + number // 60}:{number % 60:02d}" for number in range(120))
        tell(runtime, account, *(ticket(f"{number:03d}", when) for number, when in enumerate(minutes)))
        found = page(runtime, account).breaching
        assert (found.soon, found.late, len(found.tickets)) == (60, 60, 100)
        assert [one.ticket for one in found.tickets[:2] + found.tickets[50:52]] == ["060", "061", "059", "058"]
