"""Both surveys: good and bad ratings, and the newer responses; by call, refresh and poll, each answer once."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import Page
from integrations.errors import Unreadable
from integrations.events import Event
from integrations.times import DAY, HOUR
from integrations.zendesk import mapping, surveys
from integrations.zendesk.survey_payloads import Answered, read_rating, read_response
from tests.desks.zendesk.office import DESK, NOW, Office, at, only
from workers.tickets import fold


@pytest.fixture
def office() -> Office:
    return Office()


def solved(office: Office) -> Any:
    """A ticket that Eva solved after an hour, and about which Jo was asked two minutes later."""
    ticket = office.ticket()
    office.answered(ticket, 60, status="solved")
    office.world.offer(ticket, at(62))
    return ticket


def polled(office: Office, *, since: int = NOW - 30 * DAY) -> list[Event]:
    with office.open() as (session, _):
        pages: list[Page] = list(DESK.reconcile(session, since=since))
    return [one for page in pages for one in page.reading.events if one.type.startswith("survey.")]


def refreshed(office: Office, ticket: Any) -> list[Event]:
    return [one for one in office.refreshed(ticket).events if one.type.startswith("survey.")]


@pytest.mark.parametrize("survey", ["good and bad", "newer"])
def test_a_survey_that_was_put_to_the_customer_is_told(office: Office, survey: str) -> None:
    office.world.survey = survey
    (sent,) = refreshed(office, solved(office))
    assert (sent.type, sent.at, sent.data) == ("survey.sent", at(62), {"survey": "satisfaction", "kind": "csat"})


@pytest.mark.parametrize(("score", "comment"), [(1, "Quick & friendly"), (0, "Nobody read it"), (1, "")])
def test_a_rating_is_an_answer_with_its_comment_and_agent(office: Office, score: int, comment: str) -> None:
    ticket = solved(office)
    office.world.rate(ticket, at(90), score, comment)
    _, answer = refreshed(office, ticket)
    expected = {"survey": "satisfaction", "kind": "csat", "score": score, "scale": [0, 1], "agent": str(office.eva.id)}
    assert (answer.type, answer.at) == ("survey.answered", at(90))
    assert answer.data == (expected | {"comment": comment} if comment else expected)


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_response_to_the_newer_survey_is_an_answer_on_its_scale(office: Office, score: int) -> None:
    office.world.survey = "newer"
    ticket = solved(office)
    office.world.rate(ticket, at(90), score, "So so")
    _, answer = refreshed(office, ticket)
    expected = {"survey": "satisfaction", "kind": "csat", "score": score, "scale": [1, 5], "comment": "So so"}
    assert (answer.at, answer.data) == (at(90), expected)


@pytest.mark.parametrize(("survey", "score"), [("good and bad", 1), ("newer", 5)])
def test_poll_and_refresh_tell_one_answer(office: Office, survey: str, score: int) -> None:
    office.world.survey = survey
    ticket = solved(office)
    office.world.rate(ticket, at(90), score, "Thanks")
    (by_poll,) = polled(office)
    by_refresh = refreshed(office, ticket)[-1]
    assert (by_poll.id, by_poll.content_hash()) == (by_refresh.id, by_refresh.content_hash())


def test_the_trigger_s_call_only_asks_so_that_the_rating_itself_is_the_truth(office: Office) -> None:
    ticket = solved(office)
    office.told()
    office.world.rate(ticket, at(90), 0, "It took two days")
    (reading,) = office.told()
    assert (reading.events, reading.present, reading.refresh) == ((), (), ("1",))


@pytest.mark.parametrize("survey", ["good and bad", "newer"])
def test_a_changed_answer_replaces_the_one_before(office: Office, survey: str) -> None:
    office.world.survey = survey
    low, high, scale = (0, 1, [0, 1]) if survey == "good and bad" else (2, 5, [1, 5])
    ticket = solved(office)
    office.world.rate(ticket, at(90), high, "Thanks")
    first = refreshed(office, ticket)
    office.world.rate(ticket, at(120), low, "It broke again")
    second = refreshed(office, ticket)
    for order in ([*first, *second], [*second, *first]):
        (answer,) = fold("1", [*office.refreshed(ticket).events, *order]).standing_answers()
        assert (answer.score, answer.comment, [answer.low, answer.high]) == (low, "It broke again", scale)


def test_a_ticket_whose_rating_is_gone_tells_none(office: Office) -> None:
    ticket = solved(office)
    office.world.rate(ticket, at(90), 1)
    office.world.ratings.clear()
    assert [one.type for one in refreshed(office, ticket)] == ["survey.sent"]


@pytest.mark.parametrize("rating", [None, {}, {"score": "good"}, {"score": "offered", "id": 9}, {"id": None}, 7])
def test_a_ticket_without_a_rating_asks_for_none(office: Office, rating: Any) -> None:
    ticket = office.ticket()
    ticket.rating = rating
    with office.open() as (session, wire):
        reading = DESK.refresh("1", session)
    assert not [one for one in wire.sent if "satisfaction" in one]
    assert only(list(reading.events), "survey.answered") == []


def test_a_rating_of_yesterday_is_polled_although_the_look_back_is_an_hour(office: Office) -> None:
    ticket = office.ticket()
    office.world.rate(ticket, NOW - DAY - HOUR, 1)
    ticket.updated = NOW - DAY
    assert [one.type for one in polled(office, since=NOW - HOUR)] == ["survey.answered"]


def test_ratings_older_than_two_days_are_left_to_the_back_fill(office: Office) -> None:
    office.world.rate(office.ticket(), NOW - 3 * DAY, 1)
    assert polled(office, since=NOW - HOUR) == []
    assert len(polled(office, since=NOW - 4 * DAY)) == 1


def test_many_ratings_are_polled_page_by_page(office: Office) -> None:
    office.api.page_size = 2
    for minute in range(7):
        office.world.rate(office.ticket(minute), at(60 + minute), minute % 2)
    found = polled(office)
    assert sorted((int(one.ticket), one.data["score"]) for one in found) == [(n + 1, n % 2) for n in range(7)]


@pytest.mark.parametrize(("ratings", "responses"), [(False, True), (True, False), (False, False)])
def test_a_plan_without_one_of_the_surveys_is_polled_all_the_same(
    office: Office, ratings: bool, responses: bool
) -> None:
    office.world.rate(office.ticket(), at(30), 1)
    office.world.survey = "newer"
    office.world.rate(office.ticket(1), at(40), 5)
    office.api.has_ratings, office.api.has_responses = ratings, responses
    assert len(polled(office)) == ratings + responses


# ------------------------------------------------------------------------------------------------ shapes

RATING = {"id": 62, "ticket_id": 208, "score": "good", "created_at": "2026-06-15T09:00:00Z", "assignee_id": 135}


@pytest.mark.parametrize(
    ("word", "score"),
    [("good", 1), ("bad", 0), ("good_with_comment", 1), ("badwithcomment", 0), ("GOOD", 1), ("offered", None),
     ("unoffered", None), ("", None), ("5", None)],
)  # fmt: skip
def test_the_words_of_ratings_are_scores_or_none(word: str, score: int | None) -> None:
    assert mapping.score(word) == score
    found = list(surveys.of_ratings([read_rating({**RATING, "score": word})]))
    assert [one.data["score"] for one in found] == ([] if score is None else [score])


def test_a_rating_is_dated_by_its_last_change() -> None:
    assert read_rating(RATING).at == at(0)
    assert read_rating({**RATING, "updated_at": "2026-06-15T10:00:00Z"}).at == at(60)
    assert read_rating({**RATING, "updated_at": "2026-06-15T08:00:00Z"}).at == at(0)


@pytest.mark.parametrize("name", ["id", "ticket_id", "created_at"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_rating_without_what_it_needs_cannot_be_read(name: str, value: Any) -> None:
    with pytest.raises(Unreadable, match="satisfaction rating: cannot read"):
        read_rating({**RATING, name: value})


def response(*answers: Any, **changes: Any) -> dict[str, Any]:
    return {"id": "01JX", "subjects": [{"type": "ticket", "id": "208"}], "answers": list(answers), **changes}


def scaled(rating: Any = 4, **changes: Any) -> dict[str, Any]:
    question = {"sub_type": "customer_satisfaction", "options": [{"rating": number} for number in (1, 2, 3, 4, 5)]}
    return {
        "type": "rating_scale", "rating": rating, "question": question, "created_at": "2026-06-15T09:00:00Z", **changes,
    }  # fmt: skip


def test_a_response_has_its_rating_and_all_its_words() -> None:
    said = [{"type": "open_ended", "value": "Slow"}, {"type": "open_ended", "value": {"text": "but kind"}}]
    (answer,) = read_response(response(scaled(), *said, {"type": "skipped"}, {"type": "closed_ended"}))
    assert answer == Answered("208", "customer_satisfaction", 4, (1, 5), at(0), "Slow\nbut kind")


@pytest.mark.parametrize(
    ("options", "scale"),
    [([1, 2, 3], (1, 3)), ([1, 5], (1, 5)), ([0, 10], (0, 10)), ([], (1, 5)), (None, (1, 5)), ([7], (1, 5)),
     ([True, False], (1, 5)), (["1", "3"], (1, 5)), ([2, 3], (2, 3))],
)  # fmt: skip
def test_the_scale_is_that_of_the_options(options: Any, scale: tuple[int, int]) -> None:
    rows = None if options is None else [{"rating": number} for number in options]
    (answer,) = read_response(response(scaled(3, question={"options": rows})))
    assert answer.scale == scale


def test_an_answer_is_dated_by_its_last_change() -> None:
    (answer,) = read_response(response(scaled(updated_at="2026-06-15T10:00:00Z")))
    assert answer.at == at(60)


@pytest.mark.parametrize(
    "told",
    [None, {}, [], "x", response(scaled(), subjects=[]), response(scaled(), subjects=None),
     response(scaled(), subjects=[{"type": "user", "id": "1"}]), response(scaled(), subjects=[{"type": "ticket"}])],
)  # fmt: skip
def test_a_response_without_what_it_needs_cannot_be_read(told: Any) -> None:
    with pytest.raises(Unreadable, match="survey response"):
        read_response(told)


@pytest.mark.parametrize(
    "broken",
    [scaled(None), scaled("4"), scaled(True), scaled(created_at=None), scaled(created_at="soon"), {"type": "skipped"}],
)
def test_an_answer_that_cannot_be_read_does_not_hide_those_beside_it(broken: Any) -> None:
    assert read_response(response(broken)) == []
    assert [one.score for one in read_response(response(broken, scaled(2)))] == [2]


@pytest.mark.parametrize(
    ("question", "kind"),
    [("customer_satisfaction", "csat"), ("customer_effort", "ces"), ("net_promoter_score", "nps"), ("mood", None)],
)
def test_only_questions_that_are_known_become_answers(question: str, kind: str | None) -> None:
    answers = surveys.of_responses([Answered("208", question, 3, (1, 5), at(0), None)])
    assert [one.data["kind"] for one in answers] == ([] if kind is None else [kind])


@pytest.mark.parametrize("score", [0, 6, 10**12])
def test_a_rating_off_its_own_scale_is_no_answer(score: float) -> None:
    assert list(surveys.of_responses([Answered("208", "customer_satisfaction", score, (1, 5), at(0), "x")])) == []
