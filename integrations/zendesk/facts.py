"""The events of one ticket, made alike from a webhook and from the ticket's history, so that both are one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from integrations.actions import SUMMARY_TAG
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.times import Instant
from integrations.zendesk import fields, mapping
from integrations.zendesk.payloads import Ticket


class Facts:
    """Makes the events of one ticket; each is seen as of the ticket's last update."""

    def __init__(self, ticket: Ticket, options: JSONObject) -> None:
        self.ticket = ticket
        self.options = options

    def make(self, type_: str, at: Instant, *, seq: int | None = None, **data: JSONValue) -> Event:
        """An event of this ticket."""
        return event(type_, self.ticket.id, at, seq=seq, seen=self.ticket.updated, **data)

    def created(self, *, channel: str | None, **more: JSONValue) -> Event:
        """The ticket as it began, as far as that can never change; `more` is what it had then."""
        data: dict[str, Any] = {
            "by": mapping.opened_by(self.ticket),
            "customer": self.ticket.requester,
            "channel": channel,
        }
        told = {name: value for name, value in data.items() if value is not None}
        return self.make("ticket.created", self.ticket.created, **told, **more)

    def status(self, word: str | None, at: Instant, **more: JSONValue) -> Iterator[Event]:
        """A change of status; nothing for a word that is not documented."""
        status = mapping.status(word)
        if status is not None:
            yield self.make("status.changed", at, status=status, **more)

    def tagged(self, at: Instant, *, added: Iterable[str], removed: Iterable[str]) -> Iterator[Event]:
        """Tags that came and went, without ours; nothing when no other is left."""
        came, went = mapping.others_tags(added), mapping.others_tags(removed)
        told: dict[str, Any] = {name: tags for name, tags in (("add_tags", came), ("remove_tags", went)) if tags}
        if told:
            yield self.make("ticket.tagged", at, **told)

    def set_field(self, name: str, value: JSONValue, at: Instant) -> Iterator[Event]:
        """Another value of a property or a custom field, and the answer that it may be to a survey of ours."""
        answer = fields.answer(name, value, self.options)
        if answer is not None:
            yield self.make("survey.answered", at, **answer)
        elif not fields.is_own(name, self.options):
            kept = fields.kept({name: value}, self.options)
            if kept:
                yield self.make("ticket.updated", at, fields=kept)

    def summary(self) -> Iterator[Event]:
        """A summary of ours: out of every count."""
        yield self.make("ticket.created", self.ticket.created, by="system", channel="internal")
        yield self.make("ticket.tagged", self.ticket.created, add_tags=[SUMMARY_TAG])


def who(by: str | None, author: str | None) -> dict[str, Any]:
    """`by` and, of agents, bots and customers, `author`."""
    if by is None:
        return {}
    return {"by": by} if by == "system" or author is None else {"by": by, "author": author}


def automatic(by: str) -> dict[str, Any]:
    """What nobody wrote is never a response."""
    return {"auto": True} if by == "system" else {}
