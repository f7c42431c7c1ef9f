"""A ticket of Zammad as events and present values: from a webhook, a list's row, or all there is to ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.actions import SUMMARY_TAG
from integrations.base import Access, Present, Reading
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.times import Instant
from integrations.zammad import answers, mapping, states
from integrations.zammad.payloads import Article, Change, Hook, Ticket

_TICKET = "Ticket"
_ARTICLE = "Ticket::Article"


@dataclass(frozen=True, slots=True)
class Told:
    """All answers about one ticket, and what is needed to read them."""

    ticket: Ticket
    articles: Sequence[Article]  #: oldest first
    changes: Sequence[Change]  #: oldest first
    tags: Sequence[str]
    users: Mapping[str, str]  #: id → name
    types: Mapping[str, str]  #: id of a state → its type
    options: JSONObject
    asked_at: Instant


def of_hook(hook: Hook, access: Access, *, received_at: Instant) -> Reading:
    """What a webhook tells. It is built when it is sent, so it says what held then and not what has just changed.

    The ticket is asked about, save where the webhook only brings back a note or a summary of ours.
    """
    ticket, ask = hook.ticket, (str(hook.ticket_id),)
    if ticket is None or ticket.created_at is None or ticket.updated_at is None:
        return Reading(refresh=ask)
    if mapping.is_summary(ticket):
        return Reading(events=tuple(_summary(ticket)))
    events = [_created(ticket, access.options)]
    if hook.article is not None:
        events += _message(ticket, hook.article, access.options)
    present = _present(ticket, states.known(access.options), access.options, asked_at=received_at)
    echo = hook.article is not None and mapping.is_ours(hook.article)
    return Reading(tuple(events), (present,), () if echo else ask, _names(ticket, {}))


def of_row(ticket: Ticket, options: JSONObject) -> Reading:
    """What a row of a list dates: the creation. The rest is asked for."""
    if ticket.created_at is None or mapping.is_summary(ticket):
        return Reading(refresh=(str(ticket.id),))
    return Reading(events=(_created(ticket, options),), refresh=(str(ticket.id),))


def of_ticket(told: Told) -> Reading:
    """The dated facts of a ticket, then what holds now."""
    ticket, options = told.ticket, told.options
    if mapping.is_summary(ticket):
        return Reading(events=tuple(_summary(ticket)))
    said = (one for article in _own(told) for one in _message(ticket, article, options))
    events = (*_beginning(told), *_history(told), *said, *_answers(told))
    present = _present(ticket, told.types, options, asked_at=told.asked_at, tags=told.tags)
    return Reading(events, (present,), names=_names(ticket, _agents(told)))


def _event(ticket: Ticket, type_: str, at: Instant, *, seq: int | None = None, **data: JSONValue) -> Event:
    return event(type_, str(ticket.id), at, seq=seq, seen=ticket.updated_at, **data)


# --- the beginning ------------------------------------------------------------------------------------------------


def _created(ticket: Ticket, options: JSONObject, **more: JSONValue) -> Event:
    by, channel = mapping.opened_by(ticket), mapping.channel_of(ticket.article_type, options=options)
    data: dict[str, JSONValue] = {}
    if by is not None:
        data["by"] = by
    if by == "agent" and ticket.created_by_id is not None:
        data["author"] = str(ticket.created_by_id)
    if channel is not None:
        data["channel"] = channel
    if ticket.customer_id is not None:
        data["customer"] = str(ticket.customer_id)
    return _event(ticket, "ticket.created", ticket.created_at or 0, **data, **more)


def _beginning(told: Told) -> Iterator[Event]:
    """The ticket as it was opened: what its first changes changed, and what never changed."""
    ticket = told.ticket
    first = {attribute: _first(told, attribute) for attribute in ("group", "owner", "state")}
    group = first["group"].id_from if first["group"] else ticket.group_id
    owner = first["owner"].id_from if first["owner"] else ticket.owner_id
    more: dict[str, JSONValue] = {"agent": _holder(owner)} if _holder(owner) is not None else {}
    if group is not None:
        more["department"] = str(group)
    more["fields"] = _first_fields(told)
    yield _created(ticket, told.options, **more)
    change = first["state"]
    state = (change.id_from, change.value_from) if change else (ticket.state_id, ticket.state)
    status = _status(told, *state)
    if status is not None:
        yield _event(ticket, "status.changed", ticket.created_at or 0, status=status)


def _first_fields(told: Told) -> dict[str, JSONValue]:
    fields = _fields(told.ticket, told.options)
    for name in list(fields):
        change = _first(told, name)
        fields |= {} if change is None else mapping.field(name, change.value_from)
    return fields


def _first(told: Told, attribute: str) -> Change | None:
    changes = (change for change in told.changes if _is_change(change) and change.attribute == attribute)
    return next(changes, None)


def _is_change(change: Change) -> bool:
    return change.object == _TICKET and change.type == "updated"


def _summary(ticket: Ticket) -> Iterator[Event]:
    at = ticket.created_at or 0
    yield _event(ticket, "ticket.created", at, by="system", channel="internal")
    yield _event(ticket, "ticket.tagged", at, add_tags=[SUMMARY_TAG])


# --- what happened ------------------------------------------------------------------------------------------------


def _history(told: Told) -> Iterator[Event]:
    for change in told.changes:
        if change.object == _TICKET:
            yield from _CHANGES.get((change.type, change.attribute), _field)(told, change)


def _field(told: Told, change: Change) -> Iterator[Event]:
    """A change of an attribute that tells tickets apart; of any other, and of whatever else there is, nothing."""
    name = change.attribute
    if _is_change(change) and name in _fields(told.ticket, told.options):
        fields = mapping.field(name, change.value_to)
        if fields:
            yield _event(told.ticket, "ticket.updated", change.at, seq=change.id, fields=fields)


def _state(told: Told, change: Change) -> Iterator[Event]:
    ticket = told.ticket
    if _type(told, change.id_from, change.value_from) == mapping.MERGED:
        yield _event(ticket, "ticket.merged", change.at, seq=change.id, into=None)
    status = _status(told, change.id_to, change.value_to)
    if status is None:
        return
    who = mapping.changed_by(change.by, customer_id=ticket.customer_id)
    data: dict[str, JSONValue] = {} if who is None else {"by": who}
    if who == "agent":
        data["author"] = str(change.by)
    yield _event(ticket, "status.changed", change.at, seq=change.id, status=status, **data)


def _owner(told: Told, change: Change) -> Iterator[Event]:
    yield _event(told.ticket, "ticket.assigned", change.at, seq=change.id, agent=_holder(change.id_to))


def _group(told: Told, change: Change) -> Iterator[Event]:
    if change.id_to is not None:
        yield _event(told.ticket, "ticket.moved", change.at, seq=change.id, department=str(change.id_to))


def _tagged(told: Told, change: Change) -> Iterator[Event]:
    if mapping.is_tag(change.value_to):
        tags = {"add_tags" if change.type == "added" else "remove_tags": [change.value_to]}
        yield _event(told.ticket, "ticket.tagged", change.at, seq=change.id, **tags)


def _merged(told: Told, change: Change) -> Iterator[Event]:
    if change.id_to is not None and change.id_to != told.ticket.id:
        yield _event(told.ticket, "ticket.merged", change.at, seq=change.id, into=str(change.id_to))


_CHANGES = {
    ("updated", "state"): _state,
    ("updated", "owner"): _owner,
    ("updated", "group"): _group,
    ("added", "tag"): _tagged,
    ("removed", "tag"): _tagged,
    ("merged_into", None): _merged,
}


def _type(told: Told, state_id: int | None, name: str | None) -> str | None:
    return mapping.state_type(state_id, name, told.types)


def _status(told: Told, state_id: int | None, name: str | None) -> str | None:
    kind = _type(told, state_id, name)
    if kind == mapping.MERGED and not any(change.type == "merged_into" for change in told.changes):
        return "deleted"  # a Zammad that did not write down into what; it must not count as a ticket of its own
    return mapping.status_of(kind, state_id=state_id, name=name, options=told.options)


# --- what was said ------------------------------------------------------------------------------------------------


def _own(told: Told) -> list[Article]:
    """The articles of this ticket, without those that came with a ticket merged into it: they stay that ticket's."""
    if not any(change.type == "received_merge" for change in told.changes):
        return list(told.articles)
    own = {change.object_id for change in told.changes if change.object == _ARTICLE and change.type == "created"}
    return [article for article in told.articles if article.id in own]


def _message(ticket: Ticket, article: Article, options: JSONObject) -> Iterator[Event]:
    """An article, unless it is a note of ours, or a payload without a text leaves open whether it is one."""
    if article.at is None or article.internal is None or mapping.is_ours(article):
        return
    if article.internal and article.body is None:
        return
    by = mapping.written_by(article)
    data: dict[str, JSONValue] = {"by": by, "public": mapping.is_public(article, options=options)}
    if by == "agent" and article.created_by_id is not None:
        data["author"] = str(article.created_by_id)
    if article.auto or by == "system":
        data["auto"] = True
    yield _event(ticket, "message.sent", article.at, seq=article.id, message=str(article.id), **data)


def _answers(told: Told) -> Iterator[Event]:
    for change, answer in answers.given(list(told.changes), told.options):
        yield _event(told.ticket, "survey.answered", change.at, seq=change.id, **answer)


# --- what holds now -----------------------------------------------------------------------------------------------


def _present(
    ticket: Ticket,
    types: Mapping[str, str],
    options: JSONObject,
    *,
    asked_at: Instant,
    tags: Sequence[str] | None = None,
) -> Present:
    kind = mapping.state_type(ticket.state_id, ticket.state, types)
    values: dict[str, JSONValue] = {
        "status": mapping.status_of(kind, state_id=ticket.state_id, name=ticket.state, options=options),
        "channel": mapping.channel_of(ticket.article_type, options=options),
        "department": None if ticket.group_id is None else str(ticket.group_id),
        "customer": None if ticket.customer_id is None else str(ticket.customer_id),
        "fields": _fields(ticket, options) or None,
        "answers": answers.standing(ticket, options) or None,
        "tags": None if tags is None else mapping.tags(list(tags)),
    }
    known = {name: value for name, value in values.items() if value is not None}
    if "owner_id" in ticket.attributes:
        known["agent"] = _holder(ticket.owner_id)
    return Present(str(ticket.id), asked_at, known, ticket.updated_at)


def _fields(ticket: Ticket, options: JSONObject) -> dict[str, JSONValue]:
    return mapping.own_fields(ticket, without=answers.attributes(options))


def _holder(owner: int | None) -> str | None:
    return None if owner in (None, mapping.SYSTEM_USER) else str(owner)


def _agents(told: Told) -> dict[str, str]:
    """Names of those who held the ticket or wrote in it as agents."""
    holders = [change.id_to for change in told.changes if _is_change(change) and change.attribute == "owner"]
    writers = [article.created_by_id for article in told.articles if mapping.written_by(article) == "agent"]
    ids = {str(one) for one in (told.ticket.owner_id, *holders, *writers) if _holder(one) is not None}
    return {one: told.users[one] for one in ids if one in told.users}


def _names(ticket: Ticket, agents: Mapping[str, str]) -> dict[str, dict[str, str]]:
    holder = _holder(ticket.owner_id)
    named = {holder: ticket.owner, **agents} if holder and ticket.owner else dict(agents)
    groups = {str(ticket.group_id): ticket.group} if ticket.group_id and ticket.group else {}
    return {"agent": named, "department": groups}
