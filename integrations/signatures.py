"""Proofs that a call comes from the desk: computed on raw bytes, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from integrations.errors import BadProof
from integrations.times import SECOND, Instant

#: How far a signed timestamp may be from our clock, both ways.
TOLERANCE: Final = 300 * SECOND


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """The raw HMAC-SHA256."""
    return hmac.digest(secret, message, hashlib.sha256)


def require_any(secrets: Sequence[bytes], given: Iterable[str], expected: Callable[[bytes], str]) -> None:
    """Return when one of the given proofs is what one of the secrets makes; BadProof otherwise.

    Every pair is compared, with no early exit, so the time does not tell which secret was close.
    """
    proofs = [proof.encode("utf-8", "replace") for proof in given]
    matched = False
    for secret in filter(None, secrets):  # an empty secret is one that everybody knows
        right = expected(secret).encode()
        for proof in proofs:
            matched |= hmac.compare_digest(right, proof)
    if not matched:
        raise BadProof("the proof is wrong or missing")


def require_recent(seconds: str, *, now: Instant) -> None:
    """Return when a timestamp in Unix seconds is within the tolerance; BadProof otherwise."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 13):
        raise BadProof("the timestamp is missing or is not a number of seconds")
    if abs(int(seconds) * SECOND - now) > TOLERANCE:
        raise BadProof("the timestamp is more than 300 seconds from our clock")


def standard_webhooks_key(secret: bytes) -> bytes:
    """The key inside a `whsec_…` secret, as the Standard Webhooks specification encodes it."""
    if not secret.startswith(b"whsec_"):
        return secret
    try:
        return base64.b64decode(secret[len(b"whsec_") :], validate=True) or secret
    except binascii.Error:
        return secret


def standard_webhooks_signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,<base64 HMAC-SHA256 of id.timestamp.body>`, by the Standard Webhooks specification."""
    message = b".".join((message_id.encode("utf-8", "replace"), timestamp.encode("utf-8", "replace"), body))
    return "v1," + base64.b64encode(hmac_sha256(standard_webhooks_key(secret), message)).decode()
