"""What one call of Zendesk's tells: the change that it dates, and that there is such a ticket.

Only what a call says by itself becomes an event. Its snapshot of the ticket is never taken for what holds now, because
Zendesk does not promise when it is taken, nor in which order calls come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.base import Access, Reading
from integrations.errors import Unreadable
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.times import SECOND, Instant
from integrations.zendesk import fields, mapping, values
from integrations.zendesk.facts import Facts, who
from integrations.zendesk.markup import is_marked
from integrations.zendesk.payloads import Notice, Ticket, own_value

#: The audit of a change is dated in whole seconds, and the event of it a little later.
_SAME_MOMENT: Final = 5 * SECOND
#: A ticket that was not changed for longer than this is as it was when it was created.
_AS_CREATED: Final = 2 * SECOND
_MESSAGE: Final = "messaging_ticket.message_added"


class _AskError(Exception):
    """The call does not say enough: the desk is to be asked about the ticket."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A call about one ticket, and what makes its events."""

    notice: Notice
    facts: Facts
    at: Instant

    @property
    def ticket(self) -> Ticket:
        return self.facts.ticket

    @property
    def event(self) -> JSONObject:
        return self.notice.event

    def current(self) -> JSONValue:
        """The new value; the desk is asked when the call holds none."""
        if "current" not in self.event:
            raise _AskError
        return self.event["current"]


def reading_of(notice: Notice, access: Access) -> Reading:
    """The events of one call, and the ticket to ask about where it says too little."""
    if notice.kind == _MESSAGE:
        return _in_messaging(notice)
    if notice.ticket is None:
        return Reading()  # about a user or an organization: nothing that is counted
    facts, at = Facts(notice.ticket, access.options), _happened_at(notice, notice.ticket)
    if mapping.is_summary(notice.ticket, access.author):
        return Reading(events=tuple(facts.summary()))
    # The history tells the same changes in their order: a call of them must never stand over it, however late it is.
    told = _Told(notice, Facts(notice.ticket, access.options, seen=at - 1), at)
    asks = _tells_a_part(notice, notice.ticket, access.options)
    try:
        news = tuple(_READERS.get(notice.kind, _unheard)(told))
    except _AskError:
        news, asks = (), True
    events = (_created(notice.kind, facts), *news)
    return Reading(events=events, refresh=(notice.subject,) if asks else (), names=_names(notice))


def _tells_a_part(notice: Notice, ticket: Ticket, options: JSONObject) -> bool:
    """Whether the ticket's history tells more: of such an event, of a follow-up, of an answer with a comment."""
    if notice.kind in mapping.ASKED_ABOUT or mapping.is_follow_up(ticket.via.channel):
        return True
    field = values.id_of(values.dict_of(notice.event.get("custom_field")).get("id"))
    return field is not None and fields.has_comment(field, options)


def is_read(kind: str) -> bool:
    """Whether more of an event of this kind is read than that there was one."""
    return kind == _MESSAGE or (kind in _READERS and kind not in mapping.SILENT)


def _happened_at(notice: Notice, ticket: Ticket) -> Instant:
    """When the ticket's history will say it was, if the snapshot is of that moment; else when the call says."""
    told = notice.time // SECOND * SECOND
    if ticket.updated is not None and 0 <= told - ticket.updated <= _SAME_MOMENT:
        return ticket.updated
    return told


def _created(kind: str, facts: Facts) -> Event:
    ticket, channel = facts.ticket, mapping.channel(facts.ticket.via.channel)
    if kind != "ticket.created" or (ticket.updated or ticket.created) > ticket.created + _AS_CREATED:
        return facts.created(channel=channel)
    had: dict[str, Any] = {"agent": ticket.agent, "department": ticket.department}
    more = {name: value for name, value in had.items() if value is not None}
    tags = mapping.others_tags(ticket.tags)
    return facts.created(channel=channel, requester=ticket.requester, **more, **({"tags": tags} if tags else {}))


# ------------------------------------------------------------------------------------------------ one reader a kind


def _opened(told: _Told) -> Iterator[Event]:
    if (told.ticket.updated or 0) <= told.ticket.created + _AS_CREATED and told.ticket.status != "new":
        yield from told.facts.status(told.ticket.status, told.ticket.created)


def _commented(told: _Told) -> Iterator[Event]:
    comment = values.dict_of(told.event.get("comment"))
    id_, public = values.id_of(comment.get("id")), values.flag(comment.get("is_public"))
    author = values.dict_of(comment.get("author"))
    if id_ is None or public is None:
        raise _AskError
    if not public and is_marked(values.text(comment.get("body"))):
        return  # a note of ours
    writer = values.id_of(author.get("id"))
    by = _writer(writer, told.ticket, is_staff=values.flag(author.get("is_staff")))
    yield told.facts.message(id_, told.at, by=by, author=writer, public=public)


def _writer(author: str | None, ticket: Ticket, *, is_staff: bool | None) -> str:
    if author is None or author == mapping.SYSTEM_USER:
        return "system"
    if author == ticket.requester or is_staff is False:
        return "customer"
    if is_staff is None and author != ticket.agent:
        raise _AskError
    return "agent"


def _status(told: _Told) -> Iterator[Event]:
    word = values.word(told.current())
    if mapping.status(word) is None:
        raise _AskError
    yield from told.facts.status(word, told.at, **_actor(told.ticket))


def _actor(ticket: Ticket) -> dict[str, Any]:
    """Who did it, where that is certain without asking: the customer, the agent who has it, Zendesk itself."""
    known = {ticket.requester: "customer", ticket.agent: "agent", mapping.SYSTEM_USER: "system"}
    return who(known.get(ticket.actor) if ticket.actor else None, ticket.actor)


def _handed(told: _Told) -> Iterator[Event]:
    current = told.current()
    if values.id_of(current) is None and not values.is_none(current):
        raise _AskError
    yield told.facts.handed(told.notice.kind, current, told.at)


def _tagged(told: _Told) -> Iterator[Event]:
    changed = [told.event.get(name) for name in ("tags_added", "tags_removed")]
    if changed == [None, None] or not all(map(values.may_be_tags, changed)):
        raise _AskError
    came, went = map(values.tags_of, changed)
    yield from told.facts.tagged(told.at, added=came, removed=went)


def _field(told: _Told) -> Iterator[Event]:
    changed = values.dict_of(told.event.get("custom_field"))
    id_, current = values.id_of(changed.get("id")), told.current()
    if id_ is None:
        raise _AskError
    if not values.text(changed.get("title")).startswith(mapping.OWN_FIELD):
        value = current.get("value") if isinstance(current, dict) else current
        yield from told.facts.set_field(id_, {id_: value}, told.at)


def _property(told: _Told) -> Iterator[Event]:
    name, current = mapping.FIELD_EVENTS[told.notice.kind], told.current()
    value = own_value(name, current)
    if value is None and not values.is_none(current):
        raise _AskError
    yield from told.facts.set_field(name, {name: value}, told.at)


def _ended(told: _Told) -> Iterator[Event]:
    yield told.facts.make("status.changed", told.at, status=mapping.ENDED[told.notice.kind])


def _back(told: _Told) -> Iterator[Event]:
    status = mapping.status(told.ticket.status)
    if status is not None and status != "deleted":
        yield told.facts.make("status.changed", told.at, status=status)


def _merged(told: _Told) -> Iterator[Event]:
    into = values.id_of(told.event.get("target_ticket_id"))
    if into not in (None, told.ticket.id):
        yield told.facts.make("ticket.merged", told.at, into=into)


def _nothing(_told: _Told) -> Iterator[Event]:
    return iter(())


def _unheard(_told: _Told) -> Iterator[Event]:
    raise _AskError


_READERS: Final[Mapping[str, Callable[[_Told], Iterator[Event]]]] = {
    **dict.fromkeys(mapping.ASKED_ABOUT | mapping.SILENT, _nothing),
    "ticket.created": _opened,
    "ticket.comment_added": _commented,
    "ticket.status_changed": _status,
    "ticket.tags_changed": _tagged,
    "ticket.custom_field_changed": _field,
    "ticket.undeleted": _back,
    "ticket.merged": _merged,
    **dict.fromkeys(mapping.HANDED, _handed),
    **dict.fromkeys(mapping.FIELD_EVENTS, _property),
    **dict.fromkeys(mapping.ENDED, _ended),
}

# ------------------------------------------------------------------------------------------------ messaging


def _in_messaging(notice: Notice) -> Reading:
    """A message of a messaging conversation; its ticket's own events tell that there is a ticket."""
    actor, message = values.dict_of(notice.event.get("actor")), values.dict_of(notice.event.get("message"))
    kind, author = values.word(actor.get("type")) or "", values.word(actor.get("id"))
    id_ = message.get("id")
    by = "bot" if author == mapping.BOT else mapping.ACTOR.get(kind)
    if by is None or not isinstance(id_, str):
        raise Unreadable("event: a message without an id, or by nobody that Zendesk documents")
    data = {"message": id_, "public": True, **who(by, author), **({"auto": True} if by == "system" else {})}
    sent = event("message.sent", notice.subject, notice.time // SECOND * SECOND, **data)
    return Reading(events=(sent,), names=_agent(author if by == "agent" else None, actor))


def _names(notice: Notice) -> Mapping[str, Mapping[str, str]]:
    author = values.dict_of(values.dict_of(notice.event.get("comment")).get("author"))
    staff = values.flag(author.get("is_staff"))
    return _agent(values.id_of(author.get("id")) if staff else None, author)


def _agent(id_: str | None, person: JSONObject) -> Mapping[str, Mapping[str, str]]:
    name = values.name_of(person.get("name"))
    return {"agent": {id_: name}} if id_ and name else {}
