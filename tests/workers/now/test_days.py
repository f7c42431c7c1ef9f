"""What yesterday brought, how targets were met, and what today is expected to bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from integrations.events import event
from tests.workers.now.world import NOW, at, iso, page, tell, ticket
from tests.workers.small_world import Story
from tests.workers.standing import Clock, add_account
from workers.accounts import Account
from workers.now.page import Expected
from workers.runtime import Runtime

#: The eight Wednesdays before Wednesday 18 March 2026, oldest first.
WEDNESDAYS = (
    "2026-01-21", "2026-01-28", "2026-02-04", "2026-02-11", "2026-02-18", "2026-02-25", "2026-03-04", "2026-03-11",
)  # fmt: skip


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    clock.now = at(NOW)
    return add_account(runtime, "acme", targets={"email": {"first_response": 3600, "goal": 80}})


def status(id_: str, when: str, word: str) -> Story:
    return [event("status.changed", id_, at(when), status=word, by="agent", author="7")]


def outbound(id_: str, when: str) -> Story:
    return [
        event("ticket.created", id_, at(when), channel="email", by="agent"),
        event("message.sent", id_, at(when), by="agent", author="7", public=True),
    ]


def many(days: Iterable[str], hours: Iterable[int], *, prefix: str = "") -> Iterator[Story]:
    """A ticket at each of these hours of each of these days."""
    for day in days:
        for place, hour in enumerate(hours):
            yield ticket(f"{prefix}{day}-{place}", f"{day} {hour:02d}:30")


def expected(runtime: Runtime, account: Account) -> Expected:
    return page(runtime, account).expected


class TestYesterday:
    def test_it_stands_beside_the_same_weekday_a_week_before(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            ticket("1", "2026-03-17 08:00", resolved=60),
            ticket("2", "2026-03-17 09:00"),
            outbound("3", "2026-03-17 09:00"),
            ticket("4", "2026-03-10 09:00", resolved=30),
            ticket("5", "2026-03-10 09:00", resolved=30),
            status("5", "2026-03-17 12:00", "open"),
            status("5", "2026-03-17 13:00", "resolved"),
            ticket("6", "2026-03-16 09:00"),
            ticket("7", "2026-03-18 09:00"),
        )
        found = page(runtime, account)
        now, before = found.yesterday, found.week_before
        assert (iso(now.day), now.created, now.resolved, now.reopened, now.net) == ("2026-03-17", 3, 2, 1, 2)
        assert (iso(before.day), before.created, before.resolved, before.net) == ("2026-03-10", 2, 2, 0)

    def test_a_reopening_long_after_the_resolution_counts_on_its_day(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, ticket("1", "2026-01-01 08:00", resolved=5), status("1", "2026-03-17 08:00", "open"))
        found = page(runtime, account).yesterday
        assert (found.created, found.resolved, found.reopened, found.net) == (0, 0, 1, 1)

    def test_the_day_is_the_accounts(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at("2026-03-17 23:30")
        zagreb = add_account(runtime, "zagreb", time_zone="Europe/Zagreb")
        tell(runtime, zagreb, ticket("1", "2026-03-16 23:30"), ticket("2", "2026-03-17 22:30"))
        found = page(runtime, zagreb)
        assert (iso(found.day), found.yesterday.created) == ("2026-03-18", 2)


class TestTargets:
    def test_each_channel_with_a_target_tells_yesterday_and_the_week(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            ticket("1", "2026-03-17 08:00", answered=60),
            ticket("2", "2026-03-17 08:00", answered=61),
            ticket("3", "2026-03-17 23:30"),
            ticket("4", "2026-03-11 08:00"),
            ticket("5", "2026-03-10 08:00"),
            ticket("6", "2026-03-18 08:00"),
            ticket("7", "2026-03-17 08:00", channel="chat"),
        )
        (email,) = page(runtime, account).targets
        assert (email.channel, email.first_response, email.goal) == ("email", 3600, 80)
        assert (email.yesterday.numerator, email.yesterday.denominator, email.yesterday.undecided) == (1, 2, 1)
        assert (email.week.numerator, email.week.denominator) == (1, 3)

    def test_without_targets_there_is_nothing_to_attain(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at(NOW)
        plain = add_account(runtime, "plain")
        tell(runtime, plain, ticket("1", "2026-03-17 08:00"))
        assert page(runtime, plain).targets == ()


class TestExpected:
    def test_an_hour_tells_the_median_and_range_of_eight_such_days(self, runtime: Runtime, account: Account) -> None:
        stories = [
            story
            for number, day in enumerate(WEDNESDAYS)
            for story in many([day], [10] * number, prefix="ten") if number
        ]  # fmt: skip
        tell(runtime, account, ticket("first", "2026-01-01 08:00"), *stories, *many(WEDNESDAYS, [15], prefix="three"))
        found = expected(runtime, account)
        assert tuple(map(iso, found.days)) == WEDNESDAYS
        ten, three = found.hours[10], found.hours[15]
        assert (ten.median, ten.least, ten.most) == (3.5, 0, 7)
        assert (three.median, three.least, three.most) == (1, 1, 1)
        assert (found.median, found.least, found.most) == (4.5, 1, 8)

    def test_what_came_so_far_stands_beside_it_and_nothing_where_the_hour_has_not_begun(
        self, runtime: Runtime, account: Account
    ) -> None:
        tell(runtime, account, *many(WEDNESDAYS, [9]), *many(["2026-03-18"], [0, 9, 9]), ticket("n", NOW))
        found = expected(runtime, account)
        assert [hour.so_far for hour in found.hours[8:13]] == [0, 2, 0, 1, None]
        assert (found.hours[0].so_far, found.so_far) == (1, 4)

    def test_other_weekdays_and_outbound_tickets_are_not_expected(self, runtime: Runtime, account: Account) -> None:
        tell(
            runtime,
            account,
            *many(WEDNESDAYS, [9]),
            *many(["2026-03-12", "2026-03-17"], [9] * 9, prefix="other"),
            *(outbound(f"o{day}", f"{day} 09:00") for day in WEDNESDAYS),
        )
        assert expected(runtime, account).hours[9].most == 1

    def test_holidays_are_left_out_and_earlier_days_taken_instead(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at(NOW)
        office = add_account(
            runtime,
            "office",
            schedule="main",
            schedules={"main": {"wed": ["09:00-17:00"], "holidays": ["2026-03-11", "2026-03-18"]}},
        )
        tell(runtime, office, ticket("first", "2025-01-01 08:00"), *many(["2026-03-11"], [9] * 50))
        found = expected(runtime, office)
        assert tuple(map(iso, found.days)) == ("2026-01-14", *WEDNESDAYS[:-1])
        assert (found.hours[9].most, found.is_holiday) == (0, True)

    def test_a_young_account_is_compared_with_its_own_whole_days_only(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, *many(WEDNESDAYS[-3:], [9]))
        assert tuple(map(iso, expected(runtime, account).days)) == WEDNESDAYS[-2:]

    def test_a_ticket_that_was_merged_away_long_ago_makes_no_account_old(
        self, runtime: Runtime, account: Account
    ) -> None:
        merged = event("ticket.merged", "old", at("1990-01-02 00:00"), into="1")
        tell(runtime, account, [*ticket("old", "1990-01-02 00:00"), merged], *many(WEDNESDAYS[-3:], [9]))
        assert tuple(map(iso, expected(runtime, account).days)) == WEDNESDAYS[-2:]

    def test_without_a_day_to_compare_with_nothing_is_expected(self, runtime: Runtime, account: Account) -> None:
        tell(runtime, account, ticket("1", "2026-03-18 08:00"))
        found = expected(runtime, account)
        assert (found.days, found.hours, found.median, found.least, found.most) == ((), (), None, None, None)
        assert found.so_far == 1

    def test_an_hour_that_the_clock_repeats_or_skips_is_an_hour(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at("2026-10-25 05:00")
        zagreb = add_account(runtime, "zagreb", time_zone="Europe/Zagreb")
        tell(
            runtime,
            zagreb,
            ticket("first", "2026-10-01 08:00"),
            ticket("1", "2026-10-25 00:30"),
            ticket("2", "2026-10-25 01:30"),
        )
        found = expected(runtime, zagreb)
        assert len(found.hours) == 24
        assert (found.hours[2].so_far, found.so_far) == (2, 2)
