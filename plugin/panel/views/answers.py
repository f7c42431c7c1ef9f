"""The page Answers: every answer to a survey, newest first, with its comment, and whether it counts or why not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from integrations.times import instant_of_iso
from plugin.panel.access.house import House
from plugin.panel.charts.picture import Picture
from plugin.panel.views import follow_ups
from plugin.panel.views.asked import Asked
from plugin.panel.views.controls import Choice
from plugin.panel.views.figures import Shown, shown
from plugin.panel.views.names import upright
from plugin.panel.views.sight import Sight, Ticket
from plugin.panel.views.survey_steps import FIGURES, are_kept, of_slice, survey_report, survey_steps
from workers import answer_list, wording
from workers.accounts import Account
from workers.cuts import BadReport
from workers.metrics.answers import scale_of
from workers.metrics.sides import Side, side_of
from workers.rules import Rules
from workers.runtime import Runtime
from workers.store.answer_pages import Spot
from workers.surveys import judging
from workers.surveys.suspicion import MARK
from workers.surveys.wording import why_doubted
from workers.wording.language import Language, mark

JSON = Mapping[str, Any]

KINDS: Final = {"csat": "CSAT", "ces": "CES", "nps": "NPS"}
#: What to show of the answers, as the address has it.
SHOWN: Final[Mapping[str, str]] = {
    "": mark("All answers"),
    "negative": mark("Negative ones"),
    "comments": mark("With a comment"),
    "out": mark("Not counted"),
}
_PAGE: Final = 40
_READ: Final = 500
#: So many answers are looked through for those that are asked for, then the next page goes on.
_MOST_READ: Final = 3000

#: Why an answer does not count.
_REASONS: Final[Mapping[str, str]] = {
    answer_list.INVALIDATED: mark("Taken back in the desk"),
    answer_list.REPLACED: mark("Replaced by a later answer"),
    answer_list.REPEATED: mark("The same answer once more"),
    "spam": mark("The ticket is spam"),
    "incomplete": mark("The ticket is not known completely"),
    "channel": mark("The channel is not counted"),
    "department": mark("The department is not counted"),
    "tag": mark("A tag of the ticket is not counted"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as people read it; `side` is negative, neutral, positive or '' where its scale has no sides."""

    ticket: Ticket
    moment: str
    kind: str
    score: str
    side: str
    side_word: str
    comment: str
    where: str
    out: str
    survey: str
    kind_code: str
    judged: str  #: what a lead may do: `doubt` one that counts, `restore` one that was taken back or is doubted
    follow_up: str = ""


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """The page: what the answers come to, those of this page, and where the next one begins ('' after the last)."""

    figures: tuple[Shown, ...] = ()
    steps: Picture | None = None
    answers: tuple[Given, ...] = ()
    kinds: tuple[Choice, ...] = ()
    shown: tuple[Choice, ...] = ()
    next: str = ""
    note: str = ""
    refused: str = ""


def answers_page(sight: Sight, asked: Asked, *, kind: str, show: str, after: str) -> AnswersPage:
    """Everything of the page, from one snapshot."""
    language = sight.language
    try:
        found = survey_report(sight, asked)
    except BadReport as error:
        return AnswersPage(refused=str(error))
    of = {**({"kind": kind} if kind in KINDS else {}), **of_slice(asked)}
    picked, last = _picked(sight, asked, of, _chosen(show, sight.account.rules), _spot(after))
    followed = follow_ups.states(sight, asked.period) if picked else {}
    return AnswersPage(
        figures=tuple(_figures(sight, asked, found)),
        steps=survey_steps(sight, asked, found["total"]),
        answers=tuple(given(sight, each, followed) for each in picked),
        kinds=tuple(Choice(name, label, name == kind) for name, label in {"": language.say("All"), **KINDS}.items()),
        shown=tuple(Choice(name, language.say(label), name == show) for name, label in SHOWN.items()),
        next=_cursor(last) if last else "",
        note=_note(language, asked),
    )


def _figures(sight: Sight, asked: Asked, found: JSON) -> Iterator[Shown]:
    for name in FIGURES:
        figure, before = found["total"][name], found["total_previous"][name]
        if figure["n"] or before["n"]:
            yield shown(sight.language, name, figure, before if sight.knows(asked.before) else None)


def _note(language: Language, asked: Asked) -> str:
    if are_kept(asked):
        return ""
    return language.say("The figures are of this slice; the list shows the answers of all tickets.")


def _picked(
    sight: Sight, asked: Asked, of: Mapping[str, str], wanted: Callable[[JSON], bool], before: Spot | None
) -> tuple[list[JSON], Spot | None]:
    """One page of what is wanted, and the spot of the last answer that was looked at when there may be more."""
    picked: list[JSON] = []
    spot = before
    for read, (spot, row) in enumerate(_all(sight, asked, of, before), start=1):
        if wanted(row):
            picked.append(row)
        if len(picked) == _PAGE or read == _MOST_READ:
            return picked, spot
    return picked, None


def _all(sight: Sight, asked: Asked, of: Mapping[str, str], before: Spot | None) -> Iterator[tuple[Spot, JSON]]:
    days = (asked.period.first, asked.period.last)
    while True:
        rows = answer_list.newest(sight.connection, sight.account.slug, days=days, of=of, before=before, limit=_READ)
        yield from rows
        if len(rows) < _READ:
            return
        before = rows[-1][0]


def _chosen(show: str, rules: Rules) -> Callable[[JSON], bool]:
    if show == "negative":
        return lambda row: side(row, rules) == "negative" and row["counted"]
    if show == "comments":
        return lambda row: bool(row["comment"])
    return (lambda row: not row["counted"]) if show == "out" else (lambda _: True)


def side(row: JSON, rules: Rules) -> Side:
    """On which side of its scale an answer is, as the account reads the scale; '' where it has none."""
    scale = scale_of(row["kind"], row["low"], row["high"], row["direction"], rules)
    return side_of(row["kind"], row["score"], scale)


def given(sight: Sight, row: JSON, followed: Mapping[tuple[str, str], str]) -> Given:
    """An answer as people read it; `row` is one of `answer_list`, `followed` says who was contacted."""
    language, end = sight.language, side(row, sight.account.rules)
    numbers = {name: language.number(row[name]) for name in ("score", "low", "high")}
    words = {
        "negative": language.say("negative"),
        "neutral": language.say("neutral"),
        "positive": language.say("positive"),
    }
    return Given(
        ticket=sight.ticket(row["ticket"]),
        moment=language.moment(instant_of_iso(row["at"]), sight.account.rules.zone),
        kind=KINDS[row["kind"]],
        score=language.say("{score} on {low} to {high}", **numbers),
        side=end,
        side_word=words.get(end, ""),
        comment=upright(row["comment"] or ""),
        where=" · ".join(_where(sight, row)),
        out=_out(language, row["reason"]),
        survey=row["survey"],
        kind_code=row["kind"],
        judged="doubt" if row["counted"] else "" if row["valid"] else "restore",
        follow_up=followed.get((row["ticket"], row["kind"]), "") if row["counted"] and end == "negative" else "",
    )


def _where(sight: Sight, row: JSON) -> Iterator[str]:
    yield wording.channel(row["channel"], sight.language)
    for kind in ("department", "agent"):
        if row[kind]:
            yield sight.names.of(kind, row[kind])
    if row["touchpoint"]:
        yield upright(row["touchpoint"])


def _out(language: Language, reason: str) -> str:
    if not reason:
        return ""
    if reason.startswith(MARK):
        return why_doubted(reason, language)
    return language.say(_REASONS[reason]) if reason in _REASONS else reason.replace("_", " ")


def judge(house: House, account: Account, sent: Mapping[str, str]) -> None:
    """Let an answer count again, or no more; GiveUp where there is nothing to do."""
    runtime = Runtime(house.settings, house.database, house.vault, clock=house.clock)
    act = judging.restore if sent.get("judged") == "restore" else judging.invalidate
    act(
        runtime,
        account.slug,
        ticket=sent.get("ticket", ""),
        kind=sent.get("kind", ""),
        survey=sent.get("survey", ""),
    )


def _cursor(spot: Spot) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(tuple(spot))).decode().rstrip("=")


def _spot(cursor: str) -> Spot | None:
    """The spot that a cursor of ours says; None for any other text."""
    try:
        day, at, *texts = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
        ticket, kind, survey, touchpoint = texts
    except (ValueError, TypeError, binascii.Error):
        return None
    if not all(type(number) is int and abs(number) < 2**60 for number in (day, at)):  # True is one to isinstance
        return None
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        return None
    return Spot(day, at, ticket, kind, survey, touchpoint)
