"""The JSON in which a simulated Zendesk tells what it holds, in its API and in its webhooks."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from integrations.times import Instant, utc

if TYPE_CHECKING:
    from integrations.zendesk.simulated_world import Person, Ticket, World

_TAG = re.compile(r"<[^>]+>")
ACCOUNT = 22129848


def iso(at: Instant) -> str:
    """A moment as the API tells it: whole seconds of UTC."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def nano(at: Instant) -> str:
    """A moment as webhooks tell it: with nine digits of a second."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%S.%f") + "517Z"


def plain(text: str) -> str:
    """HTML as the API's plain text."""
    return html.unescape(_TAG.sub("", text.replace("<br>", "\n")))


def ticket(held: Ticket) -> dict[str, Any]:
    """A ticket of the API."""
    return {
        "id": held.id,
        "url": f"https://acme.zendesk.example/api/v2/tickets/{held.id}.json",
        "created_at": iso(held.created),
        "updated_at": iso(held.updated),
        "generated_timestamp": held.updated // 1_000_000,
        "via": held.via,
        **held.held,
        "status": "deleted" if held.deleted else held.held["status"],
        "tags": list(held.tags),
        "custom_fields": [{"id": id_, "value": value} for id_, value in held.fields.items()],
        "satisfaction_rating": held.rating,
        "is_public": True,
    }


def comment(held: Mapping[str, Any]) -> dict[str, Any]:
    """A comment of the API."""
    return {**held, "audit_id": held["id"] + 1, "html_body": html.escape(held["body"]), "metadata": {}}


def user(person: Person) -> dict[str, Any]:
    """A user of the API."""
    return {"id": person.id, "name": person.name, "email": person.email, "role": person.role, "active": True}


def rating(held: Ticket, at: Instant, score: str, comment: str) -> dict[str, Any]:
    """A rating of the older survey, but for its id and date."""
    return {
        "ticket_id": held.id,
        "score": score,
        "comment": comment or None,
        "updated_at": iso(at),
        "assignee_id": held.held["assignee_id"],
        "group_id": held.held["group_id"],
        "requester_id": held.held["requester_id"],
    }


def response(world: World, held: Ticket, at: Instant, score: int, comment: str) -> dict[str, Any]:
    """A response to the newer survey with its rating, and its comment if there is one."""
    options = [{"rating": number, "label": {}} for number in range(1, 6)]
    question = {"id": "01Q", "type": "rating_scale", "sub_type": "customer_satisfaction", "options": options}
    category = "good" if score > 3 else "bad" if score < 3 else "neutral"
    dated = {"created_at": iso(at), "updated_at": iso(at)}
    rated = {"type": "rating_scale", "rating": score, "rating_category": category, "question": question, **dated}
    said = {"type": "open_ended", "value": comment, "question": {"id": "02Q", "type": "open_ended"}, **dated}
    return {
        "id": f"01RESPONSE{world.new_id()}",
        "survey": {"id": "01SURVEY", "version": 1},
        "expires_at": iso(at + 86_400_000_000),
        "subjects": [{"id": str(held.id), "type": "ticket", "zrn": f"zen:ticket:{held.id}"}],
        "responder_id": held.held["requester_id"],
        "answers": [rated, said] if comment else [rated],
    }


# ------------------------------------------------------------------------------------------------ webhooks


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _loud(value: Any) -> str | None:
    return None if value is None else str(value).upper()


def detail(held: Ticket, actor: int) -> dict[str, Any]:
    """The snapshot of a ticket in a webhook: ids as text, words in capitals."""
    told = held.held
    return {
        "id": str(held.id),
        "created_at": iso(held.created),
        "updated_at": iso(held.updated),
        "via": {"channel": held.word},
        "actor_id": str(actor),
        "requester_id": str(told["requester_id"]),
        "submitter_id": str(told["submitter_id"]),
        "assignee_id": _text(told["assignee_id"]) or "",
        "group_id": _text(told["group_id"]) or "",
        "brand_id": _text(told["brand_id"]) or "",
        "form_id": _text(told["ticket_form_id"]) or "",
        "organization_id": _text(told["organization_id"]) or "",
        "status": "DELETED" if held.deleted else _loud(told["status"]),
        "priority": _loud(told["priority"]),
        "type": _loud(told["type"]),
        "external_id": told["external_id"],
        "subject": told["subject"],
        "description": held.comments[0]["body"] if held.comments else "",
        "tags": list(held.tags),
        "is_public": True,
    }


def event(world: World, held: Ticket, kind: str, at: Instant, actor: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """One event as its webhook sends it."""
    return {
        "type": f"zen:event-type:{kind}",
        "account_id": ACCOUNT,
        "id": str(uuid.UUID(int=world.random.getrandbits(128), version=4)),
        "time": nano(at),
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:ticket:{held.id}",
        "detail": detail(held, actor),
        "event": dict(told),
    }


def message(world: World, held: Ticket, at: Instant, actor: tuple[str, str], text: str) -> dict[str, Any]:
    """A message of messaging as its webhook sends it."""
    type_, id_ = actor
    told = {"actor": {"id": id_, "name": "Somebody", "type": type_}, "conversation_id": f"c{held.id}"}
    said = {"message": {"id": f"m{world.new_id()}", "body": text}}
    whole = event(world, held, "messaging_ticket.message_added", at, 0, {**told, **said})
    return {**whole, "detail": {"id": str(held.id)}}


def comment_event(held: Mapping[str, Any], author: Person | None) -> dict[str, Any]:
    """A comment inside an event."""
    staff = author is not None and author.role != "end-user"
    who = {"id": str(held["author_id"]), "is_staff": staff, "name": author.name if author else "Zendesk"}
    return {"id": str(held["id"]), "body": held["body"], "is_public": held["public"], "author": who}


def delta(name: str, before: Any, after: Any) -> dict[str, Any]:
    """The change of a property inside an event."""
    told = _loud if name in ("status", "priority", "type") else _text
    return {"previous": told(before), "current": told(after)}


def tags_delta(before: Iterable[str], after: Iterable[str]) -> dict[str, Any]:
    """The change of tags inside an event."""
    old, new = list(before), list(after)
    return {
        "tags_added": [one for one in new if one not in old],
        "tags_removed": [one for one in old if one not in new],
    }


def field_delta(id_: int, title: str, before: Any, after: Any) -> dict[str, Any]:
    """The change of a custom field inside an event."""
    changed = {"id": str(id_), "title": title, "type": "text"}
    return {"previous": {"value": before}, "current": {"value": after}, "custom_field": changed}
