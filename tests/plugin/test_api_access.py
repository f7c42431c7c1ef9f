"""Who may ask the API: the right token of the right account with the right scope; all else is refused alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from integrations.times import DAY, MINUTE
from plugin.api.serving import SCOPES
from tests.plugin.api_world import API, opened
from tests.tries import tries
from tests.workers.standing import Clock
from workers.settings import Settings
from workers.store import schema, tokens

PATHS = {"report": "report", "tickets": "tickets", "explain": "explain?metric=ticket_volume", "answers": "answers",
         "settings": "settings"}  # fmt: skip


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


class TestToken:
    @pytest.mark.parametrize("path", PATHS.values())
    def test_with_one_of_its_own_every_address_answers(self, api: API, path: str) -> None:
        assert api.ask(path).status_code == 200

    @pytest.mark.parametrize("path", PATHS.values())
    def test_without_one_no_address_does(self, api: API, path: str) -> None:
        answer = api.ask(path, token="")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="deskpulse"'

    def test_an_unknown_account_a_wrong_token_and_one_of_another_account_are_refused_in_the_same_words(
        self, api: API
    ) -> None:
        good, foreign = api.token(), api.token(account="other")
        answers = [
            api.ask("report", token=""),
            api.ask("report", token="dp_" + "x" * 43),
            api.ask("report", token=foreign),
            api.ask("/accounts/nobody/report", token=good),
            api.ask("/accounts/ACME/report", token=good),
            api.ask("report", token="", headers={"Authorization": f"Basic {good}"}),
            api.ask("report", token="", headers={"Authorization": good}),
            api.ask(f"report?token={good}", token=""),
        ]
        assert {(each.status_code, each.data, each.headers["WWW-Authenticate"]) for each in answers} == {
            (401, answers[0].data, 'Bearer realm="deskpulse"')
        }
        assert answers[0].get_json()["error"]["code"] == "unauthorized"

    def test_the_word_bearer_may_be_written_in_any_case(self, api: API) -> None:
        good = api.token()
        assert api.ask("report", token="", headers={"Authorization": f"bearer  {good} "}).status_code == 200

    @effort(max_examples=tries(2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
    def test_no_other_text_is_a_token_nor_a_failure_of_ours(self, api: API, text: str) -> None:
        answer = api.ask("report", token="", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code in (401, 429)

    def test_an_expired_and_a_revoked_one_open_nothing(self, api: API) -> None:
        good = api.token(days=1, name="short")
        assert api.ask("report", token=good).status_code == 200
        clock = api.runtime.clock
        assert isinstance(clock, Clock)
        clock.now += DAY
        assert api.ask("report", token=good).status_code == 401
        clock.now -= DAY
        with api.runtime.database.write() as connection:
            assert tokens.revoke(connection, "acme", "short")
        assert api.ask("report", token=good).status_code == 401

    def test_no_token_is_in_a_log(self, api: API) -> None:
        good = api.token()
        with structlog.testing.capture_logs() as logs:
            api.ask("report", token=good)
            api.ask("report", token="dp_wrong")
        assert good not in str(logs)
        assert "dp_wrong" not in str(logs)


class TestScope:
    def test_every_address_needs_one(self, api: API) -> None:
        rules = [str(rule) for rule in api.app.url_map.iter_rules() if "<account>" in str(rule)]
        assert {rule.rpartition("/")[2] for rule in rules} == set(SCOPES) == set(PATHS)

    @pytest.mark.parametrize("name", PATHS)
    @pytest.mark.parametrize("scope", tokens.SCOPES)
    def test_it_opens_what_it_names_and_nothing_else(self, api: API, name: str, scope: str) -> None:
        answer = api.ask(PATHS[name], token=api.token(scope))
        assert answer.status_code == (200 if SCOPES[name] == scope else 403)

    def test_what_is_missing_is_said(self, api: API) -> None:
        token = api.token("read")
        told = api.refused("answers", 403, token=token)
        assert (told["code"], told["details"]) == ("forbidden", {"needs": "answers"})
        challenge = api.ask("answers", token=token).headers["WWW-Authenticate"]
        assert challenge == 'Bearer realm="deskpulse", error="insufficient_scope", scope="answers"'

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_reading_does_not_let_change(self, api: API, method: str) -> None:
        assert api.refused("settings", 403, token=api.token("read", "answers"), method=method, json={})
        assert api.well("settings")["exclude"] == {"tags": ["junk"]}


class TestAccounts:
    def test_two_accounts_never_see_each_other(self, api: API) -> None:
        mine, theirs = api.token(), api.token(account="other")
        paths = [*PATHS.values(), "tickets?format=csv", "answers?format=jsonl", "report?by=tag&format=csv"]
        for path in paths:
            own = api.ask(path, token=mine).text
            foreign = api.ask(f"/accounts/other/{path}", token=theirs).text
            assert "O-1" not in own
            assert "secret of others" not in own
            assert "T-1" not in foreign
            assert api.ask(f"/accounts/other/{path}", token=mine).status_code == 401
        assert "O-1" in api.ask("/accounts/other/tickets", token=theirs).text
        assert "a secret of others" in api.ask("/accounts/other/answers", token=theirs).text

    def test_settings_of_another_account_cannot_be_changed(self, api: API) -> None:
        mine, theirs = api.token(), api.token(account="other")
        before = api.well("/accounts/other/settings", token=theirs)
        assert api.ask("/accounts/other/settings", method="PUT", token=mine, json={}).status_code == 401
        assert api.well("/accounts/other/settings", token=theirs) == before


class TestFailures:
    @pytest.fixture
    def strict(self, settings: Settings) -> Iterator[API]:
        with opened(settings.changed(DESKPULSE_FAILED_PROOFS_PER_MINUTE="3")) as made:
            yield made

    def test_an_address_that_fails_often_waits(self, strict: API) -> None:
        assert [strict.ask("report", token="dp_x").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
        answer = strict.ask("report", token="dp_x")
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.get_json()["error"]["code"] == "too_many_failures"

    def test_the_right_token_is_heard_meanwhile(self, strict: API) -> None:
        good = strict.token()
        for _ in range(6):
            strict.ask("report", token="dp_x")
        assert strict.ask("report", token=good).status_code == 200

    def test_other_addresses_are_heard_meanwhile(self, strict: API) -> None:
        for _ in range(6):
            strict.ask("report", token="dp_x")
        elsewhere = strict.ask("report", token="dp_x", environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert elsewhere.status_code == 401


class TestLastUse:
    def day(self, api: API) -> list[int | None]:
        with api.runtime.database.read() as connection:
            return [token.used_day for token in tokens.listed(connection, "acme")]

    def test_its_day_is_kept(self, api: API) -> None:
        good = api.token()
        assert self.day(api) == [None]
        api.ask("report", token=good)
        assert self.day(api) == [api.runtime.clock() // DAY]

    def test_it_is_written_once_a_day(self, api: API) -> None:
        good, clock = api.token(), api.runtime.clock
        assert isinstance(clock, Clock)
        api.ask("report", token=good)
        with api.runtime.database.write() as connection:
            connection.execute(schema.tokens.update().values(used_day=5))
        clock.now += MINUTE
        api.ask("report", token=good)
        assert self.day(api) == [5]
        clock.now += DAY
        api.ask("report", token=good)
        assert self.day(api) == [clock.now // DAY]

    def test_a_refused_request_is_no_use(self, api: API) -> None:
        good = api.token("read")
        api.ask("answers", token=good)
        assert self.day(api) == [None]
