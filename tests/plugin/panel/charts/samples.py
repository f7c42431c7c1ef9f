"""Pictures of every kind from ordinary and from extreme numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from plugin.panel.charts.created_and_resolved import CreatedAndResolved, Flow, created_and_resolved
from plugin.panel.charts.duration_band import DurationBand, Spell, duration_band
from plugin.panel.charts.heat_table import HeatTable, heat_table
from plugin.panel.charts.mix_and_rate import Effect, MixAndRate, mix_and_rate
from plugin.panel.charts.picture import Picture
from plugin.panel.charts.share_whiskers import Share, ShareWhiskers, share_whiskers
from plugin.panel.charts.sparkline import Sparkline, SparkPoint, sparkline
from plugin.panel.charts.stacked_days import Stack, StackedDays, stacked_days
from plugin.panel.charts.survey_funnel import SurveyFunnel, survey_funnel
from plugin.panel.charts.target_bullets import Bullet, TargetBullets, target_bullets
from plugin.panel.charts.three_parts import Parts, ThreeParts, three_parts
from workers.statistics.intervals import wilson
from workers.wording.language import Language, language

ENGLISH = language("en")
HOSTILE = '"><script>alert(1)</script>&#39; onload=x {0} {name} %s'
Make = Callable[[Language], Picture]


def days(n: int, last: date = date(2026, 11, 18)) -> list[str]:
    return [(last - timedelta(days=n - 1 - place)).isoformat() for place in range(n)]


def share_row(name: str, numerator: int, n: int, href: str = "") -> Share:
    if not n:
        return Share(name, 0)
    low, high = wilson(numerator, n)
    return Share(name, n, numerator, 100 * numerator / n, 100 * low, 100 * high, href=href)


def bullet_row(name: str, kept: int, n: int, goal: float | None = 90, href: str = "") -> Bullet:
    told = share_row(name, kept, n)
    return Bullet(name, n, n - kept, told.value, told.low, told.high, goal, "4 h", href=href)


def stacks(n: int, series: tuple[str, ...], times: int = 1, href: str = "") -> StackedDays:
    rows = (
        Stack(day, tuple(times * (7 + place % 5 + 3 * one) for one in range(len(series))), place == n - 1, href)
        for place, day in enumerate(days(n))
    )
    return StackedDays("Tickets", series, tuple(rows))


def of_every_chart(
    *, n: int, name: str = "Chat", times: int = 1, href: str = "", zero: bool = False, empty: bool = False
) -> Mapping[str, Make]:
    """Each chart with `n` columns or rows; `zero` counts nothing, `empty` has no numbers at all."""
    whens, some = days(n), 0 if zero else 60 * times
    none = None if empty else some
    level = None if empty or zero else 60.0 * times
    names = [f"{name} {place}" if n > 1 else name for place in range(n)]
    kept = some * 3 // 4
    shares = tuple(share_row(one, kept, some, href) for one in names)
    spells = tuple(Spell(day, some, level, level, level, href=href) for day in whens)
    cell = None if empty else float(some)
    return {
        "stacked_days": lambda said: stacked_days(
            StackedDays(name, (name, "E-mail"), tuple(Stack(day, (none, none), href=href) for day in whens)), said
        ),
        "duration_band": lambda said: duration_band(
            DurationBand(name, spells, target=600),
            said,
        ),
        "created_and_resolved": lambda said: created_and_resolved(
            CreatedAndResolved(name, tuple(Flow(day, none, none, none, href=href) for day in whens)), said
        ),
        "share_whiskers": lambda said: share_whiskers(
            ShareWhiskers(name, shares, share_row("All", kept * n, some * n), 85, "positive"), said
        ),
        "three_parts": lambda said: three_parts(
            ThreeParts(name, "nps", tuple(Parts(one, some, some, some, 0.0, -9, 9, href) for one in names)), said
        ),
        "target_bullets": lambda said: target_bullets(
            TargetBullets(name, tuple(bullet_row(one, kept, some, 90, href) for one in names)), said
        ),
        "mix_and_rate": lambda said: mix_and_rate(
            MixAndRate(name, some, some, tuple(Effect(one, "mix", some * 0.01) for one in names)), said
        ),
        "sparkline": lambda said: sparkline(Sparkline(name, tuple(SparkPoint(day, none, some) for day in whens)), said),
        "heat_table": lambda said: heat_table(
            HeatTable(name, "Europe/Zagreb", ((cell,) * 24,) * 7, ((href,) * 24,) * 7), said
        ),
        "survey_funnel": lambda said: survey_funnel(
            SurveyFunnel(name, some, some, some, none, none, some, sent_href=href, given_href=href), said
        ),
    }


CHARTS = tuple(of_every_chart(n=1))
