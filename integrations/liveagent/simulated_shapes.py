"""The JSON in which a simulated LiveAgent tells what it holds; keys by the v3 client's models."""

from __future__ import annotations

from typing import Any

from integrations.liveagent.simulated_world import Block, Conversation, PhoneRow, Rating, Said, Span, World
from integrations.times import Instant


def _local(world: World, at: Instant | None) -> str | None:
    return None if at is None else world.local(at)


def ticket(world: World, one: Conversation) -> dict[str, Any]:
    """v3 Ticket."""
    shape: dict[str, Any] = {
        "id": one.id,
        "owner_contactid": one.owner.id,
        "owner_email": one.owner.email,
        "owner_name": one.owner.name,
        "departmentid": one.department,
        "agentid": one.agent,
        "status": one.status,
        "tags": list(one.tags),
        "code": one.code,
        "channel_type": one.channel,
        "date_created": world.local(one.created),
        "date_changed": world.local(one.changed),
        "date_resolved": _local(world, one.resolved),
        "date_due": None,
        "date_deleted": _local(world, one.deleted),
        "last_activity": world.local(one.changed),
        "last_activity_public": world.local(one.changed),
        "public_access_urlcode": "p" + one.id,
        "subject": one.subject,
        "custom_fields": [{"code": code, "value": value} for code, value in one.fields.items()],
    }
    if one.channel is None:
        del shape["channel_type"]
    return shape


def span(world: World, one: Conversation, number: int, interval: Span) -> dict[str, Any]:
    """v3 TicketHistory."""
    end = interval.end
    return {
        "id": f"{one.id}{number:03d}",
        "conversation_id": one.id,
        "conversation_code": one.code,
        "department_id": interval.department,
        "department_name": world.departments.get(interval.department, ""),
        "agent_id": interval.agent,
        "status": interval.status,
        "date_from": world.local(interval.start),
        "date_to": _local(world, end),
        "elapsed_time": "" if end is None else str((end - interval.start) // 1_000_000),
    }


def block(world: World, number: int, one: Block) -> dict[str, Any]:
    """v3 MessageGroup."""
    return {
        "id": one.id,
        "parent_id": None,
        "userid": one.user,
        "user_full_name": one.user_name,
        "type": one.type,
        "status": one.status,
        "datecreated": world.local(one.at),
        "datefinished": world.local(one.messages[-1].at) if one.messages else None,
        "sort_order": number,
        "mail_msg_id": None,
        "pop3_msg_id": None,
        "messages": [said(world, message) for message in one.messages],
    }


def said(world: World, one: Said) -> dict[str, Any]:
    """v3 Message."""
    return {
        "id": one.id,
        "userid": one.user,
        "type": one.type,
        "datecreated": world.local(one.at),
        "format": "T",
        "message": one.text,
        "visibility": None,
    }


def phone_row(world: World, one: PhoneRow) -> dict[str, Any]:
    """v3 CallListItem."""
    return {
        "id": one.id,
        "ticketId": one.ticket,
        "type": one.type,
        "fromNumber": "",
        "toNumber": "",
        "dateCreated": world.local(one.at),
        "dateAnswered": _local(world, one.answered),
        "dateFinished": _local(world, one.finished),
        "callDuration": 0,
    }


def rating(world: World, one: Rating) -> dict[str, Any]:
    """A row of v1 /reports/ranking."""
    return {
        "id": one.id,
        "rankingType": one.kind,
        "datecreated": world.local(one.at),
        "conversationid": one.ticket,
        "agentcontactid": "k" + one.agent.id,
        "agentEmail": one.agent.email,
        "agent": one.agent.name,
        "contactid": one.owner.id,
        "requesterEmail": one.owner.email,
        "requester": one.owner.name,
        "comment": one.comment,
        "validity": "Y" if one.valid else "N",
    }
