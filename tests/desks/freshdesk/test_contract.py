"""Freshdesk fulfils what every desk must."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from integrations.base import Access, Call
from integrations.registry import desk_named
from integrations.session import Session
from integrations.signatures import standard_webhooks_signature
from integrations.times import DAY, SECOND, Instant
from tests.desks.contract import NOW, DeskContract, Way, Written
from tests.desks.freshdesk import samples
from tests.desks.freshdesk.world import Shop, at

_UNREAD = (
    "cc_emails", "fwd_emails", "reply_cc_emails", "to_emails", "bcc_emails", "support_email", "from_email", "body",
    "attachments", "due_by", "fr_due_by", "fr_escalated", "is_escalated", "email_config_id", "company_id", "region",
)  # fmt: skip


class _Desk:
    """The simulated desk as the contract sees it."""

    def __init__(self, shop: Shop, session: Session) -> None:
        self.shop = shop
        self.session = session
        first = shop.ticket("10 09:00")
        shop.answered(first, "10 09:30")
        other = shop.ticket("11 09:00")
        shop.world.rate(other, at("11 10:00"), 103, "Fine")
        shop.world.mark(shop.ticket("11 11:00"), at("11 11:05"), spam=True)
        self.ticket = str(first.id)
        self.since: Instant = NOW - 100 * DAY

    def written(self) -> Written:
        """What stands in the simulator."""
        simulator = self.shop.simulator
        tickets = [str(one) for one in simulator.world.tickets if str(one) not in simulator.summaries()]
        return Written(
            tags={ticket: simulator.tags(ticket) for ticket in tickets},
            fields={ticket: simulator.fields(ticket) for ticket in tickets},
            notes={ticket: tuple(simulator.notes(ticket)) for ticket in tickets},
            summaries=simulator.summaries(),
        )

    def lose_next_answer(self) -> None:
        """Whatever is written next is done and not answered."""
        self.shop.simulator.trouble.lose_next_write()


def _lean(told: Any) -> Any:
    """The body without what nobody reads: each of its values is spoiled in two dozen ways."""
    if not isinstance(told, dict):
        return told
    return {name: _lean(value) for name, value in told.items() if name not in _UNREAD}


def _signed(body: bytes, secret: bytes, now: Instant) -> Call:
    timestamp = str(now // SECOND)
    headers = {
        "webhook-id": "onTicketCreate-1",
        "webhook-timestamp": timestamp,
        "webhook-signature": standard_webhooks_signature(secret, "onTicketCreate-1", timestamp, body),
    }
    return Call(body=body, headers=headers, query={}, received_at=now)


def _in_header(body: bytes, secret: bytes, now: Instant) -> Call:
    return Call(body=body, headers={"x-deskpulse-token": secret.decode()}, query={}, received_at=now)


def _in_query(body: bytes, secret: bytes, now: Instant) -> Call:
    return Call(body=body, headers={}, query={"token": secret.decode()}, received_at=now)


def _basic(body: bytes, secret: bytes, now: Instant) -> Call:
    proof = "Basic " + base64.b64encode(b"deskpulse:" + secret).decode()
    return Call(body=body, headers={"authorization": proof}, query={}, received_at=now)


class TestFreshdesk(DeskContract):
    desk = desk_named("freshdesk")

    def ways(self) -> Sequence[Way]:
        return (
            Way("secret in a header", _in_header, ("x-deskpulse-token",), covers_body=False),
            Way("token in the query", _in_query, ("?token",), covers_body=False),
            Way("basic authentication", _basic, ("authorization",), covers_body=False),
            Way("signature of our app", _signed, ("webhook-id", "webhook-timestamp", "webhook-signature")),
        )

    def samples(self) -> Mapping[str, Call]:
        changed = samples.ticket(7, status=4, changes={"status": [2, 4], "responder_id": [None, None]})
        bodies = {
            "rule": samples.hint(),
            "rule with much text": samples.hint(triggered_event="{status:{from:4,to:6}}", ticket_status="Open"),
            "created": samples.app_event("onTicketCreate", ticket=samples.ticket(), requester={"id": 1, "name": "Jo"}),
            "changed": samples.app_event("onTicketUpdate", ticket=changed),
            "deleted": samples.app_event("onTicketDelete", ticket={"id": 12}),
            "reply": samples.app_event("onConversationCreate", conversation=samples.said(881, 4)),
            "note": samples.app_event("onConversationCreate", conversation=samples.said(882, 5, private=True)),
        }
        return {name: self.call(json.dumps(_lean(body)).encode()) for name, body in bodies.items()}

    def tagged(self, tags: Sequence[str]) -> Call | None:
        body = samples.app_event("onTicketCreate", ticket=samples.ticket(tags=list(tags)))
        return self.call(json.dumps(body).encode())

    def access(self) -> Access:
        return samples.access()

    @contextmanager
    def served(self) -> Iterator[_Desk]:
        shop = Shop()
        with shop.open() as (session, _):
            yield _Desk(shop, session)
