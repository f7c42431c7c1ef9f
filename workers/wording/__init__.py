"""Every sentence about figures that a person reads: one catalogue, and how numbers are written in it.

Figures are taken as the Report JSON has them, so that what is written is what was counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

JSON = Mapping[str, Any]

#: Key → sentence; what stands in braces is given when it is said.
SENTENCES: Final[Mapping[str, str]] = {
    "title.daily": "Deskpulse: {first}",
    "title.weekly": "Deskpulse: the week from {first} to {last}",
    "changed": "What changed",
    "where": "Where",
    "said": "What customers said",
    "next": "What to do next",
    "compared.daily": "Compared with {first}",
    "compared.weekly": "Compared with the week from {first} to {last}",
    "line": "{name}: {figure}",
    "line.compared": "{name}: {figure}; {difference}",
    "channel": "{name}: {lines}",
    "channel.nothing": "No tickets and no answers in any channel",
    "answers.none": "No answers to surveys",
    "follow_up": "Ticket {ticket} ({channel}): {kind} {score} on {low} to {high}",
    "follow_up.comment": "Ticket {ticket} ({channel}): {kind} {score} on {low} to {high}: “{comment}”",
    "follow_up.more": "and {count} more low answers",
    "follow_up.none": "No low answers to follow up",
    "figure.none": "none",
    "figure.tickets": "{count}",
    "figure.duration": "median {median}",
    "figure.duration.p90": "median {median}, nine in ten within {p90}",
    "figure.share.likely": "{value} ({numerator} of {denominator}, likely {low} to {high})",
    "figure.share.few": "{numerator} of {denominator}, too few for a percentage",
    "figure.ratio": "{value} ({numerator} to {denominator})",
    "figure.score": "{value} ({count}, likely {low} to {high})",
    "figure.mean": "{value} on average ({count})",
    "figure.mean.likely": "{value} on average ({count}, likely {low} to {high})",
    "figure.undecided": "{figure}, {count} not decided yet",
    "figure.part": "on {scale}: {figure}",
    "figure.unscored": "{count} answers, not scored: {note}",
    "difference.none": "nothing to compare with",
    "difference.same": "as before",
    "difference.more": "{by} more than {before}",
    "difference.fewer": "{by} fewer than {before}",
    "difference.slower": "{by} slower than {before}",
    "difference.faster": "{by} faster than {before}",
    "difference.higher": "{by} higher than {before}",
    "difference.lower": "{by} lower than {before}",
    "points": "{by} points",
}

#: Figure → what it is called.
NAMES: Final[Mapping[str, str]] = {
    "ticket_volume": "Tickets",
    "first_response_time": "First response",
    "resolution_rate": "Resolved so far",
    "resolution_rate_24h": "Resolved within 24 hours",
    "csat": "CSAT",
    "ces": "CES",
    "nps": "NPS",
    "pickup_time": "Pick-up",
    "abandon_rate": "Abandoned",
    "short_abandons": "Abandoned within 10 seconds",
    "service_level": "Service level",
    "resolution_rate_bot": "Resolved by a bot alone",
    "resolved_volume": "Resolutions",
    "closing_ratio": "Closing ratio",
    "reopen_rate": "Reopened within 7 days",
    "one_touch_rate": "Solved with one touch",
    "zero_touch_rate": "Solved without a touch",
    "transfers": "Transfers per ticket",
    "first_response_time_from_creation": "First response from creation",
    "next_response_time": "Next response",
    "closed_without_reply": "Closed without a reply",
    "response_time": "Response",
    "answered_within_target": "Answered within target",
    "first_resolution_time": "First resolution",
    "requester_wait_time": "Waiting for us",
    "agent_wait_time": "Waiting for the customer",
    "on_hold_time": "On hold",
    "backlog": "Backlog",
    "backlog_waiting": "Backlog that waits for us",
    "backlog_pending": "Backlog that waits for the customer",
    "waiting_now": "Waiting now",
    "waiting_oldest": "Longest wait now",
}

_CHANNELS: Final[Mapping[str, str]] = {
    "email": "E-mail",
    "web_form": "Web form",
    "sms": "SMS",
    "api": "API",
    "in_person": "In person",
}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COUNTED: Final = ("more", "fewer")
#: Unit → the words for more and for less of it.
_WORDS: Final = {
    **dict.fromkeys(("tickets", "contacts", "resolutions", "waits"), _COUNTED), "s": ("slower", "faster"),
}  # fmt: skip
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Difference:
    """How a figure differs from the one before: -1, 0 or 1 (None: nothing to compare), and the same in words."""

    direction: int | None
    text: str


def say(key: str, **values: object) -> str:
    """The sentence of that key with its values in it."""
    return SENTENCES[key].format_map(values)


def channel(name: str) -> str:
    """A channel as people call it."""
    return _CHANNELS.get(name, name.replace("_", " ").capitalize())


def day(when: date, *, weekday: bool = False) -> str:
    """`9 March 2026`, with its weekday in front if wanted."""
    text = f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{_WEEKDAYS[when.weekday()]} {text}" if weekday else text


def iso_day(text: str, *, weekday: bool = False) -> str:
    """A date of the Report JSON as `day` writes it."""
    return day(date.fromisoformat(text), weekday=weekday)


def duration(seconds: float) -> str:
    """Two units at most: `45 s`, `12 min`, `1 h 35 min`, `2 d 3 h`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "min", 1, "s")
    minutes = round(whole / _MINUTE)
    if minutes * _MINUTE < _HOUR:
        return f"{minutes} min"
    if minutes * _MINUTE < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "min")
    return _two(whole, _DAY, "d", _HOUR, "h")


def percent(value: float) -> str:
    """`88%`, with a decimal where it says something."""
    return f"{value:.1f}".removesuffix(".0") + "%"


def number(value: float) -> str:
    """A mean or a score: at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def figure(told: JSON) -> str:
    """What a figure says."""
    if not told["n"]:
        return say("figure.none") + ("" if not told.get("undecided") else f", {told['undecided']} not decided yet")
    if told.get("parts") and told["value"] is None:
        return "; ".join(say("figure.part", scale=name, figure=figure(part)) for name, part in told["parts"].items())
    text = _VALUES.get(told["unit"], _count)(told)
    if told.get("undecided"):
        return say("figure.undecided", figure=text, count=told["undecided"])
    return text


def difference(told: JSON, before: JSON) -> Difference:
    """The difference to the figure before, as a fact and not as a verdict."""
    if told["value"] is None or before["value"] is None:
        return Difference(None, say("difference.none"))
    by, unit = told["value"] - before["value"], told["unit"]
    if unit == "s" and max(told["value"], before["value"]) >= _HOUR:
        by = round(by / _MINUTE) * _MINUTE
    amount, earlier = _amount(abs(by), unit), _plain(before["value"], unit)
    if amount == _amount(0, unit):
        return Difference(0, say("difference.same"))
    word = _WORDS.get(unit, ("higher", "lower"))[by < 0]
    return Difference(1 if by > 0 else -1, say(f"difference.{word}", by=amount, before=earlier))


def _two(whole: int, large: int, large_name: str, small: int, small_name: str) -> str:
    steps = round(whole / small)
    count, rest = divmod(steps, large // small)
    return f"{count} {large_name} {rest} {small_name}" if rest else f"{count} {large_name}"


def _amount(value: float, unit: str) -> str:
    if unit == "%":
        return say("points", by=f"{value:.1f}".removesuffix(".0"))
    return _plain(value, unit)


def _plain(value: float, unit: str) -> str:
    if unit == "s":
        return duration(value)
    return percent(value) if unit == "%" else number(value)


def _count(told: JSON) -> str:
    return say("figure.tickets", count=told["n"])


def _duration(told: JSON) -> str:
    if told.get("median") is None:
        return duration(told["value"])
    if told.get("p90") is None:
        return say("figure.duration", median=duration(told["median"]))
    return say("figure.duration.p90", median=duration(told["median"]), p90=duration(told["p90"]))


def _share(told: JSON) -> str:
    if told.get("numerator") is None:
        return say("figure.unscored", count=told["n"], note=told.get("note", ""))
    counts = {"numerator": told["numerator"], "denominator": told["denominator"]}
    if told["value"] is None:
        return say("figure.share.few", **counts)
    if told.get("low") is None:
        return say("figure.ratio", value=percent(told["value"]), **counts)
    value, low, high = (percent(told[key]) for key in ("value", "low", "high"))
    return say("figure.share.likely", value=value, low=low, high=high, **counts)


def _mean(told: JSON) -> str:
    if told["value"] is None:
        return say("figure.unscored", count=told["n"], note=told.get("note", ""))
    value, count = number(told["value"]), told["n"]
    if told.get("low") is None:
        return say("figure.mean", value=value, count=count)
    low, high = number(told["low"]), number(told["high"])
    if told.get("numerator") is not None:
        return say("figure.score", value=value, count=count, low=low, high=high)
    return say("figure.mean.likely", value=value, count=count, low=low, high=high)


#: Any other unit is the noun of what was counted.
_VALUES: Final = {"s": _duration, "%": _share, "points": _mean, "transfers": _mean}
