"""Calls of Freshdesk in, canonical words out: a rule's hint, and each event of the app."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.actions import SUMMARY_TAG
from integrations.base import Reading
from integrations.errors import Unreadable
from integrations.freshdesk.markup import mark
from integrations.times import DAY, MINUTE
from tests.desks.freshdesk.samples import (
    CUSTOMER,
    DESK,
    EVA,
    IVO,
    ORDERS,
    PLUGIN,
    RETURNS,
    TICKET,
    access,
    app_event,
    at,
    brief,
    by_customer,
    call,
    hint,
    moment,
    only,
    parsed,
    said,
    ticket,
)
from tests.desks.hooks import NOW
from workers.observing import observed
from workers.tickets import fold

NOTHING = Reading()


def changed(minutes: float, field: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    """onTicketUpdate of one field."""
    told = ticket(minutes, **{field: after, **more}, changes={field: [before, after]})
    return app_event("onTicketUpdate", minutes, ticket=told)


class TestRules:
    @pytest.mark.parametrize(
        "body",
        [
            {"freshdesk_webhook": {"ticket_id": "5021"}},
            {"freshdesk_webhook": {"ticket_id": 5021}},
            {"freshdesk_webhook": {"ticket_id": " 5021 "}},
            {"freshdesk_webhook": {"ticket_id": "005021"}},
            {"ticket_id": "5021"},
            {"ticket_id": 5021, "event": "ticket.created"},
            hint(triggered_event="{ticket_action:created}"),
            hint(triggered_event="{status:{from:4,to:6}}", ticket_status="Waiting on Customer"),
            hint(triggered_event="{priority:{from:3,to:1}}"),
            hint(triggered_event="{note_type:private}"),
            hint(triggered_event="{note_type:public}"),
            hint(triggered_event="{reply_sent:sent}"),
            hint(triggered_event="{unknown_event:{from:3,to:1}}"),
            hint(triggered_event='anything " at all {'),
            hint(ticket_subject="Größe ☃ 🙂", requester_email="jo@mail.example", ticket_description="<div>\n</div>"),
        ],
    )
    def test_whatever_it_tells_the_ticket_is_asked_about_and_nothing_else_is_believed(self, body: Any) -> None:
        assert parsed(body) == Reading(refresh=(TICKET,))

    @pytest.mark.parametrize(
        "body",
        [
            b"ticket_id=5021",
            b"event=ticket.created&ticket_id=5021&ticket_subject=%22broken",
            b"freshdesk_webhook%5Bticket_id%5D=5021&freshdesk_webhook%5Bevent%5D=x",
            b"freshdesk_webhook[ticket_id]=5021",
            b"\xef\xbb\xbf" + json.dumps(hint()).encode(),
            b"  " + json.dumps(hint()).encode() + b"\n",
        ],
    )
    def test_a_form_and_a_byte_order_mark_are_read_too(self, body: bytes) -> None:
        assert parsed(body).refresh == (TICKET,)

    @pytest.mark.parametrize(
        "given",
        ["{{ticket.id}}", "{{ ticket.id }}", "{{ticket.identity}}", "{{ticket", "12 {{x}}"],
    )
    def test_a_placeholder_that_was_not_replaced_is_unreadable_and_named(self, given: str) -> None:
        with pytest.raises(Unreadable, match=r"did not replace .*copy the content from the setup page"):
            parsed(hint(ticket_id=given))

    @pytest.mark.parametrize(
        "given", [None, "", " ", "x", "-1", "1.5", 1.5, True, [], {}, "1" * 20, "٣", "1;2", "../1"]
    )
    def test_what_is_no_number_of_a_ticket_is_unreadable(self, given: Any) -> None:
        with pytest.raises(Unreadable, match="no id of a ticket"):
            parsed(hint(ticket_id=given))

    @pytest.mark.parametrize(
        "body",
        [
            b'{"freshdesk_webhook":{"ticket_id":"5021","ticket_subject":"a "quoted" word"}}',
            b'{"freshdesk_webhook":{"ticket_id":"5021","ticket_description":"two\nlines"}}',
            b"<xml><ticket_id>5021</ticket_id></xml>",
            b"",
            b"[]",
            b"subject=no%20ticket",
            b"null",
        ],
    )
    def test_a_body_that_is_broken_by_its_own_text_is_unreadable_with_advice(self, body: bytes) -> None:
        with pytest.raises(Unreadable, match="put only ids in it"):
            parsed(body)

    @given(event=st.text(max_size=40), status=st.text(max_size=40))
    def test_no_text_beside_the_id_changes_what_is_read(self, event: str, status: str) -> None:
        assert parsed(hint(triggered_event=event, ticket_status=status)) == Reading(refresh=(TICKET,))


class TestCreated:
    def test_a_new_ticket_is_told_whole(self) -> None:
        reading = parsed(app_event("onTicketCreate", ticket=ticket(), requester={"id": int(CUSTOMER), "name": "Jo"}))
        assert brief(reading.events) == [
            (
                "ticket.created",
                0,
                {"by": "customer", "author": CUSTOMER, "customer": CUSTOMER, "channel": "email", "department": ORDERS},
            ),
            ("status.changed", 0, {"status": "open"}),
            (
                "message.sent",
                0,
                {"message": "description", "public": True, "by": "customer", "author": CUSTOMER},
            ),
        ]
        assert reading.refresh == ()

    def test_what_holds_now_is_dated_by_the_tickets_last_change(self) -> None:
        (now,) = parsed(app_event("onTicketCreate", ticket=ticket(3, responder_id=int(EVA)))).present
        assert (now.ticket, now.asked_at, now.updated_at) == (TICKET, NOW, at(3))
        assert now.values == {
            "status": "open", "agent": EVA, "department": ORDERS, "customer": CUSTOMER, "tags": ["vip"],
            "fields": {"region": "south", "size": None, "type": "Question", "priority": "medium", "product": "71"},
        }  # fmt: skip

    def test_an_event_under_another_ones_name_is_read_by_what_it_holds(self) -> None:
        created, mislabelled = (
            parsed(app_event(name, ticket=ticket())) for name in ("onTicketCreate", "onTicketUpdate")
        )
        assert created == mislabelled

    def test_nothing_of_the_person_is_kept(self) -> None:
        person = {"id": int(CUSTOMER), "name": "Jo Doe", "email": "jo@mail.example", "mobile": 4917, "phone": 4918}
        reading = parsed(
            app_event("onTicketCreate", ticket=ticket(cc_emails=["ann@mail.example"]), requester=person, actor=person)
        )
        told = repr(reading)
        assert [word for word in ("Jo Doe", "@mail.example", "4917", "4918", "flickers") if word in told] == []

    def test_a_summary_of_ours_is_known_by_mark_and_tag_before_our_request_is_answered(self) -> None:
        own = ticket(subject=f"Week 24 {mark('week:24')}", tags=[SUMMARY_TAG], requester_id=int(PLUGIN), status=5)
        reading = parsed(app_event("onTicketCreate", ticket=own))
        assert [(one.type, one.data) for one in reading.events] == [
            ("ticket.created", {"by": "system", "channel": "internal"}),
            ("ticket.tagged", {"add_tags": [SUMMARY_TAG]}),
        ]
        assert reading.present == ()

    def test_a_customer_who_copies_our_mark_is_still_a_customer(self) -> None:
        reading = parsed(app_event("onTicketCreate", ticket=ticket(subject=f"Re: {mark('week:24')}")))
        assert reading.events[0].data["by"] == "customer"
        assert only(reading.events, "ticket.tagged") == []

    def test_a_ticket_without_a_time_of_its_last_change_is_asked_about(self) -> None:
        assert parsed(app_event("onTicketCreate", ticket=ticket(updated_at=None))) == Reading(refresh=(TICKET,))

    def test_a_ticket_that_was_changed_tomorrow_is_unreadable(self) -> None:
        late = app_event("onTicketUpdate", ticket=ticket(updated_at=moment(3 * DAY / MINUTE)))
        with pytest.raises(Unreadable, match="more than 24 hours in the future"):
            parsed(late)

    @pytest.mark.parametrize("field", ["id", "created_at"])
    @pytest.mark.parametrize("value", [None, "x", [], {}, -1, True])
    def test_what_is_not_documented_is_unreadable_and_named(self, field: str, value: Any) -> None:
        with pytest.raises(Unreadable, match=f"not what Freshdesk sends: {field}"):
            parsed(app_event("onTicketCreate", ticket=ticket(**{field: value})))


class TestChanged:
    @pytest.mark.parametrize(
        ("number", "status"),
        [(2, "open"), (3, "pending"), (4, "resolved"), (5, "closed"), (6, "pending"), (7, "on_hold")],
    )
    def test_a_new_status_is_dated_by_the_change(self, number: int, status: str) -> None:
        reading = parsed(changed(9, "status", 99, number))
        (told,) = [one for one in only(reading.events, "status.changed") if one.at == at(9)]
        assert told.data == {"status": status}
        assert reading.refresh == ()

    def test_a_new_agent_and_group_are_dated_by_the_change(self) -> None:
        told = ticket(
            4,
            responder_id=int(IVO),
            group_id=int(RETURNS),
            changes={"responder_id": [None, int(IVO)], "group_id": [int(ORDERS), int(RETURNS)]},
        )
        reading = parsed(app_event("onTicketUpdate", ticket=told))
        assert brief(only(reading.events, "ticket.assigned")) == [("ticket.assigned", 4, {"agent": IVO})]
        assert brief(only(reading.events, "ticket.moved")) == [("ticket.moved", 4, {"department": RETURNS})]

    def test_taking_the_agent_away_is_a_change(self) -> None:
        reading = parsed(changed(5, "responder_id", int(EVA), None))
        assert brief(only(reading.events, "ticket.assigned")) == [("ticket.assigned", 5, {"agent": None})]

    @pytest.mark.parametrize("where", ["ticket", "data", "model_changes"])
    def test_the_changes_are_found_wherever_the_platform_puts_them(self, where: str) -> None:
        changes: dict[str, Any] = {"status": [2, 4]}
        data: dict[str, Any] = {"ticket": ticket(9, status=4)}
        if where == "ticket":
            data["ticket"]["changes"] = changes
        else:
            data["changes"] = changes if where == "data" else {"model_changes": changes}
        reading = parsed(app_event("onTicketUpdate", **data))
        assert [one.data["status"] for one in only(reading.events, "status.changed")] == ["open", "resolved"]

    @pytest.mark.parametrize(
        ("field", "before", "after", "status"),
        [("spam", False, True, "spam"), ("deleted", False, True, "deleted"), ("spam", True, False, "open"),
         ("deleted", True, False, "open")],
    )  # fmt: skip
    def test_spam_and_deletion_are_statuses_and_can_be_taken_back(
        self, field: str, before: bool, after: bool, status: str
    ) -> None:
        reading = parsed(changed(6, field, before, after))
        assert only(reading.events, "status.changed")[-1].data == {"status": status}
        assert reading.present[0].values["status"] == status

    @pytest.mark.parametrize(
        ("field", "new", "held"),
        [("status", 4, 2), ("status", 4, 3), ("responder_id", 1, 2), ("group_id", 7, None)],
    )
    def test_data_put_together_after_a_later_change_date_nothing_and_the_ticket_is_asked_about(
        self, field: str, new: int, held: int | None
    ) -> None:
        late = ticket(30, **{field: held}, changes={field: [None, new]})
        reading = parsed(app_event("onTicketUpdate", ticket=late))
        assert reading.refresh == (TICKET,)
        assert {one.at for one in reading.events} == {at(0)}

    def test_a_new_source_is_asked_about_because_only_its_page_tells_an_internal_ticket(self) -> None:
        reading = parsed(changed(2, "source", 1, 3))
        assert reading.refresh == (TICKET,)
        assert "channel" not in reading.present[0].values

    @pytest.mark.parametrize("changes", [{}, None, {"status": 4}, {"status": [2]}, {"status": [2, 4, 5]}, [], "x", 7])
    def test_changes_that_say_nothing_change_nothing(self, changes: Any) -> None:
        reading = parsed(app_event("onTicketUpdate", ticket=ticket(9, status=4, changes=changes)))
        assert {one.at for one in reading.events} == {at(0)}
        assert reading.present[0].values["status"] == "resolved"

    @pytest.mark.parametrize("status", [8, 99, 0, None])
    def test_a_status_that_nobody_explained_leaves_the_ticket_as_it_was(self, status: int | None) -> None:
        reading = parsed(changed(9, "status", 2, status))
        assert [one.data["status"] for one in only(reading.events, "status.changed")] == ["open"]
        assert "status" not in reading.present[0].values

    def test_a_status_of_the_accounts_own_is_what_its_settings_say(self) -> None:
        reading = parsed(changed(9, "status", 2, 8), statuses={"8": "on_hold"})
        assert only(reading.events, "status.changed")[-1].data == {"status": "on_hold"}

    def test_the_same_change_delivered_twice_is_one_event(self) -> None:
        first, second = (parsed(changed(9, "status", 2, 4)) for _ in range(2))
        assert first == second
        assert len({one.id for one in (*first.events, *second.events)}) == len(first.events)

    def test_a_late_event_never_moves_a_ticket_back(self) -> None:
        """Resolved at 10 and reopened at 20; the first event arrives last."""
        resolved, reopened = changed(10, "status", 2, 4), changed(20, "status", 4, 2)
        created = parsed(app_event("onTicketCreate", ticket=ticket()))
        events = list(created.events)
        for body in (reopened, resolved):
            reading = parsed(body)
            events += reading.events
            events += observed(reading.present[0], fold(TICKET, events))
        assert fold(TICKET, events).status == "open"
        assert [(change.at, change.undone_at) for change in fold(TICKET, events).resolutions] == [(at(10), at(20))]

    @pytest.mark.parametrize("body", [{"id": 5021}, {"id": "5021"}, ticket(9), {"id": 5021, "created_at": "never"}])
    def test_a_deleted_ticket_is_asked_about_however_little_is_told(self, body: dict[str, Any]) -> None:
        assert parsed(app_event("onTicketDelete", ticket=body)) == Reading(refresh=(TICKET,))


class TestConversations:
    def test_an_agents_reply_is_a_public_message(self) -> None:
        reading = parsed(app_event("onConversationCreate", conversation=said(88, 12)))
        assert brief(reading.events) == [
            ("message.sent", 12, {"message": "88", "by": "agent", "author": EVA, "public": True})
        ]
        assert reading.events[0].ticket == TICKET
        assert reading.events[0].seq == 88

    def test_a_customers_reply_is_theirs(self) -> None:
        reading = parsed(app_event("onConversationCreate", conversation=by_customer(89, 13)))
        assert reading.events[0].data == {"message": "89", "by": "customer", "author": CUSTOMER, "public": True}

    @pytest.mark.parametrize("source", [0, 2, 8, 9])
    def test_what_is_private_is_an_agents_note(self, source: int) -> None:
        reading = parsed(app_event("onConversationCreate", conversation=said(90, 14, private=True, source=source)))
        assert reading.events[0].data["public"] is False
        assert reading.events[0].data["by"] == "agent"

    def test_a_public_note_is_asked_about_because_customers_and_agents_write_them(self) -> None:
        note = said(91, 15, source=2)
        assert parsed(app_event("onConversationCreate", conversation=note)) == Reading(refresh=(TICKET,))

    def test_a_note_of_ours_is_no_news(self) -> None:
        own = said(92, 16, private=True, source=2, user_id=int(PLUGIN), body_text=f"Call back {mark('n:1')}")
        assert parsed(app_event("onConversationCreate", conversation=own)) == NOTHING

    def test_what_a_third_party_answers_to_a_forward_counts_for_nobody(self) -> None:
        third = said(93, 17, private=True, incoming=True, user_id=77)
        assert parsed(app_event("onConversationCreate", conversation=third)).events[0].data == {
            "message": "93", "by": "system", "public": False,
        }  # fmt: skip

    def test_what_nobody_wrote_is_automatic(self) -> None:
        nobody = said(94, 18, user_id=None)
        data = parsed(app_event("onConversationCreate", conversation=nobody)).events[0].data
        assert data == {"message": "94", "by": "system", "public": True, "auto": True}

    def test_a_repeated_survey_comment_is_automatic(self) -> None:
        comment = by_customer(95, 19, source=6)
        data = parsed(app_event("onConversationCreate", conversation=comment)).events[0].data
        assert (data["by"], data["auto"]) == ("customer", True)

    def test_an_edited_reply_is_the_same_message(self) -> None:
        first = parsed(app_event("onConversationCreate", conversation=said(96, 20)))
        edited = said(96, 20, updated_at=moment(25), body_text="Another text")
        second = parsed(app_event("onConversationUpdate", conversation=edited))
        assert [one.id for one in first.events] == [one.id for one in second.events]
        assert [one.content_hash() for one in first.events] == [one.content_hash() for one in second.events]
        assert second.events[0].seen == at(25)

    @pytest.mark.parametrize("body", [said(97, 21), {"id": 97, "ticket_id": 5021}, {"ticket_id": "5021"}])
    def test_a_deleted_conversation_makes_the_ticket_be_asked_about(self, body: dict[str, Any]) -> None:
        assert parsed(app_event("onConversationDelete", conversation=body)).refresh == (TICKET,)

    @pytest.mark.parametrize("ticket_id", [None, "", "x", 0.5])
    def test_a_conversation_of_no_ticket_is_unreadable(self, ticket_id: Any) -> None:
        with pytest.raises(Unreadable, match="no id of a ticket"):
            parsed(app_event("onConversationCreate", conversation=said(98, 22, ticket_id=ticket_id)))

    def test_the_note_of_a_merge_merges(self) -> None:
        note = said(99, 23, source=2, private=True, body_text="This ticket is closed and merged into ticket 5100")
        assert brief(parsed(app_event("onConversationCreate", conversation=note)).events) == [
            ("ticket.merged", 23, {"into": "5100"})
        ]

    def test_no_words_and_no_addresses_are_kept(self) -> None:
        told = repr(parsed(app_event("onConversationCreate", conversation=said(100, 24))))
        assert [word for word in ("look into", "@mail.example", "@lampshop") if word in told] == []


class TestOthers:
    @pytest.mark.parametrize(
        ("data", "names"),
        [
            ({"agent": {"id": 7, "name": "Eva"}}, {"agent": {"7": "Eva"}}),
            ({"agent": {"id": 7, "contact": {"name": "Eva N", "email": "e@x.example"}}}, {"agent": {"7": "Eva N"}}),
            ({"agent": {"id": 7, "contact": "odd"}}, {}),
            ({"agent": {"id": 7, "name": "two\nlines"}}, {"agent": {"7": "two lines"}}),
            ({"group": {"id": 8, "name": "Orders", "agent_ids": [7]}}, {"department": {"8": "Orders"}}),
            ({"group": {"id": 8, "name": None}}, {}),
        ],
    )
    def test_agents_and_groups_tell_their_names(self, data: dict[str, Any], names: dict[str, Any]) -> None:
        assert parsed(app_event("onAgentUpdate", **data)) == Reading(names=names)

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("onContactUpdate", {"contact": {"id": 2, "email": "jo@mail.example"}}),
            ("onContactCreate", {"contact": {"id": 2}}),
            ("onCompanyCreate", {"company": {"id": 2}}),
            ("onTimeEntryCreate", {"time_entry": {"id": 2}}),
            ("onAgentAvailabilityUpdate", {"agent_availability": {}}),
            ("onScheduledEvent", {"job": "x"}),
            ("onExternalEvent", {"event": "user_created", "user": {"email": "x@y.example"}}),
            ("onAppUninstall", {}),
        ],
    )
    def test_what_is_about_no_ticket_says_nothing(self, name: str, data: dict[str, Any]) -> None:
        assert parsed(app_event(name, **data)) == NOTHING

    @pytest.mark.parametrize("name", ["onAppInstall", "onAppUninstall"])
    def test_an_installation_without_data_says_nothing(self, name: str) -> None:
        told = {"timestamp": 1, "account_id": 13, "domain": "x.freshdesk.example", "event": name, "region": "US"}
        assert parsed(told) == NOTHING

    @pytest.mark.parametrize("data", [None, [], "", 7, True, [{"ticket": {"id": 5021}}]])
    @pytest.mark.parametrize("name", ["onTicketUpdate", "onConversationCreate", "onProductCreate", "", None, 7])
    def test_an_event_about_a_ticket_whose_data_are_none_is_unreadable(self, name: Any, data: Any) -> None:
        told = app_event(name)
        with pytest.raises(Unreadable, match="no id of a ticket"):
            parsed({**told, "data": data})
        del told["data"]
        with pytest.raises(Unreadable, match="no id of a ticket"):
            parsed(told)

    @pytest.mark.parametrize("data", [{}, {"ticket": None}, {"ticket": []}, {"product": {"id": 1}}])
    def test_an_event_that_nobody_documented_is_kept_and_shown(self, data: dict[str, Any]) -> None:
        with pytest.raises(Unreadable, match="neither a ticket nor a conversation"):
            parsed(app_event("onProductCreate", **data))


def test_the_moment_of_arrival_is_only_the_moment_of_asking() -> None:
    body = app_event("onTicketCreate", ticket=ticket(2))
    early, late = (DESK.parse(replace(call(body), received_at=when), access()) for when in (NOW, NOW + 5 * MINUTE))
    assert early.events == late.events
    assert [one.asked_at for one in (*early.present, *late.present)] == [NOW, NOW + 5 * MINUTE]
