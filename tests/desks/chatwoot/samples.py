"""Calls as Chatwoot 4.15.1 builds them, with people and words of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Reading
from integrations.chatwoot.webhook import Chatwoot
from integrations.events import Event
from integrations.signatures import hmac_sha256
from integrations.times import SECOND, Instant, instant_of_iso, iso
from tests.desks.hooks import NOW

DESK = Chatwoot()
SECRET = b"whsec-of-the-account"
ACCOUNT = 4
BEGIN = instant_of_iso("2026-06-15T07:30:00Z")
EVA = {"id": 31, "name": "Eva Lind", "email": "eva@shop.example", "type": "user"}
ROBOT = {"id": 8, "name": "Robo", "type": "agent_bot"}
VISITOR: dict[str, Any] = {
    "id": 501,
    "name": "Ada Quist",
    "email": "ada@visitor.example",
    "phone_number": "+38591000111",
    "identifier": "shop-501",
    "additional_attributes": {"city": "Split", "created_at_ip": "198.51.100.4"},
    "custom_attributes": {"plan": "gold"},
    "thumbnail": "",
}
TEAM = {"id": 6, "name": "returns"}
SUMMARY_INBOX = 77


def at(clock: str) -> Instant:
    """A moment of the day on which everything here happens."""
    return instant_of_iso(f"2026-06-15T{clock}Z")


def seconds(moment: Instant) -> float:
    """Unix seconds, whole ones as an integer, as Chatwoot writes them."""
    return moment // SECOND if moment % SECOND == 0 else moment / SECOND


def inner_message(id_: int = 9001, kind: int = 0, *, when: Instant = BEGIN, **changes: Any) -> dict[str, Any]:
    """A message as it stands inside a conversation and in answers of the API: numbers and Unix seconds."""
    told = {
        "id": id_,
        "content": "My lamp flickers",
        "inbox_id": 12,
        "conversation_id": 310,
        "message_type": kind,
        "content_type": "text",
        "content_attributes": {},
        "additional_attributes": {},
        "created_at": when // SECOND,
        "private": False,
        "status": "sent",
        "sender_type": "Contact" if kind == 0 else "User" if kind == 1 else None,
        "sender": {**VISITOR, "type": "contact"} if kind == 0 else EVA if kind == 1 else None,
    }
    return {**told, **changes}


def conversation(*messages: Mapping[str, Any], updated: Instant = BEGIN + 120_000, **changes: Any) -> dict[str, Any]:
    """A conversation as webhooks hold it."""
    meta = {"sender": {**VISITOR, "type": "contact"}, "assignee": None, "assignee_type": None, "team": None}
    told = {
        "id": 310,
        "inbox_id": 12,
        "channel": "Channel::WebWidget",
        "status": "open",
        "labels": [],
        "custom_attributes": {},
        "additional_attributes": {"referer": "https://shop.example/lamps"},
        "messages": list(messages),
        "contact_inbox": {"id": 640, "contact_id": 501, "source_id": "c0ffee", "pubsub_token": "canary-of-a-visitor"},
        "created_at": BEGIN // SECOND,
        "updated_at": seconds(updated),
        "last_activity_at": updated // SECOND,
        "timestamp": updated // SECOND,
        "waiting_since": BEGIN // SECOND,
        "first_reply_created_at": None,
        "snoozed_until": None,
        "priority": None,
    }
    meta |= changes.pop("meta", {})
    return {**told, "meta": meta, **changes}


def about(event: str, *messages: Mapping[str, Any], **changes: Any) -> bytes:
    """The body of a call that holds a conversation."""
    changed = changes.pop("changed", None)
    told = {**conversation(*messages, **changes), "account": {"id": ACCOUNT, "name": "Shop"}, "event": event}
    return json.dumps({**told, "changed_attributes": changed}).encode()


def changed(moment: Instant, **values: Sequence[Any]) -> list[dict[str, Any]]:
    """The list of changes of an update, which was saved at that moment."""
    told = {"updated_at": (iso(BEGIN), iso(moment)), **values}
    return [{name: {"previous_value": old, "current_value": new}} for name, (old, new) in told.items()]


def said(
    text: str = "My lamp flickers",
    *,
    id_: int = 9001,
    kind: str = "incoming",
    when: Instant = BEGIN,
    event: str = "message_created",
    held: Mapping[str, Any] | None = None,
    **changes: Any,
) -> bytes:
    """The body of a call that holds a message and its conversation."""
    senders = {"incoming": VISITOR, "outgoing": EVA}
    told = {
        "id": id_,
        "content": text,
        "content_type": "text",
        "content_attributes": {},
        "additional_attributes": {},
        "message_type": kind,
        "private": False,
        "created_at": iso(when),
        "sender": senders.get(kind),
        "source_id": None,
        "inbox": {"id": 12, "name": "Website"},
        "account": {"id": ACCOUNT, "name": "Shop"},
        "conversation": held or conversation(),
        "event": event,
    }
    return json.dumps({**told, **changes}).encode()


def survey(*, when: Instant = BEGIN, id_: int = 9050, given: Mapping[str, Any] | None = None, **changes: Any) -> bytes:
    """The body of a call about the CSAT question: put, or answered when a rating is given."""
    attributes: dict[str, Any] = {"display_type": "emoji"}
    if given is not None:
        attributes |= {"submitted_values": {"csat_survey_response": dict(given)}}
    event = "message_created" if given is None else "message_updated"
    return said(
        "How did we do?",
        id_=id_,
        kind="template",
        when=when,
        **{"event": event, "content_type": "input_csat", "content_attributes": attributes, **changes},
    )


def signed(body: bytes, secret: bytes = SECRET, now: Instant = NOW, *, delivery: str = "d-1") -> Call:
    """The call as an account's webhook makes it."""
    timestamp = str(now // SECOND)
    signature = hmac_sha256(secret, timestamp.encode() + b"." + body).hex()
    headers = {
        "content-type": "application/json",
        "x-chatwoot-delivery": delivery,
        "x-chatwoot-timestamp": timestamp,
        "x-chatwoot-signature": f"sha256={signature}",
    }
    return Call(body, headers, {}, now)


def by_address(body: bytes, secret: bytes = SECRET, now: Instant = NOW) -> Call:
    """The call as rules, macros and older versions make it."""
    return Call(body, {"content-type": "application/json"}, {"token": secret.decode()}, now)


def access(url: str = "https://chat.example", **options: Any) -> Access:
    """The account."""
    credentials = {"token": "token-of-deskpulse", "account_id": str(ACCOUNT)}
    told = {"summary_inbox": SUMMARY_INBOX, **options}
    return Access(url=url, credentials=credentials, zone=ZoneInfo("Europe/Zagreb"), author="90", options=told)


def read(body: bytes, *, received_at: Instant = NOW, **options: Any) -> Reading:
    """What a call with this body tells."""
    return DESK.parse(signed(body, now=received_at), access(**options))


def only(reading: Reading, type_: str) -> list[Event]:
    """Its events of one type, by time."""
    return sorted((one for one in reading.events if one.type == type_), key=lambda one: (one.at, one.seq or 0))


def the(reading: Reading, type_: str) -> Event:
    """Its only event of that type."""
    (found,) = only(reading, type_)
    return found
