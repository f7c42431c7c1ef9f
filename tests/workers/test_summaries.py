"""Summaries: one object in the desk for each day and week, whatever fails, saying what the report says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from integrations.events import event
from integrations.generic.simulator import Simulator
from integrations.generic.webhook import Generic
from integrations.session import Session
from integrations.times import DAY, HOUR, MINUTE, SECOND
from tests.desks.serving import serving
from tests.workers.small_world import a_week, answer, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account, row, rows
from workers import wording
from workers.accounts import Account
from workers.periods import day_of
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts, schema
from workers.summaries import LOOK_AGAIN, marker_of, sum_up
from workers.summary_text import without_persons
from workers.sweep import sweep
from workers.wording.language import language

SECRET = "whsec_a2V5"
#: As a session has them, but for its patience.
KWDEFAULTS = {**(Session.__init__.__kwdefaults__ or {}), "timeout": (1.0, 0.4)}
YESTERDAY = day_of(date(2026, 3, 17))
LAST_WEEK = day_of(date(2026, 3, 9))
HEADINGS = ["What changed", "Where", "What customers said", "What to do next"]


@pytest.fixture
def bridge(clock: Clock) -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(5)
    simulator.connect("", SECRET)
    clock.now = at("2026-03-18 08:00")
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with serving(simulator.app) as url:
        yield simulator, url
    simulator.release()


@pytest.fixture
def desk(bridge: tuple[Simulator, str]) -> Simulator:
    return bridge[0]


@pytest.fixture
def account(runtime: Runtime, bridge: tuple[Simulator, str]) -> Account:
    made = add_account(runtime, "acme", desk="generic", url=bridge[1])
    made = replace(made, credentials={"secret": SECRET})
    with runtime.database.write() as connection:
        accounts.save(connection, made, runtime.vault)
    people = {"agent": {"7": "Eva Horvat"}}
    yesterday = [
        ticket("1", "2026-03-17 10:00", answered=10, resolved=100, csat=1, comment="Eva never called, a@b.example"),
        ticket("2", "2026-03-17 11:00", channel="chat", answered=2, resolved=30, csat=5, comment="Great"),
    ]
    tell(runtime, made, *yesterday, *a_week("2026-03-02", 14, "w", answered=20, resolved=90, csat=4), names=people)
    return made


def daily(runtime: Runtime) -> None:
    sum_up(runtime, "acme", "daily", YESTERDAY)


def only(desk: Simulator) -> dict[str, Any]:
    (found,) = desk.summaries.values()
    return found


def lines(found: dict[str, Any], heading: str) -> list[str]:
    (section,) = (one for one in found["sections"] if one["heading"] == heading)
    return list(section["lines"])


def everything(found: dict[str, Any]) -> str:
    return "\n".join((found["title"], *(line for one in found["sections"] for line in one["lines"])))


class TestText:
    def test_sections_come_in_the_order_in_which_a_lead_reads(
        self, runtime: Runtime, account: Account, desk: Simulator
    ) -> None:
        daily(runtime)
        assert [one["heading"] for one in only(desk)["sections"]] == HEADINGS
        assert only(desk)["title"] == "Deskpulse: Tuesday 17 March 2026"

    def test_a_day_is_compared_with_its_weekday_a_week_before(
        self, runtime: Runtime, account: Account, desk: Simulator
    ) -> None:
        daily(runtime)
        changed = lines(only(desk), "What changed")
        assert changed[0] == "Compared with Tuesday 10 March 2026"
        assert changed[1] == "Tickets: 2; 1 more than 1"
        assert changed[2] == "First response: median 6 min; 14 min faster than 20 min"

    def test_a_share_that_still_rises_is_told_and_not_compared(
        self, runtime: Runtime, account: Account, desk: Simulator
    ) -> None:
        daily(runtime)
        (resolved,) = [line for line in lines(only(desk), "What changed") if line.startswith("Resolved")]
        assert resolved == "Resolved so far: 100% (2 of 2, likely 34.2% to 100%)"

    def test_each_channel_has_a_line(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        daily(runtime)
        assert [line.split(":")[0] for line in lines(only(desk), "Where")] == ["E-mail", "Chat"]

    def test_a_week_compares_what_is_equally_old(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        sum_up(runtime, "acme", "weekly", LAST_WEEK)
        found = only(desk)
        assert found["title"] == "Deskpulse: the week from 9 March 2026 to 15 March 2026"
        assert lines(found, "What changed")[0] == "Compared with the week from 2 March 2026 to 8 March 2026"
        within = "Resolved within 24 hours: 100% (7 of 7, likely 64.6% to 100%); as before"
        assert within in lines(found, "What changed")
        assert lines(found, "What customers said") == ["CSAT: 100% (7 of 7, likely 64.6% to 100%); as before"]

    @pytest.mark.parametrize(("period", "day", "days"), [("daily", YESTERDAY, 1), ("weekly", LAST_WEEK, 7)])
    def test_the_numbers_are_those_of_the_report(
        self, runtime: Runtime, account: Account, desk: Simulator, period: str, day: int, days: int
    ) -> None:
        sum_up(runtime, "acme", period, day)
        with runtime.database.read() as connection:
            found = report(connection, account, ReportRequest(day, day + days - 1), now=runtime.clock())
        text = everything(only(desk))
        for name in ("ticket_volume", "first_response_time", "csat"):
            told = wording.figure(found["total"][name], language("en"))
            changed = wording.difference(found["total"][name], found["total_previous"][name], language("en"))
            compared = "" if changed.direction is None else f"; {changed.text}"
            assert f"\n{wording.name(name, language('en'))}: {told}{compared}\n" in text

    def test_low_answers_are_quoted_without_persons(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        daily(runtime)
        assert lines(only(desk), "What to do next") == ["Ticket 1 (E-mail): CSAT 1 on 1 to 5: “… never called, …”"]
        assert "Eva" not in everything(only(desk))
        assert "Great" not in everything(only(desk))

    def test_without_low_answers_there_is_nothing_to_follow_up(
        self, runtime: Runtime, account: Account, desk: Simulator
    ) -> None:
        sum_up(runtime, "acme", "weekly", LAST_WEEK)
        assert lines(only(desk), "What to do next") == ["No low answers to follow up"]

    @pytest.mark.parametrize(
        ("comment", "kept"),
        [
            ("Call me on +385 91 234-5678 please", "Call me on … please"),
            ("order 12345 was late", "order 12345 was late"),
            ("Thanks horvat!", "Thanks …!"),
            ("Evan wrote to me at x.y@z.example.", "Evan wrote to me at …"),
            ("one\n two", "one two"),
        ],
    )
    def test_a_comment_names_nobody(self, comment: str, kept: str) -> None:
        assert without_persons(comment, ["Eva Horvat", "Al"]) == kept

    def test_a_long_comment_is_cut(self) -> None:
        assert len(without_persons("word " * 200, [])) <= 241


class TestLanguages:
    @pytest.mark.parametrize(
        ("code", "title", "headings", "tickets"),
        [
            ("hr", "Deskpulse: utorak, 17. ožujka 2026.",
             ["Što se promijenilo", "Gdje", "Što su rekli korisnici", "Što učiniti dalje"],
             "Zahtjevi: 2; 1 više nego prije (1)"),
            ("sl", "Deskpulse: torek, 17. marec 2026",
             ["Kaj se je spremenilo", "Kje", "Kaj so povedale stranke", "Kaj storiti zdaj"],
             "Zahtevki: 2; 1 več kot prej (1)"),
            ("lt", "Deskpulse: 2026 m. kovo 17 d., antradienis",
             ["Kas pasikeitė", "Kur", "Ką sakė klientai", "Ką daryti toliau"],
             "Užklausos: 2; 1 daugiau nei anksčiau (1)"),
            ("ro", "Deskpulse: marți, 17 martie 2026",
             ["Ce s-a schimbat", "Unde", "Ce au spus clienții", "Ce e de făcut"],
             "Tichete: 2; cu 1 mai mult decât 1"),
            ("bg", "Deskpulse: вторник, 17 март 2026\u202fг.",
             ["Какво се промени", "Къде", "Какво казаха клиентите", "Какво да направите сега"],
             "Заявки: 2; с 1 повече от 1"),
        ],
    )  # fmt: skip
    def test_a_summary_is_in_the_language_of_its_account(
        self, runtime: Runtime, account: Account, desk: Simulator, code: str, title: str, headings: list[str],
        tickets: str,
    ) -> None:  # fmt: skip
        speak(runtime, account, code)
        daily(runtime)
        found = only(desk)
        assert found["title"] == title
        assert [one["heading"] for one in found["sections"]] == headings
        assert tickets in lines(found, headings[0])

    def test_another_language_is_told_in_the_same_object(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        daily(runtime)
        (object_id,) = desk.summaries
        speak(runtime, account, "hr")
        clock.now += LOOK_AGAIN
        daily(runtime)
        assert list(desk.summaries) == [object_id]
        assert lines(only(desk), "Što učiniti dalje") == ["Zahtjev 1 (E-pošta): CSAT 1 od 1 do 5: „… never called, …”"]


def speak(runtime: Runtime, account: Account, code: str) -> None:
    with runtime.database.write() as connection:
        accounts.save(connection, replace(account, settings={**account.settings, "language": code}), runtime.vault)


class TestOnce:
    def test_the_row_keeps_the_object_and_its_marker(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        daily(runtime)
        kept = row(runtime, schema.summaries)
        assert kept.object_id in desk.summaries
        assert kept.marker == only(desk)["marker"] == marker_of(account, "daily", YESTERDAY)
        assert (kept.attempts, kept.error, kept.token) == (0, None, None)

    def test_the_marker_is_committed_before_anything_is_asked(
        self, runtime: Runtime, account: Account, desk: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        markers = []

        def look(self: Generic, action: Any, session: Session) -> Any:
            markers.append((action.marker, row(runtime, schema.summaries).marker))
            raise KeyboardInterrupt

        monkeypatch.setattr(Generic, "apply", look)
        with pytest.raises(KeyboardInterrupt):
            daily(runtime)
        assert markers == [(marker_of(account, "daily", YESTERDAY),) * 2]

    @pytest.mark.parametrize("fault", ["drop", "fail", "limit", "hang"])
    def test_a_lost_answer_leads_to_no_second_object(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock, fault: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(Session.__init__, "__kwdefaults__", KWDEFAULTS)
        desk.misbehave(fault)
        daily(runtime)
        assert row(runtime, schema.summaries).state == "waiting"
        assert row(runtime, schema.summaries).told is None
        clock.now += 2 * MINUTE
        daily(runtime)
        assert len(desk.summaries) == 1
        assert row(runtime, schema.summaries).object_id in desk.summaries

    @pytest.mark.parametrize("after", [False, True])
    def test_a_worker_killed_in_the_middle_leaves_one_object(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock, after: bool
    ) -> None:
        apply = Generic.apply

        def killed(self: Generic, action: Any, session: Session) -> Any:
            if after:
                apply(self, action, session)
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Generic, "apply", killed)
            with pytest.raises(KeyboardInterrupt):
                daily(runtime)
        daily(runtime)
        assert len(desk.summaries) == after, "the lease still holds"
        clock.now += MINUTE
        daily(runtime)
        assert len(desk.summaries) == 1
        assert row(runtime, schema.summaries).told is not None

    def test_a_slow_worker_that_lost_its_lease_settles_nothing(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apply = Generic.apply

        def slow(self: Generic, action: Any, session: Session) -> Any:
            monkeypatch.setattr(Generic, "apply", apply)
            clock.now += MINUTE
            daily(runtime)
            return apply(self, action, session)

        monkeypatch.setattr(Generic, "apply", slow)
        daily(runtime)
        assert len(desk.summaries) == 1
        assert row(runtime, schema.summaries).attempts == 0

    def test_a_desk_that_refuses_for_good_is_left_to_a_person(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        desk.connect("", "another secret")
        for _ in range(12):
            daily(runtime)
            clock.now += DAY
        kept = row(runtime, schema.summaries)
        assert kept.state == "given_up"
        assert "check the credentials" in kept.error

    def test_two_accounts_have_two_markers(self, runtime: Runtime, account: Account) -> None:
        other = add_account(runtime, "acme-2")
        markers = {marker_of(one, period, 1) for one in (account, other) for period in ("daily", "weekly")}
        assert len(markers) == 4


class TestAgain:
    def test_nothing_is_sent_when_nothing_changed(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        daily(runtime)
        monkeypatch.setattr(Generic, "apply", None)
        clock.now += LOOK_AGAIN
        daily(runtime)
        kept = row(runtime, schema.summaries)
        assert (kept.state, kept.next_at, kept.error) == ("waiting", clock.now + LOOK_AGAIN, None)

    def test_a_late_event_revises_the_same_object(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        daily(runtime)
        (object_id,) = desk.summaries
        late = answer("2", at("2026-03-17 20:00"), kind="ces", score=6, scale=[1, 7], agent="7")
        tell(runtime, account, [late])
        clock.now += LOOK_AGAIN
        daily(runtime)
        assert list(desk.summaries) == [object_id]
        assert "CES: 6 on average (1)" in lines(only(desk), "What customers said")

    def test_what_is_looked_at_again_is_not_due_before(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        daily(runtime)
        tell(runtime, account, ticket("3", "2026-03-17 12:00"))
        clock.now += LOOK_AGAIN - SECOND
        daily(runtime)
        assert "Tickets: 2; 1 more than 1" in everything(only(desk))

    def test_a_ticket_solved_later_is_no_reason_to_tell_again(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        tell(runtime, account, ticket("3", "2026-03-17 12:00", answered=5))
        daily(runtime)
        first = only(desk)
        tell(runtime, account, ticket("3", "2026-03-17 12:00", answered=5, resolved=24 * 60))
        clock.now += LOOK_AGAIN
        daily(runtime)
        assert only(desk) == first

    def test_a_week_is_told_anew_once_when_all_of_it_is_old_enough(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        clock.now = at("2026-03-16 08:00")
        told = []
        for _ in range(12):
            sum_up(runtime, "acme", "weekly", LAST_WEEK)
            told.append(everything(only(desk)))
            clock.now += 4 * HOUR
        assert len(set(told)) == 2
        assert "Resolved within 24 hours: 100% (6 of 6, likely 61% to 100%), 1 not decided yet" in told[0]
        assert "Resolved within 24 hours: 100% (7 of 7, likely 64.6% to 100%); as before" in told[-1]

    def test_after_a_week_it_is_left_alone(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        daily(runtime)
        clock.now += 8 * DAY
        daily(runtime)
        assert row(runtime, schema.summaries).state == "done"

    def test_the_sweep_asks_for_one_that_is_due_and_for_one_to_look_at_again(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock, nudged: Nudged
    ) -> None:
        sweep(runtime)
        assert ("sum_up", "acme", "daily", YESTERDAY) in nudged.take()
        daily(runtime)
        sweep(runtime)
        assert ("sum_up", "acme", "daily", YESTERDAY) not in nudged.take()
        clock.now += HOUR
        sweep(runtime)
        assert ("sum_up", "acme", "daily", YESTERDAY) in nudged.take()


class TestNone:
    def test_a_day_that_is_not_over_is_not_told(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        sum_up(runtime, "acme", "daily", YESTERDAY + 1)
        assert (desk.summaries, rows(runtime, schema.summaries)) == ({}, [])

    def test_an_account_without_tickets_is_not_told_about_nothing(
        self, runtime: Runtime, desk: Simulator, bridge: tuple[Simulator, str]
    ) -> None:
        add_account(runtime, "acme", desk="generic", url=bridge[1])
        daily(runtime)
        assert rows(runtime, schema.summaries) == []

    def test_a_new_account_is_not_told_about_a_time_before_its_first_ticket(
        self, runtime: Runtime, bridge: tuple[Simulator, str], clock: Clock
    ) -> None:
        clock.now = at("2026-03-18 08:00")
        made = add_account(runtime, "acme", desk="generic", url=bridge[1])
        tell(runtime, made, ticket("1", "2026-03-18 07:00"))
        daily(runtime)
        assert rows(runtime, schema.summaries) == []

    def test_a_ticket_that_was_merged_away_long_ago_makes_no_time_before_it_worth_telling(
        self, runtime: Runtime, bridge: tuple[Simulator, str], clock: Clock
    ) -> None:
        clock.now = at("2026-03-18 08:00")
        made = add_account(runtime, "acme", desk="generic", url=bridge[1])
        merged = event("ticket.merged", "0", at("1990-01-02 00:00"), into="1")
        tell(runtime, made, [*ticket("0", "1990-01-02 00:00"), merged], ticket("1", "2026-03-17 10:00"))
        sum_up(runtime, "acme", "weekly", LAST_WEEK)
        assert rows(runtime, schema.summaries) == []
        daily(runtime)
        assert [row.period for row in rows(runtime, schema.summaries)] == ["daily"]

    def test_a_desk_that_takes_no_summaries_is_passed_over(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = at("2026-03-18 08:00")
        made = add_account(runtime, "acme", desk="strict", url="http://127.0.0.1:1")
        tell(runtime, made, ticket("1", "2026-03-17 10:00"))
        daily(runtime)
        assert rows(runtime, schema.summaries) == []

    def test_one_that_was_turned_off_is_not_asked_for_any_more(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        desk.misbehave("fail")
        daily(runtime)
        off = accounts.with_settings(account, {**account.settings, "summaries": {"daily": None}})
        with runtime.database.write() as connection:
            accounts.save(connection, off, runtime.vault)
        clock.now += HOUR
        daily(runtime)
        assert row(runtime, schema.summaries).state == "done"

    def test_an_account_that_is_gone_is_no_error(self, runtime: Runtime) -> None:
        sum_up(runtime, "nobody", "daily", YESTERDAY)
        assert rows(runtime, schema.summaries) == []


class TestAsReported:
    def test_what_is_told_stays_as_it_was_first_told(
        self, runtime: Runtime, account: Account, desk: Simulator, clock: Clock
    ) -> None:
        daily(runtime)
        first = row(runtime, schema.reported)
        assert (first.period, first.day, first.as_of, first.volume) == ("daily", YESTERDAY, clock.now, 2)
        clock.now += LOOK_AGAIN
        tell(runtime, account, ticket("late", "2026-03-17 12:00", answered=1))
        daily(runtime)
        assert "Tickets: 3; 2 more than 1" in lines(only(desk), "What changed")
        assert row(runtime, schema.reported) == first

    def test_what_the_desk_did_not_take_was_not_told(self, runtime: Runtime, account: Account, desk: Simulator) -> None:
        desk.misbehave("limit")
        daily(runtime)
        assert not desk.summaries
        assert rows(runtime, schema.reported) == []
