"""The JSON of Chatwoot: the same thing in its several spellings, what may be missing, what is none of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.payloads import (
    Change,
    Conversation,
    Message,
    changed_at,
    read_conversation,
    read_hook,
    read_messages,
    read_rating,
)
from integrations.errors import Unreadable
from integrations.times import HOUR, SECOND
from tests.desks.chatwoot.samples import BEGIN, about, at, changed, conversation, inner_message, said
from tests.desks.chatwoot.world import Office

RATING = {
    "id": 3, "rating": 4, "feedback_message": None, "message_id": 9050, "conversation_id": 310,
    "created_at": BEGIN // SECOND, "contact": {"id": 501, "email": "ada@visitor.example"},
}  # fmt: skip


def hook_conversation(**changes: Any) -> Conversation:
    found = read_hook(about("conversation_updated", **changes)).conversation
    assert found is not None
    return found


class TestAConversation:
    def test_a_call_and_the_api_tell_the_same_one(self) -> None:
        office = Office()
        talk = office.talk()
        office.world.assign(talk, office.clock.later(), office.eva)
        office.world.set_labels(talk, office.clock.later(), ["vip"])
        called = read_conversation(shapes.conversation_hook(talk))
        asked = read_conversation(shapes.conversation(talk, office.world))
        for name in ("id", "inbox", "channel", "status", "created", "updated", "active", "labels", "custom"):
            assert getattr(called, name) == getattr(asked, name), name
        assert (called.assignee, called.team, called.contact) == (asked.assignee, asked.team, asked.contact)

    @pytest.mark.parametrize(
        ("left_out", "value"),
        [
            ("labels", ()),
            ("custom_attributes", {}),
            ("additional_attributes", {}),
            ("messages", ()),
            ("inbox_id", None),
            ("channel", ""),
        ],
    )
    def test_what_may_be_missing_is_empty(self, left_out: str, value: object) -> None:
        told = conversation()
        del told[left_out]
        name = {"custom_attributes": "custom", "additional_attributes": "additional", "inbox_id": "inbox"}
        assert getattr(read_conversation(told), name.get(left_out, left_out)) == value

    @pytest.mark.parametrize(
        ("name", "told", "value"),
        [
            ("labels", None, ()), ("custom_attributes", None, {}), ("custom_attributes", ["gold"], {}),
            ("additional_attributes", "gold", {}), ("inbox_id", None, None), ("last_activity_at", "soon", None),
        ],
    )  # fmt: skip
    def test_what_says_nothing_is_empty_too(self, name: str, told: Any, value: object) -> None:
        ours = {"custom_attributes": "custom", "additional_attributes": "additional", "inbox_id": "inbox"}
        ours["last_activity_at"] = "active"
        assert getattr(read_conversation(conversation(**{name: told})), ours.get(name, name)) == value

    @pytest.mark.parametrize("number", [-1, 2**53 + 1, "310", 310.0, True, None])
    def test_a_number_that_none_can_have_is_named_with_its_place(self, number: Any) -> None:
        with pytest.raises(Unreadable, match=r"Chatwoot sends: id: "):
            read_conversation(conversation(id=number))
        with pytest.raises(Unreadable, match=r"Chatwoot sends: meta.assignee.id: "):
            read_conversation(conversation(meta={"assignee": {"id": number, "name": "Eva"}}))
        with pytest.raises(Unreadable, match=r"Chatwoot sends: messages.0.id: "):
            read_conversation(conversation(inner_message(id_=number)))

    def test_it_comes_with_a_few_messages_and_never_with_its_whole_past(self) -> None:
        assert len(read_conversation(conversation(*[inner_message()] * 10)).messages) == 10
        with pytest.raises(Unreadable, match="messages: Longer than maximum length 10"):
            read_conversation(conversation(*[inner_message()] * 11))

    @pytest.mark.parametrize("left_out", ["id", "status", "created_at", "meta"])
    def test_what_must_be_there_is_named_when_it_is_not(self, left_out: str) -> None:
        told = conversation()
        del told[left_out]
        with pytest.raises(Unreadable, match=f"not what Chatwoot sends: {left_out}: "):
            read_conversation(told)

    @pytest.mark.parametrize("told", [None, [], 7, "x", {}])
    def test_what_is_none_is_none(self, told: Any) -> None:
        with pytest.raises(Unreadable, match="not what Chatwoot sends"):
            read_conversation(told)

    @pytest.mark.parametrize(
        ("written", "micros"), [(0.75, 750_000), (0.123, 123_000), (0.1204, 120_000), (0.9999, 999_000), (0, 0)]
    )
    def test_its_last_change_is_read_to_the_millisecond(self, written: float, micros: int) -> None:
        assert hook_conversation(updated_at=BEGIN / SECOND + written).updated == BEGIN + micros

    def test_the_channel_stands_beside_it_or_among_what_is_said_of_it(self) -> None:
        told = conversation(channel=None, meta={"channel": "Channel::Email"})
        assert read_conversation(told).channel == "Channel::Email"


class TestChanges:
    def test_they_are_read_by_name(self) -> None:
        told = changed(BEGIN + HOUR, status=("open", "resolved"), team_id=(None, 6))
        changes = read_hook(about("conversation_updated", changed=told)).changes
        assert changes["status"] == Change("open", "resolved")
        assert changes["team_id"] == Change(None, 6)
        assert changed_at(changes) == BEGIN + HOUR

    @pytest.mark.parametrize("after", [None, "soon", True, [], -1, "2026-06-15T08:00:00"])
    def test_without_a_moment_there_is_none(self, after: Any) -> None:
        assert changed_at({"updated_at": Change(None, after)}) is None
        assert changed_at({}) is None

    def test_a_moment_is_read_to_the_millisecond(self) -> None:
        assert changed_at({"updated_at": Change(None, "2026-06-15T08:00:00.120900Z")}) == at("08:00:00.120")


class TestMessages:
    def test_a_call_and_the_api_tell_the_same_one(self) -> None:
        own = read_hook(said(when=BEGIN + 400_000)).message
        (inner,) = read_messages([inner_message(when=BEGIN + 400_000)])
        assert own is not None
        for name in ("id", "at", "private", "content", "content_type", "attributes", "additional"):
            assert getattr(own, name) == getattr(inner, name), name

    def test_what_is_missing_is_nothing(self) -> None:
        (told,) = read_messages([{"id": 1, "created_at": BEGIN // SECOND}])
        assert told == Message(1, None, BEGIN, False, "", "", {}, {}, None, "")

    @pytest.mark.parametrize("rows", [None, {}, 3, [None], [[]], [{"id": 1}], [inner_message()] * 1001])
    def test_what_is_no_list_of_messages_is_unreadable(self, rows: Any) -> None:
        with pytest.raises(Unreadable):
            read_messages(rows)


class TestRatings:
    def test_a_row_is_read_and_its_address_passed_over(self) -> None:
        rating = read_rating(RATING)
        assert (rating.message, rating.conversation, rating.score, rating.comment) == (9050, 310, 4, "")
        assert rating.at == BEGIN
        assert "ada@" not in repr(rating)

    @pytest.mark.parametrize("told", [BEGIN / SECOND + 0.75, "2026-06-15T07:30:00.750Z", BEGIN // SECOND])
    def test_however_its_moment_is_spelled_it_is_the_same_answer(self, told: Any) -> None:
        assert read_rating({**RATING, "created_at": told}).at == BEGIN

    @pytest.mark.parametrize("name", ["message_id", "conversation_id", "rating", "created_at"])
    def test_what_must_be_there_is_named_when_it_is_not(self, name: str) -> None:
        with pytest.raises(Unreadable, match=name):
            read_rating({**json.loads(json.dumps(RATING)), name: None})
