"""Whether an answer is a good one, and whether its account follows it up."""

from __future__ import annotations

from workers.metrics import ces, csat, nps
from workers.metrics.answers import Scale
from workers.rules import Rules
from workers.tickets import Answer


def is_good(answer: Answer, rules: Rules) -> bool:
    """Whether it is among those that its kind counts as positive: satisfied, easy, a promoter's."""
    if answer.kind == "nps":
        return answer.score >= nps.PROMOTER_FROM
    if answer.kind == "csat":
        return csat.is_positive(answer.score, Scale(answer.low, answer.high))
    return ces.is_easy(answer.score, Scale(answer.low, answer.high, _direction(answer, rules)))


def is_low(answer: Answer, rules: Rules) -> bool:
    """Whether it is below the account's threshold; without one, whether it is a negative CSAT.

    Where a high score means effort, the score is mirrored first: below the threshold lies what was hard.
    """
    rule = rules.surveys.get(answer.kind)
    if rule is not None and rule.follow_up_below is not None and rule.scale in (None, (answer.low, answer.high)):
        is_effort = answer.kind == "ces" and _direction(answer, rules) == "effort"
        score = answer.low + answer.high - answer.score if is_effort else answer.score
        return score < rule.follow_up_below
    return answer.kind == "csat" and csat.is_negative(answer.score, Scale(answer.low, answer.high))


def _direction(answer: Answer, rules: Rules) -> str:
    """What a high score of a CES means, by the answer itself, else by the account."""
    rule = rules.surveys.get(answer.kind)
    return answer.direction or (rule.direction if rule else "easy")
