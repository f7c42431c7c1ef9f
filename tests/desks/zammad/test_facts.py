"""What a refresh of a Zammad ticket tells: its whole history with its moments, then what holds now."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.base import Present, Reading
from integrations.zammad.simulated_world import STATES, Ticket
from tests.desks.zammad.office import (
    CLOSED,
    DESK,
    GONE_STATE,
    NEW,
    NOW,
    OPEN,
    PENDING_CLOSE,
    REMINDER,
    Office,
    at,
    of_type,
    present,
)
from workers.observing import observed
from workers.tickets import Ticket as Folded
from workers.tickets import fold


@pytest.fixture
def office() -> Office:
    return Office()


def folded(reading: Reading) -> Folded:
    (now,) = reading.present
    made = fold(now.ticket, reading.events)
    assert list(observed(now, made)) == [], "what holds now is explained by what happened"
    return made


def statuses(reading: Reading) -> list[tuple[int, str]]:
    return [(one.at, one.data["status"]) for one in of_type(reading, "status.changed")]


def closed(office: Office, ticket: Ticket, moment: str) -> None:
    office.world.change(ticket, at(moment), office.eva.id, state=CLOSED)


class TestBeginning:
    def test_a_mail_is_a_customers_ticket_in_its_first_group(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), group=2)
        office.world.change(ticket, at("10 10:00"), office.eva.id, group=1)
        (created,) = of_type(office.told(ticket), "ticket.created")
        customer = str(office.jo.id)
        assert created.at == at("10 09:00")
        fields = {"priority": "2 normal", "region": None, "survey_score": None, "survey_comment": None}
        assert created.data == {
            "by": "customer", "channel": "email", "customer": customer, "department": "2", "fields": fields,
        }  # fmt: skip

    def test_a_ticket_that_an_agent_opened_names_that_agent(self, office: Office) -> None:
        ticket = office.world.open(at("10 09:00"), office.jo, sender="Agent", by=office.ivo, owner=office.ivo.id)
        (created,) = of_type(office.told(ticket), "ticket.created")
        assert (created.data["by"], created.data["author"]) == ("agent", str(office.ivo.id))
        assert created.data["agent"] == str(office.ivo.id)

    def test_the_first_holder_is_the_one_before_the_first_change(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), owner=office.ivo.id)
        office.world.change(ticket, at("10 10:00"), office.eva.id, owner=office.eva.id)
        made = folded(office.told(ticket))
        assert of_type(office.told(ticket), "ticket.created")[0].data["agent"] == str(office.ivo.id)
        assert made.agent == str(office.eva.id)

    def test_a_ticket_that_was_never_touched_is_what_it_was(self, office: Office) -> None:
        reading = office.told(office.letter(at("10 09:00")))
        assert statuses(reading) == [(at("10 09:00"), "new")]
        assert folded(reading).status == "new"

    def test_a_call_that_was_closed_at_once_is_resolved_at_once(self, office: Office) -> None:
        ticket = office.world.open(at("10 09:00"), office.jo, type_="phone", state=CLOSED)
        made = folded(office.told(ticket))
        assert [one.at for one in made.resolutions] == [at("10 09:00")]
        assert made.channel == "voice"

    def test_times_are_whole_milliseconds_of_utc(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00:00.123456"))
        assert of_type(office.told(ticket), "ticket.created")[0].at == at("10 09:00:00.123")


class TestHistory:
    def test_every_change_of_state_has_its_moment_and_its_author(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.say(ticket, at("10 09:30"), office.eva, state=OPEN)
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=REMINDER)
        office.world.change(ticket, at("10 11:00"), 1, state=OPEN)
        office.world.change(ticket, at("10 12:00"), office.ivo.id, state=PENDING_CLOSE)
        closed(office, ticket, "10 13:00")
        office.world.say(ticket, at("10 14:00"), office.jo, state=OPEN)
        told = of_type(office.told(ticket), "status.changed")
        eva, ivo = str(office.eva.id), str(office.ivo.id)
        assert [(one.at, one.data["status"], one.data.get("by"), one.data.get("author")) for one in told] == [
            (at("10 09:00"), "new", None, None),
            (at("10 09:30"), "open", "agent", eva),
            (at("10 10:00"), "on_hold", "agent", eva),
            (at("10 11:00"), "open", "system", None),
            (at("10 12:00"), "on_hold", "agent", ivo),
            (at("10 13:00"), "resolved", "agent", eva),
            (at("10 14:00"), "open", "customer", None),
        ]

    def test_a_reopening_is_a_resolution_undone(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        closed(office, ticket, "10 10:00")
        office.world.say(ticket, at("10 11:00"), office.jo, state=OPEN)
        closed(office, ticket, "10 12:00")
        made = folded(office.told(ticket))
        assert [(one.at, one.undone_at) for one in made.resolutions] == [
            (at("10 10:00"), at("10 11:00")),
            (at("10 12:00"), None),
        ]

    def test_two_changes_in_one_millisecond_keep_their_order(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=CLOSED)
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=OPEN)
        assert folded(office.told(ticket)).status == "open"

    def test_holders_and_groups_change_when_they_did(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.say(ticket, at("10 09:10"), office.eva, owner=office.eva.id)
        office.world.change(ticket, at("10 10:00"), office.eva.id, owner=office.ivo.id, group=2)
        office.world.change(ticket, at("10 11:00"), office.ivo.id, owner=1)
        reading = office.told(ticket)
        assert [(one.at, one.data["agent"]) for one in of_type(reading, "ticket.assigned")] == [
            (at("10 09:10"), str(office.eva.id)),
            (at("10 10:00"), str(office.ivo.id)),
            (at("10 11:00"), None),
        ]
        assert [(one.at, one.data["department"]) for one in of_type(reading, "ticket.moved")] == [(at("10 10:00"), "2")]
        made = folded(reading)
        assert (made.agent, made.department, made.transfers) == (None, "2", (at("10 10:00"),))

    def test_tags_come_and_go_and_ours_are_not_read(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        for minute, tag in enumerate(("vip", "channel-email", "loud", "deskpulse-follow-up"), 10):
            office.world.tag(ticket, at(f"10 09:{minute}"), office.eva.id, tag)
        office.world.untag(ticket, at("10 10:00"), office.eva.id, "loud")
        reading = office.told(ticket)
        told = [(one.data.get("add_tags"), one.data.get("remove_tags")) for one in of_type(reading, "ticket.tagged")]
        assert told == [(["vip"], None), (["loud"], None), (None, ["loud"])]
        assert present(reading)["tags"] == ["vip"]
        assert folded(reading).tags == ("vip",)

    def test_attributes_of_the_desks_own_change_when_they_did(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), region="north")
        office.world.change(ticket, at("10 10:00"), office.eva.id, region="south")
        office.world.change(ticket, at("10 11:00"), office.eva.id, region=None, priority=3)
        reading = office.told(ticket)
        assert of_type(reading, "ticket.created")[0].data["fields"]["region"] == "north"
        told = [(one.at, dict(one.data["fields"])) for one in of_type(reading, "ticket.updated")]
        assert told == [
            (at("10 10:00"), {"region": "south"}),
            (at("10 11:00"), {"region": None}),
            (at("10 11:00"), {"priority": "3 high"}),
        ]
        assert (folded(reading).fields["region"], folded(reading).fields["priority"]) == (None, "3 high")

    def test_a_text_that_no_event_can_hold_is_passed_over(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), region="x" * 600)
        office.world.change(ticket, at("10 10:00"), office.eva.id, region="y" * 600)
        office.world.change(ticket, at("10 11:00"), office.eva.id, region="south")
        told = of_type(office.told(ticket), "ticket.updated")
        assert [(one.at, dict(one.data["fields"])) for one in told] == [(at("10 11:00"), {"region": "south"})]
        assert folded(office.told(ticket)).fields["region"] == "south"

    def test_a_renamed_state_keeps_its_meaning(self, office: Office) -> None:
        office.world.states[CLOSED] = ("erledigt", "closed")
        ticket = office.letter(at("10 09:00"))
        closed(office, ticket, "10 10:00")
        assert statuses(office.told(ticket)) == [(at("10 09:00"), "new"), (at("10 10:00"), "resolved")]
        assert folded(office.told(ticket)).status == "resolved"

    def test_a_state_added_after_connecting_is_asked_about_once(self, office: Office) -> None:
        office.world.states[77] = ("waiting for parts", "pending reminder")
        first, second = office.letter(at("10 09:00")), office.letter(at("10 09:01"))
        for ticket in (first, second):
            office.world.change(ticket, at("10 10:00"), office.eva.id, state=77)
        with office.open() as session:
            found = [DESK.refresh(str(ticket.id), session) for ticket in (first, second)]
        assert [present(reading)["status"] for reading in found] == ["on_hold", "on_hold"]
        assert office.api.asked.count("GET /api/v1/ticket_states") == 1

    def test_a_state_that_zammad_itself_does_not_list_is_asked_about_once(self, office: Office) -> None:
        office.world.states[88] = ("of long ago", "open")
        tickets = [office.letter(at(f"10 09:0{number}"), state=88) for number in range(3)]
        office.api.views["GET /ticket_states"] = lambda: [{"id": 1, "state_type": "new"}]
        with office.open() as session:
            found = [DESK.refresh(str(ticket.id), session) for ticket in tickets]
        assert ["status" in present(reading) for reading in found] == [False] * 3
        assert office.api.asked.count("GET /api/v1/ticket_states") == 1

    def test_when_every_state_is_known_none_is_asked_about(self, office: Office) -> None:
        office.told(office.letter(at("10 09:00")))
        assert "GET /api/v1/ticket_states" not in office.api.asked
        assert len(office.api.asked) == DESK.requests_per_refresh

    def test_the_accounts_own_words_for_states_hold_in_the_past_too(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=REMINDER)
        reading = office.told(ticket, options={"states": {"pending reminder": "pending"}})
        assert statuses(reading)[-1] == (at("10 10:00"), "pending")
        assert folded(reading).status == "pending"

    def test_a_removed_ticket_is_deleted(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=GONE_STATE)
        assert folded(office.told(ticket)).status == "deleted"


class TestMerging:
    @pytest.fixture
    def merged(self, office: Office) -> tuple[Ticket, Ticket]:
        """Jo wrote twice; the second ticket went into the first."""
        first, second = office.letter(at("10 09:00")), office.letter(at("10 09:05"), body="Hello?")
        office.world.say(second, at("10 09:06"), office.jo, body="Still me")
        office.world.merge(second, at("10 09:30"), office.eva, into=first)
        office.world.say(first, at("10 10:00"), office.eva, state=OPEN)
        return first, second

    def test_the_merged_ticket_tells_when_and_into_what(self, office: Office, merged: tuple[Ticket, Ticket]) -> None:
        first, second = merged
        reading = office.told(second)
        (into,) = of_type(reading, "ticket.merged")
        assert (into.at, into.data["into"]) == (at("10 09:30"), str(first.id))
        assert fold(str(second.id), reading.events).merged_into == str(first.id)
        assert "status" not in present(reading)

    def test_its_last_word_is_no_message_to_anybody(self, office: Office, merged: tuple[Ticket, Ticket]) -> None:
        (word,) = of_type(office.told(merged[1]), "message.sent")
        assert (word.data["by"], word.data["public"]) == ("agent", False)

    def test_what_came_with_it_stays_its_own(self, office: Office, merged: tuple[Ticket, Ticket]) -> None:
        told = of_type(office.told(merged[0]), "message.sent")
        assert [(one.at, one.data["by"]) for one in told] == [(at("10 09:00"), "customer"), (at("10 10:00"), "agent")]
        assert len(merged[0].articles) == 4

    def test_reopened_it_counts_again(self, office: Office, merged: tuple[Ticket, Ticket]) -> None:
        office.world.change(merged[1], at("10 11:00"), office.eva.id, state=OPEN)
        reading = office.told(merged[1])
        assert [one.data["into"] for one in of_type(reading, "ticket.merged")] == [str(merged[0].id), None]
        made = fold(str(merged[1].id), reading.events)
        assert (made.merged_into, made.status) == (None, "open")

    def test_a_zammad_that_did_not_write_down_into_what_has_deleted_it(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=STATES["merged"][0])
        assert statuses(office.told(ticket))[-1] == (at("10 10:00"), "deleted")


class TestOddHistories:
    """What a history may hold that this version of Zammad was not seen to write."""

    def told(self, office: Office, rows: list[dict[str, Any]]) -> Reading:
        ticket = office.letter(at("10 09:00"))
        history = office.api.views["GET /ticket_history/#"]

        def more(number: int) -> dict[str, Any]:
            told: dict[str, Any] = history(number)
            base = {"object": "Ticket", "o_id": number, "created_at": "2026-06-10T10:00:00.000Z", "created_by_id": 3}
            return {**told, "history": [*told["history"], *({"id": 900 + n, **base, **r} for n, r in enumerate(rows))]}

        office.api.views["GET /ticket_history/#"] = more
        return office.told(ticket)

    @pytest.mark.parametrize(
        "row",
        [
            {"type": "merged_into", "id_to": None},
            {"type": "merged_into", "id_to": 1, "id_from": 1},
            {"type": "updated", "attribute": "group", "id_from": 1, "id_to": None},
            {"type": "updated", "attribute": "title", "value_from": "a", "value_to": "b"},
            {"type": "updated", "attribute": "pending_time", "value_to": "2026-06-11"},
            {"type": "updated", "attribute": "state", "id_from": 1, "id_to": 99, "value_to": "unheard of"},
            {"type": "updated", "object": "Ticket::Article", "attribute": "state", "id_to": 4, "value_to": "closed"},
            {"type": "added", "attribute": "link", "value_to": "12"},
            {"type": "removed", "attribute": "tag", "value_to": None},
            {"type": "added", "attribute": "tag", "value_to": "channel-email"},
            {"type": "time_trigger_performed", "value_from": "reminder"},
            {"type": "notification", "value_to": "jo@customers.example"},
            {"type": "email", "value_to": "jo@customers.example"},
            {"type": "viewed"},
            {"type": "checklist_item_checked", "attribute": "text"},
        ],
    )
    def test_a_row_that_says_nothing_to_us_is_passed_over(self, office: Office, row: dict[str, Any]) -> None:
        plain = Office()
        assert self.told(office, [row]).events == plain.told(plain.letter(at("10 09:00"))).events

    def test_a_change_by_nobody_names_nobody(self, office: Office) -> None:
        row = {"type": "updated", "attribute": "state", "id_from": 1, "id_to": 4, "value_to": "closed"}
        (told,) = of_type(self.told(office, [{**row, "created_by_id": None}]), "status.changed")[1:]
        assert dict(told.data) == {"status": "resolved"}

    def test_an_owner_that_is_not_named_is_nobody(self, office: Office) -> None:
        row = {"type": "updated", "attribute": "owner", "id_from": 3, "id_to": None}
        reading = self.told(office, [row])
        assert [one.data["agent"] for one in of_type(reading, "ticket.assigned")] == [None]
        assert of_type(reading, "ticket.created")[0].data["agent"] == "3"

    def test_a_ticket_that_began_as_merged_has_no_first_status(self, office: Office) -> None:
        first = {"type": "updated", "attribute": "state", "id_from": 5, "id_to": 2, "value_from": "merged"}
        into = {"type": "merged_into", "id_to": 77, "created_at": "2026-06-10T09:00:00.000Z"}
        reading = self.told(office, [into, first])
        assert statuses(reading) == [(at("10 10:00"), "open")]
        assert [one.data["into"] for one in of_type(reading, "ticket.merged")] == ["77", None]

    def test_rows_in_any_order_tell_the_same(self, office: Office) -> None:
        rows = [
            {"type": "updated", "attribute": "state", "id_from": 1, "id_to": 2, "created_at": f"2026-06-10T1{n}:00:00Z"}
            for n in (3, 1, 2)
        ]
        told = [one.at for one in of_type(self.told(office, rows), "status.changed")]
        assert told == sorted(told)
        assert len(told) == 4


class TestMessages:
    def test_every_article_is_told_in_order_with_who_wrote_it(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.say(ticket, at("10 09:01"), office.world.users[1], sender="System", body="We got it")
        office.world.say(ticket, at("10 09:02"), office.jo, auto=True, body="I am away")
        office.world.say(ticket, at("10 09:03"), office.eva, type_="note", internal=True)
        office.world.say(ticket, at("10 09:04"), office.eva, type_="note")
        office.world.say(ticket, at("10 09:05"), office.ivo, type_="phone")
        told = [one.data for one in of_type(office.told(ticket), "message.sent")]
        assert [(one["by"], one["public"], one.get("auto", False)) for one in told] == [
            ("customer", True, False),
            ("system", True, True),
            ("customer", True, True),
            ("agent", False, False),
            ("agent", False, False),
            ("agent", True, False),
        ]
        assert [one.get("author") for one in told] == [None, None, None, str(office.eva.id), str(office.eva.id),
                                                       str(office.ivo.id)]  # fmt: skip

    def test_only_what_a_person_said_to_the_customer_is_a_response(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.say(ticket, at("10 09:01"), office.world.users[1], sender="System")
        office.world.say(ticket, at("10 09:02"), office.eva, type_="note")
        office.world.say(ticket, at("10 09:30"), office.eva)
        answers = [one for one in folded(office.told(ticket)).messages if one.by == "agent" and one.public]
        assert [one.at for one in answers] == [at("10 09:30")]

    @pytest.mark.parametrize(("by", "internal"), [("eva", True), ("plugin", True)])
    def test_a_note_with_a_mark_is_ours_whoevers_token_it_was(self, office: Office, by: str, internal: bool) -> None:
        ticket = office.letter(at("10 09:00"))
        author = office.eva if by == "eva" else office.simulator.plugin
        office.world.say(ticket, at("10 09:10"), author, type_="note", internal=internal, body="x<br>[deskpulse:n:9]")
        assert len(of_type(office.told(ticket), "message.sent")) == 1


class TestNow:
    def test_what_holds_is_told_as_of_the_last_change(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), region="north", group=2, priority=3)
        office.world.say(ticket, at("10 09:30"), office.eva, state=OPEN, owner=office.eva.id)
        (now,) = office.told(ticket).present
        assert now == Present(
            str(ticket.id),
            NOW,
            {
                "status": "open", "channel": "email", "department": "2", "customer": str(office.jo.id), "tags": [],
                "fields": {"priority": "3 high", "region": "north", "survey_score": None, "survey_comment": None},
                "agent": str(office.eva.id),
            },
            at("10 09:30"),
        )  # fmt: skip

    def test_names_are_those_of_agents_and_groups_only(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"), group=2)
        office.world.say(ticket, at("10 09:30"), office.eva, owner=office.ivo.id)
        names = office.told(ticket).names
        assert names == {
            "agent": {str(office.eva.id): "Eva Agent", str(office.ivo.id): "Ivo Agent"},
            "department": {"2": "Orders"},
        }

    def test_a_summary_of_ours_is_internal_and_tagged_whatever_happened_to_it(self, office: Office) -> None:
        ticket = office.world.open(
            at("10 09:00"), office.simulator.plugin, type_="note", sender="Agent", internal=True, state=CLOSED,
            title="Week 24 [deskpulse:w:24]",
        )  # fmt: skip
        office.world.say(ticket, at("10 10:00"), office.eva, type_="note", internal=True, body="Nice", state=OPEN)
        reading = office.told(ticket)
        assert reading.present == ()
        assert [(one.type, one.data.get("channel"), one.data.get("add_tags")) for one in reading.events] == [
            ("ticket.created", "internal", None),
            ("ticket.tagged", None, [SUMMARY_TAG]),
        ]

    @pytest.mark.parametrize("id_", ["99999999", "0", "-1", "x", "12x", "1/../2", "9" * 30])
    def test_a_ticket_that_is_not_there_is_deleted(self, office: Office, id_: str) -> None:
        with office.open() as session:
            reading = DESK.refresh(id_, session)
        assert reading == Reading(present=(Present(id_, NOW, {"status": "deleted"}),))

    def test_a_ticket_that_goes_while_it_is_asked_about_is_deleted(self, office: Office) -> None:
        ticket = office.letter(at("10 09:00"))
        view = office.api.views["GET /ticket_articles/by_ticket/#"]

        def late(ticket: int) -> Any:
            office.world.delete(office.world.tickets[ticket])
            return view(ticket)

        office.api.views["GET /ticket_articles/by_ticket/#"] = late
        assert office.told(ticket).present[0].values == {"status": "deleted"}

    @pytest.mark.parametrize("state", [NEW, OPEN, REMINDER, PENDING_CLOSE, CLOSED, GONE_STATE])
    def test_whatever_its_state_what_happened_explains_what_holds(self, office: Office, state: int) -> None:
        ticket = office.letter(at("10 09:00"))
        office.world.change(ticket, at("10 10:00"), office.eva.id, state=state, owner=office.eva.id, group=2)
        made = fold(str(ticket.id), office.told(ticket).events)
        told = present(office.told(ticket))
        assert (made.status, made.agent, made.department) == (told["status"], told["agent"], told["department"])
