"""Proofs: vectors worked out elsewhere, and what never proves anything."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import BadProof
from integrations.signatures import (
    TOLERANCE,
    hmac_sha256,
    require_any,
    require_recent,
    standard_webhooks_key,
    standard_webhooks_signature,
)
from integrations.times import SECOND, instant_of_iso

NOW = instant_of_iso("2026-06-15T12:00:00Z")


class TestVectors:
    @pytest.mark.parametrize(
        ("key", "message", "expected"),
        [
            # RFC 4231, test cases 1, 2 and 6
            (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                b"\xaa" * 131,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ],
    )
    def test_hmac_sha256_is_that_of_rfc_4231(self, key: bytes, message: bytes, expected: str) -> None:
        assert hmac_sha256(key, message).hex() == expected

    def test_standard_webhooks_is_that_of_its_reference_libraries(self) -> None:
        """`test_sign_function` of github.com/standard-webhooks/standard-webhooks, the same in every language there."""
        signature = standard_webhooks_signature(
            b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_a_signature_is_what_openssl_makes_of_it(self) -> None:
        """Made by: printf '%s' 'msg_71.1781524800.{"ticket":"71"}' |
        openssl dgst -sha256 -mac HMAC -macopt hexkey:4465736b70756c73652d746573742d6b -binary | openssl base64 -A
        """
        secret = b"whsec_" + base64.b64encode(b"Deskpulse-test-k")
        assert (
            standard_webhooks_signature(secret, "msg_71", "1781524800", b'{"ticket":"71"}')
            == "v1,Dn5X7C04e+2ZIMTEUyqd4xhtuNaRrRP5rn6x6lbh8E8="
        )


class TestKeys:
    def test_the_key_is_what_follows_the_prefix(self) -> None:
        assert standard_webhooks_key(b"whsec_" + base64.b64encode(b"0123456789abcdef")) == b"0123456789abcdef"

    @pytest.mark.parametrize("secret", [b"plain", b"whsec_", b"whsec_?", b"whsec_a", b"WHSEC_QUJD", b"whsec_\xff\xfe"])
    def test_what_is_not_so_encoded_is_the_key_itself(self, secret: bytes) -> None:
        assert standard_webhooks_key(secret) == secret


class TestAnySecret:
    @pytest.mark.parametrize("given_", [["a"], ["b"], ["x", "b"], ["a", "b"]])
    def test_any_pair_will_do(self, given_: list[str]) -> None:
        require_any([b"a", b"b"], given_, lambda secret: secret.decode())

    @pytest.mark.parametrize(
        ("secrets", "given_"),
        [([], ["a"]), ([b"a"], []), ([b"a"], [""]), ([b""], [""]), ([b"a"], ["A", "aa", "\ud800", "é", "a\0"])],
    )
    def test_nothing_else_does(self, secrets: list[bytes], given_: list[str]) -> None:
        with pytest.raises(BadProof, match="wrong or missing"):
            require_any(secrets, given_, lambda secret: secret.decode())

    def test_every_pair_is_compared_even_after_a_match(self) -> None:
        asked: list[bytes] = []

        def expected(secret: bytes) -> str:
            asked.append(secret)
            return secret.decode()

        require_any([b"a", b"b", b"c"], ["a"], expected)
        assert asked == [b"a", b"b", b"c"]

    @given(st.lists(st.text(max_size=20)))
    def test_any_other_text_is_a_bad_proof(self, given_: list[str]) -> None:
        with pytest.raises(BadProof):
            require_any([b"a secret that nobody guesses"], given_, lambda secret: secret.decode())


class TestRecency:
    @pytest.mark.parametrize("way", [-1, 1])
    def test_five_minutes_both_ways_and_not_a_second_more(self, way: int) -> None:
        require_recent(str((NOW + way * TOLERANCE) // SECOND), now=NOW)
        with pytest.raises(BadProof, match="300 seconds"):
            require_recent(str((NOW + way * (TOLERANCE + SECOND)) // SECOND), now=NOW)

    @pytest.mark.parametrize(
        "seconds",
        ["", " ", "-1", "+1", "1.5", "1e9", "NaN", "٣", "²", "0x10", "1781524800 ", "9" * 13, "9" * 5000, "\0"],
    )
    def test_what_is_no_number_of_seconds_is_refused(self, seconds: str) -> None:
        with pytest.raises(BadProof, match="timestamp"):
            require_recent(seconds, now=NOW)
