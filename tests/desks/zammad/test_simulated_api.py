"""The simulated Zammad's API: it answers what is documented, and writes down everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from integrations.times import MINUTE
from tests.desks.zammad.office import CLOSED, NEW, OPEN, PLUGIN, Office, at

NOTE = {"type": "note", "sender": "Agent", "internal": True, "content_type": "text/html", "body": "words"}
TICKET = {"title": "Week", "group_id": 3, "customer_id": PLUGIN, "state_id": CLOSED, "article": NOTE}
WEBHOOK = {"name": "W", "endpoint": "https://us.example/hook", "signature_token": "s", "active": True}
TRIGGER = {"name": "T", "activator": "action", "condition": {"ticket.action": {"operator": "is", "value": "create"}},
           "perform": {"notification.webhook": {"webhook_id": "1"}}, "active": True}  # fmt: skip


@pytest.fixture
def office() -> Office:
    office = Office()
    office.letter(at("10 09:00"), region="north")
    return office


def asked(office: Office, method: str, path: str, told: Any = None, **headers: str) -> TestResponse:
    proof = {"Authorization": f"Token token={office.api.token}", **headers}
    body = {"data": told} if isinstance(told, bytes) else {"json": told} if told is not None else {}
    return Browser(office.simulator.app).open(f"/api/v1{path}", method=method, headers=proof, **body)


class TestWhatIsAllowed:
    @pytest.mark.parametrize(
        ("method", "path", "told", "status"),
        [
            ("GET", "/tickets?expand=true&page=1&per_page=100", None, 200),
            ("GET", "/tickets/search?expand=true&sort_by=updated_at&order_by=asc&page=1&per_page=200", None, 200),
            ("GET", "/tickets/1?expand=true", None, 200),
            ("GET", "/ticket_articles/by_ticket/1?expand=true", None, 200),
            ("GET", "/ticket_history/1", None, 200),
            ("GET", "/tags?object=Ticket&o_id=1", None, 200),
            ("GET", "/ticket_states?expand=true", None, 200),
            ("GET", "/groups", None, 200),
            ("GET", "/users/me", None, 200),
            ("GET", "/webhooks", None, 200),
            ("GET", "/triggers", None, 200),
            ("GET", "/tag_list", None, 200),
            ("POST", "/tags/add", {"object": "Ticket", "o_id": 1, "item": "vip"}, 201),
            ("DELETE", "/tags/remove", {"object": "Ticket", "o_id": 1, "item": "vip"}, 200),
            ("PUT", "/tickets/1", {"csat": "2"}, 200),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1}, 201),
            ("POST", "/tickets", TICKET, 201),
            ("POST", "/webhooks", WEBHOOK, 201),
            ("POST", "/triggers", TRIGGER, 201),
            ("POST", "/tag_list", {"name": "vip"}, 201),
        ],
    )
    def test_it_is_answered_and_no_violation(
        self, office: Office, method: str, path: str, told: Any, status: int
    ) -> None:
        assert asked(office, method, path, told).status_code == status
        assert office.simulator.violations == []

    def test_a_ticket_is_shown_with_ids_names_and_milliseconds(self, office: Office) -> None:
        told = asked(office, "GET", "/tickets/1?expand=true").get_json()
        assert (told["state_id"], told["state"], told["group_id"], told["group"]) == (NEW, "new", 1, "Users")
        assert (told["created_at"], told["region"], told["csat"]) == ("2026-06-10T09:00:00.000Z", "north", None)
        assert (told["customer_id"], told["customer"]) == (office.jo.id, "jo@customers.example")

    def test_a_history_leaves_out_what_is_not_set(self, office: Office) -> None:
        ticket = office.world.tickets[1]
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=OPEN)
        office.world.tag(ticket, at("10 10:01"), office.eva.id, "vip")
        rows = asked(office, "GET", "/ticket_history/1").get_json()["history"]
        assert [(row["object"], row["type"]) for row in rows] == [
            ("Ticket", "created"), ("Ticket::Article", "created"), ("Ticket", "updated"), ("Ticket", "added"),
        ]  # fmt: skip
        assert not {"id_from", "value_from", "attribute", "related_o_id"} & set(rows[0])
        assert rows[1]["related_o_id"] == 1
        assert (rows[2]["id_from"], rows[2]["id_to"], rows[2]["value_to"]) == (NEW, OPEN, "open")
        assert (rows[3]["attribute"], rows[3]["value_to"]) == ("tag", "vip")

    def test_the_search_finds_by_the_last_change_and_by_title(self, office: Office) -> None:
        office.letter(at("11 09:00"), title="Blender")

        def found(query: str) -> list[int]:
            return [row["id"] for row in asked(office, "GET", f"/tickets/search?expand=true&{query}").get_json()]

        changed = "condition[ticket.updated_at][operator]=after (absolute)&condition[ticket.updated_at][value]="
        (first, second) = office.world.tickets
        assert found(changed + "2026-06-10T09:00:00Z") == [second]
        assert found(changed + "2026-06-10T08:59:59.999Z") == [second, first]
        title = "condition[ticket.title][operator]=contains&condition[ticket.title][value]=blend"
        assert found(title) == [second]
        assert office.simulator.violations == []

    def test_a_page_ends_where_it_should(self, office: Office) -> None:
        for _ in range(4):
            office.letter(at("10 10:00"))
        sizes = [
            len(asked(office, "GET", f"/tickets?expand=true&page={page}&per_page=2").get_json())
            for page in (1, 2, 3, 4)
        ]
        assert sizes == [2, 2, 1, 0]


class TestWhatIsNot:
    @pytest.mark.parametrize(
        ("method", "path", "told", "status"),
        [
            ("GET", "/nowhere", None, 404),
            ("DELETE", "/tickets/1", None, 405),
            ("PATCH", "/tickets/1", {}, 405),
            ("GET", "/tickets/1?all=true", None, 422),
            ("GET", "/tickets?page=1&per_page=10", None, 422),
            ("GET", "/tickets?expand=true&page=1&per_page=101", None, 422),
            ("GET", "/tickets?expand=true&page=0&per_page=10", None, 422),
            ("GET", "/tickets/search?query=x&expand=true", None, 422),
            ("GET", "/tickets/search?expand=true&sort_by=title", None, 422),
            ("GET", "/tickets/search?expand=true&condition[ticket.title][operator]=is", None, 422),
            ("GET", "/tags?object=User&o_id=1", None, 422),
            ("PUT", "/tickets/1", {"state_id": CLOSED}, 422),
            ("PUT", "/tickets/1", {"owner_id": 3}, 422),
            ("PUT", "/tickets/1", {"group": "Orders"}, 422),
            ("PUT", "/tickets/1", {"nowhere": "x"}, 422),
            ("PUT", "/tickets/1", [], 422),
            ("PUT", "/tickets/1", b"nonsense", 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "internal": False}, 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "type": "email"}, 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "to": "jo@customers.example"}, 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "body": ""}, 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "body": "<script>x</script>"}, 422),
            ("POST", "/ticket_articles", {**NOTE, "ticket_id": 1, "content_type": "text/plain"}, 422),
            ("POST", "/tickets", {**TICKET, "customer_id": 5}, 422),
            ("POST", "/tickets", {**TICKET, "state_id": OPEN}, 422),
            ("POST", "/tickets", {**TICKET, "owner_id": 3}, 422),
            ("POST", "/tickets", {**TICKET, "article": {}}, 422),
            ("POST", "/tags/add", {"object": "Ticket", "o_id": 1, "item": "vip", "all": True}, 422),
            ("POST", "/webhooks", {**WEBHOOK, "endpoint": "ftp://us.example"}, 422),
            ("POST", "/webhooks", {**WEBHOOK, "secret": "s"}, 422),
            ("PUT", "/webhooks/9", WEBHOOK, 404),
            ("POST", "/triggers", {**TRIGGER, "name": "Größe"}, 422),
            ("POST", "/triggers", {**TRIGGER, "condition": {"ticket.title": {"operator": "is"}}}, 422),
            ("POST", "/triggers", {**TRIGGER, "condition": {"ticket.state_id": {"operator": "is"}}}, 422),
        ],
    )
    def test_it_is_refused_changes_nothing_and_is_written_down(
        self, office: Office, method: str, path: str, told: Any, status: int
    ) -> None:
        before = json.dumps([one.values for one in office.world.tickets.values()])
        assert asked(office, method, path, told).status_code == status
        assert len(office.simulator.violations) == 1
        assert json.dumps([one.values for one in office.world.tickets.values()]) == before
        assert len(office.world.tickets[1].articles) == 1

    def test_a_second_trigger_of_the_same_name_is_refused(self, office: Office) -> None:
        assert asked(office, "POST", "/triggers", TRIGGER).status_code == 201
        assert asked(office, "POST", "/triggers", {**TRIGGER, "name": "t"}).status_code == 422

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "region"}, {"name": "survey_id"}, {"name": "Survey"}, {"name": ""}, {"object": "User"},
            {"object": None}, {"display": ""}, {"data_type": "link"}, {"data_option": None}, {"data_option": {}},
            {"data_option": {"type": "text"}}, {"data_option": {"type": "text", "maxlength": "long"}}, {"color": 1},
        ],
        ids=str,
    )  # fmt: skip
    def test_an_attribute_that_zammad_would_not_take_is_a_violation(
        self, office: Office, change: dict[str, Any]
    ) -> None:
        told = {"name": "link", "object": "Ticket", "display": "Link", "active": True, "data_type": "input",
                "data_option": {"type": "text", "maxlength": 500}}  # fmt: skip
        assert asked(office, "POST", "/object_manager_attributes", {**told, **change}).status_code == 422
        assert len(office.simulator.violations) == 1
        assert asked(office, "POST", "/object_manager_attributes", told).get_json()["to_create"] is True
        assert "link" not in asked(office, "GET", "/tickets/1?expand=true").get_json(), "only when the database has it"
        assert asked(office, "POST", "/object_manager_attributes", told).status_code == 422, "it is there already"

    def test_a_request_without_a_token_is_a_violation_and_one_with_another_is_not(self, office: Office) -> None:
        assert Browser(office.simulator.app).get("/api/v1/groups").status_code == 403
        assert len(office.simulator.violations) == 1
        assert asked(office, "GET", "/groups", Authorization="Token token=another").status_code == 401
        assert asked(office, "GET", "/groups", Authorization=f"Bearer {office.api.token}").status_code == 401
        assert len(office.simulator.violations) == 1

    @pytest.mark.parametrize(
        ("path", "permission"),
        [("/tickets/1", "ticket.agent"), ("/webhooks", "admin.webhook"), ("/triggers", "admin.trigger"),
         ("/tag_list", "admin.tag"), ("/object_manager_attributes", "admin.object")],
    )  # fmt: skip
    def test_a_permission_that_is_missing_is_no_violation(self, office: Office, path: str, permission: str) -> None:
        office.api.permissions.discard(permission)
        assert asked(office, "GET", path).status_code == 403
        assert office.simulator.violations == []

    @pytest.mark.parametrize("path", ["/tickets/77?expand=true", "/ticket_history/77", "/ticket_articles/by_ticket/77"])
    def test_a_ticket_that_is_not_there_is_no_violation(self, office: Office, path: str) -> None:
        assert asked(office, "GET", path).status_code == 404
        assert office.simulator.violations == []

    def test_a_group_that_is_shut_is_seen_nowhere(self, office: Office) -> None:
        del office.api.rights["1"]
        assert asked(office, "GET", "/tickets/1?expand=true").status_code == 403
        assert asked(office, "GET", "/tickets?expand=true&page=1&per_page=10").get_json() == []
        assert asked(office, "GET", "/tickets/search?expand=true").get_json() == []


class TestTrouble:
    def test_maintenance_is_a_403(self, office: Office) -> None:
        office.api.maintenance = True
        answer = asked(office, "GET", "/users/me")
        assert (answer.status_code, answer.get_json()) == (403, {"error": "Maintenance mode enabled!"})

    def test_a_limit_lets_so_many_through_in_a_minute(self, office: Office) -> None:
        office.api.limit_per_minute = 2
        assert [asked(office, "GET", "/groups").status_code for _ in range(3)] == [200, 200, 429]
        assert asked(office, "GET", "/groups").headers["Retry-After"] == "7"
        office.now += MINUTE
        assert asked(office, "GET", "/groups").status_code == 200

    @pytest.mark.parametrize(
        ("kind", "status", "done"),
        [
            ("429", 429, False),
            ("500", 500, False),
            ("drop", 500, False),
            ("500 late", 500, True),
            ("drop late", 500, True),
        ],
    )
    def test_trouble_befalls_one_write_before_or_after_it_is_done(
        self, office: Office, kind: Any, status: int, done: bool
    ) -> None:
        office.simulator.trouble.order(kind)
        assert asked(office, "GET", "/groups").status_code == 200
        assert asked(office, "PUT", "/tickets/1", {"csat": "2"}).status_code == status
        assert (office.world.tickets[1].values["csat"] == "2") is done
        assert asked(office, "PUT", "/tickets/1", {"csat": "3"}).status_code == 200

    def test_trouble_may_be_ordered_for_one_kind_of_request(self, office: Office) -> None:
        office.simulator.trouble.order("500", "GET", "/api/v1/tags")
        assert asked(office, "GET", "/groups").status_code == 200
        assert asked(office, "GET", "/tags?object=Ticket&o_id=1").status_code == 500
        assert asked(office, "GET", "/tags?object=Ticket&o_id=1").status_code == 200

    def test_a_request_that_hangs_is_let_go(self, office: Office) -> None:
        office.simulator.trouble.released.set()
        office.simulator.trouble.order("hang", "GET", "/api/v1/groups")
        assert asked(office, "GET", "/groups").status_code == 500

    def test_a_search_that_is_behind_knows_of_nothing(self, office: Office) -> None:
        office.api.stale_search = True
        assert asked(office, "GET", "/tickets/search?expand=true").get_json() == []
        assert len(asked(office, "GET", "/tickets?expand=true&page=1&per_page=10").get_json()) == 1
