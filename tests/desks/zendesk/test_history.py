"""What a refresh tells: the whole history of a ticket from its audits, who wrote, and what holds now."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.actions import AddNote, AddTag, RemoveTag, SetField
from integrations.base import Reading
from integrations.times import SECOND
from integrations.zendesk.simulated_world import Ticket
from tests.desks.zendesk.office import DESK, Office, at, only
from workers.tickets import fold


@pytest.fixture
def office() -> Office:
    return Office()


def told(reading: Reading, type_: str) -> list[tuple[float, dict[str, Any]]]:
    """Minutes after the opening, and data, of the events of that type."""
    return [((one.at - at(0)) / (60 * SECOND), dict(one.data)) for one in only(list(reading.events), type_)]


def present(reading: Reading) -> dict[str, Any]:
    (now,) = reading.present
    return dict(now.values)


def test_a_ticket_is_told_as_it_began(office: Office) -> None:
    ticket = office.ticket(channel="chat", tags=["vip", "channel-chat"], status="open", priority="high", brand_id=5)
    reading = office.refreshed(ticket)
    assert told(reading, "ticket.created") == [
        (0, {"by": "customer", "customer": str(office.jo.id), "channel": "chat", "department": str(office.support),
             "tags": ["vip"], "fields": {"priority": "high", "brand": "5"}})
    ]  # fmt: skip
    assert told(reading, "status.changed") == [(0, {"status": "open"})]


def test_a_ticket_that_began_as_new_has_no_change_of_status(office: Office) -> None:
    assert told(office.refreshed(office.ticket()), "status.changed") == []


def test_every_change_is_told_with_its_moment_and_who_made_it(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    office.world.say(ticket, at(20), office.jo.id)
    office.world.update(ticket, at(30), office.eva.id, status="solved", group_id=office.orders)
    reading = office.refreshed(ticket)
    eva, jo = str(office.eva.id), str(office.jo.id)
    assert told(reading, "status.changed") == [
        (10, {"status": "pending", "by": "agent", "author": eva}),
        (20, {"status": "open", "by": "customer", "author": jo}),
        (30, {"status": "resolved", "by": "agent", "author": eva}),
    ]
    assert told(reading, "ticket.assigned") == [(10, {"agent": eva})]
    assert told(reading, "ticket.moved") == [(30, {"department": str(office.orders)})]


def test_messages_and_notes_are_told_in_order_with_their_writers(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    office.world.say(ticket, at(20), office.ivo.id, "Third one this week", public=False)
    office.world.say(ticket, at(30), office.max.id, "Me too")
    office.world.say(ticket, at(40), -1, "You have waited long")
    said = told(office.refreshed(ticket), "message.sent")
    assert [(minute, data["by"], data["public"], data.get("auto")) for minute, data in said] == [
        (0, "customer", True, None), (10, "agent", True, None), (20, "agent", False, None),
        (30, "customer", True, None), (40, "system", True, True),
    ]  # fmt: skip
    assert [data["message"] for _, data in said] == [str(one["id"]) for one in ticket.comments]
    assert "week" not in str(said)


def test_who_wrote_is_asked_only_where_the_ticket_does_not_tell(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    with office.open() as (session, wire):
        DESK.refresh("1", session)
        assert wire.sent == ["GET /api/v2/tickets/1", "GET /api/v2/tickets/1/audits"]
        office.world.say(ticket, at(20), office.ivo.id)
        DESK.refresh("1", session)
        DESK.refresh("1", session)
    assert wire.sent[4:] == [
        "GET /api/v2/users/show_many", "GET /api/v2/tickets/1", "GET /api/v2/tickets/1/audits",
    ]  # fmt: skip


def test_agents_who_had_to_be_asked_about_are_named_and_customers_are_not(office: Office) -> None:
    ticket = office.ticket()
    office.world.say(ticket, at(10), office.ivo.id)
    office.world.say(ticket, at(20), office.max.id)
    assert office.refreshed(ticket).names == {"agent": {str(office.ivo.id): office.ivo.name}}


def test_somebody_who_had_the_ticket_stays_an_agent_whatever_they_are_now(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    office.world.update(ticket, at(20), office.ivo.id, assignee_id=office.ivo.id)
    office.eva.role = "end-user"
    assert [data["by"] for _, data in told(office.refreshed(ticket), "message.sent")] == ["customer", "agent"]


def test_a_user_who_does_not_exist_any_more_counts_as_a_customer(office: Office) -> None:
    ticket = office.ticket()
    office.world.say(ticket, at(10), 9999)
    assert [data["by"] for _, data in told(office.refreshed(ticket), "message.sent")] == ["customer", "customer"]


def test_what_a_rule_changed_was_nobody(office: Office) -> None:
    ticket = office.ticket()
    office.world.update(ticket, at(10), office.eva.id, status="closed", rule=True)
    assert told(office.refreshed(ticket), "status.changed") == [(10, {"status": "closed", "by": "system"})]


def test_tags_are_told_by_what_came_and_went_without_ours(office: Office) -> None:
    ticket = office.ticket(tags=["vip"])
    office.world.update(ticket, at(10), office.eva.id, tags=["vip", "loud", "channel-email"])
    office.world.update(ticket, at(20), office.eva.id, tags=["loud", "channel-email"])
    office.world.update(ticket, at(30), office.eva.id, tags=["loud"])
    reading = office.refreshed(ticket)
    assert told(reading, "ticket.tagged") == [(10, {"add_tags": ["loud"]}), (20, {"remove_tags": ["vip"]})]
    assert present(reading)["tags"] == ["loud"]


def test_custom_fields_are_told_by_id_and_ours_and_prose_are_not(office: Office) -> None:
    ticket = office.ticket()
    fields = {office.region: "south", office.own["score"]: "2", office.effort: "first\nsecond"}
    office.world.update(ticket, at(10), office.eva.id, fields=fields)
    reading = office.refreshed(ticket)
    assert told(reading, "ticket.updated") == [(10, {"fields": {str(office.region): "south"}})]
    assert present(reading)["fields"][str(office.region)] == "south"
    assert str(office.own["score"]) not in present(reading)["fields"]
    assert "second" not in str(reading)


def test_properties_are_told_under_our_names(office: Office) -> None:
    ticket = office.ticket()
    office.world.update(ticket, at(10), office.eva.id, priority="urgent", type="task", organization_id=8)
    fields = [data["fields"] for _, data in told(office.refreshed(ticket), "ticket.updated")]
    assert fields == [{"priority": "urgent"}, {"type": "task"}, {"organization": "8"}]


def test_another_requester_is_another_customer(office: Office) -> None:
    ticket = office.ticket()
    office.world.update(ticket, at(10), office.eva.id, requester_id=office.max.id)
    reading = office.refreshed(ticket)
    assert told(reading, "ticket.updated") == [(10, {"customer": str(office.max.id)})]
    assert fold("1", reading.events).customer == present(reading)["customer"] == str(office.max.id)


def test_an_answer_in_a_field_is_an_answer_of_its_moment(office: Office) -> None:
    ticket = office.ticket()
    office.world.update(ticket, at(10), office.eva.id, fields={office.effort: "2"})
    answers = {"ces": {"field": str(office.effort), "scale": [1, 7]}}
    with office.open() as (session, _):
        reading = DESK.refresh("1", session)
    assert told(reading, "survey.answered") == []
    with office.open() as (session, _):
        session.access = office.access(options={"answers": answers})
        reading = DESK.refresh("1", session)
    expected = {"survey": f"field-{office.effort}", "kind": "ces", "score": 2, "scale": [1, 7]}
    assert told(reading, "survey.answered") == [(10, expected)]
    assert str(office.effort) not in present(reading)["fields"]


def test_a_comment_that_was_made_private_is_a_note(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    before = office.refreshed(ticket)
    office.world.hide(ticket, at(30), office.eva.id)
    after = office.refreshed(ticket)
    assert [data["public"] for _, data in told(before, "message.sent")] == [True, True]
    assert [data["public"] for _, data in told(after, "message.sent")] == [True, False]
    assert [one.public for one in fold("1", [*before.events, *after.events]).messages] == [True, False]


def test_two_changes_to_one_status_in_one_second_are_one_and_the_last_stands(office: Office) -> None:
    ticket = office.ticket()
    for status in ("open", "pending", "open"):
        office.world.update(ticket, at(10), office.eva.id, status=status)
    reading = office.refreshed(ticket)
    assert [data["status"] for _, data in told(reading, "status.changed")] == ["pending", "open"]
    assert fold("1", reading.events).status == "open"


# ------------------------------------------------------------------------------------------------ merges and ends


def merged(office: Office) -> tuple[Ticket, Ticket]:
    first, second = office.ticket(), office.ticket(5)
    office.world.merge(second, at(20), office.eva.id, into=first)
    return first, second


def test_a_merged_ticket_is_told_with_the_one_that_took_it_in(office: Office) -> None:
    first, second = merged(office)
    reading = office.refreshed(second)
    assert told(reading, "ticket.merged") == [(20, {"into": str(first.id)})]
    assert fold("2", reading.events).merged_into == "1"


def test_the_words_of_a_merge_are_automatic_on_both_sides(office: Office) -> None:
    for ticket in merged(office):
        said = told(office.refreshed(ticket), "message.sent")
        assert [data.get("auto") for _, data in said] == [None, True]


def test_without_a_via_the_other_ticket_is_read_from_the_words(office: Office) -> None:
    first, second = merged(office)
    second.audits[-1]["via"] = {"channel": "web", "source": {}}
    assert told(office.refreshed(second), "ticket.merged") == [(20, {"into": str(first.id)})]
    second.audits[-1]["events"][0]["body"] = "Fermé"
    assert told(office.refreshed(second), "ticket.merged") == [(20, {"into": "unknown"})]


def test_the_event_of_a_merge_and_its_history_are_one_fact(office: Office) -> None:
    _, second = merged(office)
    from_calls = [one for reading in office.told() for one in reading.events if one.type == "ticket.merged"]
    from_history = only(list(office.refreshed(second).events), "ticket.merged")
    assert [one.id for one in from_calls] == [one.id for one in from_history]


def test_a_ticket_that_is_deleted_is_deleted(office: Office) -> None:
    ticket = office.ticket()
    office.world.delete(ticket, at(10), office.eva.id)
    reading = office.refreshed(ticket)
    assert (reading.events, present(reading)) == ((), {"status": "deleted"})


def test_what_holds_now_is_what_the_history_leads_to(office: Office) -> None:
    ticket = office.ticket(tags=["vip"])
    office.answered(ticket, 10)
    office.world.update(ticket, at(20), office.eva.id, status="hold", fields={office.region: "north"})
    reading = office.refreshed(ticket)
    folded, now = fold("1", reading.events), present(reading)
    assert (folded.status, folded.agent, folded.department) == (now["status"], now["agent"], now["department"])
    assert (folded.customer, list(folded.tags), folded.channel) == (now["customer"], now["tags"], now["channel"])
    assert folded.fields[str(office.region)] == now["fields"][str(office.region)] == "north"
    assert reading.present[0].updated_at == at(20)


# ------------------------------------------------------------------------------------------------ follow-ups


def followed(office: Office, **origin: Any) -> Ticket:
    ticket = office.ticket(50, channel="closed_ticket")
    ticket.via["source"] = {"from": origin, "to": {}, "rel": "follow_up"}
    return ticket


@pytest.mark.parametrize(("word", "channel"), [("email", "email"), ("native_messaging", "messaging"), (24, "web_form")])
def test_a_follow_up_has_the_channel_that_its_via_names(office: Office, word: Any, channel: str) -> None:
    office.ticket()
    assert present(office.refreshed(followed(office, ticket_id=1, channel=word)))["channel"] == channel


def test_a_follow_up_has_the_channel_of_the_ticket_it_follows(office: Office) -> None:
    office.ticket(channel="voice")
    reading = office.refreshed(followed(office, ticket_id=1))
    assert (present(reading)["channel"], fold("2", reading.events).channel) == ("voice", "voice")


@pytest.mark.parametrize("origin", [{}, {"ticket_id": 99}, {"ticket_id": None}])
def test_a_follow_up_of_nothing_known_counts_as_other(office: Office, origin: dict[str, Any]) -> None:
    office.ticket()
    reading = office.refreshed(followed(office, **origin))
    assert "channel" not in present(reading)
    assert fold("2", reading.events).channel == "other"


# ------------------------------------------------------------------------------------------------ calls and history


def _live(office: Office) -> Ticket:
    """A ticket to which everything happened."""
    ticket = office.ticket(tags=["vip"], status="open", assignee_id=office.ivo.id)
    office.answered(ticket, 10)
    office.world.update(ticket, at(15), office.eva.id, tags=["loud"], fields={office.region: "south"}, priority="low")
    office.world.say(ticket, at(20), office.jo.id)
    office.world.say(ticket, at(25), office.ivo.id, public=False)
    office.world.update(ticket, at(30), office.eva.id, status="solved", group_id=office.orders)
    office.world.update(ticket, at(40), office.eva.id, requester_id=office.max.id)
    return ticket


def test_what_calls_tell_the_history_tells_under_the_same_ids(office: Office) -> None:
    ticket = _live(office)
    calls = {one.id: one.at for reading in office.told() for one in reading.events}
    history = {one.id: one.at for one in office.refreshed(ticket).events}
    assert calls == history


def test_calls_alone_history_alone_and_both_are_one_ticket(office: Office) -> None:
    ticket = _live(office)
    calls = [one for reading in office.told() for one in reading.events]
    history = list(office.refreshed(ticket).events)
    alone, both = fold("1", history), fold("1", [*calls, *history, *calls])
    assert both == alone
    assert (alone.status, alone.department, alone.customer) == ("resolved", str(office.orders), str(office.max.id))
    from_calls = fold("1", calls)
    assert (from_calls.status, from_calls.agent, from_calls.tags) == (alone.status, alone.agent, alone.tags)
    assert [one.at for one in from_calls.messages] == [one.at for one in alone.messages]


def test_our_own_writing_is_no_news_to_calls_and_history(office: Office) -> None:
    ticket = office.ticket(tags=["vip"])
    before = office.refreshed(ticket)
    office.told()
    with office.open() as (session, _):
        for action in (
            AddTag("1", "channel-email"),
            RemoveTag("1", "channel-email"),
            SetField("1", "csat", "1"),
            AddNote("1", "deskpulse:n:1", ("Call back",)),
        ):
            assert DESK.apply(action, session).changed
    echoes = office.told()
    assert len(echoes) == 4
    assert [one.type for reading in echoes for one in reading.events] == ["ticket.created"] * 4
    assert [reading.refresh for reading in echoes] == [()] * 4
    assert [one.content_hash() for one in office.refreshed(ticket).events] == [
        one.content_hash() for one in before.events
    ]
    assert {one.id for reading in echoes for one in reading.events} <= {one.id for one in before.events}


# ------------------------------------------------------------------------------------------------ odd audits


def test_audit_events_that_nobody_documents_hide_nothing(office: Office) -> None:
    ticket = office.ticket()
    office.answered(ticket, 10)
    expected = office.refreshed(ticket).events
    ticket.audits[1]["events"][:0] = [
        {"id": 1, "type": "PaintedBlue", "field_name": ["x"], "via": 7, "value": {"a": 1}},
        {"type": "Comment"},
        {"id": "x", "type": "Change", "field_name": None, "value": []},
        {"id": 2, "type": "Change", "field_name": "status", "value": "sleeping"},
        "no object",
    ]
    ticket.audits.append({"id": None, "created_at": "yesterday"})
    assert office.refreshed(ticket).events == expected


def test_a_voice_comment_is_a_message(office: Office) -> None:
    ticket = office.ticket(channel="voice")
    office.answered(ticket, 10)
    ticket.audits[1]["events"][0]["type"] = "VoiceComment"
    assert len(told(office.refreshed(ticket), "message.sent")) == 2


def test_a_ticket_without_a_single_audit_is_told_as_it_is(office: Office) -> None:
    ticket = office.ticket(tags=["closed_by_merge"])
    ticket.audits.clear()
    reading = office.refreshed(ticket)
    assert [one.type for one in reading.events] == ["ticket.created"]
    assert present(reading)["status"] == "new"


def test_all_pages_of_a_long_history_are_read(office: Office) -> None:
    ticket = office.ticket()
    for minute in range(1, 30):
        office.world.say(ticket, at(minute), office.jo.id)
    office.api.page_size = 4
    assert len(told(office.refreshed(ticket), "message.sent")) == 30


# ------------------------------------------------------------------------------------------------ messaging


def test_messages_of_messaging_come_by_call_and_stay_when_the_history_knows_none_of_them(office: Office) -> None:
    ticket = office.ticket(channel="messaging")
    office.world.message(ticket, at(1), ("system", "zd:answerBot"))
    office.world.message(ticket, at(2), ("end_user", str(office.jo.id)))
    office.world.message(ticket, at(4), ("agent", str(office.eva.id)))
    calls = [one for reading in office.told() for one in reading.events]
    for events in (calls, [*calls, *office.refreshed(ticket).events]):
        said = fold("1", events).messages
        assert [(one.by, one.auto) for one in said] == [
            ("customer", False),
            ("bot", False),
            ("customer", False),
            ("agent", False),
        ]
        assert said[-1].at == at(4)


def test_a_bot_alone_hands_nothing_over_and_gives_no_human_response(office: Office) -> None:
    ticket = office.ticket(channel="messaging")
    office.world.message(ticket, at(1), ("system", "zd:answerBot"))
    folded = fold("1", [one for reading in office.told() for one in reading.events])
    assert [one.by for one in folded.messages] == ["customer", "bot"]
    assert folded.handover_at is None
