"""The JSON in which a simulated Freshdesk tells what it holds; keys by the API reference and the app platform's."""

from __future__ import annotations

import html
import re
from typing import Any

from integrations.freshdesk.simulated_world import Kept, Rated, Said, World
from integrations.times import Instant, iso

_STATS = (
    "agent_responded_at", "requester_responded_at", "first_responded_at", "status_updated_at", "reopened_at",
    "resolved_at", "closed_at", "pending_since",
)  # fmt: skip


def ticket(one: Kept) -> dict[str, Any]:
    """A ticket as a list shows it: neither its text nor its associations."""
    return {
        "cc_emails": [], "fwd_emails": [], "reply_cc_emails": [], "fr_escalated": False, "spam": one.spam,
        "email_config_id": None, "group_id": one.group, "priority": one.priority, "requester_id": one.requester,
        "responder_id": one.agent, "source": one.source, "company_id": None, "status": one.status,
        "subject": one.subject, "to_emails": None, "product_id": one.product, "id": one.id, "type": one.type,
        "due_by": None, "fr_due_by": None, "is_escalated": False, "created_at": iso(one.created),
        "updated_at": iso(one.updated), "custom_fields": dict(one.fields), "tags": list(one.tags),
        **({"deleted": True} if one.deleted else {}),
    }  # fmt: skip


def page(one: Kept) -> dict[str, Any]:
    """A ticket as its own page shows it."""
    text = f"<div>{one.description}</div>"  # written in Freshdesk's own way, not as it was given
    more = {"description": text, "description_text": plain(text), "association_type": one.association}
    return {**ticket(one), **more, "attachments": []}


def stats(one: Kept) -> dict[str, Any]:
    """What `include=stats` embeds."""
    return {name: _moment(one.stats.get(name)) for name in _STATS}


def conversation(one: Said, ticket_id: int) -> dict[str, Any]:
    """A reply or note."""
    return {
        "body": f"<div>{one.body}</div>", "body_text": plain(one.body), "id": one.id, "incoming": one.incoming,
        "private": one.private, "user_id": one.user, "support_email": None, "source": one.source,
        "ticket_id": ticket_id, "to_emails": [], "from_email": None, "cc_emails": [], "bcc_emails": None,
        "created_at": iso(one.at), "updated_at": iso(one.updated), "attachments": [],
    }  # fmt: skip


def rating(one: Rated) -> dict[str, Any]:
    """An answer to a survey."""
    return {
        "id": one.id, "survey_id": one.survey, "user_id": one.user, "agent_id": one.agent, "feedback": one.comment,
        "group_id": one.group, "ticket_id": one.ticket, "ratings": {"default_question": one.code},
        "created_at": iso(one.at), "updated_at": iso(one.updated),
    }  # fmt: skip


def event(world: World, name: str, one: Kept, said: Said | None, changes: dict[str, Any]) -> dict[str, Any]:
    """An event of the app platform, with the data as they are now."""
    if said is not None:
        data: dict[str, Any] = {"conversation": conversation(said, one.id)}
    else:
        person = world.contacts.get(one.requester)
        told = {**ticket(one), "description_text": plain(one.description)}
        data = {"ticket": {**told, "changes": changes} if changes else told}
        if person is not None:
            data["requester"] = {"id": person.id, "name": person.name, "email": person.email}
    return {
        "data": data, "timestamp": one.updated // 1000, "account_id": 18, "domain": "lampshop.freshdesk.com",
        "event": name, "region": "EUC",
    }  # fmt: skip


def plain(text: str) -> str:
    """HTML as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", " ", text)).strip()


def _moment(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
