"""Responses, waits and first resolutions: histories whose figures can be worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from integrations.times import MINUTE, instant
from tests.workers.stories import at, counted, created, sent, status, told
from tests.workers.test_metrics import LATER, MONDAY_DAY, figure, sums_of
from workers.metrics import METRICS, facts_of, figures_of, with_business_time
from workers.metrics.base import Counted
from workers.metrics.facts import Fact

OPEN = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
#: Monday to Friday from nine to five in Zagreb.
OFFICE: dict[str, Any] = {"schedule": "main", "schedules": {"main": OPEN}}
ROBO: dict[str, Any] = {"bots": {"authors": ["robo"]}}


def when(text: str, zone: str = "Europe/Zagreb") -> float:
    """Minutes after Monday morning of a local time such as `2026-03-02 09:00`."""
    moment = instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))
    return (moment - at(0)) / MINUTE


def facts(ticket: Counted, measure: str) -> list[Fact]:
    """The facts of one measure, in the order of their days."""
    return sorted((fact for fact in facts_of(ticket) if fact.measure == measure), key=lambda fact: fact.day)


def seconds(ticket: Counted, measure: str) -> list[int | None]:
    """The durations of one measure."""
    return [fact.value for fact in facts(ticket, measure)]


def both(ticket: Counted, measure: str) -> tuple[list[int | None], list[int | None]]:
    """The durations of one measure in calendar and in business time."""
    return seconds(ticket, measure), seconds(ticket, f"{measure}_business")


def days(ticket: Counted, measure: str) -> list[str]:
    """The local days of one measure's facts."""
    return [_date(fact.day).isoformat() for fact in facts(ticket, measure)]


def who(ticket: Counted, measure: str) -> list[tuple[str, str]]:
    """Agent and department of one measure's facts."""
    pairs = [dict(fact.slices.pairs) for fact in facts(ticket, measure)]
    return [(each["agent"], each["department"]) for each in pairs]


def _date(day: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day)


class TestNextResponse:
    def test_two_messages_before_one_reply_wait_since_the_first(self) -> None:
        ticket = counted(created(), sent(1), sent(10, "customer"), sent(25, "customer"), sent(40))
        assert seconds(ticket, "next_response_time") == [30 * 60]

    def test_it_is_credited_to_who_replied_and_the_department_then(self) -> None:
        story = (
            created(department="sales"), sent(1), sent(10, "customer"),
            told("ticket.moved", 12, department="billing"), sent(20, author="jo"),
            told("ticket.moved", 30, department="legal"), told("ticket.assigned", 31, agent="zoe"),
        )  # fmt: skip
        ticket = counted(*story)
        assert who(ticket, "next_response_time") == [("jo", "billing")]
        assert who(ticket, "first_response_time") == [("eva", "sales")]

    def test_notes_automatic_messages_and_bots_answer_nobody(self) -> None:
        silent = (sent(11, public=False), sent(12, auto=True), sent(13, "bot"), sent(14, author="robo"))
        ticket = counted(created(), sent(1), sent(10, "customer"), *silent, sent(40), **ROBO)
        assert seconds(ticket, "next_response_time") == [30 * 60]

    def test_a_wait_that_has_not_ended_is_in_no_figure(self) -> None:
        ticket = counted(created(), sent(1), sent(10, "customer"))
        assert figure("next_response_time", ticket).n == 0
        assert figure("closed_without_reply", ticket).value is None

    def test_each_counts_on_the_day_of_its_reply(self) -> None:
        story = (
            created(when("2026-03-02 09:00")), sent(when("2026-03-02 09:05")),
            sent(when("2026-03-02 23:50"), "customer"), sent(when("2026-03-03 00:10")),
        )  # fmt: skip
        ticket = counted(*story)
        assert days(ticket, "next_response_time") == ["2026-03-03"]
        assert days(ticket, "first_response_time") == ["2026-03-02"]

    def test_time_as_spam_is_in_no_wait(self) -> None:
        away = (status("spam", 15), status("open", 25))
        ticket = counted(created(), sent(1), sent(10, "customer"), *away, sent(40))
        assert seconds(ticket, "next_response_time") == [20 * 60]

    def test_clocks_that_disagree_make_no_negative_wait(self) -> None:
        ticket = counted(created(10), sent(5), sent(12, "customer"), sent(12.5), **OFFICE)
        assert both(ticket, "first_response_time") == ([0], [0])
        assert both(ticket, "next_response_time") == ([30], [30])


class TestClosedWithoutReply:
    STORY: ClassVar[tuple[Event, ...]] = (
        created(department="sales"),
        sent(1),
        sent(10, "customer"),
        told("ticket.moved", 20, department="billing"),
        status("resolved", when("2026-03-03 10:00"), by="agent", author="jo"),
    )

    def test_a_wait_that_a_resolution_ends_is_counted_apart(self) -> None:
        found = figure("closed_without_reply", counted(*self.STORY))
        assert (found.value, found.unit, found.n) == (1, "waits", 1)
        assert figure("next_response_time", counted(*self.STORY)).n == 0

    def test_on_the_day_of_that_resolution_for_who_resolved_and_the_department_then(self) -> None:
        later = (
            told("ticket.moved", when("2026-03-04 10:00"), department="legal"),
            told("ticket.assigned", 9999, agent="x"),
        )
        ticket = counted(*self.STORY, *later)
        assert days(ticket, "closed_without_reply") == ["2026-03-03"]
        assert who(ticket, "closed_without_reply") == [("jo", "billing")]

    def test_it_stays_when_the_ticket_is_opened_again_and_the_new_wait_is_its_own(self) -> None:
        back = when("2026-03-05 10:00")
        ticket = counted(*self.STORY, sent(back, "customer"), status("open", back), sent(back + 7))
        assert len(facts(ticket, "closed_without_reply")) == 1
        assert seconds(ticket, "next_response_time") == [7 * 60]

    def test_a_ticket_that_was_never_answered_is_not_among_them(self) -> None:
        ticket = counted(created(), sent(1, "customer"), status("resolved", 9))
        assert figure("closed_without_reply", ticket).n == 0

    def test_several_of_one_ticket_count_each(self) -> None:
        again = (status("open", 30), sent(40, "customer"), status("closed", 50))
        ticket = counted(created(), sent(1), sent(10, "customer"), status("resolved", 20), *again)
        assert figure("closed_without_reply", ticket).value == 2


class TestBots:
    def test_after_a_bot_the_wait_begins_at_the_handover_and_the_time_from_creation_stands_beside_it(self) -> None:
        ticket = counted(created(), sent(0.5, "bot"), told("ticket.handover", 10), sent(14))
        assert seconds(ticket, "first_response_time") == [4 * 60]
        assert seconds(ticket, "first_response_time_from_creation") == [14 * 60]

    def test_opened_again_after_a_bot_had_solved_it(self) -> None:
        bot = (sent(1, "bot"), status("resolved", 2, by="bot"))
        back = (sent(100, "customer"), status("open", 100), told("ticket.handover", 105), sent(125))
        solved = status("resolved", 130, by="agent", author="jo")
        ticket = counted(created(agent="ivo"), *bot, *back, solved)
        assert seconds(ticket, "first_response_time") == [20 * 60]
        assert seconds(ticket, "first_resolution_time") == [2 * 60]
        assert seconds(ticket, "requester_wait_time") == [(2 + 30) * 60]
        assert who(ticket, "first_resolution_time") == [("ivo", "")]

    def test_a_bot_that_takes_over_later_does_not_take_the_first_response_away(self) -> None:
        first = (created(), sent(5), status("resolved", 6))
        later = (sent(100, "customer"), status("open", 100), sent(101, "bot"), told("ticket.handover", 110), sent(115))
        ticket = counted(*first, *later)
        assert seconds(ticket, "first_response_time") == [5 * 60]
        assert seconds(ticket, "next_response_time") == [15 * 60]

    def test_without_a_handover_a_bot_changes_nothing(self) -> None:
        ticket = counted(created(), sent(0.5, "bot"), sent(14))
        assert seconds(ticket, "first_response_time") == [14 * 60]
        assert facts(ticket, "first_response_time_from_creation") == []


class TestFromCreation:
    def test_a_live_start_is_answered_from_the_queue_and_from_creation(self) -> None:
        queued = told("live.queued", 3, contact="c1", media="chat")
        ticket = counted(created(channel="chat"), queued, sent(5), **OFFICE)
        assert both(ticket, "first_response_time") == ([120], [120])
        assert both(ticket, "first_response_time_from_creation") == ([300], [300])

    def test_outbound_there_is_none(self) -> None:
        ticket = counted(created(by="agent"), sent(0), sent(30, "customer"), sent(50))
        assert seconds(ticket, "first_response_time") == [20 * 60]
        assert facts(ticket, "first_response_time_from_creation") == []

    def test_it_belongs_where_the_first_response_does(self) -> None:
        story = (created(), told("ticket.handover", 10), sent(when("2026-03-03 09:00"), author="jo"))
        ticket = counted(*story)
        (first,), (whole,) = (facts(ticket, f"first_response_time{end}") for end in ("", "_from_creation"))
        assert (first.day, first.slices) == (whole.day, whole.slices)

    def test_a_call_has_no_business_time_where_there_is_a_schedule(self) -> None:
        call = (told("live.queued", 1, contact="c", media="voice"), told("live.answered", 2, contact="c", agent="eva"))
        assert both(counted(created(channel="voice"), *call, **OFFICE), "first_response_time") == ([60], [])

    def test_a_chat_that_follows_an_answered_letter_moves_no_first_response(self) -> None:
        later = when("2026-03-03 10:00")
        chat = (told("live.queued", later, contact="c", media="chat"), sent(later + 1))
        ticket = counted(created(), sent(60), *chat)
        assert seconds(ticket, "first_response_time") == [3600]
        assert days(ticket, "first_response_time") == ["2026-03-02"]


class TestPooled:
    STORY: ClassVar[tuple[Event, ...]] = (
        created(), sent(10), sent(20, "customer"), sent(21), sent(30, "customer"), sent(33),
    )  # fmt: skip

    def test_every_wait_that_a_person_ended_is_in_it_once(self) -> None:
        found = figure("response_time", counted(*self.STORY), counted(created(), sent(2)))
        assert (found.n, found.median, found.mean) == (4, 150, 240)

    def test_one_of_the_two_alone_is_told_as_it_is(self) -> None:
        only_first = counted(created(), sent(10))
        assert figure("response_time", only_first) == figure("first_response_time", only_first)

    def test_it_has_no_facts_and_reads_what_it_pools(self) -> None:
        (metric,) = (metric for metric in METRICS if metric.name == "response_time")
        declared = {measure for each in METRICS for measure in each.measures}
        assert not metric.measures
        assert set(metric.reads) <= declared

    def test_in_business_time_too(self) -> None:
        night = (created(when("2026-03-02 16:30")), sent(when("2026-03-03 09:30")))
        found = figure("response_time_business", counted(*night, **OFFICE), counted(*self.STORY, **OFFICE))
        assert (found.n, found.mean) == (4, (3600 + 600 + 60 + 180) / 4)

    def test_without_a_schedule_business_time_is_calendar_time(self) -> None:
        sums = with_business_time(sums_of(facts_of(counted(*self.STORY))), scheduled=False)
        made = figures_of(sums)
        assert made["response_time_business"] == made["response_time"]
        assert made["next_response_time_business"].n == 2

    @given(st.lists(st.lists(st.sampled_from(["customer", "agent", "bot"]), max_size=8), max_size=6))
    def test_it_is_the_two_together_in_any_history(self, histories: list[list[str]]) -> None:
        tickets = [counted(created(), *(sent(3 * n + 1, by) for n, by in enumerate(steps))) for steps in histories]
        first, later, all_ = (figure(f"{name}response_time", *tickets) for name in ("first_", "next_", ""))
        assert all_.n == first.n + later.n
        whole = (first.mean or 0) * first.n + (later.mean or 0) * later.n
        assert (all_.mean or 0) * all_.n == pytest.approx(whole)


class TestBusinessTime:
    def exchange(self, asked: str, replied: str, *between: Event, **more: Any) -> Counted:
        """A ticket of Monday morning that was answered at once; then the customer wrote, and got a reply."""
        return counted(
            created(department="day"), sent(0), sent(when(asked), "customer"), *between, sent(when(replied)), **more
        )

    def test_a_night_and_a_weekend_are_no_working_time(self) -> None:
        night = self.exchange("2026-03-02 16:30", "2026-03-03 09:30", **OFFICE)
        weekend = self.exchange("2026-03-06 16:00", "2026-03-09 10:00", **OFFICE)
        assert both(night, "next_response_time") == ([17 * 3600], [3600])
        assert both(weekend, "next_response_time") == ([66 * 3600], [7200])

    def test_a_wait_is_cut_where_the_schedule_changes_with_the_department(self) -> None:
        settings = {
            **OFFICE,
            "schedules": {"main": OPEN, "late": {"mon": ["17:00-23:00"], "tue": ["17:00-23:00"]}},
            "departments": {"night": {"schedule": "late"}},
        }
        moved = told("ticket.moved", when("2026-03-02 18:00"), department="night")
        # Until 17:00 by day, then nothing until the move at 18:00, then by night.
        ticket = self.exchange("2026-03-02 16:00", "2026-03-02 20:30", moved, **settings)
        assert both(ticket, "next_response_time") == ([4.5 * 3600], [3.5 * 3600])
        assert who(ticket, "next_response_time_business") == [("eva", "night")]

    @pytest.mark.parametrize(
        ("asked", "replied", "calendar", "business"),
        [
            ("2026-03-28 23:00", "2026-03-29 05:00", 5, 5),
            ("2026-10-24 23:00", "2026-10-25 05:00", 7, 7),
        ],
    )
    def test_right_across_the_clock_changes_of_zagreb(
        self, asked: str, replied: str, calendar: int, business: int
    ) -> None:
        always = {"schedule": "main", "schedules": {"main": {day: ["00:00-24:00"] for day in (*OPEN, "sat", "sun")}}}
        ticket = self.exchange(asked, replied, **always)
        assert both(ticket, "next_response_time") == ([calendar * 3600], [business * 3600])

    def test_office_hours_of_a_weekend_with_a_clock_change_are_as_always(self) -> None:
        ticket = self.exchange("2026-03-27 16:00", "2026-03-30 10:00", **OFFICE)
        assert both(ticket, "next_response_time") == ([65 * 3600], [2 * 3600])

    def test_a_month_ends_at_local_midnight(self) -> None:
        # 22:30 UTC on 30 April is half past midnight on 1 May two hours east of it.
        ticket = self.exchange("2026-04-30 23:30", "2026-05-01 00:30")
        assert days(ticket, "next_response_time") == ["2026-05-01"]
        assert days(counted(created(), status("resolved", when("2026-04-30 23:59"))), "first_resolution_time") == [
            "2026-04-30"
        ]

    def test_in_a_zone_of_half_hours(self) -> None:
        zone = "Asia/Kolkata"
        settings = {**OFFICE, "time_zone": zone}
        asked, replied = when("2026-03-03 16:45", zone), when("2026-03-04 09:15", zone)
        ticket = counted(created(when("2026-03-03 09:00", zone)), sent(when("2026-03-03 09:00", zone)),
                         sent(asked, "customer"), sent(replied), **settings)  # fmt: skip
        assert both(ticket, "next_response_time") == ([16.5 * 3600], [30 * 60])
        late = counted(created(when("2026-03-03 09:00", zone)), sent(when("2026-03-04 00:15", zone)), **settings)
        assert days(late, "first_response_time") == ["2026-03-04"]

    def test_halves_of_seconds_are_rounded_down_once(self) -> None:
        settings = {**OFFICE, "departments": {"night": {"schedule": "main"}}}
        half = 0.5 / 60
        ticket = self.exchange("2026-03-02 10:00", "2026-03-02 10:01", **settings)
        cut = counted(created(), sent(0), sent(10 + half, "customer"), status("spam", 11), status("open", 12),
                      sent(13 + half), **settings)  # fmt: skip
        assert both(ticket, "next_response_time") == ([60], [60])
        assert both(cut, "next_response_time") == ([120], [120])


class TestWithinTarget:
    NAME = "answered_within_target"
    TARGET: ClassVar[dict[str, Any]] = {"targets": {"email": {"first_response": 3600}}}

    def fact(self, *events: Event, **more: Any) -> tuple[str, int, str] | None:
        """Day, hit or miss, and the day on which it counts; None when the ticket has none."""
        found = facts(counted(*events, **{**self.TARGET, **more}), self.NAME)
        if not found:
            return None
        (fact,) = found
        assert fact.decided is not None
        return _date(fact.day).isoformat(), fact.total, _date(fact.decided).isoformat()

    @pytest.mark.parametrize(("minutes", "hit"), [(0, 1), (59, 1), (60, 1), (60.001, 0), (9999, 0)])
    def test_a_response_by_the_due_instant_is_in_time(self, minutes: float, hit: int) -> None:
        assert self.fact(created(), sent(minutes)) == ("2026-03-02", hit, "2026-03-03")

    def test_hits_and_misses_of_a_day_are_decided_together_and_the_unanswered_are_missed(self) -> None:
        tickets = [counted(created(), *story, **self.TARGET) for story in ([sent(1)], [sent(99)], [])]
        young, old = (figure(self.NAME, *tickets, as_of=MONDAY_DAY + age) for age in (0, 1))
        assert (young.n, young.undecided, young.value) == (0, 3, None)
        assert (old.numerator, old.denominator, old.undecided) == (1, 3, None)

    def test_it_counts_when_the_day_of_the_due_instant_is_over(self) -> None:
        late = when("2026-03-02 23:30")
        assert self.fact(created(late), sent(late + 1)) == ("2026-03-02", 1, "2026-03-04")
        assert self.fact(created(late)) == ("2026-03-02", 0, "2026-03-04")

    def test_an_answered_ticket_that_goes_on_changes_no_more(self) -> None:
        story = [created(), sent(30)]
        later = [sent(90, "customer"), sent(100), status("resolved", 200), status("open", 300),
                 told("ticket.moved", 400, department="b"), told("ticket.handover", 500)]  # fmt: skip
        assert {self.fact(*story, *later[:count]) for count in range(len(later) + 1)} == {
            ("2026-03-02", 1, "2026-03-03")
        }

    def test_no_target_no_fact(self) -> None:
        assert self.fact(created(channel="chat"), sent(1)) is None
        assert self.fact(created(), sent(1), targets={}) is None
        assert figure(self.NAME, counted(created(), sent(1))).value is None

    def test_a_ticket_that_we_opened_is_out(self) -> None:
        assert self.fact(created(by="agent"), sent(0), sent(5, "customer"), sent(6)) is None

    def test_resolved_without_a_response_or_answered_by_a_bot_alone_is_missed(self) -> None:
        assert self.fact(created(), status("resolved", 5)) == ("2026-03-02", 0, "2026-03-03")
        assert self.fact(created(), sent(1, "bot"), sent(2, auto=True), sent(3, public=False)) == (
            "2026-03-02", 0, "2026-03-03",
        )  # fmt: skip

    def test_after_a_handover_it_is_due_so_long_after_that(self) -> None:
        bot = (created(), sent(1, "bot"), told("ticket.handover", 300))
        assert self.fact(*bot, sent(359)) == ("2026-03-02", 1, "2026-03-03")
        assert self.fact(*bot, sent(361)) == ("2026-03-02", 0, "2026-03-03")

    def test_where_a_schedule_is_in_force_the_target_is_working_time(self) -> None:
        friday = when("2026-03-06 16:30")
        assert self.fact(created(friday), sent(when("2026-03-09 09:30")), **OFFICE) == (
            "2026-03-06", 1, "2026-03-10",
        )  # fmt: skip
        assert self.fact(created(friday), sent(when("2026-03-09 09:31")), **OFFICE) == (
            "2026-03-06", 0, "2026-03-10",
        )  # fmt: skip

    def test_a_clock_change_on_the_way_moves_nothing(self) -> None:
        friday = when("2026-03-27 16:30")
        assert self.fact(created(friday), sent(when("2026-03-30 09:30")), **OFFICE) == (
            "2026-03-27", 1, "2026-03-31",
        )  # fmt: skip

    def test_being_moved_later_makes_nothing_due_earlier_or_later(self) -> None:
        settings = {
            **OFFICE,
            "schedules": {"main": OPEN, "never": {}},
            "departments": {"night": {"schedule": "never"}},
            "targets": {"email": {"first_response": 3600}, "chat": {"first_response": 60}},
        }
        moved = told("ticket.moved", 10, department="night", channel="chat")
        assert self.fact(created(), moved, sent(60), **settings) == ("2026-03-02", 1, "2026-03-03")
        assert self.fact(created(), moved, sent(61), **settings) == ("2026-03-02", 0, "2026-03-03")

    def test_where_it_is_at_the_handover_decides(self) -> None:
        settings = {**OFFICE, "schedules": {"main": OPEN, "all": {"mon": ["00:00-24:00"]}},
                    "departments": {"night": {"schedule": "all"}}}  # fmt: skip
        moved = told("ticket.moved", when("2026-03-02 20:00"), department="night")
        handed = told("ticket.handover", when("2026-03-02 21:00"))
        assert self.fact(created(), moved, handed, sent(when("2026-03-02 22:00")), **settings) == (
            "2026-03-02", 1, "2026-03-03",
        )  # fmt: skip

    def test_what_is_never_due_has_no_fact(self) -> None:
        never = {"schedule": "main", "schedules": {"main": {}}}
        assert self.fact(created(), **never) is None
        assert self.fact(created(), sent(1), **never) is None

    def test_a_call_is_due_in_calendar_time_from_its_queue(self) -> None:
        night = when("2026-03-02 20:00")
        call = (told("live.queued", night, contact="c", media="voice"),)
        settings = {**OFFICE, "targets": {"voice": {"first_response": 20}}}
        answered = told("live.answered", night + 0.3, contact="c", agent="eva")
        story = (created(night - 1, channel="voice"), *call)
        assert self.fact(*story, answered, **settings) == ("2026-03-02", 1, "2026-03-03")
        assert self.fact(*story, **settings) == ("2026-03-02", 0, "2026-03-03")

    def test_it_is_credited_as_all_that_is_counted_by_creation(self) -> None:
        story = (created(agent="ivo", department="sales"), sent(5), told("ticket.moved", 9, department="legal"))
        assert who(counted(*story, **self.TARGET), self.NAME) == [("eva", "sales")]
        assert who(counted(story[0], **self.TARGET), self.NAME) == [("ivo", "sales")]

    @given(st.lists(st.sampled_from(["customer", "agent", "bot", "resolved", "open", "spam"]), max_size=8))
    def test_what_happens_after_the_due_day_turns_no_decided_miss(self, steps: list[str]) -> None:
        words = ("resolved", "open", "spam")
        later = [
            status(step, 3000 + n) if step in words else sent(3000 + n, step) for n, step in enumerate([*steps, "open"])
            if step != "agent" or n
        ]  # fmt: skip
        assert self.fact(created(), *later) == ("2026-03-02", 0, "2026-03-03")


class TestFirstResolution:
    def test_it_stays_when_the_ticket_is_open_again(self) -> None:
        story = (created(), status("resolved", 10), status("open", 20))
        assert seconds(counted(*story), "first_resolution_time") == [600]
        assert seconds(counted(*story, status("closed", 60)), "first_resolution_time") == [600]
        assert facts(counted(created(), sent(1)), "first_resolution_time") == []

    def test_it_belongs_to_its_own_day_solver_and_department(self) -> None:
        ticket = counted(
            created(department="sales"),
            status("resolved", 10, by="agent", author="jo"),
            status("open", 20),
            told("ticket.moved", 30, department="legal"),
            status("closed", when("2026-03-09 10:00"), by="agent", author="max"),
        )
        assert (days(ticket, "first_resolution_time"), who(ticket, "first_resolution_time")) == (
            ["2026-03-02"], [("jo", "sales")],
        )  # fmt: skip
        assert who(ticket, "full_resolution_time") == [("max", "legal")]

    def test_in_business_time_too(self) -> None:
        ticket = counted(created(when("2026-03-06 16:00")), status("resolved", when("2026-03-09 10:00")), **OFFICE)
        assert both(ticket, "first_resolution_time") == ([66 * 3600], [7200])

    def test_a_solution_before_creation_took_no_time(self) -> None:
        assert seconds(counted(created(10), status("resolved", 5)), "first_resolution_time") == [0]


class TestWaits:
    NAMES = ("requester_wait_time", "agent_wait_time", "on_hold_time")

    def waits(self, *events: Event, **more: Any) -> list[list[int | None]]:
        return [seconds(counted(created(), *events, **more), name) for name in self.NAMES]

    def test_each_span_is_in_what_it_was_a_wait_for(self) -> None:
        life = (status("open", 1), status("pending", 3), status("on_hold", 7), status("open", 15), status("closed", 31))
        assert self.waits(*life) == [[27 * 60], [4 * 60], [8 * 60]]

    def test_waits_go_on_when_a_ticket_is_opened_again_and_being_solved_is_none(self) -> None:
        life = (status("resolved", 10), status("pending", 100), status("resolved", 103))
        assert self.waits(*life) == [[600], [180], [0]]

    def test_what_never_was_on_hold_counts_as_zero(self) -> None:
        long = counted(created(), status("on_hold", 0), status("resolved", 10))
        found = figure("on_hold_time", counted(created(), status("resolved", 5)), long)
        assert (found.n, found.value) == (2, 300)

    def test_a_ticket_that_is_not_solved_now_has_none(self) -> None:
        assert self.waits(status("open", 1)) == [[], [], []]
        assert self.waits(status("resolved", 1), status("open", 2)) == [[], [], []]

    def test_time_as_spam_or_deleted_is_in_none(self) -> None:
        assert self.waits(status("spam", 10), status("pending", 60), status("resolved", 65)) == [[600], [300], [0]]

    def test_on_the_day_of_the_last_resolution_for_who_resolved(self) -> None:
        end = when("2026-03-04 10:00")
        ticket = counted(created(), status("resolved", 5), status("open", 6),
                         status("closed", end, by="agent", author="jo"))  # fmt: skip
        assert {days(ticket, name)[0] for name in self.NAMES} == {"2026-03-04"}
        assert {who(ticket, name)[0] for name in self.NAMES} == {("jo", "")}

    def test_in_business_time_by_the_schedule_where_the_ticket_was(self) -> None:
        friday, monday = when("2026-03-06 16:00"), when("2026-03-09 10:00")
        ticket = counted(created(friday), status("pending", monday), status("resolved", monday + 60), **OFFICE)
        assert both(ticket, "requester_wait_time") == ([66 * 3600], [7200])
        assert both(ticket, "agent_wait_time") == ([3600], [3600])
        assert both(ticket, "on_hold_time") == ([0], [0])


@pytest.mark.parametrize("end", [status("deleted", 99), status("spam", 99), told("ticket.merged", 99, into="T2")])
def test_what_counts_nowhere_counts_in_none_of_these(end: Event) -> None:
    story = (created(), sent(1), sent(2, "customer"), status("resolved", 9))
    settings = {"targets": {"email": {"first_response": 60}}}
    measures = {fact.measure for fact in facts_of(counted(*story, end, **settings))}
    assert facts_of(counted(*story, **settings))
    assert measures == set()


def test_ours_are_timed_but_have_no_target() -> None:
    story = (
        created(by="agent"),
        sent(0),
        sent(10, "customer"),
        sent(15),
        sent(20, "customer"),
        sent(28),
        status("closed", 30),
    )
    sums = sums_of(facts_of(counted(*story, targets={"email": {"first_response": 60}})), LATER)
    assert (sums["first_response_time"].total, sums["next_response_time"].total) == (300, 480)
    assert (sums["first_resolution_time"].total, sums["requester_wait_time"].total) == (1800, 1800)
    assert "answered_within_target" not in sums
