"""Freshdesk when it fails: every action times every way of failing, and what only Freshdesk says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import pytest

from integrations.actions import AddNote, AddTag, PutSummary, SetField
from integrations.errors import Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.freshdesk.simulated_world import Kept
from integrations.session import Session
from tests.desks.failing import MATRIX, FailingContract
from tests.desks.freshdesk.samples import DESK
from tests.desks.freshdesk.world import Shop, at
from tests.desks.wired import TIMEOUT, Fault, Wire

TICKET = "1"
PUT, NOTE, OPEN = f"PUT /api/v2/tickets/{TICKET}", f"POST /api/v2/tickets/{TICKET}/notes", "POST /api/v2/tickets"


@dataclass(frozen=True)
class Standing:
    """One desk with one ticket, a session to it, and the wire between them."""

    shop: Shop
    wire: Wire
    session: Session

    @property
    def ticket(self) -> Kept:
        """The ticket."""
        return self.shop.world.tickets[int(TICKET)]

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        simulator = self.shop.simulator
        return {
            "tags": simulator.tags(TICKET),
            "fields": simulator.fields(TICKET),
            "notes": simulator.notes(TICKET),
            "summaries": sorted(simulator.summaries().values()),
            "holder": (self.ticket.status, self.ticket.agent, self.ticket.group),
            "mailed": list(simulator.api.mailed),
        }


@contextmanager
def standing() -> Iterator[Standing]:
    shop = Shop()
    shop.world.fields["cf_csat"] = "Csat"
    shop.ticket("10 09:00", tags=["vip", "deskpulse-low"], fields={"cf_region": "islands"})
    with shop.open() as (session, wire):
        yield Standing(shop, wire, session)


def answer(status: int, body: str, **headers: str) -> Fault:
    """An answer in Freshdesk's own words."""
    return Fault(f"{status} {body}", done=False, answer=(status, headers, body.encode()))


class TestFailing(FailingContract):
    desk = DESK
    ticket = TICKET
    requests: ClassVar = {"a tag": PUT, "a tag less": PUT, "a field": PUT, "a note": NOTE, "a summary": OPEN}
    permissions: ClassVar = {
        "a tag": "Edit ticket properties", "a tag less": "Edit ticket properties", "a field": "Edit ticket properties",
        "a note": "Add notes", "a summary": "Create tickets",
    }  # fmt: skip

    def standing(self) -> Any:
        return standing()

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
        with standing() as desk:
            expected = desk.state()
        changed: dict[str, dict[str, Any]] = {
            "a tag": {"tags": {"vip", "deskpulse-low", "channel-email"}},
            "a tag less": {"tags": {"vip"}},
            "a field": {"fields": {"region": "islands", "csat": "2"}},
            "a note": {"notes": ["Call back  [deskpulse:n:9]"]},
        }
        state = dict(self.once(write))
        if write == "a summary":
            (summary,) = state.pop("summaries")
            expected.pop("summaries")
            assert summary.startswith("Week 9 [deskpulse:w:9]\n\nWeek 9")
            assert "5 tickets" in summary
        assert state == expected | changed.get(write, {})


CONTRACT = TestFailing()
_TWO_WRONG: Final = (
    '{"description": "Validation failed", "errors": [{"field": "cf_csat", "message": "Unexpected field",'
    ' "code": "invalid_field"}, {"field": "x", "message": "y"}]}'
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"code": "invalid_credentials", "message": "You have to be logged in."}', "You have to be logged in"),
        ("", "401"),
        ("<html>", "401"),
    ],
)
def test_a_key_that_is_wrong_or_no_longer_good_is_named_with_where_to_get_another(body: str, said: str) -> None:
    with standing() as desk:
        desk.wire.spoil(answer(401, body), "GET .*")
        with pytest.raises(Refused, match=f"api_key .*{said}.*profile settings") as caught:
            DESK.refresh(TICKET, desk.session)
    assert caught.value.permission == "api_key"
    assert "\n" not in str(caught.value)
    assert desk.shop.api.api_key not in str(caught.value)


@pytest.mark.parametrize(("write", "permission"), CONTRACT.permissions.items())
def test_a_permission_that_is_missing_is_named_with_where_to_grant_it(write: str, permission: str) -> None:
    told = '{"code": "access_denied", "message": "You are not authorized to perform this action."}'
    with standing() as desk:
        desk.wire.spoil(answer(403, told), CONTRACT.requests[write])
        with pytest.raises(Refused, match=f"not authorized.*{permission} under Admin > Team > Agents") as caught:
            DESK.apply(CONTRACT.action(write), desk.session)
    assert caught.value.permission == permission


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_TWO_WRONG, "cf_csat: Unexpected field; x: y"),
        ('{"description": "Validation failed", "errors": []}', "Validation failed"),
        ('{"code": "invalid_json", "message": "Request is not JSON"}', "Request is not JSON"),
        ('{"errors": ["a", 7]}', "400"),
        ('{"errors": 7}', "400"),
        ("[]", "400"),
        ("not JSON", "400"),
        ('{"message": "one\\ntwo"}', "one two"),
    ],
)
def test_what_freshdesk_does_not_take_is_given_up_in_its_own_words(body: str, said: str) -> None:
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(answer(400, body), PUT)
        with pytest.raises(Rejected, match=f"does not take PUT /api/v2/tickets/1: {said}"):
            DESK.apply(CONTRACT.action("a field"), desk.session)
        assert desk.state() == before


def test_a_field_that_the_desk_does_not_have_is_named() -> None:
    with standing() as desk:
        with pytest.raises(Rejected, match="cf_mood"):
            DESK.apply(SetField(TICKET, "mood", "2"), desk.session)
        assert desk.state()["fields"] == {"region": "islands"}


@pytest.mark.parametrize("write", ["a tag", "a tag less", "a field"])
def test_a_ticket_that_became_spam_meanwhile_is_left_alone(write: str) -> None:
    with standing() as desk:
        desk.shop.api.before_update = lambda one: None
        desk.wire.spoil(answer(405, ""), PUT)
        with pytest.raises(Gone, match="deleted or spam"):
            DESK.apply(CONTRACT.action(write), desk.session)


@pytest.mark.parametrize("kind", ["spam", "deleted"])
@pytest.mark.parametrize("write", ["a tag", "a tag less", "a field", "a note"])
def test_nothing_is_written_into_a_ticket_that_is_spam_or_deleted(write: str, kind: str) -> None:
    with standing() as desk:
        desk.shop.world.mark(desk.ticket, at("10 09:05"), **{kind: True})
        before = desk.state()
        with pytest.raises(Gone, match="deleted or spam"):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert desk.state() == before
        assert desk.wire.sent == ["GET /api/v2/tickets/1"]


@pytest.mark.parametrize("write", ["a tag", "a field", "a note", "a summary"])
@pytest.mark.parametrize("body", ["{}", "[]", '{"id": null}', '{"id": "x"}', '"done"', "7", ""])
def test_an_answer_that_tells_nothing_leaves_it_open_and_is_looked_at_again(write: str, body: str) -> None:
    with standing() as desk:
        desk.wire.spoil(answer(201, body), CONTRACT.requests[write])
        with pytest.raises(Unclear):
            DESK.apply(CONTRACT.action(write), desk.session)
        assert DESK.apply(CONTRACT.action(write), desk.session).changed
        assert desk.state() == CONTRACT.once(write)


@pytest.mark.parametrize(("header", "seconds"), [("34", 34.0), ("1", 1.0), ("0", 1.0), ("100000", 3600.0), ("x", 60.0)])
def test_a_used_up_limit_is_waited_for_to_the_second(header: str, seconds: float) -> None:
    with standing() as desk:
        desk.wire.spoil(answer(429, "", **{"Retry-After": header}), "GET .*")
        with pytest.raises(RateLimited) as caught:
            DESK.refresh(TICKET, desk.session)
    assert caught.value.after == seconds


def test_an_archived_ticket_that_leads_to_the_archive_is_read_there() -> None:
    with standing() as desk:
        desk.ticket.archived = True
        desk.wire.spoil(answer(301, "", Location="https://desk.example/api/v2/tickets/archived/1"), "GET .*/tickets/1")
        reading = DESK.refresh(TICKET, desk.session)
    assert [present.values["status"] for present in reading.present] == ["open"]


@pytest.mark.parametrize("fault", [TIMEOUT, answer(500, "")], ids=str)
def test_what_fails_in_the_middle_of_a_refresh_is_tried_again_as_a_whole(fault: Fault) -> None:
    with standing() as desk:
        for path in ("conversations", "satisfaction_ratings"):
            desk.wire.spoil(fault, f"GET .*/{path}")
            with pytest.raises(Unavailable):
                DESK.refresh(TICKET, desk.session)
        assert DESK.refresh(TICKET, desk.session).events


def test_three_kinds_of_action_on_a_ticket_that_nobody_knows_are_skipped() -> None:
    with standing() as desk:
        for action in (AddTag("99", "channel-chat"), SetField("99", "csat", "1"), AddNote("99", "n", ("x",))):
            with pytest.raises(Gone):
                DESK.apply(action, desk.session)
        assert all(request.startswith("GET") for request in desk.wire.sent)


def test_a_summary_that_somebody_deleted_is_opened_again() -> None:
    with standing() as desk:
        summary = CONTRACT.action("a summary")
        assert isinstance(summary, PutSummary)
        first = DESK.apply(summary, desk.session)
        desk.shop.world.mark(desk.shop.world.tickets[int(first.object_id or 0)], desk.shop.now, deleted=True)
        second = DESK.apply(PutSummary("w:9", "Week 9", (), object_id=first.object_id), desk.session)
    assert second.object_id != first.object_id
    assert second.changed


def test_a_summary_in_the_archive_is_left_as_it_is() -> None:
    with standing() as desk:
        first = DESK.apply(CONTRACT.action("a summary"), desk.session)
        desk.shop.world.tickets[int(first.object_id or 0)].archived = True
        again = DESK.apply(PutSummary("w:9", "Another", (), object_id=first.object_id), desk.session)
    assert (again.object_id, again.changed) == (first.object_id, False)
