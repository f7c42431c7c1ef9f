"""From a request to a kept answer: the link is proved, what was seen is judged, and the answer is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from integrations.survey_calls import NAME, GivenAnswer
from integrations.times import Instant
from plugin.known_accounts import Known
from plugin.surveys import forms
from plugin.surveys.forms import Filled
from plugin.surveys.last_scores import LastScores
from plugin.surveys.opens import Opens
from workers import links
from workers.accounts import Account
from workers.links import BadLink, SurveyLink
from workers.secrets import Vault
from workers.store.calls import Kept, NewCall
from workers.surveys.suspicion import Evidence, Open, is_prefetch, suspicion


class Keeper(Protocol):
    """What makes a call durable: `workers.store.keeper.CallKeeper`."""

    def keep(self, call: NewCall) -> Kept:
        """Return once the call is committed; NotKept when it cannot be."""


class Accounts(Protocol):
    """Where accounts are looked up: `plugin.known_accounts.KnownAccounts`."""

    def find(self, slug: str) -> Known | None:
        """The account of that slug, or None; NotKept when they cannot be read."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was proved: what it asks, of which account, and the keys that prove its forms."""

    token: str
    link: SurveyLink
    account: Account
    keys: tuple[bytes, ...]


@dataclass(frozen=True)
class Reception:
    """What the page needs of the house behind it; `nudge` tells the workers that something waits, without Redis."""

    accounts: Accounts
    keeper: Keeper
    nudge: Callable[[], None]
    vault: Vault
    opens: Opens = field(default_factory=Opens)
    scores: LastScores = field(default_factory=LastScores)

    def open(self, token: str, *, now: Instant) -> Opened:
        """What the token opens; BadLink or Expired for nothing, NotKept when the accounts cannot be read."""
        known = self.accounts.find(links.account_of(token))
        if known is None:
            raise BadLink("there is no such account")
        keys = links.keys_of(self.vault, known.account)
        return Opened(token, links.read(token, keys, now=now), known.account, keys)

    def saw(self, opened: Opened, method: str, score: int | None, headers: Mapping[str, str], *, now: Instant) -> None:
        """Remember that a link was opened: evidence for the answer, and never an answer."""
        self.opens.add(opened.token, Open(now, method, score, is_prefetch(headers)))

    def keep(self, opened: Opened, given: Filled, score: int, headers: Mapping[str, str], *, now: Instant) -> None:
        """Keep an answer; NotKept when it cannot be committed now."""
        seen = Evidence(
            asked_at=opened.link.asked_at,
            form_at=given.form_at,
            voted_at=now,
            agent=headers.get("user-agent", ""),
            prefetch=is_prefetch(headers),
            opens=self.opens.of(opened.token, now=now),
        )
        answer = _answer(opened.link, score, given.comment, seen)
        delivery = given.delivery(self.scores.since(opened.token, score, now=now))
        # Headers and address stay here: what matters of them is in the evidence, and goes with the body.
        call = NewCall(opened.account.slug, NAME, delivery, now, "{}", "{}", answer.body())
        self.keeper.keep(call)
        self.nudge()


def form_mark(opened: Opened, *, now: Instant) -> str:
    """What the form of an opened link carries."""
    return forms.mark(opened.token, opened.keys, now=now)


def _answer(link: SurveyLink, score: int, comment: str | None, seen: Evidence) -> GivenAnswer:
    return GivenAnswer(
        ticket=link.ticket,
        kind=link.kind,
        survey=link.survey,
        score=score,
        scale=link.scale,
        version=link.version,
        touchpoint=link.touchpoint,
        direction=link.direction if link.kind == "ces" else None,
        comment=comment,
        suspect=suspicion(seen),
        evidence=seen.json(),
    )
