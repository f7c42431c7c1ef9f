"""Whole answers of Freshdesk's API in, whole readings out: one ticket of each kind, every field compared."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Reading
from integrations.events import Event
from integrations.session import NoGate, Session
from integrations.times import SECOND
from tests.desks.freshdesk.samples import (
    CUSTOMER,
    DESK,
    EVA,
    IVO,
    ORDERS,
    SURVEY,
    TICKET,
    URL,
    access,
    at,
    brief,
    by_customer,
    moment,
    page,
    rating,
    said,
    stats,
)
from tests.desks.hooks import NOW
from workers.observing import observed
from workers.tickets import Ticket, fold

SURVEYS = [
    {
        "id": int(SURVEY), "title": "How did we do?", "created_at": moment(-9000), "updated_at": moment(-9000),
        "questions": [
            {"id": "default_question", "label": "How was it?", "accepted_ratings": [-103, -102, 100, 102, 103]},
            {"id": "question_7", "label": "And the lamp?", "accepted_ratings": [-103, 103]},
        ],
    }
]  # fmt: skip
#: What newer accounts add to their answers, and nobody reads.
NOISE: dict[str, Any] = {
    "structured_description": {"description_contents": [{"type": "text", "data": {"content": "It flickers."}}]},
    "internal_agent_id": None, "internal_group_id": None, "source_additional_info": None, "sentiment_score": 61,
    "initial_sentiment_score": None, "nr_due_by": None, "nr_escalated": False, "form_id": 18, "attachments": [],
}  # fmt: skip
FIELDS = {"region": "south", "size": None, "type": "Question", "priority": "medium", "product": "71"}
OPENED = [
    ("status.changed", 0, {"status": "open"}),
    ("message.sent", 0, {"message": "description", "public": True, "by": "customer", "author": CUSTOMER}),
]


def created(channel: str | None, **more: Any) -> tuple[str, float, dict[str, Any]]:
    data = {"by": "customer", "author": CUSTOMER, "customer": CUSTOMER, "department": ORDERS, **more}
    return ("ticket.created", 0, data if channel is None else {**data, "channel": channel})


def refreshed(told: dict[str, Any], *conversations: Any, ratings: tuple[Any, ...] = (), **options: Any) -> Reading:
    """What a refresh reads from these answers, each with what nobody reads beside it."""
    where = f"{URL}/api/v2/tickets/{TICKET}"
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(where, json={**told, **NOISE})
        wire.get(f"{where}/conversations", json=[{**one, "structured_body": {}} for one in conversations])
        wire.get(f"{where}/satisfaction_ratings", json=list(ratings))
        wire.get(f"{URL}/api/v2/surveys", json=SURVEYS)
        with Session(access(**options), NoGate(), clock=lambda: NOW / SECOND) as session:
            return DESK.refresh(TICKET, session)


def message(id_: int, minutes: float, by: str, author: str | None, **more: Any) -> tuple[str, float, dict[str, Any]]:
    who = {"by": by} if author is None else {"by": by, "author": author}
    return ("message.sent", minutes, {"message": str(id_), **who, "public": True, **more})


def status(minutes: float, word: str) -> tuple[str, float, dict[str, Any]]:
    return ("status.changed", minutes, {"status": word})


def test_a_mail_that_was_answered_rated_and_closed() -> None:
    moments = stats(status_updated=200, resolved=100, closed=200)
    reading = refreshed(
        page(200, status=5, responder_id=int(EVA), stats=moments),
        said(1, 30),
        by_customer(2, 60),
        said(3, 90, private=True, source=2, user_id=int(IVO)),
        said(4, 95),
        ratings=(rating(9, 150, 102),),
    )
    assert brief(reading.events) == [
        created("email"), *OPENED, status(100, "resolved"), status(200, "closed"),
        message(1, 30, "agent", EVA), message(2, 60, "customer", CUSTOMER), message(3, 90, "agent", IVO, public=False),
        message(4, 95, "agent", EVA),
        (
            "survey.answered", 150,
            {"kind": "csat", "score": 4, "scale": [1, 5], "survey": SURVEY, "agent": EVA, "department": ORDERS,
             "customer": CUSTOMER, "comment": "Kind!"},
        ),
    ]  # fmt: skip
    assert dict(reading.present[0].values) == {
        "status": "closed", "channel": "email", "agent": EVA, "department": ORDERS, "customer": CUSTOMER,
        "tags": ["vip"], "fields": FIELDS,
    }  # fmt: skip


def test_a_chat_that_a_bot_or_nobody_began_and_an_agent_finished() -> None:
    reading = refreshed(
        page(5, source=7, status=4, stats=stats(status_updated=5, resolved=5)),
        said(1, 0.1, user_id=None),
        by_customer(2, 0.5),
        said(3, 1),
    )
    assert brief(reading.events)[4:] == [
        message(1, 0.1, "system", None, auto=True), message(2, 0.5, "customer", CUSTOMER), message(3, 1, "agent", EVA),
    ]  # fmt: skip
    assert reading.events[0].data["channel"] == "chat"


def test_a_phone_call_that_an_agent_wrote_down_is_the_customers_contact() -> None:
    reading = refreshed(page(2, source=3, responder_id=int(EVA)), said(1, 2, source=9, private=True))
    assert brief(reading.events) == [created("voice"), *OPENED, message(1, 2, "agent", EVA, public=False)]


def test_a_letter_of_ours_is_an_agents_and_its_answer_the_customers() -> None:
    moments = stats(status_updated=50, resolved=0, closed=0, reopened=50)
    reading = refreshed(page(50, source=10, responder_id=int(EVA), stats=moments), by_customer(1, 50))
    assert brief(reading.events) == [
        created("email", by="agent", author=EVA),
        status(0, "open"),
        ("message.sent", 0, {"message": "description", "public": True, "by": "agent", "author": EVA}),
        status(0, "resolved"), status(0, "closed"), status(50, "open"),
        message(1, 50, "customer", CUSTOMER),
    ]  # fmt: skip


def test_a_post_in_a_network_and_its_replies() -> None:
    reading = refreshed(page(9, source=6), by_customer(1, 3, source=7, user_id=444), said(2, 9, source=7))
    assert brief(reading.events) == [
        created("social"),
        *OPENED,
        message(1, 3, "customer", "444"),
        message(2, 9, "agent", EVA),
    ]


def test_a_forward_its_answer_and_what_the_customer_sees_of_it() -> None:
    reading = refreshed(
        page(40),
        said(1, 10, source=8, private=True),
        said(2, 20, private=True, incoming=True, user_id=555),
        said(3, 40),
    )
    assert brief(reading.events)[3:] == [
        message(1, 10, "agent", EVA, public=False), message(2, 20, "system", None, public=False),
        message(3, 40, "agent", EVA),
    ]  # fmt: skip


def test_a_forward_is_never_a_response_even_if_it_is_not_called_private() -> None:
    reading = refreshed(page(40), said(1, 10, source=8), said(2, 40))
    assert brief(reading.events)[3:] == [message(1, 10, "agent", EVA, public=False), message(2, 40, "agent", EVA)]
    ticket = fold(TICKET, reading.events)
    assert [one.at for one in ticket.messages if one.by == "agent" and one.public] == [at(40)]


def test_a_ticket_that_was_merged_away() -> None:
    note = said(1, 7, source=2, private=True, body_text="This ticket is closed and merged into ticket 77")
    reading = refreshed(page(7, status=5, stats=stats(status_updated=7, resolved=7, closed=7)), note)
    assert brief(reading.events) == [
        created("email"), *OPENED, status(7, "resolved"), status(7, "closed"), ("ticket.merged", 7, {"into": "77"}),
    ]  # fmt: skip


def test_a_technicians_task() -> None:
    reading = refreshed(page(1, type="Service Task", association_type=2, requester_id=int(IVO)))
    assert ("ticket.moved", 0, {"channel": "internal"}) in brief(reading.events)
    assert reading.present[0].values["channel"] == "internal"


@pytest.mark.parametrize("flag", ["spam", "deleted"])
def test_a_ticket_that_counts_for_nothing_is_told_with_its_beginning_only(flag: str) -> None:
    reading = refreshed(page(3, **{flag: True}), said(1, 2), ratings=(rating(9, 3),))
    assert brief(reading.events) == [created("email"), *OPENED]
    assert reading.present[0].values["status"] == flag


def test_two_ratings_and_one_that_cannot_be_read() -> None:
    odd = {**rating(8, 20), "ratings": None}
    reading = refreshed(page(30), ratings=(rating(7, 10, 103), odd, rating(9, 30, -103, feedback=None)))
    told = [(one.data["score"], one.data.get("comment")) for one in reading.events if one.type == "survey.answered"]
    assert told == [(5, "Kind!"), (1, None)]


def _steps() -> list[Reading]:
    """One ticket, asked about after each of five changes."""
    words = [said(1, 10), by_customer(2, 30), said(3, 50)]
    return [
        refreshed(page(0)),
        refreshed(page(10, status=3, responder_id=int(EVA), stats=stats(status_updated=10, pending=10)), *words[:1]),
        refreshed(page(30, responder_id=int(EVA), stats=stats(status_updated=30)), *words[:2]),
        refreshed(page(50, status=4, responder_id=int(EVA), stats=stats(status_updated=50, resolved=50)), *words),
        refreshed(page(90, responder_id=int(IVO), stats=stats(status_updated=90, reopened=90)), *words),
    ]


def _taken(readings: list[Reading]) -> Ticket:
    events: list[Event] = [one for reading in readings for one in reading.events]
    last = max(readings, key=lambda reading: reading.present[0].updated_at or 0)
    return fold(TICKET, [*events, *observed(last.present[0], fold(TICKET, events))])


STEPS = _steps()


@given(order=st.permutations(range(len(STEPS))), again=st.lists(st.sampled_from(range(len(STEPS))), max_size=4))
def test_in_whatever_order_the_answers_are_taken_the_ticket_is_the_same(order: list[int], again: list[int]) -> None:
    told = _taken([STEPS[number] for number in (*order, *again)])
    assert [(one.at, one.status) for one in told.statuses] == [
        (at(0), "open"), (at(10), "pending"), (at(30), "open"), (at(50), "resolved"), (at(90), "open"),
    ]  # fmt: skip
    assert [(one.at, one.undone_at) for one in told.resolutions] == [(at(50), at(90))]
    assert (told.agent, len(told.messages)) == (IVO, 4)
