"""The page of one figure: its value and pictures, its tickets, or how it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from plugin.panel.charts.picture import Picture
from plugin.panel.views.asked import Asked
from plugin.panel.views.figure_pictures import pictures_of
from plugin.panel.views.figures import Shown, plain, shown, title
from plugin.panel.views.sight import Sight, Ticket
from workers.cuts import BadReport
from workers.explain import ExplainRequest, explain
from workers.metrics import METRIC_OF
from workers.metrics.base import Metric
from workers.periods import date_of
from workers.reports import FIGURES, ReportRequest, report
from workers.wording.language import Language, mark

JSON = Mapping[str, Any]

TREND: Final = "trend"
TABS: Final[Mapping[str, str]] = {
    TREND: mark("Trend"),
    "tickets": mark("Tickets"),
    "explanation": mark("How it is counted"),
}
#: How many tickets one page lists.
_TICKETS: Final = 50

#: What a step of the funnel is called; reasons have names of their own.
_STEPS: Final[Mapping[str, str]] = {
    "in_period": mark("Tickets of these days"),
    "eligible": mark("Tickets that can count"),
    "undecided": mark("not decided yet"),
    "counted": mark("Tickets that count"),
}
_REASONS: Final[Mapping[str, str]] = {
    "incomplete": mark("its creation is not known yet"),
    "merged": mark("merged into another one"),
    "deleted": mark("deleted"),
    "spam": mark("spam"),
    "channel": mark("of a channel that is not counted"),
    "department": mark("of a department that is not counted"),
    "tag": mark("with a tag that is not counted"),
    "outbound": mark("opened by an agent"),
    "unknown_customer": mark("of a customer who is not known"),
    "invalidated": mark("answers that were taken back"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step from all tickets to those that count; `out` where tickets leave."""

    label: str
    tickets: str
    out: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket that counts, for what, and on which day."""

    ticket: Ticket
    worth: str
    day: str
    decided: str


@dataclass(frozen=True, slots=True)
class Explained:
    """How a figure came about, as one page of its tickets."""

    definition: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    tickets: tuple[Listed, ...]
    next: str

    @property
    def has_decided(self) -> bool:
        """Whether any of them was decided only later."""
        return any(each.decided for each in self.tickets)


@dataclass(frozen=True, slots=True)
class FigurePage:
    """The page of one tab; what belongs to another tab is empty."""

    title: str
    figure: Shown | None = None
    definition: str = ""
    pictures: tuple[Picture, ...] = ()
    explained: Explained | None = None
    refused: str = ""


def is_figure(name: str) -> bool:
    """Whether there is a figure of that name."""
    return name in FIGURES


def tab_of(value: str) -> str:
    """The tab that is asked for; the first for what is none."""
    return value if value in TABS else TREND


def figure_page(sight: Sight, asked: Asked, name: str, tab: str, *, after: str = "") -> FigurePage:
    """Everything of one tab, from one snapshot."""
    metric = METRIC_OF[name]
    told = title(sight.language, name)
    request = ReportRequest(asked.period.first, asked.period.last, slice=asked.slice, metrics=(name,))
    try:
        found = report(sight.connection, sight.account, request, now=sight.now)
    except BadReport as error:
        return FigurePage(told, refused=str(error))
    return FigurePage(
        title=told,
        figure=shown(sight.language, name, found["total"][name], _before(sight, asked, name, found)),
        definition=_first_sentence(sight.language.say(metric.definition)) if tab != "explanation" else "",
        pictures=pictures_of(sight, asked, name, told, found) if tab == TREND else (),
        explained=None if tab == TREND else _explained(sight, asked, name, after),
    )


def _first_sentence(text: str) -> str:
    """Enough to recognise a figure by; the whole is told where it is explained."""
    first, stop, _ = text.partition(". ")
    return first + stop.strip()


def _before(sight: Sight, asked: Asked, name: str, found: JSON) -> JSON | None:
    before: JSON = found["total_previous"][name]
    return before if sight.knows(asked.before) else None


def others(language: Language, name: str) -> Iterator[tuple[str, str]]:
    """Every other figure, by what it is called; the twins in business time with their own."""
    found = ((each, title(language, each)) for each in FIGURES if each != name)
    yield from sorted(found, key=lambda each: each[1].casefold())


def _explained(sight: Sight, asked: Asked, name: str, after: str) -> Explained:
    request = ExplainRequest(name, asked.period.first, asked.period.last, asked.slice, after or None, _TICKETS)
    found = explain(sight.connection, sight.account, request, now=sight.now)
    unit = found["figure"]["unit"]
    return Explained(
        definition=tuple(_definition(sight.language, METRIC_OF[name], found)),
        steps=tuple(_steps(sight.language, found["funnel"] or ())),
        tickets=tuple(_listed(sight, each, unit) for each in found["tickets"]),
        next=found["next"] or "",
    )


def _definition(language: Language, metric: Metric, found: JSON) -> Iterator[tuple[str, str]]:
    say = language.say
    yield say("Definition"), say(metric.definition)
    yield say("Formula"), say(metric.formula)
    yield say("Counted on the day of"), say(metric.cohort)
    if metric.exclusions:
        yield say("Left out"), say(metric.exclusions)
    yield say("Source"), say(metric.source)
    yield (
        say("Version"),
        say(
            "definition {metrics}, settings {rules}",
            metrics=found["version"]["metrics"],
            rules=found["version"]["rules"],
        ),
    )


def _steps(language: Language, funnel: Iterable[JSON]) -> Iterator[Step]:
    for step in funnel:
        tickets = language.number(step["tickets"])
        if step["step"] == "left_out":
            yield Step(reason_of(language, step["reason"]), tickets, out=True)
        elif step["step"] != "undecided":
            yield Step(language.say(_STEPS[step["step"]]), tickets)
        elif step["tickets"]:
            yield Step(language.say(_STEPS["undecided"]), tickets, out=True)


def reason_of(language: Language, reason: str) -> str:
    """Why tickets are left out, in words."""
    return language.say(_REASONS[reason]) if reason in _REASONS else reason.replace("_", " ")


def _listed(sight: Sight, told: JSON, unit: str) -> Listed:
    return Listed(
        sight.ticket(told["ticket"]),
        _worth(sight.language, told, unit),
        _day(sight, told["day"]),
        _day(sight, told["decided"]) if told["decided"] else "",
    )


def _day(sight: Sight, text: str) -> str:
    """A date as the language writes it, with its year where that is not the present one."""
    day = date.fromisoformat(text)
    return sight.language.day(day, year=day.year != date_of(sight.today).year)


def _worth(language: Language, told: JSON, unit: str) -> str:
    """What a ticket counts for: its seconds or scores, whether it is on the side that counts, or how often."""
    if told["values"]:
        return ", ".join(plain(language, value, unit if unit == "s" else "points") for value in told["values"])
    total, n = told["total"], told["n"]
    if unit != "%" or total is None or not n:
        return language.number(n)
    if total in (0, n):
        return language.say("yes") if total else language.say("no")
    return language.say("{part} of {all}", part=language.number(total), all=language.number(n))
