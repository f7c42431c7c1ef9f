"""What a desk's test implements over its simulator, so that the day can be played in that desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from wsgiref.types import WSGIApplication

from integrations.times import Instant
from tests.desks.day_story import By
from tests.desks.hooks import Written

#: The text of every message of the story; whoever reads it elsewhere than in the desk reads too much.
WORDS = "Nobody but the desk keeps these words"


class Performer(Protocol):
    """Plays the moves of the story in one simulated desk.

    A ticket is named by the desk's own id, as its events name it. `who` is the story's name of a customer
    (`customer17`) or agent (`eva`, `ivo`, `mira`); the same name is the same person. The simulator's clock stands at
    `at` in every move, and what a move makes the desk post waits until `flush`.
    """

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""

    @property
    def credentials(self) -> Mapping[str, str]:
        """What the account needs to be let in."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings that an account of this desk needs, such as `{"desk": {"channels": …}}`; usually none."""

    @property
    def violations(self) -> Sequence[str]:
        """What was asked of the desk that its documentation does not allow."""

    def connect(self, webhook_url: str, secret: str) -> None:
        """What an administrator does by hand, before `install`: from now on the desk posts to this address."""

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        """A customer writes first, in this canonical channel; the ticket's id."""

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        """A public message; the desk's own change of status with it is what `Tells` says."""

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        """A private note."""

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        """An agent takes the ticket."""

    def hand_over(self, ticket: str, at: Instant) -> None:
        """The bot hands the conversation to people; only where the desk has bots."""

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        """An agent resolves the ticket without another word."""

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        """The customer writes again, which opens the resolved ticket."""

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        """An agent merges the ticket into another one; only where the desk has merges."""

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        """The customer answers the survey with one of `Survey.scores`; only where the desk has one."""

    def flush(self) -> None:
        """Post every call that waits, with `requests`, as of the clock's moment."""

    def written(self) -> Written:
        """What stands in the desk: all tags, own fields and all private notes by ticket, and own summaries."""
