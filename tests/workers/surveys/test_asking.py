"""Who is asked what: once for each thing that is over, not too often, and drawn the same by every worker."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from integrations.times import DAY, HOUR
from tests.workers.stories import answered, at, created, rules, sent, status, ticket_of, told
from workers.rules import check_settings
from workers.surveys import asking
from workers.surveys.asking import ASKED, ASKED_LATELY, NOT_SAMPLED, Ask, Due, due, is_sampled, may_ask_again
from workers.surveys.settings import asking_of

KEY = b"the account's own key"
CSAT: dict[str, Any] = {"surveys": {"csat": {"ask": True}}}
SOLVED = (created(), sent(5), status("resolved", 9))


def chat(ended: float | None = 20, **data: Any) -> tuple[Event, ...]:
    """A chat that an agent took."""
    came = {"contact": "c1", "media": "chat", "direction": "in", **data}
    story = (
        created(channel="chat"),
        told("live.queued", 0, **came),
        told("live.answered", 1, **came, agent="eva"),
    )
    return story if ended is None else (*story, told("live.ended", ended, **came, outcome="handled"))


def found(*events: Event, before: tuple[Ask, ...] = (), since: float = -60, **settings: Any) -> list[Due]:
    """The surveys whose turn it is for the ticket of these events."""
    told_settings = check_settings(settings or CSAT)
    ticket = ticket_of(*events)
    counting = rules(**{name: told_settings[name] for name in ("exclude", "bots") if name in told_settings})
    return list(due(ticket, counting, asking_of(told_settings), before, since=at(since), key=KEY))


def test_a_resolved_ticket_is_asked_after_its_resolution() -> None:
    (one,) = found(*SOLVED)
    assert (one.rule.kind, one.occasion, one.number, one.sampled) == ("csat", (at(9), "after resolution"), 1, True)


def test_a_chat_is_asked_when_it_ends_and_not_about_its_resolution_too() -> None:
    (one,) = found(*chat(), status("resolved", 40))
    assert (one.touchpoint, one.occasion.at) == ("post-chat", at(20))
    dealt_with = (Ask("csat", ASKED, at(21)),)
    assert found(*chat(), status("resolved", 40), before=dealt_with) == []


def test_a_chat_that_nobody_took_is_asked_about_its_resolution_only() -> None:
    missed = told("live.ended", 3, contact="c1", media="chat", direction="in", outcome="missed")
    story = (created(channel="chat"), told("live.queued", 0, contact="c1", media="chat", direction="in"), missed)
    assert found(*story) == []
    (one,) = found(*story, sent(30), status("resolved", 40))
    assert one.touchpoint == "after resolution"


def test_the_accounts_own_word_for_the_touch_point_stands_over_ours() -> None:
    settings: dict[str, Any] = {"surveys": {"csat": {"ask": True, "touchpoint": "onboarding"}}}
    assert [one.touchpoint for one in (*found(*SOLVED, **settings), *found(*chat(), **settings))] == ["onboarding"] * 2


@pytest.mark.parametrize(
    "story",
    [
        (created(), sent(5)),
        (created(), sent(5), status("pending", 9)),
        (created(), sent(5), status("resolved", 9), status("open", 11)),
        (created(), status("resolved", 9)),
        (created(), sent(5, public=False), status("resolved", 9)),
        (created(), sent(5, auto=True), status("resolved", 9)),
        (created(by="agent"), sent(5), status("resolved", 9)),
        (created(channel="internal"), sent(5), status("resolved", 9)),
        (*SOLVED, status("spam", 12)),
        (*SOLVED, status("deleted", 12)),
        (*SOLVED, told("ticket.merged", 12, into="T2")),
        (*SOLVED, told("ticket.tagged", 12, tags=["deskpulse-summary"])),
        SOLVED[1:],
        chat(None),
    ],
    ids=[
        "not over", "waits for the customer", "open again", "nobody answered", "only a private note",
        "only an automatic answer", "we wrote first", "internal", "spam", "deleted", "merged", "our own summary",
        "incomplete", "a chat that goes on",
    ],
)  # fmt: skip
def test_whoever_cannot_judge_is_not_asked(story: tuple[Event, ...]) -> None:
    assert found(*story) == []


def test_what_is_out_of_the_count_is_not_asked() -> None:
    assert found(*SOLVED, **CSAT, exclude={"channels": ["email"]}) == []


def test_only_the_chosen_channels_are_asked() -> None:
    settings: dict[str, Any] = {"surveys": {"csat": {"ask": True, "channels": ["chat"]}}}
    assert found(*SOLVED, **settings) == []
    assert len(found(*chat(), **settings)) == 1


def test_what_was_over_long_ago_is_not_asked_when_something_happens_again() -> None:
    assert found(*SOLVED, since=9)
    assert found(*SOLVED, since=9.1) == []


@pytest.mark.parametrize("outcome", [ASKED, ASKED_LATELY, NOT_SAMPLED])
def test_an_occasion_is_decided_once_whatever_was_decided(outcome: str) -> None:
    assert found(*SOLVED, before=(Ask("csat", outcome, at(9)),)) == []
    assert len(found(*SOLVED, before=(Ask("nps", outcome, at(9)),))) == 1


def test_a_ticket_that_was_opened_again_and_solved_again_is_another_occasion() -> None:
    again = (*SOLVED, status("open", 30), sent(40), status("resolved", 50))
    (one,) = found(*again, before=(Ask("csat", ASKED, at(10)),))
    assert (one.number, one.occasion.at) == (2, at(50))


def test_an_answer_is_no_occasion() -> None:
    assert found(*SOLVED, answered(5, 60), before=(Ask("csat", ASKED, at(10)),)) == []


def test_of_several_kinds_each_has_the_first_turn_for_some_tickets() -> None:
    settings: dict[str, Any] = {"surveys": {kind: {"ask": True} for kind in ("csat", "ces", "nps")}}
    first = []
    for number in range(60):
        story = (created(ticket=f"T{number}"), sent(5, ticket=f"T{number}"), status("resolved", 9, ticket=f"T{number}"))
        drawn = found(*story, **settings)
        assert {one.rule.kind for one in drawn} == {"csat", "ces", "nps"}
        first.append(drawn[0].rule.kind)
    assert min(first.count(kind) for kind in ("csat", "ces", "nps")) >= 8


class TestTheShare:
    @given(st.text(min_size=1), st.sampled_from(["csat", "ces", "nps"]), st.binary(min_size=1))
    def test_everybody_and_nobody_are_what_they_say(self, ticket: str, kind: str, key: bytes) -> None:
        assert is_sampled(key, ticket, kind, 100)
        assert not is_sampled(key, ticket, kind, 0)

    @given(st.text(min_size=1), st.floats(0, 100), st.floats(0, 100))
    def test_a_larger_share_keeps_everybody_of_a_smaller_one(self, ticket: str, one: float, other: float) -> None:
        assert is_sampled(KEY, ticket, "csat", min(one, other)) <= is_sampled(KEY, ticket, "csat", max(one, other))

    def test_it_is_about_what_was_asked_for_and_another_one_in_another_account(self) -> None:
        tickets = [str(number) for number in range(4000)]
        chosen = {ticket for ticket in tickets if is_sampled(KEY, ticket, "csat", 25)}
        assert 900 < len(chosen) < 1100
        others = {ticket for ticket in tickets if is_sampled(b"another account's key", ticket, "csat", 25)}
        assert 180 < len(chosen & others) < 320

    def test_a_ticket_outside_of_it_is_told_apart(self) -> None:
        settings = {**CSAT, "asking": {"share": 0}}
        assert [one.sampled for one in found(*SOLVED, **settings)] == [False]


class TestFatigue:
    def test_whoever_was_never_asked_may_be_asked(self) -> None:
        assert may_ask_again(None, now=at(0), pause=30 * DAY)

    def test_the_pause_is_over_to_the_microsecond(self) -> None:
        assert may_ask_again(at(0), now=at(0) + DAY, pause=DAY)
        assert not may_ask_again(at(0), now=at(0) + DAY - 1, pause=DAY)

    @given(st.lists(st.integers(0, 90 * DAY), max_size=30), st.integers(0, 40))
    def test_whenever_occasions_come_nobody_is_asked_twice_within_the_pause(
        self, moments: list[int], days: int
    ) -> None:
        asked: list[int] = []
        for moment in sorted(moments):
            if may_ask_again(asked[-1] if asked else None, now=moment, pause=days * DAY):
                asked.append(moment)
        assert all(later - earlier >= days * DAY for earlier, later in pairwise(asked))
        assert bool(asked) is bool(moments)
        assert days or len(asked) == len(moments)

    def test_of_a_ticket_only_what_was_asked_counts(self) -> None:
        before = [Ask("csat", ASKED, 5), Ask("ces", ASKED, 9), Ask("nps", ASKED_LATELY, 10 * HOUR)]
        assert asking.last_asked(before) == 9
        assert asking.last_asked(before[2:]) is None
