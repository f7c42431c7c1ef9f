"""The same day as canonical events, as a desk without any words of its own would tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from integrations.events import Event, event
from tests.desks.day_story import ELSEWHERE, Move, Survey, Tells


def events_of(moves: Sequence[Move], tells: Tells) -> list[Event]:
    """What happened, in order."""
    asked: set[str] = set()
    found: list[Event] = []
    for move in moves:
        found += _TOLD[move.what](move, tells)
        if move.what == "resolve" and tells.survey and tells.survey.asked and move.ticket not in asked:
            asked.add(move.ticket)
            found.append(event("survey.sent", move.ticket, move.at, **_survey(tells.survey)))
    return found


def _opened(move: Move, tells: Tells) -> Iterator[Event]:
    who: dict[str, Any] = {"by": "customer", "author": move.who}
    yield event("ticket.created", move.ticket, move.at, channel=move.channel, customer=move.who, **who)
    yield _live("queued", move) if move.channel in tells.contacts else _message(move)


def _picked_up(move: Move, _: Tells) -> Iterator[Event]:
    yield _live("answered", move, agent=move.who)


def _hung_up(move: Move, _: Tells) -> Iterator[Event]:
    yield _live("ended", move, outcome="handled" if move.by == "agent" else "abandoned")


def _replied(move: Move, tells: Tells) -> Iterator[Event]:
    yield _message(move)
    status = {"agent": tells.after_agent, "customer": tells.after_customer}.get(move.by)
    if status:
        yield event("status.changed", move.ticket, move.at, status=status)


def _noted(move: Move, _: Tells) -> Iterator[Event]:
    yield _message(move, public=False)


def _assigned(move: Move, _: Tells) -> Iterator[Event]:
    yield event("ticket.assigned", move.ticket, move.at, agent=move.who, by="agent", author=move.who)


def _transferred(move: Move, _: Tells) -> Iterator[Event]:
    yield event("ticket.moved", move.ticket, move.at, department=ELSEWHERE)


def _handed_over(move: Move, _: Tells) -> Iterator[Event]:
    yield event("ticket.handover", move.ticket, move.at)


def _resolved(move: Move, _: Tells) -> Iterator[Event]:
    yield event("status.changed", move.ticket, move.at, status="resolved", by="agent", author=move.who)


def _reopened(move: Move, _: Tells) -> Iterator[Event]:
    yield _message(move)
    yield event("status.changed", move.ticket, move.at, status="open", by="customer", author=move.who)


def _merged(move: Move, _: Tells) -> Iterator[Event]:
    yield event("ticket.merged", move.ticket, move.at, into=move.into)


def _rated(move: Move, tells: Tells) -> Iterator[Event]:
    assert tells.survey is not None
    told = {**_survey(tells.survey), "score": move.score, "comment": move.comment or None, "customer": move.who}
    yield event("survey.answered", move.ticket, move.at, **told)


def _survey(survey: Survey) -> dict[str, Any]:
    return {"kind": survey.kind, "scale": list(survey.scale)}


def _message(move: Move, *, public: bool = True) -> Event:
    return event("message.sent", move.ticket, move.at, by=move.by, author=move.who, public=public)


def _live(what: str, move: Move, **more: Any) -> Event:
    about: dict[str, Any] = {"contact": f"{move.ticket}-1", "media": "voice", "direction": "in"}
    return event(f"live.{what}", move.ticket, move.at, **about, **more)


_TOLD: Final[Mapping[str, Callable[[Move, Tells], Iterator[Event]]]] = {
    "open": _opened, "pick_up": _picked_up, "hang_up": _hung_up, "reply": _replied, "note": _noted,
    "assign": _assigned, "hand_over": _handed_over, "transfer": _transferred, "resolve": _resolved,
    "reopen": _reopened, "merge": _merged, "rate": _rated,
}  # fmt: skip
