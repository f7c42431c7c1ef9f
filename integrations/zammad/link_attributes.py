"""The ticket attributes for links to surveys: announced to Zammad where the token may, and told as steps elsewhere.

The API notes that an attribute is wanted; its database has it only after *Update Database*. That is left to an
administrator: it takes along whatever else is waiting there, and Zammad has to be restarted after it (docs.zammad.org,
API, Object, Execute Database Migrations).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from integrations.base import LONGEST_LINK, USUAL_LINK
from integrations.errors import Refused
from integrations.events import JSONObject, JSONValue
from integrations.zammad.client import ATTRIBUTES, OBJECTS, WHERE, Client

_PLACE: Final = "Admin › Objects › Ticket"
#: The types of attributes that hold any text.
_TEXTS: Final = ("input", "textarea")


def arrange(client: Client, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """What was done so that tickets get these attributes, and what is left to do."""
    if not names:
        return [], []
    try:
        there = _there(client)
    except Refused:
        return [], _without_permission(client, names)
    missing = [name for name in names if name not in there]
    for name in missing:
        client.put_object(ATTRIBUTES, _attribute(name), id_=None, permission=OBJECTS)
    pending = [name for name in names if name in missing or there[name].get("to_create") is True]
    unfit = [name for name in names if name in there and not _takes_link(there[name])]
    done = [f"The attributes {', '.join(missing)} wait to be taken into the database."] if missing else []
    return done, [*([_update_step(pending)] if pending else []), *map(_unfit_step, unfit)]


def _there(client: Client) -> dict[str, JSONObject]:
    rows = client.objects(ATTRIBUTES, OBJECTS)
    return {str(row.get("name")): row for row in rows if row.get("object") == "Ticket"}


def _attribute(name: str) -> Mapping[str, JSONValue]:
    """A text that agents see in a ticket and customers do not."""
    return {
        "name": name,
        "object": "Ticket",
        "display": name,
        "active": True,
        "data_type": "input",
        "data_option": {"type": "text", "maxlength": LONGEST_LINK, "default": "", "null": True},
        "screens": {"edit": {"ticket.agent": {"shown": True, "required": False}}},
    }


def _takes_link(row: JSONObject) -> bool:
    options = row.get("data_option")
    longest = str(options.get("maxlength")) if isinstance(options, Mapping) else ""
    is_short = longest.isdecimal() and int(longest) < USUAL_LINK  # a textarea may have no limit
    return row.get("data_type") in _TEXTS and not is_short


def _without_permission(client: Client, names: Sequence[str]) -> list[str]:
    """A ticket shows which attributes there are; without any ticket all of them are named."""
    rows = client.listed(page=1, size=1)
    held = rows[0] if rows and isinstance(rows[0], Mapping) else {}
    missing = [name for name in names if name not in held]
    if not missing:
        return []
    lacks = f"The token lacks {OBJECTS}: give it that permission under {WHERE} and connect again, or:"
    return [lacks, *map(_attribute_step, missing), _update_step(missing)]


def _attribute_step(name: str) -> str:
    return f"{_PLACE} › New Attribute: name {name}, format Text, maximum length {LONGEST_LINK}, shown to agents only"


def _update_step(names: Sequence[str]) -> str:
    return (
        f"{_PLACE} › Update Database, when Zammad may be restarted, as it asks then. Before that, no link to a survey"
        f" goes into {', '.join(names)}."
    )


def _unfit_step(name: str) -> str:
    return (
        f"{_PLACE}: {name} takes no link: make it a Text with a maximum length of {LONGEST_LINK}, or delete it and"
        " connect again."
    )
