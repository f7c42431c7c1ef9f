"""What the page asks and how it names the ends of a scale, in the customer's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workers.links import SurveyLink
from workers.surveys.settings import AFTER_CHAT, AskRule
from workers.wording.language import Language, mark

#: Up to so many points are named in words; more of them are numbers between two named ends.
_MOST_WORDS: Final = 3

_CHAT: Final = mark("How satisfied are you with this chat?")
_QUESTIONS: Final = {
    "csat": mark("How satisfied are you with the help you received?"),
    "ces easy": mark("How easy was it to get the help you needed?"),
    "ces effort": mark("How much effort did it take to get the help you needed?"),
    "nps": mark("How likely are you to recommend us to a friend or colleague?"),
}
_ENDS: Final = {
    "csat": (mark("Very dissatisfied"), mark("Very satisfied")),
    "ces easy": (mark("Very difficult"), mark("Very easy")),
    "ces effort": (mark("Very little effort"), mark("Very much effort")),
    "nps": (mark("Not at all likely"), mark("Extremely likely")),
}
_FEW: Final = {
    "csat": (mark("Dissatisfied"), mark("Neutral"), mark("Satisfied")),
    "ces easy": (mark("Difficult"), mark("Neither difficult nor easy"), mark("Easy")),
    "ces effort": (mark("Little effort"), mark("Some effort"), mark("Much effort")),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One score that can be given: its number, its word where it has one, and whether it was chosen beforehand."""

    score: int
    word: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What one page asks. `low` and `high` name the ends where the options are numbers, else they are empty."""

    text: str
    code: str  #: the language of the text, which may be another one than the page's
    options: tuple[Option, ...]
    low: str
    high: str

    @property
    def in_words(self) -> bool:
        """Whether the options are words rather than numbers."""
        return not self.low

    @property
    def chosen(self) -> Option | None:
        """The option that the link chose beforehand."""
        return next((option for option in self.options if option.chosen), None)


def question(link: SurveyLink, rule: AskRule, language: Language, *, chosen: int | None = None) -> Question:
    """The question of a link: the account's own wording in this language or in English, else ours."""
    scores = range(link.scale[0], link.scale[1] + 1)
    name = _name(link)
    words = _words(name, link.points, language)
    low, high = ("", "") if words else (language.say(end) for end in _ENDS[name])
    if not words:
        words = (low, *[""] * (link.points - 2), high)
    own = next((code for code in (language.code, "en") if code in rule.questions), None)
    return Question(
        text=language.say(_usual(link, name)) if own is None else rule.questions[own],
        code=own or language.code,
        options=tuple(Option(score, word, score == chosen) for score, word in zip(scores, words, strict=True)),
        low=low,
        high=high,
    )


def name_of(score: int, link: SurveyLink, language: Language) -> str:
    """A score as the page told it: its word, or its number and the highest."""
    words = _words(_name(link), link.points, language)
    if words:
        return words[score - link.scale[0]]
    return language.say("{score} of {highest}", score=score, highest=link.scale[1])


def _name(link: SurveyLink) -> str:
    return f"ces {link.direction}" if link.kind == "ces" else link.kind


def _usual(link: SurveyLink, name: str) -> str:
    return _CHAT if (link.kind, link.touchpoint) == ("csat", AFTER_CHAT) else _QUESTIONS[name]


def _words(name: str, points: int, language: Language) -> tuple[str, ...]:
    if points > _MOST_WORDS or name not in _FEW:
        return ()
    few = _FEW[name] if points == _MOST_WORDS else _FEW[name][::2]
    return tuple(language.say(word) for word in few)
