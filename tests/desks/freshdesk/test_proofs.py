"""Who is let in: the secret of a rule wherever it may stand, and the signature of our app."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from integrations.base import Call
from integrations.errors import BadProof
from integrations.signatures import standard_webhooks_signature
from integrations.times import SECOND, instant_of_iso
from tests.desks.freshdesk.samples import DESK, SECRET, call, hint
from tests.desks.hooks import NOW

OTHER = b"whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlciE="
BODY = b'{"freshdesk_webhook":{"event":"ticket.created","ticket_id":"5021"}}'
#: The example of the Standard Webhooks specification.
PUBLISHED_SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED = Call(
    body=b'{"test": 2432232314}',
    headers={
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    query={},
    received_at=1614265330 * SECOND,
)


def basic(user: str, password: bytes) -> str:
    return "Basic " + base64.b64encode(user.encode() + b":" + password).decode()


def of_rule(query: dict[str, str] | None = None, **headers: str) -> Call:
    """A call that carries nothing but this proof."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(body=BODY, headers=names, query=query or {}, received_at=NOW)


def of_app(headers: Mapping[str, str] | None = None, *, at: int = NOW, id_: str = "onTicketCreate-17") -> Call:
    """A call signed by our app at that moment."""
    timestamp = str(at // SECOND)
    signed = {
        "webhook-id": id_,
        "webhook-timestamp": timestamp,
        "webhook-signature": standard_webhooks_signature(SECRET, id_, timestamp, BODY),
    }
    return Call(body=BODY, headers={**signed, **(headers or {})}, query={}, received_at=at)


def let_in(given: Call, *secrets: bytes, now: int = NOW) -> bool:
    try:
        DESK.verify(given, secrets or (SECRET,), now=now)
    except BadProof:
        return False
    return True


class TestRules:
    @pytest.mark.parametrize(
        "given",
        [
            of_rule(x_deskpulse_token=SECRET.decode()),
            of_rule({"token": SECRET.decode()}),
            of_rule(authorization=basic("deskpulse", SECRET)),
            of_rule({"token": "wrong"}, x_deskpulse_token=SECRET.decode()),
            of_rule({"token": SECRET.decode()}, authorization="Bearer x"),
            of_rule(x_deskpulse_token=SECRET.decode(), authorization=basic("deskpulse", b"wrong")),
        ],
    )
    def test_the_secret_is_good_wherever_a_rule_can_put_it(self, given: Call) -> None:
        assert let_in(given)
        assert not let_in(given, OTHER)

    @pytest.mark.parametrize(
        "given",
        [
            of_rule(),
            of_rule({"token": ""}),
            of_rule({"secret": SECRET.decode()}),
            of_rule(x_deskpulse_token=SECRET.decode() + " "),
            of_rule(x_deskpulse_token=SECRET.decode()[:-1]),
            of_rule(x_deskpulse_token=SECRET.decode().swapcase()),
            of_rule(x_token=SECRET.decode()),
            of_rule(authorization=SECRET.decode()),
            of_rule(authorization="Bearer " + SECRET.decode()),
            of_rule(authorization=basic("", SECRET)),
            of_rule(authorization=basic("Deskpulse", SECRET)),
            of_rule(authorization=basic("deskpulse", SECRET).replace("Basic", "basic")),
            of_rule(authorization=basic("deskpulse", SECRET) + "="),
            of_rule(authorization=basic("deskpulse", SECRET).rstrip("=")),
            of_rule(authorization="Basic"),
            of_rule(authorization="Basic \0"),
            of_rule(authorization="Basic Og=="),
            of_rule(authorization="Basic " + base64.b64encode(b"\xff\xfe").decode()),
        ],
    )
    def test_anything_else_is_refused(self, given: Call) -> None:
        assert not let_in(given)

    def test_the_body_of_a_rule_is_not_covered_and_changes_nothing(self) -> None:
        given = of_rule(x_deskpulse_token=SECRET.decode())
        assert let_in(replace(given, body=b"anything"))

    def test_both_secrets_are_good_while_one_is_replaced(self) -> None:
        old, new = (of_rule(x_deskpulse_token=secret.decode()) for secret in (OTHER, SECRET))
        assert let_in(old, SECRET, OTHER)
        assert let_in(new, SECRET, OTHER)
        assert not let_in(old, SECRET)

    @pytest.mark.parametrize("secret", ["Größe ☃".encode(), b"with:colons:in:it", b"a b", b"=" * 30])
    def test_any_secret_can_be_given_as_a_password(self, secret: bytes) -> None:
        assert let_in(of_rule(authorization=basic("deskpulse", secret)), secret)

    @pytest.mark.parametrize("secret", [b"lamps", b"lamp", b"lampshade"])
    def test_another_text_for_the_same_bytes_is_another_proof(self, secret: bytes) -> None:
        """The last letter before the padding of base64 has bits that say nothing."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        right = basic("deskpulse", secret)
        kept, padding = right.rstrip("="), "=" * right.count("=")
        other = kept[:-1] + letters[(letters.index(kept[-1]) + 1) % 64] + padding
        assert let_in(of_rule(authorization=right), secret)
        assert not let_in(of_rule(authorization=other), secret)

    def test_without_a_secret_nobody_is_let_in(self) -> None:
        with pytest.raises(BadProof):
            DESK.verify(of_rule({"token": ""}), (b"",), now=NOW)
        with pytest.raises(BadProof):
            DESK.verify(of_rule(authorization=basic("deskpulse", b"")), (b"",), now=NOW)

    def test_a_refusal_does_not_tell_what_would_have_been_right(self) -> None:
        with pytest.raises(BadProof) as caught:
            DESK.verify(of_rule({"token": "x"}), (SECRET,), now=NOW)
        assert SECRET.decode() not in str(caught.value)


class TestApp:
    def test_the_published_example_is_let_in(self) -> None:
        assert let_in(PUBLISHED, PUBLISHED_SECRET, now=instant_of_iso("2021-02-25T15:02:10Z"))

    def test_a_signed_event_is_let_in(self) -> None:
        assert let_in(of_app())
        assert not let_in(of_app(), OTHER)

    @pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
    def test_a_clock_may_be_five_minutes_off(self, seconds: int) -> None:
        assert let_in(of_app(at=NOW + seconds * SECOND))

    @pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
    def test_a_stale_or_early_signature_is_refused(self, seconds: int) -> None:
        assert not let_in(of_app(at=NOW + seconds * SECOND))

    @pytest.mark.parametrize(
        "headers",
        [
            {"webhook-id": ""},
            {"webhook-id": "another"},
            {"webhook-timestamp": ""},
            {"webhook-timestamp": "now"},
            {"webhook-timestamp": str(NOW // SECOND + 1)},
            {"webhook-timestamp": str(NOW // SECOND) + ".0"},
            {"webhook-signature": ""},
            {"webhook-signature": "v1,"},
            {"webhook-signature": "v2,AAAA"},
        ],
    )
    def test_each_part_of_the_proof_is_needed_as_it_was(self, headers: dict[str, str]) -> None:
        assert not let_in(of_app(headers))

    def test_one_of_several_signatures_is_enough(self) -> None:
        right = of_app().headers["webhook-signature"]
        assert let_in(of_app({"webhook-signature": f"v1,AAAA {right} v1a,BBBB"}))

    def test_a_changed_body_is_refused(self) -> None:
        assert not let_in(replace(of_app(), body=BODY + b" "))

    def test_a_wrong_signature_is_not_mended_by_a_secret_beside_it(self) -> None:
        """Who can read the header of a rule must not be able to send events under another signature."""
        given = of_app({"webhook-signature": "v1,AAAA", "x-deskpulse-token": SECRET.decode()})
        assert not let_in(given)

    @pytest.mark.parametrize("wrong", ["order", "encoding", "separator"])
    def test_a_signature_over_the_right_things_in_the_wrong_way_is_refused(self, wrong: str) -> None:
        timestamp, id_ = str(NOW // SECOND), "onTicketCreate-17"
        swapped: Any = {
            "order": standard_webhooks_signature(SECRET, timestamp, id_, BODY),
            "encoding": "v1," + base64.b64decode(standard_webhooks_signature(SECRET, id_, timestamp, BODY)[3:]).hex(),
            "separator": standard_webhooks_signature(SECRET, id_ + timestamp, "", BODY),
        }
        assert not let_in(of_app({"webhook-signature": swapped[wrong]}))


class TestDeliveries:
    def test_a_rules_webhook_has_no_id_so_every_one_of_them_is_a_call(self) -> None:
        assert DESK.delivery(call(hint())) is None

    def test_an_event_of_the_app_is_the_same_delivery_however_often_it_is_sent(self) -> None:
        first, again, other = of_app(), of_app(at=NOW + 60 * SECOND), of_app(id_="onTicketCreate-18")
        assert DESK.delivery(first) == DESK.delivery(again) == "onTicketCreate-17"
        assert DESK.delivery(other) != DESK.delivery(first)

    @pytest.mark.parametrize("id_", ["x" * 300, "Größe", "a\0b", "a\nb"])
    def test_an_odd_id_is_kept_as_its_digest(self, id_: str) -> None:
        found = DESK.delivery(of_rule(webhook_id=id_))
        assert found is not None
        assert len(found) == 64

    @pytest.mark.parametrize("id_", ["", "  "])
    def test_an_empty_id_is_none(self, id_: str) -> None:
        assert DESK.delivery(of_rule(webhook_id=id_)) is None
