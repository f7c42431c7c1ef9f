"""Which share of the surveys that were sent is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from integrations.events import KINDS
from integrations.survey_ids import asked_as
from integrations.times import DAY
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_figure, share_of_sums
from workers.tickets import Answer, SurveySent, Ticket

_NAME = "survey_response_rate"
_WINDOW: Final = 7 * DAY


def facts(counted: Counted) -> Iterator[Fact]:
    """One survey on the day it was sent: answered within a week, decided when the whole day is that old."""
    for sent in counted.ticket.surveys:
        day = counted.day(sent.at)
        answered = int(_is_answered(counted.ticket, sent))
        measure = f"{_NAME}:{sent.kind}"
        yield Fact(counted.answer_slices(sent), measure, day, counted.all_this_old_on(day, _WINDOW), 1, answered, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share over all kinds, with one part a kind."""
    parts = {kind: share_of_sums(measures[f"{_NAME}:{kind}"]) for kind in KINDS if f"{_NAME}:{kind}" in measures}
    if not parts:
        return {_NAME: replace(share_figure(0, 0), note="the desk did not tell of any survey it sent")}
    if len(parts) == 1:
        return {_NAME: next(iter(parts.values()))}
    whole = share_figure(
        sum(part.numerator or 0 for part in parts.values()),
        sum(part.denominator or 0 for part in parts.values()),
        undecided=sum(part.undecided or 0 for part in parts.values()) or None,
    )
    return {_NAME: replace(whole, parts=parts)}


def _is_answered(ticket: Ticket, sent: SurveySent) -> bool:
    return any(_is_to(answer, sent) and sent.at <= answer.at <= sent.at + _WINDOW for answer in ticket.answers)


def _is_to(answer: Answer, sent: SurveySent) -> bool:
    """Whether it answers what was sent; an answer of ours that was doubted does so once it is believed."""
    if answer.kind != sent.kind:
        return False
    return answer.survey == sent.survey or (answer.valid and asked_as(answer.survey) == sent.survey)


METRIC = Metric(
    name=_NAME,
    title="Survey response rate",
    definition="Of the surveys sent in the period, the share answered within 7 days; the last 7 days are undecided.",
    formula="answered within 7 days ÷ sent × 100",
    cohort="sent",
    exclusions="as for CSAT, on both sides alike",
    source="answers by surveys offered; the window of seven days is our own",
    example="Four surveys are sent, one is answered on the next day: 1 of 4, 25 %.",
    elsewhere=(
        "Chatwoot divides the answers under a filter by all surveys sent in the period, so a filtered rate is too "
        "low (csat_survey_responses_controller.rb). Zendesk divides by the surveys offered, without a window. "
        "LiveAgent tells how many were not rated."
    ),
    figures={_NAME: "Response rate"},
    measures=(_NAME,),
    facts=facts,
    figure=figure,
    needs="surveys",
    left_out=of_rated_tickets,
    better="higher",
)
