"""Answers in attributes of tickets: which are read, when they were given, and which are none."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from integrations import answer_fields
from integrations.base import Reading
from integrations.zammad import answers
from integrations.zammad.payloads import read_ticket
from tests.desks.zammad.office import CLOSED, Office, at, of_type, present, ticket
from workers.observing import observed
from workers.tickets import fold

CSAT = {"field": "survey_score", "scale": [1, 5], "comment": "survey_comment"}
OPTIONS = {"answers": {"csat": CSAT}}


def scored(score: Any, comment: Any = None) -> list[Any]:
    told = read_ticket(ticket(survey_score=score, survey_comment=comment))
    return [dict(one) for one in answers.standing(told, OPTIONS)]


class TestStanding:
    @pytest.mark.parametrize(
        ("held", "score"), [("4", 4), (4, 4), ("4.0", 4), (2.5, 2.5), (" 3 ", 3), ("1", 1), (5, 5)]
    )
    def test_a_number_on_the_scale_is_an_answer(self, held: Any, score: float) -> None:
        assert scored(held) == [{"kind": "csat", "survey": "survey_score", "score": score, "scale": [1, 5]}]

    @pytest.mark.parametrize(
        "held", [None, "", "-", "good", "6", 0, "-1", True, [], {}, "nan", "inf", "1e400", "4 stars"]
    )
    def test_anything_else_is_none(self, held: Any) -> None:
        assert scored(held) == []

    @pytest.mark.parametrize(
        ("held", "comment"), [("  Late  ", "Late"), ("", None), ("  ", None), (None, None), (7, None)]
    )
    def test_the_words_beside_it_are_its_comment(self, held: Any, comment: str | None) -> None:
        assert scored("2", held)[0].get("comment") == comment

    def test_several_surveys_are_several_answers(self) -> None:
        options = {"answers": {"csat": CSAT, "nps": {"field": "recommend", "scale": [0, 10]}}}
        told = read_ticket(ticket(survey_score="5", recommend="9"))
        assert [(one["kind"], one["score"]) for one in answers.standing(told, options)] == [("csat", 5), ("nps", 9)]

    def test_what_is_no_score_is_counted_and_logged_once_without_the_value(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer_fields.UNREAD.clear()
        with caplog.at_level(logging.WARNING):
            scored("my secret")
            scored("another")
        assert answer_fields.UNREAD == {"csat in survey_score": 2}
        assert [record.getMessage() for record in caplog.records] == [
            "csat in survey_score: a ticket holds what is no number from 1 to 5; left out"
        ]

    def test_an_empty_attribute_is_not_counted(self) -> None:
        answer_fields.UNREAD.clear()
        scored(None)
        scored("")
        assert not answer_fields.UNREAD


class TestHistory:
    @pytest.fixture
    def office(self) -> Office:
        return Office()

    def told(self, office: Office, number: int) -> Reading:
        return office.told(office.world.tickets[number], options=OPTIONS)

    def test_an_answer_is_dated_by_the_change_that_was_it(self, office: Office) -> None:
        one = office.letter(at("10 09:00"))
        office.world.change(one, at("10 10:00"), office.eva.id, state=CLOSED)
        office.world.change(one, at("10 11:00"), 1, survey_score="2", survey_comment="Late")
        office.world.tag(one, at("10 12:00"), office.eva.id, "vip")
        reading = self.told(office, one.id)
        (answer,) = of_type(reading, "survey.answered")
        assert answer.at == at("10 11:00")
        assert answer.data == {
            "kind": "csat", "survey": "survey_score", "score": 2, "scale": [1, 5], "comment": "Late",
        }  # fmt: skip
        made = fold(str(one.id), reading.events)
        assert list(observed(reading.present[0], made)) == []

    def test_a_second_thought_is_a_second_answer(self, office: Office) -> None:
        one = office.letter(at("10 09:00"))
        office.world.change(one, at("10 11:00"), 1, survey_score="2")
        office.world.change(one, at("10 12:00"), 1, survey_score="5")
        reading = self.told(office, one.id)
        assert [(told.at, told.data["score"]) for told in of_type(reading, "survey.answered")] == [
            (at("10 11:00"), 2),
            (at("10 12:00"), 5),
        ]
        (standing,) = fold(str(one.id), reading.events).standing_answers()
        assert standing.score == 5

    def test_an_answer_that_was_there_from_the_beginning_is_told_by_what_stands(self, office: Office) -> None:
        one = office.letter(at("10 09:00"), survey_score="4")
        reading = self.told(office, one.id)
        assert of_type(reading, "survey.answered") == []
        (seen,) = [told for told in observed(reading.present[0], fold(str(one.id), reading.events))
                   if told.type == "survey.answered"]  # fmt: skip
        assert (seen.data["score"], seen.at) == (4, at("10 09:00"))

    def test_an_answer_that_was_taken_back_leaves_nothing_standing(self, office: Office) -> None:
        one = office.letter(at("10 09:00"))
        office.world.change(one, at("10 11:00"), 1, survey_score="2")
        office.world.change(one, at("10 12:00"), 1, survey_score=None)
        reading = self.told(office, one.id)
        assert "answers" not in present(reading)
        assert len(of_type(reading, "survey.answered")) == 1

    def test_what_holds_an_answer_tells_no_tickets_apart(self, office: Office) -> None:
        one = office.letter(at("10 09:00"), region="north", survey_score="4", survey_comment="ok")
        assert set(present(self.told(office, one.id))["fields"]) == {"priority", "region"}

    def test_without_a_declaration_an_attribute_is_an_attribute(self, office: Office) -> None:
        one = office.letter(at("10 09:00"), survey_score="4")
        reading = office.told(one)
        assert "answers" not in present(reading)
        assert present(reading)["fields"]["survey_score"] == "4"


class TestDeclarations:
    def test_a_good_one_has_no_mistakes(self) -> None:
        assert answers.mistakes(OPTIONS) == []
        assert answers.attributes(OPTIONS) == {"survey_score", "survey_comment"}

    def test_none_is_none(self) -> None:
        assert (answers.mistakes({}), answers.surveys({}), answers.attributes({})) == ([], [], frozenset())

    @pytest.mark.parametrize("table", ["csat", 7, [], True])
    def test_what_is_no_table_is_named(self, table: Any) -> None:
        (sentence,) = answers.mistakes({"answers": table})
        assert "[desk.answers.csat]" in sentence

    @pytest.mark.parametrize(
        ("kind", "where", "why"),
        [
            ("smiles", CSAT, "the kinds are csat, ces, nps"),
            ("csat", "survey_score", "it must hold field and scale"),
            ("csat", {"field": "a"}, "it must hold field and scale"),
            ("csat", {"scale": [1, 5]}, "it must hold field and scale"),
            ("csat", {**CSAT, "agent": "x"}, "it must hold field and scale"),
            ("csat", {**CSAT, "scale": [5, 1]}, "scale must be two whole numbers"),
            ("csat", {**CSAT, "scale": [1]}, "scale must be two whole numbers"),
            ("csat", {**CSAT, "scale": [False, True]}, "scale must be two whole numbers"),
            ("csat", {**CSAT, "scale": "1-5"}, "scale must be two whole numbers"),
            ("csat", {**CSAT, "field": ""}, "names of custom fields"),
            ("csat", {**CSAT, "field": 7}, "names of custom fields"),
            ("csat", {**CSAT, "field": "csat"}, "csat is Zammad's own or written by Deskpulse"),
            ("csat", {**CSAT, "field": "state_id"}, "state_id is Zammad's own or written by Deskpulse"),
            ("csat", {**CSAT, "comment": "note"}, "note is Zammad's own or written by Deskpulse"),
            ("csat", {**CSAT, "comment": "deskpulse_x"}, "deskpulse_x is Zammad's own or written by Deskpulse"),
        ],
    )
    def test_a_wrong_one_is_named_with_what_is_wrong_and_not_read(self, kind: str, where: Any, why: str) -> None:
        options = {"answers": {kind: where}}
        (sentence,) = answers.mistakes(options)
        assert sentence.startswith(f"No answers are read from [desk.answers.{kind}]: ")
        assert why in sentence
        assert answers.surveys(options) == []

    def test_a_wrong_one_does_not_hide_a_good_one(self) -> None:
        options = {"answers": {"ces": {}, "csat": CSAT}}
        assert [survey.kind for survey in answers.surveys(options)] == ["csat"]
        assert len(answers.mistakes(options)) == 1
