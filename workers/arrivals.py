"""Which events of a ticket are new, and which are said again at a later change of the desk's object."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.events import Event
from workers.store.history import NewEvent, Versions


@dataclass(slots=True)
class Arrivals:
    """The events that are new, and those that were stored and are said again at a later change."""

    new: list[NewEvent] = field(default_factory=list)
    #: By ticket and key: one statement writes them all, and PostgreSQL changes no row twice in one.
    again: dict[tuple[str, str, bytes], NewEvent] = field(default_factory=dict)
    #: By origin, the tickets whose status is to be asked for once more.
    unsure: dict[str, set[str]] = field(default_factory=dict)

    def add(self, stored: Versions, event: Event, origin: str) -> None:
        """Put an event beside the stored ones of its ticket."""
        key = (event.id, event.content_hash())
        known = stored.get(key)
        if known is None:
            stored[key] = event
            self.new.append(NewEvent(event, key[1], origin))
        elif (event.seen or event.at) > (known.seen or known.at):
            stored[key] = known._replace(seen=event.seen)
            self.again[event.ticket, *key] = NewEvent(stored[key], key[1], origin)
