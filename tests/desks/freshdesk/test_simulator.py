"""The simulated Freshdesk itself: as strict as the documentation, as unkind as asked, and with a life of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import responses
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from integrations.actions import SUMMARY_TAG
from integrations.base import Call
from integrations.freshdesk.simulated_world import CLOSED, OPEN, PENDING, RESOLVED
from integrations.freshdesk.simulator import Simulator
from integrations.times import DAY, HOUR, MINUTE, SECOND, iso
from tests.desks.freshdesk.samples import DESK, access
from tests.desks.freshdesk.world import VIENNA, Shop, at
from tests.desks.hooks import NOW

URL = "https://us.example/webhooks/freshdesk/lampshop"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSBzaW11bGF0b3I="


def ask(shop: Shop, method: str, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> TestResponse:
    """One request to the simulator, as anybody might make it."""
    name = shop.api.api_key if key is None else key
    headers = {"Authorization": "Basic " + base64.b64encode(f"{name}:X".encode()).decode()} if name else {}
    browser = Browser(shop.simulator.app)
    return browser.open(f"/api/v2{path}", method=method, json=body, headers=headers, query_string=query)


def is_sin(shop: Shop, method: str, path: str, body: Any = None, **query: Any) -> bool:
    """Whether the request is written down as one that no document allows."""
    ask(shop, method, path, body, **query)
    return bool(shop.simulator.violations)


class TestStrictness:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/ticket"), ("GET", "/tickets/1/notes"), ("POST", "/tickets/1"), ("DELETE", "/tickets/1"),
         ("PATCH", "/tickets/1"), ("GET", "/tickets/x"), ("POST", "/tickets/1/reply"), ("GET", "/search/tickets"),
         ("PUT", "/tickets/merge"), ("POST", "/surveys"), ("GET", "/contacts"), ("OPTIONS", "/tickets")],
    )  # fmt: skip
    def test_what_is_not_simulated_is_a_violation(self, method: str, path: str) -> None:
        assert is_sin(Shop(), method, path)

    @pytest.mark.parametrize(
        ("path", "query"),
        [("/tickets", {"since": "x"}), ("/tickets", {"per_page": 101}), ("/tickets", {"page": 0}),
         ("/tickets", {"page": 301}), ("/tickets", {"filter": "open"}), ("/surveys/satisfaction_ratings", {"since": 1}),
         ("/surveys", {"page": 1}), ("/agents", {"order": "x"})],
    )  # fmt: skip
    def test_a_parameter_that_no_document_names_is_a_violation(self, path: str, query: Mapping[str, Any]) -> None:
        assert is_sin(Shop(), "GET", path, **query)

    @pytest.mark.parametrize(
        "body",
        [{"tags": ["x"], "tag": "y"}, {"body": "x"}, [], None, {"tags": ["x" * 33]}, {"subject": "x" * 256}],
    )
    def test_a_change_that_no_document_allows_is_a_violation(self, body: Any) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        assert is_sin(shop, "PUT", "/tickets/1", body)

    @pytest.mark.parametrize(
        "body",
        [{}, {"subject": "x"}, {"subject": "x", "description": "y"},
         {"requester_id": 7, "subject": "x", "description": "y"},
         {"requester_id": "1", "subject": "x", "description": "y"}],
    )  # fmt: skip
    def test_a_ticket_of_nobody_is_a_violation(self, body: Any) -> None:
        assert is_sin(Shop(), "POST", "/tickets", body)

    @pytest.mark.parametrize("missing", ["subject", "description"])
    def test_a_ticket_without_words_is_a_violation(self, missing: str) -> None:
        shop = Shop()
        body = {"requester_id": shop.customer, "subject": "x", "description": "y"}
        assert is_sin(shop, "POST", "/tickets", {**body, missing: ""})

    def test_without_a_proof_it_is_a_violation_and_with_a_wrong_one_a_refusal(self) -> None:
        shop = Shop()
        assert ask(shop, "GET", "/agents/me", key="wrong").status_code == 401
        assert shop.simulator.violations == []
        assert ask(shop, "GET", "/agents/me", key="").status_code == 401
        assert len(shop.simulator.violations) == 1

    def test_a_body_that_is_no_json_is_a_violation(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        proof = {"Authorization": "Basic " + base64.b64encode(f"{shop.api.api_key}:X".encode()).decode()}
        answer = Browser(shop.simulator.app).put("/api/v2/tickets/1", data="tags=x", headers=proof)
        assert answer.status_code == 415
        assert shop.simulator.violations

    def test_a_field_that_is_not_there_is_refused_and_no_violation(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        answer = ask(shop, "PUT", "/tickets/1", {"custom_fields": {"cf_mood": "x"}})
        assert answer.status_code == 400
        assert [row["field"] for row in (answer.json or {})["errors"]] == ["cf_mood"]
        assert shop.simulator.violations == []


class TestLimits:
    def test_more_calls_than_a_minute_allows_are_a_violation_with_how_long_to_wait(self) -> None:
        shop = Shop()
        shop.api.calls_per_minute = 3
        answers = [ask(shop, "GET", "/agents/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "34"
        assert len(shop.simulator.violations) == 1

    def test_embedding_costs_a_further_call(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        shop.api.calls_per_minute = 3
        assert ask(shop, "GET", "/tickets/1", include="stats").status_code == 200
        assert ask(shop, "GET", "/tickets/1", include="stats").status_code == 429

    def test_lists_of_tickets_have_a_limit_of_their_own(self) -> None:
        shop = Shop()
        shop.api.lists_per_minute = 2
        assert [ask(shop, "GET", "/tickets").status_code for _ in range(3)] == [200, 200, 429]
        assert ask(shop, "GET", "/agents/me").status_code == 200

    def test_it_begins_with_the_limits_of_the_smallest_paid_plan(self) -> None:
        api = Simulator(1, VIENNA).api
        assert (api.calls_per_minute, api.lists_per_minute) == (200, 20)


class TestLists:
    def test_old_tickets_are_hidden_unless_a_moment_is_named(self) -> None:
        shop = Shop(now=NOW + 60 * DAY)
        shop.ticket("15 09:00")
        assert ask(shop, "GET", "/tickets").json == []
        found = ask(shop, "GET", "/tickets", updated_since=iso(NOW - DAY)).json or []
        assert [row["id"] for row in found] == [1]

    def test_spam_and_deleted_tickets_are_behind_their_filters(self) -> None:
        shop = Shop()
        for number, flag in enumerate(("", "spam", "deleted")):
            ticket = shop.ticket(f"15 09:0{number}")
            if flag:
                shop.world.mark(ticket, at("15 10:00"), **{flag: True})
        plain, spam, deleted = (
            ask(shop, "GET", "/tickets", **query).json or []
            for query in ({}, {"filter": "spam"}, {"filter": "deleted"})
        )
        assert [[row["id"] for row in rows] for rows in (plain, spam, deleted)] == [[1], [2], [3]]

    def test_the_newest_come_first_unless_told_otherwise(self) -> None:
        shop = Shop()
        for number in range(3):
            shop.ticket(f"15 09:0{number}")
        newest = ask(shop, "GET", "/tickets").json or []
        oldest = ask(shop, "GET", "/tickets", order_by="updated_at", order_type="asc").json or []
        assert [row["id"] for row in newest] == [3, 2, 1]
        assert [row["id"] for row in oldest] == [1, 2, 3]

    def test_a_list_tells_neither_words_nor_associations(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00", association=2)
        (row,) = ask(shop, "GET", "/tickets").json or []
        assert {"description", "association_type", "stats"} & set(row) == set()
        page = ask(shop, "GET", "/tickets/1", include="stats").json or {}
        assert {"description", "association_type", "stats"} <= set(page)

    @pytest.mark.parametrize("ticket", [2, 99])
    def test_what_is_not_there_is_404_and_no_violation(self, ticket: int) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        assert ask(shop, "GET", f"/tickets/{ticket}").status_code == 404
        assert shop.simulator.violations == []


class TestPeople:
    def test_a_resolution_leaves_its_moment_until_the_ticket_is_reopened(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.set_status(ticket, at("15 10:00"), RESOLVED)
        shop.world.set_status(ticket, at("15 11:00"), CLOSED)
        assert (ticket.stats["resolved_at"], ticket.stats["closed_at"]) == (at("15 10:00"), at("15 11:00"))
        shop.world.say(ticket, at("15 12:00"), shop.customer, "Again", incoming=True)
        assert ticket.status == OPEN
        assert (ticket.stats["resolved_at"], ticket.stats["reopened_at"]) == (None, at("15 12:00"))

    def test_a_ticket_that_waits_for_the_customer_opens_when_they_write(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.set_status(ticket, at("15 09:30"), PENDING)
        shop.world.say(ticket, at("15 10:00"), shop.customer, "Here it is", incoming=True)
        assert (ticket.status, ticket.stats["pending_since"], ticket.stats.get("reopened_at")) == (OPEN, None, None)

    def test_a_comment_in_a_survey_opens_nothing(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.set_status(ticket, at("15 10:00"), RESOLVED)
        shop.world.rate(ticket, at("15 11:00"), -103, "Slow")
        assert ticket.status == RESOLVED
        assert ticket.said[-1].source == 6

    def test_a_customers_ticket_made_through_the_api_writes_to_them_and_ours_does_not(self) -> None:
        shop = Shop()
        for requester in (shop.customer, shop.api.me):
            ask(shop, "POST", "/tickets", {"requester_id": requester, "subject": "x", "description": "y"})
        assert shop.api.mailed == ["jo@mail.example"]

    def test_a_moment_is_a_whole_second(self) -> None:
        shop = Shop()
        ticket = shop.world.open(at("15 09:00") + 700_000, shop.customer, subject="x")
        shop.world.touch(ticket, at("15 09:01") + 999_999)
        assert (ticket.created, ticket.updated) == (at("15 09:00"), at("15 09:01"))


def delivered(shop: Shop, act: Any, *, by_app: bool = False, status: int = 200) -> list[Call]:
    """The calls that what is done makes the simulator send."""
    shop.simulator.flush()
    (shop.simulator.connect_app if by_app else shop.simulator.connect)(URL, SECRET)
    act()
    with responses.RequestsMock() as wire:
        wire.post(URL, status=status)
        number = shop.simulator.flush()
        calls = [each.request for each in wire.calls]
    assert number == len(calls)
    return [
        Call(_bytes(one.body), {name.lower(): told for name, told in one.headers.items()}, {}, NOW) for one in calls
    ]


def _bytes(body: bytes | str | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


class TestCalls:
    @pytest.mark.parametrize("by_app", [False, True])
    def test_what_it_sends_is_let_in_and_read(self, by_app: bool) -> None:
        shop = Shop()
        calls = delivered(shop, lambda: shop.answered(shop.ticket("15 09:00"), "15 09:10"), by_app=by_app)
        assert len(calls) == 4
        for one in calls:
            DESK.verify(one, (SECRET.encode(),), now=NOW)
            reading = DESK.parse(one, access())
            assert {*reading.refresh, *(event.ticket for event in reading.events)} == {"1"}

    def test_rules_send_ids_and_nothing_else(self) -> None:
        shop = Shop()
        (call,) = delivered(shop, lambda: shop.ticket("15 09:00"))
        assert json.loads(call.body) == {"freshdesk_webhook": {"event": "ticket.created", "ticket_id": "1"}}
        assert b"mail.example" not in call.body

    def test_neither_rules_nor_apps_hear_of_tags(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")

        def tag() -> None:
            ask(shop, "PUT", "/tickets/1", {"tags": ["new"]})

        shop.simulator.connect(URL, SECRET)
        shop.world.fired.clear()
        tag()
        assert shop.simulator.flush() == 0
        assert ticket.tags == ["new"]

    def test_an_app_hears_of_no_survey_and_a_rule_does(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        hints = delivered(shop, lambda: shop.world.rate(ticket, at("15 10:00"), 103))
        assert len(hints) == 1
        shop.simulator.connect_app(URL, SECRET)
        shop.world.rate(ticket, at("15 10:01"), 103)
        assert shop.simulator.flush() == 0

    def test_the_data_of_an_event_are_put_together_when_it_is_sent(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")

        def change() -> None:
            shop.world.set_status(ticket, at("15 10:00"), RESOLVED)
            shop.world.set_status(ticket, at("15 11:00"), OPEN)

        first, second = (json.loads(one.body)["data"]["ticket"] for one in delivered(shop, change, by_app=True))
        assert (first["changes"], first["status"]) == ({"status": [OPEN, RESOLVED]}, OPEN)
        assert second["changes"] == {"status": [RESOLVED, OPEN]}

    def test_what_is_not_taken_is_counted(self) -> None:
        shop = Shop()
        delivered(shop, lambda: shop.ticket("15 09:00"), status=503)
        assert shop.simulator.undelivered == 1

    def test_before_it_is_connected_nobody_is_called(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        assert shop.simulator.flush() == 0


class TestTrouble:
    @pytest.mark.parametrize(
        ("kind", "status", "done"),
        [("429", 429, False), ("429 for a while", 429, False), ("500", 500, False), ("503", 503, False),
         ("drop", 500, False), ("500 late", 500, True), ("drop late", 500, True)],
    )  # fmt: skip
    def test_a_write_goes_wrong_once_before_or_after_it_was_done(self, kind: Any, status: int, done: bool) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.simulator.trouble.order(kind, "PUT", "/tickets/")
        assert ask(shop, "PUT", "/tickets/1", {"tags": ["new"]}).status_code == status
        assert (ticket.tags == ["new"]) is done
        assert ask(shop, "PUT", "/tickets/1", {"tags": ["new"]}).status_code == 200

    def test_it_can_hang_until_it_is_let_go(self) -> None:
        shop = Shop()
        shop.simulator.trouble.released.set()
        shop.simulator.trouble.order("hang", "GET")
        assert ask(shop, "GET", "/agents/me").status_code == 500

    def test_other_requests_are_left_alone(self) -> None:
        shop = Shop()
        shop.simulator.trouble.lose_next_write()
        assert ask(shop, "GET", "/agents/me").status_code == 200
        assert shop.simulator.trouble.ordered


class TestLife:
    def test_the_same_seed_tells_the_same_story(self) -> None:
        lives = []
        for _ in range(2):
            simulator = Simulator(5, ZoneInfo("Europe/Vienna"), clock=lambda: NOW)
            simulator.history(2, NOW)
            lives.append([(one.id, one.status, one.updated, len(one.said)) for one in simulator.world.tickets.values()])
        assert lives[0] == lives[1]
        assert len(lives[0]) > 20

    def test_a_past_calls_nobody_and_ends_now(self) -> None:
        simulator = Simulator(5, ZoneInfo("Europe/Vienna"), clock=lambda: NOW)
        simulator.history(3, NOW)
        assert simulator.world.fired == []
        assert max(one.updated for one in simulator.world.tickets.values()) <= NOW + 2 * SECOND
        assert min(one.created for one in simulator.world.tickets.values()) == NOW - 3 * DAY

    def test_everything_happens_in_it(self) -> None:
        simulator = Simulator(9, ZoneInfo("Europe/Vienna"), clock=lambda: NOW)
        simulator.history(14, NOW)
        tickets = simulator.world.tickets.values()
        assert {one.status for one in tickets} >= {OPEN, PENDING, RESOLVED, CLOSED}
        assert any(one.spam for one in tickets)
        assert {one.source for one in tickets} >= {1, 2, 3, 7}
        assert {one.code for one in simulator.world.ratings} == {103, 100, -103}
        assert any(said.private for one in tickets for said in one.said)

    def test_a_step_does_at_least_as_much_as_was_asked_and_says_how_many_calls_it_sent(self) -> None:
        simulator = Simulator(5, ZoneInfo("Europe/Vienna"), clock=lambda: NOW)
        simulator.history(1, NOW - HOUR)
        simulator.connect(URL, SECRET)
        with responses.RequestsMock() as wire:
            wire.post(URL)
            sent = [simulator.step(NOW - HOUR + number * MINUTE, moves=2) for number in range(1, 6)]
            assert sum(sent) == len(wire.calls) >= 10

    def test_what_deskpulse_wrote_can_be_counted(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00", tags=["vip", "channel-email", "deskpulse-low"])
        shop.world.open(at("15 10:00"), shop.api.me, subject="Week [deskpulse:w:1]", tags=[SUMMARY_TAG])
        shop.world.say(shop.world.tickets[1], at("15 11:00"), shop.api.me, "Look [deskpulse:n:1]", private=True)
        simulator = shop.simulator
        assert simulator.own_tags() == {"1": ["channel-email", "deskpulse-low"]}
        assert simulator.own_notes() == {"1": ["Look [deskpulse:n:1]"]}
        assert list(simulator.summaries()) == ["2"]
