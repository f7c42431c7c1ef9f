"""Which side of its scale an answer is on, and whether its account follows it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from workers.metrics import ces, csat, nps
from workers.metrics.answers import Scale, scale_of
from workers.rules import Rules
from workers.tickets import Answer

#: Of a scale without agreed sides there is none: ''.
Side: TypeAlias = Literal["positive", "neutral", "negative", ""]

_IsOn: TypeAlias = Callable[[float, Scale], bool]
#: Kind of survey → whether a score is on the positive side, and on the negative one.
_ENDS: Final[Mapping[str, tuple[_IsOn, _IsOn]]] = {
    "csat": (csat.is_positive, csat.is_negative),
    "ces": (ces.is_easy, ces.is_hard),
    "nps": (nps.is_promoter, nps.is_detractor),
}


def side_of(kind: str, score: float, scale: Scale) -> Side:
    """Satisfied, easy and a promoter's are positive; dissatisfied, hard and a detractor's negative."""
    is_positive, is_negative = _ENDS[kind]
    if is_positive(score, scale):
        return "positive"
    if is_negative(score, scale):
        return "negative"
    return "neutral" if is_positive(scale.low, scale) or is_positive(scale.high, scale) else ""


def side(answer: Answer, rules: Rules) -> Side:
    """Which side of its scale an answer is on, as its account reads the scale."""
    return side_of(answer.kind, answer.score, _scale(answer, rules))


def is_low(answer: Answer, rules: Rules) -> bool:
    """Whether it is below the account's threshold; without one, whether it is a negative CSAT.

    Where a high score means effort, the score is mirrored first: below the threshold lies what was hard.
    """
    rule = rules.surveys.get(answer.kind)
    if rule is not None and rule.follow_up_below is not None and rule.scale in (None, (answer.low, answer.high)):
        return _scale(answer, rules).mirrored(answer.score) < rule.follow_up_below
    return answer.kind == "csat" and side(answer, rules) == "negative"


def _scale(answer: Answer, rules: Rules) -> Scale:
    return scale_of(answer.kind, answer.low, answer.high, answer.direction, rules)
