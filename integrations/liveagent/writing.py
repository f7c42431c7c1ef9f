"""Our writing in LiveAgent: tags, fields, notes and summaries, each done once however often it is asked for.

Nothing here is transactional in LiveAgent, so every action looks first: a lost answer is repeated safely.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from integrations.actions import Action, AddNote, AddTag, Done, PutSummary, RemoveTag, SetField
from integrations.errors import Gone, Rejected, Skip, Unclear
from integrations.liveagent import markup
from integrations.liveagent.client import Client
from integrations.liveagent.directory import Directory, directory_of
from integrations.liveagent.mapping import DELETED
from integrations.liveagent.payloads import Ticket
from integrations.session import Session

_UNCHANGED: Final = Done(changed=False)


def apply(action: Action, session: Session) -> Done:
    """Do what is asked for unless it is done already; Gone when the ticket is not there, or deleted."""
    writer = _Writer(session)
    match action:
        case AddTag():
            return writer.add_tag(action)
        case RemoveTag():
            return writer.remove_tag(action)
        case SetField():
            return writer.set_field(action)
        case AddNote():
            return writer.add_note(action)
        case PutSummary():
            return writer.put_summary(action)
    raise Skip(f"LiveAgent has nothing like {type(action).__name__}")


class _Writer:
    """The actions of one session."""

    def __init__(self, session: Session) -> None:
        self.client = Client(session)
        self.directory: Directory = directory_of(session)
        self.options = session.access.options

    def add_tag(self, action: AddTag) -> Done:
        """By v1, which adds one tag; v3 could only replace the whole set."""
        ticket = self._ticket(action.ticket)
        if action.tag in self._tags(ticket):
            return _UNCHANGED
        self._make_sure_of(action.tag)
        self.client.add_tag(ticket.id, action.tag)
        if action.tag not in self._tags(self._ticket(action.ticket)):
            raise Unclear(f"LiveAgent took the tag {action.tag} and does not show it yet")
        return Done()

    def remove_tag(self, action: RemoveTag) -> Done:
        """By v3, with the set that is left: v1's DELETE names no tag in its documentation, so it may take all."""
        ticket = self._ticket(action.ticket)
        if action.tag not in self._tags(ticket):
            return _UNCHANGED
        own = self.directory.tag_ids(self.client)[action.tag]
        self.client.update(ticket.id, {"tags": [tag for tag in ticket.tags if tag != own]})
        if action.tag in self._tags(self._ticket(action.ticket)):
            raise Unclear(f"LiveAgent still shows the tag {action.tag}")
        return Done()

    def set_field(self, action: SetField) -> Done:
        """By v3, with this one field: the others keep their values.

        LiveAgent has answered 200 and changed nothing, so the field is read again. It may show the value in
        another spelling; only what it showed before is no success.
        """
        ticket = self._ticket(action.ticket)
        before = ticket.fields.get(action.name)
        if (before or "") == action.value:
            return _UNCHANGED
        self.client.update(ticket.id, {"custom_fields": [{"code": action.name, "value": action.value}]})
        if self._ticket(action.ticket).fields.get(action.name) == before:
            raise Unclear(f"LiveAgent took the field {action.name} and does not show it: check that there is one")
        return Done()

    def add_note(self, action: AddNote) -> Done:
        """By v1, the only API that writes notes."""
        ticket = self._ticket(action.ticket)
        mark = markup.mark(action.marker)
        if any(mark in text for text in self._texts(ticket.id)):
            return _UNCHANGED
        self.client.add_note(ticket.id, markup.note(action.lines, action.marker))
        return Done()

    def put_summary(self, action: PutSummary) -> Done:
        """A resolved ticket that e-mails nobody; revised by notes, as no API changes what a message says."""
        ticket = self._summary(action)
        if ticket is None:
            return Done(self._open_summary(action))
        return Done(ticket.id, changed=self._revise(ticket, action))

    # ------------------------------------------------------------------------------------------ tickets, tags

    def _ticket(self, ticket: str) -> Ticket:
        found = self.client.ticket(ticket)
        if found.status == DELETED or ticket not in (found.id, found.code):
            raise Gone(f"LiveAgent's ticket {ticket} is deleted")
        return found

    def _tags(self, ticket: Ticket) -> list[str]:
        return self.directory.tag_names(self.client, ticket.tags)

    def _make_sure_of(self, tag: str) -> None:
        """The tag exists: whether v1 would make one by itself is not documented."""
        self.directory.forget_tags()
        if tag in self.directory.tag_ids(self.client):
            return
        try:
            self.client.create_tag(tag)
        except Rejected:
            self.directory.forget_tags()
            if tag not in self.directory.tag_ids(self.client):  # somebody else made it at this very moment
                raise

    def _texts(self, ticket: str) -> list[str]:
        return [message.text for group in self.client.groups(ticket) for message in group.messages]

    # ------------------------------------------------------------------------------------------ summaries

    def _summary(self, action: PutSummary) -> Ticket | None:
        """The summary that is there already: the one we know, else one whose subject has the mark."""
        known = self._still_there([action.object_id]) if action.object_id is not None else None
        return known or self._found(action)

    def _found(self, action: PutSummary) -> Ticket | None:
        """Looked for twice: in v1's list of the department, and by the search, whose index may lag behind."""
        mark = markup.mark(action.marker)
        subject = markup.subject(action.title, action.marker)
        listed = self.client.tickets_about(subject, department=self._department())
        candidates = [ticket for ticket, about in listed if mark in about]
        candidates += [ticket.id for ticket in self.client.tickets_with(mark) if mark in ticket.subject]
        return self._still_there(dict.fromkeys(candidates))

    def _still_there(self, tickets: Iterable[str]) -> Ticket | None:
        for ticket in tickets:
            try:
                return self._ticket(ticket)
            except Gone:
                continue
        return None

    def _open_summary(self, action: PutSummary) -> str:
        text = markup.summary(action.title, action.sections)
        agent, recipient = self._spokesman()
        return self.client.create_ticket(
            {
                "useridentifier": agent,
                "subject": markup.subject(action.title, action.marker),
                "departmentid": self._department(),
                "recipient": recipient,
                "message": markup.revised(text, action.marker, 1),
                "status": "R",
                "do_not_send_mail": "Y",
                "use_template": "N",
                "is_html_message": "N",
            }
        )

    def _revise(self, ticket: Ticket, action: PutSummary) -> bool:
        """Whether anything had to be said: the last revision in the ticket is compared with what it should be."""
        text = markup.summary(action.title, action.sections)
        subject = markup.subject(action.title, action.marker)
        number, digits = markup.latest_revision(self._texts(ticket.id), action.marker)
        stale = digits != markup.revision(text)
        if stale:
            self.client.add_note(ticket.id, markup.revised(text, action.marker, number + 1))
        if ticket.subject != subject:
            self.client.update(ticket.id, {"subject": subject})
        return stale or ticket.subject != subject

    def _department(self) -> str:
        chosen = self.options.get("summary_department")
        if isinstance(chosen, str) and chosen:
            return chosen
        departments = sorted(one.id for one in self.directory.departments(self.client))
        if not departments:
            raise Rejected("LiveAgent tells no department; set summary_department under [desk]")
        return departments[0]

    def _spokesman(self) -> tuple[str, str]:
        """In whose name a summary is opened, and the address that LiveAgent demands and never writes to."""
        agent, address = self.options.get("summary_agent"), self.options.get("summary_recipient")
        found = self.directory.spokesman(self.client)
        agent = agent if isinstance(agent, str) and agent else found and found.id
        address = address if isinstance(address, str) and address else found and found.email
        if not agent or not address:
            raise Rejected("LiveAgent tells no agent; set summary_agent and summary_recipient under [desk]")
        return str(agent), str(address)
