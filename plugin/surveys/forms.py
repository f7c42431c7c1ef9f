"""The form of the page: a mark that only our page can make, and what comes back of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from integrations.times import Instant

_LONGEST_COMMENT: Final = 5_000
_MARK_BYTES: Final = 12
#: The step of the form under the thanks, which has the score already.
COMMENT: Final = "comment"


@dataclass(frozen=True, slots=True)
class Filled:
    """What was sent; `form_at` is when the form was made, None when it is none of ours."""

    score: int | None
    comment: str | None
    step: str
    form_at: Instant | None
    content: str  #: the same for the same form with the same content, however often it is sent

    def delivery(self, since: Instant) -> str:
        """What the answer is kept by; `since` is when its score became the last one that the link was given."""
        return "survey:" + hashlib.sha256(f"{self.content}\0{since:x}".encode()).hexdigest()[:40]


def mark(token: str, keys: Sequence[bytes], *, now: Instant) -> str:
    """What the form of a link carries: when it was made, signed together with the link."""
    return f"{now:x}.{_signature(token, keys[0], now)}"


def made_at(token: str, keys: Sequence[bytes], given: str, *, now: Instant) -> Instant | None:
    """When the form with this mark was made; None for a mark that is missing, another link's, invented or to come."""
    moment, _, signature = given.partition(".")
    try:
        at = int(moment, 16)
    except ValueError:
        return None
    known = [hmac.compare_digest(_signature(token, key, at), signature) for key in keys if signature.isascii()]
    return at if any(known) and 0 <= at <= now else None


def filled(form: Mapping[str, str], token: str, keys: Sequence[bytes], *, now: Instant) -> Filled:
    """What was sent with a form; a score that is no number is none."""
    given, score = form.get("form", ""), form.get("score", "")
    # A text area sends line ends as CR LF, whatever was typed.
    comment = form.get("comment", "").replace("\r\n", "\n").strip()[:_LONGEST_COMMENT]
    content = "\0".join((token, given, score, comment)).encode("utf-8", "surrogatepass")
    return Filled(
        score=int(score) if score.isascii() and score.isdigit() and len(score) <= 2 else None,
        comment=comment or None,
        step=form.get("step", ""),
        form_at=made_at(token, keys, given, now=now),
        content=hashlib.sha256(content).hexdigest(),
    )


def _signature(token: str, key: bytes, at: Instant) -> str:
    return hmac.digest(key, f"form\0{token}\0{at:x}".encode(), "sha256").hex()[: 2 * _MARK_BYTES]
