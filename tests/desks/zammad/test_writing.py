"""What Deskpulse writes into Zammad: each thing once, nothing else touched, nobody outside told."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import SUMMARY_TAG, AddNote, AddTag, Done, PutSummary, RemoveTag, Section, SetField
from integrations.errors import Gone, Refused, Rejected, Unclear
from integrations.session import Session
from integrations.zammad import markup
from integrations.zammad.simulated_world import Ticket
from tests.desks.wired import LIE, TIMEOUT, Fault
from tests.desks.zammad.office import CLOSED, DESK, OPEN, PLUGIN, Office, at
from tests.desks.zammad.test_failing import TICKET, standing

NOTE = AddNote(TICKET, "deskpulse:n:9", ("The customer answered 1 of 5", "Call <back> & ask"))
SUMMARY = PutSummary("deskpulse:w:24", "Week 24", (Section("Volume", ("71 tickets",)),))
REVISED = replace(SUMMARY, sections=(Section("Volume", ("72 tickets, after a late one",)),))


class Writer:
    """A session to a small office, and what was asked through it."""

    def __init__(self, office: Office, session: Session, sent: list[str]) -> None:
        self.office = office
        self.session = session
        self.sent = sent

    @property
    def ticket(self) -> Ticket:
        """The one ticket."""
        return self.office.world.tickets[int(TICKET)]

    def do(self, action: Any) -> Done:
        """Does it, and remembers only what this asked."""
        self.sent.clear()
        return DESK.apply(action, self.session)

    def writes(self) -> list[str]:
        """The requests of the last action that were no questions."""
        return [request for request in self.sent if not request.startswith("GET")]


@pytest.fixture
def writer() -> Iterator[Writer]:
    with standing() as desk:
        yield Writer(desk.office, desk.session, desk.wire.sent)


class TestTags:
    def test_a_tag_is_added_beside_the_others(self, writer: Writer) -> None:
        assert writer.do(AddTag(TICKET, "channel-email")) == Done()
        assert writer.ticket.tags == ["vip", "deskpulse-low", "channel-email"]
        assert writer.writes() == ["POST /api/v1/tags/add"]

    def test_a_tag_that_is_there_is_not_added_again(self, writer: Writer) -> None:
        assert writer.do(AddTag(TICKET, "deskpulse-low")) == Done(changed=False)
        assert writer.writes() == []

    def test_a_tag_of_ours_is_removed_alone(self, writer: Writer) -> None:
        assert writer.do(RemoveTag(TICKET, "deskpulse-low")) == Done()
        assert writer.ticket.tags == ["vip"]
        assert writer.do(RemoveTag(TICKET, "deskpulse-low")) == Done(changed=False)

    def test_a_tag_that_somebody_adds_meanwhile_stays(self, writer: Writer) -> None:
        add = writer.office.api.views["POST /tags/add"]

        def meanwhile() -> Any:
            writer.office.world.tag(writer.ticket, at("10 10:00"), writer.office.eva.id, "urgent")
            return add()

        writer.office.api.views["POST /tags/add"] = meanwhile
        writer.do(AddTag(TICKET, "channel-email"))
        assert writer.ticket.tags == ["vip", "deskpulse-low", "urgent", "channel-email"]

    def test_a_closed_ticket_can_be_tagged_and_stays_closed(self, writer: Writer) -> None:
        writer.office.world.change(writer.ticket, at("10 10:00"), writer.office.eva.id, state=CLOSED)
        writer.do(AddTag(TICKET, "channel-email"))
        writer.do(NOTE)
        assert writer.ticket.values["state"] == CLOSED

    @pytest.mark.parametrize("answer", [b"false", b"null", b"{}", b'"true"', b"1", b""])
    def test_an_answer_that_is_not_true_leaves_open_whether_it_was_done(self, answer: bytes) -> None:
        with standing() as desk:
            desk.wire.spoil(Fault("odd", done=True, answer=(201, {}, answer)), "POST .*")
            with pytest.raises(Unclear, match="did not say that it did add the tag"):
                DESK.apply(AddTag(TICKET, "channel-email"), desk.session)
            assert DESK.apply(AddTag(TICKET, "channel-email"), desk.session) == Done(changed=False)

    def test_for_a_ticket_that_is_not_there_no_tag_is_made(self, writer: Writer) -> None:
        with pytest.raises(Gone):
            writer.do(AddTag("777", "channel-email"))
        assert writer.writes() == []


class TestFields:
    def test_one_attribute_is_set_and_the_others_keep_their_values(self, writer: Writer) -> None:
        before = dict(writer.ticket.values)
        assert writer.do(SetField(TICKET, "csat", "2")) == Done()
        assert writer.ticket.values == {**before, "csat": "2"}
        assert writer.do(SetField(TICKET, "csat", "2")) == Done(changed=False)
        assert writer.writes() == []

    def test_setting_nothing_where_there_is_nothing_is_no_change(self, writer: Writer) -> None:
        assert writer.do(SetField(TICKET, "csat", "")) == Done(changed=False)

    def test_a_value_can_be_taken_away(self, writer: Writer) -> None:
        assert writer.do(SetField(TICKET, "region", "")) == Done()
        assert writer.ticket.values["region"] == ""

    @pytest.mark.parametrize(
        "name", ["nowhere", "state_id", "owner_id", "owner", "group", "title", "customer_id", "note"]
    )
    def test_what_is_no_attribute_of_the_desks_own_is_never_set(self, writer: Writer, name: str) -> None:
        with pytest.raises(Rejected, match=rf"no attribute {name} of their own: add one under Admin › Objects"):
            writer.do(SetField(TICKET, name, "2"))
        assert writer.writes() == []

    def test_a_value_that_zammad_does_not_take_is_noticed(self) -> None:
        with standing() as desk:
            desk.wire.spoil(Fault("odd", done=False, answer=(200, {}, b'{"id": 1, "csat": "x"}')), "PUT .*")
            with pytest.raises(Unclear, match="shows another value: check its type and options"):
                DESK.apply(SetField(TICKET, "csat", "2"), desk.session)

    @pytest.mark.parametrize(("held", "value"), [(2, "2"), (True, "true"), (False, "false"), (2.5, "2.5"), (None, "")])
    def test_a_value_of_another_type_that_says_the_same_is_the_same(
        self, writer: Writer, held: Any, value: str
    ) -> None:
        writer.ticket.values["csat"] = held
        assert writer.do(SetField(TICKET, "csat", value)) == Done(changed=False)

    def test_a_422_is_given_up_with_zammads_words(self) -> None:
        with standing() as desk:
            answer = b'{"error": "Invalid value for csat"}'
            desk.wire.spoil(Fault("422", done=False, answer=(422, {}, answer)), "PUT .*")
            with pytest.raises(Rejected, match="Invalid value for csat"):
                DESK.apply(SetField(TICKET, "csat", "2"), desk.session)


class TestNotes:
    def test_a_note_is_internal_and_by_nobody_but_us(self, writer: Writer) -> None:
        done = writer.do(NOTE)
        article = writer.ticket.articles[-1]
        assert done == Done(str(article.id))
        assert (article.type, article.internal, article.sender, article.by) == ("note", True, "Agent", PLUGIN)
        assert html.unescape(article.body) == (
            "The customer answered 1 of 5<br>\nCall <back> & ask<br>\n[deskpulse:n:9]"
        )

    def test_a_note_that_is_there_is_found_by_its_mark(self, writer: Writer) -> None:
        first = writer.do(NOTE)
        assert writer.do(replace(NOTE, lines=("Other words",))) == Done(first.object_id, changed=False)
        assert writer.writes() == []

    def test_a_mark_that_a_customer_quotes_is_no_note_of_ours(self, writer: Writer) -> None:
        writer.office.world.say(writer.ticket, at("10 10:00"), writer.office.jo, body="> [deskpulse:n:9]")
        assert writer.do(NOTE).changed
        assert len(writer.office.simulator.own_notes()[TICKET]) == 1

    def test_a_note_changes_no_state_and_no_owner(self, writer: Writer) -> None:
        before = dict(writer.ticket.values)
        writer.do(NOTE)
        assert writer.ticket.values == before

    def test_for_a_ticket_that_is_not_there_no_note_is_written(self, writer: Writer) -> None:
        with pytest.raises(Gone):
            writer.do(replace(NOTE, ticket="777"))
        assert writer.writes() == []


class TestSummaries:
    def test_a_summary_is_a_closed_ticket_of_our_own(self, writer: Writer) -> None:
        done = writer.do(SUMMARY)
        made = writer.office.world.tickets[int(str(done.object_id))]
        assert made.values["title"] == "Week 24 [deskpulse:w:24]"
        assert (made.values["state"], made.values["group"], made.values["owner"]) == (CLOSED, 3, 1)
        assert (made.customer, made.created_by, made.tags) == (PLUGIN, PLUGIN, [SUMMARY_TAG])
        assert [(one.type, one.internal) for one in made.articles] == [("note", True)]

    def test_the_same_again_changes_nothing(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        for action in (SUMMARY, replace(SUMMARY, object_id=first.object_id)):
            assert writer.do(action) == Done(first.object_id, changed=False)
            assert writer.writes() == []

    def test_other_words_are_a_further_note_in_the_same_ticket(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        assert writer.do(REVISED) == Done(first.object_id)
        assert writer.writes() == ["POST /api/v1/ticket_articles"]
        notes = writer.office.simulator.notes(str(first.object_id))
        assert ["71 tickets" in note for note in notes] == [True, False]
        assert "72 tickets, after a late one" in notes[1]
        assert writer.do(REVISED) == Done(first.object_id, changed=False)

    def test_back_to_the_first_words_is_a_third_note(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        writer.do(REVISED)
        assert writer.do(SUMMARY).changed
        assert len(writer.office.simulator.notes(str(first.object_id))) == 3
        assert not writer.do(SUMMARY).changed

    def test_a_revision_that_somebody_quotes_is_not_taken_for_the_last_one(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        made = writer.office.world.tickets[int(str(first.object_id))]
        quoted = markup.summary(REVISED, 99)
        writer.office.world.say(made, at("11 09:00"), writer.office.jo, body=quoted)
        writer.office.world.say(made, at("11 09:01"), writer.office.eva, type_="email", internal=True, body=quoted)
        assert writer.do(REVISED).changed
        assert "#2-" in made.articles[-1].body
        assert not writer.do(REVISED).changed

    def test_another_title_replaces_the_title(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        assert writer.do(replace(SUMMARY, title="Week 24, corrected")) == Done(first.object_id)
        made = writer.office.world.tickets[int(str(first.object_id))]
        assert made.values["title"] == "Week 24, corrected [deskpulse:w:24]"

    def test_a_revision_whose_answer_was_lost_is_not_written_twice(self) -> None:
        with standing() as desk:
            first = DESK.apply(SUMMARY, desk.session)
            desk.wire.spoil(TIMEOUT, "POST /api/v1/ticket_articles")
            with pytest.raises(Unclear):
                DESK.apply(REVISED, desk.session)
            assert DESK.apply(REVISED, desk.session) == Done(first.object_id, changed=False)
            assert len(desk.office.simulator.notes(str(first.object_id))) == 2

    def test_a_known_summary_that_somebody_deleted_is_opened_again(self, writer: Writer) -> None:
        assert writer.do(replace(SUMMARY, object_id="777")).changed
        assert len(writer.office.simulator.summaries()) == 1

    def test_a_customers_ticket_with_the_mark_is_not_revised(self, writer: Writer) -> None:
        quoted = writer.office.letter(at("11 09:00"), title="Re: Week 24 [deskpulse:w:24]")
        done = writer.do(SUMMARY)
        assert done.object_id != str(quoted.id)
        assert len(quoted.articles) == 1

    def test_a_summary_that_an_agent_opened_and_renamed_is_found_by_its_number(self, writer: Writer) -> None:
        first = writer.do(SUMMARY)
        made = writer.office.world.tickets[int(str(first.object_id))]
        writer.office.world.change(made, at("11 09:00"), writer.office.eva.id, state=OPEN, title="Old")
        assert writer.do(replace(SUMMARY, object_id=first.object_id)) == Done(first.object_id)
        assert (made.values["title"], made.values["state"]) == ("Week 24 [deskpulse:w:24]", OPEN)

    @pytest.mark.parametrize(("group", "number"), [("3", 3), (2, 2), ("Orders", 2)])
    def test_the_group_may_be_a_number_or_a_name(self, group: Any, number: int) -> None:
        with standing(options={"summary_group": group}) as desk:
            done = DESK.apply(SUMMARY, desk.session)
            assert desk.office.world.tickets[int(str(done.object_id))].values["group"] == number

    @pytest.mark.parametrize("group", [None, "", 0])
    def test_without_a_group_it_is_said_what_to_set(self, group: Any) -> None:
        with standing(options={"summary_group": group}) as desk:
            with pytest.raises(Rejected, match=r"set summary_group under \[desk\]"):
                DESK.apply(SUMMARY, desk.session)
            assert desk.office.simulator.summaries() == {}

    def test_a_group_that_is_not_there_is_given_up(self) -> None:
        with standing(options={"summary_group": "Nowhere"}) as desk, pytest.raises(Rejected, match="No lookup value"):
            DESK.apply(SUMMARY, desk.session)

    def test_who_we_are_and_which_state_is_closed_is_asked_where_it_is_not_known(self) -> None:
        with standing(author=None, options={"state_types": {}}) as desk:
            done = DESK.apply(SUMMARY, desk.session)
            assert desk.office.world.tickets[int(str(done.object_id))].customer == PLUGIN

    def test_a_zammad_without_a_closed_state_has_no_summaries(self) -> None:
        with standing(options={"state_types": {"2": "open"}}) as desk, pytest.raises(Rejected, match="type closed"):
            DESK.apply(SUMMARY, desk.session)

    def test_an_answer_that_tells_no_ticket_is_looked_after(self) -> None:
        with standing() as desk:
            desk.wire.spoil(LIE, "POST /api/v1/tickets")
            with pytest.raises(Unclear, match="did not tell the ticket it opened"):
                DESK.apply(SUMMARY, desk.session)
            assert DESK.apply(SUMMARY, desk.session).changed
            assert len(desk.office.simulator.summaries()) == 1

    def test_the_first_of_two_closed_states_is_taken(self) -> None:
        office = Office()
        office.world.states[40] = ("done", "closed")
        with office.open(options={"state_types": {"40": "closed", "4": "closed", "x": "closed"}}) as session:
            done = DESK.apply(SUMMARY, session)
        assert office.world.tickets[int(str(done.object_id))].values["state"] == CLOSED


class TestRefusals:
    @pytest.mark.parametrize("action", [AddTag(TICKET, "channel-email"), SetField(TICKET, "csat", "2"), NOTE])
    def test_a_group_that_the_token_may_not_see_is_named_in_one_line(self, action: Any) -> None:
        with standing() as desk:
            del desk.office.api.rights["1"]
            with pytest.raises(Refused, match="full access to the ticket's group") as caught:
                DESK.apply(action, desk.session)
        assert "\n" not in str(caught.value)
        assert caught.value.permission == "ticket.agent"
