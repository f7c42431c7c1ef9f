"""The simulated Chatwoot is strict: what no document allows is refused and remembered; and it fails on demand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from integrations.chatwoot.simulated_api import WAIT
from integrations.times import MINUTE
from tests.desks.chatwoot.world import Office

A = "/api/v1/accounts/1"
ATTRIBUTE = {"attribute_display_name": "A", "attribute_display_type": 0, "attribute_key": "a", "attribute_model": 0}


class Browser:
    """Asks as the plugin's user does, unless told otherwise."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = Client(office.simulator.app)

    def ask(self, method: str, path: str, *, token: str | None = "", **more: Any) -> TestResponse:
        own = self.office.simulator.plugin.token
        headers: Mapping[str, str] = {} if token is None else {"Api-Access-Token": token or own}
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> TestResponse:
        return self.ask("POST", path, json=body, **more)

    @property
    def sins(self) -> list[str]:
        return self.office.simulator.violations


@pytest.fixture
def desk() -> Browser:
    office = Office()
    office.talk()
    return Browser(office)


class TestWhoIsLetIn:
    def test_without_a_token_nobody_is_and_it_is_a_sin(self, desk: Browser) -> None:
        assert desk.get(f"{A}/inboxes", token=None).status_code == 401
        assert desk.sins == [f"GET {A}/inboxes without api_access_token"]

    def test_a_wrong_token_is_no_sin_of_ours(self, desk: Browser) -> None:
        answer = desk.get(f"{A}/inboxes", token="a guess")
        assert (answer.status_code, answer.json) == (401, {"error": "Invalid Access Token"})
        assert desk.sins == []

    @pytest.mark.parametrize("path", ["inboxes", "webhooks", "csat_survey_responses", "labels", "conversations/1"])
    def test_an_agent_may_not_do_what_an_administrator_may(self, desk: Browser, path: str) -> None:
        desk.office.simulator.plugin.role = "agent"
        answer = desk.get(f"{A}/{path}")
        assert answer.status_code == 401
        assert "not authorized" in answer.get_data(as_text=True)

    def test_everybody_may_ask_who_they_are(self, desk: Browser) -> None:
        desk.office.eva.token = "evas own"
        told = desk.get("/api/v1/profile", token="evas own").json
        assert told is not None
        assert (told["id"], told["accounts"][0]["role"]) == (desk.office.eva.id, "agent")


class TestStrictness:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/v1/accounts/2/inboxes", 404),
            ("GET", f"{A}/tickets", 404),
            ("GET", f"{A}/conversations/x", 404),
            ("PUT", f"{A}/conversations/1", 405),
            ("DELETE", f"{A}/webhooks/1", 405),
            ("POST", f"{A}/conversations/1/assignments", 404),
            ("POST", f"{A}/conversations/1/toggle_status", 404),
            ("GET", "/", 404),
        ],
    )
    def test_a_request_that_we_should_not_make_is_a_sin(
        self, desk: Browser, method: str, path: str, status: int
    ) -> None:
        assert desk.ask(method, path, json={} if method != "GET" else None).status_code == status
        assert len(desk.sins) == 1

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("conversations/1/labels", {}),
            ("conversations/1/labels", {"labels": [], "more": 1}),
            ("conversations/1/messages", {"private": True}),
            ("conversations/1/custom_attributes", [1]),
            ("conversations", {"inbox_id": 1}),
            ("inboxes", {"name": "A", "channel": {"type": "api"}}),
            ("inboxes", {"name": "A", "channel": {"type": "email"}, "enable_auto_assignment": False}),
            ("labels", {"title": "two words"}),
            ("webhooks", {"webhook": {"url": "https://a.example"}}),
            ("webhooks", {"webhook": {"url": "https://a.example", "subscriptions": ["ticket_created"]}}),
            ("custom_attribute_definitions", {"attribute_key": "csat"}),
            ("custom_attribute_definitions", {**ATTRIBUTE, "attribute_display_type": "text"}),
            ("custom_attribute_definitions", {**ATTRIBUTE, "attribute_model": 1}),
            ("contacts", {"inbox_id": 1, "name": "A", "identifier": "deskpulse-summaries"}),
            ("dashboard_apps", {"title": "A"}),
        ],
    )
    def test_a_body_that_is_not_as_documented_is_refused_and_a_sin(self, desk: Browser, path: str, body: Any) -> None:
        assert desk.post(f"{A}/{path}", body).status_code == 422
        assert len(desk.sins) == 1

    @pytest.mark.parametrize(
        ("body", "sin"),
        [
            ({"content": "Hello"}, "reaches the customer"),
            ({"content": "Hello", "private": False}, "reaches the customer"),
            ({"content": "[@Eva](mention://user/1/Eva)", "private": True}, "a mention notifies"),
            ({"content": "{{ contact.email }}", "private": True}, "as a template"),
            ({"content": "{% assign %}", "private": True}, "as a template"),
        ],
    )
    def test_a_message_that_would_be_seen_or_heard_is_a_sin(self, desk: Browser, body: Any, sin: str) -> None:
        desk.post(f"{A}/conversations/1/messages", body)
        assert [sin in one for one in desk.sins] == [True]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("status=all&assignee_type=all&sort_by=created_at_desc&page=1", 200),
            ("assignee_type=all", 422),
            ("status=open", 422),
            ("status=all&sort_by=oldest", 422),
            ("status=all&page=0", 422),
        ],
    )
    def test_a_list_is_asked_for_with_what_it_needs(self, desk: Browser, query: str, status: int) -> None:
        assert desk.get(f"{A}/conversations?{query}").status_code == status
        assert len(desk.sins) == int(status != 200)

    def test_a_parameter_that_there_is_not_is_a_sin(self, desk: Browser) -> None:
        assert desk.get(f"{A}/conversations?status=all&since=7").status_code == 200
        assert desk.sins == [f"GET {A}/conversations has no parameter since"]

    def test_responses_without_both_ends_would_be_all_of_them(self, desk: Browser) -> None:
        assert desk.get(f"{A}/csat_survey_responses?since=1").status_code == 422
        assert desk.get(f"{A}/csat_survey_responses?since=1&until=2").json == []

    def test_a_summary_among_the_customers_conversations_is_a_sin(self, desk: Browser) -> None:
        office = desk.office
        body = {"inbox_id": office.inbox("Mail").id, "contact_id": office.ada.id, "status": "resolved"}
        assert desk.post(f"{A}/conversations", body).status_code == 200
        assert desk.sins == ["a conversation was opened among those of customers"]

    def test_more_requests_than_are_allowed_are_refused_until_the_minute_is_over(self, desk: Browser) -> None:
        desk.office.simulator.api.limit_per_minute = 3
        answers = [desk.get(f"{A}/labels").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        assert len(desk.sins) == 1
        desk.office.clock.later(MINUTE)
        assert desk.get(f"{A}/labels").status_code == 200


class TestWhatItTells:
    def test_messages_come_after_an_id_or_the_last_twenty(self, desk: Browser) -> None:
        talk = desk.office.world.talks[1]
        for _ in range(120):
            desk.office.world.write(talk, desk.office.clock.later(), "Hello?")
        first = desk.get(f"{A}/conversations/1/messages?after=0").json
        latest = desk.get(f"{A}/conversations/1/messages").json
        assert first is not None
        assert latest is not None
        ids = [said.id for said in talk.messages]
        assert [row["id"] for row in first["payload"]] == ids[:100]
        assert [row["id"] for row in latest["payload"]] == ids[-20:]

    def test_a_page_holds_twenty_five_conversations_and_the_next_one_the_rest(self, desk: Browser) -> None:
        for _ in range(29):
            desk.office.talk()
        query = f"{A}/conversations?status=all&sort_by=last_activity_at_desc"
        pages = [desk.get(f"{query}&page={page}").json for page in (1, 2, 3)]
        rows = [[row["id"] for row in page["data"]["payload"]] for page in pages if page]
        assert rows == [list(range(30, 5, -1)), [5, 4, 3, 2, 1], []]
        assert {page["data"]["meta"]["all_count"] for page in pages if page} == {30}

    def test_what_changed_lately_comes_at_once(self, desk: Browser) -> None:
        for _ in range(40):
            desk.office.talk()
        told = desk.get(f"{A}/conversations?status=all&updated_within=1800").json
        assert told is not None
        assert len(told["data"]["payload"]) == 30

    def test_all_labels_and_attributes_are_replaced(self, desk: Browser) -> None:
        talk = desk.office.world.talks[1]
        talk.labels, talk.custom = ["a"], {"x": 1}
        assert desk.post(f"{A}/conversations/1/labels", {"labels": ["b"]}).json == {"payload": ["b"]}
        body = {"custom_attributes": {"y": 2}}
        assert desk.post(f"{A}/conversations/1/custom_attributes", body).json == body
        assert (talk.labels, talk.custom) == (["b"], {"y": 2})
        assert desk.get(f"{A}/conversations/1/labels").json == {"payload": ["b"]}

    @pytest.mark.parametrize("tells", [True, False])
    def test_older_versions_do_not_tell_the_last_change(self, desk: Browser, tells: bool) -> None:
        desk.office.world.tells_updated = tells
        told = desk.get(f"{A}/conversations/1").json
        assert told is not None
        assert ("updated_at" in told) is tells

    def test_a_webhook_is_one_for_each_address(self, desk: Browser) -> None:
        body = {"webhook": {"url": "https://a.example", "subscriptions": ["message_created"]}}
        first = desk.post(f"{A}/webhooks", body).json
        assert first is not None
        made = first["payload"]["webhook"]
        assert made["secret"].startswith("made-by-chatwoot-")
        assert desk.post(f"{A}/webhooks", body).status_code == 422
        changed = desk.ask("PATCH", f"{A}/webhooks/{made['id']}", json=body).json
        assert changed == first
        assert desk.ask("PATCH", f"{A}/webhooks/999", json=body).status_code == 404


class TestTrouble:
    @pytest.mark.parametrize(
        ("trouble", "status", "done"),
        [("429", 429, False), ("429 for a while", 429, False), ("500", 500, False), ("500 late", 500, True),
         ("drop", 500, True)],
    )  # fmt: skip
    def test_a_write_goes_wrong_once_before_or_after_it_is_done(
        self, desk: Browser, trouble: str, status: int, done: bool
    ) -> None:
        api, talk = desk.office.simulator.api, desk.office.world.talks[1]
        api.troubles.append(trouble)
        answer = desk.post(f"{A}/conversations/1/labels", {"labels": ["a"]})
        assert (answer.status_code, talk.labels == ["a"]) == (status, done)
        assert answer.headers.get("Retry-After") == (str(WAIT) if trouble == "429 for a while" else None)
        assert desk.post(f"{A}/conversations/1/labels", {"labels": ["b"]}).status_code == 200

    def test_a_question_goes_wrong_only_where_that_is_asked_for(self, desk: Browser) -> None:
        api = desk.office.simulator.api
        api.troubles.append("500")
        assert desk.get(f"{A}/labels").status_code == 200
        api.reading_troubles.append("500")
        assert desk.get(f"{A}/labels").status_code == 500

    def test_one_that_hangs_goes_on_when_it_is_let_go(self, desk: Browser) -> None:
        api, answers = desk.office.simulator.api, []
        api.reading_troubles.append("hang")
        asking = threading.Thread(target=lambda: answers.append(desk.get(f"{A}/labels").status_code))
        asking.start()
        assert answers == []
        api.go_on.set()
        asking.join(10)
        assert answers == [200]

    def test_a_list_may_lag_behind(self, desk: Browser) -> None:
        desk.office.simulator.api.stale = set()
        told = desk.get(f"{A}/conversations?status=all").json
        assert told is not None
        assert told["data"]["payload"] == []
        assert desk.get(f"{A}/conversations/1").status_code == 200
