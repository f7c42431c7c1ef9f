"""The story of a day holds everything that it is told for, in the short day too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import get_args

import pytest

from integrations.registry import DESK_NAMES
from tests.desks.day import FEW, MANY
from tests.desks.day_story import Move, Survey, Tells, What, story

EVERYTHING = Tells(
    channels=("email", "web_form", "chat", "messaging", "voice"),
    survey=Survey((1, 5), scores=(1, 2, 3, 4, 5), low=frozenset({1, 2})),
    bots=True,
    merges=True,
    contacts=frozenset({"voice"}),
)


def lives(moves: Sequence[Move]) -> dict[str, list[Move]]:
    """The moves of each ticket."""
    return {ticket: [move for move in moves if move.ticket == ticket] for ticket in {move.ticket for move in moves}}


@pytest.mark.parametrize("tickets", [FEW, MANY])
class TestStory:
    def test_everything_that_can_happen_happens(self, tickets: int) -> None:
        moves = story(EVERYTHING, tickets)
        assert {move.what for move in moves} == set(get_args(What))
        assert {move.by for move in moves if move.what == "reply"} == {"customer", "agent", "bot"}
        assert {move.by for move in moves if move.what == "hang_up"} == {"customer", "agent"}
        assert sum(move.what == "open" for move in moves) == tickets

    def test_some_customers_answer_twice_and_some_answers_are_low(self, tickets: int) -> None:
        moves = [move for move in story(EVERYTHING, tickets) if move.what == "rate"]
        assert set(Counter(move.ticket for move in moves).values()) == {1, 2}
        assert {move.score <= 2 for move in moves} == {True, False}

    def test_nobody_passes_a_ticket_on_before_it_was_answered_and_nobody_twice(self, tickets: int) -> None:
        for moves in lives(story(EVERYTHING, tickets)).values():
            words = [move.what for move in moves]
            assert words.count("transfer") <= 1
            assert "transfer" not in words or "reply" in words[: words.index("transfer")]

    def test_no_two_things_happen_at_once_and_the_same_seed_tells_the_same(self, tickets: int) -> None:
        moves = story(EVERYTHING, tickets)
        assert len({move.at for move in moves}) == len(moves)
        assert moves == story(EVERYTHING, tickets)
        assert moves != story(EVERYTHING, tickets, seed=22)


@pytest.mark.parametrize("name", DESK_NAMES)
def test_even_the_short_day_of_a_desk_holds_all_that_the_desk_can_tell(name: str) -> None:
    place = "tests.desks.test_generic_day" if name == "generic" else f"tests.desks.{name}.test_day"
    tells: Tells = import_module(place).TestDay.tells
    sometimes: dict[What, object] = {
        "note": tells.notes, "merge": tells.merges, "transfer": tells.transfers, "rate": tells.survey,
        "pick_up": tells.contacts, "hang_up": tells.contacts, "hand_over": tells.bots,
    }  # fmt: skip
    expected = {what for what in get_args(What) if sometimes.get(what, True)}
    assert {move.what for move in story(tells, FEW)} == expected


def test_a_desk_that_can_tell_little_is_told_about_little() -> None:
    moves = story(Tells(channels=("email",), notes=False, transfers=False), FEW)
    assert {move.what for move in moves} == {"open", "assign", "reply", "resolve", "reopen"}
