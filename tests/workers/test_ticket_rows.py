"""A ticket's row under the public names: attribution, waits and counts that can be checked by hand."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from tests.workers.stories import answered, counted, created, sent, status, told
from workers.ticket_rows import read_row, write_row

NAMES = (
    "ticket", "channel", "department", "agent", "direction", "handled_by", "created_at", "first_response_at",
    "first_response_agent", "first_resolved_at", "resolved_at", "resolved_by", "status", "excluded",
    "first_response_s", "first_resolution_s", "full_resolution_s", "requester_wait_s", "agent_wait_s", "on_hold_s",
    "first_response_business_s", "first_resolution_business_s", "full_resolution_business_s",
    "requester_wait_business_s", "agent_wait_business_s", "on_hold_business_s",
    "reopens", "agent_replies", "customer_messages", "touches", "transfers", "one_touch", "csat", "ces", "nps",
)  # fmt: skip
WAITS = ("requester_wait_s", "agent_wait_s", "on_hold_s")


def row(*events: Event, **settings: Any) -> dict[str, Any]:
    return read_row(write_row(counted(*events, **settings)))


def some(names: tuple[str, ...], *events: Event, **settings: Any) -> tuple[Any, ...]:
    found = row(*events, **settings)
    return tuple(found[name] for name in names)


class TestShape:
    def test_the_names_are_those_of_the_public_contract_in_their_order(self) -> None:
        assert tuple(row(created())) == NAMES
        assert tuple(row(status("open", 3))) == NAMES

    def test_every_value_is_json(self) -> None:
        whole = row(created(agent="eva", department="d1"), sent(1), status("resolved", 2), answered(5, 3))
        assert orjson.loads(orjson.dumps(whole)) == whole

    def test_times_are_iso_in_utc(self) -> None:
        found = row(created(), sent(1.5), status("resolved", 61))
        assert found["created_at"] == "2026-03-02T08:00:00Z"
        assert found["first_response_at"] == "2026-03-02T08:01:30Z"
        assert found["first_resolved_at"] == found["resolved_at"] == "2026-03-02T09:01:00Z"

    def test_what_has_not_happened_is_null_and_counts_are_zero(self) -> None:
        found = row(created())
        empty = [name for name in NAMES if name.endswith(("_s", "_response_at", "resolved_at", "_by", "_agent"))]
        assert {found[name] for name in empty if name != "handled_by"} == {None}
        assert [found[name] for name in ("reopens", "agent_replies", "customer_messages", "transfers")] == [0] * 4

    def test_an_incomplete_ticket_is_shown_without_a_creation(self) -> None:
        found = row(sent(1), status("resolved", 5))
        assert (found["excluded"], found["created_at"]) == ("incomplete", None)
        assert found["first_resolution_s"] == 240


class TestAttribution:
    def test_present_holders_stand_beside_who_answered_and_who_solved(self) -> None:
        found = row(
            created(agent="a1", department="d1"),
            sent(2, author="eva"),
            status("resolved", 9, by="agent", author="jo"),
            told("ticket.assigned", 20, agent="zoe"),
            told("ticket.moved", 21, department="d2"),
        )
        assert (found["agent"], found["department"]) == ("zoe", "d2")
        assert (found["first_response_agent"], found["resolved_by"]) == ("eva", "jo")

    def test_the_agent_a_desk_names_solved_it_whoever_pressed_the_button(self) -> None:
        assert (
            row(created(), sent(1), status("resolved", 9, by="agent", author="jo", agent="max"))["resolved_by"] == "max"
        )

    @pytest.mark.parametrize("by", ["system", "bot", "customer"])
    def test_an_automatic_resolution_is_the_last_public_authors(self, by: str) -> None:
        story = (created(agent="a1"), sent(1, author="eva"), sent(2, author="jo"), sent(3, author="max", public=False))
        assert row(*story, status("resolved", 9, by=by))["resolved_by"] == "jo"

    def test_where_nobody_wrote_it_is_the_holders(self) -> None:
        assert row(created(agent="a1"), status("resolved", 9, by="system"))["resolved_by"] == "a1"
        assert row(created(), status("resolved", 9, by="system"))["resolved_by"] is None

    def test_an_automatic_message_makes_nobody_its_author(self) -> None:
        story = (created(), sent(1, author="eva"), sent(2, author="robo", auto=True), status("closed", 3, by="system"))
        assert row(*story)["resolved_by"] == "eva"

    def test_a_call_is_answered_by_who_picked_it_up(self) -> None:
        call = (
            told("live.queued", 1, contact="c", media="voice"),
            told("live.answered", 1.5, contact="c", agent="jo"),
        )
        assert some(("first_response_agent", "first_response_s"), created(channel="voice"), *call, sent(9)) == (
            "jo",
            30,
        )


class TestDurations:
    def test_first_and_full_resolution_are_counted_from_creation(self) -> None:
        story = (created(), status("resolved", 10), status("open", 20), status("closed", 60))
        assert some(("first_resolution_s", "full_resolution_s", "reopens"), *story) == (600, 3600, 1)

    def test_a_ticket_that_is_open_again_has_a_first_resolution_only(self) -> None:
        story = (created(), status("resolved", 10), status("pending", 20))
        assert some(("first_resolution_s", "full_resolution_s", "resolved_at"), *story) == (600, None, None)

    def test_seconds_are_whole_and_rounded_down(self) -> None:
        assert row(created(), sent(1 + 0.999 / 60))["first_response_s"] == 60

    def test_what_is_dated_before_creation_took_no_time(self) -> None:
        assert some(("first_response_s", "first_resolution_s"), created(5), sent(1), status("closed", 2)) == (0, 0)

    def test_an_outbound_wait_begins_with_the_customer(self) -> None:
        story = (created(by="agent"), sent(1), sent(11, "customer"), sent(13))
        assert some(("direction", "first_response_s"), *story) == ("outbound", 120)


class TestWaits:
    def test_each_status_is_a_wait_of_its_own_kind(self) -> None:
        story = (created(), status("open", 1), status("pending", 3), status("on_hold", 7), status("resolved", 15))
        assert some(WAITS, *story) == ((1 + 2 + 8) * 60, 4 * 60, 8 * 60)

    def test_an_open_ticket_has_no_waits_yet(self) -> None:
        assert some(WAITS, created(), status("pending", 3), status("open", 5)) == (None, None, None)

    def test_the_waiting_of_a_reopened_ticket_is_added(self) -> None:
        story = (created(), status("resolved", 5), status("open", 20), status("resolved", 30))
        assert some(WAITS, *story) == ((5 + 10) * 60, 0, 0)

    def test_being_solved_is_no_wait(self) -> None:
        story = (created(), status("resolved", 5), status("closed", 500))
        assert row(*story)["requester_wait_s"] == 300

    @pytest.mark.parametrize("away", ["spam", "deleted"])
    def test_time_as_spam_or_deleted_is_in_no_wait(self, away: str) -> None:
        story = (created(), status(away, 10), status("open", 100), status("resolved", 105))
        assert some(WAITS, *story) == ((10 + 5) * 60, 0, 0)
        assert row(*story)["full_resolution_s"] == 105 * 60

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["open", "pending", "on_hold", "spam", "resolved"]), st.integers(1, 500)),
            max_size=8,
        )
    )
    def test_waits_never_exceed_the_life_of_a_ticket(self, steps: list[tuple[str, int]]) -> None:
        moment, story = 0, [created()]
        for word, later in steps:
            moment += later
            story.append(status(word, moment))
        found = row(*story, status("closed", moment + 1))
        assert 0 <= found["on_hold_s"] <= found["requester_wait_s"]
        assert found["requester_wait_s"] + found["agent_wait_s"] <= (moment + 1) * 60


class TestCounts:
    def test_replies_are_public_and_human(self) -> None:
        story = (created(), sent(1), sent(2), sent(3, public=False), sent(4, auto=True), sent(5, author="robo"))
        assert row(*story, sent(6, "bot"), bots={"authors": ["robo"]})["agent_replies"] == 2

    def test_messages_of_the_customer_are_those_they_wrote_themselves(self) -> None:
        assert row(created(), sent(1, "customer"), sent(2, "customer", auto=True), sent(3))["customer_messages"] == 1

    def test_a_transfer_is_a_change_of_department(self) -> None:
        moves = [told("ticket.moved", n + 1, department=name) for n, name in enumerate(("d1", "d2", "d2", None, "d2"))]
        assert row(created(department="d1"), *moves)["transfers"] == 3

    @pytest.mark.parametrize(("authors", "handled"), [((), "none"), (("bot", "agent"), "both")])
    def test_who_handled_it_is_told(self, authors: tuple[str, ...], handled: str) -> None:
        assert row(created(), *(sent(n, by) for n, by in enumerate(authors, 1)))["handled_by"] == handled


class TestScores:
    def test_each_kind_has_the_raw_score_of_its_latest_answer(self) -> None:
        story = (
            answered(2, 1),
            answered(4, 2),
            answered(6, 3, kind="ces", scale=[1, 7]),
            answered(9, 4, kind="nps", scale=[0, 10]),
        )
        assert some(("csat", "ces", "nps"), created(), *story) == (4, 6, 9)

    def test_of_two_surveys_of_one_kind_the_later_answer_is_shown(self) -> None:
        story = (answered(5, 9, touchpoint="chat"), answered(1, 3, touchpoint="resolution"))
        assert row(created(), *story)["csat"] == 5

    def test_an_invalidated_answer_is_not_shown(self) -> None:
        assert row(created(), answered(2, 1), told("survey.invalidated", 2, kind="csat"))["csat"] is None

    def test_halves_stay_halves(self) -> None:
        assert row(created(), answered(3.5, 1))["csat"] == 3.5

    def test_a_deleted_ticket_still_shows_what_its_customer_said(self) -> None:
        assert some(("excluded", "csat"), created(), answered(2, 1), status("deleted", 2)) == ("deleted", 2)
