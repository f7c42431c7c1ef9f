"""What was said in a ticket: which of its message groups and messages are a customer's or an agent's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from integrations.liveagent.local import moment
from integrations.liveagent.mapping import GROUP_AWAY, GroupKind, group_kind, message_kind
from integrations.liveagent.markup import has_mark
from integrations.liveagent.payloads import Group, Message
from integrations.liveagent.people import People
from integrations.times import Instant


@dataclass(frozen=True, slots=True)
class Said:
    """One message or note, in our words."""

    id: str
    at: Instant
    by: str
    author: str | None
    public: bool
    auto: bool
    channel: str | None

    def data(self) -> dict[str, Any]:
        """As the data of `message.sent`."""
        told: dict[str, Any] = {"message": self.id, "by": self.by, "public": self.public, "auto": self.auto}
        if self.by != "system":
            told["author"] = self.author
        return told if self.channel is None else {**told, "channel": self.channel}


def said_in(groups: Sequence[Group], people: People, zone: ZoneInfo) -> Iterator[Said]:
    """The messages and notes of the groups, in their order; what the plugin itself wrote is left out."""
    began: Instant | None = None
    for group in groups:
        began = moment(group.at, zone, after=began)
        kind = group_kind(group.type)
        if group.status in GROUP_AWAY:
            continue
        before = began
        for message in _counted(group, kind):
            before = moment(message.at, zone, after=before)
            if not _is_ours(message, people):
                yield _said(message, kind, people, before)


def _counted(group: Group, kind: GroupKind) -> list[Message]:
    """The messages of a group that are somebody's words.

    Notes count wherever they stand. In a conversation each text and each file counts; a letter or a form is one
    message however many attachments and fields it has, also when it has no text at all.
    """
    notes = [one for one in group.messages if message_kind(one.type) == "note"]
    if kind.flow in ("none", "call"):
        return notes
    texts = [one for one in group.messages if message_kind(one.type) == "text"]
    attached = [one for one in group.messages if message_kind(one.type) == "attachment"]
    if kind.flow != "talk":
        attached = [] if texts else attached[:1]
    chosen = {one.id for one in (*notes, *texts, *attached)}
    return [one for one in group.messages if one.id in chosen]


def _is_ours(message: Message, people: People) -> bool:
    if people.author is not None and message.user == people.author:
        return True
    return message_kind(message.type) == "note" and has_mark(message.text)


def _said(message: Message, kind: GroupKind, people: People, at: Instant) -> Said:
    private = message_kind(message.type) == "note" or kind.flow in ("aside", "third")
    by = people.role(message.user, "aside" if message_kind(message.type) == "note" else kind.flow)
    return Said(
        id=message.id,
        at=at,
        by=by,
        author=None if by == "system" else message.user,
        public=not private,
        auto=by == "system" and not private,
        channel=None if private else kind.channel,
    )


def rating_messages(groups: Sequence[Group]) -> list[Message]:
    """The messages that stand for a customer's rating, wherever in the ticket they are."""
    return [one for group in groups for one in group.messages if message_kind(one.type) == "rating"]
