"""What LiveAgent's failures mean, in both of its APIs: which key is wrong, what it will never take, what to retry.

Sources: the v1 reference (HTTP codes, `{"response": {"status": "ERROR", "statuscode", "errormessage"}}`), the v3
client's ErrorResponse (`{"message"}`), and two FAQ entries about "ApiKey not found".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from integrations.errors import DeskpulseError, Refused, Rejected, Unavailable, Unclear
from integrations.events import JSONValue
from integrations.session import Failure

_WHERE: Final = "Configuration > System > API"
_OUTAGE: Final = "Service Unavailable"
_NEVER: Final = frozenset({400, 405, 409, 422})
_LONGEST: Final = 200


def meaning_of_v3(failure: Failure, *, permission: str, secrets: Sequence[str]) -> DeskpulseError | None:
    """Our error for a failed v3 answer; None where the common table of `session` is right."""
    said = _clean(_value(failure.text, "message"), secrets)
    if failure.status in (401, 403):
        if "apikey not found" in said.lower():
            return _unknown_key(3, failure)
        need = f"give the v3_key the privilege {permission} under {_WHERE}"
        return Refused(
            f"LiveAgent refused {_request(failure)} ({said or failure.status}): {need}", permission=permission
        )
    return _never(failure, said) if failure.status in _NEVER else None


def meaning_of_v1(failure: Failure, *, secrets: Sequence[str]) -> DeskpulseError | None:
    """Our error for a failed v1 answer; None where the common table of `session` is right.

    v1 answers 500 to whatever it cannot process, a missing parameter as well as an accident: with a message it
    would say the same next time, without one it is an accident.
    """
    said = _clean(_value(failure.text, "response", "errormessage"), secrets)
    if failure.status in (401, 403):
        return _unknown_key(1, failure)
    return _never(failure, said) if failure.status in _NEVER or (failure.status == 500 and said) else None


def v1_response(json: JSONValue, request: str, *, secrets: Sequence[str]) -> Mapping[str, Any]:
    """The `response` of a v1 answer with 200; raises when it says that it failed."""
    response = json.get("response") if isinstance(json, dict) else None
    if not isinstance(response, dict):
        raise _lost(request, f"the answer to {request} is not one of LiveAgent's API v1")
    # Success is statuscode 0 in some answers, "0" in others, and no statuscode at all in lists.
    if response.get("status") != "ERROR" and str(response.get("statuscode", 0)) == "0":
        return response
    said = _clean(response.get("errormessage"), secrets)
    if said:
        raise Rejected(f"LiveAgent does not take {request}: {said}")
    raise _lost(request, f"LiveAgent failed at {request} and does not say why")


def check_outage(json: JSONValue, method: str) -> None:
    """Raises for the notice that LiveAgent sends with 200 instead of a 503 while it is being updated."""
    if isinstance(json, dict) and json.get("message") == _OUTAGE:
        raise _lost(method, "LiveAgent answered 200 with a notice that it is unavailable")


def _unknown_key(version: int, failure: Failure) -> Refused:
    other = 4 - version
    return Refused(
        f"LiveAgent refused {_request(failure)}: it does not know the API v{version} key. Make one under {_WHERE} and"
        f" give it as v{version}_key; a v{other} key does not work there, nor a key whose IP whitelist or validity"
        " leaves us out",
        permission=f"v{version}_key",
    )


def _never(failure: Failure, said: str) -> Rejected:
    return Rejected(f"LiveAgent does not take {_request(failure)}: {said or failure.status}")


def _request(failure: Failure) -> str:
    return f"{failure.method} {failure.path}"


def _lost(request: str, message: str) -> DeskpulseError:
    return Unavailable(message) if request.startswith("GET") else Unclear(message)


def _value(text: str, *path: str) -> JSONValue:
    try:
        value: JSONValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _clean(said: JSONValue, secrets: Sequence[str]) -> str:
    """LiveAgent's own words in one short line, without our keys, should it repeat them."""
    line = " ".join(said.split()) if isinstance(said, str) else ""
    for secret in secrets:
        line = line.replace(secret, "…")
    return line[:_LONGEST]
