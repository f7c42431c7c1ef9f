"""What stands on a page of a ticket, an answer, a follow-up and an account's health, for each state they can be in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant_of_iso, iso
from plugin.panel.views import advice as advice_module
from plugin.panel.views import answers as answers_module
from plugin.panel.views import follow_ups as follow_ups_module
from plugin.panel.views import health as health_module
from plugin.panel.views import ticket as ticket_module
from plugin.panel.views.advice import Advice, advice_for
from plugin.panel.views.answers import SHOWN, AnswersPage, answers_page, given
from plugin.panel.views.asked import asked_of
from plugin.panel.views.follow_ups import open_ones, said, states, states_of
from plugin.panel.views.health import ago, health
from plugin.panel.views.ticket import TicketPage, Wait, ticket_page
from tests.plugin.panel.views.seeing import NOW, account, seen
from workers.follow_ups import FollowUp, State
from workers.insights import Insight, Place
from workers.periods import Period
from workers.store.answer_pages import Spot
from workers.store.freshness import Freshness
from workers.store.one_ticket import OneTicket
from workers.surveys.suspicion import MARK, REASONS
from workers.wording.language import LANGUAGES, language

Row = dict[str, Any]

ANSWER: Row = {
    "at": iso(NOW - HOUR), "ticket": "t1", "kind": "csat", "survey": "csat", "touchpoint": "", "score": 1.0, "low": 1.0,
    "high": 5.0, "direction": None, "comment": None, "channel": "email", "agent": None, "department": None,
    "valid": True, "counted": True, "reason": "",
}  # fmt: skip


class TestAges:
    @pytest.mark.parametrize(
        ("age", "text"),
        [
            (-5 * MINUTE, "0 s"), (0, "0 s"), (SECOND - 1, "0 s"), (59 * SECOND, "59 s"), (MINUTE, "1 min"),
            (90 * SECOND, "1 min 30 s"), (HOUR - 1, "1 h"), (26 * HOUR, "1 d 2 h"), (400 * DAY, "400 d"),
        ],
    )  # fmt: skip
    def test_an_age_has_two_units_and_is_never_below_nothing(self, age: Instant, text: str) -> None:
        assert ago(language("en"), NOW - age, NOW) == text


def follow_up(ticket: str = "t1", state: State = "waiting", due: Instant | None = NOW + HOUR, **more: Any) -> FollowUp:
    """A bad answer of two hours ago."""
    told: Row = {
        "kind": "csat", "score": 1.0, "scale": (1.0, 5.0), "comment": None, "channel": "email", "agent": None,
        "at": NOW - 2 * HOUR, "contacted_at": None,
    }  # fmt: skip
    return FollowUp(ticket=ticket, state=state, due_at=due, **(told | more))


@pytest.fixture
def to_follow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Say which follow-ups there are, the newest first; back come the days that are asked for."""

    def there_are(*found: FollowUp) -> list[int]:
        days_asked: list[int] = []

        def answer(*_: Any, days: int, **__: Any) -> tuple[FollowUp, ...]:
            days_asked.append(days)
            return found

        monkeypatch.setattr(follow_ups_module, "follow_ups", answer)
        return days_asked

    return there_are


class TestFollowUps:
    @pytest.mark.parametrize(
        ("state", "due", "text"),
        [
            ("waiting", NOW + 90 * MINUTE, "contact within 1 h 30 min"), ("waiting", NOW, "contact within 0 s"),
            ("waiting", None, "to be contacted"), ("late", NOW - 26 * HOUR, "contact is late by 1 d 2 h"),
            ("contacted_in_time", NOW + HOUR, "contacted in time"), ("contacted_in_time", None, "contacted in time"),
            ("contacted_late", NOW - HOUR, "contacted late"),
        ],
    )  # fmt: skip
    def test_each_state_has_its_words(self, state: State, due: Instant | None, text: str) -> None:
        assert said(seen(), follow_up(state=state, due=due)) == text

    def test_what_can_be_in_time_comes_first_and_what_is_late_lately(self, to_follow: Callable[..., list[int]]) -> None:
        to_follow(
            follow_up("never", due=None), follow_up("done", "contacted_late"), follow_up("old", "late", NOW - DAY),
            follow_up("tomorrow", due=NOW + DAY), follow_up("new", "late", NOW - HOUR), follow_up("soon", due=NOW + 1),
            follow_up("thanks", "contacted_in_time"),
        )  # fmt: skip
        found = open_ones(seen())
        assert [(one.ticket.id, one.late) for one in found] == [
            ("soon", False), ("tomorrow", False), ("never", False), ("new", True), ("old", True),
        ]  # fmt: skip

    def test_one_says_what_was_said_where_and_when(self, to_follow: Callable[..., list[int]]) -> None:
        to_follow(follow_up(kind="nps", score=6.0, scale=(0.0, 10.0), comment="No \u202egood <b>", agent="7"))
        (found,) = open_ones(seen())
        assert (found.score, found.comment) == ("NPS 6 on 0 to 10", "No good <b>")
        assert (found.where, found.due) == ("E-mail · Eva Horvat · 2 h ago", "contact within 1 h")
        assert found.ticket.desk == "https://desk.example/agent/tickets/t1"

    @pytest.mark.parametrize(
        ("first", "days"), [(0, 1), (-1, 1), (-7, 7), (-90, 90), (-120, 120), (-121, 120), (-399, 120), (5, 1)]
    )
    def test_those_of_some_days_are_looked_for_back_to_the_first(
        self, to_follow: Callable[..., list[int]], first: int, days: int
    ) -> None:
        asked, sight = to_follow(), seen()
        assert states(sight, Period(sight.today + first, sight.today + first + 1)) == {}
        assert asked == [days]

    def test_of_two_answers_to_one_survey_the_newer_is_told(self, to_follow: Callable[..., list[int]]) -> None:
        to_follow(follow_up(due=NOW + HOUR), follow_up(state="late", due=NOW - HOUR), follow_up("t2", kind="ces"))
        words = "contact within 1 h"
        assert states(seen(), Period(0, 0)) == {("t1", "csat"): words, ("t2", "ces"): words}
        assert states_of(seen(), "t1") == {("t1", "csat"): words}
        assert states_of(seen(), "t") == {}


class TestTicketLinks:
    @pytest.mark.parametrize(
        ("desk", "url", "link"),
        [
            ("zendesk", "https://desk.example", "https://desk.example/agent/tickets/1"),
            ("zendesk", "javascript:alert(1)//", ""), ("zendesk", "", ""), ("gone", "https://desk.example", ""),
        ],
    )  # fmt: skip
    def test_only_an_address_of_the_web_is_a_link(self, desk: str, url: str, link: str) -> None:
        found = seen(of=account(desk=desk, url=url)).ticket("1")
        assert (found.id, found.desk) == ("1", link)

    @pytest.mark.parametrize(
        ("now", "zone", "today"),
        [
            (NOW, "UTC", "2026-03-18"), (NOW + 12 * HOUR - 1, "UTC", "2026-03-18"),
            (NOW + 12 * HOUR, "UTC", "2026-03-19"),
            (NOW + 11 * HOUR, "Europe/Zagreb", "2026-03-19"), (NOW, "Pacific/Kiritimati", "2026-03-19"),
            (NOW - 2 * HOUR, "Pacific/Midway", "2026-03-17"),
        ],
    )  # fmt: skip
    def test_today_is_the_day_where_the_account_is(self, now: Instant, zone: str, today: str) -> None:
        sight = seen(now=now, of=account(time_zone=zone))
        assert asked_of({"period": "today"}, today=sight.today).period == Period(sight.today, sight.today)
        assert instant_of_iso(f"{today}T00:00:00+00:00") == sight.today * DAY

    @pytest.mark.parametrize(("first", "knows"), [(None, False), (99, True), (100, True), (101, False)])
    def test_days_are_known_from_the_first_ticket_on(self, first: int | None, knows: bool) -> None:
        assert seen(first_day=first).knows(Period(100, 110)) is knows


FRESH = Freshness(NOW - MINUTE, None, desk_away=False, backfill=None, calls=0, refreshes=0, actions=0, unreadable=0,
                  set_aside=0, given_up=0)  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, str]]]:
    """The line of health of such an account: each sentence after the first with its tone."""

    def line(found: Freshness, *, desk: str = "zendesk", stale: int = 0, of: int = 0) -> list[tuple[str, str]]:
        monkeypatch.setattr(health_module, "freshness", lambda *_: found)
        monkeypatch.setattr("plugin.panel.views.health.tickets.count_stale", lambda *_: stale)
        monkeypatch.setattr("plugin.panel.views.health.tickets.count", lambda *_: of)
        sight = seen(of=account(desk=desk))
        made = health(sight.database, sight.connection, sight.account, sight.language, now=NOW)
        assert made.sentences[0].text == "As of 18 March 2026, 12:00."
        assert made.troubles == sum(each.tone == "wrong" for each in made.sentences)
        return [(each.text, each.tone) for each in made.sentences[1:]]

    return line


CALLED = ("Zendesk last called 1 min ago.", "plain")
IDLE = ("Nothing waits.", "plain")


class TestHealth:
    @pytest.mark.parametrize(
        ("more", "first", "tone"),
        [
            ({"last_call": None}, "Zendesk has not called yet.", "plain"),
            ({"last_call": NOW + HOUR}, "Zendesk last called 0 s ago.", "plain"),
            ({"last_call": NOW - 2 * DAY}, "Zendesk last called 2 d ago.", "plain"),
            ({"last_call": NOW - 2 * DAY - 1}, "Zendesk last called 2 d ago: is its webhook still set?", "wrong"),
        ],
    )
    def test_a_desk_that_fell_silent_is_wrong(
        self, told: Callable[..., list[tuple[str, str]]], more: Row, first: str, tone: str
    ) -> None:
        assert told(replace(FRESH, **more)) == [(first, tone), IDLE]

    @pytest.mark.parametrize(
        ("more", "sentences"),
        [
            ({"checked": NOW - MINUTE}, [("Checked with the desk just now.", "plain"), IDLE]),
            ({"checked": NOW + HOUR}, [("Checked with the desk just now.", "plain"), IDLE]),
            ({"checked": NOW - MINUTE - 1}, [("Checked with the desk 1 min ago.", "plain"), IDLE]),
            ({"backfill": (0, None)}, [("History comes in: 0 tickets so far.", "coming"), IDLE]),
            ({"backfill": (1, None)}, [("History comes in: 1 ticket so far.", "coming"), IDLE]),
            ({"backfill": (1500, 20_000)}, [("History comes in: 1,500 of 20,000 tickets.", "coming"), IDLE]),
            ({"backfill": (0, 0)}, [("History comes in: 0 of 0 tickets.", "coming"), IDLE]),
            ({"calls": 1}, [("1 call waits to be read.", "plain")]),
            ({"calls": 2, "refreshes": 1, "actions": 1000},
             [("2 calls wait to be read.", "plain"), ("1 ticket waits to be fetched.", "plain"),
              ("1,000 changes wait to be written to the desk.", "plain")]),
            ({"desk_away": True},
             [IDLE, ("The desk does not answer; it is asked again every 30 seconds.", "wrong")]),
            ({"unreadable": 1, "set_aside": 2, "given_up": 1},
             [IDLE, ("1 call could not be read.", "wrong"), ("2 calls failed and are set aside.", "wrong"),
              ("1 change was given up.", "wrong")]),
        ],
    )  # fmt: skip
    def test_each_state_is_a_sentence(
        self, told: Callable[..., list[tuple[str, str]]], more: Row, sentences: list[tuple[str, str]]
    ) -> None:
        assert told(replace(FRESH, **more)) == [CALLED, *sentences]

    def test_history_that_is_counted_anew_is_told_last(self, told: Callable[..., list[tuple[str, str]]]) -> None:
        recount = ("History is counted anew: 1,990 of 2,000 tickets are done.", "coming")
        assert told(FRESH, stale=10, of=2000) == [CALLED, IDLE, recount]

    def test_a_desk_that_is_not_known_goes_by_its_word(self, told: Callable[..., list[tuple[str, str]]]) -> None:
        assert told(FRESH, desk="gone")[0] == ("gone last called 1 min ago.", "plain")


TICKET: Row = {
    "status": "open", "channel": "email", "department": None, "agent": None, "created_at": None, "resolved_at": None,
    "first_response_s": None, "first_response_business_s": None, "full_resolution_s": None,
    "full_resolution_business_s": None, "requester_wait_s": None, "requester_wait_business_s": None, "agent_replies": 0,
    "customer_messages": None, "reopens": 0, "transfers": 0, "excluded": None,
}  # fmt: skip


class TestTicket:
    @pytest.fixture
    def page(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TicketPage]:
        """The page of a ticket with such a row."""

        def made(*, since: Instant | None = None, due: Instant | None = None, **row: Any) -> TicketPage:
            found = OneTicket(TICKET | row, since, due)
            monkeypatch.setattr("plugin.panel.views.ticket.one_ticket.find", lambda *_: found)
            monkeypatch.setattr("plugin.panel.views.ticket.answer_list.newest", lambda *_, **__: [])
            return ticket_page(seen(of=account(time_zone="Europe/Zagreb")), "t1")

        return made

    @pytest.mark.parametrize(
        ("since", "due", "wait"),
        [
            (None, None, None), (None, NOW - HOUR, None),
            (NOW - 2 * HOUR, None, Wait("The customer has waited for 2 h.")),
            (NOW + HOUR, None, Wait("The customer has waited for 0 s.")),
            (NOW - HOUR, NOW - 1,
             Wait("The customer has waited for 1 h.", "The first response is late by 0 s.", late=True)),
            (NOW - HOUR, NOW,
             Wait("The customer has waited for 1 h.", "The first response is due on 18 March 2026, 13:00.")),
            (NOW - HOUR, NOW + 12 * HOUR,
             Wait("The customer has waited for 1 h.", "The first response is due on 19 March 2026, 01:00.")),
        ],
    )  # fmt: skip
    def test_who_waits_is_told_with_when_it_is_due(
        self, page: Callable[..., TicketPage], since: Instant | None, due: Instant | None, wait: Wait | None
    ) -> None:
        assert page(since=since, due=due).wait == wait

    @pytest.mark.parametrize(
        ("row", "facts"),
        [
            ({}, []),
            ({"status": "pending"}, [("Status", "waits for the customer")]),
            ({"status": "of_their_own"}, [("Status", "of_their_own")]), ({"status": None}, [("Status", "none")]),
            ({"agent": "7", "department": "zz"}, [("Department", "zz"), ("Agent", "Eva Horvat")]),
            ({"created_at": "2026-03-17T23:30:00Z"}, [("Created", "18 March 2026, 00:30")]),
            ({"first_response_s": 0}, [("First response", "0 s")]),
            ({"first_response_s": 3600, "first_response_business_s": 3600}, [("First response", "1 h")]),
            ({"full_resolution_s": 90_000, "full_resolution_business_s": 0},
             [("Resolution", "1 d 1 h, 0 s in business hours")]),
            ({"requester_wait_s": None, "requester_wait_business_s": 60}, []),
            ({"agent_replies": 1, "reopens": 1200}, [("Our messages", "1"), ("Reopened", "1,200")]),
        ],
    )  # fmt: skip
    def test_what_is_known_is_told_and_nothing_else(
        self, page: Callable[..., TicketPage], row: Row, facts: list[tuple[str, str]]
    ) -> None:
        usual = [("Status", "open"), ("Channel", "E-mail")]
        found = page(**row).facts
        assert [fact for fact in found if fact not in usual] == facts
        assert len(found) == len(facts) + (1 if "status" in row else 2)

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_statuses_are_unlike_each_other_in_every_language(self, code: str) -> None:
        said_as = {language(code).say(text) for text in ticket_module._STATUSES.values()}
        assert len(said_as) == len(ticket_module._STATUSES)

    def test_a_ticket_that_is_left_out_says_why(self, page: Callable[..., TicketPage]) -> None:
        assert page(excluded="own_reason").excluded == "own reason"
        assert page().excluded == ""


class TestGiven:
    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            ("", ""), ("replaced", "Replaced by a later answer"), ("spam", "The ticket is spam"),
            ("something_new", "something new"),
            (MARK + "too_fast", "sent less than a second after the page was opened"),
            (MARK + "by_hand", "taken out by hand"), (MARK + "of_a_later_version", "of_a_later_version"),
        ],
    )  # fmt: skip
    def test_one_that_does_not_count_says_why(self, reason: str, text: str) -> None:
        assert given(seen(), ANSWER | {"counted": not reason, "reason": reason}, {}).out == text

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_every_doubt_is_a_sentence_in_every_language(self, code: str) -> None:
        rows = [ANSWER | {"counted": False, "reason": MARK + reason} for reason in REASONS]
        sentences = [given(seen(speaks=code), row, {}).out for row in rows]
        assert len(set(sentences)) == len(REASONS)
        assert not any("_" in sentence or MARK in sentence for sentence in sentences)

    @pytest.mark.parametrize(
        ("valid", "counted", "judged"), [(True, True, "doubt"), (True, False, ""), (False, False, "restore")]
    )
    def test_a_lead_may_doubt_what_counts_and_restore_what_was_taken_out(
        self, valid: bool, counted: bool, judged: str
    ) -> None:
        assert given(seen(), ANSWER | {"valid": valid, "counted": counted}, {}).judged == judged

    @pytest.mark.parametrize(
        ("row", "follow_up"),
        [({}, "late"), ({"score": 4.0}, ""), ({"counted": False}, ""), ({"ticket": "t2"}, ""), ({"kind": "ces"}, "")],
    )
    def test_whether_somebody_came_back_stands_at_negative_ones_that_count(self, row: Row, follow_up: str) -> None:
        assert given(seen(), ANSWER | row, {("t1", "csat"): "late", ("t1", "nps"): "x"}).follow_up == follow_up

    def test_its_words_are_the_customers_without_what_turns_text(self) -> None:
        row = ANSWER | {
            "comment": "a\u202eb <i>",
            "touchpoint": "\u2067after",
            "agent": "7",
            "department": "d1",
            "score": 2.5,
        }
        found = given(seen(of=account(time_zone="Europe/Zagreb")), row, {})
        assert (found.comment, found.score) == ("ab <i>", "2.5 on 1 to 5")
        assert found.where == "E-mail · Billing & <b> · Eva Horvat · after"
        assert (found.moment, found.kind) == ("18 March 2026, 12:00", "CSAT")

    @pytest.mark.parametrize(
        ("direction", "survey", "side"),
        [(None, "easy", "positive"), (None, "effort", "negative"), ("easy", "effort", "positive")],
    )
    def test_a_high_effort_is_negative_where_the_account_asks_for_effort(
        self, direction: str | None, survey: str, side: str
    ) -> None:
        row = ANSWER | {"kind": "ces", "score": 5, "direction": direction}
        of = account(surveys={"ces": {"scale": [1, 5], "direction": survey}})
        assert given(seen(of=of), row, {}).side == side


class TestPages:
    @pytest.fixture
    def pages(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[AnswersPage]]:
        """All pages of such answers, one after the other."""
        figure = {"value": None, "unit": "%", "n": 0, "numerator": 0, "denominator": 0}
        nothing = dict.fromkeys(("csat", "ces", "nps", "survey_response_rate"), figure)
        monkeypatch.setattr(answers_module, "survey_report", lambda *_: {"total": nothing, "total_previous": nothing})
        monkeypatch.setattr("plugin.panel.views.answers.follow_ups.states", lambda *_: {})
        monkeypatch.setattr(answers_module, "survey_steps", lambda *_: None)

        def made(rows: list[Row], show: str = "", slice_: str = "", kind: str = "") -> list[AnswersPage]:
            kept = [(Spot(0, len(rows) - place, row["ticket"], "csat", "s", ""), row) for place, row in enumerate(rows)]

            def newest(
                *_: Any, days: tuple[int, int], of: Mapping[str, str], before: Spot | None = None, limit: int
            ) -> list[tuple[Spot, Row]]:
                some = [
                    (spot, row) for spot, row in kept
                    if all(row[key] == value for key, value in of.items()) and (before is None or spot.at < before.at)
                ]  # fmt: skip
                return some[:limit]

            monkeypatch.setattr("plugin.panel.views.answers.answer_list.newest", newest)
            sight = seen()
            asked = asked_of({"period": "28", "slice": slice_}, today=sight.today)
            found = [answers_page(sight, asked, kind=kind, show=show, after="")]
            while found[-1].next and len(found) < 20:
                found.append(answers_page(sight, asked, kind=kind, show=show, after=found[-1].next))
            return found

        return made

    @pytest.mark.parametrize("many", [0, 1, 39, 40, 41, 120, 300])
    def test_all_come_once_and_in_order(self, pages: Callable[..., list[AnswersPage]], many: int) -> None:
        found = pages([ANSWER | {"ticket": f"ä/{number}+"} for number in range(many)])
        assert shown_tickets(found) == [f"ä/{number}+" for number in range(many)]
        assert all(len(page.answers) == 40 for page in found[:-1])
        assert found[-1].next == ""

    @pytest.mark.parametrize("show", list(SHOWN))
    def test_of_some_kinds_only_those_are_shown(self, pages: Callable[..., list[AnswersPage]], show: str) -> None:
        rows = [
            ANSWER | {"ticket": "negative"}, ANSWER | {"ticket": "comments", "score": 5.0, "comment": "x"},
            ANSWER | {"ticket": "out", "counted": False, "reason": "spam"},
        ]  # fmt: skip
        (found,) = pages(rows, show)
        assert shown_tickets([found]) == ([show] if show else ["negative", "comments", "out"])
        assert [choice.value for choice in found.shown if choice.chosen] == [show]

    def test_what_is_rare_is_found_behind_thousands_of_others(self, pages: Callable[..., list[AnswersPage]]) -> None:
        rows = [ANSWER | {"ticket": str(number)} for number in range(3500)]
        rows[3400] |= {"comment": "at last"}
        assert shown_tickets(pages(rows, "comments")) == ["3400"]

    @pytest.mark.parametrize(
        ("slice_", "tickets", "has_note"),
        [("", ["a", "b"], False), ("agent:7", ["b"], False), ("agent:9", [], False), ("tag:x", ["a", "b"], True)],
    )
    def test_a_slice_that_answers_have_cuts_the_list_and_another_is_told(
        self, pages: Callable[..., list[AnswersPage]], slice_: str, tickets: list[str], has_note: bool
    ) -> None:
        (found,) = pages([ANSWER | {"ticket": "a"}, ANSWER | {"ticket": "b", "agent": "7"}], slice_=slice_)
        assert (shown_tickets([found]), bool(found.note)) == (tickets, has_note)

    @pytest.mark.parametrize(("kind", "tickets"), [("", ["a", "b"]), ("nps", ["b"]), ("ces", []), ("x", ["a", "b"])])
    def test_one_kind_of_survey_alone(
        self, pages: Callable[..., list[AnswersPage]], kind: str, tickets: list[str]
    ) -> None:
        (found,) = pages([ANSWER | {"ticket": "a"}, ANSWER | {"ticket": "b", "kind": "nps"}], kind=kind)
        assert shown_tickets([found]) == tickets

    @pytest.mark.parametrize(
        "after",
        ["", "x", "!!!!", "é", "bnVsbA", "W10", "WzFd", "WzEsMiwiYSIsImIiLCJjIl0", "WyIxIiwyLCJhIiwiYiIsImMiLCJkIl0",
         "WzEsMiwiYSIsImIiLCJjIixudWxsXQ", "WzEuNSwyLCJhIiwiYiIsImMiLCJkIl0", "e30", "A" * 9999,
         "WzFlMzAsMiwiYSIsImIiLCJjIiwiZCJd",
         "WzEsOTk5OTk5OTk5OTk5OTk5OTk5OTksImEiLCJiIiwiYyIsImQiXQ", "WzEsMiwiXHUwMDAwIiwiYiIsImMiLCJkIl0"],
        ids=lambda text: text[:20],
    )  # fmt: skip
    def test_a_place_that_nobody_gave_is_the_beginning(self, after: str) -> None:
        assert answers_module._spot(after) is None

    @pytest.mark.parametrize("spot", [(True, 2), (1, True), (False, False)])
    def test_yes_and_no_are_no_place(self, spot: tuple[Any, Any]) -> None:
        assert answers_module._spot(answers_module._cursor(Spot(*spot, "a", "b", "c", "d"))) is None

    def test_a_place_survives_its_way_through_an_address(self) -> None:
        spot = Spot(20_530, NOW, "Ä/?&=#", "csat", "\u202e\"'", "")
        cursor = answers_module._cursor(spot)
        assert answers_module._spot(cursor) == spot
        assert urlencode({"after": cursor}) == f"after={cursor}"


def shown_tickets(pages: Iterable[AnswersPage]) -> list[str]:
    """The tickets of all these pages, in their order."""
    return [one.ticket.id for page in pages for one in page.answers]


FOUND = Insight("rest", "csat", Place(), 70.0, 80.0, -10.0, -15.0, -5.0, 100, 5.0, 10, "worse", examples=("t1", "t2"))


class TestAdvice:
    @pytest.fixture
    def advised(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Advice, ...] | None]:
        """What is advised for such an insight and address; links are their endpoint and what they carry."""

        def made(insight: Insight, **values: str) -> tuple[Advice, ...] | None:
            monkeypatch.setattr(advice_module, "what_next", lambda *_, **__: (insight,))
            monkeypatch.setattr(
                advice_module, "link", lambda name, **values: f"{name}?{urlencode(sorted(values.items()))}"
            )
            sight = seen()
            return advice_for(sight, asked_of(values, today=sight.today), None)

        return made

    @pytest.mark.parametrize(
        ("place", "main", "values", "href"),
        [
            (Place("agent", "7"), None, {}, "figure?metric=csat&slice=agent%3A7"),
            (Place("tag", "a:b&c"), None, {"period": "28"}, "figure?metric=csat&period=28&slice=tag%3Aa%3Ab%26c"),
            (Place("tag", ""), None, {"period": "week", "t": "secret", "by": "tag"}, "figure?metric=csat"),
            (Place("channel", "email"), Place("agent", "8"), {}, "figure?metric=csat&slice=channel%3Aemail"),
            (Place("department", ""), Place("agent", "8"), {"period": "month"},
             "figure?metric=csat&period=month&slice=agent%3A8"),
            (Place("department", "d"), None, {"period": "days", "from": "2026-03-01", "to": "2026-03-02"},
             "figure?from=2026-03-01&metric=csat&period=days&slice=department%3Ad&to=2026-03-02"),
        ],
    )  # fmt: skip
    def test_its_link_carries_the_days_and_the_place_and_nothing_else(
        self, advised: Callable[..., Any], place: Place, main: Place | None, values: dict[str, str], href: str
    ) -> None:
        (found,) = advised(replace(FOUND, place=place, main_place=main), **values)
        assert found.href == href

    def test_names_in_it_do_not_turn_the_text(self, advised: Callable[..., Any]) -> None:
        (found,) = advised(replace(FOUND, place=Place("agent", "7", "Eva \u202eHorvat")))
        assert "Eva Horvat" in found.finding
        assert [one.desk for one in found.tickets] == [f"https://desk.example/agent/tickets/t{n}" for n in (1, 2)]

    def test_of_a_slice_nothing_is_advised(self, advised: Callable[..., Any]) -> None:
        assert advised(FOUND, slice="channel:email") is None
