"""Settings over the API: read, replaced, patched, refused in one clear sentence; never anything half changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from plugin.api.account_settings import _merged
from tests.plugin.api_world import API, opened
from tests.workers.standing import row
from workers.rules import COUNTING
from workers.settings import Settings
from workers.store import accounts, schema

DESK = {"url": "https://desk.example"}
HELD = {"exclude": {"tags": ["junk"]}, "desk": DESK}


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


def number(api: API) -> int:
    """The number of the rules in force."""
    with api.runtime.database.read() as connection:
        found = accounts.rules_number(connection, "acme")
    assert found is not None
    return found


class TestReading:
    def test_they_are_the_keys_of_account_toml(self, api: API) -> None:
        assert api.well("settings") == HELD

    def test_no_secret_is_among_them(self, api: API) -> None:
        assert "whsec_" not in api.ask("settings").text


class TestPutting:
    def test_what_is_put_is_what_is_read(self, api: API) -> None:
        wanted = {"time_zone": "Europe/Berlin", "repeat_days": 14, "desk": DESK}
        assert api.well("settings", method="PUT", json=wanted) == wanted
        assert api.well("settings") == wanted

    def test_what_is_read_may_be_put_again_and_counts_the_same(self, api: API) -> None:
        before = number(api)
        assert api.well("settings", method="PUT", json=api.well("settings")) == HELD
        assert number(api) == before

    def test_what_counts_differently_has_history_counted_again(self, api: API) -> None:
        before = number(api)
        api.well("settings", method="PUT", json={"time_zone": "Asia/Tokyo", "desk": DESK})
        assert number(api) == before + 1
        assert api.well("report")["rebuilding"] == {"done": 0, "of": 6}
        assert api.well("report")["time_zone"] == "Asia/Tokyo"

    def test_what_does_not_count_leaves_history_alone(self, api: API) -> None:
        before = number(api)
        api.well("settings", method="PATCH", json={"summaries": {"daily": "07:30"}})
        assert number(api) == before
        assert "summaries" not in COUNTING

    def test_the_secrets_stay(self, api: API) -> None:
        before = api.account
        api.well("settings", method="PUT", json={"desk": DESK})
        with api.runtime.database.read() as connection:
            after = accounts.find(connection, "acme", api.runtime.vault)
        assert after is not None
        assert (after.secrets, after.customer_key) == (before.secrets, before.customer_key)


class TestPatching:
    def test_what_is_named_changes_and_the_rest_stays(self, api: API) -> None:
        made = api.well("settings", method="PATCH", json={"repeat_days": 3, "exclude": {"departments": ["x"]}})
        assert made == {**HELD, "repeat_days": 3, "exclude": {"tags": ["junk"], "departments": ["x"]}}
        assert api.well("settings") == made

    def test_null_takes_out(self, api: API) -> None:
        assert api.well("settings", method="PATCH", json={"exclude": None}) == {"desk": DESK}

    def test_nothing_is_no_change(self, api: API) -> None:
        assert api.well("settings", method="PATCH", json={}) == HELD

    @pytest.mark.parametrize("mimetype", ["application/json", "application/merge-patch+json"])
    def test_its_own_media_type_is_taken(self, api: API, mimetype: str) -> None:
        assert api.ask("settings", method="PATCH", data=b"{}", content_type=mimetype).status_code == 200

    # The examples of RFC 7396, appendix A, that change an object.
    @pytest.mark.parametrize(
        ("held", "patch", "result"),
        [
            ({"a": "b"}, {"a": "c"}, {"a": "c"}),
            ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
            ({"a": "b"}, {"a": None}, {}),
            ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
            ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
            ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
            ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
            ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
            ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
            ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
            ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ],
    )
    def test_it_is_a_merge_patch(self, held: Any, patch: Any, result: Any) -> None:
        assert _merged(held, patch) == result


class TestWrong:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """No database is asked before the refusal, or any would do."""
        return sqlite_url

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({"colour": 1}, "colour"),
            ({"time_zone": "Mars/Base"}, "Mars/Base"),
            ({"time_zone": "../../etc/passwd"}, "time_zone"),
            ({"repeat_days": "7"}, "repeat_days"),
            ({"schedules": {"main": {"mon": ["25:00-26:00"]}}}, "schedules.main.mon"),
            ({"slices": {"a": "colour"}}, "slices.a"),
            ({"surveys": {"joy": {}}}, "surveys.joy"),
            ({"schedule": "nowhere"}, "nowhere"),
            ({"repeat_days": 10**30}, "repeat_days"),
        ],
    )
    def test_a_wrong_key_is_named_and_nothing_changes(
        self, api: API, method: str, body: dict[str, Any], told: str
    ) -> None:
        error = api.refused("settings", method=method, json=body)
        assert error["code"] == "invalid_settings"
        assert told.lower() in error["message"].lower()
        assert api.well("settings") == HELD

    def test_details_name_what_is_wrong_with_each_key_as_it_is_written(self, api: API) -> None:
        error = api.refused("settings", method="PUT", json={"time_zone": "Mars", "bots": {"bogus": 1}})
        zone = "Mars is not a time zone such as Europe/Zagreb"
        assert error["details"] == {"time_zone": zone, "bots.bogus": "Unknown field."}
        assert error["message"] == f"time_zone: {zone}; bots.bogus: Unknown field."

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 400, "bad_request"),
            (b"{", 400, "bad_request"),
            (b'{"a": NaN}', 400, "bad_request"),
            (b'{"digests": {"a": "\\ud800"}}', 400, "bad_request"),
            (b"\xff", 400, "bad_request"),
            (b"[" * 100_000, 400, "bad_request"),
            (b"[]", 422, "invalid_settings"),
            (b"null", 422, "invalid_settings"),
            (b'"text"', 422, "invalid_settings"),
            (b" " * 300_000, 413, "too_large"),
        ],
    )
    def test_a_body_that_is_no_settings_is_refused(
        self, api: API, method: str, body: bytes, status: int, code: str
    ) -> None:
        error = api.refused("settings", status, method=method, data=body, content_type="application/json")
        assert error["code"] == code

    @pytest.mark.parametrize("mimetype", ["text/plain", "application/x-www-form-urlencoded", "application/toml"])
    def test_another_media_type_is_refused(self, api: API, mimetype: str) -> None:
        error = api.refused("settings", 415, method="PUT", data=b"{}", content_type=mimetype)
        assert error["code"] == "unsupported_media_type"

    @pytest.mark.parametrize(
        "body", [{"desk": {"url": "https://evil.example"}}, {"desk": None}, {"desk": {"url": None}}]
    )
    def test_the_address_of_the_desk_is_not_moved(self, api: API, body: dict[str, Any]) -> None:
        error = api.refused("settings", method="PATCH", json=body)
        told = "It is changed at the command line only, by `deskpulse connect` or `account set`."
        assert (error["message"], error["details"]) == (f"desk.url: {told}", {"desk.url": told})
        assert api.well("settings") == HELD

    def test_the_other_options_of_the_desk_may_change(self, api: API) -> None:
        made = api.well("settings", method="PATCH", json={"desk": {"poll_minutes": 5}})
        assert made["desk"] == {**DESK, "poll_minutes": 5}

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_other_methods_are_not_taken(self, api: API, method: str) -> None:
        answer = api.ask("settings", method=method)
        assert answer.status_code == 405
        assert {"GET", "PUT", "PATCH"} <= set(answer.headers["Allow"].split(", "))


KEY = st.sampled_from([*COUNTING, "desk", "retention", "panel", "digests", "summaries", "actions", "x", "main", "of"])
LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        KEY,
        st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)),
        max_size=3,
    )
)
def test_whatever_is_sent_is_taken_or_refused_and_never_a_failure_of_ours(api: API, body: dict[str, Any]) -> None:
    answer = api.ask("settings", method="PATCH", data=json.dumps(body), content_type="application/json")
    assert answer.status_code in (200, 422), answer.text
    assert api.ask("report").status_code == 200


def test_an_account_that_is_removed_meanwhile_is_nowhere(api: API) -> None:
    token = api.token()
    with api.runtime.database.write() as connection:
        connection.execute(schema.accounts.delete().where(schema.accounts.c.slug == "acme"))
    assert api.refused("settings", 404, token=token)["code"] == "not_found"
    assert row(api.runtime, schema.accounts).slug == "other"
