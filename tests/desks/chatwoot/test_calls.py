"""What Chatwoot's calls tell: each fact once, by its own moment, whoever wrote it and however late the payload."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.errors import Unreadable
from integrations.times import HOUR, MINUTE, SECOND, iso
from tests.desks.chatwoot.samples import (
    BEGIN,
    DESK,
    EVA,
    ROBOT,
    SUMMARY_INBOX,
    TEAM,
    VISITOR,
    about,
    access,
    at,
    by_address,
    changed,
    conversation,
    inner_message,
    only,
    read,
    said,
    signed,
    survey,
    the,
)
from workers.tickets import fold

MARK = {"deskpulse_summary": "[deskpulse:w:24]"}
HELD: dict[str, Any] = {"meta": {"assignee": EVA, "assignee_type": "User", "team": TEAM}}


class TestAMessage:
    def test_a_customers_message_opens_the_ticket_and_is_said(self) -> None:
        reading = read(said())
        assert the(reading, "ticket.created").data == {"channel": "chat", "customer": "501", "by": "customer"}
        message = the(reading, "message.sent")
        assert message.data == {"by": "customer", "author": "501", "public": True, "message": "9001"}
        assert (message.at, message.ticket, message.seq) == (BEGIN, "310", 9001)
        assert len(reading.events) == 2

    def test_an_agents_answer_is_theirs_and_names_them(self) -> None:
        reading = read(said(kind="outgoing", id_=9002, when=BEGIN + MINUTE))
        message = the(reading, "message.sent")
        assert message.data == {"by": "agent", "author": "31", "public": True, "message": "9002"}
        assert reading.names == {"agent": {"31": "Eva Lind"}}
        assert "by" not in the(reading, "ticket.created").data

    @pytest.mark.parametrize(
        ("changes", "by", "auto"),
        [
            ({"sender": ROBOT}, "bot", False),
            ({"sender": {"id": 3, "name": "Captain", "type": "captain_assistant"}}, "bot", False),
            ({"sender": {**EVA, "id": 90}}, "bot", False),
            ({"sender": None}, "system", True),
            ({"content_attributes": {"automation_rule_id": 5}}, "system", True),
            ({"additional_attributes": {"campaign_id": 2}}, "system", True),
            ({"sender": None, "content_attributes": {"external_echo": True}}, "agent", False),
            ({"message_type": "template", "sender": None}, "system", True),
            ({"message_type": "template"}, "system", True),
            ({"content_type": "voice_call"}, "agent", True),
            ({"message_type": "incoming", "sender": None}, "customer", False),
            ({"message_type": "incoming", "content_attributes": {"email": {"auto_reply": True}}}, "customer", True),
            ({"message_type": "incoming", "content_attributes": {"email": {"auto_reply": "x"}}}, "customer", False),
        ],
    )
    def test_people_bots_rules_and_templates_are_told_apart(self, changes: dict[str, Any], by: str, auto: bool) -> None:
        message = the(read(said(kind="outgoing", **changes)), "message.sent")
        assert message.data["by"] == by
        assert message.data.get("auto", False) is auto

    def test_a_private_note_is_no_answer(self) -> None:
        message = the(read(said("Third lamp this week", kind="outgoing", private=True)), "message.sent")
        assert message.data["public"] is False
        assert message.data["by"] == "agent"

    @pytest.mark.parametrize(
        "changes", [{"sender": {**EVA, "id": 90}}, {"content": "Call back\n\n[deskpulse:n:1]"}, {"sender": {"id": 90}}]
    )
    def test_a_note_of_ours_says_nothing(self, changes: dict[str, Any]) -> None:
        reading = read(said(kind="outgoing", private=True, **changes))
        assert [one.type for one in reading.events] == ["ticket.created"]

    def test_words_like_ours_in_public_or_by_a_customer_are_theirs(self) -> None:
        words = "Look: [deskpulse:n:1]"
        assert the(read(said(words)), "message.sent").data["by"] == "customer"
        assert the(read(said(words, kind="outgoing")), "message.sent").data["by"] == "agent"
        assert the(read(said(words, private=True)), "message.sent").data["public"] is False

    def test_the_same_message_in_every_spelling_is_one_event(self) -> None:
        own = the(read(said(when=BEGIN + 999_000)), "message.sent")
        inside = the(read(about("conversation_updated", inner_message(when=BEGIN + 999_000))), "message.sent")
        again = the(read(said(when=BEGIN + 999_000, event="message_updated")), "message.sent")
        assert {own.id, inside.id, again.id} == {own.id}
        assert {own.content_hash(), inside.content_hash(), again.content_hash()} == {own.content_hash()}

    def test_two_deliveries_in_a_burst_tell_nothing_twice(self) -> None:
        first, second = read(said()), read(said(), received_at=at("11:59:58"))
        assert [one.content_hash() for one in first.events] == [one.content_hash() for one in second.events]

    def test_what_is_said_holds_no_text_and_no_address(self) -> None:
        told = [json.dumps(one.json()) for body in (said(), said(kind="outgoing")) for one in read(body).events]
        for canary in ("lamp", "ada@", "eva@", "+385", "Split", "198.51", "gold", "canary", "c0ffee", "Ada"):
            assert not [line for line in told if canary in line], canary

    @pytest.mark.parametrize("kind", ["activity", "unheard of", 7, None, True, 1.0, [], {}])
    def test_activities_and_unknown_kinds_are_no_messages(self, kind: Any) -> None:
        assert only(read(said(message_type=kind)), "message.sent") == []

    @pytest.mark.parametrize(
        ("sender_type", "sender", "by", "author"),
        [
            ("User", {"id": 31, "name": "Eva Lind"}, "agent", "31"),
            ("User", None, "agent", None),
            ("AgentBot", {"id": 8, "name": "Robo"}, "bot", "8"),
            ("Captain::Assistant", {"id": 3, "name": "Captain"}, "bot", "3"),
            ("User", {**EVA, "type": "User"}, "agent", "31"),
            (None, {**ROBOT, "type": "AgentBot"}, "bot", "8"),
            (None, {"id": 77, "name": "Who?"}, "system", None),
        ],
    )
    def test_inside_a_conversation_the_kind_of_sender_may_stand_beside_it_alone(
        self, sender_type: str | None, sender: Any, by: str, author: str | None
    ) -> None:
        inside = inner_message(kind=1, sender_type=sender_type, sender=sender)
        reading = read(about("conversation_updated", inside))
        message = the(reading, "message.sent")
        assert (message.data["by"], message.data.get("author")) == (by, author)
        assert reading.names.get("agent", {}) == ({"31": "Eva Lind"} if author == "31" else {})

    @pytest.mark.parametrize(
        "changes", [{"content_attributes": {"automation_rule_id": 5}}, {"message_type": "template"}]
    )
    def test_what_is_sent_in_an_agents_name_by_no_agent_is_nobodys(self, changes: dict[str, Any]) -> None:
        reading = read(said(kind="outgoing", **changes))
        assert "author" not in the(reading, "message.sent").data
        assert reading.names == {}

    def test_a_rule_or_campaign_that_is_none_leaves_the_agent_the_writer(self) -> None:
        rule, campaign = {"automation_rule_id": None}, {"campaign_id": None}
        body = said(kind="outgoing", content_attributes=rule, additional_attributes=campaign)
        assert the(read(body), "message.sent").data["by"] == "agent"

    def test_bots_and_customers_have_numbers_of_their_own_and_may_share_ours(self) -> None:
        noted = the(read(said(kind="outgoing", private=True, sender={**ROBOT, "id": 90})), "message.sent")
        assert (noted.data["by"], noted.data["public"]) == ("bot", False)
        assert the(read(said(sender={**VISITOR, "id": 90})), "message.sent").data["by"] == "customer"

    def test_an_agent_without_a_name_has_none_to_be_shown(self) -> None:
        reading = read(said(kind="outgoing", sender={**EVA, "name": None}))
        assert the(reading, "message.sent").data["author"] == "31"
        assert not any(reading.names.values())


class TestWhoOpened:
    @pytest.mark.parametrize(
        ("body", "by"),
        [
            (said(when=BEGIN + 2 * SECOND), "customer"),
            (said(when=BEGIN + 3 * SECOND), None),
            (said(when=BEGIN - 3 * SECOND), None),
            (said(kind="outgoing"), "agent"),
            (said(kind="outgoing", sender=ROBOT), None),
            (said(kind="template", sender=None), None),
            (said(kind="outgoing", private=True), None),
            (about("conversation_created", inner_message()), "customer"),
            (about("conversation_created", inner_message(kind=1)), "agent"),
            (about("conversation_created", inner_message(kind=1, when=BEGIN + HOUR)), None),
            (about("conversation_created"), None),
        ],
    )
    def test_it_is_who_wrote_as_the_conversation_began(self, body: bytes, by: str | None) -> None:
        assert the(read(body), "ticket.created").data.get("by") == by

    def test_what_one_call_knows_is_not_taken_back_by_another_that_does_not(self) -> None:
        later = said(kind="outgoing", id_=9002, when=BEGIN + HOUR, held=conversation(updated=BEGIN + HOUR))
        for bodies in ([said(), later], [later, said()]):
            ticket = fold("310", [one for body in bodies for one in read(body).events])
            assert ticket.created_by == "customer"

    def test_a_customer_who_was_merged_into_another_is_the_one_of_the_later_change(self) -> None:
        for id_ in range(502, 510):
            meta = {"sender": {**VISITOR, "id": id_, "type": "contact"}}
            merged = about("conversation_updated", updated=BEGIN + HOUR, meta=meta)
            for bodies in ([said(), merged], [merged, said()]):
                ticket = fold("310", [one for body in bodies for one in read(body).events])
                assert ticket.customer == str(id_)


class TestAConversation:
    def test_the_call_for_a_new_one_tells_everything_that_holds(self) -> None:
        reading = read(about("conversation_created", inner_message(), labels=["lamp", "vip"], **HELD))
        assert the(reading, "ticket.created").at == BEGIN
        assert the(reading, "ticket.assigned").data == {"agent": "31"}
        assert the(reading, "ticket.moved").data == {"department": "6"}
        assert the(reading, "ticket.tagged").data == {"tags": ["lamp", "vip"]}
        assert the(reading, "ticket.updated").data == {"fields": {"inbox": "12"}}
        assert the(reading, "status.changed").data == {"status": "open"}
        assert reading.names == {"agent": {"31": "Eva Lind"}, "department": {"6": "returns"}}
        assert (reading.present, reading.refresh) == ((), ())

    def test_its_state_is_dated_by_its_last_change_to_the_second(self) -> None:
        moment = BEGIN + HOUR + 750_400
        told = the(read(about("conversation_updated", updated=moment)), "status.changed")
        assert (told.at, told.seen) == (BEGIN + HOUR, BEGIN + HOUR + 750_000)

    @pytest.mark.parametrize(
        ("word", "status"),
        [("open", "open"), ("pending", "open"), ("snoozed", "on_hold"), ("resolved", "resolved")],
    )
    def test_each_status_has_its_word(self, word: str, status: str) -> None:
        assert the(read(about("conversation_status_changed", status=word)), "status.changed").data == {"status": status}

    def test_an_unknown_status_says_nothing_and_the_rest_is_read(self) -> None:
        reading = read(about("conversation_updated", status="hibernating"))
        assert only(reading, "status.changed") == []
        assert only(reading, "ticket.tagged")

    def test_nobody_and_no_team_are_said(self) -> None:
        reading = read(about("conversation_updated"))
        assert the(reading, "ticket.assigned").data == {"agent": None}
        assert the(reading, "ticket.moved").data == {"department": None}

    @pytest.mark.parametrize(
        "meta",
        [
            {"assignee": {"id": 8, "name": "Robo"}, "assignee_type": "AgentBot"},
            {"assignee": ROBOT},
            {"assignee": {"id": 3, "name": "Captain"}, "assignee_type": "Captain::Assistant"},
        ],
    )
    def test_a_bot_that_holds_it_is_nobody(self, meta: dict[str, Any]) -> None:
        reading = read(about("conversation_updated", meta=meta))
        assert the(reading, "ticket.assigned").data == {"agent": None}
        assert "agent" not in reading.names

    def test_labels_of_ours_and_scores_are_not_read_back(self) -> None:
        labels = ["channel-chat", "deskpulse-follow-up", "lamp"]
        custom = {"region": "south", "csat": "4", "deskpulse_score": "1", "inbox": "mine", "steps": [1], "done": True}
        reading = read(about("conversation_updated", labels=labels, custom_attributes=custom))
        assert the(reading, "ticket.tagged").data == {"tags": ["lamp"]}
        assert the(reading, "ticket.updated").data == {"fields": {"region": "south", "done": "true", "inbox": "12"}}

    def test_without_a_customer_or_an_inbox_nothing_is_said_of_them(self) -> None:
        reading = read(about("conversation_updated", inbox_id=None, meta={"sender": None}))
        assert the(reading, "ticket.created").data == {"channel": "chat"}
        assert only(reading, "ticket.updated") == []

    def test_a_label_or_an_attribute_that_no_event_holds_keeps_no_other_one_back(self) -> None:
        custom = {"region": "south", "": "no name", "note": "cut\0off", "long": "x" * 513}
        reading = read(about("conversation_updated", labels=["lamp", "a\0b", "x" * 513], custom_attributes=custom))
        assert the(reading, "ticket.tagged").data == {"tags": ["lamp"]}
        assert the(reading, "ticket.updated").data == {"fields": {"region": "south", "inbox": "12"}}

    @pytest.mark.parametrize("event", ["automation_event.conversation_updated", "macro.executed"])
    def test_rules_and_macros_tell_the_same_without_a_signature(self, event: str) -> None:
        body = about(event, inner_message(), status="resolved")
        reading = DESK.parse(by_address(body), access())
        assert {one.id for one in reading.events} == {
            one.id for one in read(about("conversation_updated", inner_message(), status="resolved")).events
        }
        assert the(reading, "status.changed").data == {"status": "resolved"}


class TestAChange:
    def test_it_is_dated_by_its_own_moment_though_the_payload_was_built_later(self) -> None:
        late = about(
            "conversation_updated",
            updated=at("09:00:00.500"),
            changed=changed(at("08:00:00.120"), status=("open", "resolved")),
        )
        resolved, opened = only(read(late), "status.changed")
        assert (resolved.at, resolved.seen, resolved.data["status"]) == (at("08:00:00"), at("08:00:00.120"), "resolved")
        assert (opened.at, opened.seen, opened.data["status"]) == (at("09:00:00"), at("09:00:00.500"), "open")

    def test_the_call_about_the_status_and_the_one_about_the_change_are_one_fact(self) -> None:
        moment = at("08:00:00.250")
        plain = read(about("conversation_status_changed", status="resolved", updated=moment))
        change = changed(moment, status=("open", "resolved"))
        other = read(about("conversation_updated", status="resolved", updated=moment, changed=change))
        assert the(plain, "status.changed").id == the(other, "status.changed").id
        assert {one.id for one in other.events} == {one.id for one in plain.events}

    @pytest.mark.parametrize(
        ("name", "before", "after", "type_", "data"),
        [
            ("assignee_id", None, 31, "ticket.assigned", {"agent": "31"}),
            ("assignee_id", 31, None, "ticket.assigned", {"agent": None}),
            ("team_id", 6, 7, "ticket.moved", {"department": "7"}),
            ("team_id", 6, None, "ticket.moved", {"department": None}),
            ("label_list", ["a"], ["a", "b", "channel-chat"], "ticket.tagged", {"tags": ["a", "b"]}),
            ("status", "open", "snoozed", "status.changed", {"status": "on_hold"}),
            ("custom_attributes", {"x": "1", "csat": "2"}, {"y": "2"}, "ticket.updated", {"fields": {"x": None}}),
        ],
    )
    def test_each_attribute_is_told_as_it_changed(
        self, name: str, before: Any, after: Any, type_: str, data: dict[str, Any]
    ) -> None:
        moment = at("08:00:00")
        reading = read(
            about("conversation_updated", updated=at("09:00:00"), changed=changed(moment, **{name: (before, after)}))
        )
        assert [one.data for one in only(reading, type_) if one.at == moment] == [data]

    def test_a_bot_that_lets_go_hands_over(self) -> None:
        moment = at("08:00:00.1")
        for before, after, times in (("pending", "open", 1), ("snoozed", "open", 0), ("pending", "resolved", 0)):
            change = changed(moment, status=(before, after))
            reading = read(about("conversation_updated", status=after, updated=moment, changed=change))
            assert [one.at for one in only(reading, "ticket.handover")] == [at("08:00:00")] * times

    @pytest.mark.parametrize(
        "changes",
        [
            None, {}, "status", [], [None], [{}], [{"status": None}], [{"status": {"previous_value": "open"}}],
            [{"status": {"current_value": "resolved"}}], [{"updated_at": {"current_value": "soon"}}],
            [{"updated_at": {"current_value": "2026-06-15T08:00:00.000Z"}}, {"status": {"current_value": 7}}],
        ],
    )  # fmt: skip
    def test_a_list_of_changes_that_says_nothing_leaves_the_state(self, changes: Any) -> None:
        reading = read(about("conversation_updated", status="resolved", changed=changes))
        assert the(reading, "status.changed").data == {"status": "resolved"}

    def test_where_attributes_were_only_added_or_changed_none_is_taken_away(self) -> None:
        change = changed(at("08:00:00"), custom_attributes=({"x": "1"}, {"x": "2", "y": "3"}))
        reading = read(about("conversation_updated", custom_attributes={"x": "2", "y": "3"}, changed=change))
        assert the(reading, "ticket.updated").data == {"fields": {"x": "2", "y": "3", "inbox": "12"}}

    @pytest.mark.parametrize(
        ("values", "ours"),
        [
            ({"label_list": (["a"], ["a", "channel-chat"])}, True),
            ({"label_list": (["deskpulse-follow-up"], []), "cached_label_list": ("deskpulse-follow-up", "")}, True),
            ({"custom_attributes": ({"a": "1"}, {"a": "1", "csat": "2"})}, True),
            ({"custom_attributes": ({}, {"deskpulse_x": "2"}), "label_list": ([], ["channel-sms"])}, True),
            ({"label_list": ([], ["channel-chat", "vip"])}, False),
            ({"label_list": ([], ["channel-chat"]), "status": ("open", "resolved")}, False),
            ({"custom_attributes": ({"a": "1"}, {"a": "2", "csat": "2"})}, False),
            ({"label_list": (None, ["channel-chat"])}, False),
            ({}, False),
        ],
    )
    def test_our_own_labels_and_fields_come_back_as_nothing(self, values: dict[str, Any], ours: bool) -> None:
        reading = read(about("conversation_updated", changed=changed(at("08:00:00"), **values)))
        assert (reading.events == ()) is ours


class TestASurvey:
    def test_the_question_is_sent_and_no_message(self) -> None:
        reading = read(survey(when=at("08:00:00")))
        sent = the(reading, "survey.sent")
        assert sent.data == {"survey": "9050", "kind": "csat", "scale": [1, 5]}
        assert sent.at == at("08:00:00")
        assert only(reading, "message.sent") == only(reading, "survey.answered") == []
        assert reading.refresh == ()

    def test_the_answer_is_read_and_its_moment_asked_for(self) -> None:
        body = survey(when=at("08:00:00"), given={"rating": 4, "feedback_message": " Kind and quick "})
        reading = read(body, received_at=at("08:09:00"))
        answer = the(reading, "survey.answered")
        assert answer.data == {
            "survey": "9050", "kind": "csat", "scale": [1, 5], "score": 4, "comment": "Kind and quick",
        }  # fmt: skip
        assert answer.at == at("08:09:00")
        assert reading.refresh == ("310",)

    def test_a_whatsapp_question_is_one_too(self) -> None:
        assert the(read(survey(message_type="outgoing", sender=None)), "survey.sent").data["survey"] == "9050"

    def test_the_comment_that_comes_second_joins_the_score(self) -> None:
        first = read(survey(given={"rating": 2}), received_at=at("08:09:00"))
        second = read(survey(given={"rating": 2, "feedback_message": "Too slow"}), received_at=at("08:09:40"))
        for readings in ([first, second], [second, first]):
            (answer,) = fold("310", [one for reading in readings for one in reading.events]).standing_answers()
            assert (answer.score, answer.comment) == (2, "Too slow")

    def test_a_customer_who_thinks_again_has_one_answer_the_later_one(self) -> None:
        first = read(survey(given={"rating": 5}), received_at=at("08:09:00"))
        second = read(survey(given={"rating": 1}), received_at=at("09:00:00"))
        for readings in ([first, second], [second, first], [second, first, first]):
            ticket = fold("310", [one for reading in readings for one in reading.events])
            assert [answer.score for answer in ticket.answers] == [1]

    @pytest.mark.parametrize(
        "given",
        [{}, {"rating": 0}, {"rating": 6}, {"rating": "4"}, {"rating": None}, {"rating": True}, {"rating": 3.5}],
    )
    def test_what_is_no_rating_is_no_answer(self, given: dict[str, Any]) -> None:
        assert only(read(survey(given=given)), "survey.answered") == []

    @pytest.mark.parametrize("comment", [None, "", " \n ", 7, ["Slow"], {}])
    def test_what_is_no_comment_is_none_and_the_score_stands(self, comment: Any) -> None:
        data = the(read(survey(given={"rating": 3, "feedback_message": comment})), "survey.answered").data
        assert data == {"survey": "9050", "kind": "csat", "scale": [1, 5], "score": 3}

    def test_a_question_whose_call_was_built_after_the_answer_is_still_only_the_question(self) -> None:
        # The answer has a call of its own, which is the one that dates it until the CSAT response is asked for.
        reading = read(survey(given={"rating": 4}, event="message_created"))
        assert the(reading, "survey.sent").data["survey"] == "9050"
        assert (only(reading, "survey.answered"), reading.refresh) == ([], ())

    @pytest.mark.parametrize("content_type", ["form", "input_select", "text"])
    def test_what_a_customer_submits_to_another_question_is_no_rating(self, content_type: str) -> None:
        reading = read(survey(given={"rating": 4}, content_type=content_type))
        assert [one.type for one in reading.events if one.type.startswith("survey")] == []
        assert reading.refresh == ()

    def test_a_rating_that_stands_in_the_last_message_of_another_call_is_not_answered_anew(self) -> None:
        given = {"submitted_values": {"csat_survey_response": {"rating": 4}}}
        last = inner_message(9050, 3, content_type="input_csat", content_attributes=given, sender=None)
        reading = read(about("conversation_updated", last))
        assert only(reading, "survey.answered") == []
        assert the(reading, "survey.sent").data["survey"] == "9050"


class TestTheRest:
    @pytest.mark.parametrize(
        "event",
        [
            "contact_created", "contact_updated", "webwidget_triggered", "inbox_created", "inbox_updated",
            "conversation_typing_on", "conversation_typing_off",
        ],
    )  # fmt: skip
    def test_people_widgets_and_typing_are_no_business_of_ours(self, event: str) -> None:
        reading = read(json.dumps({**VISITOR, "event": event, "account": {"id": 4}}).encode())
        assert (reading.events, reading.refresh, reading.present) == ((), (), ())

    @pytest.mark.parametrize(
        "told",
        [
            {"conversation_id": 310}, {"conversation": {"id": 310}}, {"conversation": {"id": 310}, "rating": 5},
            {"conversation_id": None, "conversation": {"id": 310}},
        ],
    )  # fmt: skip
    def test_an_event_that_is_only_proposed_asks_for_its_conversation(self, told: dict[str, Any]) -> None:
        assert read(json.dumps({**told, "event": "csat_survey_response_created"}).encode()).refresh == ("310",)

    @pytest.mark.parametrize(
        ("body", "said_"),
        [
            (b'{"event": "csat_survey_response_created"}', "names no conversation"),
            (b'{"event": "csat_survey_response_created", "conversation_id": -1}', "names no conversation"),
            (b'{"event": "csat_survey_response_created", "conversation_id": true}', "names no conversation"),
            (b'{"event": "csat_survey_response_created", "conversation": {"id": "310"}}', "names no conversation"),
            (b'{"event": "call_rang", "id": 3}', "not known to have an event 'call_rang'"),
            (b'{"event": 7}', "there is no event"),
            (b"[]", "there is no event"),
            (b"event=message_created", "not JSON"),
            (b'{"event": "message_created"}', "message_created without its conversation"),
            (b'{"event": "conversation_created", "id": 3}', "conversation_created without its conversation"),
            (about("message_created"), "message_created without its conversation or message"),
            (about("conversation_created", status=3), "status: Not a valid string"),
            (about("conversation_created", id="7"), "id: Not a valid integer"),
            (about("conversation_created", created_at="soon"), "created_at: Not a time"),
            (said(id=None), "id: Field may not be null"),
            (said(created_at=None), "created_at: Not a time"),
            (said(conversation=None), "without its conversation"),
        ],
    )
    def test_what_is_not_documented_says_what_is_wrong(self, body: bytes, said_: str) -> None:
        with pytest.raises(Unreadable, match=said_):
            read(body)

    @pytest.mark.parametrize(
        "body", [said(account={"id": 5}), about("conversation_updated").replace(b'"id": 4,', b'"id": 5,')]
    )
    def test_a_call_about_another_account_of_the_same_chatwoot_is_not_counted(self, body: bytes) -> None:
        with pytest.raises(Unreadable, match="account 5 of this Chatwoot, not about account 4"):
            read(body)

    def test_a_call_or_an_account_without_a_number_is_not_held_against_the_other(self) -> None:
        unnamed = DESK.parse(by_address(said(account=None)), access())
        assert the(unnamed, "message.sent").ticket == "310"
        account = replace(access(), credentials={"token": "token-of-deskpulse"})
        assert DESK.parse(signed(said()), account).events == unnamed.events

    @pytest.mark.parametrize("event", ["csat_survey_response_created", "csat_survey_response_updated"])
    def test_a_proposed_event_may_hold_its_conversation_in_any_shape(self, event: str) -> None:
        for body in (about(event), survey(event=event, given={"rating": 2})):
            reading = read(body)
            assert (reading.refresh, reading.events) == (("310",), ())

    def test_times_may_be_written_in_each_way_and_nonsense_is_none(self) -> None:
        for written in (iso(BEGIN), BEGIN // SECOND, BEGIN / SECOND + 0.25, "2026-06-15T09:30:00.9+02:00"):
            assert the(read(said(created_at=written)), "message.sent").at == BEGIN
        nonsense: Any
        for nonsense in (0, -1, 1e300, BEGIN // 1000, True, "", "2026-06-15T07:30:00", [], {}, 10**15):
            with pytest.raises(Unreadable, match="Not a time"):
                read(said(created_at=nonsense))

    def test_without_a_last_change_the_state_is_dated_by_the_last_activity_or_by_arrival(self) -> None:
        old = about("conversation_updated", updated_at=None)
        assert the(read(old), "status.changed").at == BEGIN
        older = about("conversation_updated", updated_at=None, last_activity_at=0)
        assert the(read(older, received_at=at("10:00:00")), "status.changed").at == at("10:00:00")


class TestASummaryOfOurs:
    @pytest.mark.parametrize(
        "body",
        [
            about("conversation_created", inbox_id=SUMMARY_INBOX),
            about("conversation_updated", inbox_id=SUMMARY_INBOX, status="resolved", labels=["vip"]),
            said("Week 24", kind="outgoing", private=True, held=conversation(inbox_id=SUMMARY_INBOX)),
            survey(held=conversation(inbox_id=SUMMARY_INBOX), given={"rating": 5}),
        ],
    )
    def test_it_is_out_of_every_count(self, body: bytes) -> None:
        reading = read(body)
        assert the(reading, "ticket.created").data == {"by": "system", "channel": "internal"}
        assert the(reading, "ticket.tagged").data == {"add_tags": ["deskpulse-summary"]}
        assert len(reading.events) == 2

    def test_a_visitor_cannot_hide_a_conversation_by_our_attribute(self) -> None:
        reading = read(about("conversation_created", custom_attributes=MARK))
        assert the(reading, "ticket.created").data["channel"] == "chat"

    @pytest.mark.parametrize(("channel", "ours"), [("Channel::Api", True), ("Channel::WebWidget", False)])
    def test_before_the_inbox_is_known_the_attribute_counts_in_api_inboxes(self, channel: str, ours: bool) -> None:
        body = about("conversation_created", channel=channel, custom_attributes=MARK, inbox_id=5)
        created = the(read(body, summary_inbox=None), "ticket.created")
        assert (created.data["channel"] == "internal") is ours


class TestChannels:
    @pytest.mark.parametrize(
        ("word", "channel"),
        [
            ("Channel::WebWidget", "chat"),
            ("Channel::Api", "api"),
            ("Channel::Email", "email"),
            ("Channel::FacebookPage", "messaging"),
            ("Channel::Instagram", "messaging"),
            ("Channel::Whatsapp", "messaging"),
            ("Channel::Telegram", "messaging"),
            ("Channel::Line", "messaging"),
            ("Channel::Tiktok", "messaging"),
            ("Channel::TwitterProfile", "social"),
            ("Channel::Sms", "sms"),
            ("Channel::TwilioSms", "sms"),
            ("Channel::Voice", "voice"),
            ("Channel::Pigeon", "Channel::Pigeon"),
        ],
    )
    def test_each_kind_of_inbox_is_a_channel_and_an_unknown_one_keeps_its_word(self, word: str, channel: str) -> None:
        created = the(read(about("conversation_created", channel=word)), "ticket.created")
        assert created.data["channel"] == channel
        assert fold("310", [created]).channel == ("other" if channel == word else channel)

    def test_a_twilio_inbox_is_what_it_was_when_connected(self) -> None:
        body = about("conversation_created", channel="Channel::TwilioSms")
        for mediums, channel in (({"12": "whatsapp"}, "messaging"), ({"12": "sms"}, "sms"), ({"9": "whatsapp"}, "sms")):
            assert the(read(body, mediums=mediums), "ticket.created").data["channel"] == channel

    @pytest.mark.parametrize(
        ("table", "channel"),
        [({"12": "voice"}, "voice"), ({"12": "pigeon"}, "chat"), ({"13": "voice"}, "chat"), ("voice", "chat")],
    )
    def test_the_accounts_own_table_comes_first(self, table: Any, channel: str) -> None:
        assert the(read(said(), channels=table), "ticket.created").data["channel"] == channel

    @pytest.mark.parametrize("word", [None, "", "\0", "x" * 513])
    def test_without_a_word_nothing_is_said(self, word: str | None) -> None:
        assert "channel" not in the(read(about("conversation_created", channel=word)), "ticket.created").data
