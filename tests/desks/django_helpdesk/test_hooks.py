"""What is read from each kind of webhook: the whole events, compared field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Unreadable
from integrations.events import Event, event
from integrations.times import DAY, SECOND
from tests.desks.django_helpdesk.samples import (
    CUSTOMER,
    DESK,
    EVA,
    IVO,
    PLUGIN,
    access,
    at,
    by_form,
    by_mail,
    by_staff,
    call,
    entry,
    hook,
    of_type,
    present,
    read,
    ticket,
)
from tests.desks.hooks import NOW


def _statuses(told: dict[str, object], follow_up: int) -> list[tuple[str, str | None, str | None]]:
    changes = of_type(read(told, follow_up=follow_up), "status.changed")
    return [(change.data["status"], change.data.get("by"), change.data.get("author")) for change in changes]


def _sent(*history: dict[str, object], **changes: object) -> list[Event]:
    return of_type(read(ticket(*history, **changes), follow_up=1), "message.sent")


class TestANewTicket:
    def test_of_the_public_form_is_told_whole(self) -> None:
        reading = read(ticket(by_form(), custom_tags="vip, loud,vip", custom_region="south"))
        assert reading.events == (
            event("ticket.created", "204", at(0), seen=NOW, by="customer", department="2", customer=CUSTOMER,
                  channel="web_form"),
            event("status.changed", "204", at(0), status="open"),
            event("message.sent", "204", at(0), seq=501, by="customer", public=True, message="501"),
        )  # fmt: skip
        (now,) = reading.present
        assert now.asked_at == NOW
        assert now.values == {
            "status": "open",
            "channel": "web_form",
            "agent": None,
            "department": "2",
            "customer": CUSTOMER,
            "tags": ["vip", "loud"],
            "fields": {"region": "south"},
        }
        assert reading.names == {"department": {"2": "shop"}}
        assert reading.refresh == ()

    def test_of_a_mail_came_by_email(self) -> None:
        assert of_type(read(ticket(by_mail())), "ticket.created")[0].data["channel"] == "email"

    def test_that_staff_opened_for_a_customer_is_the_customers_question(self) -> None:
        reading = read(ticket(by_staff()))
        assert of_type(reading, "ticket.created")[0].data == {
            "by": "customer", "department": "2", "customer": CUSTOMER,
        }  # fmt: skip
        assert of_type(reading, "message.sent")[0].data == {"by": "customer", "public": True, "message": "501"}

    @pytest.mark.parametrize("nobody", [None, ""])
    def test_that_staff_opened_for_nobody_is_the_agents(self, nobody: str | None) -> None:
        reading = read(ticket(by_staff(), submitter_email=nobody))
        assert of_type(reading, "ticket.created")[0].data == {"by": "agent", "author": "11", "department": "2"}
        assert of_type(reading, "message.sent")[0].data["by"] == "agent"
        assert present(reading)["customer"] is None

    def test_keeps_its_first_queue_whatever_a_later_look_says(self) -> None:
        first = of_type(read(ticket(by_form())), "ticket.created")[0]
        later = of_type(read(ticket(by_form(), queue=4), follow_up=9), "ticket.created")[0]
        assert first.id == later.id
        assert (first.seen or first.at) > (later.seen or later.at), "the later seen version stands in the fold"

    def test_whose_receiver_lags_behind_the_desk_is_still_the_later_seen(self) -> None:
        early = DESK.parse(call(hook(ticket(by_form())), received_at=at(0) - 30 * SECOND), access())
        assert early.events[0].seen == at(0) + SECOND


class TestTheChannel:
    @pytest.mark.parametrize(
        ("told", "slug", "options", "expected"),
        [
            (ticket(by_mail(), custom_channel="phone"), "shop", {}, "voice"),
            (ticket(by_mail(), custom_channel="Live Chat"), "shop", {}, "chat"),
            (ticket(by_mail(), custom_channel="web_form"), "shop", {}, "web_form"),
            (ticket(by_mail(), custom_channel="carrier pigeon"), "shop", {}, "carrier pigeon"),
            (ticket(by_mail(), custom_channel=""), "shop", {}, "email"),
            (ticket(by_form()), "chat", {}, "web_form"),
            (ticket(by_form()), "chat", {"channels": {"chat": "chat"}}, "chat"),
            (ticket(by_form()), "shop", {"channels": {"2": "in_person"}}, "in_person"),
            (ticket(by_form(user=77)), "shop", {}, "web_form"),
            (ticket(by_staff()), "phone", {}, "voice"),
            (ticket(by_staff()), "shop", {}, None),
            (ticket(by_staff()), "shop", {"channels": "not a table"}, None),
        ],
    )
    def test_is_what_says_so_most_plainly(
        self, told: dict[str, object], slug: str, options: dict[str, Any], expected: str | None
    ) -> None:
        reading = read(told, queue_slug=slug, **options)
        assert of_type(reading, "ticket.created")[0].data.get("channel") == expected
        assert present(reading).get("channel") == expected


class TestMessages:
    def test_are_told_with_who_wrote_them(self) -> None:
        history = (
            by_mail(),
            entry(502, 5, "Which one?", user=EVA),
            entry(503, 6, "She has two", user=IVO, public=False),
            entry(504, 9, "The red one", message_id="<2@customer.example>"),
            entry(505, 12, "From the page"),
        )
        assert [(sent.at, sent.seq, sent.data) for sent in _sent(*history)[1:]] == [
            (at(5), 502, {"by": "agent", "author": "11", "public": True, "message": "502"}),
            (at(6), 503, {"by": "agent", "author": "12", "public": False, "message": "503"}),
            (at(9), 504, {"by": "customer", "public": True, "message": "504"}),
            (at(12), 505, {"by": "customer", "public": True, "message": "505"}),
        ]

    @pytest.mark.parametrize("nothing", [None, "", "  \n"])
    def test_without_words_are_none(self, nothing: str | None) -> None:
        assert len(_sent(by_mail(), entry(502, 5, nothing, user=EVA, title="Ticket placed on hold"))) == 1

    def test_in_the_order_of_their_dates_whatever_the_order_sent(self) -> None:
        shuffled = [entry(503, 6, user=EVA), by_mail(), entry(502, 5, user=EVA)]
        assert [sent.data["message"] for sent in _sent(*shuffled)] == ["501", "502", "503"]

    def test_of_the_desk_itself_are_automatic(self) -> None:
        sent = _sent(by_mail(), entry(502, 5, "Ticket escalated after 3 days", title="Ticket Escalated"))
        assert sent[1].data == {"by": "system", "public": True, "message": "502", "auto": True}

    def test_of_a_customer_who_accepts_the_resolution_are_automatic(self) -> None:
        click = entry(502, 5, "Submitter accepted resolution and closed ticket", new_status=4)
        assert _sent(by_form(), click)[1].data["auto"] is True
        assert "auto" not in _sent(by_form(), entry(502, 5, "No!", new_status=2))[1].data

    def test_of_which_nobody_was_notified_are_automatic_where_others_were(self) -> None:
        away = entry(502, 5, "I am away", message_id="<2@customer.example>", email_recipients=[])
        assert _sent(by_mail(), away)[1].data["auto"] is True
        assert "auto" not in _sent(by_mail(email_recipients=[]), away)[1].data, "this desk cannot send mail"
        assert "auto" not in _sent(by_mail(email_recipients=None), away)[1].data, "an older entry does not say"

    def test_of_a_merged_in_ticket_belong_to_that_ticket(self) -> None:
        theirs = entry(499, -90, "Hums too", title="[Merged from #203] Humming")
        closing = entry(502, 5, None, user=EVA, title="[Zusammengeführt von #203] Humming", new_status=4)
        reading = read(ticket(theirs, by_form(), closing), follow_up=1)
        assert [sent.data["message"] for sent in of_type(reading, "message.sent")] == ["501"]
        assert of_type(reading, "ticket.created")[0].at == at(0)
        assert len(of_type(reading, "status.changed")) == 1

    def test_of_a_ticket_whose_title_only_looks_merged_are_its_own(self) -> None:
        assert len(_sent(by_form(), entry(502, 5, user=EVA, title="[urgent] order #203"))) == 2


class TestTheStatus:
    def test_is_told_by_every_entry_that_changed_it(self) -> None:
        history = (
            by_mail(),
            entry(502, 5, user=EVA, new_status=3),
            entry(503, 6, message_id="<2@customer.example>", new_status=2),
            entry(504, 7, None, user=IVO, public=False, title="Closed in bulk update", new_status=4),
            entry(505, 8, user=IVO, new_status=5),
            entry(506, 9, user=IVO, new_status=1),
        )
        assert _statuses(ticket(*history), 506) == [
            ("open", None, None),
            ("resolved", "agent", "11"),
            ("open", "customer", None),
            ("closed", "agent", "12"),
            ("closed", "agent", "12"),
            ("open", "agent", "12"),
        ]

    @pytest.mark.parametrize(
        ("number", "on_hold", "expected"),
        [(1, False, "open"), (2, False, "open"), (3, False, "resolved"), (4, False, "closed"), (5, False, "closed"),
         (1, True, "on_hold"), (2, True, "on_hold"), (3, True, "resolved"), (4, True, "closed")],
    )  # fmt: skip
    def test_that_holds_now_is_on_hold_only_while_it_is_open(self, number: int, on_hold: bool, expected: str) -> None:
        assert present(read(ticket(by_form(), status=number, on_hold=on_hold)))["status"] == expected

    def test_that_an_administrator_added_means_what_the_account_says(self) -> None:
        told = ticket(by_form(), entry(502, 5, user=EVA, new_status=6), status=6)
        explained = read(told, follow_up=502, statuses={"6": "pending"})
        assert present(explained)["status"] == "pending"
        assert of_type(explained, "status.changed")[-1].data["status"] == "pending"
        unexplained = read(told, follow_up=502, statuses={"6": "not a status"})
        assert "status" not in present(unexplained)
        assert len(of_type(unexplained, "status.changed")) == 1


class TestMerging:
    def test_of_a_ticket_is_told_with_where_it_went(self) -> None:
        (merged,) = of_type(read(ticket(by_form(), merged_to=203, status=5), follow_up=1), "ticket.merged")
        assert merged.data == {"into": "203"}

    def test_of_a_ticket_without_history_is_the_same_at_every_look(self) -> None:
        told = hook(ticket(merged_to=203, status=5), follow_up=1)
        first, later = (DESK.parse(call(told, received_at=moment), access()) for moment in (NOW, NOW + DAY))
        assert [happened.type for happened in first.events] == ["ticket.created", "ticket.merged"]
        assert first.events == later.events
        assert first.events[0].at < at(0), "what a hook told of the creation is seen later and stands"


class TestWhatIsOurs:
    def test_a_private_note_of_our_user_says_nothing(self) -> None:
        before = read(ticket(by_form()), follow_up=1)
        after = read(ticket(by_form(), entry(502, 5, "1 of 5", user=PLUGIN, public=False)), follow_up=502)
        assert {e.content_hash() for e in after.events} == {e.content_hash() for e in before.events}
        assert present(after) == present(before)

    def test_a_marked_private_note_says_nothing_whoever_we_were_then(self) -> None:
        assert len(_sent(by_form(), entry(502, 5, "1 of 5\n\n[deskpulse:answer-7]", user=77, public=False))) == 1
        assert len(_sent(by_form(), entry(502, 5, "see [deskpulse:answer-7]", user=77))) == 2

    def test_what_our_user_says_in_public_is_a_bots(self) -> None:
        assert _sent(by_form(), entry(502, 5, user=PLUGIN))[1].data["by"] == "bot"

    def test_our_tags_scores_and_fields_are_not_read(self) -> None:
        now = present(
            read(
                ticket(
                    by_form(), custom_tags="channel-web-form,vip,deskpulse-follow-up", custom_csat=4, custom_ces="2",
                    custom_nps=9, custom_deskpulse_channel="web_form",
                )
            )
        )  # fmt: skip
        assert now["tags"] == ["vip"]
        assert now["fields"] == {"region": None}

    @pytest.mark.parametrize("where", ["title", "description"])
    def test_our_summary_is_tagged_as_one(self, where: str) -> None:
        told = ticket(by_staff(user=PLUGIN), **{where: "Week 24 [deskpulse:2026-W24]", "submitter_email": ""})
        reading = read(told)
        assert reading.events == (
            event("ticket.created", "204", at(0), by="system", channel="internal"),
            event("ticket.tagged", "204", at(0), add_tags=["deskpulse-summary"]),
        )
        assert reading.present == ()

    def test_a_customer_cannot_make_a_summary(self) -> None:
        reading = read(ticket(by_mail(), title="Week 24 [deskpulse:2026-W24]"))
        assert of_type(reading, "ticket.tagged") == []
        assert len(of_type(reading, "message.sent")) == 1


class TestNames:
    def test_of_an_agent_come_from_the_entry_that_assigned_them(self) -> None:
        taken = entry(502, 5, "", user=IVO, public=False, title="Assigned to eva")
        reading = read(ticket(by_form(), taken, assigned_to=EVA), follow_up=502)
        assert reading.names == {"department": {"2": "shop"}, "agent": {"11": "eva"}}
        assert present(reading)["agent"] == "11"
        and_resolved = {**taken, "title": "Assigned to eva and Resolved"}
        assert read(ticket(by_form(), and_resolved, assigned_to=EVA), follow_up=502).names["agent"] == {"11": "eva"}

    def test_of_an_agent_do_not_come_from_an_older_entry(self) -> None:
        history = (by_form(), entry(502, 5, "", user=IVO, title="Assigned to eva"), entry(503, 6, user=EVA))
        assert "agent" not in read(ticket(*history, assigned_to=IVO), follow_up=503).names
        assert "agent" not in read(ticket(*history[:2], assigned_to=None), follow_up=502).names


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"id": None}, "ticket.id"),
            ({"id": "204"}, "ticket.id"),
            ({"queue": None}, "ticket.queue"),
            ({"status": "open"}, "ticket.status"),
            ({"followup_set": None}, "ticket.followup_set"),
            ({"followup_set": [{"id": 1}]}, "ticket.followup_set.0.date"),
            ({"followup_set": [entry(1, 0, date="yesterday")]}, "ticket.followup_set.0.date: Not an ISO 8601"),
            ({"followup_set": [entry(1, 0, date="2026-06-15T09:30:00")]}, "no|Not an ISO 8601"),
        ],
    )
    def test_says_where_it_is_wrong(self, changes: dict[str, object], message: str) -> None:
        with pytest.raises(Unreadable, match=message):
            read(ticket(**changes))

    def test_a_date_that_has_not_come_yet(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            read(ticket(by_form(date="2026-06-17T09:30:00Z")))

    def test_long_texts_in_custom_fields_are_left_out_and_the_rest_is_read(self) -> None:
        now = present(read(ticket(by_form(), custom_story="x" * 600, custom_tags="vip," + "y" * 600, custom_paid=True)))
        assert now["fields"] == {"region": None, "paid": "true"}
        assert now["tags"] == ["vip"]

    def test_what_is_not_known_is_passed_over(self) -> None:
        told = json.loads(hook(ticket(by_form(), kbitem={"id": 4}), follow_up=501)) | {"version": 9}
        assert DESK.parse(call(json.dumps(told).encode()), access()) == read(ticket(by_form()), follow_up=501)


HISTORY = (
    by_mail(),
    entry(502, 5, user=EVA),
    entry(503, 6, user=EVA, public=False),
    entry(504, 9, user=EVA, new_status=3),
    entry(505, 20, message_id="<2@customer.example>", new_status=2),
)


@given(st.permutations(range(1, len(HISTORY) + 1)))
def test_every_webhook_of_a_story_tells_a_part_of_what_the_last_one_tells(order: list[int]) -> None:
    whole = {(e.id, e.content_hash()) for e in read(ticket(*HISTORY), follow_up=505).events}
    told: set[tuple[str, bytes]] = set()
    for length in order:
        told |= {(e.id, e.content_hash()) for e in read(ticket(*HISTORY[:length]), follow_up=500 + length).events}
    assert told == whole
