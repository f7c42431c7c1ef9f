"""What is signed comes back as it was; whatever else is shown opens nothing."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.times import SECOND
from plugin.panel.access import tokens
from plugin.panel.access.tokens import (
    COOKIE,
    ENTRY,
    LIFETIMES,
    LONGEST_VISIT,
    PANEL,
    BadToken,
    Claims,
    ExpiredToken,
    read,
    signed,
)
from tests.plugin.panel.access.world import account_of
from workers.secrets import Vault

NOW = 1_790_000_000 * SECOND
KEYS = (b"k" * 32, b"o" * 32)
CLAIMS = Claims(
    account="acme", user="eva", role="viewer", via="password", number=7, began=NOW // SECOND, ticket="12"
)  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8"), max_size=30)


def values(**changes: Any) -> dict[str, Any]:
    """What stands in a good token, but for these."""
    started = NOW // SECOND
    good = {
        "iss": "deskpulse", "aud": PANEL, "iat": started, "exp": started + 600, "account": "acme", "sub": "eva",
        "role": "lead", "via": "password", "number": 7, "began": started,
    }  # fmt: skip
    return {key: value for key, value in {**good, **changes}.items() if value is not ...}


def made(key: bytes = KEYS[0], algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(values(**changes), key, algorithm)


def unsigned(algorithm: str) -> str:
    """A token that says by itself how it is to be checked: not at all."""
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps(values())]
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


def refused(text: str, purpose: str = PANEL, account: str = "acme", *, keys: Any = KEYS, now: int = NOW) -> None:
    with pytest.raises(BadToken) as error:
        read(text, purpose, keys, account, now=now)
    assert not isinstance(error.value, ExpiredToken)


@given(
    user=WORDS, role=st.sampled_from(["lead", "viewer"]), number=st.integers(0, 2**62), ticket=st.none() | WORDS,
    language=st.none() | st.sampled_from(["en", "hr"]), purpose=st.sampled_from(sorted(LIFETIMES)),
    passed=st.integers(0, 599),
)  # fmt: skip
def test_what_was_signed_is_read_again_until_it_is_over(
    user: str, role: str, number: int, ticket: str | None, language: str | None, purpose: str, passed: int
) -> None:
    claims = replace(CLAIMS, user=user, role=role, number=number, ticket=ticket, language=language)
    found = read(signed(claims, purpose, KEYS, now=NOW), purpose, KEYS, "acme", now=NOW + passed * SECOND)
    assert replace(found, expires=0) == claims
    assert found.expires == NOW // SECOND + LIFETIMES[purpose]


@given(place=st.integers(0, 10_000), letter=st.sampled_from("AZaz09-_.=%é\0"))
def test_with_any_letter_changed_it_is_refused(place: int, letter: str) -> None:
    text = signed(CLAIMS, PANEL, KEYS, now=NOW)
    place %= len(text)
    assume(text[place] != letter)
    changed = text[:place] + letter + text[place + 1 :]
    # The last letter of base64 holds bits that mean nothing.
    assume(_signature(changed) != _signature(text) or changed.rpartition(".")[0] != text.rpartition(".")[0])
    refused(changed)


def _signature(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.rpartition(".")[2] + "==")
    except ValueError:
        return b""


@given(text=WORDS)
def test_any_text_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("purpose", sorted(LIFETIMES))
@pytest.mark.parametrize("other", sorted(LIFETIMES))
def test_for_another_purpose_it_opens_nothing(purpose: str, other: str) -> None:
    text = signed(CLAIMS, purpose, KEYS, now=NOW)
    if other == purpose:
        assert read(text, other, KEYS, "acme", now=NOW).user == "eva"
    else:
        refused(text, other)


def test_it_is_over_when_its_time_is() -> None:
    text = signed(CLAIMS, PANEL, KEYS, now=NOW)
    last = NOW + 599 * SECOND
    assert read(text, PANEL, KEYS, "acme", now=last).expires == NOW // SECOND + 600
    with pytest.raises(ExpiredToken):
        read(text, PANEL, KEYS, "acme", now=last + SECOND)


def test_in_frames_it_is_good_for_ten_minutes_at_most() -> None:
    assert LIFETIMES[PANEL] <= 600
    refused(made(exp=NOW // SECOND + 601))


def test_renewed_however_often_it_ends_with_the_visit() -> None:
    later = NOW + (LONGEST_VISIT - 60) * SECOND
    found = read(signed(CLAIMS, PANEL, KEYS, now=later), PANEL, KEYS, "acme", now=later)
    assert found.expires == CLAIMS.began + LONGEST_VISIT
    end = NOW + LONGEST_VISIT * SECOND
    with pytest.raises(ExpiredToken):
        read(signed(CLAIMS, PANEL, KEYS, now=end), PANEL, KEYS, "acme", now=end)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_that_nobody_signed_is_refused(algorithm: str) -> None:
    refused(unsigned(algorithm))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_the_right_key(algorithm: str) -> None:
    assert read(made(b"k" * 64), PANEL, (b"k" * 64,), "acme", now=NOW).user == "eva"
    refused(made(b"k" * 64, algorithm), keys=(b"k" * 64,))


def test_a_public_key_signs_nothing() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(jwt.encode(values(), private, "RS256"))


@pytest.mark.parametrize("missing", sorted(values()))
def test_without_any_of_what_it_must_say_it_is_refused(missing: str) -> None:
    assert read(made(), PANEL, KEYS, "acme", now=NOW).role == "lead"
    without: dict[str, Any] = {missing: ...}
    refused(made(**without))


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "beta"}, {"account": 1}, {"sub": 17}, {"number": "7"}, {"number": 7.5}, {"began": None},
        {"exp": "soon"}, {"iat": "now"}, {"iss": "another"}, {"aud": "panel cookie"}, {"ticket": 12},
        {"language": ["hr"]}, {"iat": NOW // SECOND + 3600, "exp": NOW // SECOND + 4000}, {"role": None},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_though_we_signed_it(changes: dict[str, Any]) -> None:
    refused(made(**changes))


def test_one_that_is_endlessly_long_is_not_looked_at() -> None:
    refused(made(sub="x" * 10_000))


class TestKeys:
    def test_another_account_has_other_keys(self) -> None:
        safe = Vault(["secret"])
        acme, beta = (tokens.keys_of(safe, account_of(slug)) for slug in ("acme", "beta"))
        assert set(acme).isdisjoint(beta)
        refused(signed(CLAIMS, PANEL, acme, now=NOW), keys=beta)

    def test_an_account_made_again_under_the_same_name_has_other_keys(self) -> None:
        safe, account = Vault(["secret"]), account_of("acme")
        again = replace(account, customer_key=b"x" * 32)
        assert set(tokens.keys_of(safe, account)).isdisjoint(tokens.keys_of(safe, again))

    def test_what_an_older_key_signed_is_good_until_that_key_is_gone(self) -> None:
        account = account_of("acme")
        old, both, new = (tokens.keys_of(Vault(keys), account) for keys in (["old"], ["new", "old"], ["new"]))
        text = signed(CLAIMS, ENTRY, old, now=NOW)
        assert read(text, ENTRY, both, "acme", now=NOW).user == "eva"
        assert read(signed(CLAIMS, COOKIE, both, now=NOW), COOKIE, new, "acme", now=NOW).user == "eva"
        refused(text, ENTRY, keys=new)

    def test_they_are_no_keys_of_anything_else(self) -> None:
        safe = Vault(["secret"])
        assert set(tokens.keys_of(safe, account_of("acme"))).isdisjoint(safe.keys_for("panel"))
        assert all(len(key) == hmac.new(b"", b"", "sha256").digest_size for key in safe.keys_for("panel"))
