"""Zendesk fulfils what every desk must."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from integrations.base import Access, Call
from integrations.session import Session
from integrations.times import DAY, Instant
from tests.desks.contract import NOW, DeskContract, Way, Written
from tests.desks.wired import DROP_LATE, Wire
from tests.desks.zendesk.office import DESK, Office, access, at, call, happened

_AGENT = {"id": "902", "is_staff": True, "name": "Eva"}
_COMMENT = {"id": "88001", "body": "On its way", "is_public": True, "author": _AGENT}
_FIELD = {"id": "4071", "title": "Region", "type": "text"}
_SAMPLES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "created": ("ticket.created", {}),
    "comment": ("ticket.comment_added", {"comment": _COMMENT}),
    "status": ("ticket.status_changed", {"current": "SOLVED", "previous": "OPEN"}),
    "agent": ("ticket.agent_assignment_changed", {"current": "903", "previous": None}),
    "tags": ("ticket.tags_changed", {"tags_added": ["vip"], "tags_removed": ["kettle"]}),
    "field": ("ticket.custom_field_changed", {"current": {"value": "s"}, "custom_field": _FIELD}),
    "merged": ("ticket.merged", {"target_ticket_id": "72"}),
}


def _short(body: dict[str, Any]) -> dict[str, Any]:
    """The event with a snapshot of what it cannot do without; one sample has a whole one."""
    needed = ("id", "created_at", "updated_at", "requester_id", "via")
    return {**body, "detail": {name: body["detail"][name] for name in needed}}


class _Served:
    """The simulated desk, filled, as the contract looks at it."""

    def __init__(self, office: Office, session: Session, wire: Wire) -> None:
        self.office, self.session, self._wire = office, session, wire
        ticket = office.ticket(tags=["vip"])
        office.answered(ticket, 30)
        office.world.say(ticket, at(40), office.eva.id, "Third one this week", public=False)
        office.world.update(ticket, at(50), office.eva.id, fields={office.region: "south"})
        solved = office.ticket(5)
        office.answered(solved, 60, status="solved")
        office.world.rate(solved, at(70), 1, "Quick")
        office.ticket(10, channel="chat")
        self.ticket = str(ticket.id)
        self.since: Instant = NOW - 100 * DAY

    def written(self) -> Written:
        return self.office.written()

    def lose_next_answer(self) -> None:
        self._wire.spoil(DROP_LATE, "(PUT|POST|DELETE) .*")


class TestZendesk(DeskContract):
    desk = DESK

    def ways(self) -> Sequence[Way]:
        def sign(body: bytes, secret: bytes, now: Instant) -> Call:
            return call(body, secret=secret, now=now)

        carriers = ("x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp")
        return (Way("signature", sign, carriers),)

    def samples(self) -> Mapping[str, Call]:
        bodies: dict[str, Any] = {name: _short(happened(*told)) for name, told in _SAMPLES.items()}
        bodies["created"] = happened("ticket.created")
        bodies["trigger"] = {"event": "survey.answered", "ticket_id": "71"}
        return {name: self.call(json.dumps(body).encode()) for name, body in bodies.items()}

    def access(self) -> Access:
        return access()

    @contextmanager
    def served(self) -> Iterator[_Served]:
        office = Office(now=NOW)
        office.api.page_size = 2
        with office.open() as (session, wire):
            yield _Served(office, session, wire)

    def tagged(self, tags: Sequence[str]) -> Call:
        return self.call(json.dumps(happened("ticket.tags_changed", {"tags_added": list(tags)})).encode())
