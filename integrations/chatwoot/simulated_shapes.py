"""The JSON of a simulated Chatwoot, as its presenters and views write it: each thing in each of its spellings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from integrations.chatwoot.simulated_world import INCOMING, Answered, Hook, Inbox, Job, Person, Said, Talk, World
from integrations.times import SECOND, Instant, utc

ACCOUNT: Final = 1
_KINDS: Final = ("incoming", "outgoing", "activity", "template")
_SENDER_TYPES: Final = {"user": "User", "agent_bot": "AgentBot", "contact": "Contact"}


def iso(moment: Instant) -> str:
    """As Rails writes times into JSON: milliseconds, always."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment % SECOND // 1000:03d}Z"


def payload(job: Job) -> dict[str, Any]:
    """The body of one call, with the conversation as it is now."""
    account = {"id": ACCOUNT, "name": "Shop"}
    if job.message is not None:
        return {**_message_hook(job.message, job.talk), "account": account, "event": job.event}
    told = {**conversation_hook(job.talk), "account": account, "event": job.event}
    if job.event == "conversation_status_changed":
        return {**told, "changed_attributes": None}
    return told if job.changes is None else {**told, "changed_attributes": [_change(*one) for one in job.changes]}


def _change(name: str, before: Any, after: Any) -> dict[str, Any]:
    is_time = name.endswith(("_at", "_since"))
    old, new = (iso(value) if is_time and isinstance(value, int) else value for value in (before, after))
    return {name: {"previous_value": old, "current_value": new}}


def _message_hook(said: Said, talk: Talk) -> dict[str, Any]:
    return {
        "additional_attributes": {},
        "content_attributes": said.attributes,
        "content_type": said.content_type,
        "content": said.text,
        "conversation": conversation_hook(talk),
        "created_at": iso(said.at),
        "id": said.id,
        "inbox": {"id": talk.inbox.id, "name": talk.inbox.name},
        "message_type": _KINDS[said.kind],
        "private": said.private,
        "sender": None if said.sender is None else _hook_sender(said.sender),
        "source_id": None,
    }


def _hook_sender(person: Person) -> dict[str, Any]:
    told = {"id": person.id, "name": person.name}
    if person.type == "contact":
        return {**told, **_private(person)}
    return {**told, "type": person.type, **({"email": person.email} if person.email else {})}


def _private(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "phone_number": f"+38599{person.id:06d}",
        "identifier": person.identifier,
        "additional_attributes": {"created_at_ip": "198.51.100.9"},
        "custom_attributes": {},
        "thumbnail": "",
    }


def conversation_hook(talk: Talk) -> dict[str, Any]:
    """A conversation in a webhook."""
    last = next((said for said in reversed(talk.messages) if said.kind != 2), None)
    return {
        **_conversation(talk),
        "channel": talk.inbox.channel,
        "contact_inbox": {
            "id": talk.id + 5000,
            "contact_id": talk.contact.id,
            "inbox_id": talk.inbox.id,
            "source_id": f"visit-{talk.contact.id}",
            "pubsub_token": f"key-of-visitor-{talk.contact.id}",
        },
        "messages": [] if last is None else [message(last, talk)],
        "first_reply_created_at": None if talk.first_reply is None else iso(talk.first_reply),
        "updated_at": talk.updated / SECOND,
    }


def _conversation(talk: Talk) -> dict[str, Any]:
    assignee = talk.assignee
    held = None if assignee is None else {"id": assignee.id, "name": assignee.name, "type": assignee.type}
    return {
        "id": talk.id,
        "inbox_id": talk.inbox.id,
        "status": talk.status,
        "labels": list(talk.labels),
        "custom_attributes": dict(talk.custom),
        "additional_attributes": {},
        "meta": {
            "sender": {"id": talk.contact.id, "name": talk.contact.name, "type": "contact", **_private(talk.contact)},
            "assignee": held,
            "assignee_type": None if assignee is None else "User",
            "team": None if talk.team is None else {"id": talk.team[0], "name": talk.team[1]},
            "hmac_verified": False,
        },
        "created_at": talk.created // SECOND,
        "timestamp": talk.active // SECOND,
        "last_activity_at": talk.active // SECOND,
        "waiting_since": (talk.waiting or 0) // SECOND,
        "snoozed_until": None,
        "priority": None,
        "unread_count": 0,
        "can_reply": True,
    }


def conversation(talk: Talk, world: World) -> dict[str, Any]:
    """A conversation in the API."""
    told = _conversation(talk)
    told["meta"]["channel"] = talk.inbox.channel
    last = [message(talk.messages[-1], talk)] if talk.messages else []
    updated = {"updated_at": talk.updated / SECOND} if world.tells_updated else {}
    first = (talk.first_reply or 0) // SECOND
    return {**told, **updated, "account_id": ACCOUNT, "messages": last, "first_reply_created_at": first}


def message(said: Said, talk: Talk) -> dict[str, Any]:
    """A message in the API and inside a conversation."""
    sender = said.sender
    told = None if sender is None else {"id": sender.id, "name": sender.name, "type": sender.type}
    return {
        "id": said.id,
        "content": said.text,
        "inbox_id": talk.inbox.id,
        "conversation_id": talk.id,
        "message_type": said.kind,
        "content_type": said.content_type,
        "content_attributes": said.attributes,
        "created_at": said.at // SECOND,
        "private": said.private,
        "status": "sent",
        "source_id": None,
        **({"sender": told, "sender_type": _SENDER_TYPES[sender.type]} if sender and told else {}),
        **({} if said.kind == INCOMING else {"external_source_ids": {}}),
    }


def answer(row: Answered) -> dict[str, Any]:
    """A row of the CSAT responses."""
    assigned = row.talk.assignee
    return {
        "id": row.id,
        "rating": row.score,
        "feedback_message": row.comment,
        "account_id": ACCOUNT,
        "message_id": row.message.id,
        "contact": {"id": row.talk.contact.id, "name": row.talk.contact.name, **_private(row.talk.contact)},
        "conversation_id": row.talk.id,
        **({} if assigned is None else {"assigned_agent": {"id": assigned.id, "name": assigned.name}}),
        "created_at": row.at // SECOND,
    }


def inbox(row: Inbox) -> dict[str, Any]:
    """An inbox."""
    return {"id": row.id, "name": row.name, "channel_type": row.channel, "medium": row.medium}


def hook(row: Hook) -> dict[str, Any]:
    """A webhook, with the secret it signs with where there is one."""
    told: Mapping[str, Any] = {} if row.secret is None else {"secret": row.secret}
    return {"id": row.id, "name": row.name, "url": row.url, "account_id": ACCOUNT, "subscriptions": row.events, **told}
