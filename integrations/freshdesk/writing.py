"""Our writing in Freshdesk: tags, fields, notes and summaries, each done once however often it is asked for.

Nothing here is transactional in Freshdesk, so every action looks first: a lost answer is repeated safely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from integrations.actions import SUMMARY_TAG, Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.errors import Gone, Skip, Unclear
from integrations.freshdesk import mapping, markup
from integrations.freshdesk.client import Client
from integrations.freshdesk.values import Ticket
from integrations.session import Session
from integrations.times import DAY

_UNCHANGED: Final = Done(changed=False)
#: How long ago an answer to the request for a summary may have been lost: longer than anything is tried again.
_LOST_WITHIN: Final = 4 * DAY


def apply(action: Action, session: Session) -> Done:
    """Does the action unless it is done already; Gone when the ticket is not there, deleted or spam."""
    client = Client(session)
    match action:
        case AddTag() | RemoveTag():
            return _tag(action, client)
        case SetField():
            return _set_field(action, client)
        case AddNote():
            return _note(action, client)
        case PutSummary():
            return _summary(action, client)
    raise Skip(f"Freshdesk has nothing like {type(action).__name__}")


def _ticket(ticket: str, client: Client) -> Ticket:
    found = client.held(ticket)
    if found.deleted or found.spam:
        raise Gone(f"Freshdesk's ticket {ticket} is deleted or spam")
    return found


def _tag(action: AddTag | RemoveTag, client: Client) -> Done:
    """The whole set is written, as it was read a moment before: Freshdesk can add no single tag."""
    held = _ticket(action.ticket, client).tags or ()
    adds = isinstance(action, AddTag)
    if (action.tag in held) is adds:
        return _UNCHANGED
    wanted = [*held, action.tag] if adds else [tag for tag in held if tag != action.tag]
    after = client.update(action.ticket, {"tags": wanted})
    if (action.tag in (after.tags or ())) is not adds:
        raise Unclear(f"Freshdesk took the tags of ticket {action.ticket} and shows others")
    return Done()


def _set_field(action: SetField, client: Client) -> Done:
    """Only this field is written; the others keep their values."""
    key = mapping.own_field(action.name, client.session.access.options)
    if _shown(_ticket(action.ticket, client), key) == action.value:
        return _UNCHANGED
    after = client.update(action.ticket, {"custom_fields": {key: action.value}})
    if _shown(after, key) != action.value:
        raise Unclear(f"Freshdesk took the field {key} and does not show it: check that there is one of that name")
    return Done()


def _shown(ticket: Ticket, key: str) -> str:
    held = ticket.custom.get(key)
    return "" if held is None else str(held)


def _note(action: AddNote, client: Client) -> Done:
    ticket = _ticket(action.ticket, client)
    mark = markup.mark(action.marker)
    for said in client.conversations(ticket.id):
        if mapping.is_ours(said) and mark in said.text:
            return Done(said.id, changed=False)
    return Done(client.add_note(ticket.id, markup.note(action.lines, action.marker)))


def _summary(action: PutSummary, client: Client) -> Done:
    """A closed ticket of our own agent, so that no customer is written to, revised in place."""
    author = _author(client)
    if action.object_id is not None:
        known = _known(action.object_id, client)
        if known is not None:
            return _revise(known, action, client)
        if _is_archived(action.object_id, client):
            return Done(action.object_id, changed=False)
    lost = _lost(action, author, client)
    return _open(action, author, client) if lost is None else _revise(lost, action, client)


def _author(client: Client) -> str:
    """The agent whose key it is: as connecting found it, else as Freshdesk tells it."""
    author = client.session.access.author or ""
    return author if author.isascii() and author.isdigit() else client.me().id


def _known(ticket: str, client: Client) -> Ticket | None:
    try:
        return _ticket(ticket, client)
    except Gone:
        return None


def _is_archived(ticket: str, client: Client) -> bool:
    """Whether a summary went to the archive, where nothing can be changed any more."""
    try:
        client.archived(ticket)
    except Gone:
        return False
    return True


def _lost(action: PutSummary, author: str, client: Client) -> Ticket | None:
    """The summary whose making was not answered. The list is read, not the search, whose index trails by minutes."""
    mark = markup.mark(action.marker)
    listed: Sequence[Ticket] = client.tickets_of(author, since=client.session.now() - _LOST_WITHIN)
    found = next((one for one in listed if mark in one.subject and mapping.is_summary(one, author=author)), None)
    return None if found is None else _known(found.id, client)


def _open(action: PutSummary, author: str, client: Client) -> Done:
    fields = {
        **_words(action),
        "requester_id": int(author),
        "status": mapping.CLOSED,
        "priority": mapping.LOW,
        "source": mapping.PORTAL,
        "tags": [SUMMARY_TAG],
    }
    return Done(client.create_ticket(fields))


def _revise(ticket: Ticket, action: PutSummary, client: Client) -> Done:
    words = _words(action)
    stands = markup.revision(ticket.description, action.marker)
    if ticket.subject == words["subject"] and stands == markup.revision(words["description"], action.marker):
        return Done(ticket.id, changed=False)
    after = client.update(ticket.id, words)
    if after.subject != words["subject"]:
        raise Unclear(f"Freshdesk took the summary {ticket.id} and shows another subject")
    return Done(ticket.id)


def _words(action: PutSummary) -> dict[str, str]:
    return {
        "subject": markup.subject(action.title, action.marker),
        "description": markup.summary(action.title, action.sections, action.marker),
    }
