"""How many surveys were sent and answered, and how many answers have a comment and count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from plugin.panel.charts.enough import only_counts
from plugin.panel.charts.marks import across, named_block, tag
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import TRACK, linked_text, row, track
from plugin.panel.charts.words import NONE, whole_percent
from workers.surveys.wording import why_held_back
from workers.wording.language import Language


@dataclass(frozen=True, slots=True)
class SurveyFunnel:
    """The surveys sent in some days, and the answers given in the same days, whenever their survey was sent.

    Of those `sent` the week in which an answer counts as one is `over`; of these some are `answered` within it. Of the
    answers `given` some are `commented`, both None where that is not known of a slice; some are `counted`.
    `held_back` is how many surveys were not sent, by reason.
    """

    name: str
    sent: int
    over: int
    answered: int
    given: int | None
    commented: int | None
    counted: int
    held_back: tuple[tuple[str, int], ...] = ()
    sent_href: str = ""
    given_href: str = ""
    commented_href: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step, and how many it is a part of; None where it is the whole itself."""

    name: str
    count: int
    of: int | None = None
    href: str = ""


def survey_funnel(data: SurveyFunnel, language: Language) -> Picture:
    """Bars of counts, all on one scale; parts also as a share of what they are a part of."""
    finding, key = _finding(data, language), key_of("funnel", data.name)
    steps = list(_steps(data, language))
    if not steps:
        return Picture(data.name, finding, Markup(""), _table(data, steps, language), _note(data, language))
    most = max(step.count for step in steps)
    rows = [_row(step, most, language) for step in steps]
    svg = named_block(key, (data.name, finding), *rows, class_="chart-rows")
    return Picture(data.name, finding, svg, _table(data, steps, language), _note(data, language))


def _steps(data: SurveyFunnel, language: Language) -> Iterator[_Step]:
    if data.sent:
        yield _Step(language.say("Surveys sent"), data.sent, href=data.sent_href)
        if data.over < data.sent:
            yield _Step(language.say("Sent at least 7 days ago"), data.over, data.sent)
        yield _Step(language.say("Answered within 7 days"), data.answered, data.over)
    if data.given:
        yield _Step(language.say("Answers given in these days"), data.given, href=data.given_href)
        yield _Step(language.say("With a comment"), data.commented or 0, data.given, data.commented_href)
    if data.given or data.counted:
        yield _Step(language.say("Answers that count"), data.counted, data.given)


def _row(step: _Step, most: int, language: Language) -> Markup:
    bed = tag("rect", x=0, y=10, width="100%", height=TRACK - 20, rx=3, class_="bed")
    bar = tag("rect", x=0, y=10, width=across(step.count / most), height=TRACK - 20, rx=3, class_="mark-1")
    beside = _share(step, language)
    return row(linked_text(step.name, step.href), "", track(bed, bar), language.number(step.count), beside)


def _share(step: _Step, language: Language) -> str:
    if step.of is None or only_counts(step.of):
        return ""
    share, all_ = whole_percent(100 * step.count / step.of, language), language.number(step.of)
    return language.say("{part} of {all}", part=share, all=all_)


def _finding(data: SurveyFunnel, language: Language) -> str:
    if not data.sent:
        return (
            language.say("No survey that was sent in these days is known: how many were answered cannot be told.")
            if data.given or data.counted
            else language.say("There were neither surveys nor answers in these days.")
        )
    if not data.over:
        return language.say("None of these surveys was sent at least 7 days ago: nothing is decided yet.")
    told = {"answered": language.number(data.answered), "sent": language.number(data.over)}
    if only_counts(data.over):
        return language.say("{answered} of {sent} surveys were answered within 7 days.", **told)
    share = whole_percent(100 * data.answered / data.over, language)
    return language.say("{answered} of {sent} surveys were answered within 7 days ({share}).", **told, share=share)


def _note(data: SurveyFunnel, language: Language) -> str:
    return " ".join(_notes(data, language))


def _notes(data: SurveyFunnel, language: Language) -> Iterator[str]:
    if data.over < data.sent:
        yield language.say_many(
            "For {n} survey the 7 days are not over yet.", "For {n} surveys the 7 days are not over yet.",
            data.sent - data.over,
        )  # fmt: skip
    if data.answered < data.over:
        yield language.say("What those who did not answer think is not known.")
    if data.sent and (data.given or data.counted):
        yield language.say("Answers stand on the day they were given, whenever their survey was sent.")
    for outcome, n in data.held_back:
        why = why_held_back(outcome, language)
        yield language.say_many(
            "{n} survey was held back: {why}.", "{n} surveys were held back: {why}.", n, why=why
        )  # fmt: skip


def _table(data: SurveyFunnel, steps: list[_Step], language: Language) -> Table:
    head = (language.say("Step"), language.say("Number"), language.say("Share"))
    rows = tuple(
        (linked_text(step.name, step.href), language.number(step.count), _share(step, language) or NONE)
        for step in steps
    )
    return Table(data.name, head, rows)
