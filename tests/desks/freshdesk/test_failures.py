"""What each failed answer of Freshdesk means: one line that says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.errors import DeskpulseError, Gone, Refused, Rejected
from integrations.freshdesk.failures import meaning
from integrations.session import Failure


def failure(status: int, told: Any = None, *, method: str = "PUT", **headers: str) -> Failure:
    """An answer with this JSON, or this very text."""
    text = told if isinstance(told, str) else "" if told is None else json.dumps(told)
    return Failure(method, "/api/v2/tickets/1", status, headers, text)


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        (failure(400), Rejected, "PUT /api/v2/tickets/1: 400"),
        (failure(400, {"description": "Validation failed"}), Rejected, "Validation failed"),
        (failure(400, {"message": "Bad"}), Rejected, "Bad"),
        (failure(406), Rejected, "406"),
        (failure(409, {"message": "Conflict"}), Rejected, "Conflict"),
        (failure(415), Rejected, "415"),
        (failure(422), Rejected, "422"),
        (failure(401), Refused, "api_key"),
        (failure(401, {"code": "invalid_credentials"}), Refused, "profile settings"),
        (failure(403), Refused, "the permission Add notes"),
        (failure(403, {"code": "access_denied", "message": "No"}), Refused, "(No): give the agent"),
        (failure(403, {"code": "account_suspended", "message": "Suspended"}), Refused, "Suspended"),
        (failure(403, {"code": "require_feature", "message": "Not in plan"}), Gone, "not in this plan"),
        (failure(405), Gone, "deleted or spam"),
        (failure(301, location="https://x.example/api/v2/tickets/archived/1"), Gone, "archived"),
        (failure(302, location="/api/v2/tickets/archived/1"), Gone, "archived"),
    ],
)
def test_an_answer_that_only_freshdesk_gives_is_read_here(
    given: Failure, kind: type[DeskpulseError], says: str
) -> None:
    found = meaning(given, permission="Add notes")
    assert type(found) is kind
    assert says in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    "given",
    [failure(404), failure(410), failure(429), failure(500), failure(503), failure(405, method="GET"), failure(408),
     failure(302, location="https://x.example/login"), failure(301), failure(418)],
    ids=lambda given: f"{given.method} {given.status}",
)  # fmt: skip
def test_the_common_table_knows_the_others(given: Failure) -> None:
    assert meaning(given, permission="Add notes") is None


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "7", '"x"', "<html>", "{", '{"errors": {"a": 1}}', '{"message": null}']
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_whatever_the_body_is_there_is_something_to_say(status: int, text: str) -> None:
    found = meaning(failure(status, text), permission="Edit ticket properties")
    assert isinstance(found, Rejected | Refused)
    assert str(status) in str(found)


def test_every_wrong_field_is_named_and_the_line_stays_short() -> None:
    errors = [{"field": f"cf_{number}", "message": "is wrong", "code": "x"} for number in range(60)]
    said = str(meaning(failure(400, {"errors": errors}), permission=""))
    assert "cf_0: is wrong; cf_1: is wrong" in said
    assert len(said) < 300


def test_a_refusal_carries_its_permission_for_whoever_shows_it() -> None:
    found = meaning(failure(403), permission="Create tickets")
    assert isinstance(found, Refused)
    assert found.permission == "Create tickets"
