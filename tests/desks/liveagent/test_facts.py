"""What a refresh makes of realistic tickets, event by event."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.liveagent.simulated_world import PhoneRow, Span
from integrations.times import HOUR, MINUTE, SECOND, instant_of_iso
from tests.desks.liveagent.world import DESK, NOW, Office, at, only


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_email_ticket_is_told_from_its_creation_to_its_resolution(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:40"))
    office.world.set_status(ticket, at("06-10 10:00"), "R", by=office.eva.user)
    events = office.told(ticket)
    (created,) = only(events, "ticket.created")
    assert created.at == at("06-10 09:00")
    assert created.seen == at("06-10 10:00")
    assert created.data == {
        "channel": "email",
        "customer": office.customer.id,
        "department": office.support,
        "by": "customer",
        "author": office.customer.user,
    }
    changes = only(events, "status.changed")
    assert [(one.at, one.seq, one.data["status"]) for one in changes] == [
        (at("06-10 09:00"), 0, "new"),
        (at("06-10 09:40"), 1, "pending"),
        (at("06-10 10:00"), 2, "resolved"),
    ]
    assert changes[2].data == {"status": "resolved", "by": "agent", "author": office.eva.id}


def test_messages_tell_who_wrote_and_keep_their_ids(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:40"))
    ids = [block.messages[0].id for block in ticket.blocks]
    sent = only(office.told(ticket), "message.sent")
    assert [one.data for one in sent] == [
        {"message": ids[0], "by": "customer", "author": office.customer.user, "public": True, "auto": False,
         "channel": "email"},
        {"message": ids[1], "by": "agent", "author": office.eva.id, "public": True, "auto": False, "channel": "email"},
    ]  # fmt: skip


def test_no_text_and_no_address_of_a_message_is_kept(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    kept = b"".join(one.content() for one in office.told(ticket))
    assert b"Where is it" not in kept
    assert b"Parcel?" not in kept
    assert office.customer.email.encode() not in kept


def test_a_second_refresh_tells_the_same_events_in_the_same_words(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:40"))
    first = office.told(ticket)
    office.world.set_status(ticket, at("06-10 12:00"), "R")
    later = {one.id: one.content_hash() for one in office.told(ticket)}
    assert {one.id for one in first} < set(later)
    assert all(later[one.id] == one.content_hash() for one in first)


def test_a_reopened_ticket_is_resolved_twice(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:40"))
    office.world.set_status(ticket, at("06-10 10:00"), "R", by=office.eva.user)
    office.world.say(ticket, at("06-11 08:00"), office.customer.user, "3", "Still not here")
    office.world.set_status(ticket, at("06-11 08:00"), "C")
    office.world.set_status(ticket, at("06-11 09:00"), "R", by="system00")
    changes = only(office.told(ticket), "status.changed")
    assert [one.data["status"] for one in changes] == ["new", "pending", "resolved", "open", "resolved"]
    assert changes[4].data["by"] == "system"


def test_intervals_with_the_same_status_are_one_change(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    ticket.spans[0].end = at("06-10 09:30")
    ticket.spans.append(Span("N", office.orders, office.ivo.id, at("06-10 09:30")))
    events = office.told(ticket)
    assert [one.data["status"] for one in only(events, "status.changed")] == ["new"]
    assert [(one.at, one.data) for one in only(events, "ticket.moved")] == [
        (at("06-10 09:30"), {"department": office.orders})
    ]
    assert [(one.at, one.data) for one in only(events, "ticket.assigned")] == [
        (at("06-10 09:30"), {"agent": office.ivo.id})
    ]


def test_several_statuses_in_one_second_keep_their_order(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    for status in ("A", "C", "R"):
        office.world.set_status(ticket, at("06-10 09:00"), status)
    changes = only(office.told(ticket), "status.changed")
    assert [one.data["status"] for one in changes] == ["new", "pending", "open", "resolved"]
    assert [one.seq for one in changes] == [0, 1, 2, 3]
    assert {one.at for one in changes} == {at("06-10 09:00")}


def test_in_a_chat_two_agents_and_the_customer_are_told_apart(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"), channel="B", status="I")
    chat = office.world.say(ticket, at("06-10 09:00"), office.customer.user, "C", "Hello?")
    ticket.agent = office.eva.id
    office.world.set_status(ticket, at("06-10 09:01"), "T")
    office.world.add(ticket, chat, at("06-10 09:02"), office.eva.user, "Hi")
    office.world.add(ticket, chat, at("06-10 09:03"), office.ivo.user, "I take over")  # nowhere else in the ticket
    office.world.add(ticket, chat, at("06-10 09:04"), office.customer.user, "", type_="F")
    office.world.add(ticket, chat, at("06-10 09:05"), "system00", "", type_="E")
    events = office.told(ticket)
    assert only(events, "ticket.created")[0].data["channel"] == "chat"
    assert [one.data["by"] for one in only(events, "message.sent")] == ["customer", "agent", "agent", "customer"]
    assert {one.data["channel"] for one in only(events, "message.sent")} == {"chat"}


def test_a_letter_without_text_is_one_message_however_many_files_it_has(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"))
    block = office.world.block(ticket, at("06-10 09:00"), office.customer.user, "3")
    for _ in range(3):
        office.world.add(ticket, block, at("06-10 09:00"), office.customer.user, "[]", type_="F")
    form = office.world.say(ticket, at("06-10 09:10"), office.customer.user, "5", "From the form")
    office.world.add(ticket, form, at("06-10 09:10"), office.customer.user, "name: Jo", type_="Z")
    sent = only(office.told(ticket), "message.sent")
    assert [one.data["message"] for one in sent] == [block.messages[0].id, form.messages[0].id]


@pytest.mark.parametrize(
    ("answered", "finished", "outcome"),
    [(at("06-10 09:01"), at("06-10 09:05"), "handled"), (None, at("06-10 09:02"), "abandoned"), (None, None, None)],
)
def test_a_call_is_a_live_contact(
    office: Office, answered: int | None, finished: int | None, outcome: str | None
) -> None:
    ticket = office.ticket(at("06-10 09:00"), channel="C", status="I")
    office.world.block(ticket, at("06-10 09:00"), office.customer.user, "P")
    office.world.calls.append(PhoneRow("call7", ticket.id, "I", at("06-10 09:00"), answered, finished))
    office.world.calls.append(PhoneRow("call8", "another", "I", at("06-10 09:00"), None, None))
    events = office.told(ticket)
    live = [(one.type, one.at, one.data.get("outcome")) for one in events if one.type.startswith("live.")]
    expected: list[tuple[str, int, str | None]] = [("live.queued", at("06-10 09:00"), None)]
    expected += [("live.answered", answered, None)] if answered else []
    expected += [("live.ended", finished, outcome)] if finished else []
    assert live == expected
    assert {one.data["contact"] for one in events if one.type.startswith("live.")} == {"call7"}
    assert only(events, "message.sent") == []


@pytest.mark.parametrize(("kind", "before", "by"), [("P", 0, "customer"), ("P", 5, "agent"), ("V", 0, "agent")])
def test_a_ticket_that_began_with_a_customers_call_is_theirs_whoever_writes_first(
    office: Office, kind: str, before: int, by: str
) -> None:
    ticket = office.ticket(at("06-10 09:00"), channel="C", status="I")
    if before:
        office.world.say(ticket, at("06-10 09:00"), office.eva.user, "4", "May I call you?")
    office.world.block(ticket, at("06-10 09:00") + before * MINUTE, office.customer.user, kind)
    office.world.say(ticket, at("06-10 09:10"), office.eva.user, "4", "As I said on the phone")
    assert only(office.told(ticket), "ticket.created")[0].data["by"] == by


def test_a_call_among_colleagues_is_internal(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"), channel="1", status="P")
    office.world.block(ticket, at("06-10 09:00"), office.eva.user, "1")
    office.world.calls.append(PhoneRow("call7", ticket.id, "T", at("06-10 09:00"), None, at("06-10 09:01")))
    events = office.told(ticket)
    assert only(events, "ticket.created")[0].data["channel"] == "internal"
    assert only(events, "live.ended")[0].data["direction"] == "internal"


def test_an_internal_note_is_private_and_a_forward_is_no_answer(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.say(ticket, at("06-10 09:10"), office.eva.user, "I", "Hm", type_="N")
    office.world.say(ticket, at("06-10 09:20"), office.eva.user, "O", "Dear carrier")
    office.world.say(ticket, at("06-10 09:30"), "u9carrier", "Q", "It is on the van")
    sent = only(office.told(ticket), "message.sent")[1:]
    assert [(one.data["by"], one.data["public"], one.data["auto"]) for one in sent] == [
        ("agent", False, False),
        ("agent", False, False),
        ("system", False, False),
    ]
    assert "author" not in sent[2].data


def test_what_liveagent_itself_sends_is_automatic(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.say(ticket, at("06-10 09:00"), "system00", "4", "We got your message")
    automatic = only(office.told(ticket), "message.sent")[1]
    assert (automatic.data["by"], automatic.data["auto"], automatic.data["public"]) == ("system", True, True)


def test_an_agent_who_opened_the_ticket_is_its_author(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"), agent=office.eva.id)
    office.world.say(ticket, at("06-10 09:00"), office.eva.user, "4", "We have news for you")
    assert only(office.told(ticket), "ticket.created")[0].data["by"] == "agent"


def test_deleted_and_split_groups_are_no_part_of_the_conversation(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    for number, status in enumerate("DSMVP"):
        block = office.world.say(ticket, at("06-10 09:10") + number * MINUTE, office.customer.user, "3", status)
        block.status = status
    assert len(only(office.told(ticket), "message.sent")) == 1 + 3


def test_our_own_notes_are_left_out_and_others_are_not(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.say(ticket, at("06-10 09:10"), "system00", "I", "Low score\n[deskpulse:n:1]", type_="N")
    office.world.say(ticket, at("06-10 09:20"), office.customer.user, "3", "You wrote [deskpulse:n:1], why?")
    assert [one.data["by"] for one in only(office.told(ticket), "message.sent")] == ["customer", "customer"]


def test_what_the_plugins_own_user_writes_is_left_out(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.say(ticket, at("06-10 09:10"), office.ivo.user, "I", "by the plugin", type_="N")
    with office.open(author=office.ivo.user) as session:
        events = list(DESK.refresh(ticket.id, session).events)
    assert len(only(events, "message.sent")) == 1


def test_present_values_are_told_with_names_of_tags_and_without_ours(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:40"))
    tags = [office.world.add_tag(name) for name in ("vip", "channel-email", "deskpulse-follow-up", "bug")]
    office.world.set_tags(ticket, at("06-10 09:50"), tags)
    ticket.fields["region"] = "south"
    ticket.fields |= {"csat": "3", "ces": "5", "nps": "9", "deskpulse_channel": "email"}
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    (present,) = reading.present
    assert present.values == {
        "status": "pending",
        "channel": "email",
        "agent": office.eva.id,
        "department": office.support,
        "customer": office.customer.id,
        "tags": ["bug", "vip"],
        "fields": {"region": "south"},
    }
    assert (present.asked_at, present.updated_at) == (NOW, at("06-10 09:50"))
    assert reading.names["department"] == {office.support: "Support"}
    assert reading.names["agent"] == {office.eva.id: "Eva Novak"}


def test_a_transfer_without_a_change_of_status_dates_the_present_holder(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.give(ticket, at("06-10 09:30"), agent=office.ivo.id, department=office.orders)
    office.world.say(ticket, at("06-10 11:00"), office.customer.user, "3", "Anybody?")
    with office.open() as session:
        (present,) = DESK.refresh(ticket.id, session).present
    assert (present.values["agent"], present.values["department"]) == (office.ivo.id, office.orders)
    assert present.times == {"agent": at("06-10 09:30"), "department": at("06-10 09:30")}


def test_nobody_is_told_as_nobody(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    with office.open() as session:
        (present,) = DESK.refresh(ticket.id, session).present
    assert present.values["agent"] is None


def test_a_deleted_ticket_is_deleted_when_liveagent_says_it_was(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.set_status(ticket, at("06-10 09:30"), "X")
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    assert only(list(reading.events), "status.changed")[-1].data["status"] == "deleted"
    assert reading.present[0].values["status"] == "deleted"
    assert reading.present[0].times["status"] == at("06-10 09:30")


def test_a_ticket_that_liveagent_does_not_know_is_deleted(office: Office) -> None:
    with office.open() as session:
        reading = DESK.refresh("nosuch", session)
    assert reading.events == ()
    assert (reading.present[0].ticket, reading.present[0].values) == ("nosuch", {"status": "deleted"})


def test_a_merged_ticket_is_deleted_and_the_other_is_asked_about(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.simulator.api.also_known["merged1"] = ticket.id
    with office.open() as session:
        reading = DESK.refresh("merged1", session)
    assert (reading.present[0].ticket, reading.present[0].values) == ("merged1", {"status": "deleted"})
    assert reading.refresh == (ticket.id,)
    assert reading.events == ()


def test_a_ticket_asked_for_by_its_code_is_told_under_its_id(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    with office.open() as session:
        reading = DESK.refresh(ticket.code, session)
    assert {one.ticket for one in reading.events} == {ticket.id}
    assert reading.present[0].ticket == ticket.id


def test_an_anonymous_customer_is_known_by_the_address(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    ticket.owner.id = ""
    assert only(office.told(ticket), "ticket.created")[0].data["customer"] == office.customer.email


def test_tags_told_as_one_text_and_a_missing_channel_are_read(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"), channel=None)
    office.world.say(ticket, at("06-10 09:00"), office.customer.user, "6", "Hi from the phone")
    office.world.set_tags(ticket, at("06-10 09:01"), [office.world.add_tag("vip"), office.world.add_tag("bug")])
    office.simulator.api.tags_as_text = True
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    assert reading.present[0].values["channel"] == "messaging"
    assert reading.present[0].values["tags"] == ["bug", "vip"]


def test_a_long_conversation_is_read_to_its_end(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"))
    for number in range(231):
        office.world.say(ticket, at("06-10 09:00") + number * MINUTE, office.customer.user, "3", str(number))
    assert len(only(office.told(ticket), "message.sent")) == 231


def test_a_summary_of_ours_is_tagged_as_one(office: Office) -> None:
    ticket = office.ticket(at("06-10 09:00"), subject="Week 24 [deskpulse:week:24]", status="R")
    office.world.say(ticket, at("06-10 09:00"), office.owner.user, "4", "71 tickets")
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    (tagged,) = only(list(reading.events), "ticket.tagged")
    assert tagged.data == {"add_tags": [SUMMARY_TAG]}
    assert tagged.at == at("06-10 09:00")
    assert reading.present[0].values["tags"] == [SUMMARY_TAG]


def test_a_customer_cannot_hide_a_ticket_by_copying_our_mark(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"), subject="Re: Week 24 [deskpulse:week:24]")
    assert only(office.told(ticket), "ticket.tagged") == []


@pytest.mark.parametrize(
    ("zone", "before"),
    [("Europe/Zagreb", "2026-10-25T00:20:00Z"), ("America/Los_Angeles", "2026-11-01T08:20:00Z")],
)
def test_in_the_hour_that_the_clock_repeats_the_order_of_things_tells_which_of_the_two_it_is(
    zone: str, before: str
) -> None:
    first = instant_of_iso(before)  # 20 past, before the clock goes back at the full hour
    office = Office(ZoneInfo(zone), now=first + 9 * HOUR)
    ticket = office.letter(first)
    office.answered(ticket, first + 30 * MINUTE)  # 50 past, still the first time
    office.world.say(ticket, first + 50 * MINUTE, office.customer.user, "3", "No!")  # 10 past, the second time
    office.world.set_status(ticket, first + 50 * MINUTE, "C")
    office.world.set_status(ticket, first + 2 * HOUR, "R")
    events = office.told(ticket)
    assert [one.at - first for one in only(events, "status.changed")] == [0, 30 * MINUTE, 50 * MINUTE, 2 * HOUR]
    assert [one.at - first for one in only(events, "message.sent")] == [0, 30 * MINUTE, 50 * MINUTE]
    assert [one.data["status"] for one in only(events, "status.changed")] == ["new", "pending", "open", "resolved"]


def test_an_unknown_status_is_left_out_and_the_rest_is_told(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    ticket.status = "q"
    ticket.spans.append(Span("q", office.support, "", at("06-10 09:30")))
    ticket.spans[0].end = at("06-10 09:30")
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    assert [one.data["status"] for one in only(list(reading.events), "status.changed")] == ["new"]
    assert "status" not in reading.present[0].values


def test_the_simulated_moments_are_whole_seconds() -> None:
    assert NOW % SECOND == 0


def test_a_tag_that_was_made_during_the_session_is_known_by_its_name(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.set_tags(ticket, at("06-10 09:01"), [office.world.add_tag("vip")])
    with office.open() as session:
        DESK.refresh(ticket.id, session)
        office.world.set_tags(ticket, at("06-10 09:02"), [office.world.add_tag("bug")])
        (present,) = DESK.refresh(ticket.id, session).present
        asked = office.simulator.api.requests.count("GET /api/v3/tags")
        DESK.refresh(ticket.id, session)
    assert present.values["tags"] == ["bug"]
    assert office.simulator.api.requests.count("GET /api/v3/tags") == asked == 2


def test_a_refresh_usually_costs_no_more_requests_than_it_says(office: Office) -> None:
    letter = office.letter(at("06-10 09:00"))
    chat = office.ticket(at("06-10 09:00"), channel="B")
    office.world.say(chat, at("06-10 09:00"), office.customer.user, "C", "Hello?")
    office.world.set_tags(chat, at("06-10 09:01"), [office.world.add_tag("vip")])
    costs = []
    for ticket in (letter, chat):
        office.simulator.api.requests.clear()
        office.told(ticket)
        costs.append(len(office.simulator.api.requests))
    assert costs == [3, DESK.requests_per_refresh]
