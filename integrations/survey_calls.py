"""The desk inside: answers that customers gave on the pages of Deskpulse itself, kept and read like any desk's call.

It cannot be connected and nobody can call it: the page keeps an answer under its name once the signed link is proved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import orjson

from integrations.base import Access, Call, Capabilities, Desk, Reading
from integrations.errors import BadProof, Unreadable
from integrations.events import Event, JSONObject, JSONValue, event
from integrations.survey_ids import apart
from integrations.times import Instant

#: The name under which answers are kept among the calls.
NAME: Final = "surveys"

_TOLD: Final = ("ticket", "kind", "survey", "score", "scale", "version", "touchpoint")
_OPTIONAL: Final = ("comment", "direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One vote, as it is kept. `suspect` is why it is doubted, `evidence` what was seen of it."""

    ticket: str
    kind: str
    survey: str
    score: int
    scale: tuple[int, int]
    version: str
    touchpoint: str
    direction: str | None = None
    comment: str | None = None
    suspect: str | None = None
    evidence: Mapping[str, object]

    def body(self) -> bytes:
        """The body of the call."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__ if getattr(self, name) is not None})


class SurveyCalls(Desk):
    """What `deskpulse calls` names `surveys`."""

    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Deskpulse's own surveys"
    capabilities: ClassVar[Capabilities] = Capabilities()

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:  # noqa: ARG002 -- nothing proves it
        """Refuse every call: answers come by the page, which proves their link itself."""
        raise BadProof("answers to surveys are given on their page")

    def parse(self, call: Call, access: Access) -> Reading:  # noqa: ARG002 -- our own words need no account
        """The answer; doubted ones are invalidated at once, with the reason."""
        told = _read(call.body)
        suspect = told.get("suspect")
        if suspect is None:
            return Reading(events=(_answered(told, told["survey"], call.received_at),))
        survey = apart(told["survey"], _mark(call))
        return Reading(
            events=(
                _answered(told, survey, call.received_at),
                event(
                    "survey.invalidated",
                    told["ticket"],
                    call.received_at,
                    kind=told["kind"],
                    survey=survey,
                    reason=f"suspect:{suspect}",
                ),
            )
        )


def _read(body: bytes) -> JSONObject:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the answer is not JSON: {error}") from error
    if not isinstance(told, dict) or any(name not in told for name in _TOLD):
        raise Unreadable(f"an answer must be an object with {', '.join(_TOLD)}")
    return told


def _answered(told: JSONObject, survey: JSONValue, at: Instant) -> Event:
    data = {name: told[name] for name in (*_TOLD, *_OPTIONAL) if name in told and name != "ticket"}
    return event("survey.answered", told["ticket"], at, **{**data, "survey": survey})


def _mark(call: Call) -> str:
    """What tells one doubted answer from the next, the same whenever the call is read again."""
    return hashlib.sha256(str(call.received_at).encode() + call.body).hexdigest()[:8]
