"""Present values become events only where the dated facts do not explain them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import Present
from integrations.events import Event
from tests.workers.stories import at, created, sent, status, ticket_of, told
from workers.observing import is_too_early, observed


def present(values: dict[str, Any], **more: Any) -> Present:
    """What the desk says at minute 60."""
    return Present("T1", at(60), values, **more)


def test_what_the_facts_explain_is_no_event() -> None:
    ticket = ticket_of(created(agent="eva", department="sales", tags=["a"], fields={"x": "1"}), status("open", 5))
    values = {
        "status": "open",
        "agent": "eva",
        "department": "sales",
        "channel": "email",
        "tags": ["a"],
        "fields": {"x": 1},
    }
    assert list(observed(present(values), ticket)) == []


def test_each_value_that_differs_is_one_observed_event() -> None:
    values = {"status": "resolved", "agent": None, "department": "x", "tags": ["b"], "fields": {"y": "2"}}
    events = list(observed(present(values), ticket_of(created(agent="eva"))))
    assert [event.type for event in events] == [
        "status.changed", "ticket.assigned", "ticket.moved", "ticket.tagged", "ticket.updated",
    ]  # fmt: skip
    assert all(event.observed for event in events)


def test_it_is_dated_by_the_desks_time_for_the_value_else_updated_at_else_when_we_asked() -> None:
    values = {"status": "resolved", "agent": "max"}
    dated = present(values, times={"status": at(10)}, updated_at=at(20))
    assert [event.at for event in observed(dated, ticket_of(created()))] == [at(10), at(20)]
    assert {event.at for event in observed(present(values), ticket_of(created()))} == {at(60)}


def test_a_status_older_than_the_last_one_known_is_stale() -> None:
    ticket = ticket_of(created(), status("open", 5), status("resolved", 30))
    assert list(observed(present({"status": "open"}, updated_at=at(10)), ticket)) == []
    assert len(list(observed(present({"status": "open"}, updated_at=at(40)), ticket))) == 1


@pytest.mark.parametrize(
    ("seconds", "is_early"), [(-1, False), (0, True), (9.999, True), (10, False)], ids=["before", "at", "soon", "later"]
)
def test_an_undated_status_is_believed_when_the_last_change_must_be_saved(seconds: float, is_early: bool) -> None:
    ticket = ticket_of(created(), status("closed", 60 - seconds / 60))
    assert is_too_early(present({"status": "open"}), ticket) is is_early
    assert not is_too_early(present({"status": "closed"}), ticket), "it says the same"
    assert not is_too_early(present({"agent": "eva"}), ticket), "it says nothing"
    assert not is_too_early(present({"status": "open"}, updated_at=at(60)), ticket), "the desk dates it"
    assert not is_too_early(present({"status": "open"}, times={"status": at(60)}), ticket)


def test_before_any_change_of_status_an_undated_one_is_believed() -> None:
    assert not is_too_early(present({"status": "open"}), ticket_of(created()))


def test_a_second_refresh_adds_nothing() -> None:
    history = [created(), sent(5)]
    told_now = present({"status": "resolved", "agent": "max"})
    events = list(observed(told_now, ticket_of(*history)))
    assert list(observed(told_now, ticket_of(*history, *events))) == []


def test_a_ticket_that_is_gone_is_observed_deleted() -> None:
    (gone,) = observed(present({"status": "deleted"}), ticket_of(created(), told("ticket.assigned", 1, agent="eva")))
    assert (gone.type, gone.data) == ("status.changed", {"status": "deleted"})


ANSWER: dict[str, Any] = {"kind": "csat", "survey": "stars", "score": 2, "scale": [1, 5]}


def answers_seen(*history: Event, **answer: Any) -> list[Event]:
    """What the desk's present answer adds to a ticket with this history."""
    return list(observed(present({"answers": [{**ANSWER, **answer}]}), ticket_of(created(), *history)))


def test_an_answer_that_the_desk_shows_is_one_observed_answer() -> None:
    (answer,) = answers_seen(comment="Late")
    assert (answer.type, answer.at, answer.observed) == ("survey.answered", at(60), True)
    assert answer.data == {**ANSWER, "comment": "Late"}
    assert answers_seen(answer, comment="Late") == []
    assert answers_seen(answer) == [], "a comment that is not told any more was not taken back"


def test_an_answer_is_dated_by_the_desks_time_for_answers() -> None:
    told = present({"answers": [ANSWER]}, times={"answers": at(10)}, updated_at=at(20))
    assert [event.at for event in observed(told, ticket_of(created()))] == [at(10)]


@pytest.mark.parametrize("change", [{"score": 3}, {"scale": [1, 7]}, {"comment": "Late"}, {"survey": "other"}])
def test_an_answer_that_differs_is_another_one(change: dict[str, Any]) -> None:
    given = told("survey.answered", 30, **ANSWER)
    assert len(answers_seen(given, **change)) == 1
    assert answers_seen(given) == []


def test_an_answer_that_was_changed_back_is_told_again() -> None:
    given = [told("survey.answered", minute, **{**ANSWER, "score": score}) for minute, score in ((30, 2), (40, 4))]
    assert [event.data["score"] for event in answers_seen(*given)] == [2]


def test_an_invalidated_answer_that_the_desk_still_shows_stays_invalid() -> None:
    given = told("survey.answered", 30, **ANSWER), told("survey.invalidated", 40, kind="csat", survey="stars")
    assert answers_seen(*given) == []
