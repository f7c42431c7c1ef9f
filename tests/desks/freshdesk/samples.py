"""Bodies as Freshdesk sends them, built from what a test wants to say, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Reading
from integrations.events import Event
from integrations.freshdesk import payloads
from integrations.freshdesk.values import Conversation, Rating, Ticket
from integrations.freshdesk.webhook import Freshdesk
from integrations.times import MINUTE, Instant, instant_of_iso, iso
from tests.desks.hooks import NOW

DESK = Freshdesk()
SECRET = b"whsec_bGFtcHMgYXJlIGxpZ2h0IGluIHRoZSBkYXJr"
URL = "https://lampshop.freshdesk.example"
#: Deskpulse's own agent, two other agents, a customer, a group.
PLUGIN, EVA, IVO, CUSTOMER, ORDERS, RETURNS = "820001", "820002", "820003", "930001", "610001", "610002"
TICKET = "5021"
SURVEY = "4400"
OPENED = instant_of_iso("2026-06-15T08:00:00Z")


def at(minutes: float) -> Instant:
    """So many minutes after the ticket was opened."""
    return OPENED + int(minutes * MINUTE)


def moment(minutes: float | None) -> str | None:
    return None if minutes is None else iso(at(minutes))


def ticket(minutes: float = 0, **changes: Any) -> dict[str, Any]:
    """A ticket as a list shows it, last changed so many minutes after it was opened."""
    return {
        "cc_emails": [], "fwd_emails": [], "reply_cc_emails": [], "fr_escalated": False, "spam": False,
        "email_config_id": None, "group_id": int(ORDERS), "priority": 2, "requester_id": int(CUSTOMER),
        "responder_id": None, "source": 1, "company_id": None, "status": 2, "subject": "The lamp flickers",
        "to_emails": None, "product_id": 71, "id": int(TICKET), "type": "Question", "due_by": moment(4000),
        "fr_due_by": moment(400), "is_escalated": False, "created_at": iso(OPENED), "updated_at": moment(minutes),
        "custom_fields": {"cf_region": "south", "cf_size": None}, "tags": ["vip"], **changes,
    }  # fmt: skip


def stats(**minutes: float) -> dict[str, Any]:
    """What `include=stats` embeds; `resolved=40` means resolved 40 minutes after the opening."""
    names = {
        "status_updated": "status_updated_at", "reopened": "reopened_at", "resolved": "resolved_at",
        "closed": "closed_at", "pending": "pending_since",
    }  # fmt: skip
    return {key: moment(minutes.get(name)) for name, key in names.items()}


def page(minutes: float = 0, **changes: Any) -> dict[str, Any]:
    """A ticket as its own page shows it; `stats` are those of a ticket that is open since it was opened."""
    more = {"description": "<div>It flickers.</div>", "description_text": "It flickers.", "association_type": None}
    return ticket(minutes, **{**more, "stats": stats(status_updated=0), **changes})


def said(id_: int, minutes: float, **changes: Any) -> dict[str, Any]:
    """One conversation: Eva's public reply unless said otherwise."""
    return {
        "body": "<div>We look into it.</div>", "body_text": "We look into it.", "id": id_, "incoming": False,
        "private": False, "user_id": int(EVA), "support_email": "care@lampshop.example", "source": 0,
        "ticket_id": int(TICKET), "to_emails": ["jo@mail.example"], "from_email": "Eva <care@lampshop.example>",
        "cc_emails": [], "bcc_emails": [], "created_at": moment(minutes), "updated_at": moment(minutes),
        "attachments": [], **changes,
    }  # fmt: skip


def by_customer(id_: int, minutes: float, **changes: Any) -> dict[str, Any]:
    """The customer's reply."""
    return said(id_, minutes, **{"user_id": int(CUSTOMER), "incoming": True, **changes})


def rating(id_: int, minutes: float, code: int | str = 103, **changes: Any) -> dict[str, Any]:
    """An answer to the survey."""
    return {
        "id": id_, "survey_id": int(SURVEY), "user_id": int(CUSTOMER), "agent_id": int(EVA), "feedback": "Kind!",
        "group_id": int(ORDERS), "ticket_id": int(TICKET), "ratings": {"default_question": code, "question_7": -103},
        "created_at": moment(minutes), "updated_at": moment(minutes), **changes,
    }  # fmt: skip


def hint(**changes: Any) -> dict[str, Any]:
    """What a rule's webhook sends."""
    return {"freshdesk_webhook": {"event": "ticket.updated", "ticket_id": TICKET, **changes}}


def app_event(name: str, minutes: float = 0, **data: Any) -> dict[str, Any]:
    """An event of the app platform."""
    return {
        "data": data, "timestamp": at(minutes) // 1000, "account_id": "771", "domain": "lampshop.freshdesk.example",
        "event": name, "region": "EUC",
    }  # fmt: skip


def call(body: Any, *, received_at: Instant = NOW) -> Call:
    """The call that brings the body, proved by the header."""
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json", "x-deskpulse-token": SECRET.decode()}
    return Call(body=told, headers=headers, query={}, received_at=received_at)


def access(url: str = URL, **options: Any) -> Access:
    """How the account is read."""
    return Access(
        url=url,
        credentials={"api_key": "key-of-deskpulse"},
        zone=ZoneInfo("Europe/Vienna"),
        author=PLUGIN,
        options=options,
        account="lampshop",
    )


def parsed(body: Any, **options: Any) -> Reading:
    """What the call with this body tells."""
    return DESK.parse(call(body), access(**options))


def read_ticket(told: Mapping[str, Any]) -> Ticket:
    return payloads.one(Ticket, dict(told))


def read_said(told: Mapping[str, Any]) -> Conversation:
    return payloads.one(Conversation, dict(told))


def read_rating(told: Mapping[str, Any]) -> Rating:
    return payloads.one(Rating, dict(told))


def brief(events: tuple[Event, ...] | list[Event]) -> list[tuple[str, float, dict[str, Any]]]:
    """Each event as its type, its minute after the opening, and its data."""
    return [(one.type, (one.at - OPENED) / MINUTE, dict(one.data)) for one in events]


def only(events: tuple[Event, ...] | list[Event], type_: str) -> list[Event]:
    """Those of one type, by time."""
    return sorted((one for one in events if one.type == type_), key=lambda one: (one.at, one.seq or 0))
