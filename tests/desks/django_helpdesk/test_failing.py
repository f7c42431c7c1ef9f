"""django-helpdesk when it fails: every action times every way of failing, and what only this desk says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from integrations.actions import PutSummary
from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import Simulator
from integrations.errors import DeskpulseError, Rejected, Unavailable, Unclear
from integrations.session import NoGate, Session
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, PLUGIN, access
from tests.desks.failing import MATRIX, WRITES, WRITING, FailingContract
from tests.desks.wired import GONE, HOST, LIE, MISSING, TIMEOUT, Fault, Wire, wired

TICKET = "1"
PATCH, NOTE, OPEN = f"PATCH /api/tickets/{TICKET}/", "POST /api/followups/", "POST /api/tickets/"


@dataclass(frozen=True)
class Standing:
    """One desk with one resolved ticket, a session to it, and the wire between them."""

    desk: Simulator
    wire: Wire
    session: Session

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        entries = sorted(self.desk.follow_ups.values(), key=lambda entry: entry["id"])
        return {
            "tickets": {number: dict(ticket) for number, ticket in self.desk.tickets.items()},
            "entries": [(one["ticket"], one["user"], one["public"], one["comment"]) for one in entries],
        }


@contextmanager
def standing(**options: Any) -> Iterator[Standing]:
    desk = Simulator()
    api = Api(desk)
    desk.patched(
        desk.opened_by_form("Blender", "It hums", customer=CUSTOMER), custom_tags="vip,deskpulse-low", custom_region="n"
    )
    account = access(HOST, **{"summary_queue": 5, **options})
    with wired(api.app()) as wire, Session(account, NoGate()) as session:
        yield Standing(desk, wire, session)
    assert api.violations == []


class TestFailing(FailingContract):
    desk = DESK
    ticket = TICKET
    tag = "channel-web-form"
    requests: ClassVar = {"a tag": PATCH, "a tag less": PATCH, "a field": PATCH, "a note": NOTE, "a summary": OPEN}
    permissions = dict.fromkeys(WRITES, "is_staff")

    def standing(self) -> Any:
        return standing()

    def error(self, write: str, fault: Fault) -> type[DeskpulseError]:
        """A ticket is looked for among those of its status, so a 404 to a PATCH means that it just left that status."""
        if fault is LIE:
            return Rejected
        return Unavailable if fault in (MISSING, GONE) and self.requests[write] == PATCH else WRITING[fault]

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
        with standing() as desk:
            before = desk.state()
            DESK.apply(self.action(write), desk.session)
            after = desk.state()
        ticket = before["tickets"][1] | {
            "a tag": {"custom_tags": "vip,deskpulse-low,channel-web-form"},
            "a tag less": {"custom_tags": "vip"},
            "a field": {"custom_csat": "2"},
        }.get(write, {})
        added = {
            "a note": [(1, PLUGIN, False, "Call back\n\n[deskpulse:n:9]")],
            "a summary": [(2, PLUGIN, True, "Volume\n- 5 tickets\n\n[deskpulse:w:9]")],
        }.get(write, [])
        assert after["tickets"][1] == ticket
        assert after["entries"] == before["entries"] + added
        assert set(after["tickets"]) == ({1, 2} if write == "a summary" else {1})


CONTRACT = TestFailing()


@pytest.mark.parametrize(
    ("write", "body"),
    [("a field", b"not json"), ("a field", b"[]"), ("a field", b'{"title": ["Too long."]}'), ("a note", b'"x"'),
     ("a note", b'{"comment": ["Too long."]}'), ("a summary", b"{"), ("a summary", b'{"title": "Too long."}')],
)  # fmt: skip
def test_a_400_that_names_nothing_known_is_given_up_with_the_desks_words(write: str, body: bytes) -> None:
    action, request = CONTRACT.action(write), CONTRACT.requests[write]
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(Fault("400", done=False, answer=(400, {}, body)), request)
        with pytest.raises(Rejected, match="answered 400"):
            DESK.apply(action, desk.session)
        assert desk.state() == before


def test_a_list_that_is_none_is_tried_again_and_nothing_is_written() -> None:
    with standing() as desk:
        desk.wire.spoil(LIE, "GET /api/followups/")
        with pytest.raises(Unavailable, match="not a list"):
            DESK.apply(CONTRACT.action("a summary"), desk.session)
        assert set(desk.desk.tickets) == {1}


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"actions": {}}', b'{"actions": {"POST": 7}}', b'{"actions": null}'])
def test_an_address_that_answers_like_something_else_is_not_connected(body: bytes) -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("another desk", done=False, answer=(200, {}, body)), "OPTIONS .*")
        with pytest.raises(Rejected, match="not that of a django-helpdesk"):
            DESK.install(desk.session, webhook_url="https://us.example/hook", secret="s")
        assert set(desk.desk.tickets) == {1}


def test_a_summary_that_was_deleted_after_its_answer_was_lost_is_opened_again() -> None:
    action, request = CONTRACT.action("a summary"), OPEN
    with standing() as desk:
        desk.wire.spoil(TIMEOUT, request)
        with pytest.raises(Unclear):
            DESK.apply(action, desk.session)
        del desk.desk.tickets[2]  # its entry is still listed, as while the desk deletes it
        done = DESK.apply(action, desk.session)
    assert (done.object_id, done.changed) == ("3", True)
    assert set(desk.desk.tickets) == {1, 3}


def test_a_known_summary_that_somebody_deleted_is_opened_again() -> None:
    with standing() as desk:
        summary = PutSummary("deskpulse:w:9", "Week 9", (), object_id="88")
        assert DESK.apply(summary, desk.session).object_id == "2"
        assert desk.desk.tickets[2]["title"] == "Week 9 [deskpulse:w:9]"
