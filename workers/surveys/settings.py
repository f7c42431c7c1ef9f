"""What an account asks its customers: `ask = true` under `[surveys.<kind>]`, and `[asking]` for all kinds together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.times import DAY, Instant

#: The scale of a kind of survey where nothing else is said.
USUAL_SCALES: Final[Mapping[str, tuple[int, int]]] = {"csat": (1, 5), "ces": (1, 5), "nps": (0, 10)}
#: How many scores a page can offer; CSAT says of each of them which are positive.
POINTS: Final = (2, 3, 4, 5, 7, 10, 11)
#: What the customer is asked after, where the account has no word of its own for it.
AFTER_RESOLUTION: Final = "after resolution"
AFTER_CHAT: Final = "post-chat"
#: How long a link can be answered, and the version of a wording that nobody numbered.
USUAL_DAYS: Final = 14
USUAL_VERSION: Final = "1"

#: What the fields of the desk are called that take the links, before the kind of survey.
FIELD: Final = "deskpulse_survey_"

_DAYS_BETWEEN: Final = 30
_EVERYBODY: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRule:
    """How one kind of survey is asked. `questions` is by language; without one the page has its own wording."""

    kind: str
    scale: tuple[int, int]
    direction: str = "easy"  #: of CES, what a high score means
    channels: frozenset[str] | None = None  #: all of them when None
    questions: Mapping[str, str] = field(default_factory=dict)
    version: str = USUAL_VERSION
    expires_days: int = USUAL_DAYS
    touchpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything that an account asks. `share` is the percentage of tickets that may be asked at all."""

    rules: tuple[AskRule, ...] = ()
    days_between: int = _DAYS_BETWEEN  #: at most one survey a customer in so many days; 0 for no such rule
    share: float = _EVERYBODY

    @property
    def pause(self) -> Instant:
        """How long a customer who was asked is left alone, in microseconds."""
        return self.days_between * DAY


def asking_of(settings: Mapping[str, Any]) -> Asking:
    """What checked settings ask; no rules where nothing is asked."""
    surveys: Mapping[str, Mapping[str, Any]] = settings.get("surveys", {})
    asked = tuple(rule_of(kind, settings) for kind in sorted(surveys) if surveys[kind].get("ask"))
    if not asked:
        return Asking()
    common = settings.get("asking", {})
    return Asking(asked, common.get("days_between", _DAYS_BETWEEN), common.get("share", _EVERYBODY))


def link_fields(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of the desk that checked settings need: one for each kind of survey that is asked."""
    return tuple(FIELD + rule.kind for rule in asking_of(settings).rules)


def rule_of(kind: str, settings: Mapping[str, Any]) -> AskRule:
    """How this kind is asked, or was while links that are still open were made."""
    told: Mapping[str, Any] = settings.get("surveys", {}).get(kind, {})
    low, high = told.get("scale") or USUAL_SCALES[kind]
    return AskRule(
        kind=kind,
        scale=(low, high),
        direction=told.get("direction", "easy") if kind == "ces" else "easy",
        channels=frozenset(told["channels"]) if "channels" in told else None,
        questions=told.get("question", {}),
        version=told.get("version", USUAL_VERSION),
        expires_days=told.get("expires_days", USUAL_DAYS),
        touchpoint=told.get("touchpoint"),
    )


def wrong_in(settings: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with surveys that are asked, each as `key: reason`; a scale that is only read may be any."""
    for rule in asking_of(settings).rules:
        low, high = rule.scale
        if rule.kind == "nps" and rule.scale != USUAL_SCALES["nps"]:
            yield "surveys.nps.scale: NPS is asked from 0 to 10"
        elif high - low + 1 not in POINTS or low not in (0, 1):
            points = ", ".join(map(str, POINTS))
            yield f"surveys.{rule.kind}.scale: a survey is asked with {points} scores, the lowest of them 0 or 1"
