"""The simulated desk is strict, believable and the same for the same seed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from flask import Flask, Response, request

from integrations.base import Call
from integrations.events import read_event
from integrations.generic.simulator import Simulator
from integrations.signatures import standard_webhooks_signature
from integrations.times import DAY, MINUTE, SECOND
from tests.desks.contract import NOW
from tests.desks.serving import serving
from tests.desks.test_generic import GENERIC, SECRET, access

BEARER = {"authorization": f"Bearer {SECRET.decode()}"}


@dataclass
class Door:
    """A receiver that proves and keeps calls, or refuses so many of them first."""

    refusals: int = 0
    calls: list[Call] = field(default_factory=list)
    now: int = NOW
    lock: threading.Lock = field(default_factory=threading.Lock)

    def app(self) -> Flask:
        app = Flask("door")
        app.add_url_rule("/webhooks/generic/acme", "door", self.take, methods=["POST"])
        return app

    def take(self) -> Response:
        with self.lock:
            if self.refusals:
                self.refusals -= 1
                return Response(status=503)
            headers = {name.lower(): value for name, value in request.headers.items()}
            call = Call(request.get_data(), headers, {}, self.now)
            GENERIC.verify(call, [SECRET], now=self.now)
            self.calls.append(call)
            return Response(status=202)


@contextmanager
def connected(door: Door, *, days: int = 2) -> Iterator[Simulator]:
    simulator = Simulator(7)
    simulator.history(days, NOW)
    with serving(door.app()) as url:
        simulator.connect(f"{url}/webhooks/generic/acme", SECRET.decode())
        yield simulator


class TestLife:
    def test_a_past_of_many_days_is_told_in_canonical_events(self) -> None:
        simulator = Simulator(3)
        simulator.history(20, NOW)
        events = [read_event(line, received_at=NOW) for t in simulator.tickets.values() for line in t.lines]
        kinds = Counter(event.type for event in events)
        assert len(simulator.tickets) == 800
        assert kinds["ticket.created"] == 800
        assert {event.data["channel"] for event in events if event.type == "ticket.created"} == {
            "email", "web_form", "chat", "voice",
        }  # fmt: skip
        for kind in (
            "message.sent", "ticket.assigned", "ticket.handover", "live.queued", "live.answered", "live.ended",
            "status.changed", "survey.sent", "survey.answered",
        ):  # fmt: skip
            assert kinds[kind] > 10, kind
        assert {event.data["kind"] for event in events if event.type == "survey.answered"} == {"csat", "ces"}
        assert any(event.data.get("comment") for event in events if event.type == "survey.answered")
        assert {event.data["touchpoint"] for event in events if event.type == "survey.sent"} >= {"post-chat"}

    def test_it_lies_in_the_past_and_each_ticket_in_order(self) -> None:
        simulator = Simulator(3)
        simulator.history(10, NOW)
        for ticket in simulator.tickets.values():
            at = [line["at"] for line in ticket.lines]
            assert at == sorted(at)
            assert NOW - 10 * DAY <= read_event(ticket.lines[0], received_at=NOW).at <= ticket.changed_at <= NOW
            assert len({line["id"] for line in ticket.lines}) == len(ticket.lines)

    def test_some_tickets_are_reopened_and_some_still_wait(self) -> None:
        simulator = Simulator(3)
        simulator.history(20, NOW)
        resolutions = [
            sum(line.get("status") == "resolved" for line in ticket.lines) for ticket in simulator.tickets.values()
        ]
        assert {0, 1, 2} <= set(resolutions)
        assert {"open", "pending", "resolved", "closed"} <= {ticket.status for ticket in simulator.tickets.values()}

    def test_the_same_seed_lives_the_same_life(self) -> None:
        one, same, other = Simulator(5), Simulator(5), Simulator(6)
        for simulator in (one, same, other):
            simulator.history(3, NOW)
            simulator.step(NOW + MINUTE)
        lines = [[ticket.lines for ticket in simulator.tickets.values()] for simulator in (one, same, other)]
        assert lines[0] == lines[1]
        assert lines[0] != lines[2]


class TestCalls:
    def test_the_past_is_quiet_and_every_step_is_heard(self) -> None:
        door = Door()
        with connected(door) as simulator:
            assert door.calls == []
            for minute in range(1, 11):
                door.now = NOW + minute * MINUTE
                before = len(door.calls)
                assert simulator.step(door.now) == len(door.calls) - before >= 1
            readings = [GENERIC.parse(call, access()) for call in door.calls]
        told = {event.id for reading in readings for event in reading.events}
        happened = {
            line["id"] for t in simulator.tickets.values() for line in t.lines if line["at"] > "2026-06-15T12:00"
        }
        assert happened <= told
        assert len({GENERIC.delivery(call) for call in door.calls}) == len(door.calls)

    def test_a_call_that_was_not_taken_is_repeated_with_the_same_id(self) -> None:
        door = Door(refusals=100)
        with connected(door) as simulator:
            assert simulator.step(NOW) == 0
            waiting = {id_ for id_, _ in simulator._outbox}
            assert waiting
            door.refusals = 0
            simulator.step(NOW + SECOND)
        assert waiting <= {call.headers["webhook-id"] for call in door.calls}
        assert simulator._outbox == []

    def test_a_door_that_is_away_costs_nothing(self) -> None:
        simulator = Simulator(7)
        with serving(Door().app()) as url:
            gone = url
        simulator.connect(gone, SECRET.decode())
        assert simulator.step(NOW) == 0
        assert len(simulator._outbox) >= 1


class TestStrictness:
    @pytest.fixture
    def simulator(self) -> Simulator:
        simulator = Simulator(7)
        simulator.history(1, NOW)
        simulator.connect("", SECRET.decode())
        simulator.clock = lambda: NOW
        return simulator

    @pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": SECRET.decode()}])
    def test_a_question_without_the_secret_is_refused(self, simulator: Simulator, header: dict[str, str]) -> None:
        for path in ("/tickets/T-0001", "/events?since=2026-01-01T00:00:00Z"):
            assert simulator.app.test_client().get(path, headers=header).status_code == 401
        assert len(simulator.refused) == 2

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/tickets/T-9999", 404), ("/tickets", 404), ("/events", 400), ("/events?since=yesterday", 400),
            ("/events?since=2026-01-01T00:00:00Z&cursor=x", 400), ("/events?since=2026-01-01T00:00:00Z&page=2", 400),
            ("/actions", 405), ("/tickets/T-0001", 200), ("/events?since=2026-01-01T00:00:00Z", 200),
        ],
    )  # fmt: skip
    def test_what_the_protocol_does_not_say_is_refused(self, simulator: Simulator, path: str, status: int) -> None:
        assert simulator.app.test_client().get(path, headers=BEARER).status_code == status
        assert bool(simulator.refused) == (status != 200)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b'{"action": "add_tag", "ticket": "T-0001", "tag": "channel-chat"}', 200),
            (b'{"action": "add_tag", "ticket": "T-9999", "tag": "channel-chat"}', 404),
            (b'{"action": "add_tag", "ticket": "T-0001"}', 400),
            (b'{"action": "add_tag", "ticket": "T-0001", "tag": "x", "more": 1}', 400),
            (b'{"action": "explode", "ticket": "T-0001"}', 501),
            (b'{"action": "put_summary", "marker": "m", "title": "t", "sections": [], "object_id": "s-7"}', 404),
        ],
    )
    def test_an_action_holds_exactly_what_it_must(self, simulator: Simulator, body: bytes, status: int) -> None:
        timestamp = str(NOW // SECOND)
        signed = {
            "webhook-id": "act_1", "webhook-timestamp": timestamp, "content-type": "application/json",
            "webhook-signature": standard_webhooks_signature(SECRET, "act_1", timestamp, body),
        }  # fmt: skip
        client = simulator.app.test_client()
        assert client.post("/actions", data=body, headers=signed).status_code == status
        assert client.post("/actions", data=body + b" ", headers=signed).status_code == 401
        old = {**signed, "webhook-timestamp": str(NOW // SECOND - 301)}
        assert client.post("/actions", data=body, headers=old).status_code == 401
        assert client.post("/actions", data=body, headers={**signed, "content-type": "text/plain"}).status_code == 415

    def test_a_ticket_tells_its_events_and_what_holds(self, simulator: Simulator) -> None:
        answer = simulator.app.test_client().get("/tickets/T-0001", headers=BEARER)
        told = orjson.loads(answer.data)
        assert told["events"] == simulator.tickets["T-0001"].lines
        assert told["present"]["status"] == simulator.tickets["T-0001"].status

    def test_it_only_misbehaves_in_ways_it_knows(self, simulator: Simulator) -> None:
        with pytest.raises(ValueError, match="cannot explode"):
            simulator.misbehave("explode")
