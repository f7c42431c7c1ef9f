"""The simulated Zammad's life and its webhooks: signed, built late, tried five times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import responses

from integrations.base import Call
from integrations.times import DAY, HOUR
from integrations.zammad.connecting import PAYLOAD, TRIGGERS
from integrations.zammad.simulator import Simulator
from tests.desks.zammad.office import CLOSED, DESK, NOW, OPEN, SECRET, Office, access_to, at

URL = "https://us.example/webhooks/zammad/acme"


class Door:
    """What takes the webhooks: every call as it came, answered as a test wants."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.calls: list[Call] = []
        self.answers: list[int | Exception] = []
        mock.add_callback("POST", URL, callback=self._answer)

    def _answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(request.body, headers, {}, NOW))
        answer = self.answers.pop(0) if self.answers else 202
        if isinstance(answer, Exception):
            raise answer
        return answer, {}, ""

    def bodies(self) -> list[Any]:
        """The JSON of every call."""
        return [json.loads(call.body) for call in self.calls]


@pytest.fixture
def door() -> Iterator[Door]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Door(mock)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.simulator.connect(URL, SECRET.decode())
    return office


class TestCalls:
    def test_every_call_is_signed_and_can_be_read(self, office: Office, door: Door) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.say(ticket, at("10 09:30"), office.eva, state=OPEN, owner=office.eva.id, group=2)
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=CLOSED)
        assert office.simulator.flush() == len(door.calls) == 7
        for call in door.calls:
            DESK.verify(call, (SECRET,), now=NOW)
            assert DESK.parse(call, access_to()).refresh == (str(ticket.id),)

    def test_each_trigger_fires_for_its_own_reason(self, office: Office, door: Door) -> None:
        def fired() -> list[str]:
            door.calls.clear()
            office.simulator.flush()
            return sorted(call.headers["x-zammad-trigger"].removeprefix("Deskpulse: ") for call in door.calls)

        ticket = office.letter(at("10 09:00"))
        assert fired() == ["article created", "ticket created"]
        office.world.say(ticket, at("10 09:30"), office.eva)
        assert fired() == ["article created"]
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=OPEN)
        assert fired() == ["state changed"]
        office.world.change(ticket, at("10 10:01"), office.eva.id, owner=office.ivo.id, group=2)
        assert fired() == ["group changed", "owner changed"]
        office.world.change(ticket, at("10 10:02"), office.eva.id, region="south", state=OPEN)
        assert fired() == []
        office.world.tag(ticket, at("10 10:03"), office.eva.id, "vip")
        assert fired() == []

    def test_what_an_administrator_clicks_is_what_connecting_makes(self, office: Office) -> None:
        by_hand = {one["name"]: one["condition"] for one in office.world.triggers.values()}
        assert by_hand == {trigger.title: trigger.condition for trigger in TRIGGERS}

    def test_a_call_says_what_holds_when_it_is_sent(self, office: Office, door: Door) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=CLOSED)
        office.simulator.flush()
        assert {told["ticket"]["state"] for told in door.bodies()} == {"closed"}
        assert [bool(told["article"]) for told in door.bodies()] == [True, True, False]

    def test_nothing_is_posted_about_what_is_gone(self, office: Office, door: Door) -> None:
        office.world.delete(office.letter(at("10 09:00")))
        assert office.simulator.flush() == 0
        assert door.calls == []

    def test_before_it_is_connected_nothing_is_posted(self, door: Door) -> None:
        office = Office()
        office.letter(at("10 09:00"))
        assert office.simulator.flush() == 0

    @pytest.mark.parametrize("answer", [500, 503, 401, 404, 302, requests.ConnectionError(), requests.ReadTimeout()])
    def test_a_call_that_failed_is_tried_again_under_the_same_delivery(
        self, office: Office, door: Door, answer: int | Exception
    ) -> None:
        office.letter(at("10 09:00"))
        door.answers = [answer]
        assert office.simulator.flush() == 2
        office.simulator.flush()
        office.simulator.flush()
        deliveries = [DESK.delivery(call) for call in door.calls]
        assert len(deliveries) == 3
        assert deliveries[2] == deliveries[0] != deliveries[1]
        assert office.simulator.undelivered == 0

    def test_after_five_attempts_a_call_is_given_up(self, office: Office, door: Door) -> None:
        office.letter(at("10 09:00"))
        door.answers = [500] * 20
        for _ in range(8):
            office.simulator.flush()
        assert (len(door.calls), office.simulator.undelivered) == (10, 2)

    def test_an_attempt_says_what_holds_by_then(self, office: Office, door: Door) -> None:
        ticket = office.letter(at("10 09:00"))
        door.answers = [500, 500]
        office.simulator.flush()
        office.world.triggers.clear()
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=CLOSED)
        office.simulator.flush()
        assert [told["ticket"]["state"] for told in door.bodies()] == ["new", "new", "closed", "closed"]

    def test_a_custom_payload_is_expanded(self, office: Office, door: Door) -> None:
        office.world.webhooks[1]["custom_payload"] = PAYLOAD
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=CLOSED)
        office.simulator.flush()
        number = str(ticket.id)
        assert [told["ticket"] for told in door.bodies()] == [{"id": number}] * 3
        assert [told["article"]["id"] for told in door.bodies()] == [str(ticket.articles[0].id)] * 2 + ["-"]

    def test_our_own_writing_fires_triggers_too_and_is_known_again(self, office: Office, door: Door) -> None:
        ticket = office.letter(at("10 09:00"))
        office.simulator.flush()
        door.calls.clear()
        office.world.say(
            ticket, at("10 09:30"), office.simulator.plugin, type_="note", internal=True, body="x<br>[deskpulse:n:9]"
        )
        office.simulator.flush()
        (call,) = door.calls
        assert DESK.parse(call, access_to()).refresh == ()


class TestLife:
    def test_the_same_seed_lives_the_same_life(self) -> None:
        def lived(seed: int) -> list[Any]:
            simulator = Simulator(seed, ZoneInfo("UTC"), clock=lambda: NOW)
            simulator.history(5, NOW)
            return [
                (one.created_at, one.type, one.values, len(one.articles)) for one in simulator.world.tickets.values()
            ]

        assert lived(4) == lived(4)
        assert lived(4) != lived(5)

    def test_a_past_has_tickets_of_every_kind_and_tells_nobody(self, door: Door) -> None:
        simulator = Simulator(4, ZoneInfo("UTC"), clock=lambda: NOW)
        simulator.connect(URL, "s")
        simulator.history(20, NOW)
        tickets = list(simulator.world.tickets.values())
        assert 90 < len(tickets) < 360
        assert {one.values["state"] for one in tickets} >= {1, OPEN, CLOSED}
        assert len({one.type for one in tickets}) >= 6
        assert all(NOW - 20 * DAY <= one.created_at <= NOW for one in tickets)
        assert simulator.flush() == 0

    def test_a_step_lets_at_least_so_much_happen_and_posts_it(self, door: Door) -> None:
        simulator = Simulator(4, ZoneInfo("UTC"), clock=lambda: NOW)
        simulator.connect(URL, "s")
        simulator.history(3, NOW)
        before = max(simulator.world.articles)
        posted = simulator.step(NOW + 1000, moves=4)
        assert posted == len(door.calls) >= 4
        assert max(simulator.world.articles) > before
        assert simulator.step(NOW + 6 * HOUR) > 0

    def test_without_a_past_somebody_writes(self, door: Door) -> None:
        simulator = Simulator(4, ZoneInfo("UTC"), clock=lambda: NOW)
        simulator.connect(URL, "s")
        assert simulator.step(NOW) == 2
        assert len(simulator.world.tickets) == 1


class TestInspection:
    def test_what_deskpulse_wrote_is_told_apart(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        for tag in ("vip", "channel-email"):
            office.world.tag(ticket, at("10 09:01"), office.eva.id, tag)
        office.world.say(ticket, at("10 09:02"), office.eva, type_="note", internal=True, body="Call &lt;back&gt;")
        office.world.say(ticket, at("10 09:03"), office.eva, type_="note", internal=True, body="[deskpulse:n:9]")
        summary = office.letter(at("10 10:00"), title="Week [deskpulse:w:9]")
        simulator, number = office.simulator, str(ticket.id)
        assert simulator.own_tags() == {number: ["channel-email"]}
        assert simulator.notes(number) == ["Call <back>", "[deskpulse:n:9]"]
        assert simulator.own_notes() == {number: ["[deskpulse:n:9]"]}
        assert list(simulator.summaries()) == [str(summary.id)]
        assert set(simulator.tickets()) == {number}
