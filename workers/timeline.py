"""What a ticket's history means for its customer: who opened it, who answered, and when it was solved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from integrations.actions import SUMMARY_TAG
from integrations.times import Instant
from workers.channels import INTERNAL
from workers.rules import Rules
from workers.tickets import OUT_OF_COUNT, RESOLVED, LiveContact, Message, Resolution, StatusChange, Ticket

#: The statuses in which the customer waits for us.
REQUESTER_WAITS: Final = frozenset({"new", "open", "on_hold"})
#: Channels on which people write in turns of several short messages: a turn is one touch.
CONVERSATIONS: Final = frozenset({"chat", "messaging", "voice"})
#: Channels on which nobody queues: a live contact on a ticket that began here came later than the customer's wait.
LETTERS: Final = frozenset({"email", "web_form"})


def excluded(ticket: Ticket, rules: Rules) -> str:
    """Why a ticket is out of every count, the first reason in the order of docs/design.md; '' when it counts."""
    if ticket.created_at is None:
        return "incomplete"
    if ticket.merged_into is not None:
        return "merged"
    if ticket.status in OUT_OF_COUNT:
        return ticket.status
    return _left_out_by_rules(ticket, rules)


def rating_excluded(ticket: Ticket, rules: Rules) -> str:
    """Why what a ticket's customer said is out of count too; merging or deleting a ticket does not hide it."""
    if ticket.created_at is None:
        return "incomplete"
    if _is_spam(ticket):
        return "spam"
    return _left_out_by_rules(ticket, rules)


def _is_spam(ticket: Ticket) -> bool:
    """Whether it is spam now, or was when it was deleted."""
    if ticket.status != "deleted":
        return ticket.status == "spam"
    return next((change.status for change in reversed(ticket.statuses) if change.status != "deleted"), "") == "spam"


def _left_out_by_rules(ticket: Ticket, rules: Rules) -> str:
    if ticket.channel == INTERNAL or ticket.channel in rules.excluded_channels:
        return "channel"
    if ticket.department in rules.excluded_departments:
        return "department"
    if SUMMARY_TAG in ticket.tags or not rules.excluded_tags.isdisjoint(ticket.tags):
        return "tag"
    return ""


def is_human(message: Message, rules: Rules) -> bool:
    """Whether a person of the support team wrote it to the customer."""
    return message.by == "agent" and message.public and not message.auto and message.author not in rules.bots


def is_bot(message: Message, rules: Rules) -> bool:
    """Whether a bot wrote it to the customer."""
    return message.public and (message.by == "bot" or (message.by == "agent" and message.author in rules.bots))


def is_customer(message: Message) -> bool:
    """Whether the customer wrote it, and not their mail program."""
    return message.by == "customer" and not message.auto


def direction(ticket: Ticket) -> str:
    """`outbound` when an agent opened the ticket and wrote first, else `inbound`."""
    if ticket.created_by != "agent":
        return "inbound"
    first = next((message for message in ticket.messages if message.public and not message.auto), None)
    return "outbound" if first is not None and first.by == "agent" else "inbound"


def media_of(contact: LiveContact, ticket: Ticket) -> str:
    """`voice` or `chat`: as the desk says, else by the ticket's channel."""
    return contact.media or ("voice" if ticket.channel == "voice" else "chat")


def handled_by(ticket: Ticket, rules: Rules) -> str:
    """`none`, `bot`, `human` or `both`: who wrote to the customer, or took their call."""
    taken = list(_taken_calls(ticket))
    human = first_human(ticket, rules) is not None or any(contact.agent not in rules.bots for contact in taken)
    bot = any(is_bot(message, rules) for message in ticket.messages) or any(
        contact.agent in rules.bots for contact in taken
    )
    return {(False, False): "none", (False, True): "bot", (True, False): "human", (True, True): "both"}[human, bot]


def first_response(ticket: Ticket, rules: Rules) -> tuple[Instant, Message] | None:
    """Since when the customer waited, and the first public human message that answered; None without one.

    The wait starts as `first_wait` says.
    """
    start = first_wait(ticket, rules)
    if start is None:
        return None
    answer = next((message for message in ticket.messages if message.at >= start and is_human(message, rules)), None)
    return None if answer is None else (start, answer)


def first_human(ticket: Ticket, rules: Rules) -> Message | None:
    """The first public human message, whoever opened the ticket."""
    for message in ticket.messages:
        if is_human(message, rules):
            return message
    return None


def last_human_author(ticket: Ticket, rules: Rules, *, until: Instant) -> str | None:
    """Who of the team wrote to the customer last, up to a moment."""
    for message in reversed(ticket.messages):
        if message.at <= until and message.author and is_human(message, rules):
            return message.author
    return None


def first_wait(ticket: Ticket, rules: Rules) -> Instant | None:
    """Since when the customer waits, or waited, for a first response; None when they do not.

    At the handover, else when a live customer was queued, else at creation; on an outbound ticket at the customer's
    first message. A handover or a queue after a person had answered begins no first wait.
    """
    if direction(ticket) == "outbound":
        return next((message.at for message in ticket.messages if is_customer(message)), None)
    start = live_start(ticket)
    later = [at for at in (ticket.handover_at, None if start is None else start.queued_at) if at is not None]
    answered = _first_answered_at(ticket, rules) if later else None
    return next((at for at in later if answered is None or at <= answered), ticket.opened_at)


def _first_answered_at(ticket: Ticket, rules: Rules) -> Instant | None:
    """When a person first wrote to the customer or took their call."""
    written, call = first_human(ticket, rules), answered_call(ticket, rules)
    moments = (None if written is None else written.at, None if call is None else call.answered_at)
    return min((at for at in moments if at is not None), default=None)


def live_start(ticket: Ticket) -> LiveContact | None:
    """The contact whose queue the customer came through, on a ticket that began live."""
    if ticket.stays[0].channel in LETTERS:
        return None
    return next((contact for contact in ticket.contacts if contact.queued_at is not None and came_in(contact)), None)


def answered_call(ticket: Ticket, rules: Rules) -> LiveContact | None:
    """The first call of a customer that was queued and answered, unless somebody had written to them before.

    Its pick-up is the first response.
    """
    if not ticket.contacts:
        return None
    written = next((message.at for message in ticket.messages if is_human(message, rules)), None)
    for call in _taken_calls(ticket):
        if call.agent in rules.bots or call.queued_at is None or not came_in(call):
            continue
        return call if written is None or call.queued_at <= written else None
    return None


class Wait(NamedTuple):
    """A customer's wait after the first response, and what ended it: an answer, or a resolution without one."""

    since: Instant
    until: Instant
    ended_by: Message | Resolution


class Span(NamedTuple):
    """How long a ticket had a status."""

    start: Instant
    end: Instant
    status: str


def later_waits(ticket: Ticket, rules: Rules) -> list[Wait]:
    """Every wait that ended: from the first unanswered customer message to the reply, or to a resolution before it."""
    return _later_waits(ticket, rules)[0]


def waiting_since(ticket: Ticket, rules: Rules) -> Instant | None:
    """Since when the customer waits for our answer; None when they do not, or the ticket is not ours to move."""
    if ticket.status not in REQUESTER_WAITS or direction(ticket) != "inbound":
        return None
    if answered_call(ticket, rules) is None and first_response(ticket, rules) is None:
        return first_wait(ticket, rules)
    return _later_waits(ticket, rules)[1]


def counted_parts(ticket: Ticket, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
    """The parts of a stretch in which the ticket was neither spam nor deleted."""
    away = any(change.status in OUT_OF_COUNT for change in ticket.statuses)
    for span in status_spans(ticket) if away else ():
        if span.status in OUT_OF_COUNT and start < span.end and span.start < end:
            yield start, max(start, span.start)
            start = min(span.end, end)
    yield start, end


def touches(ticket: Ticket, rules: Rules) -> int:
    """How often a person of the team turned to the customer: public messages, and calls that were answered.

    Where people write in turns, a run of messages that no message of the customer interrupts is one touch.
    """
    calls = _taken_calls(ticket)
    count = sum(call.direction != "internal" and call.agent not in rules.bots for call in calls)
    running = False
    for message in ticket.messages:
        if is_human(message, rules):
            count += not (running and ticket.channel in CONVERSATIONS)
            running = True
        elif is_customer(message):
            running = False
    return count


def status_spans(ticket: Ticket) -> Iterator[Span]:
    """Every status but the present one, from creation on."""
    changes = (StatusChange(ticket.opened_at, "new"), *ticket.statuses)
    return (Span(change.at, following.at, change.status) for change, following in pairwise(changes))


def present_resolution(ticket: Ticket) -> Resolution | None:
    """The last resolution when it still holds; a ticket that is open again has none."""
    if not ticket.resolutions or ticket.counted_status not in RESOLVED:
        return None
    return ticket.resolutions[-1]


def resolved_at_age(ticket: Ticket, age: Instant) -> bool:
    """Whether the ticket was resolved or closed when it was that old."""
    moment = ticket.opened_at + age
    for done in ticket.resolutions:  # noqa: SIM110  # asked five times a ticket; a generator takes three times as long
        if done.at <= moment and (done.undone_at is None or done.undone_at > moment):
            return True
    return False


def reopenings(ticket: Ticket) -> int:
    """How often it was opened again after a resolution."""
    return sum(done.undone_at is not None for done in ticket.resolutions)


def human_messages(ticket: Ticket, rules: Rules) -> Iterator[Message]:
    """The public human messages, in order."""
    return (message for message in ticket.messages if is_human(message, rules))


def _later_waits(ticket: Ticket, rules: Rules) -> tuple[list[Wait], Instant | None]:
    """The waits that ended, and since when the customer waits whose wait has not."""
    ended: list[Wait] = []
    since: Instant | None = None
    for message in _after_first_response(ticket, rules):
        if since is not None and (closed := _resolved(ticket, since, before=message.at)) is not None:
            ended.append(Wait(since, closed.at, closed))
            since = None
        if since is None and is_customer(message):
            since = message.at
        elif since is not None and is_human(message, rules):
            ended.append(Wait(since, message.at, message))
            since = None
    if since is not None and (closed := _resolved(ticket, since)) is not None:
        return [*ended, Wait(since, closed.at, closed)], None
    return ended, since


def _after_first_response(ticket: Ticket, rules: Rules) -> Sequence[Message]:
    """The messages after the first response, none when there is no response."""
    call = answered_call(ticket, rules)
    if call is not None and call.answered_at is not None:
        answered_at = call.answered_at
        return [message for message in ticket.messages if message.at > answered_at]
    found = first_response(ticket, rules)
    if found is None:
        return ()
    place = next(place for place, message in enumerate(ticket.messages) if message is found[1])
    return ticket.messages[place + 1 :]


def _resolved(ticket: Ticket, since: Instant, *, before: Instant | None = None) -> Resolution | None:
    """The first resolution from then on, where it came before a moment."""
    found = (done for done in ticket.resolutions if done.at >= since and (before is None or done.at < before))
    return next(found, None)


def _taken_calls(ticket: Ticket) -> Iterator[LiveContact]:
    """The calls that somebody answered."""
    return (
        contact
        for contact in ticket.contacts
        if contact.answered_at is not None and media_of(contact, ticket) == "voice"
    )


def came_in(contact: LiveContact) -> bool:
    """Whether a customer called or wrote; where nobody says so, they did."""
    return contact.direction in (None, "in")
