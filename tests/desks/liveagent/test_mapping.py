"""The tables hold every word that LiveAgent documents, and what is in none is counted and kept visible."""

from __future__ import annotations

import logging

import pytest

from integrations.events import CHANNELS, STATUSES
from integrations.liveagent import mapping
from integrations.liveagent.unread import UNREAD, note_unread

#: As printed in the v3 client's models.
STATUS_LETTERS = "INTPRXBACWL"
CHANNEL_LETTERS = "EBMICWFATQS"
GROUP_LETTERS = "MCPV1IUZSTRJXBGFWYAKOQL234567HEDN"
MESSAGE_LETTERS = "MYQIFTEDHRSUGV1NLZAOJBWPCKX0234560"


@pytest.fixture(autouse=True)
def nothing_unread() -> None:
    UNREAD.clear()


@pytest.mark.parametrize("letter", STATUS_LETTERS)
def test_every_documented_status_is_one_of_ours(letter: str) -> None:
    assert mapping.status_of(letter) in STATUSES
    assert not UNREAD


@pytest.mark.parametrize(
    ("letter", "ours"),
    [("N", "new"), ("C", "open"), ("T", "open"), ("P", "open"), ("I", "open"), ("A", "pending"), ("W", "on_hold"),
     ("R", "resolved"), ("L", "closed"), ("X", "deleted"), ("B", "spam")],
)  # fmt: skip
def test_a_status_is_the_word_that_the_design_gives_it(letter: str, ours: str) -> None:
    assert mapping.status_of(letter) == ours


@pytest.mark.parametrize("letter", CHANNEL_LETTERS)
def test_every_documented_channel_is_known(letter: str) -> None:
    channel = mapping.channel_of(letter, [])
    assert channel in (*CHANNELS, "forum", "suggestion")
    assert not UNREAD


@pytest.mark.parametrize("letter", GROUP_LETTERS)
def test_every_documented_message_group_is_known(letter: str) -> None:
    channel = mapping.group_kind(letter).channel
    assert channel is None or channel in CHANNELS
    assert not UNREAD


@pytest.mark.parametrize("letter", MESSAGE_LETTERS)
def test_every_documented_message_is_known(letter: str) -> None:
    assert mapping.message_kind(letter) in ("text", "attachment", "note", "rating", "none")
    assert not UNREAD


def test_only_what_people_say_is_a_message() -> None:
    said = {letter for letter in MESSAGE_LETTERS if mapping.message_kind(letter) != "none"}
    assert said == set("MYFZNIWP")


@pytest.mark.parametrize(
    ("code", "groups", "channel"),
    [
        ("E", ["3"], "email"),
        ("B", ["C", "4"], "chat"),
        ("C", ["P"], "voice"),
        ("C", ["1"], "internal"),
        (None, ["6"], "messaging"),
        (None, ["S", "3"], "email"),
        (None, ["I"], "internal"),
        (None, ["7"], None),
        (None, [], None),
        ("9", ["6"], "messaging"),
        ("9", ["3"], "liveagent-9"),
        ("F", ["F"], "social"),
        ("A", ["F"], "messaging"),
    ],
)
def test_the_channel_is_told_by_the_ticket_else_by_its_first_group(
    code: str | None, groups: list[str], channel: str | None
) -> None:
    assert mapping.channel_of(code, groups) == channel


def test_an_account_may_name_the_letters_that_liveagent_does_not_document() -> None:
    assert mapping.channel_of("9", ["3"], {"9": "messaging"}) == "messaging"
    assert mapping.channel_of("8", ["3"], {"9": "messaging"}) == "liveagent-8"
    assert mapping.channel_of("9", ["3"], "nonsense") == "liveagent-9"


@pytest.mark.parametrize(
    ("word", "rating"),
    [("W", "positive"), ("R", "positive"), ("reward", "positive"), (" Reward ", "positive"), ("+", "positive"),
     ("P", "negative"), ("punishment", "negative"), ("rebuke", "negative"), ("-", "negative"),
     ("N", "neutral"), ("O", "neutral"), ("neutral", "neutral"), ("ok", "neutral")],
)  # fmt: skip
def test_every_candidate_for_a_rating_type_is_known(word: str, rating: str) -> None:
    assert mapping.rating_of(word) == rating
    assert mapping.SCORE[rating] in range(mapping.SCALE[0], mapping.SCALE[1] + 1)


@pytest.mark.parametrize("word", ["Z", "", None, "positively"])
def test_another_rating_type_is_counted_and_not_an_accident(word: str | None) -> None:
    assert mapping.rating_of(word) is None
    assert mapping.rating_of(word) is None
    assert sum(UNREAD.values()) == 2
    assert next(iter(UNREAD)).startswith("rankingType ")


def test_unknown_letters_are_counted_and_read_as_what_loses_least() -> None:
    assert mapping.status_of("q") is None
    assert mapping.status_of(None) is None
    assert mapping.group_kind("9").flow == "talk"
    assert mapping.message_kind("9") == "none"
    assert sum(UNREAD.values()) == 4


@pytest.mark.parametrize(
    ("word", "valid"), [(None, True), ("Y", True), ("1", True), ("N", False), ("invalidated", False), ("?", True)]
)
def test_a_rating_counts_unless_it_is_said_to_be_invalid(word: str | None, valid: bool) -> None:
    assert mapping.is_valid(word) is valid


def test_an_unread_word_is_logged_once_and_counted_every_time(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            note_unread("ticket status", "q")
    assert UNREAD["ticket status 'q'"] == 3
    assert [record.message.count("'q'") for record in caplog.records] == [1]
