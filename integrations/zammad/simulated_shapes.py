"""The JSON of a simulated Zammad: tickets, articles and histories as its API and its webhooks show them."""

from __future__ import annotations

import json
from typing import Any

from integrations.times import Instant, utc
from integrations.zammad.simulated_world import (
    ARTICLE_TYPES,
    PRIORITIES,
    SENDERS,
    Article,
    Row,
    Ticket,
    User,
    World,
)


def moment(at: Instant) -> str:
    """A time as Zammad writes it: UTC with milliseconds."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at // 1000 % 1000:03d}Z"


def row(world: World, ticket: Ticket) -> dict[str, Any]:
    """A ticket with `expand=true`: names beside ids; of users, their login."""
    values = ticket.values
    return {
        "id": ticket.id,
        "number": str(10_000 + ticket.id),
        "title": values["title"],
        "group_id": values["group"],
        "group": world.groups[values["group"]],
        "state_id": values["state"],
        "state": world.states[values["state"]][0],
        "priority_id": values["priority"],
        "priority": PRIORITIES[values["priority"]],
        "owner_id": values["owner"],
        "owner": _login(world, values["owner"]),
        "customer_id": ticket.customer,
        "customer": _login(world, ticket.customer),
        "organization_id": None,
        "create_article_type_id": ARTICLE_TYPES.index(ticket.type) + 1 if ticket.type in ARTICLE_TYPES else 99,
        "create_article_type": ticket.type,
        "create_article_sender_id": SENDERS.index(ticket.sender) + 1,
        "create_article_sender": ticket.sender,
        "article_count": len(ticket.articles),
        "article_ids": [article.id for article in ticket.articles],
        "first_response_at": None,
        "close_at": None,
        "preferences": {},
        "created_by_id": ticket.created_by,
        "created_by": _login(world, ticket.created_by),
        "updated_by_id": ticket.updated_by,
        "updated_by": _login(world, ticket.updated_by),
        "created_at": moment(ticket.created_at),
        "updated_at": moment(ticket.updated_at),
        **{name: values[name] for name in world.custom},
    }


def article(world: World, told: Article) -> dict[str, Any]:
    """An article with `expand=true`."""
    return {
        "id": told.id,
        "ticket_id": told.ticket,
        "type_id": ARTICLE_TYPES.index(told.type) + 1 if told.type in ARTICLE_TYPES else 99,
        "type": told.type,
        "sender_id": SENDERS.index(told.sender) + 1,
        "sender": told.sender,
        "internal": told.internal,
        "from": _login(world, told.by),
        "subject": None,
        "body": told.body,
        "content_type": "text/html",
        "preferences": {"is-auto-response": True} if told.auto else {},
        "created_by_id": told.by,
        "created_by": _login(world, told.by),
        "created_at": moment(told.at),
        "updated_at": moment(told.at),
    }


def change(told: Row) -> dict[str, Any]:
    """A row of a history; what is not set is left out."""
    shown: dict[str, Any] = {
        "id": told.id,
        "o_id": told.object_id,
        "object": told.object,
        "type": told.type,
        "created_by_id": told.by,
        "created_at": moment(told.at),
    }
    if told.attribute is not None:
        shown["attribute"] = told.attribute
    if any(told.ids):
        shown |= {"id_from": told.ids[0], "id_to": told.ids[1]}
    if any(told.values):
        shown |= {"value_from": told.values[0] or "", "value_to": told.values[1] or ""}
    if told.object != "Ticket":
        shown |= {"related_object": "Ticket", "related_o_id": told.ticket}
    return shown


def user(told: User) -> dict[str, Any]:
    """A user, as in the assets of a history and in a webhook."""
    return {
        "id": told.id,
        "login": told.email or "-",
        "firstname": told.firstname,
        "lastname": told.lastname,
        "email": told.email,
        "phone": "00 555 0100",
        "note": "asked twice for a discount",
        "active": True,
    }


def payload(world: World, ticket: Ticket, said: Article | None) -> dict[str, Any]:
    """The default payload of a webhook."""
    users = {"owner": ticket.values["owner"], "customer": ticket.customer, "updated_by": ticket.updated_by}
    shown = row(world, ticket) | {name: user(world.users[number]) for name, number in users.items()}
    shown["group"] = {"id": ticket.values["group"], "name": world.groups[ticket.values["group"]]}
    shown["priority"] = {"id": ticket.values["priority"], "name": PRIORITIES[ticket.values["priority"]]}
    return {"ticket": shown, "article": {} if said is None else article(world, said)}


def rendered(template: str, ticket: Ticket, said: Article | None) -> str:
    """A custom payload, of the placeholders that are simulated; what is missing is a dash."""
    values = {"ticket.id": str(ticket.id), "article.id": str(said.id) if said else "-"}
    for name, value in values.items():
        template = template.replace(f"#{{{name}}}", json.dumps(value)[1:-1])
    return template


def _login(world: World, number: int) -> str:
    return world.users[number].email or "-"
