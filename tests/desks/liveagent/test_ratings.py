"""Ratings: from the report, once each, also the neutral and the invalidated ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.events import Event
from integrations.liveagent.payloads import Rank
from integrations.liveagent.ratings import answers_of
from integrations.liveagent.unread import UNREAD
from integrations.times import DAY, HOUR, SECOND, Instant
from tests.desks.liveagent.world import DESK, NOW, ZAGREB, Office, at, only

RANK = Rank(
    ticket="k3v9w1qa",
    at="2026-06-10 11:42:10",
    type="P",
    agent_email="Eva@desk.example",
    customer="co77",
    address="jo@customers.example",
    comment="Too slow",
)
AGENTS = {"eva@desk.example": "ag000002"}


@pytest.fixture
def office() -> Office:
    return Office()


def told(*ranks: Rank) -> list[Event]:
    return answers_of(ranks, AGENTS, ZAGREB)


def reconciled(office: Office, *, since: Instant = NOW - HOUR, **access: Any) -> list[Event]:
    with office.open(**access) as session:
        return [one for page in DESK.reconcile(session, since=since) for one in page.reading.events]


def test_a_rating_is_an_answer_on_the_scale_of_three() -> None:
    (answer,) = told(RANK)
    assert answer.at == at("06-10 11:42") + 10 * SECOND
    assert answer.ticket == "k3v9w1qa"
    assert {name: value for name, value in answer.data.items() if name != "survey"} == {
        "kind": "csat",
        "score": 1,
        "scale": [1, 3],
        "agent": "ag000002",
        "customer": "co77",
        "comment": "Too slow",
    }


@pytest.mark.parametrize(("word", "score"), [("R", 3), ("W", 3), ("N", 2), ("O", 2), ("P", 1)])
def test_the_score_follows_the_rating(word: str, score: int) -> None:
    assert told(replace(RANK, type=word))[0].data["score"] == score


@pytest.mark.parametrize(
    "again",
    [
        replace(RANK, at="2026-06-10 11:42:59"),
        replace(RANK, comment=None),
        replace(RANK, agent_email="EVA@DESK.EXAMPLE"),
        replace(RANK, type="punishment"),
        replace(RANK, address=None),
    ],
)
def test_a_rating_that_liveagent_reports_twice_is_one_answer(again: Rank) -> None:
    assert told(RANK)[0].id == told(again)[0].id
    assert told(RANK)[0].data["survey"] == told(again)[0].data["survey"]


@pytest.mark.parametrize(
    "other",
    [
        replace(RANK, at="2026-06-10 11:43:00"),
        replace(RANK, ticket="other"),
        replace(RANK, agent_email="ivo@desk.example"),
        replace(RANK, customer="co78"),
        replace(RANK, type="R"),
    ],
)
def test_a_rating_of_another_minute_ticket_agent_customer_or_kind_is_another_answer(other: Rank) -> None:
    assert told(RANK)[0].id != told(other)[0].id


def test_a_customer_without_an_id_is_known_by_the_address_in_any_case() -> None:
    anonymous = replace(RANK, customer=None)
    assert told(anonymous)[0].data["customer"] == "jo@customers.example"
    assert told(anonymous)[0].id == told(replace(anonymous, address="JO@Customers.example"))[0].id
    assert told(anonymous)[0].id != told(replace(anonymous, address="mo@customers.example"))[0].id
    assert told(anonymous)[0].id != told(RANK)[0].id


def test_an_agent_whom_nobody_knows_is_left_to_the_ticket() -> None:
    assert "agent" not in told(replace(RANK, agent_email="gone@desk.example"))[0].data
    assert "agent" not in told(replace(RANK, agent_email=None))[0].data


def test_an_invalidated_rating_is_answered_and_then_invalidated() -> None:
    answer, invalidated = told(replace(RANK, validity="N"))
    assert (answer.type, invalidated.type) == ("survey.answered", "survey.invalidated")
    assert answer.id == told(RANK)[0].id
    assert invalidated.data["survey"] == answer.data["survey"]
    assert (invalidated.at, invalidated.data["kind"]) == (answer.at, "csat")
    assert told(replace(RANK, validity="N")) == [answer, invalidated]


def test_a_rating_of_an_unknown_type_is_counted_and_the_others_are_read() -> None:
    UNREAD.clear()
    assert len(told(replace(RANK, type="Z"), RANK)) == 1
    assert UNREAD == {"rankingType 'Z'": 1}


def test_a_refresh_tells_the_ratings_that_the_ticket_shows(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    other = office.letter(at("06-10 09:00"))
    office.world.rate(ticket, at("06-10 10:00"), office.eva, "P", "Too slow")
    office.world.rate(other, at("06-10 10:00"), office.eva, "R")
    (answer,) = only(office.told(ticket), "survey.answered")
    assert answer.data["score"] == 1
    assert answer.data["agent"] == office.eva.id
    assert answer.data["comment"] == "Too slow"
    assert answer.ticket == ticket.id


def test_a_refresh_and_the_report_tell_the_same_answer(office: Office) -> None:
    ticket = office.letter(at("06-14 09:00"))
    office.world.rate(ticket, at("06-14 10:00"), office.eva, "R", "Fine")
    by_refresh = only(office.told(ticket), "survey.answered")
    by_report = only(reconciled(office), "survey.answered")
    assert by_refresh == by_report


def test_a_ticket_without_ratings_does_not_ask_for_the_report(office: Office) -> None:
    office.told(office.letter(at("06-10 09:00")))
    assert not any("ranking" in request for request in office.simulator.api.requests)


def test_a_neutral_rating_fires_no_rule_and_is_found_by_the_reconciliation(office: Office) -> None:
    ticket = office.letter(at("06-14 09:00"))
    office.world.fired.clear()
    office.world.rate(ticket, at("06-14 10:00"), office.eva, "N")
    assert office.world.fired == []
    assert only(office.told(ticket), "survey.answered") == []
    assert [one.data["score"] for one in only(reconciled(office), "survey.answered")] == [2]


@pytest.mark.parametrize(
    ("now", "age", "found"),
    [
        (at("06-15 14:00"), 47 * HOUR, 1),
        (at("06-15 14:00"), 49 * HOUR, 0),
        (at("06-15 03:30"), 29 * DAY, 1),
        (at("06-15 03:30"), 31 * DAY, 0),
    ],
)
def test_ratings_are_looked_for_48_hours_back_and_at_night_30_days(
    office: Office, now: Instant, age: Instant, found: int
) -> None:
    office.now = now
    ticket = office.letter(now - 40 * DAY)
    office.world.rate(ticket, now - age, office.eva, "R")
    assert len(only(reconciled(office, since=now - HOUR), "survey.answered")) == found


def test_a_rating_that_was_invalidated_in_liveagent_is_told_where_the_account_names_the_column(office: Office) -> None:
    ticket = office.letter(at("06-14 09:00"))
    office.world.rate(ticket, at("06-14 10:00"), office.eva, "P").valid = False
    named = {"rating_validity_column": "validity"}
    types = [one.type for one in reconciled(office, options=named) if one.type.startswith("survey")]
    assert types == ["survey.answered", "survey.invalidated"]
    assert only(reconciled(office), "survey.invalidated") == []


def test_the_same_rating_in_every_reconciliation_is_the_same_event(office: Office) -> None:
    ticket = office.letter(at("06-14 09:00"))
    office.world.rate(ticket, at("06-14 10:00"), office.eva, "R", "Fine")
    office.world.rate(ticket, at("06-14 10:00"), office.eva, "R")  # reported twice
    answers = [*only(reconciled(office), "survey.answered"), *only(reconciled(office), "survey.answered")]
    assert len(answers) == 4
    assert len({one.id for one in answers}) == 1


def test_more_ratings_than_one_answer_holds_are_read_to_the_end(office: Office) -> None:
    ticket = office.letter(at("06-14 09:00"))
    for number in range(1003):
        office.world.rate(ticket, at("06-14 10:00") + number * SECOND, office.eva, "N")
    assert len(only(reconciled(office), "survey.answered")) == 1003


def test_a_refresh_finds_its_rating_behind_a_thousand_others_of_those_days(office: Office) -> None:
    busy, ticket = office.letter(at("06-10 09:00")), office.letter(at("06-10 09:00"))
    for number in range(1000):
        office.world.rate(busy, at("06-10 10:00") + number * SECOND, office.eva, "N")
    office.world.rate(ticket, at("06-10 11:00"), office.eva, "R")
    assert [one.data["score"] for one in only(office.told(ticket), "survey.answered")] == [3]
