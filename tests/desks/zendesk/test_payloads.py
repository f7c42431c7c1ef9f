"""Whole bodies of calls as Zendesk writes them, one of each kind: what each tells, and what of it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from integrations.base import Reading
from integrations.times import MINUTE
from integrations.zendesk.notices import is_read
from tests.desks.zendesk.office import DESK, OPENED, access, call, news

#: What people wrote, are called, or live at; the customer is Mara, the agent Noor Aziz.
WORDS = (
    "Mara", "Lindqvist", "mara@people.example", "+49 30 5550199", "Steam comes out", "kettle-receipt.pdf",
    "The kettle leaks", "my neighbour", "Elm Street",
)  # fmt: skip
CUSTOMER = {"id": "22901", "is_staff": False, "name": "Mara Lindqvist", "email": "mara@people.example"}
AGENT = {"id": "22350", "is_staff": True, "name": "Noor Aziz"}
CREATED: Mapping[str, Any] = {"by": "customer", "customer": "22901", "channel": "email"}
SENT = {"message": "884201", "public": True}
Told = tuple[Mapping[str, Any], Sequence[tuple[str, Mapping[str, Any]]], bool]


def ticket(kind: str, event: Any, **changes: Any) -> dict[str, Any]:
    """A call about Mara's ticket, five minutes after she opened it."""
    return {
        "account_id": 90417,
        "detail": {
            "actor_id": "22350",
            "assignee_id": "22350",
            "brand_id": "730",
            "created_at": "2026-06-15T09:00:00Z",
            "custom_status": "511",
            "description": "Steam comes out. Ring me: +49 30 5550199",
            "external_id": None,
            "form_id": "620",
            "group_id": "410",
            "id": "1203",
            "is_public": True,
            "organization_id": "",
            "priority": "NORMAL",
            "requester_id": "22901",
            "status": "OPEN",
            "subject": "The kettle leaks",
            "submitter_id": "22901",
            "tags": ["kettle", "channel-email"],
            "type": "INCIDENT",
            "updated_at": "2026-06-15T09:05:00Z",
            "via": {"channel": "mail", "source": {"from": {"address": "mara@people.example", "name": "Mara"}}},
            **changes,
        },
        "event": event,
        "id": "7c0e5b1a-6f3d-4b57-9a55-3f1d6f6c0a01",
        "subject": "zen:ticket:1203",
        "time": "2026-06-15T09:05:00.731904112Z",
        "type": f"zen:event-type:ticket.{kind}",
        "zendesk_event_version": "2022-11-06",
    }


def message(actor: Mapping[str, Any]) -> dict[str, Any]:
    """A message of a messaging conversation."""
    return {
        "account_id": 90417,
        "detail": {"id": "1203"},
        "event": {
            "actor": actor,
            "conversation_id": "67ab5f53",
            "message": {"body": "Steam comes out", "id": "67ab5f55", "author": {"name": "Mara"}},
        },
        "id": "01JQMQH83YNAKWSWJ8B1QH2NSC",
        "subject": "zen:ticket:1203",
        "time": "2026-06-15T09:05:00.254571515Z",
        "type": "zen:event-type:messaging_ticket.message_added",
        "zendesk_event_version": "2022-11-06",
    }


def person(kind: str, event: Any) -> dict[str, Any]:
    """A call about a person or a company; nothing in it is counted."""
    detail = {
        "created_at": "2026-06-15T08:00:00Z", "email": "mara@people.example", "external_id": "", "id": "22901",
        "name": "Mara Lindqvist", "notes": "lives at Elm Street", "phone": "+49 30 5550199", "organization_id": "0",
        "default_group_id": "0", "role": "end-user", "updated_at": "2026-06-15T09:05:00Z",
    }  # fmt: skip
    envelope = ticket("x", event)
    return {**envelope, "type": f"zen:event-type:{kind}", "subject": "zen:user:22901", "detail": detail}


def comment(author: Mapping[str, Any], *, public: bool = True, body: str = "Steam comes out", **more: Any) -> Any:
    return {"comment": {"id": "884201", "body": body, "is_public": public, "author": dict(author), **more}}


def field(value: Any, title: str = "Region", previous: Any = None) -> dict[str, Any]:
    about = {"id": "360071", "title": title, "type": "text"}
    return {"current": {"value": value}, "previous": {"value": previous}, "custom_field": about}


def turned(current: Any, previous: Any = None) -> dict[str, Any]:
    sequence = {"id": "CE4A698AF24F35B3208649C6951E000E", "position": 2, "total": 3}
    return {"current": current, "previous": previous, "meta": {"sequence": sequence}}


def updated(**fields: Any) -> list[tuple[str, Mapping[str, Any]]]:
    return [("ticket.updated", {"fields": fields})]


def status(word: str) -> list[tuple[str, Mapping[str, Any]]]:
    return [("status.changed", {"status": word, "by": "agent", "author": "22350"})]


BODIES: Mapping[str, Told] = {
    "agent_assignment_changed": (
        ticket("agent_assignment_changed", turned("22351", "22350")), [("ticket.assigned", {"agent": "22351"})], False,
    ),
    "attachment_linked_to_comment": (
        ticket("attachment_linked_to_comment", {"attachment": {"filename": "kettle-receipt.pdf"}}), [], False,
    ),
    "attachment_redacted_from_comment": (
        ticket("attachment_redacted_from_comment", {"attachment": {"name": "kettle-receipt.pdf"}}), [], False,
    ),
    "brand_changed": (ticket("brand_changed", turned("731", "730")), updated(brand="731"), False),
    "comment_added by the agent": (
        ticket("comment_added", comment(AGENT, html_body="<p>Steam comes out</p>", attachments=["kettle-receipt.pdf"])),
        [("message.sent", {**SENT, "by": "agent", "author": "22350"})], False,
    ),
    "comment_added by the customer": (
        ticket("comment_added", comment(CUSTOMER), actor_id="22901"),
        [("message.sent", {**SENT, "by": "customer", "author": "22901"})], False,
    ),
    "comment_added as a note": (
        ticket("comment_added", comment(AGENT, public=False, body="Mara lives in Elm Street")),
        [("message.sent", {**SENT, "public": False, "by": "agent", "author": "22350"})], False,
    ),
    "comment_added by a bot": (
        ticket("comment_added", comment({"id": "-1", "is_staff": False, "name": "Zendesk"})),
        [("message.sent", {**SENT, "by": "system", "auto": True})], False,
    ),
    "comment_added by Deskpulse": (
        ticket("comment_added", comment({**AGENT, "id": "77"}, public=False, body="Mara! [deskpulse:low:1203]")),
        [], False,
    ),
    "comment_added without its author": (
        ticket("comment_added", {"comment": {"id": "884201", "is_public": True, "body": "Steam comes out"}}),
        [("message.sent", {**SENT, "by": "system", "auto": True})], False,
    ),
    "comment_made_private": (
        ticket("comment_made_private", {"comment": {"id": "884201", "body": "Steam comes out"}}), [], True,
    ),
    "comment_redacted": (ticket("comment_redacted", {"comment": {"id": "884201", "body": "my neighbour"}}), [], False),
    "custom_field_changed": (
        ticket("custom_field_changed", field("south", previous="my neighbour")), updated(**{"360071": "south"}), False,
    ),
    "custom_field_changed to nothing": (
        ticket("custom_field_changed", field(None, previous="Elm Street")), updated(**{"360071": None}), False,
    ),
    "custom_field_changed to several": (
        ticket("custom_field_changed", field(["wet", "hot"])), updated(**{"360071": "hot,wet"}), False,
    ),
    "custom_field_changed to prose": (
        ticket("custom_field_changed", field("Steam comes out\nask my neighbour")), [], False,
    ),
    "custom_field_changed to a long line": (
        ticket("custom_field_changed", field("my neighbour " * 20)), [], False,
    ),
    "custom_field_changed by Deskpulse": (
        ticket("custom_field_changed", field("2", title="deskpulse_csat")), [], False,
    ),
    "custom_field_changed without a value": (
        ticket("custom_field_changed", {"custom_field": {"id": "360071", "title": "Region"}}), [], True,
    ),
    "custom_status_changed": (ticket("custom_status_changed", turned("512", "511")), [], True),
    "created": (ticket("created", {}), [], True),
    "created a moment ago": (
        ticket("created", {}, updated_at="2026-06-15T09:00:00Z"), [("status.changed", {"status": "open"})], True,
    ),
    "description_changed": (ticket("description_changed", turned("my neighbour", "Steam comes out")), [], False),
    "email_ccs_changed": (ticket("email_ccs_changed", {"emails_added": ["mara@people.example"]}), [], False),
    "external_id_changed": (ticket("external_id_changed", turned("Mara-7", None)), [], False),
    "followers_changed": (ticket("followers_changed", {"followers_added": ["Mara"]}), [], False),
    "form_changed": (ticket("form_changed", turned("621", "620")), updated(form="621"), False),
    "group_assignment_changed": (
        ticket("group_assignment_changed", turned("411", "410")), [("ticket.moved", {"department": "411"})], False,
    ),
    "group_assignment_changed to none": (
        ticket("group_assignment_changed", turned("", "410")), [("ticket.moved", {"department": None})], False,
    ),
    "marked_as_spam": (ticket("marked_as_spam", {}, status="DELETED"), [("status.changed", {"status": "spam"})], False),
    "merged": (ticket("merged", {"target_ticket_id": "1204"}), [("ticket.merged", {"into": "1204"})], True),
    "merged into itself": (ticket("merged", {"target_ticket_id": "1203"}), [], True),
    "merged into nothing": (ticket("merged", {"target_ticket_id": ""}), [], True),
    "ola_policy_changed": (ticket("ola_policy_changed", turned("9", None)), [], False),
    "organization_changed": (
        ticket("organization_changed", turned("830", "")), updated(organization="830"), False,
    ),
    "organization_changed to none": (
        ticket("organization_changed", turned("0", "830")), updated(organization=None), False,
    ),
    "permanently_deleted": (
        ticket("permanently_deleted", {}, status="SCRUBBED"), [("status.changed", {"status": "deleted"})], False,
    ),
    "priority_changed": (ticket("priority_changed", turned("URGENT", "NORMAL")), updated(priority="urgent"), False),
    "priority_changed to none": (ticket("priority_changed", turned("", "LOW")), updated(priority=None), False),
    "problem_link_changed": (ticket("problem_link_changed", turned("1190", None)), [], True),
    "requester_changed": (
        ticket("requester_changed", turned("22902", "22901")), [("ticket.updated", {"customer": "22902"})], False,
    ),
    "schedule_changed": (ticket("schedule_changed", turned("3", "2")), [], False),
    "sla_policy_changed": (ticket("sla_policy_changed", turned("3", "2")), [], False),
    "soft_deleted": (
        ticket("soft_deleted", {}, status="DELETED"), [("status.changed", {"status": "deleted"})], False,
    ),
    "status_changed to new": (ticket("status_changed", turned("NEW", "OPEN")), status("new"), False),
    "status_changed to open": (ticket("status_changed", turned("OPEN", "SOLVED")), status("open"), False),
    "status_changed to pending": (ticket("status_changed", turned("PENDING", "OPEN")), status("pending"), False),
    "status_changed to hold": (ticket("status_changed", turned("HOLD", "OPEN")), status("on_hold"), False),
    "status_changed to solved": (ticket("status_changed", turned("SOLVED", "OPEN")), status("resolved"), False),
    "status_changed to closed": (ticket("status_changed", turned("CLOSED", "SOLVED")), status("closed"), False),
    "status_changed to archived": (ticket("status_changed", turned("ARCHIVED", "CLOSED")), status("closed"), False),
    "status_changed to deleted": (ticket("status_changed", turned("DELETED", "OPEN")), status("deleted"), False),
    "status_changed to scrubbed": (ticket("status_changed", turned("SCRUBBED", "DELETED")), status("deleted"), False),
    "status_changed to something": (ticket("status_changed", turned("SIMMERING", "OPEN")), [], True),
    "status_changed by the customer": (
        ticket("status_changed", turned("OPEN", "SOLVED"), actor_id="22901"),
        [("status.changed", {"status": "open", "by": "customer", "author": "22901"})], False,
    ),
    "status_changed by an automation": (
        ticket("status_changed", turned("CLOSED", "SOLVED"), actor_id="-1"),
        [("status.changed", {"status": "closed", "by": "system"})], False,
    ),
    "status_changed by another agent": (
        ticket("status_changed", turned("OPEN", "NEW"), actor_id="22399"),
        [("status.changed", {"status": "open"})], False,
    ),
    "subject_changed": (ticket("subject_changed", turned("Steam comes out", "The kettle leaks")), [], False),
    "submitter_changed": (ticket("submitter_changed", turned("22350", "22901")), [], False),
    "tags_changed": (
        ticket("tags_changed", {"tags_added": ["urgent"], "tags_removed": ["kettle"]}),
        [("ticket.tagged", {"add_tags": ["urgent"], "remove_tags": ["kettle"]})], False,
    ),
    "tags_changed by Deskpulse": (
        ticket("tags_changed", {"tags_added": ["channel-email"], "tags_removed": []}), [], False,
    ),
    "tags_changed without tags": (ticket("tags_changed", {"meta": {}}), [], True),
    "task_due_at_changed": (ticket("task_due_at_changed", turned("2026-07-01T00:00:00Z")), [], False),
    "type_changed": (ticket("type_changed", turned("PROBLEM", "INCIDENT")), updated(type="problem"), False),
    "undeleted": (
        ticket("undeleted", {}, status="PENDING"), [("status.changed", {"status": "pending"})], True,
    ),
    "undeleted and still deleted": (ticket("undeleted", {}, status="DELETED"), [], True),
    "something new": (ticket("simmered", turned("my neighbour", "Elm Street")), [], True),
}  # fmt: skip
MESSAGES: Mapping[str, tuple[dict[str, Any], Mapping[str, Any]]] = {
    "the customer": (
        message({"id": "22901", "name": "Mara Lindqvist", "type": "end_user"}), {"by": "customer", "author": "22901"},
    ),
    "an agent": (message({"id": "22350", "name": "Noor Aziz", "type": "agent"}), {"by": "agent", "author": "22350"}),
    "the bot": (message({"id": "zd:answerBot", "name": "Kettle Bot", "type": "system"}),
                {"by": "bot", "author": "zd:answerbot"}),
    "a trigger": (message({"id": "zd:trigger", "name": "Greeting", "type": "trigger"}), {"by": "system", "auto": True}),
    "Zendesk": (message({"id": "zd:system", "type": "system"}), {"by": "system", "auto": True}),
}  # fmt: skip
OTHERS: Mapping[str, Mapping[str, Any]] = {
    kind: person(kind, {"current": "Mara Lindqvist", "previous": "my neighbour"})
    for kind in (
        "user.active_changed", "user.name_changed", "user.created", "user.merged", "user.details_changed",
        "organization.name_changed", "article.comment_created", "agent.state_changed", "agent_availability",
    )
}  # fmt: skip


def read(body: Mapping[str, Any]) -> Reading:
    return DESK.parse(call(body), access())


@pytest.mark.parametrize("name", BODIES)
def test_a_call_tells_its_one_change_at_its_moment_and_asks_where_that_is_not_enough(name: str) -> None:
    body, expected, asks = BODIES[name]
    reading = read(body)
    assert news(reading) == expected
    assert reading.refresh == (("1203",) if asks else ())
    moment = OPENED if name.startswith("created") else OPENED + 5 * MINUTE
    assert {one.at for one in reading.events[1:]} <= {moment}
    assert CREATED.items() <= dict(reading.events[0].data).items()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_told_as_its_actor_s(name: str) -> None:
    body, who = MESSAGES[name]
    reading = read(body)
    (event,) = reading.events
    assert (event.type, event.ticket, event.at) == ("message.sent", "1203", OPENED + 5 * MINUTE)
    assert event.data == {"message": "67ab5f55", "public": True, **who}
    assert reading.names == ({"agent": {"22350": "Noor Aziz"}} if name == "an agent" else {})


@pytest.mark.parametrize("name", OTHERS)
def test_a_call_about_people_tells_nothing(name: str) -> None:
    assert read(OTHERS[name]) == Reading()


EVERY: Mapping[str, Mapping[str, Any]] = {
    **{name: body for name, (body, _, _) in BODIES.items()},
    **{name: body for name, (body, _) in MESSAGES.items()},
    **OTHERS,
}


@pytest.mark.parametrize("name", EVERY)
def test_what_is_kept_of_a_call_says_the_same_and_holds_no_word_of_anybody(name: str) -> None:
    body = EVERY[name]
    kept = DESK.kept(json.dumps(body).encode())
    assert [word for word in WORDS if word in kept.decode()] == []
    assert read(json.loads(kept)) == read(body)
    assert DESK.kept(kept) == kept
    assert {"type", "id", "time", "subject", "account_id"} <= json.loads(kept).keys()


@pytest.mark.parametrize("name", BODIES)
def test_a_call_that_comes_again_tells_the_same_facts(name: str) -> None:
    body, _, _ = BODIES[name]
    again = {**body, "id": "01JQMQH83YNAKWSWJ8B1QH2NSD", "time": "2026-06-15T09:05:01.000000001Z"}
    assert [one.content_hash() for one in read(again).events] == [one.content_hash() for one in read(body).events]


@pytest.mark.parametrize("name", BODIES)
def test_ids_written_as_numbers_and_words_in_small_letters_tell_the_same(name: str) -> None:
    body, _, _ = BODIES[name]
    detail = {
        key: int(value) if key.endswith("id") and str(value).lstrip("-").isdigit() else value
        for key, value in body["detail"].items()
    }
    small = {key: str(detail[key]).lower() for key in ("status", "priority", "type")}
    assert read({**body, "detail": {**detail, **small}}) == read(body)


@pytest.mark.parametrize(
    ("kind", "reads"),
    [("ticket.comment_added", True), ("ticket.merged", True), ("messaging_ticket.message_added", True),
     ("ticket.subject_changed", False), ("ticket.simmered", False), ("user.name_changed", False), ("", False)],
)  # fmt: skip
def test_of_an_event_that_changes_nothing_counted_nothing_is_read(kind: str, reads: bool) -> None:
    assert is_read(kind) is reads
