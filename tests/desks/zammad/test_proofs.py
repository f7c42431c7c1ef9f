"""Zammad's proof: `sha1=` and the HMAC-SHA1 of the raw body in hex, over nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from integrations.base import Call
from integrations.errors import BadProof
from integrations.times import DAY
from tests.desks.zammad.office import DESK, NOW, SECRET, body, signed

#: Worked out with the formula of `user_agent.rb`, by hand.
TOKEN = b"zammad-token"
BODY = b'{"ticket":{"id":81},"article":{}}'
SIGNATURE = "sha1=002f29dde108f68705b619a11cce62505d1e9691"


def call(proof: str | None, told: bytes = BODY) -> Call:
    return Call(told, {} if proof is None else {"x-hub-signature": proof}, {}, NOW)


def refused(it: Call, *secrets: bytes) -> None:
    with pytest.raises(BadProof):
        DESK.verify(it, secrets or (TOKEN,), now=NOW)


def test_the_known_signature_of_a_known_body_is_good() -> None:
    DESK.verify(call(SIGNATURE), (TOKEN,), now=NOW)


def test_what_the_samples_sign_is_the_same_formula() -> None:
    assert signed(BODY, TOKEN).headers["x-hub-signature"] == SIGNATURE


@pytest.mark.parametrize(
    "proof",
    [
        None,
        "",
        SIGNATURE.removeprefix("sha1="),
        SIGNATURE.upper(),
        "sha1=" + SIGNATURE[5:].upper(),
        SIGNATURE + " ",
        " " + SIGNATURE,
        SIGNATURE.replace("=", ":"),
        SIGNATURE[:-1],
        SIGNATURE + "0",
        "sha256=" + SIGNATURE[5:],
        "sha1=" + base64.b64encode(bytes.fromhex(SIGNATURE[5:])).decode(),
        "sha1=" + hmac.new(TOKEN, BODY, hashlib.sha256).hexdigest(),
        "sha256=" + hmac.new(TOKEN, BODY, hashlib.sha256).hexdigest(),
        "sha1=" + hashlib.sha1(BODY).hexdigest(),
        "sha1=" + hashlib.sha1(TOKEN + BODY).hexdigest(),
        "sha1=" + hmac.new(BODY, TOKEN, hashlib.sha1).hexdigest(),
        "sha1=" + hmac.new(TOKEN, b"", hashlib.sha1).hexdigest(),
        "sha1=" + hmac.new(TOKEN, BODY[::-1], hashlib.sha1).hexdigest(),
    ],
)
def test_any_other_order_or_encoding_is_refused(proof: str | None) -> None:
    refused(call(proof))


@pytest.mark.parametrize(
    "told",
    [
        b'{"ticket": {"id": 81}, "article": {}}',
        b'{"article":{},"ticket":{"id":81}}',
        BODY + b"\n",
        BODY.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + BODY,
        b"",
    ],
)
def test_the_raw_bytes_are_signed_and_not_what_they_mean(told: bytes) -> None:
    refused(call(SIGNATURE, told))


def test_a_token_is_taken_as_it_stands_and_never_decoded() -> None:
    token = base64.b64encode(b"some key or other")
    DESK.verify(signed(BODY, token), (token,), now=NOW)
    refused(signed(BODY, base64.b64decode(token)), token)


@pytest.mark.parametrize("header", ["x-hub-signature-256", "x-zammad-signature", "authorization", "x-signature"])
def test_the_proof_in_another_header_is_none(header: str) -> None:
    refused(Call(BODY, {header: SIGNATURE}, {}, NOW))


def test_the_proof_in_the_address_is_none() -> None:
    refused(Call(BODY, {}, {"x-hub-signature": SIGNATURE, "token": TOKEN.decode()}, NOW))


def test_each_of_several_secrets_is_tried() -> None:
    for secrets in ((b"old", TOKEN), (TOKEN, b"old"), (b"", TOKEN)):
        DESK.verify(call(SIGNATURE), secrets, now=NOW)
    refused(call(SIGNATURE), b"old", b"older")


def test_a_call_may_be_hours_late_as_it_carries_no_time() -> None:
    DESK.verify(call(SIGNATURE), (TOKEN,), now=NOW + 3 * DAY)


def test_the_delivery_is_the_id_of_the_job_at_every_attempt() -> None:
    first = signed(body(), SECRET)
    again = replace(first, received_at=NOW + 40_000_000)
    assert DESK.delivery(first) == DESK.delivery(again) == "5f6d1b56-9a4c-4d1e-8c3f-0c1f6a0a7e11"


@pytest.mark.parametrize("told", ["", "\0", "a\nb", "x" * 201, "\ud800"])
def test_a_strange_delivery_id_is_none(told: str) -> None:
    assert DESK.delivery(Call(BODY, {"x-zammad-delivery": told}, {}, NOW)) is None


def test_two_triggers_of_one_change_are_two_deliveries_of_the_same_facts() -> None:
    first = signed(body(), SECRET)
    other = replace(first, headers={**first.headers, "x-zammad-delivery": "another", "x-zammad-trigger": "other"})
    assert DESK.delivery(first) != DESK.delivery(other)
