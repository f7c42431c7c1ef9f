"""What a webhook of Zammad tells: facts with their moments, what held then, and which ticket to ask about."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.base import Reading
from integrations.events import Event
from integrations.times import HOUR
from integrations.zammad.simulated_world import STATES
from tests.desks.zammad.office import (
    CLOSED,
    DESK,
    NOW,
    REMINDER,
    SECRET,
    access_to,
    article,
    at,
    body,
    of_type,
    parsed,
    present,
    read,
    signed,
    ticket,
    user,
)
from workers.observing import observed
from workers.tickets import Ticket, fold

SUMMARY = {"title": "Week 24 [deskpulse:w:24]", "create_article_type": "note", "create_article_sender": "Agent"}
NOTE = {"type": "note", "internal": True, "body": "Call back<br>\n[deskpulse:n:9]"}


def folded(*readings: Reading) -> Ticket:
    """The ticket as the pipeline makes it of these calls, in this order."""
    events: list[Event] = []
    for reading in readings:
        events += reading.events
        for told in reading.present:
            events += list(observed(told, fold(told.ticket, events)))
    return fold("612", events)


class TestFacts:
    def test_the_creation_is_told_with_who_and_where_from(self) -> None:
        (created,) = of_type(read(), "ticket.created")
        assert (created.ticket, created.at, created.seen) == ("612", at("15 09:00:00.250"), at("15 09:20:00.500"))
        assert created.data == {"by": "customer", "channel": "voice", "customer": "41"}

    def test_a_ticket_that_an_agent_opened_is_outbound(self) -> None:
        (created,) = of_type(read(ticket(create_article_sender="Agent", create_article_type="email")), "ticket.created")
        assert created.data == {"by": "agent", "author": "17", "channel": "email", "customer": "41"}

    def test_a_ticket_without_a_customer_or_a_sender_says_nothing_of_them(self) -> None:
        told = ticket(customer_id=None, create_article_sender=None, create_article_type=None)
        assert of_type(read(told), "ticket.created")[0].data == {}

    def test_an_agents_mail_is_a_public_message(self) -> None:
        (said,) = of_type(read(ticket(), article()), "message.sent")
        assert (said.at, said.seq) == (at("15 09:20:00.480"), 9001)
        assert said.data == {"by": "agent", "author": "17", "public": True, "message": "9001"}

    @pytest.mark.parametrize(
        ("changes", "data"),
        [
            ({"sender": "Customer"}, {"by": "customer", "public": True}),
            ({"sender": "System"}, {"by": "system", "public": True, "auto": True}),
            ({"internal": True}, {"by": "agent", "author": "17", "public": False}),
            ({"type": "note"}, {"by": "agent", "author": "17", "public": False}),
            ({"created_by_id": 1}, {"by": "system", "public": True, "auto": True}),
            (
                {"sender": "Customer", "preferences": {"is-auto-response": True}},
                {"by": "customer", "public": True, "auto": True},
            ),
            ({"created_by_id": None}, {"by": "agent", "public": True}),
        ],
    )
    def test_notes_machines_and_customers_are_told_apart(self, changes: dict[str, Any], data: dict[str, Any]) -> None:
        (said,) = of_type(read(ticket(), article(**changes)), "message.sent")
        assert said.data == {**data, "message": "9001"}

    def test_two_deliveries_of_one_fact_are_one_event(self) -> None:
        first, second = read(ticket(), article()), read(ticket(state="closed", state_id=CLOSED), article())
        assert [one.id for one in first.events] == [one.id for one in second.events]
        assert [one.content_hash() for one in first.events] == [one.content_hash() for one in second.events]

    def test_an_article_without_a_moment_is_left_to_the_refresh(self) -> None:
        reading = read(ticket(), article(created_at="04/24/2026 10:26 am"))
        assert of_type(reading, "message.sent") == []
        assert reading.refresh == ("612",)

    def test_an_internal_article_whose_text_is_not_sent_may_be_ours_and_is_left_to_the_refresh(self) -> None:
        said = article(internal=True, type="note")
        del said["body"]
        assert of_type(read(ticket(), said), "message.sent") == []
        del said["internal"]
        assert of_type(read(ticket(), said), "message.sent") == []


class TestPresent:
    def test_what_held_is_told_with_the_moment_it_held_at(self) -> None:
        (now,) = read().present
        assert (now.ticket, now.updated_at, now.asked_at) == ("612", at("15 09:20:00.500"), NOW)
        assert now.values == {
            "status": "open",
            "channel": "voice",
            "department": "3",
            "customer": "41",
            "agent": "17",
            "fields": {"priority": "2 normal", "region": "north"},
        }

    @pytest.mark.parametrize("nobody", [1, None, "1", "-"])
    def test_the_owner_who_stands_for_nobody_is_nobody(self, nobody: Any) -> None:
        assert present(read(ticket(owner_id=nobody)))["agent"] is None

    def test_a_payload_without_an_owner_says_nothing_of_one(self) -> None:
        told = ticket()
        del told["owner_id"], told["group_id"], told["customer_id"]
        assert not {"agent", "department", "customer"} & set(present(read(told)))

    @pytest.mark.parametrize(
        ("state", "status"),
        [("new", "new"), ("open", "open"), ("pending reminder", "on_hold"), ("pending close", "on_hold"),
         ("closed", "resolved"), ("removed", "deleted")],
    )  # fmt: skip
    def test_the_status_is_that_of_the_states_type(self, state: str, status: str) -> None:
        assert present(read(ticket(state=state, state_id=STATES[state][0])))["status"] == status
        assert present(read(ticket(state=state, state_id=None)))["status"] == status

    def test_a_state_that_nobody_knows_says_nothing_and_is_asked_about(self) -> None:
        reading = read(ticket(state="erledigt", state_id=77))
        assert "status" not in present(reading)
        assert reading.refresh == ("612",)

    def test_merging_is_no_status_and_is_asked_about(self) -> None:
        reading = read(ticket(state="merged", state_id=STATES["merged"][0]))
        assert "status" not in present(reading)
        assert reading.refresh == ("612",)

    def test_an_answer_in_an_attribute_is_told(self) -> None:
        options = {"answers": {"csat": {"field": "stars", "scale": [1, 5], "comment": "words"}}}
        values = present(read(ticket(stars="2", words="Late"), **options))
        (answer,) = values["answers"]
        assert answer == {"kind": "csat", "survey": "stars", "score": 2, "scale": [1, 5], "comment": "Late"}
        assert set(values["fields"]) == {"priority", "region"}


class TestNames:
    def test_the_agent_and_the_group_have_names(self) -> None:
        assert read().names == {"agent": {"17": "Eva Novak"}, "department": {"3": "Blenders"}}

    def test_nobody_has_none(self) -> None:
        told = ticket(owner_id=1, owner=user(1, "-", ""), group=None)
        assert read(told).names == {"agent": {}, "department": {}}

    def test_no_customer_is_ever_named(self) -> None:
        reading = read(ticket(), article(sender="Customer"))
        told = repr((reading.events, reading.present, reading.names))
        assert not [word for word in ("Jo", "Doe", "people.example", "0123", "hums", "on its way") if word in told]


class TestAsking:
    def test_every_call_about_a_ticket_asks_for_it(self) -> None:
        assert read().refresh == ("612",)
        assert read(ticket(), article()).refresh == ("612",)

    def test_a_call_with_ids_alone_only_asks(self) -> None:
        assert parsed({"ticket": {"id": "612"}, "article": {"id": "-"}}) == Reading(refresh=("612",))

    def test_a_notification_only_asks(self) -> None:
        told = {"ticket": "20612", "link": "https://desk.example/#ticket/zoom/612", "message": "Updated by Eva Novak"}
        assert parsed(told) == Reading(refresh=("612",))

    def test_a_template_whose_times_cannot_be_read_only_asks(self) -> None:
        told = ticket(created_at="04/24/2026 10:26 am (Europe/Berlin)")
        assert read(told) == Reading(refresh=("612",))
        assert read(ticket(updated_at="-")) == Reading(refresh=("612",))

    def test_a_template_whose_times_can_be_read_tells_more(self) -> None:
        told = {
            "event": "ticket.closed",
            "ticket": {
                "id": "612", "state": "closed", "group": "Blenders", "group_id": "3", "owner_id": "17",
                "customer_id": "41", "created_at": "2026-06-15 09:00:00 UTC", "updated_at": "2026-06-15 09:20:00 UTC",
            },
            "article": {"id": "-", "type": "-", "sender": "-", "internal": "-", "created_at": "-"},
        }  # fmt: skip
        reading = parsed(told)
        assert present(reading) == {"status": "resolved", "department": "3", "customer": "41", "agent": "17"}
        assert reading.present[0].updated_at == at("15 09:20:00")
        assert [one.type for one in reading.events] == ["ticket.created"]

    def test_a_note_of_ours_comes_back_and_asks_for_nothing(self) -> None:
        reading = read(ticket(), article(**NOTE))
        assert reading.refresh == ()
        assert [one.type for one in reading.events] == ["ticket.created"]

    @pytest.mark.parametrize("changes", [{"internal": False}, {"type": "email"}, {"body": "[deskpulse n 9]"}])
    def test_what_only_looks_like_a_note_of_ours_is_somebody_elses(self, changes: dict[str, Any]) -> None:
        reading = read(ticket(), article(**{**NOTE, **changes}))
        assert reading.refresh == ("612",)
        assert [one.type for one in reading.events] == ["ticket.created", "message.sent"]

    def test_a_summary_of_ours_is_known_before_its_answer_came(self) -> None:
        reading = read(ticket(**SUMMARY), article(**NOTE))
        assert (reading.present, reading.refresh) == ((), ())
        assert [(one.type, dict(one.data)) for one in reading.events] == [
            ("ticket.created", {"by": "system", "channel": "internal"}),
            ("ticket.tagged", {"add_tags": [SUMMARY_TAG]}),
        ]

    def test_a_mark_in_a_customers_subject_hides_nothing(self) -> None:
        reading = read(ticket(title=SUMMARY["title"]))
        assert (len(reading.present), reading.refresh) == (1, ("612",))
        assert of_type(reading, "ticket.tagged") == []


CALLS = (
    read(ticket(state="new", state_id=1, owner_id=1, updated_at="2026-06-15T09:00:00.300Z")),
    read(ticket(updated_at="2026-06-15T09:20:00.500Z"), article()),
    read(ticket(state="pending reminder", state_id=REMINDER, updated_at="2026-06-15T09:40:00Z")),
    read(ticket(state="closed", state_id=CLOSED, owner_id=18, group_id=2, updated_at="2026-06-15T10:00:00Z")),
)


class TestOrder:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
    def test_a_late_or_repeated_call_never_moves_a_ticket_back(self, order: tuple[int, ...]) -> None:
        made = folded(*(CALLS[number] for number in order), CALLS[order[0]])
        assert (made.status, made.agent, made.department) == ("resolved", "18", "2")
        assert (made.channel, made.customer, made.created_at) == ("voice", "41", at("15 09:00:00.250"))
        assert [said.at for said in made.messages] == [at("15 09:20:00.480")]
        assert [one.at for one in made.resolutions] == [at("15 10:00:00")]

    def test_a_call_hours_late_says_what_held_when_it_was_built(self) -> None:
        late = DESK.parse(signed(body(), SECRET, NOW + 5 * HOUR), access_to())
        assert late.present[0].updated_at == at("15 09:20:00.500")
        assert folded(CALLS[3], late).status == "resolved"

    def test_reading_what_was_kept_says_the_same_as_reading_what_was_sent(self) -> None:
        for told in (
            body(),
            body(ticket(), article()),
            body(ticket(**SUMMARY), article(**NOTE)),
            body(ticket(), article(**NOTE)),
        ):
            kept = DESK.kept(told)
            assert len(kept) < len(told)
            assert DESK.parse(signed(kept, SECRET), access_to()) == DESK.parse(signed(told, SECRET), access_to())

    def test_an_unknown_key_of_a_newer_version_is_no_obstacle(self) -> None:
        told = json.loads(body(ticket(), article()))
        told["sender"] = {"version": "9.0"}
        told["ticket"]["ai_summary"] = {"text": "?"}
        told["article"]["detected_language"] = "de"
        assert parsed(told) == read(ticket(), article())
