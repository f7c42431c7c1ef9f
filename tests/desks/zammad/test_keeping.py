"""What of a webhook is kept: nothing that names a customer or repeats their words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.desks.zammad.office import DESK, article, body, ticket, user

CANARIES = ("canary", "0123", "people.example", "likes to be called")


def kept(told: bytes) -> Any:
    return json.loads(DESK.kept(told))


def full() -> bytes:
    """A payload in which everything that a person wrote or is called by holds a canary."""
    said = article(
        body="My canary is ill", subject="canary", to="canary@people.example", cc="canary", message_id="<canary@x>",
        references="canary", in_reply_to="canary", reply_to="canary@people.example", origin_by="canary@people.example",
        attachments=[{"filename": "canary.pdf", "url": "https://desk.example/canary"}], accounted_time=3,
        updated_by=user(41, "canary", "canary"), preferences={"is-auto-response": True, "delivery": "canary"},
    )  # fmt: skip
    told = ticket(
        title="A canary", note="canary", customer=user(41, "canary", "canary"), created_by=user(41, "canary", "c"),
        updated_by="canary@people.example", organization={"id": 2, "name": "canary Inc."}, preferences={"x": "canary"},
        article_ids=[1, 2], mentions=[{"user": "canary"}],
    )  # fmt: skip
    return body(told, said)


def test_no_person_and_no_text_is_kept() -> None:
    assert [canary for canary in CANARIES if canary in DESK.kept(full()).decode()] == []


def test_what_reading_needs_is_kept() -> None:
    told = kept(full())
    assert told["ticket"]["owner"] == {"id": 17, "firstname": "Eva", "lastname": "Novak"}
    assert told["ticket"]["group"] == {"id": 3, "name": "Blenders"}
    assert told["ticket"]["priority"] == {"id": 2, "name": "2 normal"}
    assert (told["ticket"]["customer_id"], told["ticket"]["region"]) == (41, "north")
    assert told["article"]["preferences"] == {"is-auto-response": True}
    assert told["article"]["body"] == ""


def test_marks_of_ours_are_kept_and_nothing_around_them() -> None:
    told = kept(
        body(ticket(title="Week 24 of canary [deskpulse:w:24]"), article(body="canary<br>[deskpulse:n:9] bird"))
    )
    assert told["ticket"]["title"] == "[deskpulse:w:24]"
    assert told["article"]["body"] == "[deskpulse:n:9]"


def test_keeping_again_changes_nothing() -> None:
    once = DESK.kept(full())
    assert DESK.kept(once) == once


def test_a_text_that_was_not_sent_is_not_made_up() -> None:
    said = article()
    del said["body"]
    assert "body" not in kept(body(ticket(), said))["article"]


@pytest.mark.parametrize("login", ["eva@people.example", None, 7, []])
def test_an_owner_who_is_no_object_is_an_address(login: Any) -> None:
    assert "owner" not in kept(body(ticket(owner=login)))["ticket"]


def test_a_group_may_be_a_name() -> None:
    assert kept(body(ticket(group="Blenders")))["ticket"]["group"] == "Blenders"


def test_of_a_notification_only_the_link_is_kept() -> None:
    told = {"ticket": "20612", "link": "https://d.example/#ticket/zoom/612", "message": "by canary", "body": "canary"}
    assert kept(json.dumps(told).encode()) == {"ticket": "20612", "link": told["link"]}


@pytest.mark.parametrize("told", [b"", b"nonsense", b"[]", b"null", b'"x"', b'{"error": "expected a comma"}'])
def test_what_is_no_webhook_of_zammad_is_kept_as_it_came(told: bytes) -> None:
    assert DESK.kept(told) is told


@pytest.mark.parametrize("said", [None, [], "x", {}, {"id": []}, {"preferences": []}])
@pytest.mark.parametrize("told", [{}, {"id": "#{ticket.id}"}, {"id": 612, "group": [], "owner": {}, "title": 7}])
def test_odd_parts_are_no_obstacle(told: Any, said: Any) -> None:
    made = kept(json.dumps({"ticket": told, "article": said}).encode())
    assert made["ticket"].get("id") == told.get("id")
