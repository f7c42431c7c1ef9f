"""Zammad when it fails: every action times every way of failing, and what only Zammad says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from tests.desks.failing import MATRIX, WRITES, FailingContract
from tests.desks.zammad.office import DESK, Office, Standing, at

TICKET = "1"
PUT = f"PUT /api/v1/tickets/{TICKET}"


@contextmanager
def standing(**access: Any) -> Iterator[Standing]:
    office = Office()
    ticket = office.letter(at("10 09:00"), region="north")
    for tag in ("vip", "deskpulse-low"):
        office.world.tag(ticket, at("10 09:01"), office.eva.id, tag)
    with office.wired(**access) as (wire, session):
        yield Standing(office, wire, session)


class TestFailing(FailingContract):
    desk = DESK
    ticket = TICKET
    requests: ClassVar = {
        "a tag": "POST /api/v1/tags/add", "a tag less": "DELETE /api/v1/tags/remove", "a field": PUT,
        "a note": "POST /api/v1/ticket_articles", "a summary": "POST /api/v1/tickets",
    }  # fmt: skip
    permissions = dict.fromkeys(WRITES, "ticket.agent")

    def standing(self) -> Any:
        return standing()

    @MATRIX
    def test_the_desk_holds_exactly_what_was_asked_for(self, write: str) -> None:
        with standing() as desk:
            before = desk.state()
            DESK.apply(self.action(write), desk.session)
            after = desk.state()
        changed = {
            "a tag": {"tags": ["channel-email", "deskpulse-low", "vip"]},
            "a tag less": {"tags": ["vip"]},
            "a field": {"csat": "2"},
        }.get(write, {})
        assert after["tickets"][1] == before["tickets"][1] | changed
        added = after["articles"][len(before["articles"]) :]
        assert [(type_, internal) for _, type_, internal, _ in added] == [("note", True)] * write.startswith(
            ("a n", "a s")
        )
        assert len(after["tickets"]) == 1 + (write == "a summary")
