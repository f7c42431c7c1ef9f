"""What Deskpulse writes into Zammad, each thing once.

Nothing here changes a ticket's state, owner or group, and every article is an internal note.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from integrations.actions import SUMMARY_TAG, Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.errors import Gone, Rejected, Skip, Unclear
from integrations.events import JSONValue
from integrations.session import Session
from integrations.zammad import mapping, markup, states
from integrations.zammad.client import Client
from integrations.zammad.payloads import Ticket

_UNCHANGED: Final = Done(changed=False)
#: The group of summary tickets, id or name: from the account's settings, else found when the desk was connected.
GROUP: Final = "summary_group"


def apply(action: Action, session: Session) -> Done:
    """Does the action unless it is done already; the errors are those of `Desk.apply`."""
    client = Client(session)
    match action:
        case AddTag() | RemoveTag():
            return _tag(action, client)
        case SetField():
            return _set_field(action, client)
        case AddNote():
            return _note(action, client)
        case PutSummary():
            return _put_summary(action, client)
    raise Skip("Zammad takes no such action")


def _tag(action: AddTag | RemoveTag, client: Client) -> Done:
    client.ticket(action.ticket)  # the list of tags is empty for a ticket that is not there
    adds = isinstance(action, AddTag)
    if (action.tag in client.tags(action.ticket)) is adds:
        return _UNCHANGED
    (client.add_tag if adds else client.remove_tag)(action.ticket, action.tag)
    return Done()


def _set_field(action: SetField, client: Client) -> Done:
    ticket = client.ticket(action.ticket)
    if not mapping.is_custom(action.name) or action.name not in ticket.attributes:
        raise Rejected(
            f"Zammad's tickets have no attribute {action.name} of their own: add one under Admin › Objects › Ticket,"
            f" then click Update Database"
        )
    if _shown(ticket, action.name) == action.value:
        return _UNCHANGED
    if _shown(client.update(action.ticket, {action.name: action.value}), action.name) != action.value:
        raise Unclear(f"Zammad took the attribute {action.name} and shows another value: check its type and options")
    return Done()


def _shown(ticket: Ticket, attribute: str) -> str:
    held = ticket.attributes.get(attribute)
    return str(held).lower() if isinstance(held, bool) else "" if held is None else str(held)


def _note(action: AddNote, client: Client) -> Done:
    client.ticket(action.ticket)
    for article in client.articles(action.ticket):
        if mapping.is_ours(article) and markup.holds(article.body or "", action.marker):
            return Done(str(article.id), changed=False)
    return Done(client.add_note(action.ticket, markup.note(action)))


# --- summaries ----------------------------------------------------------------------------------------------------


def _put_summary(action: PutSummary, client: Client) -> Done:
    ticket = _summary(action, client)
    if ticket is None:
        return Done(_open_summary(action, client))
    return Done(str(ticket.id), changed=_revise(ticket, action, client))


def _summary(action: PutSummary, client: Client) -> Ticket | None:
    """The summary that is there already: the one we know, else one whose title has the mark."""
    if action.object_id is not None:
        with suppress(Gone):
            return client.ticket(action.object_id)
    found = (ticket for ticket in client.titled(markup.mark(action.marker)) if mapping.is_summary(ticket))
    return next(found, None)


def _open_summary(action: PutSummary, client: Client) -> str:
    """A closed ticket whose customer is Deskpulse's own user, so that it is nobody's work and mails nobody."""
    group = client.session.access.options.get(GROUP)
    if not group:
        raise Rejected(f"no group for summaries: set {GROUP} under [desk] to the id or the name of a group of Zammad")
    fields: dict[str, JSONValue] = {
        "title": markup.title(action),
        "group_id" if str(group).isdecimal() else "group": str(group),
        "customer_id": _own_user(client),
        "state_id": _closed(client),
        "tags": SUMMARY_TAG,
    }
    return client.open_ticket(fields, body=markup.summary(action, 1))


def _own_user(client: Client) -> int:
    author = client.session.access.author
    return int(author) if author and author.isdigit() else int(client.me()["id"])


def _closed(client: Client) -> int:
    types = states.known(client.session.access.options) or client.states()
    closed = sorted(int(state) for state, kind in types.items() if kind == mapping.CLOSED and state.isdigit())
    if not closed:
        raise Rejected("Zammad has no state of the type closed, in which a summary would be opened")
    return closed[0]


def _revise(ticket: Ticket, action: PutSummary, client: Client) -> bool:
    """Whether anything had to be said: no API of Zammad changes what an article says, so a further note says it."""
    bodies = [article.body or "" for article in client.articles(str(ticket.id)) if mapping.is_ours(article)]
    revision = markup.latest_revision(bodies, action.marker)
    stale = not markup.is_current(action, revision)
    if stale:
        client.add_note(str(ticket.id), markup.summary(action, revision[0] + 1))
    title = markup.title(action)
    if ticket.title != title:
        client.update(str(ticket.id), {"title": title})
    return stale or ticket.title != title
