"""LiveAgent when it fails: every action times every way of failing, and what only LiveAgent says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from integrations.actions import AddTag, SetField
from integrations.errors import Rejected, Unclear
from integrations.session import NoGate, Session
from tests.desks.failing import MATRIX, FailingContract
from tests.desks.liveagent.world import DESK, Office, at
from tests.desks.wired import HOST, Fault, Wire, wired

TICKET = "tk000007"
V1_OK = Fault("OK", done=False, answer=(200, {}, b'{"response": {"status": "OK", "statuscode": 0}}'))


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


class TestFailing(FailingContract):
    desk = DESK
    ticket = TICKET
    requests: ClassVar = {
        "a tag": r"POST /api/conversations/\w+/tags",
        "a tag less": r"PUT /api/v3/tickets/\w+",
        "a field": r"PUT /api/v3/tickets/\w+",
        "a note": r"POST /api/conversations/\w+/messages",
        "a summary": "POST /api/v3/tickets",
    }
    permissions: ClassVar = {
        "a tag": "v1_key", "a tag less": "ticket.operate", "a field": "ticket.operate", "a note": "v1_key",
        "a summary": "ticket.create",
    }  # fmt: skip

    def standing(self) -> Any:
        return standing()

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
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
        state = dict(self.once(write))
        if write == "a summary":
            (summary,) = state.pop("summaries")
            expected.pop("summaries")
            assert summary.startswith("Week 9 [deskpulse:w:9]\n\nWeek 9")
        assert state == expected | changed.get(write, {})


def test_a_refused_tag_name_that_nobody_else_made_is_given_up() -> None:
    with standing() as desk:
        desk.wire.spoil(Fault("400", done=False, answer=(400, {}, b'{"message": "name is too long"}')), "POST .*/tags")
        with pytest.raises(Rejected, match="name is too long"):
            DESK.apply(AddTag(TICKET, "channel-chat"), desk.session)
        assert desk.state()["tags"] == {"vip", "deskpulse-low"}


@pytest.mark.parametrize("write", ["a tag", "a note"])
def test_what_v1_says_it_did_and_did_not_is_noticed_where_it_can_be_seen(write: str) -> None:
    contract = TestFailing()
    with standing() as desk:
        desk.wire.spoil(V1_OK, contract.requests[write])
        if write == "a note":  # a note's answer is all there is: looking again costs pages of messages
            assert DESK.apply(contract.action(write), desk.session).changed
        else:
            with pytest.raises(Unclear, match="does not show it"):
                DESK.apply(contract.action(write), desk.session)
        assert DESK.apply(contract.action(write), desk.session).changed
        assert desk.state() == contract.once(write)


def test_a_field_that_liveagent_takes_and_does_not_have_is_named() -> None:
    contract = TestFailing()
    with standing() as desk:
        desk.wire.spoil(Fault("a ticket", done=False, answer=(200, {}, b'{"id": "tk000007"}')), "PUT .*")
        with pytest.raises(Unclear, match=r"took the field csat .* check that there is one"):
            DESK.apply(contract.action("a field"), desk.session)
        assert desk.state()["fields"] == {"region": "islands"}


@pytest.mark.parametrize(("held", "value", "changed"), [(None, "", False), ("", "", False), ("2", "", True)])
def test_an_empty_value_is_the_same_as_none(held: str | None, value: str, changed: bool) -> None:
    with standing() as desk:
        fields = desk.office.world.tickets[TICKET].fields
        if held is not None:
            fields["csat"] = held
        assert DESK.apply(SetField(TICKET, "csat", value), desk.session).changed is changed
        assert fields.get("csat") in (None, "")


def test_a_value_that_liveagent_spells_in_its_own_way_is_done() -> None:
    with standing() as desk:
        world = desk.office.world
        update = desk.office.simulator.api.app.view_functions["PUT /api/v3/tickets/<ticket>"]

        def spelt(ticket: str) -> Any:
            answer = update(ticket=ticket)
            world.tickets[TICKET].fields["due"] = "2026-07-01 00:00:00"
            return answer

        desk.office.simulator.api.app.view_functions["PUT /api/v3/tickets/<ticket>"] = spelt
        assert DESK.apply(SetField(TICKET, "due", "2026-07-01"), desk.session).changed
