"""The controls that stand on every page: the days with what they are compared with, and the slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from plugin.panel.views.asked import MOST_DAYS, STRETCHES, Asked
from plugin.panel.views.names import kind_title
from plugin.panel.views.sight import Sight
from workers.periods import Period, date_of
from workers.store import slice_values
from workers.wording.language import Language

#: The kinds that the choice of a slice offers; a tag is chosen where it is met.
_KINDS: Final = ("department", "agent", "touchpoint")
_MOST_VALUES: Final = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Slices of one kind; with a label of '' they stand by themselves."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Controls:
    """What is chosen, what can be, and the days in words."""

    stretches: tuple[Choice, ...]
    slices: tuple[Group, ...]
    first: str
    last: str
    own_days: bool
    period: str
    against: str
    slice: str = ""  #: what is chosen, in words; '' for all tickets
    wrong: str = ""
    more: Mapping[str, str] = field(default_factory=dict)  #: what else the page's address says, and must go on to say


def controls(sight: Sight, asked: Asked, **more: str) -> Controls:
    """The controls of a page; `more` is what else its address says."""
    language, period = sight.language, asked.period
    return Controls(
        stretches=tuple(_stretches(asked, language)),
        slices=tuple(_groups(sight, asked)),
        first=date_of(period.first).isoformat(),
        last=date_of(period.last).isoformat(),
        own_days=asked.stretch == "days",
        period=days(language, period),
        against=_against(sight, asked),
        slice=sight.names.slice(asked.slice),
        wrong=language.say(asked.wrong, days=MOST_DAYS) if asked.wrong else "",
        more=more,
    )


def _against(sight: Sight, asked: Asked) -> str:
    """What the days are compared with; why with nothing, where history does not reach back so far."""
    language, first = sight.language, sight.first_day
    if first is None or sight.knows(asked.before):
        return language.say("compared with {days}", days=days(language, asked.before))
    began = language.day(date_of(first))
    return language.say("compared with nothing: the first ticket that is known is of {day}", day=began)


def days(language: Language, period: Period) -> str:
    """A day with its weekday, or the first and the last day."""
    first, last = date_of(period.first), date_of(period.last)
    if first == last:
        return language.day(first, weekday=True)
    return language.days(first, last)


def _stretches(asked: Asked, language: Language) -> Iterator[Choice]:
    for value, label in STRETCHES.items():
        yield Choice(value, language.say(label), value == asked.stretch)


def _groups(sight: Sight, asked: Asked) -> Iterator[Group]:
    language, account, names = sight.language, sight.account, sight.names
    yield Group("", (Choice("", language.say("All tickets"), not asked.slice),))
    yield from _group(language, "channel", sight.channels, asked, partial(names.of, "channel"))
    kinds = (*_KINDS, *account.rules.slices)
    values = slice_values.values(sight.connection, account.slug, kinds, most=_MOST_VALUES)
    for kind in kinds:
        yield from _group(language, kind, values[kind], asked, partial(names.of, kind))
    if asked.slice and asked.slice.partition(":")[0] == "tag":
        yield Group(
            language.say("Tag"), (Choice(asked.slice, names.of("tag", asked.slice.partition(":")[2]), chosen=True),)
        )


def _group(
    language: Language, kind: str, values: list[str], asked: Asked, name: Callable[[str], str]
) -> Iterator[Group]:
    """One kind, by name; none where there is nothing to choose."""
    chosen_kind, _, chosen = (asked.slice or "").partition(":")
    if chosen_kind == kind and chosen and chosen not in values:
        values = [*values, chosen]
    found = [Choice(f"{kind}:{value}", name(value), f"{kind}:{value}" == asked.slice) for value in values]
    if kind != "channel":
        found.sort(key=lambda choice: choice.label.casefold())
    if found:
        yield Group(kind_title(language, kind), tuple(found))
