"""Audits as Zendesk writes them, each with exactly the events that it must become. Pure: nothing is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from integrations.times import MINUTE, iso
from integrations.zendesk.history import Told, is_answered, reading_of, unknown_writers
from integrations.zendesk.payloads import read_audit, read_ticket, read_user
from tests.desks.zendesk.office import NOW, OPENED, at
from workers.tickets import fold

JO, MAX, EVA, IVO, OWNER, NOBODY = 501, 502, 902, 903, 77, -1
WEB = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
RULE = {"channel": "rule", "source": {"from": {"id": 41, "title": "Notify"}, "to": {}, "rel": "trigger"}}
AUTOMATION = {"channel": "rule", "source": {"from": {"id": 42}, "to": {}, "rel": "automation"}}
STAFF = {"id": EVA, "role": "agent", "name": "Eva Novak"}, {"id": IVO, "role": "admin", "name": "Ivo Blau"}
Expected = Sequence[tuple[str, float, Mapping[str, Any]]]


def audit(minute: float, *events: Any, author: Any = EVA, via: Any = WEB) -> dict[str, Any]:
    """One update, so many minutes after the ticket was opened."""
    told = [{"id": int(9000 + minute * 10 + number), **one} for number, one in enumerate(events)]
    created = iso(at(minute))
    return {"id": int(100 + minute), "created_at": created, "author_id": author, "via": via, "events": told}


def change(name: str, value: Any, previous: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": name, "value": value, "previous_value": previous, **more}


def create(name: str, value: Any) -> dict[str, Any]:
    return {"type": "Create", "field_name": name, "value": value}


def says(author: Any = EVA, body: str = "Hello", *, public: Any = True, **more: Any) -> dict[str, Any]:
    return {"type": "Comment", "author_id": author, "public": public, "body": body, "attachments": [], **more}


def told(audits: Sequence[Any], *, options: Mapping[str, Any] | None = None, **ticket: Any) -> Told:
    """All that Zendesk answered about a ticket of Jo's that Eva has."""
    held = {
        "id": 71, "created_at": iso(OPENED), "updated_at": iso(at(60)), "via": {"channel": "email"}, "status": "open",
        "requester_id": JO, "submitter_id": JO, "assignee_id": EVA, "group_id": 33, "tags": [], **ticket,
    }  # fmt: skip
    return Told(
        ticket=read_ticket(held),
        audits=[read_audit(one) for one in audits],
        users={str(one["id"]): read_user(one) for one in STAFF},
        channel="email",
        asked_at=NOW,
        options=options or {},
        author=str(OWNER),
    )


def events(found: Told) -> list[tuple[str, float, Mapping[str, Any]]]:
    """Type, minute and data of every event but the creation."""
    return [
        (one.type, (one.at - OPENED) / MINUTE, one.data)
        for one in reading_of(found).events
        if one.type != "ticket.created"
    ]


def status(word: str, minute: float = 10, **who: Any) -> tuple[str, float, Mapping[str, Any]]:
    return ("status.changed", minute, {"status": word, **(who or {"by": "agent", "author": str(EVA)})})


def said(
    by: str, author: int | None, *, public: bool = True, number: int = 9100, **more: Any
) -> tuple[str, float, dict[str, Any]]:
    who = {"by": by} if author is None else {"by": by, "author": str(author)}
    return ("message.sent", 10, {"message": str(number), "public": public, **who, **more})


CHANGES: dict[str, tuple[dict[str, Any], Expected]] = {
    "new": (audit(10, change("status", "new", "open")), [status("new")]),
    "open": (audit(10, change("status", "open", "new")), [status("open")]),
    "pending": (audit(10, change("status", "pending", "open")), [status("pending")]),
    "on hold": (audit(10, change("status", "hold", "open")), [status("on_hold")]),
    "solved": (audit(10, change("status", "solved", "open")), [status("resolved")]),
    "closed": (audit(10, change("status", "closed", "solved")), [status("closed")]),
    "deleted": (audit(10, change("status", "deleted", "open")), [status("deleted")]),
    "in capitals": (audit(10, change("status", "SOLVED", "OPEN")), [status("resolved")]),
    "an unknown status": (audit(10, change("status", "sleeping", "open")), []),
    "no status": (audit(10, change("status", None, "open")), []),
    "a custom status": (audit(10, change("custom_status_id", 84473, 84472)), []),
    "by the customer": (
        audit(10, change("status", "open", "solved"), author=JO), [status("open", by="customer", author=str(JO))],
    ),
    "by Zendesk": (audit(10, change("status", "closed", "solved"), author=NOBODY), [status("closed", by="system")]),
    "by a trigger": (
        audit(10, change("status", "open", "new", via=RULE), author=JO), [status("open", by="system")],
    ),
    "by an automation": (
        audit(10, change("status", "closed", "solved"), author=NOBODY, via=AUTOMATION), [status("closed", by="system")],
    ),
    "by somebody unknown": (
        audit(10, change("status", "open", "new"), author=777), [status("open", by="customer", author="777")],
    ),
    "by nobody": (audit(10, change("status", "open", "new"), author=None), [status("open", by="system")]),
    "another agent": (
        audit(10, change("assignee_id", "903", "902")), [("ticket.assigned", 10, {"agent": "903"})],
    ),
    "no agent": (audit(10, change("assignee_id", None, "902")), [("ticket.assigned", 10, {"agent": None})]),
    "an empty agent": (audit(10, change("assignee_id", "", "902")), [("ticket.assigned", 10, {"agent": None})]),
    "agent nought": (audit(10, change("assignee_id", "0", "902")), [("ticket.assigned", 10, {"agent": None})]),
    "another group": (audit(10, change("group_id", 34, 33)), [("ticket.moved", 10, {"department": "34"})]),
    "no group": (audit(10, change("group_id", None, 33)), [("ticket.moved", 10, {"department": None})]),
    "another customer": (
        audit(10, change("requester_id", str(MAX), str(JO))), [("ticket.updated", 10, {"customer": str(MAX)})],
    ),
    "tags as a list": (
        audit(10, change("tags", ["a", "b"], ["b", "c"])),
        [("ticket.tagged", 10, {"add_tags": ["a"], "remove_tags": ["c"]})],
    ),
    "tags as one text": (audit(10, change("tags", "a b", "b")), [("ticket.tagged", 10, {"add_tags": ["a"]})]),
    "the first tags": (audit(10, change("tags", ["a"], None)), [("ticket.tagged", 10, {"add_tags": ["a"]})]),
    "no tags any more": (audit(10, change("tags", [], ["a"])), [("ticket.tagged", 10, {"remove_tags": ["a"]})]),
    "our tags": (audit(10, change("tags", ["channel-email", "deskpulse-low"], [])), []),
    "the same tags": (audit(10, change("tags", ["b", "a"], ["a", "b"])), []),
    "a priority": (
        audit(10, change("priority", "urgent", "low")), [("ticket.updated", 10, {"fields": {"priority": "urgent"}})],
    ),
    "no priority": (
        audit(10, change("priority", None, "low")), [("ticket.updated", 10, {"fields": {"priority": None}})],
    ),
    "a type": (audit(10, change("type", "incident")), [("ticket.updated", 10, {"fields": {"type": "incident"}})]),
    "a brand": (audit(10, change("brand_id", "5")), [("ticket.updated", 10, {"fields": {"brand": "5"}})]),
    "a form": (audit(10, change("ticket_form_id", 6)), [("ticket.updated", 10, {"fields": {"form": "6"}})]),
    "an organization": (
        audit(10, change("organization_id", 7)), [("ticket.updated", 10, {"fields": {"organization": "7"}})],
    ),
    "organization nought": (
        audit(10, change("organization_id", "0", "7")), [("ticket.updated", 10, {"fields": {"organization": None}})],
    ),
    "a custom field": (
        audit(10, change("4071", "south")), [("ticket.updated", 10, {"fields": {"4071": "south"}})],
    ),
    "a field of many values": (
        audit(10, change("4071", ["b", "a"], ["a"])), [("ticket.updated", 10, {"fields": {"4071": "a,b"}})],
    ),
    "a box that was ticked": (
        audit(10, change("4071", True, False)), [("ticket.updated", 10, {"fields": {"4071": "true"}})],
    ),
    "a field of prose": (audit(10, change("4071", "first\nsecond")), []),
    "a field of an object": (audit(10, change("4071", {"a": 1})), []),
    "a subject": (audit(10, change("subject", "Another", "One")), []),
    "a due date": (audit(10, change("due_at", "2026-07-01T00:00:00Z")), []),
    "a mail that was sent": (
        audit(10, {"type": "Notification", "subject": "x", "recipients": [JO], "via": RULE}), [],
    ),
    "a mail in copy": (audit(10, {"type": "Cc", "recipients": [MAX]}), []),
    "a call to a webhook": (audit(10, {"type": "External", "resource": "1", "body": "{}"}), []),
    "a file": (audit(10, {"type": "AttachmentRedactionEvent", "attachment_id": 3}), []),
    "an end of a chat": (audit(10, {"type": "ChatEndedEvent", "value": {"visitor_id": "7"}}), []),
    "a public reply": (audit(10, says(EVA)), [said("agent", EVA)]),
    "a note": (audit(10, says(IVO, public=False)), [said("agent", IVO, public=False)]),
    "a comment that does not say": (audit(10, says(EVA, public=None)), [said("agent", EVA, public=False)]),
    "a customer's words": (audit(10, says(JO), author=JO), [said("customer", JO)]),
    "words of the audit's author": (audit(10, says(None), author=IVO), [said("agent", IVO)]),
    "words written for a customer": (audit(10, says(JO), author=EVA), [said("customer", JO)]),
    "words of somebody in copy": (audit(10, says(MAX), author=MAX), [said("customer", MAX)]),
    "Zendesk's own words": (audit(10, says(NOBODY), author=NOBODY), [said("system", None, auto=True)]),
    "words of a rule": (audit(10, says(EVA, via=RULE)), [said("agent", EVA, auto=True)]),
    "words in a rule's audit": (audit(10, says(EVA), via=AUTOMATION), [said("agent", EVA, auto=True)]),
    "a call by phone": (audit(10, {**says(EVA), "type": "VoiceComment", "data": {}}), [said("agent", EVA)]),
    "our note": (audit(10, says(OWNER, "Low\n[deskpulse:n:1]", public=False), author=OWNER), []),
    "our mark in public": (audit(10, says(JO, "You wrote [deskpulse:n:1]"), author=JO), [said("customer", JO)]),
    "the survey": (
        audit(10, change("satisfaction_score", "offered", "unoffered", via=AUTOMATION), author=NOBODY),
        [("survey.sent", 10, {"survey": "satisfaction", "kind": "csat"})],
    ),
    "an answer": (audit(10, change("satisfaction_score", "good", "offered"), author=JO), []),
    "a reason": (audit(10, change("satisfaction_comment", "Slow", None), author=JO), []),
    "the newer survey": (
        audit(10, {"type": "SurveyOffered", "survey_id": "01J"}, author=NOBODY),
        [("survey.sent", 10, {"survey": "satisfaction", "kind": "csat"})],
    ),
    "the newer survey in other words": (
        audit(10, {"type": "survey_offered_event"}, author=NOBODY),
        [("survey.sent", 10, {"survey": "satisfaction", "kind": "csat"})],
    ),
    "a response": (audit(10, {"type": "SurveyResponseSubmitted"}, author=JO), []),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_an_update_becomes_what_it_changed(what: str) -> None:
    found, expected = CHANGES[what]
    assert events(told([audit(0, create("status", "new"), author=JO), found])) == expected


OPENINGS: dict[str, tuple[tuple[dict[str, Any], ...], Mapping[str, Any]]] = {
    "with nothing": ((), {}),
    "with an agent and a group": (
        (create("assignee_id", "902"), create("group_id", "33")), {"agent": "902", "department": "33"},
    ),
    "with nobody": ((create("assignee_id", None), create("group_id", "")), {}),
    "with tags": ((create("tags", ["vip", "channel-email", "vip"]),), {"tags": ["vip"]}),
    "with tags of ours": ((create("tags", ["channel-email"]),), {}),
    "with properties": (
        (create("priority", "high"), create("type", "task"), create("brand_id", "5"), create("ticket_form_id", "6")),
        {"fields": {"priority": "high", "type": "task", "brand": "5", "form": "6"}},
    ),
    "with fields": (
        (create("4071", "south"), create("4072", "a\nb"), create("4073", ["b", "a"])),
        {"fields": {"4071": "south", "4073": "a,b"}},
    ),
    "with fields of ours": ((create("8001", "2"), create("4071", "south")), {"fields": {"4071": "south"}}),
    "with a subject": ((create("subject", "The kettle leaks"), create("description", "Since Monday")), {}),
}  # fmt: skip


@pytest.mark.parametrize("what", OPENINGS)
def test_a_ticket_is_told_as_it_began(what: str) -> None:
    began, expected = OPENINGS[what]
    reading = reading_of(told([audit(0, *began, author=JO)], options={"own_fields": {"csat": "8001"}}))
    (created,) = reading.events
    assert created.data == {"by": "customer", "customer": str(JO), "channel": "email", **expected}
    assert created.at == OPENED


PASSED_ON = audit(10, change("requester_id", str(MAX), str(JO)))
WHOSE: list[tuple[list[dict[str, Any]], Mapping[str, Any], Mapping[str, Any]]] = [
    ([audit(0, create("requester_id", str(JO)))], {}, {"by": "customer", "customer": "501"}),
    ([audit(0, create("requester_id", JO)), PASSED_ON], {"requester_id": MAX}, {"by": "customer", "customer": "501"}),
    ([audit(0), PASSED_ON], {"requester_id": MAX}, {"by": "customer", "customer": "501"}),
    ([audit(0)], {}, {"by": "customer", "customer": "501"}),
    ([audit(0)], {"submitter_id": EVA}, {"by": "agent", "customer": "501"}),
    ([audit(0), PASSED_ON], {"submitter_id": EVA, "requester_id": MAX}, {"by": "agent", "customer": "501"}),
    ([audit(0)], {"submitter_id": NOBODY}, {"customer": "501"}),
    ([audit(0)], {"submitter_id": None}, {"customer": "501"}),
    ([], {}, {"by": "customer", "customer": "501"}),
    ([], {"submitter_id": EVA}, {"customer": "501"}),
]


@pytest.mark.parametrize(("audits", "ticket", "expected"), WHOSE)
def test_who_opened_a_ticket_is_told_by_whose_it_was_then(
    audits: list[Any], ticket: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    created = reading_of(told(audits, **ticket)).events[0]
    assert {name: created.data[name] for name in ("by", "customer") if name in created.data} == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [("new", []), ("open", ["open"]), ("pending", ["pending"]), ("hold", ["on_hold"]), ("solved", ["resolved"]),
     ("closed", ["closed"]), ("sleeping", []), (None, [])],
)  # fmt: skip
def test_the_status_that_a_ticket_began_with_is_told_unless_it_was_new(first: Any, expected: list[str]) -> None:
    found = events(told([audit(0, create("status", first))]))
    assert [(data["status"], minute) for _, minute, data in found] == [(word, 0) for word in expected]


# ------------------------------------------------------------------------------------------------ at once


ROUTED = (
    change("status", "open", "new"), change("group_id", "34", "33"), change("assignee_id", "903", "902"),
    change("priority", "high", "low"), change("tags", ["brief"], []),
)  # fmt: skip
BACK = (
    change("status", "pending", "open", via=RULE), change("group_id", "33", "34", via=RULE),
    change("assignee_id", "902", "903", via=RULE), change("priority", "low", "high", via=RULE),
    change("tags", [], ["brief"], via=RULE),
)  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_of_what_an_agent_and_a_trigger_changed_in_one_update_the_trigger_s_stands(order: int) -> None:
    reading = reading_of(told([audit(0, create("status", "new")), audit(10, *ROUTED, *BACK)]))
    ticket = fold("71", reading.events[::order])
    assert (ticket.status, ticket.department, ticket.agent) == ("pending", "33", "902")
    assert (ticket.fields["priority"], ticket.tags) == ("low", ())


def test_two_updates_of_one_second_are_in_the_order_of_their_ids() -> None:
    first, second = audit(10, change("group_id", "34", "33")), audit(10, change("group_id", "35", "34"))
    second["events"][0]["id"] += 50
    for updates in ([first, second], [second, first]):
        ticket = fold("71", reading_of(told([audit(0, create("group_id", "33")), *updates])).events)
        assert ticket.department == "35"


# ------------------------------------------------------------------------------------------------ hidden comments


@pytest.mark.parametrize(
    ("hidden", "public"),
    [
        ([{"type": "CommentPrivacyChange", "comment_id": 9100, "public": False}], False),
        ([{"type": "CommentPrivacyChange", "comment_id": "9100", "public": False}], False),
        ([{"type": "CommentPrivacyChange", "comment_id": 9100, "public": True}], True),
        ([{"type": "CommentPrivacyChange", "comment_id": 9100}], True),
        ([{"type": "CommentPrivacyChange", "comment_id": 9999, "public": False}], True),
        ([{"type": "CommentPrivacyChange", "public": False}], True),
        ([{"type": "CommentRedactionEvent", "comment_id": 9100}], True),
    ],
)
def test_a_comment_is_private_from_the_beginning_once_it_was_made_private(hidden: list[Any], public: bool) -> None:
    found = events(told([audit(10, says(EVA)), audit(20, *hidden)]))
    assert found == [said("agent", EVA, public=public)]


# ------------------------------------------------------------------------------------------------ merges

TAKEN_IN = "This request was closed and merged into request #72 “Kettle”."


def merging(
    body: str = TAKEN_IN, *, to: Any = None, before: Any = (), came: str = "closed_by_merge", own: Any = None
) -> dict[str, Any]:
    """The update by which an agent merged the ticket."""
    source = {"from": {}, "to": to or {}, "rel": "merge"}
    more = {} if own is None else {"via": own}
    comment = says(EVA, body, public=False, **more)
    tags = change("tags", [*before, came], list(before))
    return audit(30, comment, tags, change("status", "closed", "open"), via={"channel": "web", "source": source})


MERGES: list[tuple[dict[str, Any], str | None]] = [
    (merging(to={"ticket_id": 72}), "72"),
    (merging(to={"ticket_id": "72", "subject": "Kettle"}), "72"),
    (merging("", to={"ticket_id": 72}), "72"),
    (merging(), "72"),
    (merging("Zusammengeführt mit #72"), "72"),
    (merging("See #71, merged into #72"), "72"),
    (merging("Fermé"), "unknown"),
    (merging("#71"), "unknown"),
    (merging("#", to={"ticket_id": None}), "unknown"),
    (merging("", to={"ticket_id": 71}), "unknown"),
    (merging("", own={"channel": "merge", "source": {"to": {"ticket_id": 72}}}), "72"),
    (merging(before=["vip", "loud"]), "72"),
    (merging(came="closed"), None),
]


@pytest.mark.parametrize(("update", "into"), MERGES)
def test_a_merge_is_read_from_the_update_that_made_it(update: dict[str, Any], into: str | None) -> None:
    tags = ["closed_by_merge"] if into else ["closed"]
    found = events(told([audit(0, create("status", "new")), update], tags=tags, status="closed"))
    merged = [(minute, data) for type_, minute, data in found if type_ == "ticket.merged"]
    assert merged == ([(30, {"into": into})] if into else [])
    assert [data["auto"] for type_, _, data in found if type_ == "message.sent"] == [True]


def test_after_a_merge_that_was_undone_the_ticket_is_nobody_s() -> None:
    back = audit(40, change("tags", [], ["closed_by_merge"]), change("status", "open", "closed"))
    found = events(told([merging(to={"ticket_id": 72}), back], tags=[]))
    assert [type_ for type_, _, _ in found if type_ == "ticket.merged"] == []


def test_of_two_merges_the_last_stands() -> None:
    again = audit(
        50, change("tags", ["closed_by_merge"], []), via={"channel": "web", "source": {"to": {"ticket_id": 73}}}
    )
    back = audit(40, change("tags", [], ["closed_by_merge"]))
    found = events(told([merging(to={"ticket_id": 72}), back, again], tags=["closed_by_merge"]))
    assert [(minute, data) for type_, minute, data in found if type_ == "ticket.merged"] == [(50, {"into": "73"})]


@pytest.mark.parametrize("later", [(), (change("tags", ["closed_by_merge", "vip"], ["closed_by_merge"]),)])
def test_a_follow_up_with_the_tags_of_a_merged_ticket_was_not_merged_itself(later: tuple[Any, ...]) -> None:
    audits = [audit(0, create("tags", ["closed_by_merge"]), author=JO), *([audit(20, *later)] if later else [])]
    reading = reading_of(told(audits, tags=["closed_by_merge"]))
    assert [one.type for one in reading.events if one.type == "ticket.merged"] == []
    assert fold("71", reading.events).merged_into is None


# ------------------------------------------------------------------------------------------------ answers in fields


@pytest.mark.parametrize(
    ("value", "expected"),
    [("6", 6), (6, 6), ("6.5", 6.5), ("0", None), ("8", None), ("", None), (None, None), ("very", None)],
)
def test_an_answer_in_a_field_is_dated_by_the_update_that_filled_it(value: Any, expected: float | None) -> None:
    options = {"answers": {"ces": {"field": "4071", "scale": [1, 7]}}}
    found = events(told([audit(10, change("4071", value), author=JO)], options=options))
    answer = {"survey": "field-4071", "kind": "ces", "score": expected, "scale": [1, 7]}
    assert found == ([] if expected is None else [("survey.answered", 10, answer)])


def test_an_answer_that_came_with_the_ticket_is_of_its_beginning() -> None:
    options = {"answers": {"ces": {"field": "4071", "scale": [1, 7]}}}
    answer = {"survey": "field-4071", "kind": "ces", "score": 6, "scale": [1, 7]}
    for value, expected in (("6", [("survey.answered", 0, answer)]), ("9", []), (None, [])):
        found = told([audit(0, create("4071", value), create("4072", "south"), author=JO)], options=options)
        assert events(found) == expected


@pytest.mark.parametrize("makes", [change, create])
def test_the_comment_of_an_answer_is_what_the_same_update_set(makes: Callable[[str, Any], dict[str, Any]]) -> None:
    options = {"answers": {"ces": {"field": "4071", "scale": [1, 7], "comment": "4072"}}}
    for updates, comment in (
        ([audit(0, makes("4071", "2"), makes("4072", " Three calls "), author=JO)], {"comment": "Three calls"}),
        ([audit(0, makes("4072", "Three calls"), makes("4071", "2"), author=JO)], {"comment": "Three calls"}),
        ([audit(0, makes("4071", "2"), makes("4072", None), author=JO)], {}),
        ([audit(0, makes("4071", "2"), makes("4072", ["x"]), author=JO)], {}),
        ([audit(0, makes("4071", "2"), author=JO), audit(9, change("4072", "By Eva"))], {}),
    ):
        answer = {"survey": "field-4071", "kind": "ces", "score": 2, "scale": [1, 7], **comment}
        assert events(told(updates, options=options)) == [("survey.answered", 0, answer)]


# ------------------------------------------------------------------------------------------------ who is asked about


@pytest.mark.parametrize(
    ("update", "unknown"),
    [
        (audit(10, says(EVA)), set()),
        (audit(10, says(JO), author=JO), set()),
        (audit(10, says(NOBODY), author=NOBODY), set()),
        (audit(10, says(IVO), author=IVO), {str(IVO)}),
        (audit(10, says(MAX), author=IVO), {str(MAX)}),
        (audit(10, change("status", "open"), author=IVO), {str(IVO)}),
        (audit(10, change("tags", ["a"]), author=IVO), set()),
        (audit(10, change("assignee_id", "903"), says(IVO), author=IVO), set()),
        (audit(10, says(None), author=None), set()),
    ],
)
def test_only_writers_whom_ticket_and_history_do_not_tell_are_asked_about(
    update: dict[str, Any], unknown: set[str]
) -> None:
    found = told([update])
    assert unknown_writers(found.ticket, found.audits) == unknown


@pytest.mark.parametrize(
    ("type_", "answered"),
    [("SurveyResponseSubmitted", True), ("survey_response_submitted", True), ("SurveyOffered", False),
     ("SatisfactionRating", False), ("Comment", False), ("", False)],
)  # fmt: skip
def test_responses_are_asked_for_where_an_update_speaks_of_one(type_: str, answered: bool) -> None:
    assert is_answered(told([audit(10, {"type": type_})]).audits) is answered


# ------------------------------------------------------------------------------------------------ what holds now

HOLDS: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
    ({"status": "hold"}, {"status": "on_hold"}),
    ({"status": "archived"}, {"status": "closed"}),
    ({"status": "scrubbed"}, {"status": "deleted"}),
    ({"assignee_id": None, "group_id": None}, {"agent": None, "department": None}),
    ({"tags": ["vip", "channel-email", "deskpulse-low"]}, {"tags": ["vip"]}),
    ({"requester_id": MAX}, {"customer": str(MAX)}),
    ({"priority": "high", "organization_id": 0}, {"fields": {"priority": "high"}}),
    ({"custom_fields": [{"id": 4071, "value": "south"}, {"id": 8001, "value": "2"}]}, {"fields": {"4071": "south"}}),
    ({"custom_fields": [{"id": 4071, "value": None}]}, {"fields": {"4071": None}}),
    ({"custom_fields": [{"id": 4071, "value": "x" * 201}, {"id": 4072, "value": "a\nb"}]}, {}),
]


@pytest.mark.parametrize(("ticket", "expected"), HOLDS)
def test_what_holds_now_is_what_the_ticket_says(ticket: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    (now,) = reading_of(told([], options={"own_fields": {"csat": "8001"}}, **ticket)).present
    usual = {"status": "open", "channel": "email", "agent": str(EVA), "department": "33", "customer": str(JO)}
    assert now.values == {**usual, "tags": [], **expected}
    assert (now.ticket, now.updated_at, now.asked_at) == ("71", at(60), NOW)


def test_a_status_that_nobody_documents_is_not_told_as_present() -> None:
    (now,) = reading_of(told([], status="sleeping")).present
    assert "status" not in now.values
