"""The events of one ticket, made alike from a webhook and from the ticket's history, so that both are one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations.actions import SUMMARY_TAG
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.times import Instant
from integrations.zendesk import fields, mapping, values
from integrations.zendesk.payloads import Ticket


class Facts:
    """Makes the events of one ticket; each is seen as of the ticket's last update, unless another moment is given."""

    def __init__(self, ticket: Ticket, options: JSONObject, *, seen: Instant | None = None) -> None:
        self.ticket = ticket
        self.options = options
        self.seen = ticket.updated if seen is None else seen

    def make(self, type_: str, at: Instant, *, seq: int | None = None, **data: JSONValue) -> Event:
        """An event of this ticket."""
        return event(type_, self.ticket.id, at, seq=seq, seen=self.seen, **data)

    def created(self, *, channel: str | None, requester: str | None = None, **more: JSONValue) -> Event:
        """The ticket as it began, as far as that can never change.

        `requester` is whose it was then and `more` what it had, where that is known: who submitted a ticket that
        is somebody else's by now may have been its customer.
        """
        by = mapping.opened_by(self.ticket.submitter, requester or self.ticket.requester)
        data: dict[str, Any] = {
            "by": None if requester is None and by == "agent" else by,
            "customer": requester or self.ticket.requester,
            "channel": channel,
        }
        told = {name: value for name, value in data.items() if value is not None}
        return self.make("ticket.created", self.ticket.created, **told, **more)

    def status(self, word: str | None, at: Instant, **more: JSONValue) -> Iterator[Event]:
        """A change of status; nothing for a word that is not documented."""
        status = mapping.status(word)
        if status is not None:
            yield self.make("status.changed", at, status=status, **more)

    def handed(self, key: str, id_: JSONValue, at: Instant, *, seq: int | None = None) -> Event:
        """Another agent, group or customer; `key` is one of `mapping.HANDED`."""
        type_, name = mapping.HANDED[key]
        told: dict[str, Any] = {name: values.id_of(id_)}
        return self.make(type_, at, seq=seq, **told)

    def message(self, id_: str, at: Instant, *, by: str, author: str | None, public: bool, auto: bool = False) -> Event:
        """A comment; what nobody wrote is automatic, and never a response."""
        told = {**who(by, author), **({"auto": True} if auto or by == "system" else {})}
        return self.make("message.sent", at, seq=values.number(id_), message=id_, public=public, **told)

    def tagged(
        self, at: Instant, *, added: Iterable[str], removed: Iterable[str], seq: int | None = None
    ) -> Iterator[Event]:
        """Tags that came and went, without ours; nothing when no other is left."""
        came, went = mapping.others_tags(added), mapping.others_tags(removed)
        told: dict[str, Any] = {name: tags for name, tags in (("add_tags", came), ("remove_tags", went)) if tags}
        if told:
            yield self.make("ticket.tagged", at, seq=seq, **told)

    def set_field(
        self, name: str, held: Mapping[str, JSONValue], at: Instant, *, seq: int | None = None
    ) -> Iterator[Event]:
        """Another value of a property or a custom field, or the answer to a survey of the account's own that it is.

        `held` is all that was set with it.
        """
        answers = list(self.answered(name, held, at, seq=seq))
        if answers:
            yield from answers
        elif kept := fields.kept({name: held[name]}, self.options):
            yield self.make("ticket.updated", at, seq=seq, fields=kept)

    def answered(
        self, name: str, held: Mapping[str, JSONValue], at: Instant, *, seq: int | None = None
    ) -> Iterator[Event]:
        """The answer in this field, where it is one that the account names."""
        answer = fields.answer(name, held, self.options)
        if answer is not None:
            yield self.make("survey.answered", at, seq=seq, **answer)

    def summary(self) -> Iterator[Event]:
        """A summary of ours: out of every count."""
        yield self.make("ticket.created", self.ticket.created, by="system", channel="internal")
        yield self.make("ticket.tagged", self.ticket.created, add_tags=[SUMMARY_TAG])


def who(by: str | None, author: str | None) -> dict[str, Any]:
    """`by` and, of agents, bots and customers, `author`."""
    if by is None:
        return {}
    return {"by": by} if by == "system" or author is None else {"by": by, "author": author}
