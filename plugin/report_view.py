"""What the report page shows: finished days beside those before them, and today apart, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from integrations.times import Instant, utc
from workers import wording
from workers.accounts import Account
from workers.periods import date_of, today
from workers.reports import ReportRequest, report
from workers.store import answers, summaries, tickets
from workers.store.answers import GivenAnswer
from workers.store.database import Database
from workers.store.gauges import gauges
from workers.summary_text import content, period_of, without_persons
from workers.wording.language import language

#: The lengths to choose from, in finished days.
PERIODS: Final = (7, 30, 90)

_FIGURES: Final = (
    "ticket_volume", "first_response_time", "resolution_rate", "resolution_rate_24h", "csat", "ces",
)  # fmt: skip
_MOST_ANSWERS: Final = 6
_ENGLISH: Final = language("en")
_GLYPHS: Final = {1: "▲", -1: "▼", 0: "="}

JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: its number, what stands under it, how it differs, and its interval as places from 0 to 100."""

    main: str
    details: tuple[str, ...] = ()
    glyph: str = ""
    difference: str = ""
    whisker: tuple[float, float, float] | None = None  #: low, value, high


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart, in its coordinates."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Tickets a day; `finding` says in a sentence what one sees."""

    bars: tuple[Bar, ...]
    highest: int
    finding: str


def view(database: Database, account: Account, *, days: int, now: Instant) -> dict[str, Any]:
    """Everything the page of an account shows, its figures from one snapshot."""
    this_day = today(now, account.rules.zone)
    with database.read() as connection:
        finished = _report(connection, account, (this_day - days, this_day - 1), "channel", now)
        daily = _report(connection, account, (this_day - days, this_day), "day", now)
        running = _report(connection, account, (this_day, this_day), "channel", now)
        given = answers.newest(connection, account.slug, (this_day - days, this_day))
        agents = [name for (of, _), name in tickets.names_of(connection, account.slug).items() if of == "agent"]
        told = _last_summary(connection, account, now)
    return {
        "account": account.slug,
        "days": days,
        "as_of": _clock(account, now, "%H:%M:%S"),
        "zone": account.rules.zone.key,
        "period": _stretch(finished["from"], finished["to"]),
        "previous": _stretch(finished["previous"]["from"], finished["previous"]["to"]),
        "total": cells(finished["total"], finished["total_previous"]),
        "rows": [
            (wording.channel(row["channel"], _ENGLISH), cells(row["metrics"], row["previous"]))
            for row in finished["rows"]
        ],
        "today": cells(running["total"], None),
        "chart": chart(daily["rows"]),
        "answers": [_answer(account, one, agents) for one in given if one.answer.comment][:_MOST_ANSWERS],
        "summary": told,
        "state": gauges(database, now=now),
        "rebuilding": finished.get("rebuilding"),
    }


def cells(told: JSON, before: JSON | None) -> tuple[Cell, ...]:
    """Tickets, first response, resolved, CSAT and CES; without differences where there is nothing before."""
    return (
        _cell(told, before, "ticket_volume"),
        _response(told, before),
        _resolved(told, before),
        _cell(told, before, "csat"),
        _cell(told, before, "ces"),
    )


def chart(rows: Sequence[JSON]) -> Chart:
    """Bars of tickets a day on a field of 100 by 100; the day that is not over is marked."""
    counts = [row["metrics"]["ticket_volume"]["n"] for row in rows]
    highest, step = max(1, *counts), 100 / len(rows)
    bars = tuple(
        Bar(
            label=wording.iso_day(row["day"], _ENGLISH, weekday=True),
            count=count,
            x=place * step + step * 0.1,
            y=100 - 100 * count / highest,
            width=step * 0.8,
            height=100 * count / highest,
            unfinished=row.get("unfinished", False),
        )
        for place, (row, count) in enumerate(zip(rows, counts, strict=True))
    )
    return Chart(bars, highest, _finding(bars))


def _finding(bars: Sequence[Bar]) -> str:
    over = [bar.count for bar in bars if not bar.unfinished]
    mean = _ENGLISH.number(round(sum(over) / len(over), 1))
    return f"Between {min(over)} and {max(over)} tickets on a finished day, {mean} on average."


def _report(connection: Connection, account: Account, days: tuple[int, int], by: str, now: Instant) -> dict[str, Any]:
    metrics = ("ticket_volume",) if by == "day" else _FIGURES
    return report(connection, account, ReportRequest(*days, by=by, metrics=metrics), now=now)


def _cell(told: JSON, before: JSON | None, name: str) -> Cell:
    figure = told[name]
    return Cell(_main(figure), tuple(_details(figure)), *_compared(told, before, name), whisker=_whisker(figure))


def _response(told: JSON, before: JSON | None) -> Cell:
    figure = told["first_response_time"]
    details = [f"9 in 10 within {_ENGLISH.duration(figure['p90'])}"] if figure.get("p90") else []
    main = _ENGLISH.duration(figure["median"]) if figure["n"] else "–"
    return Cell(main, tuple(details), *_compared(told, before, "first_response_time"))


def _resolved(told: JSON, before: JSON | None) -> Cell:
    """The share solved by now, and the share within 24 hours, which alone compares young tickets with old ones."""
    now, aged = told["resolution_rate"], told["resolution_rate_24h"]
    details = [f"{_ENGLISH.percent(aged['value'])} within 24 hours"] if aged["n"] else []
    return Cell(_main(now), tuple(details), *_compared(told, before, "resolution_rate_24h"))


def _main(figure: JSON) -> str:
    if not figure["n"]:
        return "–"
    if figure["unit"] == "tickets":
        return str(figure["n"])
    if figure["value"] is None:
        return "…" if figure.get("numerator") is None else f"{figure['numerator']} of {figure['denominator']}"
    return _share(figure["value"]) if figure["unit"] == "%" else _ENGLISH.number(figure["value"])


def _share(value: float) -> str:
    """Whole per cent, but never all or none where it is not."""
    whole = f"{value:.0f}%"
    return _ENGLISH.percent(value) if whole in ("0%", "100%") else whole


def _details(figure: JSON) -> Iterator[str]:
    if figure["unit"] == "tickets" or not figure["n"]:
        return
    if figure.get("low") is not None:
        low, high = (f"{figure[end]:.0f}" if figure["unit"] == "%" else _ENGLISH.number(figure[end]) for end in _ENDS)
        yield f"likely {low}–{high}{'%' if figure['unit'] == '%' else ''}"
    answered = "answer" if figure["n"] == 1 else "answers"
    yield f"{figure['n']} {answered}"
    if figure["value"] is None:
        yield figure.get("note", "")


_ENDS: Final = ("low", "high")


def _compared(told: JSON, before: JSON | None, name: str) -> tuple[str, str]:
    if before is None or told[name]["value"] is None or before[name]["value"] is None:
        return "", ""
    found = wording.difference(told[name], before[name], _ENGLISH)
    return _GLYPHS[found.direction or 0], found.text


def _whisker(figure: JSON) -> tuple[float, float, float] | None:
    if figure["unit"] != "%" or figure.get("low") is None or figure["value"] is None:
        return None
    return figure["low"], figure["value"], figure["high"]


def _answer(account: Account, given: GivenAnswer, agents: Sequence[str]) -> dict[str, str]:
    answer = given.answer
    return {
        "at": _clock(account, answer.at, "%-d %b, %H:%M"),
        "ticket": given.ticket,
        "channel": wording.channel(given.channel, _ENGLISH),
        "kind": wording.name(answer.kind, _ENGLISH),
        "score": f"{_ENGLISH.number(answer.score)} on {_ENGLISH.number(answer.low)} to {_ENGLISH.number(answer.high)}",
        "comment": without_persons(answer.comment or "", agents),
    }


def _last_summary(connection: Connection, account: Account, now: Instant) -> dict[str, Any] | None:
    """The last summary the desk has, in the words that its figures give now."""
    told = summaries.latest(connection, account.slug)
    if told is None:
        return None
    found = content(connection, account, told.period, told.day, now=now)
    days = period_of(told.period, told.day)
    return {"title": found.title, "sections": found.sections, "object": told.object_id, "day": date_of(days.last)}


def _stretch(first: str, last: str) -> str:
    start, end = wording.iso_day(first, _ENGLISH), wording.iso_day(last, _ENGLISH)
    year = f" {last[:4]}"
    return f"{start.removesuffix(year)} – {end}"


def _clock(account: Account, moment: Instant, form: str) -> str:
    return utc(moment).astimezone(account.rules.zone).strftime(form)
