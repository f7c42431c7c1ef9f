"""Answers to the desk's own survey: which custom fields are read, which values are answers, and their dates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import answer_fields
from integrations.base import Present
from integrations.django_helpdesk import surveys
from integrations.times import DAY, SECOND
from tests.desks.django_helpdesk.samples import DESK, OPENED, access, by_form, call, entry, hook, present, read, ticket

CSAT = {"field": "stars", "comment": "words", "scale": [1, 5]}


@pytest.fixture(autouse=True)
def nothing_unread() -> None:
    answer_fields.UNREAD.clear()


def answers(custom: dict[str, Any], **declared: Any) -> Any:
    """The answers in a ticket with these custom fields; CSAT is asked unless said otherwise."""
    return present(read(ticket(by_form(), **custom), answers=declared or {"csat": CSAT})).get("answers")


def seen_after(days: int) -> Present:
    """The present values of an answered ticket, seen so many days after its last entry."""
    body = hook(ticket(by_form(), custom_stars=4))
    (now,) = DESK.parse(call(body, received_at=OPENED + days * DAY + SECOND), access(answers={"csat": CSAT})).present
    return now


def test_a_score_and_its_comment_are_an_answer() -> None:
    assert answers({"custom_stars": 2, "custom_words": "  Too late\n"}) == [
        {"kind": "csat", "survey": "stars", "score": 2, "scale": [1, 5], "comment": "Too late"}
    ]


@pytest.mark.parametrize(("value", "score"), [("4", 4), ("4.50", 4.5), (5, 5), (1.0, 1)])
def test_a_number_is_read_from_any_kind_of_field(value: object, score: float) -> None:
    (answer,) = answers({"custom_stars": value})
    assert answer["score"] == score
    assert "comment" not in answer
    assert answers({"custom_stars": value, "custom_words": " \n"}) == [answer]


@pytest.mark.parametrize("value", [6, -1, 0.5, 5.01, True, "good", "6", "nan", "inf", [3], {}, "1e400", 2**70])
def test_what_is_not_on_the_scale_is_no_answer_and_counted(value: object) -> None:
    assert answers({"custom_stars": value, "custom_words": "Words"}) is None
    assert answer_fields.UNREAD == {"csat in stars": 1}


@pytest.mark.parametrize("value", [None, "", 0, "0", 0.0, "0.00"])
def test_nothing_and_the_zero_of_a_field_that_nobody_filled_are_no_answer_and_no_mistake(value: object) -> None:
    assert answers({"custom_stars": value, "custom_words": "Words"}) is None
    assert not answer_fields.UNREAD


def test_a_zero_is_an_answer_where_the_scale_has_one() -> None:
    (answer,) = answers({"custom_stars": "0"}, nps={"field": "stars", "scale": [0, 10]})
    assert (answer["kind"], answer["score"], answer["scale"]) == ("nps", 0, [0, 10])


def test_what_is_not_on_the_scale_is_logged_once_for_each_field_and_never_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    both = {"csat": CSAT, "ces": {"field": "effort", "scale": [1, 7]}}
    with caplog.at_level("WARNING"):
        for _ in range(3):
            assert answers({"custom_stars": "jo@customer.example", "custom_effort": 8}, **both) is None
    assert answer_fields.UNREAD == {"csat in stars": 3, "ces in effort": 3}
    assert [record.message for record in caplog.records] == [
        "csat in stars: a ticket holds what is no number from 1 to 5; left out",
        "ces in effort: a ticket holds what is no number from 1 to 7; left out",
    ]


@given(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
def test_whatever_stands_in_the_fields_the_ticket_is_read(value: object) -> None:
    for answer in answers({"custom_stars": value, "custom_words": value}) or ():
        assert 1 <= answer["score"] <= 5


def test_each_kind_of_survey_has_fields_of_its_own() -> None:
    told = answers({"custom_stars": 5, "custom_effort": "2"}, csat=CSAT, ces={"field": "effort", "scale": [1, 7]})
    assert [(answer["kind"], answer["score"], answer["scale"]) for answer in told] == [
        ("csat", 5, [1, 5]),
        ("ces", 2, [1, 7]),
    ]


def test_answers_are_no_slices_of_tickets() -> None:
    custom = {"custom_stars": 2, "custom_words": "Late", "custom_region": "south"}
    told = present(read(ticket(by_form(), **custom), answers={"csat": CSAT}))
    assert told["fields"] == {"region": "south"}
    assert "stars" in present(read(ticket(by_form(), **custom)))["fields"], "unless nobody declared them answers"


def test_without_a_declaration_nothing_is_an_answer() -> None:
    assert "answers" not in present(read(ticket(by_form(), custom_stars=2, custom_csat=2)))


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ({"mood": CSAT}, "kinds are csat, ces, nps"),
        ({"csat": "stars"}, "must hold field and scale"),
        ({"csat": {"field": "stars"}}, "must hold field and scale"),
        ({"csat": {**CSAT, "colour": "red"}}, "must hold field and scale"),
        ({"csat": {**CSAT, "scale": [5, 1]}}, "two whole numbers, the lower first"),
        ({"csat": {**CSAT, "scale": "1-5"}}, "two whole numbers, the lower first"),
        ({"csat": {**CSAT, "scale": [5, 5]}}, "two whole numbers, the lower first"),
        ({"csat": {**CSAT, "scale": [1, 5.5]}}, "two whole numbers, the lower first"),
        ({"csat": {**CSAT, "scale": [False, 5]}}, "two whole numbers, the lower first"),
        ({"csat": {**CSAT, "field": ""}}, "names of custom fields"),
        ({"csat": {**CSAT, "field": 7}}, "names of custom fields"),
        ({"csat": {**CSAT, "field": "csat"}}, "reads or writes csat for another purpose"),
        ({"csat": {**CSAT, "comment": "tags"}}, "reads or writes tags for another purpose"),
        ({"csat": {**CSAT, "field": "deskpulse_channel"}}, "reads or writes deskpulse_channel"),
    ],
)
def test_a_declaration_that_cannot_be_read_says_why_and_reads_nothing(declared: Any, wrong: str) -> None:
    (sentence,) = surveys.mistakes({"answers": declared})
    assert wrong in sentence
    assert sentence.startswith(f"No answers are read from [desk.answers.{next(iter(declared))}]: ")
    assert surveys.declared({"answers": declared}) == []


def test_a_declaration_that_is_no_table_says_so() -> None:
    assert surveys.mistakes({"answers": "stars"}) == [
        "[desk.answers] must hold a table for each kind of survey, such as [desk.answers.csat]."
    ]


def test_one_wrong_declaration_leaves_the_others() -> None:
    assert len(answers({"custom_stars": 2}, csat=CSAT, nps={"field": "x", "scale": []})) == 1


def test_an_answer_is_dated_when_it_is_seen_unless_its_ticket_is_an_old_one() -> None:
    assert seen_after(6).times == {}
    assert seen_after(8).times == {"answers": OPENED}
    body = hook(ticket(by_form(), entry(502, 60 * 24), custom_stars=4))
    for days, times in ((8, {}), (9, {"answers": OPENED + DAY})):
        moment = OPENED + days * DAY + (SECOND if times else 0)
        assert DESK.parse(call(body, received_at=moment), access()).present[0].times == times
