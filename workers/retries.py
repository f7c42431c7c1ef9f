"""When to try again: one table from what went wrong to a moment, or to no moment at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from integrations.errors import BadProof, GiveUp, RateLimited, Refused, Retry, Skip, Unreadable
from integrations.times import HOUR, MINUTE, SECOND, Instant

#: Waits after the first, second … failure: 73 hours and 42 minutes in all, over two days and a night off.
DELAYS: Final[tuple[Instant, ...]] = (
    5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE,
    2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 18 * HOUR, 24 * HOUR,
)  # fmt: skip
#: Credentials are mended by a person, so nothing is gained by asking again within seconds.
REFUSED_DELAYS: Final = DELAYS[4:]
#: A claim beyond this was never settled: its worker died every time.
MOST_ATTEMPTS: Final = len(DELAYS) + 1
_JITTER: Final = 0.1  #: of the wait, upwards only, so that the schedule never gets shorter than it says
_WAIT_UNKNOWN: Final = 60.0  #: seconds after a rate limit that does not say how long


@dataclass(frozen=True, slots=True)
class Again:
    """Try again from that moment on; `counts` is false when the try was none and costs nothing."""

    at: Instant
    counts: bool = True


class End(Enum):
    """There is no next try."""

    GIVEN_UP = "given_up"  #: shown by `deskpulse doctor` until a person acts
    SKIPPED = "skipped"  #: nothing is left to do


Verdict: TypeAlias = Again | End


def verdict(error: Exception, *, attempts: int, now: Instant, jitter: float) -> Verdict:
    """What becomes of a piece of work after this error.

    `attempts` counts the tries so far, this one included; `jitter` is a random number from 0 to 1. An error
    that is none of ours is a fault in our code or a database that is away: it is tried again like an outage.
    """
    if isinstance(error, Skip):
        return End.SKIPPED
    if isinstance(error, RateLimited):
        return Again(now + _micros(_WAIT_UNKNOWN if error.after is None else error.after), counts=False)
    if isinstance(error, Refused):
        return _by_table(REFUSED_DELAYS, attempts, now, jitter)
    if isinstance(error, GiveUp | Unreadable | BadProof):
        return End.GIVEN_UP
    asked = error.after if isinstance(error, Retry) and error.after is not None else 0.0
    return _not_before(now + _micros(asked), _by_table(DELAYS, attempts, now, jitter))


def _by_table(delays: tuple[Instant, ...], attempts: int, now: Instant, jitter: float) -> Verdict:
    if attempts > len(delays):
        return End.GIVEN_UP
    delay = delays[max(attempts, 1) - 1]
    return Again(now + int(delay * (1 + _JITTER * jitter)))


def _not_before(moment: Instant, found: Verdict) -> Verdict:
    if isinstance(found, Again):
        return Again(max(moment, found.at), found.counts)
    return found


def _micros(seconds: float) -> Instant:
    return int(seconds * SECOND)
