"""What users of help desks complain about, as small histories: the wrong number of each is not ours.

Every history is taken in backwards, in portions, with repetitions and with a compaction between, asked for as a
report, and verified at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from integrations.events import Event, event
from integrations.times import instant_of_iso
from plugin.exports import report_rows
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.stories import created, sent, status, told
from workers import imports
from workers.accounts import Account
from workers.periods import day_of
from workers.rebuild import rebuild, verify
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts

MINUTE, HOUR = 60, 3600
#: In the minutes of the stories, which begin on Monday the 2nd of March 2026, at nine in Zagreb.
AN_HOUR, A_DAY = 60, 24 * 60
MARCH = ("2026-03-01", "2026-03-31")
APRIL = ("2026-04-01", "2026-04-30")
OFFICE = {
    "schedule": "main",
    "schedules": {"main": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}},
}


@dataclass
class Support:
    """One account, what is told of it, and what its reports say."""

    runtime: Runtime
    account: Account

    def tell(self, *events: Event) -> None:
        """Take the events in, the last ones first, some of them twice."""
        backwards = events[::-1]
        half = len(events) // 2
        take(self.runtime, self.account, *backwards[:half])
        imports.compact(self.runtime, self.account.slug)
        take(self.runtime, self.account, *backwards[half:], *backwards[:1])
        take(self.runtime, self.account, *backwards[-1:])

    def settle(self, **settings: Any) -> None:
        """Other settings from now on; history is counted anew."""
        self.account = accounts.with_settings(self.account, {**self.account.settings, **settings})
        with self.runtime.database.write() as connection:
            accounts.save(connection, self.account, self.runtime.vault)
        assert rebuild(self.runtime, self.account.slug, progress=lambda done, of: None)

    def report(self, *days: str, **request: Any) -> dict[str, Any]:
        """The report of these days, of March unless said."""
        first, last = (day_of(date.fromisoformat(day)) for day in (days or MARCH))
        with self.runtime.database.read() as connection:
            asked = ReportRequest(first, last, **request)
            return report(connection, self.account, asked, now=self.runtime.clock())

    def total(self, name: str, *days: str, **request: Any) -> dict[str, Any]:
        """One figure of all that happened in these days."""
        found: dict[str, Any] = self.report(*days, metrics=[name], **request)["total"][name]
        return found

    def rows(self, name: str, by: str, *days: str, key: str = "value", **request: Any) -> dict[str, Any]:
        """One figure of every row that has any."""
        rows = self.report(*days, by=by, metrics=[name], **request)["rows"]
        return {row[by]: row["metrics"][name][key] for row in rows if row["metrics"][name]["n"]}


@pytest.fixture
def support(runtime: Runtime) -> Iterator[Support]:
    """An account in Zagreb that must be verified at the end of each test."""
    made = Support(runtime, add_account(runtime))
    yield made
    assert list(verify(runtime.database, made.account)) == []


def on(type_: str, moment: str, ticket: str = "T1", **data: Any) -> Event:
    """An event at a moment in UTC."""
    return event(type_, ticket, instant_of_iso(moment), **data)


def opened(moment: str, ticket: str = "T1", **data: Any) -> Event:
    return on("ticket.created", moment, ticket, **{"channel": "email", "by": "customer", **data})


def replied(moment: str, ticket: str = "T1", **data: Any) -> Event:
    return on("message.sent", moment, ticket, **{"by": "agent", "author": "eva", **data})


def asked(minutes: float, ticket: str = "T1", **data: Any) -> Event:
    return told("survey.sent", minutes, ticket, **{"kind": "csat", **data})


def rated(score: int, minutes: float, ticket: str = "T1", **data: Any) -> Event:
    return told("survey.answered", minutes, ticket, **{"kind": "csat", "score": score, "scale": [1, 5], **data})


class TestTimeZone:
    def test_month_edge_two_hours_ahead_of_utc(self, support: Support) -> None:
        """In UTC the second one is of March: chatwoot #4028, zammad #5865."""
        support.tell(opened("2026-03-31T21:59:59Z", "T1"), opened("2026-03-31T22:00:00Z", "T2"))
        assert support.rows("ticket_volume", "month", "2026-03-01", "2026-04-30") == {"2026-03": 1, "2026-04": 1}
        assert support.total("ticket_volume", *MARCH)["n"] == 1

    def test_the_last_day_of_a_month_is_whole(self, support: Support) -> None:
        """A month that ends at 0:00 of its last day loses it: osTicket #6023."""
        support.tell(*(opened(f"2026-03-31T{hour:02d}:30:00Z", f"T{hour}") for hour in (0, 9, 21)))
        assert support.total("ticket_volume", *MARCH)["n"] == 3
        assert support.rows("ticket_volume", "day", *MARCH) == {"2026-03-31": 3}

    def test_a_range_has_no_extra_day(self, support: Support) -> None:
        """LiveAgent #21040, #20474: both ends included, and nothing beyond them."""
        support.tell(*(opened(f"2026-03-{day}T10:00:00Z", f"T{day}") for day in ("09", "10", "11")))
        assert support.total("ticket_volume", "2026-03-10", "2026-03-10")["n"] == 1
        assert support.total("ticket_volume", "2026-03-09", "2026-03-10")["n"] == 2

    def test_midnight_belongs_to_one_day(self, support: Support) -> None:
        """Buckets with >= and <= on one date count their edges twice: django-helpdesk's open ages."""
        support.tell(opened("2026-03-09T23:00:00Z"))
        assert support.rows("ticket_volume", "day") == {"2026-03-10": 1}

    def test_the_servers_zone_is_nowhere(self, support: Support) -> None:
        """LiveAgent #20960: the account's zone cuts the days, and another one cuts all of history anew."""
        support.tell(opened("2026-03-09T20:00:00Z"), replied("2026-03-09T20:05:00Z"))
        assert support.rows("ticket_volume", "day") == {"2026-03-09": 1}
        support.settle(time_zone="Asia/Tokyo")
        assert support.rows("ticket_volume", "day") == {"2026-03-10": 1}
        assert support.rows("first_response_time", "day") == {"2026-03-10": 300}

    def test_the_day_on_which_clocks_go_forward_has_23_hours(self, support: Support) -> None:
        support.tell(opened("2026-03-28T23:00:00Z"), replied("2026-03-29T21:59:00Z"))
        assert support.rows("first_response_time", "day") == {"2026-03-29": 22 * HOUR + 59 * MINUTE}

    def test_the_day_on_which_clocks_go_back_has_25_hours(self, support: Support) -> None:
        support.tell(opened("2025-10-25T22:00:00Z"), replied("2025-10-26T22:59:00Z"))
        days = ("2025-10-01", "2025-10-31")
        assert support.rows("first_response_time", "day", *days) == {"2025-10-26": 24 * HOUR + 59 * MINUTE}

    @pytest.mark.parametrize(
        ("hours", "start", "end"),
        [(3, "2026-03-28T23:00:00Z", "2026-03-29T12:00:00Z"), (5, "2025-10-25T22:00:00Z", "2025-10-26T12:00:00Z")],
    )
    def test_business_hours_over_a_clock_change(self, support: Support, hours: int, start: str, end: str) -> None:
        """From one to five are three hours when clocks go forward between, and five when they go back."""
        support.settle(schedule="nights", schedules={"nights": {"sun": ["01:00-05:00"]}})
        support.tell(opened(start), replied(end))
        found = support.total("first_response_time_business", "2025-10-01", "2026-03-31")
        assert found["value"] == hours * HOUR


class TestBusinessHours:
    def test_a_weekend_is_no_business_time(self, support: Support) -> None:
        support.settle(**OFFICE)
        support.tell(opened("2026-03-06T15:30:00Z"), replied("2026-03-09T08:30:00Z"))  # Friday 16:30, Monday 9:30
        assert support.total("first_response_time_business")["value"] == HOUR
        assert support.total("first_response_time")["value"] == 65 * HOUR

    def test_business_hours_go_past_midnight(self, support: Support) -> None:
        """chatwoot #5254: a night shift is two spans that meet at midnight."""
        nights = {"mon": ["22:00-24:00"], "tue": ["00:00-06:00", "22:00-24:00"]}
        support.settle(schedule="nights", schedules={"nights": nights})
        support.tell(opened("2026-03-09T20:00:00Z"), replied("2026-03-10T04:00:00Z"))  # Monday 21:00 to Tuesday 5:00
        assert support.total("first_response_time_business")["value"] == 7 * HOUR

    def test_what_is_exported_has_business_time_too(self, support: Support) -> None:
        """chatwoot #11057: the file ignored the switch; here both stand side by side."""
        support.settle(**OFFICE)
        support.tell(opened("2026-03-06T15:30:00Z"), replied("2026-03-09T08:30:00Z"))
        written = {row["figure"]: row["value"] for row in report_rows(support.report())}
        assert written["first_response_time_business"] == HOUR
        assert written["first_response_time"] == 65 * HOUR

    def test_a_schedule_change_counts_history_anew(self, support: Support) -> None:
        """Zendesk does not recompute; a figure of two definitions tells nothing."""
        support.settle(**OFFICE)
        support.tell(opened("2026-03-09T07:00:00Z"), replied("2026-03-09T09:00:00Z"))  # 8:00 to 10:00
        assert support.total("first_response_time_business")["value"] == HOUR
        support.settle(schedules={"main": {"mon": ["08:00-16:00"]}})
        assert support.total("first_response_time_business")["value"] == 2 * HOUR
        assert support.total("first_response_time")["value"] == 2 * HOUR

    def test_every_schedule_that_held_counts_its_part(self, support: Support) -> None:
        """Zendesk takes one schedule, that of the event, for the whole span."""
        early, late = ({"mon": [span]} for span in ("09:00-12:00", "12:00-20:00"))
        departments = {"early": {"schedule": "early"}, "late": {"schedule": "late"}}
        support.settle(schedules={"early": early, "late": late}, departments=departments)
        moved = on("ticket.moved", "2026-03-09T13:00:00Z", department="late")  # 14:00
        support.tell(
            opened("2026-03-09T09:00:00Z", department="early"), moved, replied("2026-03-09T15:00:00Z")
        )  # 10:00 to 16:00: two hours of the one, two of the other
        assert support.total("first_response_time_business")["value"] == 4 * HOUR

    def test_differences_are_never_negative(self, support: Support) -> None:
        """Zendesk's single-event metrics can be; here clocks that disagree took no time."""
        support.settle(**OFFICE)
        support.tell(
            opened("2026-03-09T10:00:00Z"),
            replied("2026-03-09T09:59:00Z"),
            on("status.changed", "2026-03-09T09:58:00Z", status="resolved"),
        )
        made = support.report()["total"]
        durations = ("first_response_time", "first_resolution_time", "full_resolution_time", "requester_wait_time")
        assert {made[name + twin]["value"] for name in durations for twin in ("", "_business")} == {0}


class TestReopened:
    def test_reopened_after_a_bot(self, support: Support) -> None:
        """chatwoot #12058: ten minutes after the handover, not five days after the bot had solved it."""
        five_days = 5 * A_DAY
        support.tell(
            created(0),
            sent(1, "bot"),
            status("resolved", 2, by="bot"),
            sent(five_days, "customer"),
            status("open", five_days),
            told("ticket.handover", five_days),
            sent(five_days + 10),
        )
        assert support.total("first_response_time")["value"] == 10 * MINUTE
        assert support.total("first_response_time_from_creation")["value"] == 5 * 24 * HOUR + 10 * MINUTE
        assert support.total("reopen_rate")["value"] == 100
        assert support.total("resolved_volume")["n"] == 1

    def test_by_agent_and_over_time_are_the_same_resolutions(self, support: Support) -> None:
        """chatwoot #12261: one counted tickets, the other one resolutions."""
        support.tell(
            created(0),
            status("resolved", 10, agent="eva"),
            status("open", A_DAY),
            status("resolved", 2 * A_DAY, agent="max"),
            created(0, "T2"),
            status("resolved", 20, "T2", agent="eva"),
        )
        assert support.rows("resolved_volume", "agent") == {"eva": 2, "max": 1}
        assert support.rows("resolved_volume", "day") == {"2026-03-02": 2, "2026-03-04": 1}
        assert support.total("resolved_volume")["n"] == 3

    def test_a_reopened_ticket_is_not_solved(self, support: Support) -> None:
        """zammad #3745: it stayed in the list of the closed ones."""
        support.tell(created(0), status("closed", 10), status("open", A_DAY))
        assert (support.total("resolution_rate")["value"], support.total("full_resolution_time")["n"]) == (0, 0)
        assert support.total("first_resolution_time")["value"] == 10 * MINUTE
        assert support.rows("backlog", "day", "2026-03-02", "2026-03-04") == {"2026-03-03": 1, "2026-03-04": 1}

    def test_the_reopen_rate_is_not_empty(self, support: Support) -> None:
        """zammad #5013; by who solved it."""
        support.tell(
            created(0),
            status("resolved", 10, agent="eva"),
            status("open", A_DAY),
            created(0, "T2"),
            status("resolved", 20, "T2", agent="max"),
        )
        assert support.total("reopen_rate")["value"] == 50
        assert support.rows("reopen_rate", "agent") == {"eva": 100, "max": 0}

    def test_closing_what_is_resolved_is_no_second_resolution(self, support: Support) -> None:
        support.tell(created(0), status("resolved", 10), status("closed", 4 * A_DAY))
        assert support.total("resolved_volume")["n"] == 1
        assert support.total("full_resolution_time")["value"] == 10 * MINUTE


class TestBots:
    def test_a_bots_hour_is_not_the_teams(self, support: Support) -> None:
        """chatwoot #7679: the clock of people starts at the handover."""
        support.tell(created(0, channel="chat"), sent(1, "bot"), told("ticket.handover", AN_HOUR), sent(AN_HOUR + 2))
        assert support.total("first_response_time")["value"] == 2 * MINUTE
        assert support.total("first_response_time_from_creation")["value"] == HOUR + 2 * MINUTE

    def test_what_a_bot_solved_alone_has_a_figure_of_its_own(self, support: Support) -> None:
        support.tell(
            created(0), sent(1, "bot"), status("resolved", 2, by="bot"), created(0, "T2"), sent(5, ticket="T2")
        )
        assert (support.total("resolution_rate")["value"], support.total("resolution_rate_bot")["value"]) == (50, 100)
        assert support.total("first_response_time")["n"] == 1
        assert support.total("one_touch_rate")["n"] == 0


class TestMergedSpamDeleted:
    def test_merged(self, support: Support) -> None:
        """zammad #1741: it was counted as created."""
        support.tell(created(0), created(1, "T2"), sent(5, ticket="T2"), told("ticket.merged", 9, "T2", into="T1"))
        assert support.total("ticket_volume")["n"] == 1
        assert support.total("first_response_time")["n"] == 0
        assert support.rows("backlog", "day", "2026-03-02", "2026-03-02") == {"2026-03-02": 1}

    def test_merged_by_mistake(self, support: Support) -> None:
        support.tell(created(0), sent(5), told("ticket.merged", 9, into="T2"), told("ticket.merged", 15, into=None))
        assert (support.total("ticket_volume")["n"], support.total("first_response_time")["value"]) == (1, 300)

    def test_merging_is_no_answer(self, support: Support) -> None:
        """LiveAgent #19051: what a desk writes into the other ticket is of nobody."""
        support.tell(
            created(0), created(1, "T2"), told("ticket.merged", 9, "T2", into="T1"), sent(9, "system"), sent(30)
        )
        assert support.total("first_response_time")["value"] == 30 * MINUTE
        assert support.total("response_time")["n"] == 1

    def test_spam_after_a_reply(self, support: Support) -> None:
        """All of it leaves, in the past too; the target does not run on (LiveAgent #18013)."""
        support.settle(targets={"email": {"first_response": 600}})
        support.tell(created(0), sent(60), created(0, "T2"), sent(5, ticket="T2"))
        assert support.total("answered_within_target")["value"] == 50
        support.tell(status("spam", 3 * A_DAY))
        assert (support.total("ticket_volume")["n"], support.total("first_response_time")["value"]) == (1, 300)
        assert support.total("answered_within_target")["value"] == 100

    def test_what_was_not_spam_is_back(self, support: Support) -> None:
        support.tell(created(0), sent(5), status("resolved", 9), status("spam", A_DAY), status("resolved", 2 * A_DAY))
        assert support.total("resolved_volume")["n"] == 1
        assert support.total("full_resolution_time")["value"] == 9 * MINUTE
        assert support.total("reopen_rate")["value"] == 0

    def test_a_deleted_tickets_rating_stays(self, support: Support) -> None:
        support.tell(created(0), status("deleted", A_DAY), rated(5, 30))
        assert (support.total("ticket_volume")["n"], support.total("csat")["n"]) == (0, 1)

    def test_a_note_is_no_response(self, support: Support) -> None:
        """LiveAgent #22358, Freshdesk's public notes: what the customer does not see answers nothing."""
        support.tell(created(0), sent(3, public=False), sent(20), status("resolved", 30), sent(40, public=False))
        assert support.total("first_response_time")["value"] == 20 * MINUTE
        assert (support.total("response_time")["n"], support.total("one_touch_rate")["value"]) == (1, 100)

    def test_an_acknowledgement_is_no_response(self, support: Support) -> None:
        support.tell(created(0), sent(0, "system", auto=True), sent(1, auto=True), sent(20))
        assert support.total("first_response_time")["value"] == 20 * MINUTE


class TestChartsAndTables:
    def test_tag_filters_multiply_no_counts(self, support: Support) -> None:
        """Zendesk's total of a report by tag counts a ticket once a tag."""
        support.tell(created(0, tags=["a", "b"]), sent(5), created(0, "T2", tags=["b"]))
        found = support.report(by="tag", metrics=["ticket_volume"])
        assert found["overlapping"] is True
        assert found["total"]["ticket_volume"]["n"] == 2
        assert support.rows("ticket_volume", "tag") == {"a": 1, "b": 2}
        assert support.total("first_response_time", by="tag")["n"] == 1

    def test_the_eleventh_tag_is_right(self, support: Support) -> None:
        """LiveAgent #19336: only the first ten were."""
        tags = [f"tag{number:02d}" for number in range(14)]
        support.tell(created(0, tags=tags), sent(5), status("resolved", 9))
        assert support.rows("ticket_volume", "tag") == dict.fromkeys(tags, 1)
        assert support.rows("full_resolution_time", "tag") == dict.fromkeys(tags, 540)

    def test_a_late_tag_has_all_of_the_ticket(self, support: Support) -> None:
        """LiveAgent's report counts only from the moment at which the tag was added."""
        support.tell(created(0), sent(5), told("ticket.tagged", A_DAY, add_tags=["vip"]))
        assert support.rows("first_response_time", "tag") == {"vip": 300}
        assert support.rows("ticket_volume", "tag") == {"vip": 1}

    def test_doubled_chats(self, support: Support) -> None:
        """LiveAgent #20536, #17790: several agents rang, two joined, and the desk told all of it twice."""
        chat = {"contact": "c1", "media": "chat"}
        support.tell(
            created(0, channel="chat"),
            told("live.queued", 0, **chat),
            told("live.answered", 0.5, agent="eva", **chat),
            told("live.answered", 3, id_="again", agent="max", **chat),
            told("live.ended", 9, outcome="handled", **chat),
        )
        assert support.rows("pickup_time", "agent") == {"eva": 30}
        assert (support.total("pickup_time")["n"], support.total("service_level")["n"]) == (1, 1)

    def test_rows_add_up_to_the_total(self, support: Support) -> None:
        support.tell(
            created(0, department="a"), sent(5), status("resolved", 9),
            created(A_DAY, "T2", channel="chat"), sent(A_DAY + 1, ticket="T2", author="max"),
            created(A_DAY, "T3", department="b"), status("closed", A_DAY + 2, "T3"), rated(2, A_DAY + 3, "T3"),
        )  # fmt: skip
        for by in ("channel", "agent", "department", "day", "week", "month"):
            found = support.report(by=by)
            for name in ("ticket_volume", "resolved_volume", "first_response_time", "resolution_rate", "csat"):
                assert sum(row["metrics"][name]["n"] for row in found["rows"]) == found["total"][name]["n"]


class TestPopulations:
    def test_what_was_closed_and_how_long_it_took_are_the_same_tickets(self, support: Support) -> None:
        """freescout #4125: one by the closing day, the other one by creation."""
        support.tell(
            opened("2026-03-31T10:00:00Z"),
            on("status.changed", "2026-04-01T10:00:00Z", status="closed"),
            opened("2026-04-02T10:00:00Z", "T2"),
            on("status.changed", "2026-04-02T12:00:00Z", "T2", status="closed"),
        )
        assert support.total("resolved_volume", *APRIL)["n"] == support.total("full_resolution_time", *APRIL)["n"] == 2
        assert support.total("resolved_volume", *MARCH)["n"] == support.total("full_resolution_time", *MARCH)["n"] == 0

    def test_a_share_is_of_the_same_tickets(self, support: Support) -> None:
        """Groove's ratio is of tickets that are no subset; here solving an old one raises no share over 100 %."""
        support.tell(
            opened("2026-03-31T10:00:00Z"),
            on("status.changed", "2026-04-01T10:00:00Z", status="resolved"),
            opened("2026-04-02T10:00:00Z", "T2"),
            on("status.changed", "2026-04-02T12:00:00Z", "T2", status="resolved"),
        )
        assert support.total("resolution_rate", *APRIL)["value"] == 100
        assert support.total("closing_ratio", *APRIL)["value"] == 200

    def test_response_rate_under_a_filter(self, support: Support) -> None:
        """Chatwoot divides the filtered answers by all the surveys there are."""
        support.tell(
            *(created(0, f"T{number}", agent="eva" if number < 2 else "max") for number in range(5)),
            *(asked(10, f"T{number}") for number in range(5)),
            rated(5, 20, "T0"),
        )
        assert support.rows("survey_response_rate", "agent") == {"eva": 50, "max": 0}
        assert support.total("survey_response_rate", slice="agent:eva", by="day")["denominator"] == 2
        assert support.total("survey_response_rate")["value"] == 20

    def test_one_old_ticket_does_not_skew(self, support: Support) -> None:
        """freescout #1096: the mean does, so the value is the median."""
        support.tell(
            created(0, "old"),
            sent(20 * A_DAY, ticket="old"),
            *(one for number in range(4) for one in (created(0, f"T{number}"), sent(10, ticket=f"T{number}"))),
        )
        found = support.total("first_response_time")
        assert (found["value"], found["median"]) == (600, 600)
        assert found["mean"] > 24 * HOUR


class TestDurations:
    def test_a_later_edit_makes_no_ticket_longer(self, support: Support) -> None:
        """django-helpdesk takes the last change of the ticket for its resolution."""
        support.tell(
            created(0),
            status("resolved", AN_HOUR),
            told("ticket.updated", 9 * A_DAY, fields={"note": "paid"}),
            told("ticket.assigned", 9 * A_DAY, agent="max"),
        )
        assert support.total("full_resolution_time")["value"] == HOUR

    def test_23_hours_are_not_0_days(self, support: Support) -> None:
        support.tell(created(0), status("resolved", 23 * AN_HOUR))
        assert support.total("full_resolution_time")["value"] == 23 * HOUR

    @pytest.mark.parametrize(("seconds", "share"), [(600, 100), (601, 0)])
    def test_the_last_second_of_a_target_is_in_time(self, support: Support, seconds: int, share: float) -> None:
        support.settle(targets={"email": {"first_response": 600}})
        support.tell(created(0), sent(seconds / MINUTE))
        assert support.total("answered_within_target")["value"] == share

    def test_resolving_without_a_word_meets_no_target(self, support: Support) -> None:
        support.settle(targets={"email": {"first_response": 600}})
        support.tell(created(0), status("resolved", 1))
        assert support.total("answered_within_target")["value"] == 0

    def test_a_wait_is_measured_where_no_target_is_set(self, support: Support) -> None:
        """Zammad's response times are empty without a matching agreement: zammad #4516."""
        support.tell(created(0), sent(5), sent(10, "customer"), sent(14))
        assert support.total("first_response_time")["value"] == 300
        assert support.total("next_response_time")["value"] == 240
        assert support.total("answered_within_target")["n"] == 0

    def test_time_with_the_customer_is_told_apart(self, support: Support) -> None:
        support.tell(created(0), status("pending", 10), status("open", 70), status("resolved", 90))
        assert support.total("requester_wait_time")["value"] == 30 * MINUTE
        assert support.total("agent_wait_time")["value"] == HOUR


class TestSurveys:
    def test_scanner_double_click(self, support: Support) -> None:
        """freescout #1743: the same answer twice is one, on the day of the first."""
        support.tell(created(0), asked(10), rated(4, 20), rated(4, A_DAY + 20))
        assert support.rows("csat", "day", key="n") == {"2026-03-02": 1}
        assert support.total("survey_response_rate")["numerator"] == 1

    def test_a_scanners_vote_is_taken_out_and_may_come_back(self, support: Support) -> None:
        support.tell(created(0), rated(1, 20), told("survey.invalidated", 30, kind="csat", reason="scanner"))
        assert support.total("csat")["n"] == 0
        support.tell(told("survey.restored", 40, kind="csat"))
        assert support.total("csat")["distribution"] == {"1": 1}

    def test_second_rating(self, support: Support) -> None:
        """freescout #4908: the later one stands in place of the first, on its own day."""
        support.tell(created(0), rated(1, 20), rated(5, A_DAY))
        assert support.total("csat")["distribution"] == {"5": 1}
        assert support.rows("csat", "day", key="n") == {"2026-03-03": 1}

    def test_one_customer_may_rate_at_several_touch_points(self, support: Support) -> None:
        """chatwoot #4526: not only once in a conversation."""
        support.tell(created(0), rated(5, 20, touchpoint="chat"), rated(2, 50, survey="s2", touchpoint="resolved"))
        assert support.rows("csat", "touchpoint", key="n") == {"chat": 1, "resolved": 1}
        assert support.total("csat")["n"] == 2

    def test_several_questions_of_one_survey(self, support: Support) -> None:
        """chatwoot #6506: each kind is counted on its own."""
        support.tell(
            created(0), rated(5, 20, survey="s"), rated(3, 20, survey="s", kind="ces"),
            rated(0, 20, survey="s", kind="nps", scale=[0, 10]),
        )  # fmt: skip
        found = support.report()["total"]
        assert [found[name]["n"] for name in ("csat", "ces", "nps")] == [1, 1, 1]
        assert found["nps"]["distribution"] == {"0": 1}

    def test_unlike_scales_are_not_pooled(self, support: Support) -> None:
        support.tell(created(0), rated(3, 20, scale=[1, 3]), created(0, "T2"), rated(3, 20, "T2"))
        assert (support.total("csat")["value"], set(support.total("csat")["parts"])) == (None, {"1-3", "1-5"})

    def test_rating_after_reassignment(self, support: Support) -> None:
        """Given away after a bad answer was due: it stays with who had the ticket when it was asked."""
        support.tell(
            created(0, agent="eva", department="a"),
            asked(10),
            told("ticket.assigned", 15, agent="max"),
            told("ticket.moved", 15, department="b"),
            rated(1, 20),
            told("ticket.assigned", A_DAY, agent="ida"),
        )
        assert support.rows("csat", "agent", key="n") == {"eva": 1}
        assert support.rows("csat", "department", key="n") == {"a": 1}

    def test_late_survey_answer_in_the_next_period(self, support: Support) -> None:
        """The answer is of April, what was sent in March was answered in time."""
        support.tell(
            opened("2026-03-30T10:00:00Z"),
            on("survey.sent", "2026-03-30T11:00:00Z", kind="csat"),
            on("survey.answered", "2026-04-02T11:00:00Z", kind="csat", score=5, scale=[1, 5]),
        )
        assert (support.total("csat", *MARCH)["n"], support.total("csat", *APRIL)["n"]) == (0, 1)
        assert support.total("survey_response_rate", *MARCH)["value"] == 100
        assert support.total("survey_response_rate", *APRIL)["n"] == 0

    def test_an_answer_after_a_week_counts_but_not_as_a_response(self, support: Support) -> None:
        support.tell(created(0), asked(10), rated(5, 10 + 7 * A_DAY + 1))
        assert support.total("survey_response_rate")["value"] == 0
        assert support.total("csat")["n"] == 1

    def test_no_answers_are_no_zero(self, support: Support) -> None:
        """Chatwoot shows 0 % where nobody answered."""
        support.tell(created(0), asked(10))
        assert (support.total("csat")["value"], support.total("nps")["value"]) == (None, None)

    def test_what_the_desk_never_sent_has_no_response_rate(self, support: Support) -> None:
        support.tell(created(0), rated(5, 20))
        assert support.total("survey_response_rate")["value"] is None
        assert "did not tell" in support.total("survey_response_rate")["note"]
