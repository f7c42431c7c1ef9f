"""One figure in words: its value, what it rests on, how sure it is, and how it differs from the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workers.metrics import METRIC_OF
from workers.metrics.durations import BUSINESS
from workers.statistics.intervals import FEWEST_FOR_SHARE
from workers.wording import NAMES
from workers.wording.language import Language, mark
from workers.wording.numbers import MINUS

JSON = Mapping[str, Any]

#: What stands where there is no value.
NOTHING: Final = "–"

#: What a change is called, by the kind of its verdict.
_WORDS: Final[Mapping[str, str]] = {
    "better": mark("Clear change for the better"),
    "worse": mark("Clear change for the worse"),
    "higher": mark("Clearly more"),
    "lower": mark("Clearly less"),
    "no clear change": mark("No clear change"),
    "not tested": mark("Differs, not tested"),
    "too few": mark("Too few to compare"),
    "learning": mark("Too little history"),
}
#: Of the kinds that a test calls a change.
_TONES: Final = {"better": "better", "worse": "worse", "higher": "clear", "lower": "clear"}
#: As exactly as differences are written; counts are whole.
_DECIMALS: Final = {"%": 1, "points": 2}
#: The shares next to none and all that one decimal can say.
_HARDLY_ANY: Final = 0.1
_NEARLY_ALL: Final = 99.9
#: Units of what is measured, or a mean. All others count what the figure's own title names.
_MEASURED: Final = frozenset({"s", "%", "points", "transfers"})


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure differs from the one before: the word for it, its size with the interval; the arrow of a clear one.

    `tone` is better, worse, clear (neither good nor bad) or plain.
    """

    word: str
    tone: str = "plain"
    glyph: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as people read it."""

    name: str
    title: str
    main: str
    n: int
    details: tuple[str, ...] = ()
    brief: str = ""  #: the same in one line, for a table
    change: Change | None = None


def title(language: Language, name: str) -> str:
    """What a figure is called."""
    return language.say(NAMES.get(name) or METRIC_OF[name].figures[name])


def shown(language: Language, name: str, figure: JSON, before: JSON | None = None) -> Shown:
    """The figure of that name, as the Report JSON has it, beside the one before where there is one."""
    figure = _honest(figure)
    spread, likely, rest = _spread(language, figure), _likely(language, figure), tuple(_rest(language, figure))
    outside = _outside(language, name, figure)
    return Shown(
        name=name,
        title=title(language, name),
        main=main(language, figure),
        n=figure["n"],
        details=tuple(filter(None, (spread, outside, likely, *rest))),
        brief=" · ".join(filter(None, (spread or likely, *rest[:1]))),
        change=None if before is None else _change(language, figure, before),
    )


def _honest(figure: JSON) -> JSON:
    """Without the value of a share of fewer than five: its counts say what there is to say."""
    few = figure["unit"] == "%" and "low" in figure and (figure.get("denominator") or 0) < FEWEST_FOR_SHARE
    return {**figure, "value": None, "low": None, "high": None} if few else figure


def main(language: Language, figure: JSON) -> str:
    """The value alone; counts where there are too few for a share, 0 of a count; else a dash."""
    if not figure["n"] and not figure["value"]:
        return NOTHING if figure["unit"] in _MEASURED else language.number(0)
    if figure["value"] is not None:
        return plain(language, figure["value"], figure["unit"])
    if figure.get("denominator"):
        return language.say("{part} of {all}", part=figure["numerator"], all=figure["denominator"])
    return "…" if figure.get("parts") else NOTHING


def plain(language: Language, value: float, unit: str) -> str:
    """A value with its unit; whole per cent, but never all or none where it is not."""
    if unit == "s":
        return language.duration(value)
    if unit == "%":
        return language.percent(_per_cent(value))
    return language.number(value)


def _per_cent(value: float) -> float:
    """Whole, or with the decimal that says that it is neither none nor all."""
    if round(value) not in (0, 100) or value in (0, 100):
        return round(value)
    nearly = min(_NEARLY_ALL, max(_HARDLY_ANY, value))
    return nearly if 0 < value < 100 else value


def _spread(language: Language, figure: JSON) -> str:
    """Of a duration: that it is the median, and within what nine in ten are."""
    if figure["unit"] != "s" or figure["value"] is None:
        return ""
    if figure.get("p90") is None:
        return language.say("median")
    return language.say("median; 9 in 10 within {p90}", p90=language.duration(figure["p90"]))


def _outside(language: Language, name: str, figure: JSON) -> str:
    """Of a median of no business time: what that means."""
    if not name.endswith(BUSINESS) or figure["value"] is None or round(figure["value"]):
        return ""
    return language.say("at least half were over before business hours began")


def _likely(language: Language, figure: JSON) -> str:
    unit = figure["unit"]
    if figure["value"] is None or figure.get("low") is None or unit not in _MEASURED:
        return ""
    low, high = (plain(language, figure[end], unit) for end in ("low", "high"))
    return language.say("likely {low} to {high}", low=low, high=high)


def _rest(language: Language, figure: JSON) -> Iterator[str]:
    """What it rests on, what is not decided, and why there is no value."""
    value, few = figure["value"], figure["value"] is None and figure["n"] and figure.get("denominator")
    if few:
        yield language.say("too few for a percentage")
    elif figure["n"] and figure["unit"] in _MEASURED:
        yield _rests_on(language, figure)
    if figure.get("undecided"):
        yield language.say_many("{n} not decided yet", "{n} not decided yet", figure["undecided"])
    for scale, part in (figure.get("parts") or {}).items() if value is None else ():
        yield language.say("on {scale}: {value}", scale=scale, value=main(language, part))


def _rests_on(language: Language, figure: JSON) -> str:
    """What it is a share of, or how many there are."""
    if figure["unit"] == "%" and figure["value"] is not None and figure.get("denominator"):
        counts = {"part": language.number(figure["numerator"]), "all": language.number(figure["denominator"])}
        return language.say("{part} of {all}", **counts)
    return language.say("n = {n}", n=language.number(figure["n"]))


def _change(language: Language, figure: JSON, before: JSON) -> Change | None:
    verdict = figure.get("verdict")
    if verdict is None:
        return None
    kind, difference = verdict["kind"], verdict.get("difference") or 0
    return Change(
        word=_word(language, verdict),
        tone=_TONES.get(kind, "plain"),
        glyph=("▲" if difference > 0 else "▼") if kind in _TONES else "",
        size=_size(language, verdict, figure, before),
    )


def _word(language: Language, verdict: JSON) -> str:
    if verdict["kind"] == "learning":
        have, need = verdict["have"], verdict["need"]
        return language.say("Too little history: {have} of {need}", have=have, need=need)
    return language.say(_WORDS[verdict["kind"]])


def _size(language: Language, verdict: JSON, figure: JSON, before: JSON) -> str:
    """The difference, its interval, and what it is a difference to; a test of volumes has its own idea of that."""
    unit, difference = figure["unit"], verdict.get("difference")
    if difference is None or figure["value"] is None:
        return ""
    is_usual = "alpha" in verdict and unit not in _MEASURED
    earlier = figure["value"] - difference if is_usual else before["value"]
    told = {"by": signed(language, difference, unit), "before": plain(language, _whole(earlier, unit), unit)}
    if verdict.get("low") is None:
        return language.say("{by} from {before}", **told)
    ends = {end: signed(language, verdict[end], unit) for end in ("low", "high")}
    if not is_usual:
        return language.say("{by} from {before}, likely {low} to {high}", **told, **ends)
    return language.say("{by} to the usual {before}, likely {low} to {high}", **told, **ends)


def signed(language: Language, difference: float, unit: str) -> str:
    """A difference with its sign: `+2.5 points`, `−12 min`; whole where things are counted."""
    size = abs(_whole(difference, unit))
    sign = "±" if not round(size, _DECIMALS.get(unit, 0)) else "+" if difference > 0 else MINUS
    return sign + (language.points(size) if unit == "%" else plain(language, size, unit))


def _whole(value: float, unit: str) -> float:
    return value if unit in _MEASURED else round(value)
