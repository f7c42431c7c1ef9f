"""Every action times every way of failing: the right error, and exactly the state of the desk that follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from integrations.actions import Action, AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.session import NoGate, Session
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
from tests.desks.liveagent.world import DESK, Office, at

TICKET = "tk000007"
WRITES: dict[str, tuple[Action, str]] = {
    "a tag": (AddTag(TICKET, "channel-email"), r"POST /api/conversations/\w+/tags"),
    "a tag less": (RemoveTag(TICKET, "deskpulse-low"), r"PUT /api/v3/tickets/\w+"),
    "a field": (SetField(TICKET, "csat", "2"), r"PUT /api/v3/tickets/\w+"),
    "a note": (AddNote(TICKET, "deskpulse:n:9", ("Call back",)), r"POST /api/conversations/\w+/messages"),
    "a summary": (PutSummary("deskpulse:w:9", "Week 9", (Section("Volume", ("5 tickets",)),)), "POST /api/v3/tickets"),
}
ERRORS: dict[Fault, type[DeskpulseError]] = {
    TIMEOUT: Unclear, DROP: Unclear, DROP_LATE: Unclear, BROKEN: Unclear, DOWN: Unavailable, LIMITED: RateLimited,
    LIMITED_FOR: RateLimited, UNKNOWN_KEY: Refused, FORBIDDEN: Refused, MISSING: Gone, NONSENSE: Unclear, LIE: Unclear,
}  # fmt: skip
MATRIX = pytest.mark.parametrize("write", WRITES)
FAILING = pytest.mark.parametrize("fault", FAULTS, ids=str)


@dataclass(frozen=True)
class Standing:
    """One desk with one ticket, a session to it, and the wire between them."""

    office: Office
    wire: Wire
    session: Session

    def state(self) -> dict[str, Any]:
        """Everything that an action could have changed."""
        simulator = self.office.simulator
        return {
            "tags": simulator.tags(TICKET),
            "fields": simulator.fields(TICKET),
            "notes": simulator.notes(TICKET),
            "summaries": sorted(simulator.summaries().values()),
            "status": self.office.world.tickets[TICKET].status,
            "mailed": list(simulator.api.mailed),
        }


@contextmanager
def standing() -> Iterator[Standing]:
    office = Office()
    ticket = office.letter(at("06-10 09:00"))
    del office.world.tickets[ticket.id]
    ticket.id = TICKET
    office.world.tickets[TICKET] = ticket
    names = ("vip", "channel-email", "deskpulse-low")
    vip, _, low = (office.world.add_tag(name) for name in names)
    office.world.set_tags(ticket, at("06-10 09:01"), [vip, low])
    ticket.fields["region"] = "islands"
    with wired(office.simulator.app) as wire, Session(office.access(HOST), NoGate()) as session:
        yield Standing(office, wire, session)
    assert office.simulator.violations == []


def once(action: Action) -> dict[str, Any]:
    """The state after the action, with nothing in its way."""
    with standing() as desk:
        DESK.apply(action, desk.session)
        return desk.state()


@MATRIX
def test_the_desk_holds_exactly_what_was_asked_for(write: str) -> None:
    expected: dict[str, Any] = {
        "tags": {"vip", "deskpulse-low"},
        "fields": {"region": "islands"},
        "notes": [],
        "summaries": [],
        "status": "N",
        "mailed": [],
    }
    changed: dict[str, dict[str, Any]] = {
        "a tag": {"tags": {"vip", "deskpulse-low", "channel-email"}},
        "a tag less": {"tags": {"vip"}},
        "a field": {"fields": {"region": "islands", "csat": "2"}},
        "a note": {"notes": ["Call back\n[deskpulse:n:9]"]},
    }
    state = once(WRITES[write][0])
    if write == "a summary":
        (summary,) = state.pop("summaries")
        expected.pop("summaries")
        assert summary.startswith("Week 9 [deskpulse:w:9]\n\nWeek 9")
    assert state == expected | changed.get(write, {})


@MATRIX
@FAILING
def test_a_failure_says_what_to_do_and_leaves_the_desk_as_it_was_or_done(write: str, fault: Fault) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        before = desk.state()
        desk.wire.spoil(fault, request)
        if (write, fault) == ("a field", LIE):
            assert DESK.apply(action, desk.session).changed  # the API does not tell; the next refresh would show it
        else:
            with pytest.raises(ERRORS[fault]):
                DESK.apply(action, desk.session)
        assert desk.state() == (once(action) if fault.done else before)


@MATRIX
@FAILING
def test_asked_again_after_a_failure_it_is_done_and_done_once(write: str, fault: Fault) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        desk.wire.spoil(fault, request)
        try:
            DESK.apply(action, desk.session)
        except DeskpulseError:
            assert DESK.apply(action, desk.session).changed is not fault.done
        else:
            DESK.apply(action, desk.session)
        assert desk.state() == once(action)
        assert DESK.apply(action, desk.session).changed is False


@MATRIX
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (TIMEOUT, Unavailable), (DROP, Unavailable), (BROKEN, Unavailable), (LIMITED, RateLimited),
        (UNKNOWN_KEY, Refused), (NONSENSE, Unavailable),
    ],
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


@pytest.mark.parametrize(
    ("fault", "after"), [(LIMITED, 60.0), (LIMITED_FOR, 13.0), (DOWN, 11.0), (BROKEN, None)], ids=str
)
def test_how_long_to_wait_is_what_the_desk_says(fault: Fault, after: float | None) -> None:
    action, request = WRITES["a note"]
    with standing() as desk:
        desk.wire.spoil(fault, request)
        with pytest.raises((RateLimited, Unavailable, Unclear)) as caught:
            DESK.apply(action, desk.session)
    assert caught.value.after == after


@pytest.mark.parametrize(
    ("write", "permission"),
    [("a tag less", "ticket.operate"), ("a field", "ticket.operate"), ("a summary", "ticket.create"),
     ("a note", "v1_key"), ("a tag", "v1_key")],
)  # fmt: skip
def test_a_refusal_names_what_the_key_lacks(write: str, permission: str) -> None:
    action, request = WRITES[write]
    with standing() as desk:
        desk.wire.spoil(FORBIDDEN, request)
        with pytest.raises(Refused) as caught:
            DESK.apply(action, desk.session)
    assert caught.value.permission == permission
    assert permission in str(caught.value)


def test_a_refused_tag_name_that_nobody_else_made_is_given_up() -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("400", done=False, answer=(400, {}, b'{"message": "name is too long"}')), "POST .*/tags")
        with pytest.raises(Rejected, match="name is too long"):
            DESK.apply(AddTag(TICKET, "channel-chat"), desk.session)
        assert desk.state()["tags"] == {"vip", "deskpulse-low"}


def test_a_tag_that_v1_says_it_added_and_does_not_show_is_unclear_and_asked_for_again() -> None:
    action, request = WRITES["a tag"]
    lie = Fault("OK", done=False, answer=(200, {}, b'{"response": {"status": "OK", "statuscode": 0}}'))
    with standing() as desk:
        desk.wire.spoil(lie, request)
        with pytest.raises(Unclear, match="does not show it"):
            DESK.apply(action, desk.session)
        assert DESK.apply(action, desk.session).changed
        assert desk.state() == once(action)
