"""One whole day in a desk: 200 tickets, 40 in short, through the real door and workers, as it really happened.

A desk's `test_day.py` inherits the day and tells how its simulator plays it:

    class TestDay(DayContract):
        desk = desk_named("zendesk")
        tells = Tells(
            channels=("email", "web_form", "chat"),          # canonical; those that the simulator can open
            survey=Survey((0, 1), scores=(0, 1), low=frozenset({0})),
            merges=True,
            after_agent="pending", after_customer="open",    # what the desk itself does with the status
        )

        def performer(self, clock: Clock) -> Performer:
            return MyPerformer(clock)                        # see day_performer.Performer

`day_story` draws the day from a seed: customers write and call, bots answer first, agents take tickets, reply, write
notes, pass tickets on, resolve, customers write again, rate and think better of it; doubles are merged. `day_run` plays
it in the simulator; 5 % of the calls that the desk posts never arrive, a quarter arrive twice, a tenth hours later
(where the proof does not age), all out of order; workers take in, ask the desk, act, reconcile once in the night, and
tell the summary next morning. `day_events` tells the same day as canonical events to a second account, whole, but for
changes of status that the desk told in a lost call and, having no history, nowhere else.

Then every figure by channel and in total must be that of the second account; in the desk stand exactly one channel
tag a ticket, the score of its last answer, one note where an answer was low and one summary; nothing was asked of the
desk that its documentation does not allow; everything stored agrees with its events; and all of it once more changes
nothing.

A shorter day begins with a credential that is refused until the break: calls are taken in all the same, one line says
what has to be mended, and afterwards everything is as if nothing had been.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from sqlalchemy import select

from integrations.actions import FOLLOW_UP_TAG, channel_tag, is_own_tag
from integrations.base import Desk
from integrations.registry import desk_named
from integrations.times import HOUR
from tests.desks.day_line import paced
from tests.desks.day_performer import WORDS, Performer
from tests.desks.day_run import BREAK, Day, begun
from tests.desks.day_story import MIDNIGHT, ZONE, By, Survey, Tells
from tests.workers.standing import Clock
from workers.accounts import Account
from workers.periods import today
from workers.rebuild import verify
from workers.reports import ReportRequest, report
from workers.settings import Settings
from workers.store import actions, gates, refreshes, schema

__all__ = ["WORDS", "ZONE", "By", "Clock", "DayContract", "Performer", "Survey", "Tells"]

#: A day's tickets, among all tests and among the slow ones.
FEW, MANY = 30, 200
#: Tickets of the day on which a credential expires.
_VERY_FEW = 8
_MARK = "deskpulse:"


class DayContract(ABC):
    """The day of one desk, once on each database."""

    desk: ClassVar[Desk]
    tells: ClassVar[Tells]

    @abstractmethod
    def performer(self, clock: Clock) -> Performer:
        """A fresh simulator with agents and nothing else in it, under this clock, in the zone `day.ZONE`."""

    @pytest.mark.parametrize("tickets", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
    def test_after_a_whole_day_figures_and_desk_are_what_really_happened(
        self, settings: Settings, tickets: int
    ) -> None:
        with paced(), begun(settings, self.desk, self.tells, self.performer, tickets=tickets) as day:
            day.live()
            day.tell()
            _nothing_went_wrong(day)
            assert day.lost
            _is_what_really_happened(day)
            written = written_in(day)
            assert written == _expected(day)
            assert _beside(day) == {}
            assert day.is_silent()
            day.live_again()
            _nothing_went_wrong(day)
            assert day.is_silent()
            assert written_in(day) == written
            _is_what_really_happened(day)

    def test_calls_are_taken_in_while_a_credential_is_refused_and_what_they_ask_for_is_done_afterwards(
        self, settings: Settings
    ) -> None:
        with begun(settings, self.desk, self.tells, self.performer, tickets=_VERY_FEW) as day:
            with paced():
                day.work()
            day.gatekeeper.refuses = True
            day.happen(BREAK)
            for _ in range(3):
                day.look()
                day.clock.nap(60)
            assert _complaints(day) == [(True, True)]
            assert written_in(day) == ({}, {}, {}, 0)
            day.gatekeeper.refuses = False
            day.clock.now = BREAK + HOUR
            with paced():
                day.live_on()
            day.tell()
            _nothing_went_wrong(day)
            _is_what_really_happened(day)
            assert written_in(day) == _expected(day)


def _complaints(day: Day) -> list[tuple[bool, bool]]:
    """Of each desk of which something is wrong: whether it is told in one line, and names what has to be mended."""
    desk = desk_named(day.account.desk)
    names = (*desk.permissions, *(credential.name for credential in desk.credentials), "credentials")
    with day.runtime.database.read() as connection:
        errors = [state.error for state in gates.states(connection, now=day.clock.now) if state.error]
    return [("\n" not in error, any(name in error for name in names)) for error in errors]


def _nothing_went_wrong(day: Day) -> None:
    assert list(day.performer.violations) == []
    with day.runtime.database.read() as connection:
        takes = connection.execute(select(schema.takes.c.outcome, schema.takes.c.error).distinct()).all()
        assert [tuple(take) for take in takes] == [("done", None)]
        assert actions.given_up(connection, day.account.slug) == []
        assert refreshes.given_up(connection, day.account.slug) == []
    for account in (day.account, day.told):
        assert list(verify(day.runtime.database, account)) == []


def _is_what_really_happened(day: Day) -> None:
    different = _differences(_figures(day, day.account), _figures(day, day.told))
    assert different == {}, different


def _figures(day: Day, account: Account) -> dict[str, dict[str, Any]]:
    """Channel → figures of the day and the morning after it; the total under the empty name."""
    first = today(MIDNIGHT, ZONE)
    request = ReportRequest(first, first + 1)
    with day.runtime.database.read() as connection:
        found = report(connection, account, request, now=day.clock.now)
    return {row["channel"]: row["metrics"] for row in found["rows"]} | {"": found["total"]}


def _differences(
    found: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Channel → figure → what was found and what was expected, where they are not the same."""
    different: dict[str, dict[str, tuple[Any, Any]]] = defaultdict(dict)
    for channel in found.keys() | expected.keys():
        here, there = found.get(channel, {}), expected.get(channel, {})
        for name in sorted(here.keys() | there.keys()):
            if here.get(name) != there.get(name):
                different[channel][name] = (here.get(name), there.get(name))
    return dict(different)


#: What Deskpulse wrote: own tags, fields and the number of own notes by the story's ticket; the number of summaries.
_Writing = tuple[dict[str, set[str]], dict[str, dict[str, str]], dict[str, int], int]


def written_in(day: Day) -> _Writing:
    """What stands in the desk, of the tickets that were not merged; on those that were, nothing but what may be."""
    found, merged = day.performer.written(), {move.ticket for move in day.moves if move.what == "merge"}
    names = {id_: ticket for ticket, id_ in day.ids.items() if ticket not in merged}
    tags = {names[id_]: set(filter(is_own_tag, tags)) for id_, tags in found.tags.items() if id_ in names}
    fields = {names[id_]: dict(fields) for id_, fields in found.fields.items() if id_ in names}
    notes = {names[id_]: sum(_MARK in note for note in texts) for id_, texts in found.notes.items() if id_ in names}
    return _filled(tags), _filled(fields), _filled(notes), len(found.summaries)


def _beside(day: Day) -> dict[str, tuple[set[str], int]]:
    """Merged ticket → own tags and notes that it should not have; its channel's tag may have come before the merge."""
    found = day.performer.written()
    channels = {move.ticket: move.channel for move in day.moves if move.what == "open"}
    merged = [move.ticket for move in day.moves if move.what == "merge"]
    beside = {
        ticket: (
            set(filter(is_own_tag, found.tags.get(day.ids[ticket], ()))) - {channel_tag(channels[ticket])},
            sum(_MARK in note for note in found.notes.get(day.ids[ticket], ())),
        )
        for ticket in merged
    }
    return {ticket: more for ticket, more in beside.items() if more != (set(), 0)}


def _expected(day: Day) -> _Writing:
    """What the day asks of the desk, worked out from the story alone."""
    can, survey = desk_named(day.account.desk).capabilities, day.tells.survey
    merged = {move.ticket for move in day.moves if move.what == "merge"}
    opened = {move.ticket: move.channel for move in day.moves if move.what == "open" and move.ticket not in merged}
    tags = {ticket: {channel_tag(channel)} for ticket, channel in opened.items()}
    fields: dict[str, dict[str, str]] = {}
    notes: dict[str, int] = {}
    for ticket, scores in _answers(day).items():
        assert survey is not None
        if can.fields:
            fields[ticket] = {survey.kind: str(scores[-1])}
        else:
            tags[ticket].add(f"deskpulse-{survey.kind}-{scores[-1]}")
        if survey.low.intersection(scores):
            tags[ticket].add(FOLLOW_UP_TAG)
            notes[ticket] = 1
    return (
        _filled(tags) if can.tags else {},
        fields,
        _filled(notes) if can.notes else {},
        int(can.summaries),
    )


def _answers(day: Day) -> Mapping[str, list[int]]:
    """Ticket → the scores that its customer gave, one after another."""
    found: dict[str, list[int]] = defaultdict(list)
    for move in day.moves:
        if move.what == "rate":
            found[move.ticket].append(move.score)
    return found


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value}
