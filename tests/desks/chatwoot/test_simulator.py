"""The simulated Chatwoot as the demo stages it: a past, calls as documented, people who go on using it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from integrations.actions import AddNote, AddTag, PutSummary
from integrations.base import Call
from integrations.chatwoot.simulator import Simulator
from integrations.errors import BadProof
from integrations.times import DAY, HOUR, MINUTE, SECOND
from tests.desks.chatwoot.samples import DESK, only
from tests.desks.chatwoot.world import WEBHOOK, ZONE, Clock, Office
from tests.desks.hooks import NOW

SECRET = "whsec-given-by-hand"


@pytest.fixture
def office() -> Office:
    return Office(Clock(NOW))


@pytest.fixture
def received() -> Iterator[list[Call]]:
    """What arrives at the webhook's address."""
    calls: list[Call] = []

    def take(request: Any) -> tuple[int, dict[str, str], str]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(request.params)
        calls.append(Call(request.body, headers, query, NOW))
        return 202, {}, "{}"

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("POST", WEBHOOK, callback=take)
        yield calls


class TestTheCalls:
    def test_each_is_signed_with_the_webhooks_secret(self, office: Office, received: list[Call]) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        office.talk()
        assert office.simulator.flush() == len(received) == 2
        for call in received:
            DESK.verify(call, (SECRET.encode(),), now=NOW)
            message = call.headers["x-chatwoot-timestamp"].encode() + b"." + call.body
            assert call.headers["x-chatwoot-signature"] == (
                "sha256=" + hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
            )
        assert len({call.headers["x-chatwoot-delivery"] for call in received}) == 2

    def test_before_4112_they_are_not(self, office: Office, received: list[Call]) -> None:
        office.world.signs = False
        with office.asked() as session:
            DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        office.talk()
        office.simulator.flush()
        for call in received:
            assert "x-chatwoot-signature" not in call.headers
            DESK.verify(call, (SECRET.encode(),), now=NOW)
        assert received

    @pytest.mark.parametrize(("ahead", "good"), [(0, True), (4 * MINUTE, True), (-6 * MINUTE, False), (HOUR, False)])
    def test_a_wrong_clock_ages_a_signature(self, office: Office, received: list[Call], ahead: int, good: bool) -> None:
        office.clock.now -= MINUTE
        office.simulator.connect(WEBHOOK, SECRET)
        office.simulator.clock_ahead = ahead
        office.talk()
        office.simulator.flush()
        if good:
            DESK.verify(received[0], (SECRET.encode(),), now=NOW)
            return
        with pytest.raises(BadProof, match="300 seconds"):
            DESK.verify(received[0], (SECRET.encode(),), now=NOW)

    def test_only_what_is_subscribed_to_is_sent(self, office: Office, received: list[Call]) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        office.world.hooks[0].events = ["message_created"]
        office.talk()
        office.simulator.flush()
        assert [json.loads(call.body)["event"] for call in received] == ["message_created"]

    def test_what_is_not_taken_is_counted_and_never_repeated(self, office: Office) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        office.talk()
        with responses.RequestsMock() as mock:
            mock.add("POST", WEBHOOK, status=503)
            assert office.simulator.flush() == 2
            assert office.simulator.flush() == 0
        assert office.simulator.undelivered == 2
        office.talk()
        with responses.RequestsMock():
            office.simulator.flush()
        assert office.simulator.undelivered == 4

    def test_without_a_webhook_nobody_is_called(self, office: Office) -> None:
        office.talk()
        assert office.simulator.flush() == 0

    def test_a_payload_shows_the_conversation_as_it_is_when_its_job_runs(
        self, office: Office, received: list[Call]
    ) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.simulator.flush()
        bodies = [json.loads(call.body) for call in received]
        created = next(body for body in bodies if body["event"] == "conversation_created")
        assert created["status"] == "resolved"
        status = next(body for body in bodies if body["event"] == "conversation_status_changed")
        assert status["changed_attributes"] is None
        changed = [body["changed_attributes"] for body in bodies if body.get("changed_attributes")]
        assert {"status": {"previous_value": "open", "current_value": "resolved"}} in changed[-1]

    def test_labels_are_told_of_twice_as_of_one_fact(self, office: Office, received: list[Call]) -> None:
        talk = office.talk()
        office.simulator.connect(WEBHOOK, SECRET)
        office.world.jobs.clear()
        office.world.set_labels(talk, office.clock.later(), ["vip"])
        office.simulator.flush()
        first, second = (DESK.parse(call, office.access()) for call in received)
        assert {one.id for one in first.events} == {one.id for one in second.events}


class TestTheStory:
    def test_a_past_is_made_without_a_call(self, office: Office) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        office.simulator.history(5, NOW)
        talks = list(office.world.talks.values())
        assert len(talks) > 30
        assert min(talk.created for talk in talks) > NOW - 5 * DAY
        assert max(talk.updated for talk in talks) <= NOW + 3 * SECOND
        assert office.simulator.flush() == 0
        assert {talk.inbox.name for talk in talks} >= {"Website", "Mail", "WhatsApp"}
        assert office.world.answers
        assert {talk.status for talk in talks} >= {"open", "resolved"}

    def test_the_same_seed_tells_the_same_past(self) -> None:
        pasts = []
        for _ in range(2):
            simulator = Simulator(11, ZONE, clock=lambda: NOW)
            simulator.history(3, NOW)
            pasts.append([(talk.created, talk.status, len(talk.messages)) for talk in simulator.world.talks.values()])
        assert pasts[0] == pasts[1]

    def test_a_step_lets_something_happen_and_sends_its_calls(self, office: Office, received: list[Call]) -> None:
        office.simulator.connect(WEBHOOK, SECRET)
        office.simulator.history(1, NOW - SECOND)
        sent = sum(office.simulator.step(NOW, moves=2) for _ in range(5))
        assert sent == len(received) > 5
        readings = [DESK.parse(call, office.access()) for call in received]
        assert any(only(reading, "ticket.created") for reading in readings)

    def test_without_anything_due_a_customer_comes(self, office: Office) -> None:
        before = len(office.world.talks)
        office.simulator.step(NOW)
        assert len(office.world.talks) == before + 1

    def test_a_survey_is_put_once_and_a_rating_needs_one(self, office: Office) -> None:
        talk = office.talk()
        with pytest.raises(ValueError, match="no survey"):
            office.world.rate(talk, office.clock.later(), 5)
        for status in ("resolved", "open", "resolved"):
            office.world.set_status(talk, office.clock.later(), status)
        assert sum(said.content_type == "input_csat" for said in talk.messages) == 1
        shop = office.talk("Shop")
        office.world.set_status(shop, office.clock.later(), "resolved")
        assert office.world.survey_of(shop) is None


class TestWhatWasWritten:
    def test_own_tags_notes_and_summaries_can_be_counted(self, office: Office) -> None:
        office.talk()
        with office.asked() as session:
            for action in (
                AddTag("1", "channel-email"),
                AddNote("1", "deskpulse:n:1", ("Call back",)),
                PutSummary("deskpulse:w:1", "Week 1", ()),
            ):
                DESK.apply(action, session)
        simulator = office.simulator
        assert simulator.own_tags() == {"1": ["channel-email"]}
        assert simulator.own_notes() == {"1": ["Call back\n\n[deskpulse:n:1]"]}
        (text,) = simulator.summaries().values()
        assert text.startswith("**Week 1**")

    def test_what_others_wrote_is_not_counted(self, office: Office) -> None:
        talk = office.talk()
        office.world.set_labels(talk, office.clock.later(), ["vip"])
        office.world.note(talk, office.clock.later(), office.eva, "Third one")
        assert (office.simulator.own_tags(), office.simulator.own_notes(), office.simulator.summaries()) == ({}, {}, {})

    def test_the_credentials_are_the_plugins(self, office: Office) -> None:
        assert office.simulator.credentials == {"token": office.simulator.plugin.token, "account_id": "1"}
