"""From surveys that were sent to answers that count, in the days and the slice that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from integrations.times import Instant, instant
from plugin.panel.access.session import link
from plugin.panel.charts.picture import Picture
from plugin.panel.charts.survey_funnel import SurveyFunnel, survey_funnel
from plugin.panel.views.asked import Asked
from plugin.panel.views.sight import Sight
from workers.periods import date_of, day_of
from workers.reports import ReportRequest, report
from workers.store import answer_pages, survey_asks
from workers.surveys.settings import asking_of

JSON = Mapping[str, Any]

_RATE: Final = "survey_response_rate"
#: Figures whose n is how many answers count.
_ANSWERS: Final = ("csat", "ces", "nps")
#: The figures that the picture is made of.
FIGURES: Final = (*_ANSWERS, _RATE)
#: The slices that answers are kept with.
_SLICES: Final = frozenset({"channel", "department", "agent", "touchpoint"})

#: Moments are kept from 1990 to 2199; these days are so in every zone.
_FIRST, _LAST = day_of(date(1990, 1, 2)), day_of(date(2199, 12, 31))


def of_slice(asked: Asked) -> dict[str, str]:
    """What narrows a list of answers to the slice; nothing where answers are not kept with it."""
    kind, _, value = (asked.slice or "").partition(":")
    return {kind: value} if kind in _SLICES else {}


def are_kept(asked: Asked) -> bool:
    """Whether answers are kept with the slice, so that they can be listed by it."""
    return not asked.slice or bool(of_slice(asked))


def survey_report(sight: Sight, asked: Asked) -> JSON:
    """The report of the `FIGURES` of these days and this slice; BadReport when there is none."""
    request = ReportRequest(asked.period.first, asked.period.last, slice=asked.slice, metrics=FIGURES)
    return report(sight.connection, sight.account, request, now=sight.now)


def survey_steps(sight: Sight, asked: Asked, total: JSON) -> Picture:
    """The picture; `total` has the `FIGURES` of these days."""
    rate, period = total[_RATE], asked.period
    over, counted = rate.get("denominator") or 0, sum(total[name]["n"] for name in _ANSWERS)
    given, commented = _answers(sight, asked)
    data = SurveyFunnel(
        name=sight.language.say("From the survey to the answer"),
        sent=over + (rate.get("undecided") or 0),
        over=over,
        answered=rate.get("numerator") or 0,
        given=given,
        commented=commented,
        counted=counted,
        held_back=() if asked.slice else _held_back(sight, _start(sight, period.first), _start(sight, period.last + 1)),
        sent_href=link("figure", metric=_RATE, **{**asked.values, "tab": "tickets"}),
        given_href=link("answers", **asked.values),
        commented_href=link("answers", **{**asked.values, "show": "comments"}),
    )
    return survey_funnel(data, sight.language)


def _answers(sight: Sight, asked: Asked) -> tuple[int | None, int | None]:
    """How many were given and how many have a comment, where that is known of the slice."""
    if not are_kept(asked):
        return None, None
    days = (asked.period.first, asked.period.last)
    return answer_pages.how_many(sight.connection, sight.account.slug, days=days, of=of_slice(asked))


def _held_back(sight: Sight, first: Instant, end: Instant) -> tuple[tuple[str, int], ...]:
    """How many surveys of ours were not sent between two moments, by reason."""
    if not asking_of(sight.account.settings).rules:
        return ()
    since, after = (
        Counter(survey_asks.counts(sight.connection, sight.account.slug, since=at).held_back) for at in (first, end)
    )
    return tuple((since - after).items())


def _start(sight: Sight, day: int) -> Instant:
    """When a day begins; of one before or after all that is kept, the first or the last that is."""
    kept = min(max(day, _FIRST), _LAST)
    return instant(datetime.combine(date_of(kept), time(), sight.account.rules.zone))
