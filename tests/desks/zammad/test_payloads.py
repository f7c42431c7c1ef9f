"""What can be read from Zammad's JSON, in a webhook, in a template and in an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.zammad.payloads import (
    Article,
    Ticket,
    full_name,
    read_article,
    read_change,
    read_hook,
    read_ticket,
)
from tests.desks.zammad.office import OPEN, article, at, body, ticket, user

CHANGE = {"id": 71, "o_id": 612, "object": "Ticket", "type": "updated", "created_at": "2026-06-15T09:20:00.500Z",
          "created_by_id": 17, "attribute": "state", "id_from": 1, "id_to": 4, "value_from": "new",
          "value_to": "closed"}  # fmt: skip


def hook(**told: Any) -> Any:
    return read_hook(json.dumps(told).encode())


class TestHook:
    def test_the_default_payload_is_a_ticket_and_an_article(self) -> None:
        found = read_hook(body(ticket(), article()))
        assert found.ticket_id == 612
        assert isinstance(found.ticket, Ticket)
        assert isinstance(found.article, Article)

    def test_a_trigger_without_an_article_sends_an_empty_one(self) -> None:
        found = read_hook(body(ticket()))
        assert (found.ticket_id, found.article) == (612, None)

    @pytest.mark.parametrize("said", [None, [], "-", "", 0, {"id": "-"}, {"id": ""}, {"id": None}, {"type": "email"}])
    def test_an_article_without_a_number_is_none(self, said: Any) -> None:
        assert hook(ticket=ticket(), article=said).article is None

    def test_a_template_writes_its_numbers_as_texts(self) -> None:
        found = hook(ticket={"id": "612"}, article={"id": "9001"})
        assert (found.ticket_id, found.article.id) == (612, 9001)

    def test_a_notification_names_the_ticket_in_its_link_only(self) -> None:
        link = "https://desk.example/#ticket/zoom/612"
        found = hook(ticket="20612", subject="Blender", message="Updated", link=link, changes="", body="")
        assert (found.ticket_id, found.ticket, found.article) == (612, None, None)

    @pytest.mark.parametrize("tail", ["/9001", "?x=1", ""])
    def test_a_link_may_lead_to_an_article(self, tail: str) -> None:
        assert hook(ticket="20612", link=f"https://desk.example/#ticket/zoom/612{tail}").ticket_id == 612

    @pytest.mark.parametrize(
        "link", [None, 612, "", "-", "https://desk.example/", "#ticket/zoom/", "#ticket/zoom/0", "#ticket/zoom/x",
                 "#ticket/zoom/" + "9" * 40]
    )  # fmt: skip
    def test_a_link_that_leads_to_no_ticket_is_unreadable(self, link: Any) -> None:
        with pytest.raises(Unreadable, match="neither a ticket with an id nor a link"):
            hook(ticket="20612", link=link)

    @pytest.mark.parametrize("id_", ["#{ticket.id}", "-", "", None, 0, -3, 1.5, True, [], {}, "12x", "٣", 2**63])
    def test_a_ticket_without_a_number_is_unreadable_and_the_reason_is_named(self, id_: Any) -> None:
        with pytest.raises(Unreadable, match=r"^not what Zammad sends: id: "):
            hook(ticket={"id": id_})

    def test_a_placeholder_that_was_not_expanded_is_asked_about(self) -> None:
        with pytest.raises(Unreadable, match="were the placeholders of the template expanded"):
            hook(ticket={"id": "#{ticket.id}"})

    @pytest.mark.parametrize("told", [b"", b"{", b"nonsense", b"\xff", b'{"ticket": NaN}'])
    def test_what_is_no_json_is_unreadable(self, told: bytes) -> None:
        with pytest.raises(Unreadable, match="the body is not JSON"):
            read_hook(told)

    @pytest.mark.parametrize("told", [b"null", b"[]", b'"x"', b"7", b"true"])
    def test_what_is_no_object_is_unreadable(self, told: bytes) -> None:
        with pytest.raises(Unreadable, match="the body is no object"):
            read_hook(told)

    def test_a_payload_that_zammad_could_not_make_is_unreadable(self) -> None:
        with pytest.raises(Unreadable):
            hook(error="expected ',' or '}' after object value")


class TestTicket:
    def test_every_part_is_found_in_the_default_payload(self) -> None:
        found = read_ticket(ticket())
        assert (found.id, found.title) == (612, "The blender hums")
        assert (found.state_id, found.state) == (OPEN, "open")
        assert (found.group_id, found.group) == (3, "Blenders")
        assert (found.owner_id, found.owner) == (17, "Eva Novak")
        assert (found.customer_id, found.created_by_id) == (41, 17)
        assert (found.article_type, found.article_sender) == ("phone", "Customer")
        assert found.priority == "2 normal"
        assert (found.created_at, found.updated_at) == (at("15 09:00:00.250"), at("15 09:20:00.500"))
        assert found.attributes["region"] == "north"

    def test_an_answer_of_the_api_has_names_where_a_webhook_has_objects(self) -> None:
        found = read_ticket(ticket(group="Blenders", priority="3 high", owner="eva@people.example"))
        assert (found.group, found.priority) == ("Blenders", "3 high")
        assert found.owner is None, "a login is an address"

    @pytest.mark.parametrize("name", ["state", "group", "priority", "create_article_type", "create_article_sender"])
    @pytest.mark.parametrize("nothing", [None, "", "-", " - ", 7, [], {}, {"name": None}, {"name": "-"}])
    def test_a_word_that_says_nothing_is_none(self, name: str, nothing: Any) -> None:
        found = read_ticket(ticket(**{name: nothing}))
        read = {"create_article_type": "article_type", "create_article_sender": "article_sender"}.get(name, name)
        assert getattr(found, read) is None

    @pytest.mark.parametrize("name", ["state_id", "group_id", "owner_id", "customer_id", "created_by_id"])
    @pytest.mark.parametrize("nothing", [None, "", "-", "x", 0, -1, 1.0, False, [1], {"id": 1}])
    def test_a_number_that_is_none_is_none(self, name: str, nothing: Any) -> None:
        assert getattr(read_ticket(ticket(**{name: nothing})), name) is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-06-15T09:20:00.500Z", "15 09:20:00.500"),
            ("2026-06-15T11:20:00.500+02:00", "15 09:20:00.500"),
            ("2026-06-15 09:20:00 UTC", "15 09:20:00"),
            ("2026-06-15T09:20:00Z", "15 09:20:00"),
        ],
    )
    def test_times_are_read_as_the_api_and_as_templates_write_them(self, text: str, expected: str) -> None:
        assert read_ticket(ticket(updated_at=text)).updated_at == at(expected)

    @pytest.mark.parametrize(
        "text",
        [
            "04/24/2026 10:26 am (Europe/Berlin)",
            "2026-06-15 09:20:00",
            "2026-13-01 00:00:00 UTC",
            "-",
            "",
            None,
            1_781_000_000,
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-14:00",
            "2026-06-15T09:20:00.5Z" + "0" * 80,
        ],
    )
    def test_a_time_that_cannot_be_told_for_sure_is_none(self, text: Any) -> None:
        assert read_ticket(ticket(updated_at=text)).updated_at is None

    def test_what_is_missing_is_none(self) -> None:
        found = read_ticket({"id": 612})
        assert (found.state, found.group, found.owner, found.created_at, found.title) == (None, None, None, None, "")

    @pytest.mark.parametrize("told", [None, [], "612", 612, True])
    def test_what_is_no_object_is_unreadable(self, told: Any) -> None:
        with pytest.raises(Unreadable):
            read_ticket(told)


class TestArticle:
    def test_every_part_is_found(self) -> None:
        found = read_article(article())
        assert (found.id, found.type, found.sender, found.internal) == (9001, "email", "Agent", False)
        assert (found.at, found.created_by_id, found.auto) == (at("15 09:20:00.480"), 17, False)

    @pytest.mark.parametrize(
        ("told", "read"),
        [
            ("true", True),
            ("false", False),
            (True, True),
            (False, False),
            ("-", None),
            (None, None),
            (0, None),
            ("yes", None),
            ([], None),
        ],
    )
    def test_whether_it_is_internal_may_be_a_text_and_may_be_left_open(self, told: Any, read: bool | None) -> None:
        assert read_article(article(internal=told)).internal is read

    @pytest.mark.parametrize(
        ("preferences", "auto"),
        [({"is-auto-response": True}, True), ({"is-auto-response": False}, False), ({"is-auto-response": "yes"}, False),
         ({"send-auto-response": False}, False), ({}, False), (None, False), ([], False), ("x", False)],
    )  # fmt: skip
    def test_an_answering_machine_is_told_by_what_zammad_noted(self, preferences: Any, auto: bool) -> None:
        assert read_article(article(preferences=preferences)).auto is auto


class TestChange:
    def test_every_part_is_found(self) -> None:
        found = read_change(CHANGE)
        assert (found.id, found.at, found.by) == (71, at("15 09:20:00.500"), 17)
        assert (found.object, found.object_id, found.type, found.attribute) == ("Ticket", 612, "updated", "state")
        assert (found.id_from, found.id_to, found.value_from, found.value_to) == (1, 4, "new", "closed")

    def test_a_row_says_only_what_it_has(self) -> None:
        found = read_change({name: CHANGE[name] for name in ("id", "object", "type", "created_at")})
        assert (found.attribute, found.id_to, found.value_to, found.by) == (None, None, None, None)

    @pytest.mark.parametrize("name", ["id", "object", "type", "created_at"])
    def test_a_row_without_what_it_needs_is_unreadable(self, name: str) -> None:
        with pytest.raises(Unreadable):
            read_change({key: value for key, value in CHANGE.items() if key != name})

    def test_a_row_without_a_readable_moment_is_unreadable(self) -> None:
        with pytest.raises(Unreadable, match="at: Not an ISO 8601 time"):
            read_change({**CHANGE, "created_at": "yesterday"})


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (user(17, "Eva", "Novak"), "Eva Novak"),
        (user(17, "Eva", ""), "Eva"),
        (user(17, "", "Novak"), "Novak"),
        (user(1, "-", ""), None),
        ({"login": "eva@people.example"}, None),
        ({"firstname": 7, "lastname": None}, None),
        ("eva@people.example", None),
        (None, None),
    ],
)
def test_the_name_of_a_user_is_never_an_address(told: Any, name: str | None) -> None:
    assert full_name(told) == name
