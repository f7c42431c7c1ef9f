"""Everything Zendesk tells about one ticket, as dated events and present values. Pure.

A ticket's audits are its whole history: one for each update, with every property that it set. What the first one set is
how the ticket began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.base import Present, Reading
from integrations.events import Event, JSONObject, JSONValue
from integrations.times import Instant
from integrations.zendesk import fields, mapping, surveys, values
from integrations.zendesk.facts import Facts, who
from integrations.zendesk.markup import is_marked
from integrations.zendesk.payloads import Audit, Entry, Ticket, User, Via, own_value

_NUMBERED: Final = re.compile(r"#([0-9]{1,19})")
_UNKNOWN: Final = "unknown"
_COMMENTS: Final = frozenset({"Comment", "VoiceComment"})
#: The names of these events are not verified: the page of audit events calls them by these words only.
_OFFERED: Final = re.compile(r"survey.*offer", re.IGNORECASE)
_ANSWERED: Final = re.compile(r"survey.*respon", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """All answers about one ticket, and what is needed to read them."""

    ticket: Ticket
    audits: Sequence[Audit]
    users: Mapping[str, User]
    channel: str | None
    asked_at: Instant
    answers: tuple[Event, ...] = ()
    options: JSONObject = field(default_factory=dict)
    author: str | None = None


def reading_of(told: Told) -> Reading:
    """The ticket's dated facts, oldest first, then what holds now."""
    facts = Facts(told.ticket, told.options)
    if mapping.is_summary(told.ticket, told.author):
        return Reading(events=tuple(facts.summary()))
    history = _History(told, facts)
    # Of two changes to the same value within one second only the later is told: they would be one event.
    events = {one.id: one for one in (history.opening(), *history.changes(), *told.answers)}
    return Reading(events=tuple(events.values()), present=(_present(told),), names=_names(told))


def unknown_writers(ticket: Ticket, audits: Sequence[Audit]) -> set[str]:
    """Who wrote, or changed the status, and cannot be told from the ticket and its history alone."""
    told = {_writer(audit, entry) for audit in audits for entry in audit.entries if _has_a_writer(entry)}
    known = {mapping.SYSTEM_USER, ticket.requester, *_assignees(ticket, audits)}
    return {author for author in told - known if author is not None}


def is_answered(audits: Sequence[Audit]) -> bool:
    """Whether the newer survey may have been answered: its responses have to be asked for."""
    return any(_ANSWERED.search(entry.type) for audit in audits for entry in audit.entries)


def _writer(audit: Audit, entry: Entry) -> str | None:
    return entry.author or audit.author


def _has_a_writer(entry: Entry) -> bool:
    return entry.type in _COMMENTS or (entry.type == "Change" and entry.field == "status")


def _assignees(ticket: Ticket, audits: Sequence[Audit]) -> set[str]:
    """Everybody who ever had the ticket: agents, whatever they are by now."""
    had = {values.id_of(entry.value) for audit in audits for entry in audit.entries if entry.field == "assignee_id"}
    return {agent for agent in (ticket.agent, *had) if agent is not None}


class _History:
    """Goes through the audits of one ticket."""

    def __init__(self, told: Told, facts: Facts) -> None:
        self.told = told
        self.facts = facts
        self.ticket = told.ticket
        self.agents = _assignees(told.ticket, told.audits)
        self.made_private = _hidden(told.audits)

    def opening(self) -> Event:
        """The ticket as it began: what the first audit set."""
        first = self.told.audits[0].entries if self.told.audits else ()
        had = {entry.field: entry.value for entry in first if entry.type == "Create" and entry.field}
        more: dict[str, Any] = {
            "agent": values.id_of(had.get("assignee_id")),
            "department": values.id_of(had.get("group_id")),
        }
        more["tags"] = mapping.others_tags(values.tags_of(had.get("tags"))) or None
        more["fields"] = fields.kept(dict(_slices(had)), self.told.options) or None
        told = {name: value for name, value in more.items() if value is not None}
        return self.facts.created(channel=self.told.channel, requester=_first_requester(self.told), **told)

    def changes(self) -> Iterator[Event]:
        """Every later change, and every message."""
        for audit in self.told.audits:
            for entry in audit.entries:
                yield from self._entry(audit, entry)
        yield from self._merged()

    def _entry(self, audit: Audit, entry: Entry) -> Iterator[Event]:
        if entry.type in _COMMENTS:
            yield from self._message(audit, entry)
        elif entry.type == "Change" and entry.field is not None:
            yield from self._change(audit, entry, entry.field)
        elif entry.type == "Create" and entry.field is not None:
            yield from self._set_first(audit, entry, entry.field)
        elif _OFFERED.search(entry.type):
            yield self._offered(audit)

    def _set_first(self, audit: Audit, entry: Entry, name: str) -> Iterator[Event]:
        """What the ticket began with that is an event of its own: `opening` tells the rest."""
        if name != "status":
            yield from self.facts.answered(name, _set_in(audit), self.ticket.created, seq=entry.id)
        elif entry.value != "new":
            yield from self.facts.status(values.word(entry.value), self.ticket.created, seq=entry.id)

    def _message(self, audit: Audit, entry: Entry) -> Iterator[Event]:
        public = entry.public is True and str(entry.id) not in self.made_private
        if entry.id is None or (not public and is_marked(entry.body)):
            return  # a note of ours
        author = _writer(audit, entry)
        by = self._role(author)
        # What Zendesk writes for whoever merges, and what a rule says, is automatic.
        auto = _via(audit, entry) in ("merge", "rule")
        yield self.facts.message(str(entry.id), audit.at, by=by, author=author, public=public, auto=auto)

    def _change(self, audit: Audit, entry: Entry, name: str) -> Iterator[Event]:
        at, value = audit.at, entry.value
        if name == "status":
            yield from self.facts.status(values.word(value), at, seq=entry.id, **self._actor(audit, entry))
        elif name in mapping.HANDED:
            yield self.facts.handed(name, value, at, seq=entry.id)
        elif name == "tags":
            before, after = (set(values.tags_of(tags)) for tags in (entry.previous, value))
            yield from self.facts.tagged(at, added=after - before, removed=before - after, seq=entry.id)
        elif name == "satisfaction_score" and value == mapping.OFFERED:
            yield self._offered(audit)
        else:
            beside = _set_in(audit)
            for slice_, told in _slices({name: value}):
                yield from self.facts.set_field(slice_, {**beside, slice_: told}, at, seq=entry.id)

    def _offered(self, audit: Audit) -> Event:
        return self.facts.make("survey.sent", audit.at, survey=surveys.SATISFACTION, kind="csat")

    def _merged(self) -> Iterator[Event]:
        """The ticket that took this one in, which the last update names: in its via, else in its words."""
        closing = next((one for one in reversed(self.told.audits) if _closes(one)), None)
        if closing is None or mapping.MERGED_TAG not in self.ticket.tags:
            return
        words = " ".join(entry.body for entry in closing.entries)
        vias = [closing.via, *(entry.via for entry in closing.entries if entry.via is not None)]
        named = [via.to_ticket for via in vias if via.to_ticket] + _NUMBERED.findall(words)
        into = next((ticket for ticket in named if ticket != self.ticket.id), _UNKNOWN)
        yield self.facts.make("ticket.merged", closing.at, into=into)

    def _role(self, author: str | None) -> str:
        if author is None or author == mapping.SYSTEM_USER:
            return "system"
        if author == self.ticket.requester:
            return "customer"
        user = self.told.users.get(author)
        return "agent" if author in self.agents else mapping.ROLE.get(user.role if user else "", "customer")

    def _actor(self, audit: Audit, entry: Entry) -> dict[str, Any]:
        """Who changed the status: a rule, when the change says so, else whoever made the update."""
        by = "system" if _via(audit, entry) == "rule" else self._role(audit.author)
        return who(by, audit.author)


def _via(audit: Audit, entry: Entry) -> str:
    """How this came about, in our words for what no person wrote: `merge`, `rule`, or nothing."""
    own = entry.via
    via = audit.via if own is None or own == Via() else own
    return next((word for word in ("merge", "rule") if word in (via.channel, via.rel)), "")


def _first_requester(told: Told) -> str | None:
    """Whose the ticket was when it began; None where no update is known."""
    named = (entry for audit in told.audits for entry in audit.entries if entry.field == "requester_id")
    for entry in named:
        return values.id_of(entry.value if entry.type == "Create" else entry.previous)
    return told.ticket.requester if told.audits else None


def _closes(audit: Audit) -> bool:
    """Whether the tag of a merge came with it; a follow-up has the tags of its closed ticket from the beginning on."""
    changes = [entry for entry in audit.entries if entry.type == "Change" and entry.field == "tags"]
    came = [set(values.tags_of(entry.value)).difference(values.tags_of(entry.previous)) for entry in changes]
    return any(mapping.MERGED_TAG in tags for tags in came)


def _hidden(audits: Sequence[Audit]) -> set[str]:
    """The comments that were public and are not any more."""
    changed = [entry for audit in audits for entry in audit.entries if entry.type == "CommentPrivacyChange"]
    return {entry.comment for entry in changed if entry.comment is not None and entry.public is False}


def _set_in(audit: Audit) -> dict[str, JSONValue]:
    """Every field that this update set, and its value."""
    return {entry.field: entry.value for entry in audit.entries if entry.field is not None}


def _slices(had: Mapping[str, JSONValue]) -> Iterator[tuple[str, JSONValue]]:
    """Custom fields by their ids, Zendesk's own by our names for them."""
    for name, value in had.items():
        if name.isdecimal():
            yield name, value
        elif name in mapping.OWN_FIELD_NAMES:
            own = mapping.OWN_FIELD_NAMES[name]
            yield own, own_value(own, value)


def _present(told: Told) -> Present:
    ticket = told.ticket
    held: dict[str, JSONValue] = {
        "status": mapping.status(ticket.status),
        "channel": told.channel,
        "fields": fields.kept({**ticket.fields, **ticket.custom}, told.options) or None,
    }
    known = {name: value for name, value in held.items() if value is not None}
    known |= {"agent": ticket.agent, "department": ticket.department, "customer": ticket.requester}
    known["tags"] = mapping.others_tags(ticket.tags)
    return Present(ticket.id, told.asked_at, known, updated_at=ticket.updated)


def _names(told: Told) -> Mapping[str, Mapping[str, str]]:
    staff = [user for user in told.users.values() if mapping.ROLE.get(user.role) == "agent" and user.name]
    return {"agent": {user.id: user.name for user in staff}} if staff else {}
