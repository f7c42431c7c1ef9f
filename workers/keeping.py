"""What may be kept of an event: customers as keyed hashes, no tag of our own, nothing of the forgotten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from integrations.actions import SUMMARY_TAG, is_own_tag
from integrations.base import Present
from integrations.events import Event
from workers.secrets import customer_hash

_TAG_FIELDS = ("tags", "add_tags", "remove_tags")
#: The address of a survey of ours, as `workers/links.py` makes it: a JWT begins with an encoded brace. A field may
#: have cut it off.
_LINK: Final = re.compile(r"/s/eyJ[\w-]{8}")


class Keeper:
    """Makes events of one account fit to be stored; remembers the hashes of one batch."""

    def __init__(self, customer_key: bytes) -> None:
        self._key = customer_key
        self._hashes: dict[str, str] = {}

    def event(self, event: Event) -> Event | None:
        """The event as it is kept; None when it only told us of our own tags."""
        data: dict[str, Any] = {}
        customer = event.data.get("customer")
        if customer is not None:
            data["customer"] = self._hash(customer)
        if event.data.get("by") == "customer" and event.data.get("author") is not None:
            data["author"] = self._hash(event.data["author"])
        for name in _TAG_FIELDS:
            if name in event.data:
                data[name] = without_own(event.data[name])
        if _hold_link(event.data.get("fields")):
            data["fields"] = without_links(event.data["fields"])
        if _says_nothing(event, data):
            return None
        return event.with_data(**data) if data else event

    def present(self, present: Present) -> Present:
        """A desk's present values as they are kept."""
        values = dict(present.values)
        if values.get("customer") is not None:
            values["customer"] = self._hash(values["customer"])
        if "tags" in values:
            values["tags"] = without_own(values["tags"])
        if _hold_link(values.get("fields")):
            values["fields"] = without_links(values["fields"])
        return replace(present, values=values)

    def _hash(self, customer: str) -> str:
        found = self._hashes.get(customer)
        if found is None:
            found = self._hashes[customer] = customer_hash(self._key, customer)
        return found


def _says_nothing(event: Event, kept: Mapping[str, Any]) -> bool:
    """Whether nothing is left of an event that only told of our own tags, or of a link of ours in a field."""
    if event.type == "ticket.tagged":
        return "tags" not in event.data and not any(kept.get(name) for name in _TAG_FIELDS)
    return event.type == "ticket.updated" and event.data.keys() == {"fields"} and kept.get("fields") == {}


def without_own(tags: list[str]) -> list[str]:
    """The desk's tags without ours; the mark of our summaries stays, for it takes them out of every count."""
    return sorted(tag for tag in tags if tag == SUMMARY_TAG or not is_own_tag(tag))


def without_links(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Custom fields without the links of our surveys: whoever holds one can answer, whatever its field is called."""
    return {name: value for name, value in fields.items() if not _is_link(value)}


def _hold_link(fields: Mapping[str, Any] | None) -> bool:
    return fields is not None and any(map(_is_link, fields.values()))


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and _LINK.search(value) is not None
