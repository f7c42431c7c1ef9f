"""What one call tells: every kind of event, late and early ones, our own echoes, bots and notes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.base import Reading
from integrations.errors import Unreadable
from integrations.events import Event
from integrations.times import SECOND, Instant
from integrations.zendesk import mapping
from integrations.zendesk.connecting import EVENTS, TRIGGER_BODY
from integrations.zendesk.notices import is_read
from tests.desks.zendesk.office import OPENED, at, call, happened, news, only, read
from workers.tickets import fold

EVA = {"id": "902", "is_staff": True, "name": "Eva Novak"}
JO = {"id": "501", "is_staff": False, "name": "Jo Doe"}
REGION = {"id": "4071", "title": "Region", "type": "tagger"}


#: What stands for no id, no word and no tags in any event.
ODD: list[Any] = [{"id": "902"}, ["902"], [], {}, True, False, 902.5, 0.0]
ODD_TAGS: list[Any] = [{"id": "9"}, {}, True, 0, 7, ["vip", 7]]
HANDED = {"ticket.agent_assignment_changed", "ticket.group_assignment_changed", "ticket.requester_changed"}


def comment(
    author: Mapping[str, Any], *, public: bool = True, body: str = "Hello", id_: str = "88001"
) -> dict[str, Any]:
    """What a comment event tells."""
    return {"comment": {"id": id_, "body": body, "is_public": public, "author": dict(author)}}


def field(value: Any, *, id_: str = "4071", title: str = "Region") -> dict[str, Any]:
    """What the change of a custom field tells."""
    return {"current": {"value": value}, "previous": {"value": None}, "custom_field": {"id": id_, "title": title}}


TELLS: list[tuple[str, Mapping[str, Any], list[tuple[str, Mapping[str, Any]]]]] = [
    ("ticket.status_changed", {"current": "hold"},
     [("status.changed", {"status": "on_hold", "by": "agent", "author": "902"})]),
    ("ticket.agent_assignment_changed", {"current": None}, [("ticket.assigned", {"agent": None})]),
    ("ticket.agent_assignment_changed", {"current": ""}, [("ticket.assigned", {"agent": None})]),
    ("ticket.agent_assignment_changed", {"current": "0"}, [("ticket.assigned", {"agent": None})]),
    ("ticket.agent_assignment_changed", {"current": 0}, [("ticket.assigned", {"agent": None})]),
    ("ticket.tags_changed", {"tags_added": None, "tags_removed": ["vip"]},
     [("ticket.tagged", {"remove_tags": ["vip"]})]),
    ("ticket.tags_changed", {"tags_added": ["vip"], "tags_removed": []}, [("ticket.tagged", {"add_tags": ["vip"]})]),
    ("ticket.tags_changed", {"tags_added": [], "tags_removed": ["vip", "a"]},
     [("ticket.tagged", {"remove_tags": ["a", "vip"]})]),
    ("ticket.tags_changed", {"tags_added": "vip loud"}, [("ticket.tagged", {"add_tags": ["loud", "vip"]})]),
    ("ticket.tags_changed", {"tags_added": ["channel-email", "deskpulse-follow-up"]}, []),
    ("ticket.tags_changed", {"tags_added": ["channel-email"], "tags_removed": ["vip"]},
     [("ticket.tagged", {"remove_tags": ["vip"]})]),
    ("ticket.custom_field_changed", field("south"), [("ticket.updated", {"fields": {"4071": "south"}})]),
    ("ticket.custom_field_changed", field(None), [("ticket.updated", {"fields": {"4071": None}})]),
    ("ticket.custom_field_changed", field(True), [("ticket.updated", {"fields": {"4071": "true"}})]),
    ("ticket.custom_field_changed", field(["b", "a"]), [("ticket.updated", {"fields": {"4071": "a,b"}})]),
    ("ticket.custom_field_changed", field("two\nlines"), []),
    ("ticket.custom_field_changed", field("x" * 201), []),
    ("ticket.custom_field_changed", field("email", title="deskpulse_channel"), []),
    ("ticket.priority_changed", {"current": "URGENT"}, [("ticket.updated", {"fields": {"priority": "urgent"}})]),
    ("ticket.priority_changed", {"current": None}, [("ticket.updated", {"fields": {"priority": None}})]),
    ("ticket.comment_added", comment(EVA),
     [("message.sent", {"message": "88001", "public": True, "by": "agent", "author": "902"})]),
    ("ticket.comment_added", comment(EVA, public=False),
     [("message.sent", {"message": "88001", "public": False, "by": "agent", "author": "902"})]),
    ("ticket.comment_added", comment(JO),
     [("message.sent", {"message": "88001", "public": True, "by": "customer", "author": "501"})]),
    ("ticket.comment_added", comment({"id": "502", "is_staff": False}),
     [("message.sent", {"message": "88001", "public": True, "by": "customer", "author": "502"})]),
    ("ticket.comment_added", comment({"id": "501", "is_staff": True}),
     [("message.sent", {"message": "88001", "public": True, "by": "customer", "author": "501"})]),
    ("ticket.comment_added", comment({"id": "902"}),
     [("message.sent", {"message": "88001", "public": True, "by": "agent", "author": "902"})]),
    ("ticket.comment_added", comment({"id": "-1", "is_staff": True}),
     [("message.sent", {"message": "88001", "public": True, "by": "system", "auto": True})]),
    ("ticket.comment_added", comment({"id": "77", "is_staff": True}, public=False, body="Low\n[deskpulse:n:1]"), []),
    ("ticket.comment_added", comment(JO, body="I quote [deskpulse:n:1]"),
     [("message.sent", {"message": "88001", "public": True, "by": "customer", "author": "501"})]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "told", "expected"), TELLS, ids=[f"{n} {kind}" for n, (kind, _, _) in enumerate(TELLS)]
)
def test_an_event_becomes_the_change_that_it_dates(
    kind: str, told: Mapping[str, Any], expected: list[tuple[str, Mapping[str, Any]]]
) -> None:
    reading = read(happened(kind, told))
    assert news(reading) == expected
    assert [one.at for one in reading.events[1:]] == [at(5)] * len(expected)
    assert reading.present == ()


@pytest.mark.parametrize("kind", sorted(mapping.SILENT))
def test_what_changes_nothing_that_is_counted_tells_only_that_there_is_a_ticket(kind: str) -> None:
    reading = read(happened(kind, {"current": "x", "previous": "y"}))
    assert [one.type for one in reading.events] == ["ticket.created"]
    assert reading.refresh == ()


@pytest.mark.parametrize("kind", [*sorted(mapping.ASKED_ABOUT), "ticket.painted_blue", "ticket."])
def test_what_says_too_little_is_asked_about(kind: str) -> None:
    reading = read(happened(kind, {"current": "x"}))
    assert reading.refresh == ("71",)
    assert reading.events[0].type == "ticket.created"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ticket.status_changed", {}), ("ticket.status_changed", {"current": "SLEEPING"}),
        ("ticket.status_changed", {"current": None}), ("ticket.agent_assignment_changed", {}),
        ("ticket.group_assignment_changed", {"previous": "3"}), ("ticket.requester_changed", {}),
        ("ticket.tags_changed", {}), ("ticket.custom_field_changed", {"current": {"value": "x"}}),
        ("ticket.custom_field_changed", {"custom_field": REGION}), ("ticket.priority_changed", {}),
        ("ticket.comment_added", {}), ("ticket.comment_added", {"comment": {"id": "9"}}),
        ("ticket.comment_added", comment({"id": "904"})), ("ticket.merged", {}),
        *((kind, {"current": odd}) for kind in sorted(HANDED) for odd in ODD),
        *((kind, {"current": odd}) for kind in ("ticket.brand_changed", "ticket.priority_changed") for odd in ODD),
        *(("ticket.tags_changed", {"tags_added": odd, "tags_removed": ["vip"]}) for odd in ODD_TAGS),
    ],
)  # fmt: skip
def test_an_event_without_its_news_is_asked_about_and_tells_nothing_else(kind: str, told: Mapping[str, Any]) -> None:
    reading = read(happened(kind, told))
    assert reading.refresh == ("71",)
    assert news(reading) == []


def test_every_event_that_is_subscribed_to_is_understood() -> None:
    assert [kind for kind in EVENTS if not is_read(kind)] == []


# ------------------------------------------------------------------------------------------------ the ticket


def created(reading: Reading) -> Event:
    (event,) = only(list(reading.events), "ticket.created")
    return event


def test_any_call_tells_what_never_changes_of_the_ticket() -> None:
    event = created(read(happened("ticket.status_changed", {"current": "OPEN"})))
    assert (event.at, event.seen) == (OPENED, at(5))
    assert event.data == {"by": "customer", "customer": "501", "channel": "email"}


def test_a_new_ticket_tells_how_it_began_and_is_asked_about() -> None:
    reading = read(happened("ticket.created", updated_at="2026-06-15T09:00:01Z", tags=["kettle", "channel-email"]))
    assert created(reading).data == {
        "by": "customer", "customer": "501", "channel": "email", "agent": "902", "department": "33", "tags": ["kettle"],
    }  # fmt: skip
    assert news(reading) == [("status.changed", {"status": "open"})]
    assert reading.events[1].at == OPENED
    assert reading.refresh == ("71",)


def test_a_new_ticket_that_is_told_late_says_nothing_of_how_it_is_now() -> None:
    reading = read(happened("ticket.created", status="SOLVED", tags=["later"], assignee_id="903"))
    assert created(reading).data == {"by": "customer", "customer": "501", "channel": "email"}
    assert news(reading) == []


@pytest.mark.parametrize(
    ("submitter", "by"), [("501", "customer"), ("902", "agent"), ("-1", None), ("", None), (None, None), ("0", None)]
)
def test_who_opened_it_is_whoever_submitted_it(submitter: str | None, by: str | None) -> None:
    event = created(read(happened("ticket.created", submitter_id=submitter, updated_at="2026-06-15T09:00:00Z")))
    assert event.data.get("by") == by


@pytest.mark.parametrize("kind", ["ticket.created", "ticket.priority_changed", "ticket.merged"])
@pytest.mark.parametrize(("submitter", "by"), [("501", "customer"), ("902", None), ("502", None), ("-1", None)])
def test_a_later_call_does_not_take_a_submitter_for_an_agent_who_may_have_been_the_customer_before(
    kind: str, submitter: str, by: str | None
) -> None:
    event = created(read(happened(kind, {"current": "LOW", "target_ticket_id": "72"}, submitter_id=submitter)))
    assert (event.data.get("by"), event.data["customer"]) == (by, "501")


def test_empty_ids_are_nobody() -> None:
    event = created(read(happened("ticket.created", requester_id="", updated_at="2026-06-15T09:00:00Z", group_id="")))
    assert event.data == {"channel": "email", "agent": "902", "tags": ["kettle"]}


def test_a_follow_up_is_asked_about_because_only_its_parent_knows_the_channel() -> None:
    reading = read(happened("ticket.priority_changed", {"current": "LOW"}, via={"channel": "closed_ticket"}))
    assert "channel" not in created(reading).data
    assert reading.refresh == ("71",)


def test_a_summary_of_ours_is_out_of_every_count_also_before_its_answer_came() -> None:
    ours = {"external_id": "deskpulse:w:9", "submitter_id": "77", "tags": ["deskpulse-summary"]}
    for kind in ("ticket.created", "ticket.comment_added", "ticket.tags_changed"):
        reading = read(happened(kind, comment(EVA), **ours))
        assert [(one.type, one.data) for one in reading.events] == [
            ("ticket.created", {"by": "system", "channel": "internal"}),
            ("ticket.tagged", {"add_tags": [SUMMARY_TAG]}),
        ]
        assert reading.refresh == ()


@pytest.mark.parametrize("changes", [{"submitter_id": "501"}, {"external_id": "deskpulsed"}, {"external_id": None}])
def test_somebody_else_s_ticket_is_no_summary(changes: Mapping[str, Any]) -> None:
    ours: dict[str, Any] = {"external_id": "deskpulse:w:9", "submitter_id": "77", **changes}
    assert created(read(happened("ticket.created", **ours))).data["channel"] == "email"


# ------------------------------------------------------------------------------------------------ moments


@pytest.mark.parametrize(
    ("time", "updated", "expected"),
    [
        ("2026-06-15T09:05:00.999999999Z", "2026-06-15T09:05:00Z", at(5)),
        ("2026-06-15T09:05:03.000000000Z", "2026-06-15T09:05:00Z", at(5)),
        ("2026-06-15T09:05:05.000000000Z", "2026-06-15T09:05:00Z", at(5)),
        ("2026-06-15T09:05:06.000000000Z", "2026-06-15T09:05:00Z", at(5) + 6 * SECOND),
        ("2026-06-15T09:05:00.250917517Z", "2026-06-15T10:00:00Z", at(5)),
        ("2026-06-15T09:05:00.250917517Z", None, at(5)),
        ("2026-06-15T11:05:00.250917517+02:00", "2026-06-15T09:05:00Z", at(5)),
    ],
)
def test_a_change_is_dated_as_its_audit_will_be(time: str, updated: str | None, expected: Instant) -> None:
    body = {**happened("ticket.merged", {"target_ticket_id": "72"}, updated_at=updated), "time": time}
    assert only(list(read(body).events), "ticket.merged")[0].at == expected


def test_two_deliveries_of_one_fact_are_one_event() -> None:
    first = happened("ticket.status_changed", {"current": "SOLVED"})
    again = {**first, "id": "another", "time": "2026-06-15T09:05:01.000000001Z"}
    assert {one.id for one in read(first).events} == {one.id for one in read(again).events}


def _story() -> list[Reading]:
    """Answered, solved, reopened, another agent; each call built later than the next one happened."""
    late = {"updated_at": "2026-06-15T10:00:00Z", "status": "OPEN", "assignee_id": "903", "tags": ["late"]}
    steps: list[tuple[str, Mapping[str, Any], str]] = [
        ("ticket.comment_added", comment(EVA), "09:05:00"),
        ("ticket.status_changed", {"current": "SOLVED"}, "09:10:00"),
        ("ticket.status_changed", {"current": "OPEN"}, "09:20:00"),
        ("ticket.agent_assignment_changed", {"current": "903"}, "09:30:00"),
        ("ticket.tags_changed", {"tags_added": ["late"], "tags_removed": []}, "09:40:00"),
    ]
    return [read({**happened(kind, told, **late), "time": f"2026-06-15T{time}.5Z"}) for kind, told, time in steps]


def test_in_whatever_order_calls_come_and_however_late_they_were_built_the_ticket_is_the_same() -> None:
    readings = _story()
    tickets = [fold("71", [one for reading in order for one in reading.events]) for order in permutations(readings)]
    assert all(ticket == tickets[0] for ticket in tickets)
    assert (tickets[0].status, tickets[0].agent, tickets[0].tags) == ("open", "903", ("late",))
    assert [(one.at, one.undone_at) for one in tickets[0].resolutions] == [(at(10), at(20))]


def test_an_early_call_that_arrives_last_moves_nothing_back() -> None:
    readings = _story()
    stale = read(happened("ticket.agent_assignment_changed", {"current": "902"}))
    ticket = fold("71", [one for reading in [*readings, stale] for one in reading.events])
    assert (ticket.agent, ticket.status) == ("903", "open")


def test_a_deleted_ticket_that_comes_back_is_as_it_was() -> None:
    gone = read(happened("ticket.soft_deleted"))
    back = read({**happened("ticket.undeleted", status="PENDING"), "time": "2026-06-15T09:50:00Z"})
    ticket = fold("71", [*gone.events, *back.events])
    assert ticket.status == "pending"
    assert back.refresh == ("71",)
    assert news(read(happened("ticket.undeleted", status="DELETED"))) == []


# ------------------------------------------------------------------------------------------------ messaging


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"type": "end_user", "id": "501"}, {"by": "customer", "author": "501"}),
        ({"type": "agent", "id": "902"}, {"by": "agent", "author": "902"}),
        ({"type": "system", "id": "zd:answerBot"}, {"by": "bot", "author": "zd:answerbot"}),
        ({"type": "system", "id": "zd:other"}, {"by": "system", "auto": True}),
        ({"type": "trigger", "id": "19"}, {"by": "system", "auto": True}),
        ({"type": "agent"}, {"by": "agent"}),
    ],
)
def test_a_message_of_messaging_is_by_its_actor(actor: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    told = {"actor": actor, "conversation_id": "c1", "message": {"id": "67ab5f55", "body": "Hi"}}
    body = {**happened("messaging_ticket.message_added", told), "detail": {"id": "71"}}
    (event,) = read(body).events
    assert event.data == {"message": "67ab5f55", "public": True, **expected}
    assert (event.ticket, event.at) == ("71", at(5))


@pytest.mark.parametrize(
    "told",
    [{}, {"actor": {"type": "end_user"}}, {"actor": {"type": "ghost"}, "message": {"id": "m"}},
     {"actor": {"type": "agent"}, "message": {"id": 7}}, {"actor": [], "message": {"id": "m"}}],
)  # fmt: skip
def test_a_message_by_nobody_or_without_an_id_cannot_be_read(told: Mapping[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read({**happened("messaging_ticket.message_added", told), "detail": {"id": "71"}})


def test_a_message_of_no_ticket_cannot_be_read() -> None:
    with pytest.raises(Unreadable, match="no ticket"):
        read({**happened("messaging_ticket.message_added"), "detail": {"id": ""}})


# ------------------------------------------------------------------------------------------------ others


@pytest.mark.parametrize("kind", ["user.active_changed", "organization.created", "article.published", "agent.x"])
def test_an_event_about_no_ticket_tells_nothing(kind: str) -> None:
    reading = read({**happened(kind), "detail": {"id": "6596", "email": "mara@people.example"}})
    assert reading == Reading()


@pytest.mark.parametrize(
    "type_",
    [None, 7, True, [], {}, "", "ticket", "status_changed", "zen:event-type:", "zen:event-type:a b", "zen:ticket:71"],
)
def test_an_event_of_no_type_that_zendesk_writes_cannot_be_read(type_: Any) -> None:
    with pytest.raises(Unreadable, match="type"):
        read({**happened("user.created"), "type": type_})


@pytest.mark.parametrize("body", [{"event": "x", "ticket_id": "71"}, {"ticket_id": 71}, {"ticket": {"id": "71"}}])
def test_a_trigger_s_call_asks_about_its_ticket(body: Mapping[str, Any]) -> None:
    assert read(body) == Reading(refresh=("71",))


def test_a_placeholder_that_zendesk_left_as_it_stands_cannot_be_read() -> None:
    with pytest.raises(Unreadable, match="did not replace"):
        read({"event": "survey.answered", "ticket_id": "{{ticket.id}}"})
    assert '"{{ticket.id}}"' in TRIGGER_BODY


@pytest.mark.parametrize("body", [{}, {"ticket_id": ""}, {"ticket_id": "x"}, {"ticket_id": None}, {"ticket": []}])
def test_a_body_of_neither_kind_cannot_be_read(body: Mapping[str, Any]) -> None:
    with pytest.raises(Unreadable, match="neither"):
        read(body)


def test_only_agents_are_named() -> None:
    assert read(happened("ticket.comment_added", comment(EVA))).names == {"agent": {"902": "Eva Novak"}}
    assert read(happened("ticket.comment_added", comment(JO))).names == {}
    assert "Jo" not in str(read(happened("ticket.comment_added", comment(JO))))


def test_no_event_holds_a_word_that_anybody_wrote() -> None:
    body = happened("ticket.comment_added", comment(JO, body="ring me on 555"), subject="The kettle leaks")
    told = str(read(body))
    assert [word for word in ("555", "kettle leaks", "Since Monday") if word in told] == []
    assert call(body).body.decode() != told


# ------------------------------------------------------------------------------------------------ answers in a field


@pytest.mark.parametrize(
    ("value", "score"), [("4", 4), (4, 4), ("4.5", 4.5), (7, 7), ("0", None), ("8", None), ("x", None), (True, None),
                         (None, None), ("nan", None), ("1e999", None), ([4], None)],
)  # fmt: skip
def test_a_field_that_the_settings_name_holds_an_answer(value: Any, score: float | None) -> None:
    answers = {"ces": {"field": "4071", "scale": [1, 7]}}
    told = news(read(happened("ticket.custom_field_changed", field(value)), answers=answers))
    expected = {"survey": "field-4071", "kind": "ces", "score": score, "scale": [1, 7]}
    assert told == ([] if score is None else [("survey.answered", expected)])


@pytest.mark.parametrize(
    "answers",
    [None, [], "x", {"ces": None}, {"ces": {"field": "4071"}}, {"ces": {"field": "4071", "scale": [7, 1]}},
     {"mood": {"field": "4071", "scale": [1, 7]}}, {"ces": {"field": None, "scale": [1, 7]}},
     {"ces": {"field": "9", "scale": [1, 7]}}, {"ces": {"field": "4071", "scale": [1]}}],
)  # fmt: skip
def test_settings_that_name_no_field_of_answers_leave_it_a_field(answers: Any) -> None:
    told = news(read(happened("ticket.custom_field_changed", field("4")), answers=answers))
    assert told == [("ticket.updated", {"fields": {"4071": "4"}})]


def test_an_answer_is_asked_about_where_its_comment_stands_in_another_field() -> None:
    answers = {"ces": {"field": "4071", "scale": [1, 7], "comment": "4072"}}
    for id_, asked in (("4071", ("71",)), ("4072", ()), ("4073", ())):
        reading = read(happened("ticket.custom_field_changed", field("4", id_=id_)), answers=answers)
        assert reading.refresh == asked
    first = read(happened("ticket.custom_field_changed", field("4")), answers=answers)
    assert [type_ for type_, _ in news(first)] == ["survey.answered"]
