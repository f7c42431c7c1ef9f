"""What may be kept of an event: customers as keyed hashes, no tag of our own, nothing of the forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.actions import SUMMARY_TAG, is_own_tag
from integrations.base import Present
from integrations.events import Event
from workers.secrets import customer_hash

_TAG_FIELDS = ("tags", "add_tags", "remove_tags")


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
        if event.type == "ticket.tagged" and not self._tells(event, data):
            return None
        return event.with_data(**data) if data else event

    def present(self, present: Present) -> Present:
        """A desk's present values as they are kept."""
        values = dict(present.values)
        if values.get("customer") is not None:
            values["customer"] = self._hash(values["customer"])
        if "tags" in values:
            values["tags"] = without_own(values["tags"])
        return replace(present, values=values)

    def _hash(self, customer: str) -> str:
        found = self._hashes.get(customer)
        if found is None:
            found = self._hashes[customer] = customer_hash(self._key, customer)
        return found

    @staticmethod
    def _tells(event: Event, data: dict[str, Any]) -> bool:
        return "tags" in event.data or any(data.get(name) for name in _TAG_FIELDS)


def without_own(tags: list[str]) -> list[str]:
    """The desk's tags without ours; the mark of our summaries stays, for it takes them out of every count."""
    return sorted(tag for tag in tags if tag == SUMMARY_TAG or not is_own_tag(tag))
