"""Which chats and calls customers offered us, and how each wait in the queue ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from integrations.times import SECOND, Instant
from workers import timeline
from workers.metrics.base import Counted
from workers.metrics.facts import Slices
from workers.tickets import LiveContact

#: Who gave up sooner was no offer: a wrong number, a second thought.
SHORT_ABANDON: Final = 10 * SECOND

End = Literal["answered", "abandoned", "short"]

#: What every definition over live contacts leaves out.
EXCLUSIONS: Final = (
    "as for ticket volume; outgoing and internal contacts; contacts still waiting, without a told moment of "
    "queueing, or handled without one of answering"
)


class Wait(NamedTuple):
    """A wait in the queue that ended: on which local day it began, in microseconds how long it was, and how it ended.

    The slices name who answered and the department at that moment; of an abandoned contact nobody and the
    department at its end.
    """

    media: str
    day: int
    micros: Instant
    end: End
    slices: Slices


def waits(counted: Counted) -> Iterator[Wait]:
    """Every wait of a contact that was offered to us; what still waits is none yet."""
    for contact in counted.ticket.contacts:
        if contact.direction in ("out", "internal") or contact.queued_at is None:
            continue
        ended = contact.ended_at if contact.answered_at is None else contact.answered_at
        if ended is None or (contact.answered_at is None and contact.outcome == "handled"):
            continue
        micros = max(0, ended - contact.queued_at)
        agent = None if contact.answered_at is None else contact.agent
        slices = counted.slices(agent, counted.stay_at(ended).department)
        yield Wait(
            timeline.media_of(contact, counted.ticket),
            counted.day(contact.queued_at),
            micros,
            _end(contact, micros),
            slices,
        )


def _end(contact: LiveContact, micros: Instant) -> End:
    if contact.answered_at is not None:
        return "answered"
    return "abandoned" if micros >= SHORT_ABANDON else "short"
