"""Answers given on our own pages: read like a desk's call, doubted ones apart, and never taken from outside."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Access, Call
from integrations.errors import BadProof, Unreadable
from integrations.registry import DESK_NAMES, desk_named, reader_named
from integrations.survey_calls import GivenAnswer, SurveyCalls
from integrations.survey_ids import apart, asked_as, survey_id
from integrations.times import instant_of_iso

NOON = instant_of_iso("2026-03-02T12:00:00Z")
ACCESS = Access(url="", credentials={}, zone=ZoneInfo("UTC"))
GIVEN: dict[str, Any] = {
    "ticket": "T1", "kind": "ces", "survey": "deskpulse-ces", "score": 4, "scale": (1, 5), "version": "1",
    "touchpoint": "after resolution", "direction": "easy", "evidence": {"agent": "a browser"},
}  # fmt: skip


def read(given: GivenAnswer, at: int = NOON) -> list[tuple[str, dict[str, Any]]]:
    reading = SurveyCalls().parse(Call(given.body(), {}, {}, at), ACCESS)
    assert all(event.at == at and event.ticket == given.ticket for event in reading.events)
    return [(event.type, dict(event.data)) for event in reading.events]


def test_an_answer_is_one_event_without_the_evidence() -> None:
    ((type_, data),) = read(GivenAnswer(**GIVEN, comment="Quick"))
    told = {**GIVEN, "scale": [1, 5], "comment": "Quick"}
    assert type_ == "survey.answered"
    assert data == {name: told[name] for name in told if name not in ("ticket", "evidence")}


def test_a_doubted_answer_is_kept_and_invalidated_under_an_id_of_its_own() -> None:
    (answered, said), (invalidated, why) = read(GivenAnswer(**GIVEN, suspect="too_fast"))
    assert (answered, invalidated) == ("survey.answered", "survey.invalidated")
    assert said["survey"] == why["survey"] != "deskpulse-ces"
    assert asked_as(said["survey"]) == "deskpulse-ces"
    assert why["reason"] == "suspect:too_fast"


def test_two_doubted_answers_stand_apart_and_one_that_is_read_again_is_the_same() -> None:
    doubted = GivenAnswer(**GIVEN, suspect="no_form")
    ids = [read(doubted, at)[0][1]["survey"] for at in (NOON, NOON + 1, NOON)]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"\xff", orjson.dumps({**GIVEN, "score": 9}), orjson.dumps({**GIVEN, "scale": [5]})],
)
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        SurveyCalls().parse(Call(body, {}, {}, NOON), ACCESS)


def test_nobody_can_call_it_or_connect_it() -> None:
    with pytest.raises(BadProof):
        SurveyCalls().verify(Call(b"{}", {}, {}, NOON), [b"any secret"], now=NOON)
    assert "surveys" not in DESK_NAMES
    with pytest.raises(KeyError):
        desk_named("surveys")


def test_what_is_kept_under_a_name_is_read_by_that_desk() -> None:
    assert reader_named("surveys") is reader_named("surveys")
    assert reader_named("surveys").name == "surveys"
    assert reader_named("generic") is desk_named("generic")
    with pytest.raises(KeyError):
        reader_named("nobody")


@given(st.sampled_from(["csat", "ces", "nps"]), st.integers(1, 99), st.text(max_size=9))
def test_an_answer_apart_is_to_the_survey_that_was_asked(kind: str, number: int, mark: str) -> None:
    survey = survey_id(kind, number)
    assert asked_as(apart(survey, mark)) == survey == asked_as(survey)


@pytest.mark.parametrize("survey", ["17~3", "csat~", "~", "", "field-12"])
def test_the_ids_of_desks_are_left_as_they_are(survey: str) -> None:
    assert asked_as(survey) == survey
