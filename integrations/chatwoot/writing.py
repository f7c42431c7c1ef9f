"""What Deskpulse writes into Chatwoot, each thing once.

Chatwoot replaces whole sets of labels and attributes and knows no key that would make a request repeatable, so every
action looks first and writes what is missing.
"""

from __future__ import annotations

from typing import Final

from integrations.actions import Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.chatwoot import client, mapping, markup
from integrations.chatwoot.payloads import Conversation, read_conversation
from integrations.errors import Gone, Rejected, Skip, Unclear
from integrations.session import Session
from integrations.times import DAY

#: How long ago an answer to the request for a summary may have been lost: longer than anything is tried again.
_LOST_WITHIN: Final = 4 * DAY
_UNCHANGED: Final = Done(changed=False)


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
    raise Skip("Chatwoot takes no such action")


def _tag(action: AddTag | RemoveTag, session: Session) -> Done:
    held = client.conversation(session, action.ticket).labels
    add = isinstance(action, AddTag)
    if (action.tag in held) is add:
        return _UNCHANGED
    wanted = [*held, action.tag] if add else [label for label in held if label != action.tag]
    if (action.tag in client.set_labels(session, action.ticket, wanted)) is not add:
        raise Unclear(f"Chatwoot took the labels and does not show what became of {action.tag}")
    return Done()


def _set_field(action: SetField, session: Session) -> Done:
    held = client.conversation(session, action.ticket).custom
    if str(held.get(action.name) or "") == action.value:
        return _UNCHANGED
    after = client.set_attributes(session, action.ticket, {**held, action.name: action.value})
    if str(after.get(action.name) or "") != action.value:
        raise Unclear(f"Chatwoot took the custom attribute {action.name} and does not show it")
    return Done()


def _note(action: AddNote, session: Session) -> Done:
    mark = markup.marked(action.marker)
    for message in client.messages(session, action.ticket):
        if message.private and mapping.kind(message) == "outgoing" and mark in message.content:
            return Done(str(message.id), changed=False)
    return Done(client.add_private_note(session, action.ticket, markup.note(action)))


def _summary(action: PutSummary, session: Session) -> Done:
    known = None if action.object_id is None else _still_there(session, action.object_id)
    found = known or _lost(session, action)
    if found is None:
        return Done(_open(session, action))
    return Done(found, changed=_revise(session, found, action))


def _still_there(session: Session, number: str) -> str | None:
    try:
        return str(client.conversation(session, number).id)
    except Gone:
        return None


def _lost(session: Session, action: PutSummary) -> str | None:
    """The summary with this marker, when one was opened lately and its answer was lost."""
    inbox, _ = _place(session)
    mark, since = markup.marked(action.marker), session.now() - _LOST_WITHIN
    for row in client.pages(
        lambda page: client.conversations(session, sort=client.BY_CREATION, page=page, inbox=inbox).rows
    ):
        one: Conversation = client.readable(read_conversation)(row)
        if one.created < since:
            return None
        if str(one.inbox) == inbox and one.custom.get(mapping.SUMMARY_ATTRIBUTE) == mark:
            return str(one.id)
    return None


def _open(session: Session, action: PutSummary) -> str:
    inbox, contact = _place(session)
    attributes = {mapping.SUMMARY_ATTRIBUTE: markup.marked(action.marker)}
    return client.open_conversation(
        session, inbox=inbox, contact=contact, text=markup.revised(action, 1), attributes=attributes
    )


def _revise(session: Session, summary: str, action: PutSummary) -> bool:
    """Whether anything had to be said: no request changes a message, so a new text is a new note."""
    texts = [message.content for message in client.messages(session, summary) if message.private]
    number, digits = markup.latest_revision(texts, action.marker)
    if digits == markup.digits(action):
        return False
    client.add_private_note(session, summary, markup.revised(action, number + 1))
    return True


def _place(session: Session) -> tuple[str, str]:
    """The inbox and the contact of summaries, as found when connecting."""
    options = session.access.options
    inbox, contact = options.get(mapping.SUMMARY_INBOX), options.get(mapping.SUMMARY_CONTACT)
    if not (str(inbox).isdigit() and str(contact).isdigit()):
        raise Rejected("there is no inbox for summaries: connect the account again, which makes one")
    return str(inbox), str(contact)
