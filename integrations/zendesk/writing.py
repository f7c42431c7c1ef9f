"""What Deskpulse writes into Zendesk, each thing once.

Tags are added and removed one by one, fields are changed one by one, so nobody's work is overwritten. Notes and
summaries are looked for before they are written, so a lost answer is repeated safely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from integrations.actions import SUMMARY_TAG, Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.errors import Gone, Rejected, Skip, Unclear
from integrations.events import JSONValue
from integrations.session import Session
from integrations.zendesk import mapping, markup
from integrations.zendesk.client import Client
from integrations.zendesk.directory import directory_of
from integrations.zendesk.payloads import Ticket

_UNCHANGED: Final = Done(changed=False)


def apply(action: Action, session: Session) -> Done:
    """Does the action unless it is done already; Skip when the ticket is gone or closed."""
    do = _DOES.get(type(action))
    if do is None:
        raise Skip(f"Zendesk has nothing like {type(action).__name__}")
    return do(action, Client(session))


def _add_tag(action: AddTag, client: Client) -> Done:
    if action.tag in _open(action.ticket, client).tags:
        return _UNCHANGED
    if action.tag not in client.add_tags(action.ticket, [action.tag]):
        raise Unclear(f"Zendesk took the tag {action.tag} and does not show it")
    return Done()


def _remove_tag(action: RemoveTag, client: Client) -> Done:
    if action.tag not in _open(action.ticket, client).tags:
        return _UNCHANGED
    if action.tag in client.remove_tags(action.ticket, [action.tag]):
        raise Unclear(f"Zendesk still shows the tag {action.tag}")
    return Done()


def _set_field(action: SetField, client: Client) -> Done:
    ticket = _open(action.ticket, client)
    field = directory_of(client.session).field(client, action.name)
    if field is None:
        raise Rejected(
            f"Zendesk has no ticket field {mapping.OWN_FIELD}{action.name}: add one, of type text, under "
            "Admin Center › Objects and rules › Tickets › Fields"
        )
    before = _shown(ticket.custom.get(field))
    if before == action.value:
        return _UNCHANGED
    after = client.update(ticket.id, {"custom_fields": [{"id": int(field), "value": action.value}]})
    if _shown(after.custom.get(field)) == before:
        raise Unclear(f"Zendesk took the field {action.name} and does not show it")
    return Done()


def _shown(value: JSONValue) -> str:
    """A field's value as text: nothing for none."""
    return "" if value is None else str(value)


def _note(action: AddNote, client: Client) -> Done:
    ticket = _open(action.ticket, client)
    mark = markup.mark(action.marker)
    for comment in client.comments(ticket.id):
        if not comment.public and mark in comment.text:
            return Done(comment.id, changed=False)
    client.update(ticket.id, {"comment": {"html_body": markup.note(action), "public": False}})
    return Done()


def _summary(action: PutSummary, client: Client) -> Done:
    found = _known(action, client)
    if found is None:
        return Done(client.import_ticket(_new(action, client.session), key=markup.key(action)).id)
    return Done(found.id, changed=_revise(found, action, client))


def _known(action: PutSummary, client: Client) -> Ticket | None:
    """The summary that is there already: the one we know, else one with its external id."""
    if action.object_id is not None:
        with suppress(Gone):
            return client.ticket(action.object_id)
    wanted, author = markup.external_id(action.marker), client.session.access.author
    found = (ticket for ticket in client.tickets_with(wanted) if ticket.external_id == wanted)
    return next((ticket for ticket in found if mapping.is_summary(ticket, author)), None)


def _new(action: PutSummary, session: Session) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "subject": markup.subject(action),
        "external_id": markup.external_id(action.marker),
        "tags": [SUMMARY_TAG],
        "status": "solved",
        "comments": [{"html_body": markup.summary(action), "public": False}],
    }
    author = session.access.author
    return told if author is None else {**told, "requester_id": int(author), "submitter_id": int(author)}


def _revise(ticket: Ticket, action: PutSummary, client: Client) -> bool:
    """Whether anything had to be said: no comment of Zendesk's can be changed, so the new text follows the old."""
    subject = markup.subject(action)
    ours = [comment for comment in client.comments(ticket.id) if markup.mark(action.marker) in comment.text]
    changes: dict[str, JSONValue] = {} if ticket.subject == subject else {"subject": subject}
    if not ours or not markup.is_latest(action, ours[-1].text):
        changes["comment"] = {"html_body": markup.summary(action), "public": False}
    if changes:
        _require_open(ticket)
        client.update(ticket.id, changes)
    return bool(changes)


def _open(ticket: str, client: Client) -> Ticket:
    found = client.ticket(ticket)
    _require_open(found)
    return found


def _require_open(ticket: Ticket) -> None:
    if ticket.status == mapping.CLOSED:
        raise Skip(f"Zendesk's ticket {ticket.id} is closed, and Zendesk changes no closed ticket")


_DOES: Final[Mapping[type[Any], Callable[[Any, Client], Done]]] = {
    AddTag: _add_tag,
    RemoveTag: _remove_tag,
    SetField: _set_field,
    AddNote: _note,
    PutSummary: _summary,
}
