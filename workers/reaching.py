"""When somebody of the team reached a ticket's customer, and which call or chat nobody came back to; pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from integrations.times import Instant
from workers import timeline
from workers.metrics.live_contacts import SHORT_ABANDON
from workers.rules import Rules
from workers.tickets import LiveContact, Ticket

_VOICEMAIL: Final = "voicemail"
_ABANDONED: Final = "abandoned"
#: How a contact ends that somebody should come back to.
MISSED: Final = frozenset({"missed", _ABANDONED, _VOICEMAIL})


def last_reached(ticket: Ticket, rules: Rules) -> Instant | None:
    """When somebody last wrote to the customer or spoke with them; a private note, a bot and a voicemail reach none."""
    written = (message.at for message in timeline.human_messages(ticket, rules))
    return max(chain(written, _spoken(ticket, rules)), default=None)


def last_missed(ticket: Ticket, rules: Rules) -> LiveContact | None:
    """The last call or chat of the customer that nobody took; None when there is none, or somebody reached them since.

    Who gave up within ten seconds is not called back: a wrong number, a second thought (`metrics.live_contacts`).
    """
    missed = [contact for contact in ticket.contacts if _is_missed(contact)]
    if not missed:
        return None
    last = max(missed, key=missed_at)
    reached = last_reached(ticket, rules)
    return None if reached is not None and reached >= missed_at(last) else last


def missed_at(contact: LiveContact) -> Instant:
    """When a contact was missed: at its end, else when the customer was queued."""
    return contact.ended_at or contact.queued_at or 0


def _spoken(ticket: Ticket, rules: Rules) -> Iterator[Instant]:
    for contact in ticket.contacts:
        by_machine = contact.agent in rules.bots or contact.outcome == _VOICEMAIL
        if contact.answered_at is not None and contact.direction != "internal" and not by_machine:
            yield contact.answered_at


def _is_missed(contact: LiveContact) -> bool:
    if contact.outcome not in MISSED or not timeline.came_in(contact):
        return False
    if contact.outcome == _VOICEMAIL:
        return True
    return contact.answered_at is None and not _was_short(contact)


def _was_short(contact: LiveContact) -> bool:
    if contact.outcome != _ABANDONED or contact.queued_at is None or contact.ended_at is None:
        return False
    return contact.ended_at - contact.queued_at < SHORT_ABANDON
