"""What Freshdesk's failures mean: which permission is lacking, what it will never take, what is not there any more.

Source: the API reference v2, "Errors": `{"description", "errors": [{"field", "message", "code"}]}` or `{"code",
"message"}`.
"""

from __future__ import annotations

import orjson

from integrations.errors import DeskpulseError, Gone, Refused, Rejected
from integrations.events import JSONObject
from integrations.session import Failure

#: Where an administrator lets the agent of our key do more.
_WHERE = "Admin > Team > Agents"
_NEVER = frozenset({400, 406, 409, 415, 422})
_ARCHIVED = "/tickets/archived/"
_LONGEST = 200


def meaning(failure: Failure, *, permission: str) -> DeskpulseError | None:
    """Our error for a failed answer; None where the common table of `session` is right."""
    told = _told(failure.text)
    said = _said(told)
    request = f"{failure.method} {failure.path}"
    if failure.status == 401:
        return Refused(
            f"Freshdesk does not accept the api_key ({said or 401}): take it anew from the profile settings of the"
            " agent that Deskpulse uses, and connect again",
            permission="api_key",
        )
    if failure.status == 403:
        return _refused(told, said, request, permission)
    if failure.status == 405 and failure.method == "PUT":
        return Gone(f"Freshdesk does not take {request}: the ticket is deleted or spam")
    if 300 <= failure.status < 400 and _ARCHIVED in failure.headers.get("location", ""):
        return Gone(f"Freshdesk has archived what {request} asks for")
    return (
        Rejected(f"Freshdesk does not take {request}: {said or failure.status}") if failure.status in _NEVER else None
    )


def _refused(told: JSONObject, said: str, request: str, permission: str) -> DeskpulseError:
    if told.get("code") == "require_feature":
        return Gone(f"Freshdesk does not offer {request}: the feature is not in this plan or is switched off")
    return Refused(
        f"Freshdesk refused {request} ({said or 403}): give the agent of this api_key the permission {permission} under"
        f" {_WHERE}",
        permission=permission,
    )


def _told(text: str) -> JSONObject:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _said(told: JSONObject) -> str:
    """Freshdesk's own words in one short line, each wrong field named."""
    errors = told.get("errors")
    rows = [row for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []
    parts = [f"{row.get('field')}: {row.get('message')}" for row in rows]
    line = "; ".join(parts) or told.get("message") or told.get("description") or ""
    return " ".join(str(line).split())[:_LONGEST]
