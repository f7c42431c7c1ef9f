"""What a desk's test implements over its simulator, so that the day can be played in that desk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any
from wsgiref.types import WSGIApplication

from integrations.times import Instant
from tests.desks.day_story import By
from tests.desks.hooks import Written

#: The text of every message of the story; whoever reads it elsewhere than in the desk reads too much.
WORDS = "Nobody but the desk keeps these words"


class Performer(ABC):
    """Plays the moves of the story in one simulated desk.

    A ticket is named by the desk's own id, as its events name it. `who` is the story's name of a customer
    (`customer17`) or agent (`eva`, `ivo`, `mira`); the same name is the same person. The simulator's clock stands at
    `at` in every move, and what a move makes the desk post waits until `flush`.
    """

    app: WSGIApplication  #: what answers below the desk's address
    credentials: Mapping[str, str]  #: what the account needs to be let in
    violations: Sequence[str]  #: what was asked of the desk that its documentation does not allow
    settings: Mapping[str, Any] = {}  #: what an account of this desk needs, such as `{"desk": {"channels": …}}`

    @abstractmethod
    def connect(self, webhook_url: str, secret: str) -> None:
        """What an administrator does by hand, before `install`: from now on the desk posts to this address."""

    @abstractmethod
    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        """A customer writes first, in this canonical channel, or calls where it has contacts; the ticket's id."""

    @abstractmethod
    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        """A public message; the desk's own change of status with it is what `Tells` says."""

    @abstractmethod
    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        """A private note."""

    @abstractmethod
    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        """An agent takes the ticket."""

    @abstractmethod
    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        """An agent resolves the ticket without another word."""

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        """The customer writes again, which opens the resolved ticket."""
        self.reply(ticket, at, by="customer", who=customer)

    @abstractmethod
    def flush(self) -> None:
        """Post every call that waits, with `requests`, as of the clock's moment; nothing where none ever waits."""

    @abstractmethod
    def written(self) -> Written:
        """What stands in the desk: all tags, own fields and all private notes by ticket, and own summaries."""

    # --- only where `Tells` says that the desk has it ---------------------------------------------------------------

    def hand_over(self, ticket: str, at: Instant) -> None:
        """The bot hands the conversation to people."""
        raise NotImplementedError

    def pick_up(self, ticket: str, at: Instant, *, agent: str) -> None:
        """An agent takes the customer's call."""
        raise NotImplementedError

    def hang_up(self, ticket: str, at: Instant) -> None:
        """The call is over, answered or not."""
        raise NotImplementedError

    def transfer(self, ticket: str, at: Instant, *, agent: str) -> None:
        """The ticket goes to another department, for the first time."""
        raise NotImplementedError

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        """An agent merges the ticket into another one."""
        raise NotImplementedError

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        """The customer answers the survey with one of `Survey.scores`, or answers it anew."""
        raise NotImplementedError

    def untold(self, lost: Iterable[bytes]) -> Set[tuple[str, Instant]]:
        """Ticket and moment of each change of status that the desk told in these calls and nowhere else.

        Empty for a desk that can be asked for every change of status that there was.
        """
        del lost
        return frozenset()

    def undated(self, calls: Iterable[bytes]) -> Set[tuple[str, Instant]]:
        """Ticket and moment of each answer that the desk told in these calls and dates nowhere: it counts when seen.

        Empty for a desk that keeps the moment of an answer.
        """
        del calls
        return frozenset()
