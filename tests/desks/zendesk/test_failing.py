"""Zendesk when it fails: every action times every way of failing, and what only Zendesk says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from integrations.actions import AddTag, PutSummary, Section, SetField
from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Skip, Unavailable, Unclear
from integrations.session import Session
from integrations.zendesk.simulated_world import Ticket
from tests.desks.failing import MATRIX, WRITES, WRITING, FailingContract
from tests.desks.wired import CONFLICT, FORBIDDEN, UNKNOWN_KEY, Fault, Wire
from tests.desks.zendesk.office import DESK, Office

PUT = r"PUT /api/v2/tickets/\d+"
CLOSED = Fault("422 of a closed ticket", done=False, answer=(422, {}, b'{"description":"Status: closed prevents ..."}'))


@dataclass(frozen=True)
class Standing:
    """One desk with one ticket, a session to it, and the wire between them."""

    office: Office
    found: Ticket
    wire: Wire
    session: Session

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        desk = self.office.simulator
        return {
            "tags": list(self.found.tags),
            "fields": desk.fields(self.found),
            "notes": desk.notes(self.found),
            "summaries": sorted(desk.summaries().values()),
            "held": dict(self.found.held),
        }


@contextmanager
def standing() -> Iterator[Standing]:
    office = Office()
    ticket = office.ticket(tags=["vip", "deskpulse-low"])
    office.world.update(ticket, ticket.created, office.eva.id, fields={office.region: "islands"})
    with office.open() as (session, wire):
        yield Standing(office, ticket, wire, session)


class TestFailing(FailingContract):
    desk = DESK
    ticket = "1"
    requests: ClassVar = {
        "a tag": PUT + "/tags", "a tag less": r"DELETE /api/v2/tickets/\d+/tags", "a field": PUT, "a note": PUT,
        "a summary": "POST /api/v2/imports/tickets",
    }  # fmt: skip
    permissions = dict.fromkeys(WRITES, "Administrator")

    def standing(self) -> Any:
        return standing()

    def error(self, write: str, fault: Fault) -> type[DeskpulseError]:
        """A conflict is somebody else's change at the same moment: it may be tried again."""
        return Unavailable if fault is CONFLICT else WRITING[fault]

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
        with standing() as desk:
            before = desk.state()
            DESK.apply(self.action(write), desk.session)
            after = desk.state()
        summary = "Week 9\n\nVolume\n- 5 tickets\n\n[deskpulse:w:9] 68d1d5ec"
        changed: dict[str, Any] = {
            "a tag": {"tags": ["vip", "deskpulse-low", "channel-email"]},
            "a tag less": {"tags": ["vip"]},
            "a field": {"fields": {"region": "islands", "deskpulse_csat": "2"}},
            "a note": {"notes": ("Call back\n[deskpulse:n:9]",)},
            "a summary": {"summaries": [summary]},
        }
        if write == "a summary":  # whose last digits are those of its text
            assert after["summaries"][0].startswith(summary[:-8])
            changed["a summary"]["summaries"] = after["summaries"]
        assert after == before | changed[write]


CONTRACT = TestFailing()


@MATRIX
def test_a_ticket_that_was_closed_meanwhile_is_left_alone(write: str) -> None:
    if write == "a summary":
        return
    with standing() as desk:
        desk.wire.spoil(CLOSED, CONTRACT.requests[write])
        before = desk.state()
        with pytest.raises(Skip, match="closed"):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert desk.state() == before


@MATRIX
def test_a_closed_ticket_is_not_even_tried(write: str) -> None:
    if write == "a summary":
        return
    with standing() as desk:
        desk.found.held["status"] = "closed"
        with pytest.raises(Skip, match="changes no closed ticket"):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert all(request.startswith("GET") for request in desk.wire.sent)


@MATRIX
@pytest.mark.parametrize("fault", [UNKNOWN_KEY, FORBIDDEN], ids=str)
def test_a_refusal_is_one_line_that_says_where_to_go(write: str, fault: Fault) -> None:
    with standing() as desk:
        desk.wire.spoil(fault, CONTRACT.requests[write])
        with pytest.raises(Refused) as caught:
            DESK.apply(CONTRACT.action(write), desk.session)
    said = str(caught.value)
    assert "\n" not in said
    assert "Admin Center ›" in said
    assert "token-of-the-simulation" not in said


@pytest.mark.parametrize(
    ("write", "body"),
    [
        ("a tag", {}), ("a tag", {"tags": None}), ("a tag", {"tags": ["vip"]}), ("a tag less", {"tags": "x"}),
        ("a tag less", {"tags": ["deskpulse-low"]}), ("a field", {"ticket": None}), ("a field", {"ticket": {"id": 1}}),
        ("a note", {"ticket": []}), ("a summary", {"ticket": {"created_at": "2026-06-15T09:00:00Z"}}),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_show_what_was_written_is_unclear(write: str, body: Any) -> None:
    answer = Fault("200", done=False, answer=(200, {}, json.dumps(body).encode()))
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(answer, CONTRACT.requests[write])
        with pytest.raises(Unclear):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert desk.state() == before


def test_a_field_that_is_taken_and_not_shown_is_unclear() -> None:
    told = {"ticket": {"id": 1, "created_at": "2026-06-15T09:00:00Z", "custom_fields": []}}
    answer = Fault("200", done=False, answer=(200, {}, json.dumps(told).encode()))
    with standing() as desk:
        desk.wire.spoil(answer, PUT)
        with pytest.raises(Unclear, match="took the field csat"):
            DESK.apply(CONTRACT.action("a field"), desk.session)


def test_a_field_that_zendesk_has_not_is_named_with_the_place_to_add_it() -> None:
    with standing() as desk, pytest.raises(Rejected, match="no ticket field deskpulse_mood: add one") as caught:
        DESK.apply(SetField("1", "mood", "9"), desk.session)
    assert "Admin Center › Objects and rules › Tickets › Fields" in str(caught.value)


@pytest.mark.parametrize("body", [{}, [], {"users": None}, {"users": {}}, 7])
def test_a_list_that_is_none_is_asked_for_again(body: Any) -> None:
    answer = Fault("200", done=False, answer=(200, {}, json.dumps(body).encode()))
    with standing() as desk:
        desk.office.world.say(desk.found, desk.found.created, desk.office.ivo.id)
        desk.wire.spoil(answer, "GET /api/v2/users/show_many")
        with pytest.raises(Unavailable, match="holds no users"):
            DESK.refresh("1", desk.session)


@pytest.mark.parametrize("body", [{}, [], None, {"ticket": 7}, {"ticket": {"id": "x"}}, {"ticket": {"id": 1}}])
def test_a_ticket_that_cannot_be_read_is_given_up_with_the_reason(body: Any) -> None:
    answer = Fault("200", done=False, answer=(200, {}, json.dumps(body).encode()))
    with standing() as desk:
        desk.wire.spoil(answer, r"GET /api/v2/tickets/\d+")
        with pytest.raises(Rejected, match="no ticket: ticket: cannot read"):
            DESK.refresh("1", desk.session)


def test_the_wait_after_a_429_is_told_to_the_gate_to_the_second() -> None:
    class Purse:
        held: ClassVar[list[float]] = []

        def take(self, requests: int) -> None:
            """Plenty."""

        def hold(self, seconds: float) -> None:
            self.held.append(seconds)

    office = Office()
    office.ticket()
    office.simulator.trouble.order("429", "GET", "/tickets/1")
    with office.open(gate=Purse()) as (session, _), pytest.raises(RateLimited) as caught:
        DESK.refresh("1", session)
    assert (caught.value.after, Purse.held) == (7.0, [7.0])


def test_a_summary_whose_ticket_was_deleted_is_opened_again() -> None:
    summary = PutSummary("deskpulse:w:9", "Week 9", (Section("Volume", ("5 tickets",)),))
    with standing() as desk:
        first = DESK.apply(summary, desk.session)
        desk.office.world.tickets[int(str(first.object_id))].deleted = True
        second = DESK.apply(PutSummary("deskpulse:w:9", "Week 9", (), object_id=first.object_id), desk.session)
        assert second.object_id != first.object_id
        assert len(desk.office.simulator.summaries()) == 1


def test_a_ticket_of_dots_is_gone_and_nothing_is_asked() -> None:
    with standing() as desk:
        for id_ in ("..", "", "1/tags", "１", "9" * 30):
            with pytest.raises(Gone):
                DESK.apply(AddTag(id_, "channel-email"), desk.session)
        assert desk.wire.sent == []
