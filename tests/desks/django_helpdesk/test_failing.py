"""Every action times every way of failing: the right error, and exactly the state of the desk that follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import Simulator
from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Retry, Unavailable, Unclear
from integrations.session import NoGate, Session
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, PLUGIN, access
from tests.desks.liveagent.wired import (
    BROKEN,
    DOWN,
    DROP,
    DROP_LATE,
    FAULTS,
    FORBIDDEN,
    HOST,
    LIE,
    LIMITED,
    LIMITED_FOR,
    MISSING,
    NONSENSE,
    TIMEOUT,
    UNKNOWN_KEY,
    Fault,
    Wire,
    wired,
)

TICKET = "1"
PATCH, NOTE, OPEN = f"PATCH /api/tickets/{TICKET}/", "POST /api/followups/", "POST /api/tickets/"
WRITES: dict[str, tuple[Action, str]] = {
    "a tag": (AddTag(TICKET, "channel-web-form"), PATCH),
    "a tag less": (RemoveTag(TICKET, "deskpulse-low"), PATCH),
    "a field": (SetField(TICKET, "csat", "2"), PATCH),
    "a note": (AddNote(TICKET, "deskpulse:n:9", ("Call back",)), NOTE),
    "a summary": (PutSummary("deskpulse:w:9", "Week 9", (Section("Volume", ("5 tickets",)),)), OPEN),
}
ERRORS: dict[Fault, type[DeskpulseError]] = {
    TIMEOUT: Unclear, DROP: Unclear, DROP_LATE: Unclear, BROKEN: Unclear, DOWN: Unavailable, LIMITED: RateLimited,
    LIMITED_FOR: RateLimited, UNKNOWN_KEY: Refused, FORBIDDEN: Refused, NONSENSE: Unclear, LIE: Rejected,
}  # fmt: skip
#: A ticket is looked for among those of its status, so a 404 to a PATCH means that it just left that status.
NOT_FOUND: dict[str, type[DeskpulseError]] = {PATCH: Unavailable, NOTE: Gone, OPEN: Gone}
MATRIX = pytest.mark.parametrize("write", WRITES)
FAILING = pytest.mark.parametrize("fault", FAULTS, ids=str)


def error_of(fault: Fault, request: str) -> type[DeskpulseError]:
    return NOT_FOUND[request] if fault is MISSING else ERRORS[fault]


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


def once(action: Action) -> dict[str, Any]:
    """The state after the action, with nothing in its way."""
    with standing() as desk:
        DESK.apply(action, desk.session)
        return desk.state()


@MATRIX
@FAILING
def test_a_failure_says_what_to_do_and_leaves_the_desk_as_it_was_or_done(write: str, fault: Fault) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(fault, request)
        with pytest.raises(error_of(fault, request)):
            DESK.apply(action, desk.session)
        assert desk.state() == (once(action) if fault.done else before)


@MATRIX
@FAILING
def test_asked_again_after_a_failure_it_is_done_and_done_once(write: str, fault: Fault) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        desk.wire.spoil(fault, request)
        with pytest.raises(DeskpulseError):
            DESK.apply(action, desk.session)
        assert DESK.apply(action, desk.session).changed is not fault.done
        assert desk.state() == once(action)
        assert DESK.apply(action, desk.session).changed is False


@MATRIX
@pytest.mark.parametrize(
    ("fault", "error"),
    [(TIMEOUT, Unavailable), (DROP, Unavailable), (BROKEN, Unavailable), (DOWN, Unavailable), (LIMITED, RateLimited),
     (UNKNOWN_KEY, Refused), (FORBIDDEN, Refused), (NONSENSE, Unavailable)],
    ids=str,
)  # fmt: skip
def test_when_looking_fails_nothing_is_written(write: str, fault: Fault, error: type[DeskpulseError]) -> None:
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(fault, "GET /api/.*")
        with pytest.raises(error):
            DESK.apply(WRITES[write][0], desk.session)
        assert desk.state() == before
        assert all(request.startswith("GET") for request in desk.wire.sent)


@MATRIX
def test_the_desk_holds_exactly_what_was_asked_for(write: str) -> None:
    with standing() as desk:
        before = desk.state()
        DESK.apply(WRITES[write][0], desk.session)
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


@pytest.mark.parametrize(
    ("fault", "after"), [(LIMITED, 60.0), (LIMITED_FOR, 13.0), (DOWN, 11.0), (BROKEN, None)], ids=str
)
def test_how_long_to_wait_is_what_the_desk_says(fault: Fault, after: float | None) -> None:
    action, request = WRITES["a note"]
    with standing() as desk:
        desk.wire.spoil(fault, request)
        with pytest.raises(Retry) as caught:
            DESK.apply(action, desk.session)
    assert caught.value.after == after


@MATRIX
def test_a_refusal_names_the_right_that_the_user_lacks(write: str) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        desk.wire.spoil(FORBIDDEN, request)
        with pytest.raises(Refused, match="is_staff") as caught:
            DESK.apply(action, desk.session)
    assert caught.value.permission == "is_staff"


@pytest.mark.parametrize(
    ("write", "body"),
    [("a field", b"not json"), ("a field", b"[]"), ("a field", b'{"title": ["Too long."]}'), ("a note", b'"x"'),
     ("a note", b'{"comment": ["Too long."]}'), ("a summary", b"{"), ("a summary", b'{"title": "Too long."}')],
)  # fmt: skip
def test_a_400_that_names_nothing_known_is_given_up_with_the_desks_words(write: str, body: bytes) -> None:
    action, request = WRITES[write]
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
            DESK.apply(WRITES["a summary"][0], desk.session)
        assert set(desk.desk.tickets) == {1}


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"actions": {}}', b'{"actions": {"POST": 7}}', b'{"actions": null}'])
def test_an_address_that_answers_like_something_else_is_not_connected(body: bytes) -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("another desk", done=False, answer=(200, {}, body)), "OPTIONS .*")
        with pytest.raises(Rejected, match="not that of a django-helpdesk"):
            DESK.install(desk.session, webhook_url="https://us.example/hook", secret="s")
        assert set(desk.desk.tickets) == {1}


def test_a_summary_that_was_deleted_after_its_answer_was_lost_is_opened_again() -> None:
    action, request = WRITES["a summary"]
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
