"""What a changed ticket asks of its desk: its channel tag, its score, and a follow-up of a bad answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, channel_tag
from integrations.survey_ids import is_own
from workers.metrics.sides import is_low
from workers.rules import Rules
from workers.tickets import Answer, Ticket
from workers.timeline import excluded
from workers.wording.language import Language

_NO_REACTION: Final = frozenset({"incomplete", "merged", "deleted", "spam"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What should hold in the desk, and what it is for; the same purpose again replaces the wish before."""

    purpose: str
    wish: dict[str, Any]


def wishes(ticket: Ticket, rules: Rules, language: Language) -> Iterator[Wish]:
    """Everything that should hold for this ticket in its desk, its notes in the language; none for one that is gone."""
    if excluded(ticket, rules) in _NO_REACTION or SUMMARY_TAG in ticket.tags:
        return
    yield Wish("channel", {"kind": "tag", "tag": channel_tag(ticket.channel)})
    for answer in ticket.standing_answers():
        if is_own(answer.survey) and answer.comment and _came_first_without_words(ticket, answer):
            yield from _answer_wishes(answer._replace(comment=None), rules, language)
            if is_low(answer, rules):
                yield Wish(f"note:{answer.kind}:{answer.survey}:comment", {"kind": "note", **_words(answer, language)})
        else:
            yield from _answer_wishes(answer, rules, language)


def _came_first_without_words(ticket: Ticket, answer: Answer) -> bool:
    """Whether the comment was added after the score, as our page asks for it: the note may be in the desk by then."""
    key = (answer.at, answer.kind, answer.survey)
    return any((given.at, given.kind, given.survey) == key and not given.comment for given in ticket.answers)


def _answer_wishes(answer: Answer, rules: Rules, language: Language) -> Iterator[Wish]:
    score = f"{answer.score:g}"
    yield Wish(
        f"score:{answer.kind}:{answer.touchpoint}",
        {"kind": "field", "name": answer.kind, "value": score, "tag": f"deskpulse-{answer.kind}-{score}"},
    )
    if not is_low(answer, rules):
        return
    yield Wish(f"follow-up:{answer.kind}:{answer.survey}", {"kind": "tag", "tag": FOLLOW_UP_TAG})
    yield Wish(f"note:{answer.kind}:{answer.survey}", {"kind": "note", **_note(answer, language)})


def _note(answer: Answer, language: Language) -> dict[str, Any]:
    score, low, high = (language.number(value) for value in (answer.score, answer.low, answer.high))
    told = language.say(
        "{kind} answer: {score} on the scale {low} to {high}", kind=answer.kind.upper(), score=score, low=low, high=high
    )
    said = (language.say("The customer wrote: {comment}", comment=answer.comment),) if answer.comment else ()
    return {"marker": _marker(answer), "lines": [told, *said, language.say("Please follow up with the customer.")]}


def _words(answer: Answer, language: Language) -> dict[str, Any]:
    told = language.say("The customer wrote: {comment}", comment=answer.comment)
    return {"marker": _marker(answer, ":comment"), "lines": [told]}


def _marker(answer: Answer, part: str = "") -> str:
    identity = f"{answer.kind}:{answer.survey}:{answer.touchpoint}{part}"
    return f"[deskpulse:{hashlib.sha256(identity.encode()).hexdigest()[:12]}]"
