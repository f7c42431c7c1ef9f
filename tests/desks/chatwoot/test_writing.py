"""What is written into Chatwoot: each thing once, nothing of anybody else's lost, nobody assigned or notified."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import AddNote, AddTag, Done, PutSummary, RemoveTag, Section, SetField
from integrations.base import Reading
from integrations.chatwoot import markup
from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_world import Talk
from integrations.errors import Gone, Skip
from integrations.times import DAY, HOUR
from tests.desks.chatwoot.samples import DESK
from tests.desks.chatwoot.test_asking import bodies
from tests.desks.chatwoot.world import Office
from tests.desks.wired import Fault

SUMMARY = PutSummary("deskpulse:d:1", "Monday: 5 tickets", (Section("Volume", ("5 tickets, 2 more than before",)),))


@pytest.fixture
def office() -> Office:
    return Office()


def done(office: Office, action: Any, **options: Any) -> Done:
    with office.asked(**options) as session:
        return DESK.apply(action, session)


def changing(office: Office) -> list[str]:
    return [line for line in office.simulator.api.asked if line.startswith("POST")]


def state(talk: Talk) -> tuple[Any, ...]:
    """What nothing of ours may change."""
    public = [said.text for said in talk.messages if not said.private]
    return talk.status, talk.assignee, talk.team, talk.waiting, talk.first_reply, public


class TestLabels:
    def test_one_is_added_beside_the_others_in_their_order(self, office: Office) -> None:
        talk = office.talk()
        talk.labels = ["vip", "lamp"]
        assert done(office, AddTag("1", "channel-email")) == Done()
        assert talk.labels == ["vip", "lamp", "channel-email"]
        assert done(office, AddTag("1", "channel-email")) == Done(changed=False)
        assert len(changing(office)) == 1

    def test_one_of_ours_is_removed_alone(self, office: Office) -> None:
        talk = office.talk()
        talk.labels = ["vip", "channel-email", "lamp"]
        assert done(office, RemoveTag("1", "channel-email")).changed
        assert talk.labels == ["vip", "lamp"]
        assert done(office, RemoveTag("1", "channel-email")) == Done(changed=False)

    def test_one_that_somebody_else_put_on_meanwhile_stays(self, office: Office) -> None:
        talk = office.talk()
        done(office, AddTag("1", "channel-email"))
        office.world.set_labels(talk, office.clock.later(), [*talk.labels, "vip"])
        done(office, AddTag("1", "deskpulse-follow-up"))
        assert talk.labels == ["channel-email", "vip", "deskpulse-follow-up"]

    def test_both_calls_that_come_back_say_nothing(self, office: Office) -> None:
        office.talk()
        office.world.jobs.clear()
        done(office, AddTag("1", "channel-email"))
        readings = bodies(office)
        assert len(readings) == 2
        assert [reading.events for reading in readings] == [(), ()]


class TestFields:
    def test_one_is_set_and_the_others_stay(self, office: Office) -> None:
        talk = office.talk()
        talk.custom = {"region": "south", "steps": 3, "done": True}
        assert done(office, SetField("1", "csat", "4")).changed
        assert talk.custom == {"region": "south", "steps": 3, "done": True, "csat": "4"}
        assert done(office, SetField("1", "csat", "4")) == Done(changed=False)
        assert done(office, SetField("1", "csat", "2")).changed

    @pytest.mark.parametrize(
        ("held", "value", "changed"),
        [
            (4, "4", False),
            (None, "", False),
            ("", "", False),
            (None, "4", True),
            ("4", "", True),
            (4.5, "4", True),
        ],
    )
    def test_a_value_in_another_spelling_is_the_same(
        self, office: Office, held: Any, value: str, changed: bool
    ) -> None:
        office.talk().custom = {} if held is None else {"csat": held}
        assert done(office, SetField("1", "csat", value)).changed is changed

    def test_the_call_that_comes_back_says_nothing(self, office: Office) -> None:
        office.talk()
        office.world.jobs.clear()
        done(office, SetField("1", "csat", "4"))
        assert [reading.events for reading in bodies(office)] == [()]


class TestNotes:
    NOTE = AddNote("1", "[deskpulse:n:1]", ("CSAT answer: 2 on the scale 1 to 5", "Please follow up."))

    def test_it_is_private_and_holds_its_lines_and_its_mark(self, office: Office) -> None:
        talk = office.talk()
        before = state(talk)
        made = done(office, self.NOTE)
        (said,) = [one for one in talk.messages if one.private]
        assert (str(said.id), said.sender) == (made.object_id, office.simulator.plugin)
        assert said.text == "CSAT answer: 2 on the scale 1 to 5\n\nPlease follow up.\n\n[deskpulse:n:1]"
        assert state(talk) == before

    def test_it_is_written_once_however_many_messages_there_are(self, office: Office) -> None:
        talk = office.talk()
        first = done(office, self.NOTE)
        for _ in range(150):
            office.world.write(talk, office.clock.later(), "Hello?")
        assert done(office, self.NOTE) == Done(first.object_id, changed=False)
        assert len(changing(office)) == 1

    def test_the_same_words_by_a_customer_or_in_public_are_no_note(self, office: Office) -> None:
        talk = office.talk(text="[deskpulse:n:1]")
        office.world.reply(talk, office.clock.later(), office.eva, "[deskpulse:n:1]")
        assert done(office, self.NOTE).changed

    def test_a_note_with_the_mark_that_an_agent_copied_is_taken_for_it(self, office: Office) -> None:
        talk = office.talk()
        said = office.world.note(talk, office.clock.later(), office.eva, "See [deskpulse:n:1]")
        assert done(office, self.NOTE) == Done(str(said.id), changed=False)

    def test_the_call_that_comes_back_says_nothing_new(self, office: Office) -> None:
        office.talk()
        office.world.jobs.clear()
        done(office, self.NOTE)
        types = [one.type for reading in bodies(office) for one in reading.events]
        assert types == ["ticket.created"]


class TestSummaries:
    def test_it_is_a_resolved_conversation_in_its_inbox_with_one_private_message(self, office: Office) -> None:
        made = done(office, SUMMARY)
        talk = office.world.talks[int(str(made.object_id))]
        assert (talk.status, talk.assignee, str(talk.inbox.id)) == ("resolved", None, office.options["summary_inbox"])
        assert talk.custom == {"deskpulse_summary": "[deskpulse:d:1]"}
        (said,) = talk.messages
        assert said.private
        assert said.text.startswith("**Monday: 5 tickets**\n\n**Volume**\n\n- 5 tickets, 2 more than before\n\n")

    def test_a_lost_answer_leaves_one(self, office: Office) -> None:
        office.simulator.api.troubles.append("500 late")
        with pytest.raises(Exception, match="500"):
            done(office, SUMMARY)
        found = done(office, SUMMARY)
        assert found.changed is False
        assert list(office.simulator.summaries()) == [found.object_id]

    def test_it_is_looked_for_as_long_as_it_may_have_been_lost(self, office: Office) -> None:
        made = done(office, SUMMARY)
        office.clock.later(3 * DAY)
        for number in range(30):
            done(office, replace(SUMMARY, marker=f"deskpulse:other:{number}"))
        assert done(office, SUMMARY) == Done(made.object_id, changed=False)
        office.clock.later(2 * DAY)
        assert done(office, SUMMARY).object_id != made.object_id

    def test_a_new_text_is_a_new_note_in_it_and_an_old_one_again_another(self, office: Office) -> None:
        made = done(office, SUMMARY)
        other = replace(SUMMARY, sections=(Section("Volume", ("6 tickets",)),), object_id=made.object_id)
        for action in (other, replace(SUMMARY, object_id=made.object_id)):
            office.clock.later(HOUR)
            assert done(office, action) == Done(made.object_id)
            assert done(office, action) == Done(made.object_id, changed=False)
        texts = office.simulator.notes(str(made.object_id))
        assert [markup.latest_revision([text], SUMMARY.marker)[0] for text in texts] == [1, 2, 3]

    def test_one_that_was_deleted_is_opened_anew(self, office: Office) -> None:
        made = done(office, SUMMARY)
        office.world.delete(office.world.talks[int(str(made.object_id))])
        again = done(office, replace(SUMMARY, object_id=made.object_id))
        assert again.changed
        assert again.object_id != made.object_id

    def test_a_customers_conversation_with_its_attribute_is_not_taken_for_it(self, office: Office) -> None:
        office.talk().custom = {"deskpulse_summary": "[deskpulse:d:1]"}
        assert done(office, SUMMARY).object_id != "1"

    def test_where_a_list_is_not_narrowed_to_the_inbox_only_what_lies_in_it_is_ours(self, office: Office) -> None:
        talk = office.talk()
        talk.custom = {"deskpulse_summary": "[deskpulse:d:1]"}
        rows = json.dumps({"data": {"payload": [shapes.conversation(talk, office.world)]}}).encode()
        with office.wired() as (session, wire):
            wire.spoil(Fault("all inboxes", done=False, answer=(200, {}, rows)), "GET .*/conversations")
            assert DESK.apply(SUMMARY, session).object_id != str(talk.id)

    def test_every_call_that_comes_back_is_a_summarys(self, office: Office) -> None:
        made = done(office, SUMMARY)
        readings: list[Reading] = bodies(office)
        assert len(readings) >= 2
        for reading in readings:
            assert {one.ticket for one in reading.events} == {made.object_id}
            assert reading.events[0].data["channel"] == "internal"
            assert reading.events[1].data == {"add_tags": ["deskpulse-summary"]}


class TestWhatIsGone:
    @pytest.mark.parametrize("ticket", ["1", "99", "abc", "", "1/../2", "١", "9" * 40])
    def test_an_action_on_it_is_skipped(self, office: Office, ticket: str) -> None:
        for action in (AddTag(ticket, "channel-sms"), SetField(ticket, "csat", "1"), AddNote(ticket, "n", ("x",))):
            with pytest.raises(Gone):
                done(office, action)
        assert changing(office) == []

    def test_what_chatwoot_has_nothing_like_is_skipped(self, office: Office) -> None:
        with pytest.raises(Skip, match="no such action"):
            done(office, object())


class TestMarkup:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain words, 3 of 5", "plain words, 3 of 5"),
            ("[@Eva](mention://user/1/Eva)", r"\[\@Eva\]\(mention://user/1/Eva\)"),
            ("{{ contact.email }}", r"\{\{ contact.email \}\}"),
            ("{% raw %}", r"\{\% raw \%\}"),
            ("<b>bold</b> &amp; **more**", r"\<b\>bold\</b\> \&amp; \*\*more\*\*"),
            ("# heading", r"\# heading"),
            ("- item", r"\- item"),
            ("1. first", r"1\. first"),
            ("=====", r"\====="),
            ("a\nb\r\nc\0d\u2028e", "a b c d e"),
            ("back\\slash `code` _under_", r"back\\slash \`code\` \_under\_"),
            ("[deskpulse:n:1]", r"\[deskpulse:n:1\]"),
            ("  around  ", "around"),
            ("\ud800", ""),
            ("x" * 20_000, "x" * 8000),
        ],
    )
    def test_a_text_stands_as_it_was_written_and_does_nothing(self, text: str, shown: str) -> None:
        assert markup.plain(text) == shown
        assert not markup.is_marked(markup.plain(text))

    @pytest.mark.parametrize("marker", ["deskpulse:n:1", "[deskpulse:n:1]", "n:1", "[n:1]"])
    def test_a_marker_comes_with_its_brackets_or_without(self, marker: str) -> None:
        assert markup.marked(marker) == "[deskpulse:n:1]"
        assert markup.is_marked(f"a {markup.marked(marker)} b")

    @pytest.mark.parametrize("text", ["", "deskpulse:n:1", "[deskpulse:]", r"\[deskpulse:n:1]", "[deskpulse:a b]"])
    def test_what_is_no_mark_is_none(self, text: str) -> None:
        assert not markup.is_marked(text)

    def test_the_number_of_a_revision_is_read_back(self) -> None:
        texts = [markup.revised(SUMMARY, number) for number in (1, 12, 3)]
        assert markup.latest_revision(texts, SUMMARY.marker) == (12, markup.digits(SUMMARY))
        assert markup.latest_revision(["words", *texts], "deskpulse:d:12") == (0, "")
        assert markup.latest_revision([], SUMMARY.marker) == (0, "")

    def test_two_summaries_that_say_the_same_have_the_same_digits(self) -> None:
        assert markup.digits(SUMMARY) == markup.digits(replace(SUMMARY, marker="other", object_id="7"))
        assert markup.digits(SUMMARY) != markup.digits(replace(SUMMARY, title="Tuesday"))
