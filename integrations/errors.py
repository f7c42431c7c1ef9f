"""What can go wrong with a desk, sorted by what the caller should do about it.

    DeskpulseError
    ├── BadProof            the call is not proved to come from the desk: refuse it
    ├── Unreadable          a genuine call that we cannot read: keep it, show it, replay it later
    ├── Retry               it may work later, unchanged
    │   ├── RateLimited     the desk's budget, or ours for it, is used up: wait for `after`
    │   ├── Unavailable     no connection, a time-out before we sent, or a 5xx: nothing was done
    │   └── Unclear         the answer was lost: the desk may or may not have done it
    ├── GiveUp              it will not work until somebody changes something
    │   ├── Refused         credentials or permission (401, 403)
    │   └── Rejected        the desk does not take this request (other 4xx, or an answer we cannot read)
    └── Skip                there is nothing to do any more
        └── Gone            the ticket or object does not exist in the desk (404, 410)

`workers/retries.py` is the one table that turns these classes into dates.
"""

from __future__ import annotations


class DeskpulseError(Exception):
    """Base of every error that Deskpulse raises on purpose; `str(error)` is a sentence for people."""


class BadProof(DeskpulseError):
    """The call carries no proof, or a wrong or stale one. Answered 401, and nothing is kept."""


class Unreadable(DeskpulseError):
    """The call is genuine but its body is not what the desk is documented to send."""


class Retry(DeskpulseError):
    """The same request may succeed later.

    `after` is the number of seconds that the desk asked us to wait, or None when it did not say.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class RateLimited(Retry):
    """The desk answered 429, or our own budget for this account is used up for now."""


class Unavailable(Retry):
    """The desk was not reached or failed before it did anything."""


class Unclear(Retry):
    """The request was sent and the answer was lost: look for its effect before sending it again."""


class GiveUp(DeskpulseError):
    """The same request will keep failing until a person changes something."""


class Refused(GiveUp):
    """The desk does not accept our credentials, or they lack `permission`."""

    def __init__(self, message: str, *, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


class Rejected(GiveUp):
    """The desk understood who we are and will not take this request, or answers nonsense."""


class Skip(DeskpulseError):
    """There is nothing left to do; not a failure."""


class Gone(Skip):
    """The ticket or object is not in the desk any more."""
