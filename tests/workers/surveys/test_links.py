"""A link says exactly what was signed, until its time is over; nothing else opens anything."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import DAY, SECOND
from tests.workers.surveys.accounts_at_hand import NOW, VAULT, account
from workers import links
from workers.links import BadLink, Expired, SurveyLink
from workers.secrets import Vault
from workers.surveys.settings import AFTER_CHAT

KEYS = links.keys_of(VAULT, account())
LINK = SurveyLink(account="acme", ticket="T1", kind="csat", scale=(1, 5), asked_at=NOW)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
SURVEY_LINKS = st.builds(
    SurveyLink,
    account=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    ticket=TEXTS,
    kind=st.sampled_from(["csat", "ces", "nps"]),
    number=st.integers(1, 50),
    scale=st.sampled_from([(0, 1), (1, 3), (1, 4), (1, 5), (1, 7), (1, 10), (0, 10)]),
    direction=st.sampled_from(["easy", "effort"]),
    version=TEXTS,
    touchpoint=TEXTS,
    asked_at=st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: seconds * SECOND),
    days=st.integers(1, 365),
)


def forged(claims: dict[str, Any], key: bytes | str = KEYS[0], algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm)


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@given(SURVEY_LINKS)
def test_what_was_signed_is_what_is_read(link: SurveyLink) -> None:
    token = links.make(link, KEYS)
    assert links.read(token, KEYS, now=link.asked_at) == link
    assert links.account_of(token) == link.account
    assert links.make(link, KEYS) == token


def test_a_usual_link_fits_a_field_of_255_characters_with_room_for_the_address() -> None:
    link = SurveyLink(account="a-rather-long-account", ticket="1234567890", kind="csat", scale=(1, 5), asked_at=NOW)
    found = links.address("https://deskpulse.support.example.com", links.make(link, KEYS))
    assert found.startswith("https://deskpulse.support.example.com/s/ey")
    assert len(found) <= 220


def test_it_can_be_answered_until_its_last_moment_and_not_at_its_end() -> None:
    token = links.make(LINK, KEYS)
    assert links.read(token, KEYS, now=LINK.expires_at - 1).survey == "deskpulse-csat"
    with pytest.raises(Expired):
        links.read(token, KEYS, now=LINK.expires_at)
    assert LINK.expires_at - LINK.asked_at == 14 * DAY


@given(st.data())
def test_a_link_that_was_changed_anywhere_opens_nothing(data: st.DataObject) -> None:
    token = links.make(LINK, KEYS)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_."))
    changed = token[:place] + other + token[place + 1 :]
    last = place == len(token) - 1  # its last bits belong to no byte
    if changed != token and not last:
        with pytest.raises(BadLink):
            links.read(changed, KEYS, now=NOW)


UNSIGNED = part({"alg": "none"}) + "." + part({"a": "acme", "t": "T1", "k": "s", "exp": 4_000_000_000}) + "."
GOOD = {"a": "acme", "t": "T1", "k": "s", "exp": 4_000_000_000}


@pytest.mark.parametrize(
    "token",
    [
        UNSIGNED,
        UNSIGNED + links.make(LINK, KEYS).rpartition(".")[2],
        forged(GOOD, algorithm="HS512", key=KEYS[0] * 2),
        forged(GOOD, key=b"a key that somebody guessed, in 32 b"),
        forged({name: value for name, value in GOOD.items() if name != "exp"}),
        forged({**GOOD, "k": "x"}),
        forged({**GOOD, "d": 0}),
        forged({**GOOD, "d": "14"}),
        forged({**GOOD, "t": None}),
        forged({**GOOD, "s": [5, 1]}),
        forged({**GOOD, "s": "1-5"}),
        forged({**GOOD, "exp": "soon"}),
        forged({**GOOD, "exp": -5}),
        "",
        "..",
        "a.b.c",
        "x" * 5000,
        "é.é.é",
        "eyJhbGciOiJIUzI1NiJ9",
    ],
)
def test_what_is_no_link_of_ours_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        links.read(token, KEYS, now=NOW)


@pytest.mark.parametrize("token", ["", "a.b", "x" * 5000, "é.é.é", part({}) + "." + part([1]) + ".x"])
def test_what_is_no_token_names_no_account(token: str) -> None:
    with pytest.raises(BadLink):
        links.account_of(token)


def test_the_link_of_another_account_opens_nothing_here() -> None:
    theirs = links.make(LINK, links.keys_of(VAULT, account("other")))
    with pytest.raises(BadLink, match="somebody else"):
        links.read(theirs, KEYS, now=NOW)


def test_an_account_made_anew_under_the_same_name_does_not_take_the_links_of_the_one_before() -> None:
    before = links.make(LINK, links.keys_of(VAULT, account("acme", key=b"o" * 32)))
    with pytest.raises(BadLink):
        links.read(before, KEYS, now=NOW)


def test_a_link_under_the_operators_earlier_key_is_still_read() -> None:
    old = Vault(["the key of last year, also long enough"])
    token = links.make(LINK, links.keys_of(old, account()))
    both = Vault(["the key of this year, also long enough", "the key of last year, also long enough"])
    assert links.read(token, links.keys_of(both, account()), now=NOW).ticket == "T1"


def test_the_claims_name_nobody_and_say_no_more_than_is_needed() -> None:
    assert claims_of(links.make(LINK, KEYS)) == {"a": "acme", "t": "T1", "k": "s", "exp": LINK.expires_at // SECOND}


def test_the_second_time_that_a_ticket_is_asked_is_another_survey() -> None:
    again = SurveyLink(
        account="acme", ticket="T1", kind="nps", number=2, scale=(0, 10), asked_at=NOW, touchpoint=AFTER_CHAT
    )
    found = links.read(links.make(again, KEYS), KEYS, now=NOW)
    assert (found.survey, found.touchpoint, found.points) == ("deskpulse-nps-2", "post-chat", 11)
