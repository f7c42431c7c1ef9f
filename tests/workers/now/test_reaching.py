"""Who was reached, and whom nobody came back to: pure, from the folded ticket."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from tests.workers.stories import at, created, rules, sent, ticket_of, told
from workers.reaching import last_missed, last_reached, missed_at

BOT = {"bots": {"authors": ["robot"]}}


def call(
    minutes: float, *, answered: float | None = None, ended: float | None = None, contact: str = "c", **data: Any
) -> list[Event]:
    """A call that came in then; `answered` and `ended` are minutes after it."""
    known = {"contact": contact, "media": "voice", "direction": "in", **data}
    outcome = known.pop("outcome", None)
    story = [told("live.queued", minutes, **known)]
    if answered is not None:
        story.append(told("live.answered", minutes + answered, **known))
    if ended is not None:
        story.append(told("live.ended", minutes + ended, **known, **({"outcome": outcome} if outcome else {})))
    return story


def missed(*events: Event, **settings: Any) -> int | None:
    """The minute in which the last contact was missed that nobody came back to."""
    found = last_missed(ticket_of(created(), *events), rules(**settings))
    return None if found is None else round((missed_at(found) - at(0)) / 60_000_000)


class TestMissed:
    @pytest.mark.parametrize("outcome", ["missed", "abandoned", "voicemail"])
    def test_a_call_that_nobody_took_is_to_be_called_back(self, outcome: str) -> None:
        assert missed(*call(10, ended=1, outcome=outcome)) == 11

    def test_one_that_was_taken_or_has_not_ended_is_not(self) -> None:
        assert missed(*call(10, answered=1, ended=5, outcome="handled")) is None
        assert missed(*call(10)) is None

    def test_one_that_was_taken_and_then_dropped_by_the_caller_is_not(self) -> None:
        assert missed(*call(10, answered=1, ended=5, outcome="abandoned")) is None

    @pytest.mark.parametrize("direction", ["out", "internal"])
    def test_our_own_calls_are_nobodys_to_call_back(self, direction: str) -> None:
        assert missed(*call(10, ended=1, outcome="missed", direction=direction)) is None

    def test_who_gave_up_within_ten_seconds_is_not_called_back(self) -> None:
        assert missed(*call(10, ended=9.9 / 60, outcome="abandoned")) is None
        assert missed(*call(10, ended=10 / 60, outcome="abandoned")) == 10

    def test_a_missed_call_is_to_be_called_back_however_short_it_rang(self) -> None:
        assert missed(*call(10, ended=5 / 60, outcome="missed")) == 10

    def test_a_voicemail_counts_although_a_machine_answered(self) -> None:
        assert missed(*call(10, answered=0.2, ended=2, outcome="voicemail")) == 12

    def test_the_last_of_several_is_told(self) -> None:
        first, second = (call(minute, ended=1, outcome="missed", contact=f"c{minute}") for minute in (10, 30))
        assert missed(*second, *first) == 31


class TestComingBack:
    LOST = staticmethod(lambda: call(10, ended=1, outcome="missed"))

    def test_a_public_message_is_coming_back(self) -> None:
        assert missed(*self.LOST(), sent(20)) is None
        assert missed(*self.LOST(), sent(11)) is None

    def test_one_before_it_is_not(self) -> None:
        assert missed(sent(9), *self.LOST()) == 11

    @pytest.mark.parametrize(
        "nothing",
        [
            sent(20, public=False),
            sent(20, auto=True),
            sent(20, author="robot"),
            sent(20, "customer"),
            sent(20, "system"),
        ],
    )
    def test_a_note_a_machine_and_the_customer_are_not(self, nothing: Event) -> None:
        assert missed(*self.LOST(), nothing, **BOT) == 11

    @pytest.mark.parametrize("direction", ["out", "in"])
    def test_a_later_call_that_was_taken_is(self, direction: str) -> None:
        later = call(30, answered=1, ended=4, contact="d", direction=direction, outcome="handled")
        assert missed(*self.LOST(), *later) is None

    @pytest.mark.parametrize(
        "vain",
        [
            call(30, ended=1, contact="d", direction="out", outcome="missed"),
            call(30, answered=1, ended=2, contact="d", direction="out", outcome="voicemail"),
            call(30, answered=1, ended=2, contact="d", direction="internal", outcome="handled"),
            call(30, answered=1, ended=2, contact="d", agent="robot", outcome="handled"),
        ],
        ids=["not taken", "voicemail", "internal", "bot"],
    )
    def test_a_call_that_reached_nobody_is_not(self, vain: list[Event]) -> None:
        assert missed(*self.LOST(), *vain, **BOT) == 11

    def test_when_somebody_was_last_reached_is_the_later_of_both(self) -> None:
        ticket = ticket_of(created(), sent(5), *call(30, answered=1, ended=4), sent(20, public=False))
        assert last_reached(ticket, rules()) == at(31)
        assert last_reached(ticket_of(created(), sent(5, "customer")), rules()) is None


@given(st.permutations([created(), sent(9), *call(10, ended=1, outcome="missed"), *call(5, ended=1, contact="d")]))
def test_the_order_in_which_it_is_told_does_not_matter(events: list[Event]) -> None:
    found = last_missed(ticket_of(*events), rules())
    assert found is not None
    assert (found.contact, missed_at(found)) == ("c", at(11))
