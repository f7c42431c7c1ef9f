"""Whose calls are let in: the vectors of Zendesk's documentation, and everything that is nearly one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.base import Call
from integrations.errors import BadProof
from integrations.times import MINUTE, SECOND, Instant, instant_of_iso
from tests.desks.zendesk.office import DESK, NOW, SECRET, access, call, happened, snapshot

#: The fixed test secret on the page "Verifying webhook authenticity", used as it is written.
DOCUMENTED = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
WRITTEN = "2021-03-25T05:09:27Z"
PROOF = "y9gOnFFwlMu0aTsuxNi9B7V4WQ6w8SIJfgCbG94PGO8="
BODY = b'{"hello":"world"}'
THEN = instant_of_iso(WRITTEN)
SIGNATURE, TIMESTAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"


def documented(**changes: Any) -> Call:
    """The documented call, perhaps changed."""
    headers = {SIGNATURE: PROOF, TIMESTAMP: WRITTEN}
    return replace(Call(BODY, headers, {}, THEN), **changes)


def with_proof(message: bytes, *, written: str = WRITTEN, secret: bytes = DOCUMENTED, body: bytes = BODY) -> Call:
    """The call with a proof of exactly this message."""
    proof = base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()
    return documented(body=body, headers={SIGNATURE: proof, TIMESTAMP: written})


def refused(call_: Call, *, now: Instant = THEN, secrets: tuple[bytes, ...] = (DOCUMENTED,)) -> str:
    with pytest.raises(BadProof) as caught:
        DESK.verify(call_, secrets, now=now)
    return str(caught.value)


def test_the_documented_vector_is_let_in() -> None:
    DESK.verify(documented(), (DOCUMENTED,), now=THEN)
    assert with_proof(WRITTEN.encode() + BODY).headers[SIGNATURE] == PROOF


def test_the_vector_of_the_older_page_has_the_wrong_order_and_is_refused() -> None:
    assert refused(with_proof(BODY + WRITTEN.encode()))


def test_a_separator_between_timestamp_and_body_is_refused() -> None:
    for separator in (b".", b":", b"\n", b" "):
        refused(with_proof(WRITTEN.encode() + separator + BODY))


def test_the_secret_is_not_decoded() -> None:
    refused(with_proof(WRITTEN.encode() + BODY, secret=base64.b64decode(DOCUMENTED)))


@pytest.mark.parametrize(
    "encoded",
    [
        hmac.new(DOCUMENTED, WRITTEN.encode() + BODY, hashlib.sha256).hexdigest(),
        "sha256=" + PROOF,
        PROOF.rstrip("="),
        PROOF.replace("+", "-").replace("/", "_").rstrip("="),
        PROOF + "\n",
        " " + PROOF,
        PROOF.lower(),
    ],
)
def test_another_encoding_of_the_right_proof_is_refused(encoded: str) -> None:
    refused(documented(headers={SIGNATURE: encoded, TIMESTAMP: WRITTEN}))


def test_another_hash_is_refused() -> None:
    for hash_ in (hashlib.sha1, hashlib.sha512):
        proof = base64.b64encode(hmac.new(DOCUMENTED, WRITTEN.encode() + BODY, hash_).digest()).decode()
        refused(documented(headers={SIGNATURE: proof, TIMESTAMP: WRITTEN}))


@pytest.mark.parametrize("minutes", [-5, -1, 0, 1, 5])
def test_a_proof_is_good_for_five_minutes_both_ways(minutes: int) -> None:
    DESK.verify(documented(), (DOCUMENTED,), now=THEN + minutes * MINUTE)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400, 10**9])
def test_a_stale_or_early_timestamp_is_refused_and_said_so(seconds: int) -> None:
    assert "300 seconds" in refused(documented(), now=THEN + seconds * SECOND)


@pytest.mark.parametrize(
    "written",
    [
        "", "1616648967", "2021-03-25", "2021-03-25T05:09:27", "2021-03-25T05:09:27+00:00", "2021-03-25 05:09:27Z",
        "2021-13-25T05:09:27Z", "2021-02-30T05:09:27Z", "2021-03-25T05:09:27Z ", "٢٠٢١-03-25T05:09:27Z",
        "0001-01-01T00:00:00Z", "2021-03-25t05:09:27z", "2021-03-25T05:09:27.1.2Z", "2021-03-25T" + "0" * 40 + "Z",
    ],
)  # fmt: skip
def test_a_timestamp_that_zendesk_does_not_write_is_refused_even_when_signed(written: str) -> None:
    refused(with_proof(written.encode() + BODY, written=written))


def test_a_timestamp_with_a_fraction_is_read() -> None:
    written = "2021-03-25T05:09:27.250917517Z"
    DESK.verify(with_proof(written.encode() + BODY, written=written), (DOCUMENTED,), now=THEN)


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP])
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = {name: value for name, value in documented().headers.items() if name != missing}
    refused(documented(headers=headers))


def test_any_of_several_secrets_lets_in_and_no_other() -> None:
    DESK.verify(documented(), (b"other", DOCUMENTED, b"third"), now=THEN)
    refused(documented(), secrets=(b"other", b"third"))
    refused(documented(), secrets=())


def test_the_signature_covers_every_byte_of_the_body() -> None:
    for at in range(len(BODY)):
        refused(documented(body=BODY[:at] + b"x" + BODY[at + 1 :]))


def test_an_empty_body_can_be_signed() -> None:
    DESK.verify(with_proof(WRITTEN.encode(), body=b""), (DOCUMENTED,), now=THEN)


# ------------------------------------------------------------------------------------------------ deliveries


def test_a_call_that_is_tried_again_is_the_same_delivery() -> None:
    first, again = call(happened("ticket.created")), call(happened("ticket.created"), now=NOW + MINUTE)
    assert DESK.delivery(first) == DESK.delivery(again) is not None
    assert first.headers[SIGNATURE] != again.headers[SIGNATURE]


@pytest.mark.parametrize("told", ["", "x" * 101, "a\nb", "\0"])
def test_a_strange_id_of_a_delivery_is_none(told: str) -> None:
    headers = {**call({}).headers, "x-zendesk-webhook-invocation-id": told}
    assert DESK.delivery(replace(call({}), headers=headers)) is None


# ------------------------------------------------------------------------------------------------ what is kept

PEOPLE = ("Mara Lind", "mara@people.example", "Since Monday it leaks", "The kettle leaks", "ring me on 555")


def _body() -> dict[str, Any]:
    author = {"id": "501", "is_staff": False, "name": "Mara Lind"}
    comment = {"id": "88001", "body": "ring me on 555", "is_public": True, "author": author}
    return {**happened("ticket.comment_added", {"comment": comment}), "detail": snapshot(email="mara@people.example")}


def test_no_words_and_addresses_are_kept_and_the_call_says_the_same() -> None:
    body = json.dumps(_body()).encode()
    kept = DESK.kept(body)
    assert [word for word in PEOPLE if word in kept.decode()] == []
    assert DESK.parse(call(kept), access()) == DESK.parse(call(body), access())


def test_the_name_of_an_agent_is_kept_and_that_of_somebody_in_messaging_only_if_an_agent() -> None:
    told = _body()
    told["event"]["comment"]["author"] = {"id": "902", "is_staff": True, "name": "Eva Novak"}
    kept = DESK.kept(json.dumps(told).encode())
    assert DESK.parse(call(kept), access()).names == {"agent": {"902": "Eva Novak"}}
    for kind, stays in (("agent", True), ("end_user", False)):
        actor = {"id": "501", "name": "Mara Lind", "type": kind}
        said = {"actor": actor, "message": {"id": "m1", "body": "ring me on 555"}}
        kept = DESK.kept(json.dumps(happened("messaging_ticket.message_added", said)).encode())
        assert (b"Mara Lind" in kept) is stays
        assert b"555" not in kept


@pytest.mark.parametrize("kind", ["ticket.subject_changed", "ticket.description_changed"])
def test_a_changed_subject_is_not_kept(kind: str) -> None:
    told = happened(kind, {"current": "ring me on 555", "previous": "The kettle leaks"})
    assert [word for word in PEOPLE if word in DESK.kept(json.dumps(told).encode()).decode()] == []


def test_our_own_mark_is_kept_so_that_our_note_is_known_again() -> None:
    comment = {"id": "9", "body": "Mara said\n[deskpulse:n:1]", "is_public": False, "author": {"id": "77"}}
    kept = DESK.kept(json.dumps(happened("ticket.comment_added", {"comment": comment})).encode())
    assert b"[deskpulse:n:1]" in kept
    assert b"Mara" not in kept
    assert [one.type for one in DESK.parse(call(kept), access()).events] == ["ticket.created"]


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"null", b"7", b'{"type": 7}', b'{"type": "x", "detail": {}}', b"\xff"]
)
def test_a_body_of_another_shape_is_kept_as_it_is_or_without_a_word_more(body: bytes) -> None:
    kept = DESK.kept(body)
    assert kept == body or json.loads(kept) == json.loads(body)


def test_a_user_s_address_is_not_kept() -> None:
    told = {**happened("user.active_changed"), "detail": {"id": "501", "email": "mara@people.example", "phone": "555"}}
    kept = DESK.kept(json.dumps(told).encode())
    assert b"people.example" not in kept
    assert DESK.parse(call(kept), access()).events == ()


def test_a_secret_of_the_account_is_in_no_message() -> None:
    assert SECRET.decode() not in refused(call(b"{}", secret=b"another"), now=NOW, secrets=(SECRET,))


@pytest.mark.parametrize(
    ("told", "stays"),
    [
        ({"event": "x", "ticket_id": "71"}, {"event": "x", "ticket_id": "71"}),
        ({"ticket_id": 71, "comment": "ring me on 555"}, {"ticket_id": 71}),
        ({"ticket": {"id": "71", "csat_comment": "ring me on 555"}}, {"ticket": {"id": "71"}}),
        ({"ticket_id": "{{ticket.id}}", "by": "mara@people.example"}, {"ticket_id": "{{ticket.id}}"}),
        ({"comment": "ring me on 555"}, {}),
    ],
)
def test_of_a_trigger_s_call_only_its_ticket_is_kept(told: dict[str, Any], stays: dict[str, Any]) -> None:
    kept = DESK.kept(json.dumps(told).encode())
    assert json.loads(kept) == stays
    for body in (kept, json.dumps(told).encode()) if stays.get("ticket_id") in ("71", 71) or "ticket" in stays else ():
        assert DESK.parse(call(body), access()).refresh == ("71",)
