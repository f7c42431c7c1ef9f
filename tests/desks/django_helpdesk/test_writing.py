"""What is written into a simulated desk: each thing once, whatever fails, and nothing that comes back as news."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.base import Call
from integrations.django_helpdesk import client
from integrations.errors import Gone, Rejected, Retry, Skip, Unavailable
from integrations.session import NoGate, Session
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, PLUGIN, Simulated, access, call, present, simulated
from tests.desks.serving import serving

SUMMARY = PutSummary("deskpulse:2026-W24", "Week 24", (Section("Volume", ("71 tickets", "{{ 9 }} more than #23")),))


def _one(desk: Simulated) -> int:
    return desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)


def _writes(desk: Simulated) -> list[str]:
    return [asked for asked in desk.api.asked if not asked.startswith(("GET", "OPTIONS"))]


class TestTags:
    def test_are_added_behind_those_that_are_there(self) -> None:
        with simulated() as desk:
            desk.desk.patched(_one(desk), custom_tags="vip , loud")
            assert DESK.apply(AddTag("1", "channel-web-form"), desk.session).changed
            assert desk.desk.tickets[1]["custom_tags"] == "vip,loud,channel-web-form"
            assert not DESK.apply(AddTag("1", "channel-web-form"), desk.session).changed
            assert DESK.apply(RemoveTag("1", "channel-web-form"), desk.session).changed
            assert not DESK.apply(RemoveTag("1", "channel-web-form"), desk.session).changed
            assert desk.desk.tickets[1]["custom_tags"] == "vip,loud"
            assert len(_writes(desk)) == 2

    def test_without_a_field_for_them_say_what_to_add(self) -> None:
        with simulated() as desk:
            desk.desk.custom_fields = {"region": None}
            _one(desk)
            for action in (AddTag("1", "channel-email"), RemoveTag("1", "channel-email")):
                with pytest.raises(Rejected, match="no custom field tags: add one"):
                    DESK.apply(action, desk.session)
            assert _writes(desk) == []

    def test_of_a_ticket_that_just_left_its_status_are_tried_again(self) -> None:
        with simulated() as desk:
            found = client.found(desk.session, str(_one(desk)))
            desk.desk.patched(1, status=4)
            with pytest.raises(Unavailable, match="ticket 1 left its status"):
                client.change(desk.session, found, {"custom_tags": "x"})
            assert DESK.apply(AddTag("1", "channel-email"), desk.session).changed


class TestFields:
    @pytest.mark.parametrize("name", ["csat", "custom_csat"])
    def test_are_set_under_their_name_with_or_without_the_prefix(self, name: str) -> None:
        with simulated() as desk:
            _one(desk)
            assert DESK.apply(SetField("1", name, "4"), desk.session).changed
            assert desk.desk.tickets[1]["custom_csat"] == "4"

    def test_that_hold_the_value_are_left_alone(self) -> None:
        with simulated() as desk:
            desk.desk.patched(_one(desk), custom_csat=4)
            assert not DESK.apply(SetField("1", "csat", "4"), desk.session).changed
            assert not DESK.apply(SetField("1", "region", ""), desk.session).changed
            assert _writes(desk) == []

    def test_that_the_desk_lacks_or_refuses_say_what_to_change(self) -> None:
        with simulated() as desk:
            _one(desk)
            with pytest.raises(Rejected, match="no custom field mood"):
                DESK.apply(SetField("1", "mood", "good"), desk.session)
            with pytest.raises(Rejected, match=r"custom field channel does not take this value .*fax"):
                DESK.apply(SetField("1", "channel", "fax"), desk.session)

    def test_that_the_desk_passes_over_in_silence_are_noticed(self) -> None:
        with simulated() as desk:
            found = client.found(desk.session, str(_one(desk)))
            with pytest.raises(Rejected, match="no custom field mood"):
                client.change(desk.session, found, {"custom_mood": "good"})


class TestNotes:
    def test_are_private_plain_and_posted_once(self) -> None:
        with simulated() as desk:
            desk.desk.tickets[_one(desk)]["title"] = "Renamed by nobody"
            note = AddNote("1", "deskpulse:answer-1", ("{{ 1 }} of 5", "like #1"))
            first, second = (DESK.apply(note, desk.session) for _ in range(2))
            assert (first.object_id, first.changed) == ("2", True)
            assert (second.object_id, second.changed) == ("2", False)
            entry = desk.desk.follow_ups[2]
            assert (entry["public"], entry["user"]) == (False, PLUGIN)
            assert entry["comment"] == "{ { 1 } } of 5\nlike # 1\n\n[deskpulse:answer-1]"
            assert desk.desk.tickets[1]["title"] == "Renamed by nobody"
            assert desk.api.violations == []

    def test_of_two_markers_are_two(self) -> None:
        with simulated() as desk:
            _one(desk)
            for marker in ("deskpulse:answer-1", "deskpulse:answer-11"):
                assert DESK.apply(AddNote("1", marker, ("Late",)), desk.session).changed

    def test_that_a_customer_quotes_are_posted_all_the_same(self) -> None:
        with simulated() as desk:
            _one(desk)
            desk.desk.mailed(1, "what is [deskpulse:answer-1]?")
            assert DESK.apply(AddNote("1", "deskpulse:answer-1", ("Late",)), desk.session).changed

    def test_on_a_ticket_that_goes_away_meanwhile_are_skipped(self) -> None:
        with simulated() as desk, pytest.raises(Gone):
            client.add_private_note(desk.session, "99", "text")


class TestTheResolutionThatCustomersSee:
    """On a resolved ticket the desk makes every comment its resolution, also a private one."""

    NOTE = AddNote("1", "deskpulse:answer-1", ("Late",))

    @pytest.mark.parametrize("status", [3, 4])
    def test_is_not_our_note(self, status: int) -> None:
        with simulated() as desk:
            _one(desk)
            desk.desk.replied(1, "Repaired", status=status)
            DESK.apply(self.NOTE, desk.session)
            assert desk.desk.tickets[1]["resolution"] == "Repaired"

    def test_of_a_ticket_that_was_closed_without_words_stays_empty(self) -> None:
        with simulated() as desk:
            _one(desk)
            desk.desk.patched(1, status=4)
            DESK.apply(self.NOTE, desk.session)
            assert desk.desk.tickets[1]["resolution"] is None

    @pytest.mark.parametrize("trouble", ["fail", "drop"])
    def test_is_given_back_when_the_desk_failed_after_the_note(self, trouble: str) -> None:
        with simulated() as desk:
            _one(desk)
            desk.desk.replied(1, "Repaired", status=3)
            desk.api.troubles.append(trouble)
            with pytest.raises(Retry):
                DESK.apply(self.NOTE, desk.session)
            assert desk.desk.tickets[1]["resolution"] != "Repaired", "the desk behaves as it was seen to"
            assert DESK.apply(self.NOTE, desk.session).changed is False
            assert desk.desk.tickets[1]["resolution"] == "Repaired"

    def test_is_left_alone_while_the_ticket_is_open(self) -> None:
        with simulated() as desk:
            _one(desk)
            DESK.apply(self.NOTE, desk.session)
            assert [each.partition(" ")[0] for each in desk.api.asked].count("PATCH") == 0


class TestSummaries:
    def test_go_into_their_queue_without_a_submitter(self) -> None:
        with simulated() as desk:
            done = DESK.apply(SUMMARY, desk.session)
            made = desk.desk.tickets[int(str(done.object_id))]
        assert (made["queue"], made["submitter_email"]) == (5, "")
        assert made["title"] == "Week 24 [deskpulse:2026-W24]"
        assert made["description"] == "Volume\n- 71 tickets\n- { { 9 } } more than # 23\n\n[deskpulse:2026-W24]"

    def test_take_the_queue_given_when_connecting(self) -> None:
        with simulated(summary_queue=None) as desk:
            with pytest.raises(Rejected, match="set summary_queue"):
                DESK.apply(SUMMARY, desk.session)
            given = replace(desk.session.access, credentials={"token": "token-of-deskpulse", "summary_queue": "4"})
            with Session(given, NoGate(), allow_private=True) as session:
                DESK.apply(SUMMARY, session)
            assert desk.desk.tickets[1]["queue"] == 4

    def test_without_such_a_queue_say_what_to_set(self) -> None:
        with simulated(summary_queue=77) as desk, pytest.raises(Rejected, match="set summary_queue"):
            DESK.apply(SUMMARY, desk.session)

    def test_are_revised_in_place_and_only_when_they_differ(self) -> None:
        with simulated() as desk:
            first = DESK.apply(SUMMARY, desk.session)
            known = replace(SUMMARY, object_id=first.object_id)
            assert DESK.apply(known, desk.session).changed is False
            revised = DESK.apply(replace(known, title="Week 24, revised"), desk.session)
            assert (revised.object_id, revised.changed) == (first.object_id, True)
            assert desk.desk.tickets[1]["title"] == "Week 24, revised [deskpulse:2026-W24]"

    def test_whose_object_was_deleted_are_opened_again(self) -> None:
        with simulated() as desk:
            first = DESK.apply(SUMMARY, desk.session)
            desk.desk.deleted(int(str(first.object_id)))
            again = DESK.apply(replace(SUMMARY, object_id=first.object_id), desk.session)
            assert again.object_id != first.object_id
            assert len(desk.desk.tickets) == 1

    def test_are_found_among_many_entries_and_beside_a_note_of_the_same_marker(self) -> None:
        with simulated() as desk:
            first = DESK.apply(SUMMARY, desk.session)
            other = _one(desk)
            for number in range(250):
                desk.desk.noted(other, f"Note {number}")
            desk.desk.noted(other, "see [deskpulse:2026-W24]", user=PLUGIN)
            assert DESK.apply(SUMMARY, desk.session).object_id == first.object_id

    @pytest.mark.parametrize("by", ["an agent", "a customer", "our user in private", "an agent in another summary"])
    def test_are_never_written_over_a_ticket_in_which_somebody_quotes_one(self, by: str) -> None:
        with simulated() as desk:
            first, quote = DESK.apply(SUMMARY, desk.session), "compare [deskpulse:2026-W24]"
            _one(desk)
            if by == "an agent":
                desk.desk.replied(2, quote)
            elif by == "a customer":
                desk.desk.opened_by_form(quote, quote, customer=CUSTOMER)
                desk.desk.mailed(2, quote)
            elif by == "our user in private":
                desk.desk.noted(2, quote, user=PLUGIN)
            else:
                DESK.apply(replace(SUMMARY, marker="deskpulse:2026-W25"), desk.session)
                desk.desk.replied(3, quote)
            before = {number: dict(held) for number, held in desk.desk.tickets.items() if number != 1}
            revised = DESK.apply(replace(SUMMARY, title="Revised"), desk.session)
            assert (revised.object_id, revised.changed) == (first.object_id, True)
            assert {number: held for number, held in desk.desk.tickets.items() if number != 1} == before
            desk.desk.deleted(1)
            assert DESK.apply(SUMMARY, desk.session).object_id not in {str(number) for number in before}

    def test_of_which_there_are_two_are_revised_in_the_newer_one(self) -> None:
        with simulated() as desk:
            for _ in range(2):
                desk.desk.opened_by_api("Week 24 [deskpulse:2026-W24]", "[deskpulse:2026-W24]", user=PLUGIN)
            assert DESK.apply(SUMMARY, desk.session).object_id == "2"

    @pytest.mark.parametrize("lost", ["title", "description"])
    def test_of_which_somebody_changed_one_part_are_put_right(self, lost: str) -> None:
        with simulated() as desk:
            made = DESK.apply(SUMMARY, desk.session)
            whole = dict(desk.desk.tickets[1])
            desk.desk.patched(1, **{lost: "Renamed"})
            assert DESK.apply(SUMMARY, desk.session) == made
            assert desk.desk.tickets[1] == whole

    def test_take_the_queue_of_the_settings_before_the_one_given_when_connecting(self) -> None:
        with simulated(summary_queue=4) as desk:
            given = replace(desk.session.access, credentials={"token": "token-of-deskpulse", "summary_queue": "5"})
            with Session(given, NoGate(), allow_private=True) as session:
                DESK.apply(SUMMARY, session)
            assert desk.desk.tickets[1]["queue"] == 4

    def test_of_another_period_are_not_taken_for_it(self) -> None:
        with simulated() as desk:
            DESK.apply(SUMMARY, desk.session)
            DESK.apply(replace(SUMMARY, marker="deskpulse:2026-W2"), desk.session)
            assert len(desk.desk.tickets) == 2


ACTIONS: list[Action] = [AddNote("1", "deskpulse:answer-1", ("Late",)), SUMMARY, AddTag("1", "channel-web-form")]


class TestWhateverFails:
    @pytest.mark.parametrize("trouble", ["fail", "drop"])
    @pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
    def test_after_it_was_saved_nothing_is_written_twice(self, action: Action, trouble: str) -> None:
        with simulated() as desk:
            _one(desk)
            desk.api.troubles.append(trouble)
            with pytest.raises(Retry):
                DESK.apply(action, desk.session)
            assert DESK.apply(action, desk.session).changed is False
            assert len(_writes(desk)) == 1

    @pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
    def test_a_desk_that_hangs_after_saving_is_not_written_to_twice(self, action: Action) -> None:
        with simulated() as desk:
            _one(desk)
            desk.api.troubles.append("hang")
            allowed = access(desk.url, summary_queue=5)
            with Session(allowed, NoGate(), allow_private=True, timeout=(1.0, 0.3)) as hurried, pytest.raises(Retry):
                DESK.apply(action, hurried)
            desk.api.go_on.set()
            assert DESK.apply(action, desk.session).changed is False

    @pytest.mark.parametrize("action", ACTIONS[:2], ids=lambda action: type(action).__name__)
    def test_while_our_own_receiver_is_down_it_is_written_once(self, action: Action) -> None:
        with simulated() as desk:
            _one(desk)
            with serving(lambda environ, start: [b""]) as gone:
                pass
            desk.desk.hook_url = gone
            for _ in range(3):
                try:
                    DESK.apply(action, desk.session)
                except Retry:
                    continue
            assert len(_writes(desk)) == 1

    def test_an_action_on_a_ticket_that_is_gone_is_skipped(self) -> None:
        with simulated() as desk:
            for action in (
                AddTag("9", "channel-email"),
                SetField("9", "csat", "1"),
                AddNote("9", "deskpulse:a", ("x",)),
            ):
                with pytest.raises(Skip):
                    DESK.apply(action, desk.session)
            assert _writes(desk) == []


def test_our_writing_never_echoes_as_news_however_often_it_goes_round() -> None:
    with simulated() as desk:
        _one(desk)
        told = DESK.parse(_last(desk), desk.session.access)
        known = {event.content_hash() for event in told.events}
        for round_ in range(20):
            DESK.apply(AddTag("1", "channel-web-form"), desk.session)
            DESK.apply(SetField("1", "csat", str(round_ % 5)), desk.session)
            DESK.apply(AddNote("1", f"deskpulse:answer-{round_}", ("Late",)), desk.session)
            DESK.apply(replace(SUMMARY, title=f"Version {round_}"), desk.session)
            echo = DESK.parse(_last(desk, ticket=1), desk.session.access)
            assert {event.content_hash() for event in echo.events} == known
            assert present(echo) == present(told)
        # One for the ticket, one for each note, one for the one summary: patches cause none.
        assert len(desk.desk.hooks) == 1 + 20 + 1
        summary = DESK.parse(_last(desk, ticket=2), desk.session.access)
        assert {event.type for event in summary.events} == {"ticket.created", "ticket.tagged"}


def _last(desk: Simulated, *, ticket: int = 1) -> Call:
    body = [hook for hook in desk.desk.hooks if hook["ticket"]["id"] == ticket][-1]
    return call(orjson.dumps(body), received_at=desk.session.now())
