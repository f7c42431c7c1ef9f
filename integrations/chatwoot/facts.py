"""Conversations and messages of Chatwoot as events: the same from a call, a refresh and a page of a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from integrations.actions import SUMMARY_TAG
from integrations.base import Access, Present, Reading
from integrations.chatwoot import mapping
from integrations.chatwoot.payloads import Change, Conversation, Hook, Message, Rating, changed_at
from integrations.errors import Unreadable
from integrations.events import Event, JSONValue, event
from integrations.times import SECOND, Instant

#: A message that came with its conversation is no older than this; a payload that was built late holds a later one.
_TOGETHER = 2 * SECOND
#: A change that only its call told comes after those of its second that have lines: a refresh tells every line.
_AFTER_LINES: Final = 2**52


def of_hook(hook: Hook, access: Access, *, received_at: Instant) -> Reading:
    """What one call tells; Unreadable when it does not hold what its event is about."""
    if hook.conversation is None or (hook.event in mapping.MESSAGE_EVENTS and hook.message is None):
        raise Unreadable(f"not what Chatwoot sends: {hook.event} without its conversation or message")
    if mapping.is_summary(hook.conversation, access.options):
        return Reading(events=summary(hook.conversation))
    if hook.message is not None:
        return _of_message(hook, hook.conversation, hook.message, access, received_at)
    if _is_echo(hook.changes):
        return Reading()
    conversation = hook.conversation
    events = [
        created(conversation, conversation.messages, access),
        *_changes(conversation, hook.changes),
        *_state(conversation, at=conversation.updated or received_at),
        *(one for message in conversation.messages for one in _said(message, str(conversation.id), access)),
    ]
    return Reading(events=_once(events), names=names(conversation, conversation.messages))


def _of_message(
    hook: Hook, conversation: Conversation, message: Message, access: Access, received_at: Instant
) -> Reading:
    # What else is told about the conversation is left to its own calls: a message changes none of it.
    ticket = str(conversation.id)
    events = [created(conversation, (message,), access), *_said(message, ticket, access)]
    told = mapping.answer(message) if hook.event == mapping.MESSAGE_CHANGED else None
    if told is not None:
        # The call does not say when; the CSAT response does, and a refresh fetches it.
        score, comment = told
        rating = Rating(message.id, conversation.id, score, comment, received_at)
        events.append(answered(rating, seen=_seen_in_call(message, received_at)))
    refresh = (ticket,) if told is not None else ()
    return Reading(events=_once(events), refresh=refresh, names=names(conversation, (message,)))


def _seen_in_call(message: Message, received_at: Instant) -> Instant:
    """A microsecond after the question for each second: later calls stand over earlier ones, a CSAT response over all.

    A call about a delivery tells the answer once more, and must not give it another day.
    """
    return message.at + (received_at - message.at) // SECOND


def of_ticket(
    conversation: Conversation,
    messages: Sequence[Message],
    ratings: Iterable[Rating],
    access: Access,
    *,
    asked_at: Instant,
) -> Reading:
    """Everything about one conversation: its dated facts, then what holds now."""
    if mapping.is_summary(conversation, access.options):
        return Reading(events=summary(conversation))
    ticket = str(conversation.id)
    events = [
        created(conversation, messages, access),
        *(one for message in messages for one in _said(message, ticket, access)),
        *_history(messages, ticket),
        *(answered(rating, seen=asked_at) for rating in ratings),
    ]
    present = Present(ticket, asked_at, _values(conversation, access), updated_at=conversation.updated)
    return Reading(events=_once(events), present=(present,), names=names(conversation, messages))


def of_listed(conversation: Conversation, access: Access) -> Reading:
    """What a row of a list dates, and the request for the rest: the list holds only the last message."""
    if mapping.is_summary(conversation, access.options):
        return Reading(events=summary(conversation))
    return Reading(events=(created(conversation, (), access),), refresh=(str(conversation.id),))


def created(conversation: Conversation, messages: Sequence[Message], access: Access) -> Event:
    """The ticket, with who opened it where one of these messages says so."""
    data: dict[str, JSONValue] = {}
    channel = mapping.channel(conversation, access.options)
    if channel is not None:
        data["channel"] = channel
    if conversation.contact is not None:
        data["customer"] = str(conversation.contact.id)
    openers = (mapping.written_by(one, access.author) for one in messages if _opens(one, conversation))
    # What a bot or a rule says at once is an answer; a conversation that is only theirs has no opener.
    by = next((opener for opener in openers if opener in ("customer", "agent")), None)
    if by is not None:
        data["by"] = by
    return event("ticket.created", str(conversation.id), conversation.created, seen=conversation.updated, **data)


def _opens(message: Message, conversation: Conversation) -> bool:
    return abs(message.at - conversation.created) <= _TOGETHER and not message.private


def summary(conversation: Conversation) -> tuple[Event, ...]:
    """A summary of ours: out of every count."""
    ticket, at = str(conversation.id), conversation.created
    return (
        event("ticket.created", ticket, at, by="system", channel="internal"),
        event("ticket.tagged", ticket, at, add_tags=[SUMMARY_TAG]),
    )


def answered(rating: Rating, *, seen: Instant) -> Event:
    """A customer's answer; one event for each survey, whose latest version stands: a customer may think again."""
    data: dict[str, JSONValue] = {"score": rating.score, "scale": mapping.SCALE, "survey": str(rating.message)}
    if rating.comment.strip():
        data["comment"] = rating.comment.strip()
    id_ = f"csat-{rating.message}"
    return event("survey.answered", str(rating.conversation), rating.at, id_=id_, seen=seen, kind="csat", **data)


def _said(message: Message, ticket: str, access: Access) -> Iterator[Event]:
    """A message, or the survey that it puts; nothing for activities and for notes of ours."""
    if mapping.is_survey(message):
        yield event(
            "survey.sent", ticket, message.at, seq=message.id, survey=str(message.id), kind="csat", scale=mapping.SCALE
        )
        return
    if mapping.kind(message) in (None, "activity") or mapping.is_ours(message, access.author):
        return
    by = mapping.written_by(message, access.author)
    data: dict[str, JSONValue] = {"by": by, "public": not message.private, "message": str(message.id)}
    author = mapping.author(message, by)
    if author is not None:
        data["author"] = author
    if mapping.is_automatic(message, by):
        data["auto"] = True
    yield event("message.sent", ticket, message.at, seq=message.id, **data)


def _told(type_: str, ticket: str, moment: Instant, **data: JSONValue) -> Event:
    """What a call tells, dated to the second as Chatwoot's lines are, so that both tell one fact, in the same order."""
    whole, fraction = moment // SECOND * SECOND, moment % SECOND
    return event(type_, ticket, whole, seq=_AFTER_LINES + fraction, seen=moment, **data)


def _changes(conversation: Conversation, changes: Mapping[str, Change]) -> Iterator[Event]:
    """What the call is about, at the moment it was saved, whatever happened until the payload was built."""
    ticket, at = str(conversation.id), changed_at(changes)
    if at is None:
        return
    for name, change in changes.items():
        match name, change.after:
            case "status", str(word) if (status := mapping.status(word)) is not None:
                if mapping.is_handover(change.before, word):
                    yield _told("ticket.handover", ticket, at)
                yield _told("status.changed", ticket, at, status=status)
            case "assignee_id", int() | None as agent:
                yield _told("ticket.assigned", ticket, at, agent=agent)
            case "team_id", int() | None as team:
                yield _told("ticket.moved", ticket, at, department=team)
            case "label_list", list(labels):
                yield _told("ticket.tagged", ticket, at, tags=mapping.tags(labels))
            case "custom_attributes", dict(after) if isinstance(change.before, dict):
                gone = dict.fromkeys(mapping.slices(change.before).keys() - after.keys())
                if gone:
                    yield _told("ticket.updated", ticket, at, fields=gone)


def _is_echo(changes: Mapping[str, Change]) -> bool:
    """Whether the call is about a label or a field of ours and nothing else."""
    told = {name: change for name, change in changes.items() if name not in ("updated_at", "cached_label_list")}
    return bool(told) and all(_is_of_ours(name, change) for name, change in told.items())


def _is_of_ours(name: str, change: Change) -> bool:
    match name, change.before, change.after:
        case "label_list", list(before), list(after):
            return mapping.tags(before) == mapping.tags(after)
        case "custom_attributes", dict(before), dict(after):
            return mapping.slices(before) == mapping.slices(after)
    return False


def _state(conversation: Conversation, *, at: Instant) -> Iterator[Event]:
    """What held at the conversation's last change: said again it is no news, and a late call moves nothing back."""
    ticket, status = str(conversation.id), mapping.status(conversation.status)
    agent, team = mapping.assignee(conversation), conversation.team
    if status is not None:
        yield _told("status.changed", ticket, at, status=status)
    yield _told("ticket.assigned", ticket, at, agent=agent and agent.id)
    yield _told("ticket.moved", ticket, at, department=team and team.id)
    yield _told("ticket.tagged", ticket, at, tags=mapping.tags(conversation.labels))
    fields = mapping.own_fields(conversation)
    if fields:
        yield _told("ticket.updated", ticket, at, fields=fields)


def _history(messages: Iterable[Message], ticket: str) -> Iterator[Event]:
    """Changes of status by the lines that Chatwoot writes about them, and the moment a bot let go.

    A line stands over a call that told the same change: their order is by the lines' numbers, then.
    """
    word, with_bot = "", False
    for message in messages:
        with_bot = with_bot or mapping.written_by(message, None) == "bot"
        told = mapping.activity_status(message)
        if told is None:
            continue
        before = word or (mapping.BOT_STATUS if with_bot else "")
        if mapping.is_handover(before, told):
            yield event("ticket.handover", ticket, message.at)
        seen, status = message.at + SECOND, mapping.status(told)
        yield event("status.changed", ticket, message.at, seq=message.id, seen=seen, status=status)
        word = told


def _values(conversation: Conversation, access: Access) -> dict[str, JSONValue]:
    agent, team = mapping.assignee(conversation), conversation.team
    values: dict[str, JSONValue] = {
        "status": mapping.status(conversation.status),
        "channel": mapping.channel(conversation, access.options),
        "customer": None if conversation.contact is None else str(conversation.contact.id),
        # One that was taken away while no call came is missing here, so those that there may be are said to be none.
        "fields": {**mapping.possible_fields(access.options), **mapping.own_fields(conversation)} or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    known["agent"] = None if agent is None else str(agent.id)
    known["department"] = None if team is None else str(team.id)
    known["tags"] = mapping.tags(conversation.labels)
    return known


def names(conversation: Conversation, messages: Iterable[Message]) -> dict[str, dict[str, str]]:
    """How agents and teams are called."""
    agents = {str(agent.id): agent.name for agent in [mapping.assignee(conversation)] if agent is not None}
    for message in messages:
        if message.sender is not None and mapping.written_by(message, None) == "agent":
            agents[str(message.sender.id)] = message.sender.name
    teams = {} if conversation.team is None else {str(conversation.team.id): conversation.team.name}
    found = {"agent": agents, "department": teams}
    return {kind: {id_: name for id_, name in known.items() if name} for kind, known in found.items() if known}


def _once(events: Iterable[Event]) -> tuple[Event, ...]:
    """Each fact once: what a call is about is often also what holds at the end of it."""
    return tuple({(one.id, one.content_hash()): one for one in events}.values())
