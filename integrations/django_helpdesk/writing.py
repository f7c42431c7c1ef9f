"""What Deskpulse writes into django-helpdesk, each thing once."""

from __future__ import annotations

from typing import Final

from integrations.actions import Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.django_helpdesk import client, mapping, markup, walks
from integrations.django_helpdesk.payloads import CUSTOM
from integrations.errors import Gone, Rejected, Skip
from integrations.events import JSONValue
from integrations.session import Session
from integrations.times import DAY

#: How long ago an answer to the request for a summary may have been lost: longer than anything is tried again.
_LOST_WITHIN: Final = 4 * DAY


def apply(action: Action, session: Session) -> Done:
    """Does the action unless it is done already; the errors are those of `Desk.apply`."""
    match action:
        case AddTag() | RemoveTag():
            return _tag(action, session)
        case SetField():
            return _set_field(action, session)
        case AddNote():
            return _note(action, session)
        case PutSummary():
            return _summary(action, session)
    raise Skip("django-helpdesk takes no such action")


def _tag(action: AddTag | RemoveTag, session: Session) -> Done:
    it = client.found(session, action.ticket)
    tags = mapping.split_tags(_held(it, mapping.TAGS_FIELD))
    if (action.tag in tags) is isinstance(action, AddTag):
        return Done(changed=False)
    wanted = [tag for tag in tags if tag != action.tag] if action.tag in tags else [*tags, action.tag]
    client.change(session, it, {CUSTOM + mapping.TAGS_FIELD: ",".join(wanted)})
    return Done()


def _set_field(action: SetField, session: Session) -> Done:
    it = client.found(session, action.ticket)
    name = action.name.removeprefix(CUSTOM)
    held = _held(it, name)
    if ("" if held is None else str(held)) == action.value:
        return Done(changed=False)
    client.change(session, it, {CUSTOM + name: action.value})
    return Done()


def _held(it: client.Found, field: str) -> JSONValue:
    if field not in it.ticket.custom:
        raise client.missing_field(field)
    return it.ticket.custom[field]


def _note(action: AddNote, session: Session) -> Done:
    it = client.found(session, action.ticket)
    mark = markup.marked(action.marker)
    for entry in it.ticket.follow_ups:
        if entry.user is not None and mark in entry.comment:
            _hide_notes(it, session, shown=mapping.resolution(it.ticket) != it.ticket.resolution)
            return Done(str(entry.id), changed=False)
    number = client.add_private_note(session, action.ticket, markup.note(action))
    _hide_notes(it, session, shown=mapping.shows_notes(it.ticket))
    return Done(number)


def _hide_notes(it: client.Found, session: Session, *, shown: bool) -> None:
    """Gives a ticket the resolution again that a note of ours replaced: the desk shows it to the customer."""
    if shown:
        client.change(session, it, {"resolution": mapping.resolution(it.ticket)})


def _summary(action: PutSummary, session: Session) -> Done:
    known = None if action.object_id is None else _found(session, action.object_id)
    it = known or _lost_summary(action, session)
    return _open_summary(action, session) if it is None else _revise_summary(it, action, session)


def _lost_summary(action: PutSummary, session: Session) -> client.Found | None:
    mark = markup.marked(action.marker)
    for entry in walks.newest_entries(session, since=session.now() - _LOST_WITHIN):
        if mark in entry.comment:
            it = _found(session, str(entry.ticket))
            if it is not None and mapping.is_summary(it.ticket, mark=mark):  # not a ticket where somebody quotes it
                return it
    return None


def _found(session: Session, ticket: str) -> client.Found | None:
    try:
        return client.found(session, ticket)
    except Gone:
        return None


def _open_summary(action: PutSummary, session: Session) -> Done:
    queue = summary_queue(session)
    if queue is None:
        raise Rejected("no queue for summaries: set summary_queue to the number of the desk's queue that takes them")
    made = client.open_ticket(
        session, queue=queue, title=markup.summary_title(action), description=markup.summary_text(action)
    )
    return Done(str(made.id))


def _revise_summary(it: client.Found, action: PutSummary, session: Session) -> Done:
    title, text = markup.summary_title(action), markup.summary_text(action)
    if (it.ticket.title, it.ticket.description) == (title, text):
        return Done(str(it.ticket.id), changed=False)
    client.change(session, it, {"title": title, "description": text})
    return Done(str(it.ticket.id))


def summary_queue(session: Session) -> str | None:
    """The number of the queue for summaries, from the account's settings, else as given when connecting."""
    told = session.access.options.get("summary_queue") or session.access.credentials.get("summary_queue")
    return str(told) if told else None
