"""Freshdesk's words, one by one: statuses, sources, labels, ratings, tags, fields."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Rejected, Unreadable
from integrations.events import CHANNELS, STATUSES, event
from integrations.freshdesk import mapping, payloads
from integrations.freshdesk.ratings import answers_of
from integrations.freshdesk.unread import UNREAD
from integrations.freshdesk.values import Conversation, Named, Rating, Survey, Ticket
from tests.desks.freshdesk.samples import (
    CUSTOMER,
    EVA,
    ORDERS,
    SURVEY,
    TICKET,
    at,
    moment,
    rating,
    read_rating,
    read_ticket,
    said,
    ticket,
)
from tests.tries import tries
from workers.channels import canonical
from workers.tickets import fold

THREE, FIVE, TWO = (-103, 100, 103), (-103, -102, 100, 102, 103), (-103, 103)


def channel(source: int | None, **options: Any) -> str | None:
    return mapping.channel(read_ticket(ticket(source=source)), options)


class TestStatuses:
    @pytest.mark.parametrize(
        ("number", "status"),
        [(2, "open"), (3, "pending"), (4, "resolved"), (5, "closed"), (6, "pending"), (7, "on_hold"), (1, None),
         (0, None), (8, None), (99, None), (-2, None), (None, None)],
    )  # fmt: skip
    def test_each_number_is_what_the_reference_says(self, number: int | None, status: str | None) -> None:
        assert mapping.status_of(number, {}) == status

    @pytest.mark.parametrize("word", STATUSES)
    def test_an_accounts_own_status_is_what_it_says(self, word: str) -> None:
        assert mapping.status_of(8, {"statuses": {"8": word}}) == word

    @pytest.mark.parametrize("told", ["waiting", "", 7, None, [], "OPEN"])
    def test_a_word_that_is_none_explains_nothing(self, told: Any) -> None:
        assert mapping.status_of(8, {"statuses": {"8": told}}) is None
        assert mapping.status_of(2, {"statuses": {"2": told}}) == "open"

    def test_an_accounts_word_stands_over_ours(self) -> None:
        assert mapping.status_of(6, {"statuses": {"6": "on_hold"}}) == "on_hold"

    @pytest.mark.parametrize("options", [{}, {"statuses": None}, {"statuses": []}, {"statuses": "8"}])
    def test_settings_that_are_no_table_are_none(self, options: Mapping[str, Any]) -> None:
        assert mapping.status_of(8, options) is None
        assert mapping.explained_statuses(options) == {"2", "3", "4", "5", "6", "7"}

    def test_what_nobody_explained_is_counted(self) -> None:
        before = UNREAD["ticket status '4711'"]
        mapping.status_of(4711, {})
        assert UNREAD["ticket status '4711'"] == before + 1

    def test_what_the_account_explains_is_explained(self) -> None:
        told = mapping.explained_statuses({"statuses": {"8": "on_hold", "9": "nonsense"}})
        assert ("8" in told, "9" in told) == (True, False)


class TestChannels:
    @pytest.mark.parametrize(
        ("source", "word"),
        [(1, "email"), (2, "web_form"), (3, "voice"), (4, "forum"), (5, "social"), (6, "social"), (7, "chat"),
         (8, "messaging"), (9, "web_form"), (10, "email"), (11, "e-commerce"), (12, "bot"), (13, "source-13"),
         (101, "source-101"), (0, "source-0"), (-1, "source--1"), (None, None)],
    )  # fmt: skip
    def test_each_source_is_what_the_reference_says(self, source: int | None, word: str | None) -> None:
        assert channel(source) == word

    @pytest.mark.parametrize(
        ("label", "word"),
        [("WhatsApp", "messaging"), ("whatsapp", "messaging"), (" WhatsApp ", "messaging"), ("Instagram", "social"),
         ("Instagram Direct", "messaging"), ("SMS", "sms"), ("Text message", "sms"), ("Web chat", "chat"),
         ("Web form", "web_form"), ("In person", "in_person"), ("Walk-in", "in_person"), ("REST API", "api"),
         ("Kiosk", "Kiosk"), ("Größe ☃", "Größe ☃"), ("", "source-13"), ("x" * 600, "source-13"),
         ("a\0b", "source-13")],
    )  # fmt: skip
    def test_a_source_without_a_number_of_its_own_is_told_by_its_label(self, label: str, word: str) -> None:
        assert channel(13, source_names={"13": label}) == word

    @pytest.mark.parametrize("label", CHANNELS)
    def test_a_channel_that_is_called_so_is_that_channel(self, label: str) -> None:
        assert channel(102, source_names={"102": label.replace("_", " ").title()}) == label

    @pytest.mark.parametrize("source", [4, 11, 12, 13, 101])
    def test_a_word_of_freshdesks_own_counts_as_other(self, source: int) -> None:
        assert canonical(channel(source)) == "other"

    @pytest.mark.parametrize(
        ("own", "word"),
        [({"1": "messaging"}, "messaging"), ({"Email": "chat"}, "chat"), ({"1": "our hotline"}, "our hotline"),
         ({"1": ""}, "email"), ({"1": 7}, "email"), ({"2": "chat"}, "email"), ({"1": "chat", "Email": "sms"}, "chat")],
    )  # fmt: skip
    def test_an_accounts_own_table_stands_over_ours(self, own: dict[str, Any], word: str) -> None:
        assert channel(1, channels=own, source_names={"1": "Email"}) == word

    @given(number=st.integers(13, 10**6), label=st.text(max_size=600))
    @settings(max_examples=tries(2))
    def test_whatever_a_source_is_called_its_word_can_be_kept(self, number: int, label: str) -> None:
        word = channel(number, source_names={str(number): label})
        assert word
        assert event("ticket.created", "1", 0, channel=word).data["channel"] == word


class TestRatings:
    @pytest.mark.parametrize(
        ("code", "codes", "score", "scale"),
        [
            (-103, THREE, 1, [1, 3]), (100, THREE, 2, [1, 3]), (103, THREE, 3, [1, 3]),
            (-103, FIVE, 1, [1, 5]), (-102, FIVE, 2, [1, 5]), (100, FIVE, 3, [1, 5]), (102, FIVE, 4, [1, 5]),
            (103, FIVE, 5, [1, 5]),
            (-103, TWO, 1, [1, 2]), (103, TWO, 2, [1, 2]),
            *((code, (), place, [1, 7]) for place, code in enumerate((-103, -102, -101, 100, 101, 102, 103), 1)),
            (101, THREE, 5, [1, 7]), (103, (103,), 7, [1, 7]), (103, (7, 9), 7, [1, 7]),
            (1, (), 3, [1, 3]), (2, (), 2, [1, 3]), (3, THREE, 1, [1, 3]),
        ],
    )  # fmt: skip
    def test_each_code_is_a_score_on_the_scale_of_its_survey(
        self, code: int, codes: Sequence[int], score: int, scale: list[int]
    ) -> None:
        assert mapping.scored(read_rating(rating(1, 5, code)), codes) == (score, scale)

    @pytest.mark.parametrize("code", [0, 4, 99, 104, -100, 10**9])
    def test_a_code_that_is_in_no_table_is_counted_and_no_answer(self, code: int) -> None:
        before = UNREAD[f"rating {str(code)!r}"]
        assert answers_of([read_rating(rating(1, 5, code))], {SURVEY: THREE}) == []
        assert UNREAD[f"rating {str(code)!r}"] == before + 1

    def test_the_order_in_which_a_survey_lists_its_codes_means_nothing(self) -> None:
        told = read_rating(rating(1, 5, -103))
        assert mapping.scored(told, (103, -103, 100)) == mapping.scored(told, (100, 103, -103)) == (1, [1, 3])

    def test_an_answer_is_told_whole(self) -> None:
        (one,) = answers_of([read_rating(rating(77, 30, 103))], {SURVEY: THREE})
        assert (one.type, one.ticket, one.at, one.id, one.seen) == (
            "survey.answered",
            TICKET,
            at(30),
            "rating-77",
            at(30),
        )
        assert one.data == {
            "kind": "csat", "score": 3, "scale": [1, 3], "survey": SURVEY, "agent": EVA, "department": ORDERS,
            "customer": CUSTOMER, "comment": "Kind!",
        }  # fmt: skip

    @pytest.mark.parametrize("name", ["agent_id", "group_id", "user_id", "survey_id", "feedback"])
    def test_what_is_not_told_is_left_out(self, name: str) -> None:
        (one,) = answers_of([read_rating(rating(77, 30, 103, **{name: None}))], {SURVEY: THREE})
        key = {"agent_id": "agent", "group_id": "department", "user_id": "customer", "survey_id": "survey"}
        assert key.get(name, "comment") not in one.data

    def test_a_changed_rating_is_the_same_answer_with_another_score(self) -> None:
        first = read_rating(rating(77, 30, 103))
        second = read_rating(rating(77, 30, -103, updated_at=moment(60), feedback="I was wrong"))
        events = answers_of([second, first], {SURVEY: THREE})
        (answer,) = fold(TICKET, events).standing_answers()
        assert (answer.score, answer.comment, answer.at) == (1, "I was wrong", at(30))

    def test_two_ratings_are_two_answers_of_which_the_later_stands(self) -> None:
        events = answers_of([read_rating(rating(78, 40, 100)), read_rating(rating(77, 30, 103))], {SURVEY: THREE})
        told = fold(TICKET, events)
        assert [one.score for one in told.answers] == [3, 2]
        assert [one.score for one in told.standing_answers()] == [2]


class TestTags:
    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (["b", "a", "b"], ["a", "b"]), ([], []), (["channel-email", "deskpulse-follow-up", "vip"], ["vip"]),
            (["ok", 7, None, "", "x" * 600, "a\0b"], ["ok"]), (None, None), ("vip", None), ({"a": 1}, None),
        ],
    )  # fmt: skip
    def test_only_tags_of_others_that_can_be_kept(self, told: Any, expected: list[str] | None) -> None:
        assert mapping.tags(read_ticket(ticket(tags=told))) == expected


class TestFields:
    def test_custom_fields_go_by_their_names_and_standard_ones_stand_beside_them(self) -> None:
        told = read_ticket(ticket(custom_fields={"cf_region": "south", "category": "Primary", "cf_paid": True}))
        assert mapping.slices(told, {}) == {
            "region": "south", "category": "Primary", "paid": "true", "type": "Question", "priority": "medium",
            "product": "71",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "priority", [(1, "low"), (2, "medium"), (3, "high"), (4, "urgent"), (5, None), (None, None)]
    )
    def test_priorities_go_by_their_words(self, priority: tuple[int | None, str | None]) -> None:
        number, word = priority
        assert mapping.slices(read_ticket(ticket(priority=number)), {}).get("priority") == word

    def test_a_custom_field_stands_over_a_standard_one_of_its_name(self) -> None:
        assert mapping.slices(read_ticket(ticket(custom_fields={"cf_type": "B2B"})), {})["type"] == "B2B"

    @pytest.mark.parametrize("key", ["cf_csat", "cf_ces", "cf_nps", "cf_deskpulse_channel", "cf_deskpulse_csat_9921"])
    def test_fields_that_we_write_tell_no_tickets_apart(self, key: str) -> None:
        options = {"fields": {"csat": "cf_deskpulse_csat_9921"}} if "9921" in key else {}
        assert key.removeprefix("cf_") not in mapping.slices(read_ticket(ticket(custom_fields={key: "3"})), options)

    @pytest.mark.parametrize(
        ("value", "kept"),
        [(["a", "b"], "a, b"), (7, "7"), (1.5, "1.5"), (False, "false"), (None, None), ("", None),
         ("x" * 600, "absent"), ({"a": 1}, "absent"), ([], None)],
    )  # fmt: skip
    def test_values_are_texts_and_what_is_none_is_left_out(self, value: Any, kept: str | None) -> None:
        told = mapping.slices(read_ticket(ticket(custom_fields={"cf_x": value})), {})
        assert told.get("x", "absent") == kept

    @pytest.mark.parametrize("custom", [None, [], "x", 7])
    def test_fields_that_are_no_object_are_none(self, custom: Any) -> None:
        assert set(mapping.slices(read_ticket(ticket(custom_fields=custom)), {})) == {"type", "priority", "product"}

    @pytest.mark.parametrize(
        ("name", "options", "key"),
        [
            ("csat", {}, "cf_csat"), ("cf_csat", {}, "cf_csat"), ("csat", {"fields": {"csat": "cf_x_12"}}, "cf_x_12"),
            ("ces", {"fields": {"csat": "cf_x_12"}}, "cf_ces"), ("csat", {"fields": {"csat": ""}}, "cf_csat"),
            ("csat", {"fields": None}, "cf_csat"), ("csat", {"fields": {"csat": 7}}, "cf_csat"),
        ],
    )  # fmt: skip
    def test_a_field_of_ours_goes_by_the_key_that_freshdesk_gave_it(
        self, name: str, options: dict[str, Any], key: str
    ) -> None:
        assert mapping.own_field(name, options) == key


class TestShapes:
    @pytest.mark.parametrize("id_", [1, "1", 2**62, "9" * 18])
    def test_an_id_is_a_number_or_one_written_as_a_text(self, id_: Any) -> None:
        assert read_ticket(ticket(id=id_)).id == str(id_)

    @pytest.mark.parametrize("id_", [None, "", "x", "1.0", 1.0, True, -1, 2**63, "9" * 30, [], {}, "٣", " 1"])
    def test_what_is_no_id_is_rejected_in_an_answer_and_unreadable_in_a_call(self, id_: Any) -> None:
        with pytest.raises(Rejected, match="not what its API documents: id"):
            payloads.one(Ticket, ticket(id=id_))
        with pytest.raises(Unreadable, match="not what Freshdesk sends: id"):
            payloads.of_call(Ticket, ticket(id=id_))

    @pytest.mark.parametrize("name", ["requester_id", "responder_id", "group_id", "product_id"])
    def test_an_empty_id_is_nobodys(self, name: str) -> None:
        field = {"requester_id": "requester", "responder_id": "agent", "group_id": "group", "product_id": "product"}
        for nobody in (None, ""):
            assert getattr(read_ticket({**ticket(), name: nobody}), field[name]) is None

    @pytest.mark.parametrize(
        "moment_",
        ["2026-06-15", "2026-06-15T08:00:00", "0001-01-01T00:00:00Z", "never", "", 7, [], "2026-02-30T00:00:00Z"],
    )
    def test_what_is_no_moment_is_rejected(self, moment_: Any) -> None:
        with pytest.raises(Rejected, match="created_at"):
            payloads.one(Ticket, ticket(created_at=moment_))

    @pytest.mark.parametrize("text", ["2026-06-15T10:00:00+02:00", "2026-06-15T08:00:00Z", "2026-06-15T08:00:00.000Z"])
    def test_a_moment_is_the_same_in_every_offset(self, text: str) -> None:
        assert read_ticket(ticket(created_at=text)).created == at(0)

    @pytest.mark.parametrize("made", [Ticket, Conversation, Rating, Survey, Named])
    @pytest.mark.parametrize("told", [None, [], "x", 7, {}])
    def test_what_is_no_object_or_has_no_id_is_rejected(self, made: type[Any], told: Any) -> None:
        with pytest.raises(Rejected):
            payloads.one(made, told)

    def test_a_row_that_cannot_be_read_is_counted_and_hides_no_other(self) -> None:
        found = payloads.rows(Conversation, [said(1, 1), {"id": None}, 7, said(2, 2)])
        assert [one.id for one in found] == ["1", "2"]
        assert any(key.startswith("conversation row") for key in UNREAD)

    @pytest.mark.parametrize("told", [None, {}, "x", 7])
    def test_what_is_no_list_is_rejected(self, told: Any) -> None:
        with pytest.raises(Rejected, match="no list"):
            payloads.rows(Rating, told)

    @pytest.mark.parametrize(
        "told", [{}, {"default_question": None}, {"default_question": "103"}, [], None, "x", {"q": 1}]
    )
    def test_a_rating_without_an_answer_to_its_first_question_is_none(self, told: Any) -> None:
        with pytest.raises(Rejected, match="ratings"):
            payloads.one(Rating, rating(1, 5, ratings=told))

    @pytest.mark.parametrize(
        ("questions", "codes"),
        [
            ([{"id": "default_question", "accepted_ratings": [-103, 100, 103]}], (-103, 100, 103)),
            ([{"id": "q1", "accepted_ratings": [1]}, {"id": "default_question", "accepted_ratings": [2]}], (2,)),
            ([{"id": "question_3", "accepted_ratings": [-103, 103]}, {"id": "question_4"}], (-103, 103)),
            ([{"id": "default_question", "accepted_ratings": ["103", None, 103, True]}], (103,)),
            ([{"id": "default_question"}], ()), ([], ()), (None, ()), ("x", ()), ([7], ()),
        ],
    )  # fmt: skip
    def test_a_surveys_codes_are_those_of_its_first_question(self, questions: Any, codes: tuple[int, ...]) -> None:
        assert payloads.one(Survey, {"id": 1, "questions": questions}).codes == codes

    @pytest.mark.parametrize("flag", [None, 0, 1, "true", "x", []])
    def test_only_true_is_true(self, flag: Any) -> None:
        told = read_ticket(ticket(spam=flag, deleted=flag))
        assert (told.spam, told.deleted) == (False, False)

    @pytest.mark.parametrize("private", [None, "x", 1, 0])
    def test_what_is_not_said_to_be_public_is_private(self, private: Any) -> None:
        assert payloads.one(Conversation, said(1, 1, private=private)).private is True

    @given(name=st.text(alphabet=string.printable, max_size=600))
    def test_a_name_can_always_be_shown_in_one_line(self, name: str) -> None:
        shown = payloads.one(Named, {"id": 1, "name": name}).name
        assert shown.isprintable()
        assert len(shown) <= 512
