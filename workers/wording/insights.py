"""What to do next, in sentences: what was found, what made it so, and what a lead can do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workers.insights.shapes import ALL, Insight, Place
from workers.wording.channels import channel
from workers.wording.language import Language, mark

#: Figure → what it is called in the middle of a sentence about a slice.
_NAMES: Final[Mapping[str, str]] = {
    "answered_within_target": mark("Answered within target"),
    "resolution_rate_24h": mark("Resolved within 24 hours"),
    "csat": mark("CSAT"),
    "ces_easy_share": mark("Found it easy"),
    "reopen_rate": mark("Reopened within 7 days"),
}
_ACTIONS: Final[Mapping[str, str]] = {
    "answered_within_target": mark(
        "Look at when these tickets came and who was there then; a first reply from a template buys time."
    ),
    "resolution_rate_24h": mark("Look at what these tickets waited for, and take the most frequent cause away."),
    "csat": mark("Read what these customers wrote, contact them, and note the most frequent reason."),
    "ces_easy_share": mark("Go through these tickets as their customers did, and take out the step that made it hard."),
    "reopen_rate": mark("Look at what these tickets came back for, and mend the answer that did not last."),
}
_OF_MIX: Final = mark("Find out why there were more or fewer of these before you change how they are worked on.")
_KEEP: Final = mark("Find out what was done differently, and keep it.")


@dataclass(frozen=True, slots=True)
class Advice:
    """An insight in a language: `why` is '' where nothing explains it; `tickets` are examples, by the desk's ids."""

    finding: str
    why: str
    action: str
    tickets: tuple[str, ...]


def advice(insight: Insight, language: Language) -> Advice:
    """The sentences of an insight."""
    return Advice(_FINDINGS[insight.kind](insight, language), _why(insight, language), _action(insight, language),
                  insight.examples)  # fmt: skip


def line(insight: Insight, language: Language) -> str:
    """All of it in one line, with the tickets last."""
    told = advice(insight, language)
    text = " ".join(part for part in (told.finding, told.why, told.action) if part)
    if not told.tickets:
        return text
    return language.say("{advice} For example: {tickets}", advice=text, tickets=", ".join(told.tickets))


def place_name(place: Place, language: Language) -> str:
    """A slice as people call it."""
    if place.kind == ALL:
        return language.say("All tickets")
    if place.kind == "channel":
        return channel(place.value, language)
    name = place.name or place.value or language.say("none")
    if place.kind == "department":
        return language.say("Department {name}", name=name)
    return language.say("{slice}: {value}", slice=place.kind, value=name)


def _goal(insight: Insight, language: Language) -> str:
    return language.say_many(
        "{place}: {value} answered within target, the goal is {goal}. {n} more ticket in time would have met it.",
        "{place}: {value} answered within target, the goal is {goal}. {n} more tickets in time would have met it.",
        insight.short,
        place=place_name(insight.place, language),
        value=language.percent(insight.value),
        goal=language.percent(insight.reference),
    )


def _rest(insight: Insight, language: Language) -> str:
    return language.say(
        "{place}: {name} {value}, everywhere else {reference}. The gap is surely {bound} or more.",
        **_told(insight, language),
        bound=language.points(min(abs(insight.low), abs(insight.high))),
    )


def _change(insight: Insight, language: Language) -> str:
    if insight.word == "better":
        return language.say("{place}: {name} got better, {value} after {reference}.", **_told(insight, language))
    return language.say("{place}: {name} got worse, {value} after {reference}.", **_told(insight, language))


_FINDINGS: Final = {"goal": _goal, "rest": _rest, "change": _change}


def _told(insight: Insight, language: Language) -> dict[str, str]:
    return {
        "place": place_name(insight.place, language),
        "name": language.say(_NAMES[insight.metric]),
        "value": language.percent(insight.value),
        "reference": language.percent(insight.reference),
    }


def _why(insight: Insight, language: Language) -> str:
    """What the main part of a split adds, by itself or by there being more or less of it."""
    if insight.main is None or insight.main_place is None:
        return ""
    effect = insight.main.mix if _is_mix(insight) else insight.main.rate
    told = {"part": place_name(insight.main_place, language), "points": language.points(abs(effect))}
    if not _is_mix(insight):
        return language.say("{part} itself accounts for {points} of this.", **told)
    if _weight_grew(insight):
        return language.say("More of {part} accounts for {points} of this.", **told)
    return language.say("Less of {part} accounts for {points} of this.", **told)


def _action(insight: Insight, language: Language) -> str:
    if insight.word == "better":
        return language.say(_KEEP)
    return language.say(_OF_MIX if _is_mix(insight) else _ACTIONS[insight.metric])


def _is_mix(insight: Insight) -> bool:
    """Whether the main part adds more by its number than by itself, in the direction of the change."""
    if insight.main is None:
        return False
    sign = math.copysign(1, insight.difference)
    return insight.main.mix * sign > insight.main.rate * sign


def _weight_grew(insight: Insight) -> bool:
    if insight.main is None or insight.split is None:
        return False
    effects = insight.split.effects
    n, n_before = sum(effect.now.n for effect in effects), sum(effect.before.n for effect in effects)
    return insight.main.now.n * n_before > insight.main.before.n * n
