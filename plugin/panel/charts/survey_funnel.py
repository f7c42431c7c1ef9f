"""How many surveys were sent, arrived, were opened, answered and commented, and how many of those sent that is."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from plugin.panel.charts.marks import across, named_block, tag
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import TRACK, linked_text, row, track
from plugin.panel.charts.words import whole_percent
from workers.wording.language import Language


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step and how many came so far; None where the desk does not tell."""

    name: str
    count: int | None
    href: str = ""


@dataclass(frozen=True, slots=True)
class SurveyFunnel:
    """The steps in their order; the first is what was sent. `answered` is the place of the step of the answers."""

    name: str
    steps: tuple[FunnelStep, ...]
    answered: int


def survey_funnel(data: SurveyFunnel, language: Language) -> Picture:
    """Bars of counts, each as a share of what was sent."""
    finding, key = _finding(data, language), key_of("funnel", data.name)
    if not any(step.count for step in data.steps):
        return Picture(data.name, finding, Markup(""), _table(data, language))
    rows = [_row(step, data.steps[0].count, language) for step in data.steps]
    svg = named_block(key, (data.name, finding), *rows, class_="chart-rows")
    return Picture(data.name, finding, svg, _table(data, language))


def _row(step: FunnelStep, sent: int | None, language: Language) -> Markup:
    most = sent or 1
    width = min(1.0, (step.count or 0) / most)
    bar = tag("rect", x=0, y=10, width=across(width), height=TRACK - 20, rx=3, class_="mark-1")
    return row(
        linked_text(step.name, step.href),
        "",
        track(tag("rect", x=0, y=10, width="100%", height=TRACK - 20, rx=3, class_="bed"), bar),
        _count(step, language),
        _share(step, sent, language),
        faint=step.count is None,
    )


def _count(step: FunnelStep, language: Language) -> str:
    return language.say("not told") if step.count is None else language.number(step.count)


def _share(step: FunnelStep, sent: int | None, language: Language) -> str:
    return whole_percent(100 * step.count / sent, language) if step.count is not None and sent else ""


def _finding(data: SurveyFunnel, language: Language) -> str:
    sent, answered = data.steps[0].count, data.steps[data.answered].count
    if answered is None or not sent:
        return (
            language.say("No surveys were sent in these days.")
            if sent == 0
            else language.say("How many surveys were answered cannot be told, for the desk does not say what it sent.")
        )
    return language.say(
        "{answered} of {sent} surveys were answered ({share}); {silent} were not, and what they think is not known.",
        answered=language.number(answered),
        sent=language.number(sent),
        share=whole_percent(100 * answered / sent, language),
        silent=language.number(max(0, sent - answered)),
    )


def _table(data: SurveyFunnel, language: Language) -> Table:
    head = (language.say("Step"), language.say("Surveys"), language.say("Of those sent"))
    sent = data.steps[0].count
    rows = tuple(
        (linked_text(step.name, step.href), _count(step, language), _share(step, sent, language)) for step in data.steps
    )
    return Table(data.name, head, rows)
