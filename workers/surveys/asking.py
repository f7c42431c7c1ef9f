"""Which tickets are asked which survey, and who is left alone: pure decisions over what is known of them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from integrations.actions import SUMMARY_TAG
from integrations.times import Instant
from workers.channels import INTERNAL
from workers.rules import Rules
from workers.surveys.settings import AFTER_CHAT, AFTER_RESOLUTION, Asking, AskRule
from workers.tickets import LiveContact, Ticket
from workers.timeline import direction, excluded, handled_by, media_of, present_resolution

#: What became of one occasion to ask.
ASKED: Final = "asked"
ASKED_LATELY: Final = "asked_lately"  #: held back: this customer was asked something a few days ago
NOT_SAMPLED: Final = "not_sampled"  #: held back: this ticket is not among the share that is asked

_EVERYBODY: Final = 100.0
_WHOLE: Final = 2**64


class Occasion(NamedTuple):
    """Something that a customer can be asked about: when it was over, and what it is called."""

    at: Instant
    touchpoint: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One earlier decision about a ticket, whatever it was; `until` is the last moment that it settled."""

    kind: str
    outcome: str
    until: Instant


@dataclass(frozen=True, slots=True)
class Due:
    """A survey whose turn it is, unless its customer is to be left alone; `number` counts those of this ticket."""

    rule: AskRule
    occasion: Occasion
    number: int
    sampled: bool

    @property
    def touchpoint(self) -> str:
        """The account's word for the occasion, else ours."""
        return self.rule.touchpoint or self.occasion.touchpoint


def occasion(ticket: Ticket) -> Occasion | None:
    """The end of the last chat that somebody took, else the resolution that holds; None when nothing is over yet.

    A ticket with such a chat is asked about the chat and not about its resolution a little later.
    """
    taken = [contact.ended_at for contact in ticket.contacts if _is_taken_chat(contact, ticket)]
    ended = [at for at in taken if at is not None]
    if ended:
        return Occasion(max(ended), AFTER_CHAT)
    resolution = present_resolution(ticket)
    return None if resolution is None else Occasion(resolution.at, AFTER_RESOLUTION)


def may_be_asked(ticket: Ticket, rules: Rules) -> bool:
    """Whether a ticket is one of those whose customer can judge: they came to us, were served, and count."""
    if excluded(ticket, rules) or ticket.channel == INTERNAL or SUMMARY_TAG in ticket.tags:
        return False
    served = handled_by(ticket, rules) != "none" or any(_is_taken_chat(contact, ticket) for contact in ticket.contacts)
    return served and direction(ticket) == "inbound"


def due(
    ticket: Ticket, rules: Rules, asking: Asking, before: Sequence[Ask], *, since: Instant, key: bytes
) -> Iterator[Due]:
    """The surveys whose turn it is for a ticket, in an order that is drawn for it; what was decided stays decided.

    `since` is the oldest occasion that is still asked about; `key` the account's own, which seeds the draws.
    """
    found = occasion(ticket)
    if found is None or found.at < since or not may_be_asked(ticket, rules):
        return
    for rule in _in_drawn_order(asking.rules, key, ticket.ticket):
        if rule.channels is not None and ticket.channel not in rule.channels:
            continue
        earlier = [ask for ask in before if ask.kind == rule.kind]
        if all(ask.until < found.at for ask in earlier):
            sampled = is_sampled(key, ticket.ticket, rule.kind, asking.share)
            yield Due(rule, found, len(earlier) + 1, sampled)


def may_ask_again(last: Instant | None, *, now: Instant, pause: Instant) -> bool:
    """Whether a customer who was last asked then may be asked now: the rule against fatigue, over all channels."""
    return last is None or last <= now - pause


def last_asked(before: Iterable[Ask]) -> Instant | None:
    """When a ticket itself was asked last: the rule for a customer whom nobody knows."""
    return max((ask.until for ask in before if ask.outcome == ASKED), default=None)


def is_sampled(key: bytes, ticket: str, kind: str, share: float) -> bool:
    """Whether a ticket is among the percentage that is asked; a larger share keeps everybody of a smaller one.

    The draw is HMAC-SHA256 under the account's key: the same at every worker and every repetition, and no ticket's
    number tells it.
    """
    return share >= _EVERYBODY or _drawn(key, "sample", ticket, kind) < share / _EVERYBODY


def _in_drawn_order(rules: Iterable[AskRule], key: bytes, ticket: str) -> list[AskRule]:
    """With one survey a customer, every kind has its turn as often as the others."""
    return sorted(rules, key=lambda rule: _drawn(key, "turn", ticket, rule.kind))


def _drawn(key: bytes, *what: str) -> float:
    """A number from 0 up to 1, the same for the same words."""
    digest = hmac.digest(key, "\0".join(what).encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(digest[:8]) / _WHOLE


def _is_taken_chat(contact: LiveContact, ticket: Ticket) -> bool:
    return media_of(contact, ticket) == "chat" and contact.direction in (None, "in") and contact.answered_at is not None
