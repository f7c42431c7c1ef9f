"""A person's vote counts; a program's is doubted, for one reason that is told; what is long past doubts nobody."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import MINUTE, SECOND
from tests.workers.surveys.accounts_at_hand import NOW
from workers.surveys.suspicion import REASONS, Evidence, Open, is_prefetch, is_program, suspicion

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
FORM_AT = NOW + 5 * MINUTE
PERSON = Evidence(asked_at=NOW, form_at=FORM_AT, voted_at=FORM_AT + 4 * SECOND, agent=PHONE)


def opened(seconds: float, method: str = "GET", score: int | None = None, *, prefetch: bool = False) -> Open:
    """So many seconds after the form was made."""
    return Open(FORM_AT + int(seconds * SECOND), method, score, prefetch)


def test_somebody_who_opens_the_page_reads_it_and_presses_a_button_is_believed() -> None:
    assert suspicion(replace(PERSON, opens=(opened(0),))) is None
    assert suspicion(PERSON) is None


def test_a_quick_person_is_believed_from_the_first_second_on() -> None:
    assert suspicion(replace(PERSON, voted_at=FORM_AT + SECOND)) is None
    assert suspicion(replace(PERSON, voted_at=FORM_AT + SECOND - 1)) == "too_fast"


def test_a_vote_without_the_form_of_our_page_is_doubted() -> None:
    assert suspicion(replace(PERSON, form_at=None)) == "no_form"


def test_a_vote_before_the_message_can_have_arrived_is_doubted() -> None:
    early = replace(PERSON, form_at=NOW + SECOND, voted_at=NOW + 4 * SECOND)
    assert suspicion(early) == "soon_after_sending"
    assert suspicion(replace(early, voted_at=NOW + 5 * SECOND)) is None


def test_a_scanner_that_opens_every_option_and_presses_the_last_is_doubted() -> None:
    seen = tuple(opened(place / 2 - 2, score=score) for place, score in enumerate([1, 2, 3, 4, 5]))
    assert suspicion(replace(PERSON, opens=seen)) == "several_options"


def test_options_that_a_scanner_opened_an_hour_before_do_not_doubt_the_person_who_comes_later() -> None:
    seen = tuple(opened(-3600 + place, score=score) for place, score in enumerate([1, 2, 3, 4, 5]))
    assert suspicion(replace(PERSON, opens=(*seen, opened(0, score=4)))) is None


def test_one_option_that_is_opened_twice_is_one_option() -> None:
    assert suspicion(replace(PERSON, opens=(opened(-1, score=4), opened(0, score=4), opened(0)))) is None


def test_a_link_that_was_probed_just_before_is_doubted() -> None:
    assert suspicion(replace(PERSON, opens=(opened(-1, "HEAD"), opened(0)))) == "probed"
    assert suspicion(replace(PERSON, opens=(opened(-60, "HEAD"), opened(0)))) is None


def test_a_page_that_the_browser_fetched_ahead_and_a_person_then_looked_at_is_believed() -> None:
    assert suspicion(replace(PERSON, opens=(opened(0, prefetch=True),))) is None
    assert suspicion(replace(PERSON, prefetch=True)) == "prefetch"


@pytest.mark.parametrize(
    "agent",
    ["", " ", "curl/8.5", "python-requests/2.32", "Mozilla/5.0 (compatible; Googlebot/2.1)", "BarracudaCentral",
     "Mozilla/5.0 (X11) HeadlessChrome/130.0", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", "WhatsApp/2"],
)  # fmt: skip
def test_programs_are_known_by_their_name(agent: str) -> None:
    assert is_program(agent)
    assert suspicion(replace(PERSON, agent=agent)) == "scanner"


@pytest.mark.parametrize(
    "agent",
    [PHONE, "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
     "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Opera/9.80 (J2ME/MIDP; Opera Mini)"],
)  # fmt: skip
def test_browsers_of_people_are_not_taken_for_programs(agent: str) -> None:
    assert not is_program(agent)


@pytest.mark.parametrize(
    ("headers", "said"),
    [({"sec-purpose": "prefetch;prerender"}, True), ({"purpose": "prefetch"}, True), ({"x-moz": "prefetch"}, True),
     ({"x-purpose": "preview"}, True), ({}, False), ({"sec-fetch-mode": "navigate"}, False)],
)  # fmt: skip
def test_a_browser_says_that_nobody_looks_yet(headers: dict[str, str], *, said: bool) -> None:
    assert is_prefetch(headers) is said


@given(
    st.builds(
        Evidence,
        asked_at=st.integers(0, 10**16),
        form_at=st.none() | st.integers(0, 10**16),
        voted_at=st.integers(0, 10**16),
        agent=st.text(max_size=400),
        prefetch=st.booleans(),
        opens=st.lists(
            st.builds(
                Open,
                at=st.integers(0, 10**16),
                method=st.sampled_from(["GET", "HEAD"]),
                score=st.none() | st.integers(0, 10),
                prefetch=st.booleans(),
            ),
            max_size=6,
        ).map(tuple),
    )
)
def test_whatever_was_seen_has_one_known_reason_or_none_and_can_be_kept(seen: Evidence) -> None:
    assert suspicion(seen) in {None, *REASONS}
    assert len(orjson.dumps({**seen.json(), "agent": ""})) < 1000
    assert len(str(seen.json()["agent"])) <= 300
