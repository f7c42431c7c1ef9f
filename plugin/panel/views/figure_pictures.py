"""The pictures of one figure: over time and by channel, in the form that its kind asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugin.panel.access.session import link
from plugin.panel.charts.duration_band import DurationBand, Spell, duration_band
from plugin.panel.charts.figures import bullet_of, parts_of, scale_said, share_of
from plugin.panel.charts.heat_table import HeatTable, heat_table
from plugin.panel.charts.mix_and_rate import Effect, Kind, MixAndRate, mix_and_rate
from plugin.panel.charts.picture import Picture
from plugin.panel.charts.share_whiskers import Meaning, ShareWhiskers, share_whiskers
from plugin.panel.charts.stacked_days import Stack, StackedDays, stacked_days
from plugin.panel.charts.target_bullets import TargetBullets, target_bullets
from plugin.panel.charts.three_parts import Survey, ThreeParts, three_parts
from plugin.panel.charts.words import Counted, long_time
from plugin.panel.views import pictures
from plugin.panel.views.asked import Asked
from plugin.panel.views.sight import Sight
from plugin.panel.views.survey_steps import survey_report, survey_steps
from workers import wording
from workers.cuts import WEEKDAY_HOUR
from workers.insights import split_of
from workers.metrics import METRIC_OF
from workers.metrics.durations import BUSINESS
from workers.periods import Period
from workers.reports import ReportRequest, report
from workers.series import Point, SeriesRequest, series, step_for, together
from workers.statistics import decomposition
from workers.statistics.intervals import FEWEST_FOR_P90
from workers.wording.language import Language

JSON = Mapping[str, Any]

#: The words of a test that called a change one.
_CALLED: Final = frozenset({"better", "worse", "higher", "lower"})
#: More effects than these explain nothing; the picture shows the rest as one.
_MOST_EFFECTS: Final = 6
#: Shares over time are rows: more of them than this are told by the week.
_MOST_ROWS: Final = 14
_FLOWS: Final = frozenset({"resolved_volume", "backlog", "backlog_waiting", "backlog_pending", "reopened_volume"})
_MEANINGS: Final[Mapping[str, Meaning]] = {
    "csat": "positive", "ces_easy_share": "easy", "answered_within_target": "in_time", "service_level": "in_time",
    "survey_response_rate": "answered",
}  # fmt: skip
_SURVEYS: Final[Mapping[str, Survey]] = {"csat": "csat", "csat_mean": "csat", "ces": "ces", "nps": "nps"}


@dataclass(frozen=True)
class _Drawing:
    """What is drawn: a figure, as one is asked for it, with its rows by channel."""

    sight: Sight
    asked: Asked
    name: str
    title: str
    rows: Sequence[JSON]
    total: JSON

    def link(self, **values: str) -> str:
        """The same figure of other days or another slice."""
        return link("figure", metric=self.name, **{**self.asked.values, **values})

    def of_channel(self, channel: str) -> str:
        """The same figure of one channel; '' where the slice is another one already."""
        return "" if self.asked.slice or not channel else self.link(slice=f"channel:{channel}")

    def series(self, *names: str, step: str) -> list[Point]:
        """The points of these figures."""
        seen = self.sight
        request = SeriesRequest(self.asked.period, names, step, self.asked.slice)
        return series(seen.connection, seen.account, request, now=seen.now)


def pictures_of(sight: Sight, asked: Asked, name: str, title: str, found: JSON) -> tuple[Picture, ...]:
    """Every picture of a figure; `found` is its report by channel."""
    drawing = _Drawing(sight, asked, name, title, found["rows"], found["total"][name])
    return tuple(_chosen(drawing)(drawing))


def _chosen(drawing: _Drawing) -> Callable[[_Drawing], Iterator[Picture]]:
    if drawing.name in _FLOWS:
        return _flow
    if drawing.name == "ticket_volume":
        return _volume
    if drawing.total["unit"] == "s":
        return _durations
    if drawing.total["unit"] == "%" and drawing.name != "closing_ratio":
        return _shares
    return _scores if drawing.name in _SURVEYS else _counts


def _flow(drawing: _Drawing) -> Iterator[Picture]:
    yield pictures.flow(drawing.sight, drawing.asked)


def _volume(drawing: _Drawing) -> Iterator[Picture]:
    if drawing.rows:
        yield pictures.volume(drawing.sight, drawing.asked)
    yield _load(drawing)


def _load(drawing: _Drawing) -> Picture:
    """Tickets by weekday and hour, on average of the weeks that the period has."""
    seen, asked = drawing.sight, drawing.asked
    request = ReportRequest(
        asked.period.first, asked.period.last, by=WEEKDAY_HOUR, slice=asked.slice, metrics=("ticket_volume",)
    )
    rows = report(seen.connection, seen.account, request, now=seen.now)["rows"]
    counts = {row[WEEKDAY_HOUR]: row["metrics"]["ticket_volume"]["n"] for row in rows}
    cells = tuple(tuple(float(counts.get(f"{day}-{hour:02d}", 0)) for hour in range(24)) for day in range(7))
    name = seen.language.say("Tickets by weekday and hour")
    return heat_table(HeatTable(name, seen.account.rules.zone.key, cells), seen.language)


def _durations(drawing: _Drawing) -> Iterator[Picture]:
    points = drawing.series(drawing.name, step=_step_of_durations(drawing))
    if not points:
        return
    spells = tuple(_spell(point, drawing, point.when) for point in points)
    target = _target(drawing)
    data = DurationBand(
        drawing.sight.language.say("{figure} over time", figure=drawing.title),
        spells,
        _spell(together(points), drawing, ""),
        **({} if target is None else {"target": target}),
    )
    yield duration_band(data, drawing.sight.language)


def _step_of_durations(drawing: _Drawing) -> str:
    """Weeks where days have too few to tell within what nine in ten are."""
    days = len(drawing.asked.period)
    few = drawing.total["n"] / days < FEWEST_FOR_P90
    return "week" if few and days > _MOST_ROWS else step_for(drawing.asked.period)


def _spell(point: Point, drawing: _Drawing, when: str) -> Spell:
    figure = point.figure(drawing.name)
    return Spell(
        when, figure.n, figure.median, point.lower_quartile(drawing.name), figure.p90, point.cut,
        drawing.link(**pictures.days_of(point.days)) if when else "",
    )  # fmt: skip


def _target(drawing: _Drawing) -> int | None:
    """The first response of one channel has one."""
    kind, _, channel = (drawing.asked.slice or "").partition(":")
    target = drawing.sight.account.rules.targets.get(channel) if kind == "channel" else None
    return target.first_response if target and drawing.name.removesuffix(BUSINESS) == "first_response_time" else None


def _shares(drawing: _Drawing) -> Iterator[Picture]:
    if drawing.name == "survey_response_rate":
        yield _steps(drawing)
    if drawing.name == "answered_within_target" and drawing.rows:
        yield _bullets(drawing)
    elif drawing.rows and not (drawing.asked.slice or "").startswith("channel:"):
        yield _by_channel(drawing)
    if drawing.name in _SURVEYS:
        yield from _surveys(drawing)
    yield from _what_made_it(drawing)
    yield _shares_over_time(drawing)


def _steps(drawing: _Drawing) -> Picture:
    """The way from the surveys to the answers."""
    found = survey_report(drawing.sight, drawing.asked)
    return survey_steps(drawing.sight, drawing.asked, found["total"])


def _what_made_it(drawing: _Drawing) -> Iterator[Picture]:
    """Of a change that a test has called: how much is another mix of channels, how much the channels' own change."""
    seen, language = drawing.sight, drawing.sight.language
    if drawing.asked.slice or (drawing.total.get("verdict") or {}).get("kind") not in _CALLED:
        return
    split = split_of(
        seen.connection, seen.account, drawing.name, drawing.asked.period, dimension="channel", today=seen.today
    )
    if split is None:
        return
    effects = [
        Effect(wording.channel(effect.name, language) if effect.name else language.say("none"), kind, change)
        for effect in split.effects
        for kind, change in _both(effect)
    ]
    effects.sort(key=lambda effect: -abs(effect.change))
    data = MixAndRate(
        language.say("What made the difference"),
        split.before,
        split.now,
        tuple(effects[:_MOST_EFFECTS]),
        higher_is_better=METRIC_OF[drawing.name].better != "lower",
    )
    yield mix_and_rate(data, language)


def _both(effect: decomposition.Effect) -> tuple[tuple[Kind, float], tuple[Kind, float]]:
    return ("mix", effect.mix), ("rate", effect.rate)


def _by_channel(drawing: _Drawing) -> Picture:
    better = METRIC_OF[drawing.name].better
    language = drawing.sight.language
    data = ShareWhiskers(
        language.say("{figure} by channel", figure=drawing.title),
        tuple(
            share_of(_channel(row, language), row["metrics"][drawing.name], href=drawing.of_channel(row["channel"]))
            for row in drawing.rows
        ),
        whole=share_of(language.say("All channels"), drawing.total),
        meaning=_MEANINGS.get(drawing.name, "share"),
        counted=_counted(drawing),
        order="highest_first" if better == "lower" else "lowest_first",
    )
    return share_whiskers(data, language)


def _shares_over_time(drawing: _Drawing) -> Picture:
    language = drawing.sight.language
    step = "day" if len(drawing.asked.period) <= _MOST_ROWS else step_for(Period(0, 100))
    rows = tuple(
        share_of(
            long_time(point.when, language), point.figure(drawing.name).json(),
            href=drawing.link(**pictures.days_of(point.days)),
        )
        for point in drawing.series(drawing.name, step=step)
    )  # fmt: skip
    data = ShareWhiskers(
        language.say("{figure} over time", figure=drawing.title),
        rows,
        whole=share_of(language.say("All of these days"), drawing.total),
        meaning=_MEANINGS.get(drawing.name, "share"),
        counted=_counted(drawing),
        order="as_given",
    )
    return share_whiskers(data, language)


def _channel(row: JSON, language: Language) -> str:
    return wording.channel(row["channel"], language)


def _counted(drawing: _Drawing) -> Counted:
    name = drawing.name
    if name in ("csat", "ces_easy_share"):
        return "answers"
    if name in ("abandon_rate", "service_level"):
        return "contacts"
    return "surveys" if name == "survey_response_rate" else "tickets"


def _bullets(drawing: _Drawing) -> Picture:
    seen, language = drawing.sight, drawing.sight.language
    rows = []
    for row in drawing.rows:
        figure, target = row["metrics"][drawing.name], seen.account.rules.targets.get(row["channel"])
        if target is None:
            continue
        rows.append(
            bullet_of(
                _channel(row, language),
                figure,
                goal=target.goal,
                target=language.duration(target.first_response),
                href=drawing.of_channel(row["channel"]),
            )
        )
    name = language.say("{figure} by channel", figure=drawing.title)
    return target_bullets(TargetBullets(name, tuple(rows)), language)


def _scores(drawing: _Drawing) -> Iterator[Picture]:
    """The answers in three parts; how many there were, where no scale tells its sides."""
    yield from list(_surveys(drawing)) or _counts(drawing)


def _surveys(drawing: _Drawing) -> Iterator[Picture]:
    """Negative, neutral and positive answers by channel, of the channels whose scale has these sides."""
    language, survey = drawing.sight.language, _SURVEYS[drawing.name]
    rows = (
        parts_of(_channel(row, language), row["metrics"][drawing.name], survey, href=drawing.of_channel(row["channel"]))
        for row in drawing.rows
    )
    told = tuple(row for row in rows if row is not None and row.n)
    if not told:
        return
    name = language.say("Answers to {figure} by channel", figure=drawing.title)
    scale = scale_said(drawing.total, language) if survey == "ces" else ""
    yield three_parts(ThreeParts(name, survey, told, scale), language)


def _counts(drawing: _Drawing) -> Iterator[Picture]:
    """What is neither a duration nor a share: how much there was of it."""
    language = drawing.sight.language
    points = drawing.series(drawing.name, step=step_for(drawing.asked.period))
    stacks = tuple(
        Stack(
            point.when, (round(point.figure(drawing.name).n),), point.cut,
            drawing.link(**pictures.days_of(point.days)),
        )
        for point in points
    )  # fmt: skip
    if stacks:
        name = language.say("{figure} over time", figure=drawing.title)
        yield stacked_days(StackedDays(name, (drawing.title,), stacks), language)
