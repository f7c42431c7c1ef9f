"""What a figure says, and how it differs from the one before.

Figures are taken as the Report JSON has them, so that what is written is what was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workers.wording.language import Language, mark
from workers.wording.notes import note

JSON = Mapping[str, Any]

#: Figure → what it is called.
NAMES: Final[Mapping[str, str]] = {
    "ticket_volume": mark("Tickets"),
    "first_response_time": mark("First response"),
    "resolution_rate": mark("Resolved so far"),
    "resolution_rate_24h": mark("Resolved within 24 hours"),
    "csat": mark("CSAT"),
    "ces": mark("CES"),
    "nps": mark("NPS"),
    "contacted_in_time": mark("Contacted in time"),
    "rescued_rate": mark("Satisfied again after a contact"),
    "rescued_rate_not_contacted": mark("Satisfied again without a contact"),
    "pickup_time": mark("Pick-up"),
    "abandon_rate": mark("Abandoned"),
    "short_abandons": mark("Abandoned within 10 seconds"),
    "service_level": mark("Service level"),
    "resolution_rate_bot": mark("Resolved by a bot alone"),
    "resolved_volume": mark("Resolutions"),
    "closing_ratio": mark("Closing ratio"),
    "reopened_volume": mark("Reopenings"),
    "reopen_rate": mark("Reopened within 7 days"),
    "one_touch_rate": mark("Solved with one touch"),
    "zero_touch_rate": mark("Solved without a touch"),
    "transfers": mark("Transfers per ticket"),
    "first_response_time_from_creation": mark("First response from creation"),
    "next_response_time": mark("Next response"),
    "closed_without_reply": mark("Closed without a reply"),
    "response_time": mark("Response"),
    "answered_within_target": mark("Answered within target"),
    "first_resolution_time": mark("First resolution"),
    "requester_wait_time": mark("Waiting for us"),
    "agent_wait_time": mark("Waiting for the customer"),
    "on_hold_time": mark("On hold"),
    "backlog": mark("Backlog"),
    "backlog_waiting": mark("Backlog that waits for us"),
    "backlog_pending": mark("Backlog that waits for the customer"),
    "waiting_now": mark("Waiting now"),
    "waiting_oldest": mark("Longest wait now"),
}

_COUNTED: Final = (mark("{by} more than {before}"), mark("{by} fewer than {before}"))
_TIMED: Final = (mark("{by} slower than {before}"), mark("{by} faster than {before}"))
_VALUED: Final = (mark("{by} higher than {before}"), mark("{by} lower than {before}"))
#: Unit → the sentences for more and for less of it.
_DIFFERENCES: Final = {
    **dict.fromkeys(("tickets", "contacts", "resolutions", "reopenings", "waits"), _COUNTED),
    "s": _TIMED,
}
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Difference:
    """How a figure differs from the one before: -1, 0 or 1 (None: nothing to compare), and the same in words."""

    direction: int | None
    text: str


def name(figure_name: str, language: Language) -> str:
    """What a figure is called; KeyError for one without a name."""
    return language.say(NAMES[figure_name])


def figure(told: JSON, language: Language) -> str:
    """What a figure says."""
    undecided = told.get("undecided")
    text = _told(told, language) if told["n"] else language.say("none")
    if not undecided:
        return text
    return language.say_many("{figure}, {n} not decided yet", "{figure}, {n} not decided yet", undecided, figure=text)


def difference(told: JSON, before: JSON, language: Language) -> Difference:
    """The difference to the figure before, as a fact and not as a verdict."""
    if told["value"] is None or before["value"] is None:
        return Difference(None, language.say("nothing to compare with"))
    by, unit = told["value"] - before["value"], told["unit"]
    if unit == "s" and max(told["value"], before["value"]) >= _HOUR:
        by = round(by / _MINUTE) * _MINUTE
    amount, earlier = _amount(abs(by), unit, language), _plain(before["value"], unit, language)
    if amount == _amount(0, unit, language):
        return Difference(0, language.say("as before"))
    sentence = _DIFFERENCES.get(unit, _VALUED)[by < 0]
    return Difference(1 if by > 0 else -1, language.say(sentence, by=amount, before=earlier))


def _told(told: JSON, language: Language) -> str:
    if told.get("parts") and told["value"] is None:
        parts = told["parts"].items()
        return "; ".join(
            language.say("on {scale}: {figure}", scale=scale, figure=figure(part, language)) for scale, part in parts
        )
    return _VALUES.get(told["unit"], _count)(told, language)


def _amount(value: float, unit: str, language: Language) -> str:
    return language.points(value) if unit == "%" else _plain(value, unit, language)


def _plain(value: float, unit: str, language: Language) -> str:
    if unit == "s":
        return language.duration(value)
    return language.percent(value) if unit == "%" else language.number(value)


def _count(told: JSON, language: Language) -> str:
    return language.number(told["n"])


def _duration(told: JSON, language: Language) -> str:
    if told.get("median") is None:
        return language.duration(told["value"])
    median = language.duration(told["median"])
    if told.get("p90") is None:
        return language.say("median {median}", median=median)
    return language.say("median {median}, nine in ten within {p90}", median=median, p90=language.duration(told["p90"]))


def _share(told: JSON, language: Language) -> str:
    if told.get("numerator") is None:
        return _unscored(told, language)
    counts = {name: language.number(told[name]) for name in ("numerator", "denominator")}
    if told["value"] is None:
        return language.say("{numerator} of {denominator}, too few for a percentage", **counts)
    value = language.percent(told["value"])
    if told.get("low") is None:
        return language.say("{value} ({numerator} to {denominator})", value=value, **counts)
    low, high = language.percent(told["low"]), language.percent(told["high"])
    return language.say(
        "{value} ({numerator} of {denominator}, likely {low} to {high})", value=value, low=low, high=high, **counts
    )


def _mean(told: JSON, language: Language) -> str:
    if told["value"] is None:
        return _unscored(told, language)
    value, count = language.number(told["value"]), language.number(told["n"])
    if told.get("low") is None:
        return language.say("{value} on average ({count})", value=value, count=count)
    low, high = language.number(told["low"]), language.number(told["high"])
    scored = told.get("numerator") is not None
    text = (
        mark("{value} ({count}, likely {low} to {high})")
        if scored
        else mark("{value} on average ({count}, likely {low} to {high})")
    )
    return language.say(text, value=value, count=count, low=low, high=high)


def _unscored(told: JSON, language: Language) -> str:
    reason = note(told.get("note") or "", language)
    return language.say_many(
        "{n} answer, not scored: {note}", "{n} answers, not scored: {note}", told["n"], note=reason
    )


#: Any other unit is the noun of what was counted.
_VALUES: Final[Mapping[str, Callable[[JSON, Language], str]]] = {
    "s": _duration,
    "%": _share,
    "points": _mean,
    "transfers": _mean,
}
