"""Row by row: what each letter of LiveAgent makes of a message, a ticket and a rating."""

from __future__ import annotations

import pytest

from integrations.liveagent import mapping
from integrations.liveagent.messages import Said, said_in
from integrations.liveagent.payloads import Group, Message, Rank
from integrations.liveagent.people import People
from integrations.liveagent.ratings import answers_of
from integrations.liveagent.unread import UNREAD
from tests.desks.liveagent.world import ZAGREB

PEOPLE = People(frozenset({"ag1"}), author="ag9")
NOON = "2026-06-10 12:00:00"

#: Group → who a stranger is, whether the customer sees it, its channel; a group of which no text counts is absent.
GROUPS: dict[str, tuple[str, bool, str | None]] = {
    "3": ("customer", True, "email"), "4": ("agent", True, "email"), "5": ("customer", True, "web_form"),
    "M": ("customer", True, None), "7": ("customer", True, None), "C": ("customer", True, "chat"),
    "6": ("customer", True, "messaging"), "F": ("customer", True, "social"), "W": ("customer", True, "social"),
    "Y": ("customer", True, "social"), "A": ("customer", True, None), "K": ("customer", True, None),
    "O": ("agent", False, None), "Q": ("system", False, None), "I": ("agent", False, None),
    "U": ("agent", False, None), "Z": ("agent", False, None), "H": ("customer", True, None),
    "E": ("customer", True, None), "D": ("customer", True, None), "N": ("customer", True, None),
}  # fmt: skip
SILENT = "PV1STRJXBGL2"
CHANNELS = {
    "E": "email", "B": "chat", "I": "chat", "M": "web_form", "C": "voice", "W": "voice", "V": "voice", "1": "voice",
    "F": "social", "A": "messaging", "T": "social", "Q": "forum", "S": "suggestion",
}  # fmt: skip


def said(type_: str | None, user: str | None, *messages: str, status: str = "V") -> list[Said]:
    """What is said in one group of such messages, all by one user."""
    told = tuple(Message(f"m{number}", NOON, user, kind, "…") for number, kind in enumerate(messages or ("M",)))
    return list(said_in([Group("g", NOON, type=type_, status=status, messages=told)], PEOPLE, ZAGREB))


def test_the_tables_of_this_module_have_a_row_for_every_letter() -> None:
    assert GROUPS.keys() | set(SILENT) == mapping.GROUP.keys()
    assert CHANNELS.keys() == mapping.CHANNEL.keys()


@pytest.mark.parametrize("letter", GROUPS)
def test_a_text_of_somebody_unknown_is_by_whom_its_group_is_for(letter: str) -> None:
    (one,) = said(letter, "stranger")
    assert (one.by, one.public, one.channel) == GROUPS[letter]
    assert not one.auto


@pytest.mark.parametrize("letter", GROUPS)
def test_a_text_of_an_agent_is_an_agents_in_every_group(letter: str) -> None:
    (one,) = said(letter, "ag1")
    assert (one.by, one.author, one.public) == ("agent", "ag1", GROUPS[letter][1])


@pytest.mark.parametrize("letter", GROUPS)
def test_a_text_of_liveagent_itself_is_automatic_where_the_customer_sees_it(letter: str) -> None:
    (one,) = said(letter, "system00")
    assert (one.by, one.author, one.auto) == ("system", None, GROUPS[letter][1])


@pytest.mark.parametrize("letter", SILENT)
def test_in_a_group_that_is_no_conversation_only_notes_count(letter: str) -> None:
    assert said(letter, "stranger", "M", "F", "Y") == []
    assert [(one.by, one.public) for one in said(letter, "ag1", "M", "N")] == [("agent", False)]


@pytest.mark.parametrize("letter", [*GROUPS, *SILENT])
@pytest.mark.parametrize("status", ["D", "S"])
def test_nothing_counts_in_a_group_that_was_deleted_or_split_off(letter: str, status: str) -> None:
    assert said(letter, "ag1", "M", "N", status=status) == []


@pytest.mark.parametrize("letter", [*GROUPS, *SILENT])
def test_what_the_plugins_own_user_writes_counts_in_no_group(letter: str) -> None:
    assert said(letter, "ag9", "M", "N", "F") == []


@pytest.mark.parametrize(("kind", "count"), [("M", 1), ("Y", 1), ("F", 1), ("Z", 1), ("N", 1), ("I", 1)])
def test_each_kind_of_words_is_a_message(kind: str, count: int) -> None:
    assert len(said("C", "stranger", kind)) == count
    assert said("C", "stranger", kind)[0].public == (kind not in "NI")


@pytest.mark.parametrize("kind", [letter for letter in mapping.MESSAGE if letter not in "MYFZNI"])
def test_furniture_is_no_message(kind: str) -> None:
    assert said("C", "stranger", kind) == []


@pytest.mark.parametrize("type_", ["?", "", None, "33"])
def test_a_group_of_an_unknown_type_is_told_by_who_wrote_it_and_counted(type_: str | None) -> None:
    UNREAD.clear()
    assert [one.by for user in ("stranger", "ag1") for one in said(type_, user)] == ["customer", "agent"]
    assert UNREAD


@pytest.mark.parametrize(
    ("messages", "letter", "chat"),
    [("FF", 1, 2), ("MFF", 1, 3), ("MM", 2, 2), ("FZ", 1, 2), ("NF", 2, 2), ("NMF", 2, 3), ("E", 0, 0)],
)
def test_files_are_part_of_a_letter_and_messages_of_a_chat(messages: str, letter: int, chat: int) -> None:
    assert len(said("3", "stranger", *messages)) == letter
    assert len(said("C", "stranger", *messages)) == chat


@pytest.mark.parametrize("letter", CHANNELS)
def test_a_channel_letter_is_its_word(letter: str) -> None:
    assert mapping.channel_of(letter, []) == CHANNELS[letter]
    assert mapping.channel_of(letter, ["1"]) == "internal"
    assert mapping.channel_of(letter, [], {letter: "in_person"}) == "in_person"


@pytest.mark.parametrize("letter", GROUPS)
def test_without_a_letter_the_first_conversation_tells_the_channel(letter: str) -> None:
    flow = mapping.GROUP[letter].flow
    expected = "internal" if flow == "aside" else GROUPS[letter][2]
    assert mapping.channel_of(None, ["S", "T", letter, "C"]) == expected


@pytest.mark.parametrize("letter", [*GROUPS, *SILENT])
def test_a_letter_that_nobody_knows_stays_visible_unless_the_group_is_its_own_channel(letter: str) -> None:
    expected = {"6": "messaging", "F": "social", "W": "social", "Y": "social", "1": "internal"}
    assert mapping.channel_of("9", [letter]) == expected.get(letter, "liveagent-9")


@pytest.mark.parametrize("word", mapping.RANKING)
def test_each_word_for_a_rating_is_one_score_in_any_case(word: str) -> None:
    scores = {
        answer.data["score"]
        for spelt in (word, word.upper(), f" {word} ")
        for answer in answers_of([Rank("t1", NOON, type=spelt)], {}, ZAGREB)
    }
    assert scores == {{"positive": 3, "neutral": 2, "negative": 1}[mapping.RANKING[word]]}


@pytest.mark.parametrize("word", mapping.VALIDITY)
def test_each_word_for_validity_keeps_or_takes_back(word: str) -> None:
    told = [one.type for one in answers_of([Rank("t1", NOON, type="R", validity=word.upper())], {}, ZAGREB)]
    assert ("survey.invalidated" in told) is (not mapping.VALIDITY[word])
    assert told[0] == "survey.answered"


@pytest.mark.parametrize(
    ("user", "flow", "role"),
    [("system00", "out", "system"), ("ag1", "in", "agent"), ("ag9", "third", "agent"), ("x", "third", "system"),
     ("x", "out", "agent"), ("x", "aside", "agent"), ("x", "in", "customer"), ("x", "talk", "customer"),
     (None, "in", "customer"), (None, "out", "agent")],
)  # fmt: skip
def test_who_somebody_is_goes_before_what_the_group_is_for(user: str | None, flow: str, role: str) -> None:
    assert PEOPLE.role(user, flow) == role
