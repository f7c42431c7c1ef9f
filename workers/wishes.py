"""What a wish in an `actions` row asks of a desk, given what the desk can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from integrations.actions import Action, AddNote, AddTag, RemoveTag, SetField
from integrations.base import Capabilities
from integrations.errors import GiveUp


def requests_of(ticket: str, wish: str, can: Capabilities) -> tuple[Action, ...]:
    """The requests that fulfil a wish, in order; none when the desk has nothing of the kind.

    A tag is added before an own one that it replaces is removed, so that there is never none. A field falls
    back to its tag in a desk without fields. GiveUp when the wish cannot be read.
    """
    told = orjson.loads(wish)
    make = _KINDS.get(told.get("kind"))
    if make is None:
        raise GiveUp(f"the wish for ticket {ticket} is of an unknown kind; was it written by a newer version?")
    return make(ticket, told, can)


def _tag(ticket: str, told: Mapping[str, Any], can: Capabilities) -> tuple[Action, ...]:
    tag = told.get("tag")
    if not can.tags or not tag:
        return ()
    former = [own for own in told.get("remove", ()) if own != tag]
    return (AddTag(ticket, tag), *(RemoveTag(ticket, own) for own in former))


def _field(ticket: str, told: Mapping[str, Any], can: Capabilities) -> tuple[Action, ...]:
    if can.fields:
        return (SetField(ticket, told["name"], told["value"]),)
    return _tag(ticket, told, can)


def _note(ticket: str, told: Mapping[str, Any], can: Capabilities) -> tuple[Action, ...]:
    if not can.notes:
        return ()
    return (AddNote(ticket, told["marker"], tuple(told["lines"])),)


_KINDS: Final[Mapping[str | None, Callable[[str, Mapping[str, Any], Capabilities], tuple[Action, ...]]]] = {
    "tag": _tag,
    "field": _field,
    "note": _note,
}
