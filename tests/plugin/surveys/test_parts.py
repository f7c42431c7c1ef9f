"""The form's mark, the memory of opens, and the words of a question, for whatever they are given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import HOUR, MINUTE
from plugin.surveys import forms
from plugin.surveys.last_scores import LastScores
from plugin.surveys.opens import Opens
from plugin.surveys.words import name_of, question
from tests.workers.surveys.accounts_at_hand import NOW
from workers.links import SurveyLink
from workers.surveys.settings import POINTS, AskRule
from workers.surveys.suspicion import Open
from workers.wording.language import LANGUAGES, language

KEYS = (b"the newest key", b"the one before")
MOMENTS = st.integers(0, 10**16)


class TestTheMark:
    @given(st.text(max_size=30), MOMENTS, MOMENTS)
    def test_it_says_when_the_form_was_made(self, token: str, made: int, later: int) -> None:
        given_mark = forms.mark(token, KEYS, now=made)
        assert forms.made_at(token, KEYS, given_mark, now=made + later) == made
        assert forms.made_at(token, KEYS[::-1], given_mark, now=made) == made

    @given(st.text(max_size=30), MOMENTS)
    def test_it_holds_for_its_link_its_key_and_not_before_it_was_made(self, token: str, made: int) -> None:
        given_mark = forms.mark(token, KEYS, now=made)
        assert forms.made_at(token + "x", KEYS, given_mark, now=made) is None
        assert forms.made_at(token, KEYS[1:], given_mark, now=made) is None
        assert forms.made_at(token, KEYS, given_mark, now=made - 1) is None

    @given(st.text(max_size=60))
    def test_what_is_invented_is_none_and_nothing_fails(self, invented: str) -> None:
        assert forms.made_at("token", KEYS, invented, now=NOW) is None

    @given(st.dictionaries(st.sampled_from(["form", "score", "comment", "step"]), st.text(max_size=80)))
    def test_whatever_is_sent_is_read(self, sent: dict[str, str]) -> None:
        found = forms.filled(sent, "token", KEYS, now=NOW)
        assert found.score is None or 0 <= found.score <= 99
        assert found.comment is None or found.comment == found.comment.strip()
        assert found.content == forms.filled(sent, "token", KEYS, now=NOW + 1).content

    def test_another_answer_another_comment_and_another_form_are_other_contents(self) -> None:
        sent = [{}, {"score": "1"}, {"score": "2"}, {"score": "1", "comment": "x"}, {"score": "1", "form": "y"}]
        found = {forms.filled(one, token, KEYS, now=NOW).content for one in sent for token in ("a", "b")}
        assert len(found) == 10


class TestOpens:
    def test_a_link_remembers_its_last_twenty_of_an_hour(self) -> None:
        opens = Opens()
        for number in range(30):
            opens.add("a", Open(NOW + number * MINUTE, "GET"))
        found = opens.of("a", now=NOW + 29 * MINUTE)
        assert [one.at for one in found] == [NOW + number * MINUTE for number in range(10, 30)]
        assert len(opens.of("a", now=NOW + 70 * MINUTE)) == 20
        assert opens.of("a", now=NOW + 3 * HOUR) == ()

    def test_only_the_links_used_last_are_remembered(self) -> None:
        opens = Opens(most=2)
        for token in ("a", "b", "a", "c"):
            opens.add(token, Open(NOW, "GET"))
        assert {token: len(opens.of(token, now=NOW)) for token in "abc"} == {"a": 2, "b": 0, "c": 1}


class TestLastScores:
    def test_a_score_holds_until_another_one_comes(self) -> None:
        scores = LastScores()
        moments = [scores.since("a", score, now=NOW + place) for place, score in enumerate((5, 5, 2, 5, 5))]
        assert [moment - NOW for moment in moments] == [0, 0, 2, 3, 3]
        assert scores.since("b", 5, now=NOW + 9) == NOW + 9

    def test_only_the_links_used_last_are_remembered(self) -> None:
        scores = LastScores(most=2)
        for token in ("a", "b", "a", "c"):
            scores.since(token, 5, now=NOW)
        assert {token: scores.since(token, 5, now=NOW + 1) - NOW for token in "ac"} == {"a": 0, "c": 0}
        assert scores.since("b", 5, now=NOW + 1) == NOW + 1


def link(kind: str, points: int, *, low: int = 1, direction: str = "easy") -> SurveyLink:
    scale = (low, low + points - 1)
    return SurveyLink(account="a", ticket="t", kind=kind, scale=scale, asked_at=NOW, direction=direction)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("points", POINTS)
@pytest.mark.parametrize(("kind", "direction"), [("csat", "easy"), ("ces", "easy"), ("ces", "effort")])
def test_every_scale_of_every_kind_is_asked_in_every_language(
    kind: str, direction: str, points: int, code: str
) -> None:
    asked_link = link(kind, points, direction=direction)
    asked = question(asked_link, AskRule(kind=kind, scale=asked_link.scale), language(code), chosen=2)
    assert [option.score for option in asked.options] == list(range(1, points + 1))
    assert asked.in_words is (points <= 3)
    assert asked.options[0].word
    assert asked.options[-1].word
    assert asked.chosen == asked.options[1]
    assert len({name_of(option.score, asked_link, language(code)) for option in asked.options}) == points
