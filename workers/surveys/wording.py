"""Why an answer is doubted or a survey was held back, in a sentence for the people who look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.surveys import asking, suspicion
from workers.wording.language import Language, mark

_SUSPICIONS: Final[Mapping[str, str]] = {
    suspicion.NO_FORM: mark("sent without opening the page"),
    suspicion.SCANNER: mark("sent by a program that checks links"),
    suspicion.PREFETCH: mark("fetched ahead by a browser, not sent by a person"),
    suspicion.TOO_FAST: mark("sent less than a second after the page was opened"),
    suspicion.SOON_AFTER_SENDING: mark("sent before the message can have been read"),
    suspicion.SEVERAL_OPTIONS: mark("several answers were opened within seconds"),
    suspicion.PROBED: mark("the link was checked by a program just before"),
    suspicion.BY_HAND: mark("taken out by hand"),
}
_HELD_BACK: Final[Mapping[str, str]] = {
    asking.ASKED_LATELY: mark("the customer was asked a few days ago"),
    asking.NOT_SAMPLED: mark("not among the share that is asked"),
}


def why_doubted(reason: str | None, language: Language) -> str:
    """The sentence of an invalidation's reason, with or without `suspect:`; a desk's own words as they are."""
    told = (reason or "").removeprefix(suspicion.MARK)
    return language.say(_SUSPICIONS[told]) if told in _SUSPICIONS else told


def why_held_back(outcome: str, language: Language) -> str:
    """The sentence of what kept a survey from being asked."""
    return language.say(_HELD_BACK[outcome]) if outcome in _HELD_BACK else outcome
