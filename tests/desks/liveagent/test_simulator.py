"""The simulated LiveAgent is strict, misbehaves on demand, and tells a story that can be followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask, request

from integrations.actions import AddNote, AddTag
from integrations.base import Access, Call
from integrations.liveagent.simulator import Simulator
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND
from tests.desks.liveagent.world import DESK, NOW, ZAGREB, Office, at
from tests.desks.serving import serving


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(7, ZAGREB, clock=lambda: NOW)


@pytest.fixture
def desk(simulator: Simulator) -> Iterator[str]:
    with serving(simulator.app) as url:
        yield url


@dataclass
class Door:
    """A webhook that keeps what it is sent."""

    calls: list[Call] = field(default_factory=list)
    status: int = 200

    def app(self) -> Flask:
        app = Flask("door")

        @app.post("/hook")
        def hook() -> tuple[str, int]:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.calls.append(Call(request.get_data(), headers, dict(request.args), NOW))
            return "", self.status

        return app


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def hook(door: Door) -> Iterator[str]:
    with serving(door.app()) as url:
        yield url + "/hook"


V3 = {"apikey": "v3-key-of-the-simulation"}
V1 = {"apikey": "v1-key-of-the-simulation"}


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/api/v3/rules", {"headers": V3}, 404),
        ("GET", "/api/v3/tickets/tk1/notes", {"headers": V3}, 404),
        ("DELETE", "/api/v3/tickets/tk1", {"headers": V3}, 405),
        ("PATCH", "/api/v3/tags", {"headers": V3}, 405),
        ("GET", "/api/v3/tags", {}, 403),
        ("GET", "/api/v3/tags", {"params": V3}, 403),
        ("GET", "/api/v3/tags", {"headers": V3, "params": {"page": 1}}, 400),
        ("GET", "/api/v3/tags", {"headers": V3, "params": {"_perPage": 501}}, 400),
        ("GET", "/api/v3/tickets", {"headers": V3, "params": {"_filters": '[["code","E","A"]]'}}, 400),
        ("GET", "/api/v3/tickets", {"headers": V3, "params": {"_filters": '[["date_changed",">=","A"]]'}}, 400),
        ("GET", "/api/v3/calls", {"headers": V3, "params": {"_filters": '[["ticketId","E","A"]]'}}, 400),
        ("POST", "/api/v3/tickets", {"headers": V3, "json": {"subject": "x"}}, 400),
        ("POST", "/api/v3/tickets", {"headers": V3, "json": {"title": "x"}}, 400),
        ("POST", "/api/v3/tags", {"headers": V3, "json": {"name": "vip"}}, 400),
        ("POST", "/api/v3/tags", {"headers": V3, "data": "name=vip"}, 400),
        ("GET", "/api/conversations", {}, 403),
        ("GET", "/api/conversations", {"headers": V1}, 403),
        ("GET", "/api/conversations", {"params": {**V1, "_page": 1}}, 400),
        ("GET", "/api/reports/ranking", {"params": V1}, 500),
        ("GET", "/api/reports/ranking", {"params": {**V1, "date_from": "a", "date_to": "b", "limitcount": 1001}}, 500),
        ("GET", "/api/reports/agents", {"params": V1}, 404),
    ],
)
def test_what_no_document_allows_is_refused_and_written_down(
    simulator: Simulator, desk: str, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    assert requests.request(method, desk + path, timeout=5, **options).status_code == status
    assert len(simulator.violations) == 1


@pytest.mark.parametrize(("kind", "key"), [("headers", "nonsense"), ("params", "nonsense")])
def test_a_wrong_key_is_403_and_no_mistake_of_the_caller(simulator: Simulator, desk: str, kind: str, key: str) -> None:
    path = "/api/v3/tags" if kind == "headers" else "/api/conversations"
    answer = requests.get(desk + path, timeout=5, **{kind: {"apikey": key}})  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert "ApiKey not found" in answer.text
    assert simulator.violations == []


def test_more_requests_than_the_limit_are_429_and_written_down(simulator: Simulator, desk: str) -> None:
    simulator.api.limit_per_minute = 3
    statuses = [requests.get(desk + "/api/v3/tags", headers=V3, timeout=5).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert len(simulator.violations) == 2


def test_lists_hold_ten_rows_unless_more_are_asked_for(simulator: Simulator, desk: str) -> None:
    simulator.history(5, NOW)
    assert len(requests.get(desk + "/api/v3/tickets", headers=V3, timeout=5).json()) == 10
    more = requests.get(desk + "/api/v3/tickets", headers=V3, params={"_perPage": 50}, timeout=5).json()
    assert len(more) == 50
    assert "T" not in more[0]["date_created"]
    assert len(more[0]["date_created"]) == len("2026-06-15 12:00:00")


def test_a_public_message_is_not_written_by_mistake(simulator: Simulator, desk: str) -> None:
    simulator.history(1, NOW)
    ticket = next(iter(simulator.world.tickets))
    form = {**V1, "message": "x", "useridentifier": "ag1"}
    answer = requests.post(f"{desk}/api/conversations/{ticket}/messages", data=form, timeout=5)
    assert answer.status_code == 500
    assert len(simulator.violations) == 1


def test_the_same_seed_tells_the_same_story() -> None:
    first, second, other = (Simulator(seed, ZAGREB, clock=lambda: NOW) for seed in (3, 3, 4))
    for one in (first, second, other):
        one.history(20, NOW)
    assert list(first.world.tickets.values()) == list(second.world.tickets.values())
    assert first.world.ratings == second.world.ratings
    assert list(first.world.tickets.values()) != list(other.world.tickets.values())


def test_a_past_holds_every_channel_status_and_rating_and_fires_nothing(simulator: Simulator) -> None:
    simulator.history(40, NOW)
    tickets = list(simulator.world.tickets.values())
    assert {one.channel for one in tickets} == {"E", "M", "B", "C", None}
    assert {"R", "A", "B"} <= {one.status for one in tickets}
    assert {one.kind for one in simulator.world.ratings} == {"R", "N", "P"}
    assert any(one.comment for one in simulator.world.ratings)
    assert simulator.world.fired == []
    assert NOW - 40 * DAY <= min(one.created for one in tickets) < NOW - 38 * DAY
    assert max(one.changed for one in tickets) <= NOW


def test_everybody_in_the_story_is_at_an_example_domain(simulator: Simulator) -> None:
    simulator.history(10, NOW)
    everybody = [*simulator.world.people.values(), *simulator.world.agents.values()]
    assert {one.email.rsplit(".", 1)[1] for one in everybody} == {"example"}


def test_statuses_are_intervals_without_gaps(simulator: Simulator) -> None:
    simulator.history(20, NOW)
    for one in simulator.world.tickets.values():
        for span, following in zip(one.spans, one.spans[1:], strict=False):
            assert span.end == following.start
            assert span.start <= following.start
        assert one.spans[-1].end is None
        assert one.spans[-1].status == one.status


def test_a_step_calls_the_webhook_with_hints_that_can_be_read(simulator: Simulator, door: Door, hook: str) -> None:
    simulator.connect(hook, "s3cret&=")
    sent = sum(simulator.step(NOW + number * SECOND, moves=5) for number in range(1, 6))
    assert sent == len(door.calls) > 5
    access = Access(url="https://acme.ladesk.example", credentials={}, zone=ZAGREB)
    for call in door.calls:
        DESK.verify(call, [b"s3cret&="], now=NOW)
        (ticket,) = DESK.parse(call, access).refresh
        assert ticket in simulator.world.tickets
    assert simulator.undelivered == 0


def test_hints_that_are_not_taken_are_lost_as_in_the_real_one(simulator: Simulator, door: Door, hook: str) -> None:
    door.status = 503
    simulator.connect(hook, "x")
    sent = simulator.step(NOW, moves=3)
    assert simulator.undelivered == sent > 0
    simulator.connect("http://127.0.0.1:9/closed", "x")
    assert simulator.step(NOW + MINUTE, moves=1) + sent == simulator.undelivered
    assert simulator.world.fired == []


def test_without_rules_nothing_is_called(simulator: Simulator) -> None:
    assert simulator.step(NOW) == 0
    assert len(simulator.world.tickets) > 0


def test_ratings_fire_the_rule_of_their_kind(simulator: Simulator) -> None:
    office = Office()
    ticket = office.letter(at("06-10 09:00"))
    office.world.fired.clear()
    for number, kind in enumerate("RNP"):
        office.world.rate(ticket, at("06-10 10:00") + number * MINUTE, office.eva, kind)
    assert [(one.event, one.rating) for one in office.world.fired] == [
        ("survey.submitted", "reward"),
        ("survey.submitted", "punishment"),
    ]


def test_our_own_writing_fires_rules_when_they_are_flushed(
    simulator: Simulator, desk: str, door: Door, hook: str
) -> None:
    simulator.history(1, NOW)
    ticket = next(iter(simulator.world.tickets))
    simulator.connect(hook, "x")
    access = Access(url=desk, credentials=simulator.credentials, zone=ZAGREB)
    with Session(access, NoGate(), allow_private=True) as session:
        DESK.apply(AddTag(ticket, "channel-email"), session)
        DESK.apply(AddNote(ticket, "deskpulse:n:1", ("Hello",)), session)
    assert door.calls == []  # LiveAgent calls later, never while we wait for its answer
    assert simulator.flush() == 2
    assert [b"tags_changed" in call.body for call in door.calls] == [True, False]
    assert simulator.own_tags() == {ticket: ["channel-email"]}
    assert list(simulator.own_notes()) == [ticket]


def test_the_whole_past_is_read_without_a_single_undocumented_request(simulator: Simulator, desk: str) -> None:
    """Every ticket of a week: what is told agrees with what the simulated people did."""
    simulator.history(7, NOW)
    simulator.api.limit_per_minute = 10_000
    access = Access(url=desk, credentials=simulator.credentials, zone=ZAGREB)
    with Session(access, NoGate(), allow_private=True, clock=lambda: NOW / SECOND) as session:
        for ticket in list(simulator.world.tickets.values())[:60]:
            reading = DESK.refresh(ticket.id, session)
            spans = [span.status for span in ticket.spans]
            told = [one for one in reading.events if one.type == "status.changed"]
            assert len(told) <= len(spans)
            assert reading.present[0].values["agent"] == (ticket.agent or None)
            said = {one.data["message"]: one.data["by"] for one in reading.events if one.type == "message.sent"}
            agents = set(simulator.world.agents)
            for block in ticket.blocks if ticket.channel != "C" else ():
                for message in block.messages:
                    if message.type in "MN":
                        assert said[message.id] == ("agent" if message.user in agents else "customer")
            rated = [one.kind for one in simulator.world.ratings if one.ticket == ticket.id and one.kind != "N"]
            answers = [one for one in reading.events if one.type == "survey.answered" and one.data["score"] != 2]
            assert len(answers) == len(rated)
    assert simulator.violations == []


def test_the_zone_is_the_installations_own() -> None:
    phoenix = Simulator(1, ZoneInfo("America/Phoenix"), clock=lambda: NOW)
    assert phoenix.world.local(NOW) == "2026-06-15 05:00:00"
    assert phoenix.world.local(NOW + HOUR) == "2026-06-15 06:00:00"
