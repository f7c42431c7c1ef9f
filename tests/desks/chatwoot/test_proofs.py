"""How Chatwoot's calls are proved: vectors worked out beside, wrong orders and encodings, early and late ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from integrations.base import Call
from integrations.errors import BadProof
from integrations.times import MINUTE, SECOND
from tests.desks.chatwoot.samples import DESK, SECRET, about, by_address, conversation, said, signed
from tests.desks.hooks import NOW

SECONDS = 1_781_686_800
BODY = b'{"event":"message_created","id":901}'
KEY = b"cw-secret"
#: Key, body and signature, made with `openssl dgst -sha256 -hmac` at 1781686800.
VECTORS = [
    (KEY, BODY, "8e1d4bb884ec0d08a74e14f3b81b708f92cdbfa5637b548d099c44d8dc154952"),
    (
        b"key/with+signs==",
        '{"event":"message_updated","content":"Grüße"}'.encode(),
        "b9bd8729231078bf747da8a8990927de75630a79e20ef823be42c17b4add3784",
    ),
    (b"k", b"", "7533ca8a9df140919c2facd7534923c9b334c86740eb691fbfa5bfddbb044b55"),
]
GOOD = "sha256=" + VECTORS[0][2]


def vector(signature: str = GOOD, *, body: bytes = BODY, timestamp: str = str(SECONDS)) -> Call:
    headers = {"x-chatwoot-signature": signature, "x-chatwoot-timestamp": timestamp}
    return Call(body, headers, {}, SECONDS * SECOND)


def refused(call: Call, *, now: int = SECONDS * SECOND, secrets: tuple[bytes, ...] = (KEY,)) -> str:
    with pytest.raises(BadProof) as caught:
        DESK.verify(call, secrets, now=now)
    return str(caught.value)


def mac(message: bytes) -> bytes:
    return hmac.new(KEY, message, hashlib.sha256).digest()


@pytest.mark.parametrize(("secret", "body", "signature"), VECTORS)
def test_a_signature_made_elsewhere_is_good_and_only_for_its_secret(secret: bytes, body: bytes, signature: str) -> None:
    call = vector(f"sha256={signature}", body=body)
    DESK.verify(call, (secret,), now=SECONDS * SECOND)
    DESK.verify(call, (b"another", secret, b"third"), now=SECONDS * SECOND)
    assert "wrong" in refused(call, secrets=(b"another", b"third"))


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(GOOD.removeprefix("sha256="), id="without its prefix"),
        pytest.param("SHA256=" + VECTORS[0][2], id="prefix in capitals"),
        pytest.param("sha256=" + VECTORS[0][2].upper(), id="digits in capitals"),
        pytest.param("sha1=" + VECTORS[0][2], id="another method"),
        pytest.param("sha256=" + base64.b64encode(mac(b"%d.%s" % (SECONDS, BODY))).decode(), id="base64"),
        pytest.param("sha256=" + mac(b"%s.%d" % (BODY, SECONDS)).hex(), id="body first"),
        pytest.param("sha256=" + mac(b"%d%s" % (SECONDS, BODY)).hex(), id="no dot"),
        pytest.param("sha256=" + mac(b"%d:%s" % (SECONDS, BODY)).hex(), id="a colon"),
        pytest.param("sha256=" + mac(BODY).hex(), id="the body alone"),
        pytest.param("sha256=" + hashlib.sha256(KEY + BODY).hexdigest(), id="a plain hash"),
        pytest.param(GOOD + "0", id="a digit too many"),
        pytest.param(GOOD + "," + GOOD, id="twice"),
    ],
)
def test_a_signature_of_another_kind_is_refused(signature: str) -> None:
    assert "wrong" in refused(vector(signature))


@pytest.mark.parametrize("seconds", [-301, -300 * 60, 301, 3600])
def test_a_signature_that_is_too_old_or_from_the_future_is_refused(seconds: int) -> None:
    assert "300 seconds" in refused(vector(), now=(SECONDS + seconds) * SECOND)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
def test_a_clock_that_differs_by_up_to_five_minutes_is_borne(seconds: int) -> None:
    DESK.verify(vector(), (KEY,), now=(SECONDS + seconds) * SECOND)


@pytest.mark.parametrize("timestamp", ["", "0", "-1", "1781686800.0", " 1781686800", "1781686801", "2026-06-17", "١"])
def test_a_timestamp_that_was_not_signed_is_refused(timestamp: str) -> None:
    assert refused(vector(timestamp=timestamp))


def test_a_timestamp_that_is_missing_is_refused_though_the_body_is_signed() -> None:
    call = vector("sha256=" + mac(b"." + BODY).hex())
    headers = {name: value for name, value in call.headers.items() if name != "x-chatwoot-timestamp"}
    assert "missing" in refused(replace(call, headers=headers))


def test_the_raw_bytes_are_what_is_signed() -> None:
    pretty = json.dumps(json.loads(BODY)).encode()
    assert json.loads(pretty) == json.loads(BODY)
    assert refused(vector(body=pretty))


class TestTheAddress:
    """Rules, macros and Chatwoot before 4.11.2 sign nothing."""

    def test_a_secret_in_the_address_is_good_at_any_time(self) -> None:
        call = by_address(said())
        DESK.verify(call, (SECRET,), now=NOW)
        DESK.verify(call, (b"another", SECRET), now=NOW + 600 * MINUTE)
        refused(call)

    def test_it_is_good_beside_a_signature_whose_secret_nobody_told_us(self) -> None:
        # A Chatwoot that was brought up to date signs, all at once, the calls it made unsigned before.
        unknown = signed(said(), b"made by the desk")
        both = replace(unknown, query={"token": SECRET.decode()})
        DESK.verify(both, (SECRET,), now=NOW)
        refused(unknown, now=NOW, secrets=(SECRET,))
        refused(replace(unknown, query={"token": "a guess"}), now=NOW, secrets=(SECRET,))

    def test_each_of_the_two_is_enough_without_the_other(self) -> None:
        genuine = signed(said())
        DESK.verify(replace(genuine, query={"token": "stale"}), (SECRET,), now=NOW)
        DESK.verify(replace(genuine, headers={}, query={"token": SECRET.decode()}), (SECRET,), now=NOW)
        refused(replace(genuine, headers={}, query={"secret": SECRET.decode()}), now=NOW, secrets=(SECRET,))


class TestDelivery:
    def test_the_desks_own_id_is_the_deliverys(self) -> None:
        assert DESK.delivery(signed(said(), delivery="9d1f")) == "9d1f"
        assert DESK.delivery(by_address(said())) is None
        assert DESK.delivery(signed(said(), delivery="")) is None


class TestWhatIsKept:
    """A visitor's key is no business of ours: with it, anybody speaks in the visitor's name."""

    @pytest.mark.parametrize(
        "body", [about("conversation_created"), said(), said(kind="outgoing"), about("macro.executed")]
    )
    def test_a_visitors_key_is_taken_out_and_the_rest_stays(self, body: bytes) -> None:
        assert b"canary-of-a-visitor" in body
        kept = DESK.kept(body)
        assert b"canary" not in kept
        whole, left = json.loads(body), json.loads(kept)
        for told in (whole, left):
            told.get("conversation", told)["contact_inbox"].pop("pubsub_token")
        assert whole == left

    @pytest.mark.parametrize(
        ("told", "kept"),
        [
            (b'{"pubsub_token" : "a\\"b\\\\", "x": 1}', b'{"pubsub_token" : null, "x": 1}'),
            (b'{"pubsub_token":null}', b'{"pubsub_token":null}'),
            (b'[{"pubsub_token":"a"},{"pubsub_token":"b"}]', b'[{"pubsub_token":null},{"pubsub_token":null}]'),
            (b'{"content":"a \\"pubsub_token\\" here"}', b'{"content":"a \\"pubsub_token\\" here"}'),
            (b"\xff not JSON", b"\xff not JSON"),
            (b"", b""),
        ],
    )
    def test_whatever_the_body_only_such_keys_go(self, told: bytes, kept: bytes) -> None:
        assert DESK.kept(told) == kept

    def test_a_body_without_keys_is_the_very_same_one(self) -> None:
        body = json.dumps({"conversation": conversation(contact_inbox=None)}).encode()
        assert DESK.kept(body) is body
