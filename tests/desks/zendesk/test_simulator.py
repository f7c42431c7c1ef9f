"""The simulated Zendesk keeps to the documentation, writes down who does not, and fails on demand."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
from werkzeug.test import Client as Browser

from integrations.actions import AddNote, AddTag, PutSummary
from integrations.base import Call
from integrations.errors import BadProof, Retry, Unavailable, Unclear
from integrations.session import NoGate, Session
from integrations.simulated_trouble import WAIT
from integrations.times import DAY, HOUR, MINUTE
from integrations.zendesk.simulator import Simulator, signed
from tests.desks.serving import serving
from tests.desks.wired import HOST
from tests.desks.zendesk.office import DESK, NOW, SECRET, UTC, Office, access, at

URL = "https://pulse.example/webhooks/zendesk/acme"


class Asker:
    """Asks the simulated API as somebody else's program would."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.browser = Browser(office.simulator.app)
        user = f"{office.owner.email}/token:{office.api.token}"
        self.proof = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body)
        told = {**self.proof, "Content-Type": "application/json", **headers}
        answer = self.browser.open("/api/v2" + path, method=method, data=sent, headers=told)
        return answer.status_code, answer.get_json(silent=True)


@pytest.fixture
def office() -> Office:
    found = Office()
    found.ticket(tags=["vip"])
    return found


@pytest.fixture
def ask(office: Office) -> Asker:
    return Asker(office)


SINS: list[tuple[str, str, Any, int]] = [
    ("GET", "/nowhere", None, 404),
    ("GET", "/tickets/1/nothing", None, 404),
    ("POST", "/tickets/1", {}, 405),
    ("PATCH", "/tickets/1", {}, 405),
    ("GET", "/imports/tickets", None, 405),
    ("GET", "/tickets/1?include=x", None, 400),
    ("GET", "/tickets?colour=blue", None, 400),
    ("GET", "/tickets/1/audits?page[size]=101", None, 400),
    ("GET", "/tickets/1/audits?page[size]=0", None, 400),
    ("GET", "/users/show_many", None, 400),
    ("GET", "/users/show_many?ids=" + ",".join(map(str, range(101))), None, 400),
    ("GET", "/users/show_many?ids=x", None, 400),
    ("PUT", "/tickets/1", {}, 400),
    ("PUT", "/tickets/1", {"ticket": []}, 400),
    ("PUT", "/tickets/1", {"ticket": {"colour": "blue"}}, 400),
    ("PUT", "/tickets/1", {"ticket": {"comment": {"public": False}}}, 422),
    ("PUT", "/tickets/1", {"ticket": {"comment": {"body": "x", "colour": 1}}}, 422),
    ("PUT", "/tickets/1", {"ticket": {"custom_fields": [{"id": 1, "value": "x"}]}}, 422),
    ("PUT", "/tickets/1/tags", {}, 400),
    ("PUT", "/tickets/1/tags", {"tags": []}, 400),
    ("PUT", "/tickets/1/tags", {"tags": ["Two words"]}, 422),
    ("DELETE", "/tickets/1/tags", {"tag": "vip"}, 400),
    ("POST", "/imports/tickets", {"ticket": {"subject": "x"}}, 422),
    ("POST", "/imports/tickets", {"ticket": {"comment": {"body": "x"}}}, 400),
    ("POST", "/ticket_fields", {"ticket_field": {"title": "x"}}, 422),
    ("POST", "/ticket_fields", {"ticket_field": {"title": "x", "type": "link"}}, 422),
    ("POST", "/webhooks", {"webhook": {"name": "x"}}, 400),
    ("PATCH", "/webhooks/none", {"webhook": {"status": "active"}}, 404),
    ("GET", "/incremental/tickets/cursor?start_time=1781524799", None, 422),
    ("GET", "/satisfaction_ratings?sort=x", None, 400),
    ("GET", "/guide/survey_responses?ticket=1", None, 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), SINS)
def test_what_no_document_allows_is_refused_and_written_down(
    ask: Asker, method: str, path: str, body: Any, status: int
) -> None:
    assert ask(method, path, body)[0] == status
    assert len(ask.office.api.violations) == 1


ALLOWED: list[tuple[str, str, Any, int]] = [
    ("GET", "/tickets/1", None, 200),
    ("GET", "/tickets/99", None, 404),
    ("GET", "/satisfaction_ratings/9", None, 404),
    ("GET", "/tickets?external_id=x", None, 200),
    ("GET", "/users?role[]=agent", None, 200),
    ("GET", "/groups", None, 200),
    ("GET", "/webhooks/none/signing_secret", None, 404),
    ("PUT", "/tickets/1/tags", {"tags": ["loud"]}, 200),
    ("DELETE", "/tickets/1/tags", {"tags": ["loud"]}, 200),
    ("PUT", "/tickets/1", {"ticket": {"priority": "low"}}, 200),
    ("GET", "/incremental/tickets/cursor?start_time=1781524000", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ALLOWED)
def test_what_is_documented_is_answered_and_no_fault(
    ask: Asker, method: str, path: str, body: Any, status: int
) -> None:
    assert ask(method, path, body)[0] == status
    assert ask.office.api.violations == []


def test_a_request_without_a_proof_is_a_fault_and_one_with_a_wrong_one_is_none(ask: Asker) -> None:
    assert ask("GET", "/tickets/1", Authorization="Basic eA==")[0] == 401
    assert ask.office.api.violations == []
    ask.proof = {}
    assert ask("GET", "/tickets/1")[0] == 401
    assert len(ask.office.api.violations) == 1


def test_an_unknown_token_is_an_anonymous_user(ask: Asker) -> None:
    assert ask("GET", "/users/me")[1]["user"]["role"] == "admin"
    assert ask("GET", "/users/me", Authorization="Bearer x")[1]["user"]["id"] is None


@pytest.mark.parametrize("path", ["/incremental/tickets/cursor?start_time=1781524000", "/webhooks", "/triggers"])
def test_an_agent_may_not_administrate(ask: Asker, path: str) -> None:
    ask.office.owner.role = "agent"
    assert ask("GET", path)[0] == 403
    assert ask("GET", "/tickets/1")[0] == 200


def test_requests_beyond_the_limit_are_refused_and_a_fault(ask: Asker) -> None:
    ask.office.api.requests_per_minute = 2
    assert [ask("GET", "/tickets/1")[0] for _ in range(3)] == [200, 200, 429]
    assert len(ask.office.api.violations) == 1


@pytest.mark.parametrize("write", ["tags", "ticket"])
def test_a_closed_ticket_cannot_be_changed(ask: Asker, write: str) -> None:
    ask.office.world.tickets[1].held["status"] = "closed"
    path, body = (
        ("/tickets/1/tags", {"tags": ["x"]}) if write == "tags" else ("/tickets/1", {"ticket": {"priority": "low"}})
    )
    assert ask("PUT", path, body)[0] == 422
    assert ask.office.api.violations == []


def test_a_list_is_told_page_by_page(ask: Asker) -> None:
    ask.office.api.page_size = 2
    for minute in range(1, 5):
        ask.office.world.say(ask.office.world.tickets[1], at(minute), ask.office.jo.id)
    seen, after = [], ""
    while True:
        told = ask("GET", "/tickets/1/comments" + after)[1]
        seen += [one["id"] for one in told["comments"]]
        if not told["meta"]["has_more"]:
            break
        after = f"?page[after]={told['meta']['after_cursor']}"
    assert seen == [one["id"] for one in ask.office.world.tickets[1].comments]


# ------------------------------------------------------------------------------------------------ misbehaviour


@pytest.fixture
def session(office: Office) -> Iterator[Session]:
    with serving(office.simulator.app) as url:
        account = access()
        real = type(account)(url, office.simulator.credentials, UTC, author=str(office.owner.id), account="acme")
        with Session(real, NoGate(), allow_private=True, timeout=(1.0, 0.3)) as found:
            yield found


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [("429", Retry, False), ("500", Unclear, False), ("503", Unavailable, False), ("500 late", Unclear, True),
     ("drop", Unclear, False), ("drop late", Unclear, True), ("hang", Unclear, False)],
)  # fmt: skip
def test_a_request_goes_wrong_as_ordered_and_is_done_once_in_the_end(
    office: Office, session: Session, kind: Any, error: type[Exception], done: bool
) -> None:
    office.simulator.trouble.order(kind, "PUT", "/tags")
    with pytest.raises(error) as caught:
        DESK.apply(AddTag("1", "channel-email"), session)
    office.simulator.trouble.released.set()
    assert ("channel-email" in office.world.tickets[1].tags) is done
    assert getattr(caught.value, "after", None) == (float(WAIT) if kind in ("429", "503") else None)
    assert DESK.apply(AddTag("1", "channel-email"), session).changed is not done
    assert office.world.tickets[1].tags == ["vip", "channel-email"]


def test_only_the_request_that_was_meant_goes_wrong(office: Office, session: Session) -> None:
    office.simulator.trouble.order("500", "PUT", "/tags")
    assert DESK.refresh("1", session).events
    with pytest.raises(Unclear):
        DESK.apply(AddTag("1", "channel-email"), session)
    assert DESK.apply(AddTag("1", "channel-email"), session).changed
    assert office.simulator.trouble.ordered == []


# ------------------------------------------------------------------------------------------------ calls


def posted(simulator: Simulator) -> list[Call]:
    """Flushes, and gives the calls that were posted."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(URL, status=202)
        simulator.flush()
        return [_call(one.request) for one in wire.calls]


def _call(request: Any) -> Call:
    return Call(request.body, {name.lower(): text for name, text in request.headers.items()}, {}, NOW)


def test_every_call_proves_itself_and_can_be_read(office: Office) -> None:
    office.simulator.connect(URL, SECRET.decode())
    office.answered(office.world.tickets[1], 10)
    calls = posted(office.simulator)
    assert len(calls) == 5  # created, its comment, the answer, the agent, the status
    for one in calls:
        DESK.verify(one, [SECRET], now=NOW)
        assert DESK.parse(one, access()).events
    assert len({DESK.delivery(one) for one in calls}) == 5
    assert office.simulator.undelivered == 0


def test_a_clock_that_is_wrong_by_six_minutes_makes_calls_that_are_refused(office: Office) -> None:
    office.simulator.connect(URL, SECRET.decode())
    for skew, refused in ((4 * MINUTE, False), (6 * MINUTE, True), (-6 * MINUTE, True)):
        office.simulator.skew = skew
        office.world.say(office.world.tickets[1], at(30), office.jo.id)
        for one in posted(office.simulator):
            if refused:
                with pytest.raises(BadProof):
                    DESK.verify(one, [SECRET], now=NOW)
            else:
                DESK.verify(one, [SECRET], now=NOW)


def test_nothing_is_posted_before_anybody_connected(office: Office) -> None:
    assert office.simulator.flush() == 0
    assert office.world.fired == []


def test_a_call_that_is_not_taken_is_counted(office: Office) -> None:
    office.simulator.connect(URL, SECRET.decode())
    with responses.RequestsMock() as wire:
        wire.post(URL, status=503)
        wire.post(URL, body=requests.ConnectionError())
        assert office.simulator.flush() == 2
    assert office.simulator.undelivered == 2


def test_the_same_body_for_the_same_webhook_is_the_same_invocation() -> None:
    headers = [signed(b"{}", SECRET, at(minute), webhook=hook) for minute, hook in ((0, "a"), (5, "a"), (0, "b"))]
    ids = [one["X-Zendesk-Webhook-Invocation-Id"] for one in headers]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


# ------------------------------------------------------------------------------------------------ the company in it


def told(simulator: Simulator) -> list[tuple[Any, ...]]:
    tickets = simulator.world.tickets.values()
    return [(one.id, one.created, one.held["status"], len(one.comments), one.rating.get("score")) for one in tickets]


@pytest.mark.parametrize("seed", [1, 7])
def test_the_same_seed_tells_the_same_story(seed: int) -> None:
    first, second = (Simulator(seed, UTC, clock=lambda: NOW) for _ in range(2))
    for one in (first, second):
        one.history(4, NOW)
    assert told(first) == told(second)
    assert len(told(first)) > 20


def test_the_past_has_answers_ratings_and_every_channel_and_no_call() -> None:
    simulator = Simulator(3, UTC, clock=lambda: NOW)
    simulator.history(9, NOW)
    tickets = list(simulator.world.tickets.values())
    assert {one.word for one in tickets} == {"mail", "web_form", "chat", "native_messaging", "phone_call_inbound"}
    assert {one.held["status"] for one in tickets} >= {"new", "pending", "solved"}
    assert {one["score"] for one in simulator.world.ratings.values()} == {"good", "bad"}
    assert max(one.updated for one in tickets) <= NOW + HOUR
    assert simulator.world.fired == []


@pytest.mark.parametrize("survey", ["good and bad", "newer"])
def test_a_step_makes_something_happen_and_posts_it(survey: str) -> None:
    simulator = Simulator(5, UTC, clock=lambda: NOW)
    simulator.world.survey = survey
    simulator.history(3, NOW)
    simulator.connect(URL, SECRET.decode())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(URL, status=202)
        sent = [simulator.step(NOW + number * MINUTE, moves=2) for number in range(30)]
    assert sum(sent) > 30
    assert all(number > 0 for number in sent[:1])


def test_a_step_in_an_empty_desk_begins_the_story() -> None:
    simulator = Simulator(5, UTC, clock=lambda: NOW)
    simulator.step(NOW)
    assert len(simulator.world.tickets) == 1


def test_a_whole_past_is_found_by_a_back_fill() -> None:
    office = Office()
    office.simulator.history(4, NOW - DAY)
    with office.open() as (session, _):
        pages = list(DESK.backfill(session, since=NOW - 30 * DAY))
    asked = {int(ticket) for page in pages for ticket in page.reading.refresh}
    assert asked == set(office.world.tickets)
    answers = [one for page in pages for one in page.reading.events if one.type == "survey.answered"]
    assert len(answers) == len(office.world.ratings)


def test_what_deskpulse_wrote_is_counted_apart_from_the_rest(office: Office) -> None:
    with office.open() as (session, _):
        DESK.apply(AddTag("1", "channel-email"), session)
        DESK.apply(AddNote("1", "n:1", ("Call back",)), session)
        summary = DESK.apply(PutSummary("w:1", "Week", ()), session)
    office.world.say(office.world.tickets[1], at(30), office.eva.id, "Private", public=False)
    simulator = office.simulator
    assert simulator.own_tags() == {"1": ["channel-email"]}
    assert simulator.own_notes() == {"1": ["Call back\n[deskpulse:n:1]"]}
    assert list(simulator.summaries()) == [summary.object_id]
    assert simulator.credentials.keys() == {"email", "token"}
    assert HOST.startswith("https://")
