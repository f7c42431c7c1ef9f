"""From Zendesk: its signed token is checked in every part, and opens a visit in a frame, without a cookie."""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.test import TestResponse

from integrations.times import SECOND
from tests.plugin.panel.access.scripts import ran
from tests.plugin.panel.access.world import FRAME, OWN_FORM_IN_FRAME, Panel, cookies, get, hidden, links, post, title
from workers.store import accounts

HOST = "zen.zendesk.example"
AUD = f"https://{HOST}/api/v2/apps/installations/360000123.json"
WAY = "/panel/zen/in/zendesk?origin=https%3A%2F%2Fzen.zendesk.example&app_guid=4f3a"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def other_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture
def zen(house: Panel, key: RSAPrivateKey) -> Panel:
    house.add(
        "zen", desk="zendesk", url=f"https://{HOST}", credentials={"app_public_key": pem(key)},
        panel={"roles": {"admin": "lead"}},
    )  # fmt: skip
    return house


def claims(house: Panel, **changes: Any) -> dict[str, Any]:
    seconds = house.clock() // SECOND
    good = {
        "iss": HOST, "aud": AUD, "iat": seconds, "exp": seconds + 120, "jti": "a-1", "role": "agent",
        "sub": f"https://{HOST}/api/v2/users/35436.json", "email": "eva@zen.example",
        "context": {"product": "support", "location": "nav_bar"},
    }  # fmt: skip
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def opened(house: Panel, token: str, way: str = WAY) -> TestResponse:
    return post(house.browser(), way, {"token": token}, FRAME)


def signed(house: Panel, key: RSAPrivateKey, **changes: Any) -> str:
    return jwt.encode(claims(house, **changes), key, "RS256")


class TestWhatIsLetIn:
    def test_it_leads_to_the_first_page_with_a_token_and_no_cookie(self, zen: Panel, key: RSAPrivateKey) -> None:
        answer = opened(zen, signed(zen, key))
        assert answer.status_code == 303
        assert re.fullmatch(r"/panel/zen/\?t=eyJ[\w.-]+", answer.headers["Location"])
        assert cookies(answer) == []
        page = get(zen.browser(), answer.headers["Location"], FRAME)
        assert "zendesk:35436 (viewer)" in page.text
        assert "eva@zen.example" not in page.text + answer.headers["Location"]

    def test_it_goes_on_from_link_to_link_and_through_forms(self, zen: Panel, key: RSAPrivateKey) -> None:
        page = get(zen.browser(), opened(zen, signed(zen, key)).headers["Location"], FRAME)
        zen.clock.go(500)
        page = get(zen.browser(), links(page)[0], FRAME)
        assert page.status_code == 200
        zen.clock.go(500)
        answer = post(zen.browser(), "/panel/zen/sign-out", hidden(page), OWN_FORM_IN_FRAME)
        assert (answer.status_code, title(answer)) == (200, "You are signed out")
        assert "opens nothing after ten minutes" in answer.text

    def test_the_settings_make_leads_of_some_roles(self, zen: Panel, key: RSAPrivateKey) -> None:
        answer = opened(zen, signed(zen, key, role="admin"))
        assert "(lead)" in get(zen.browser(), answer.headers["Location"], FRAME).text

    @pytest.mark.parametrize("role", ["agent", "", 5, None, ["admin"], {"admin": 1}, ..., "lead", "ADMIN"])
    def test_every_other_role_is_a_viewer(self, zen: Panel, key: RSAPrivateKey, role: Any) -> None:
        answer = opened(zen, signed(zen, key, role=role))
        assert "(viewer)" in get(zen.browser(), answer.headers["Location"], FRAME).text

    @pytest.mark.parametrize(("ticket", "page"), [(1234, "/ticket/1234"), ("1234", "/ticket/1234"), (12, "/ticket/12")])
    def test_beside_a_ticket_that_ticket_is_opened(
        self, zen: Panel, key: RSAPrivateKey, ticket: Any, page: str
    ) -> None:
        context = {"product": "support", "location": "ticket_sidebar"} | (
            {} if ticket is ... else {"ticket_id": ticket}
        )
        answer = opened(zen, signed(zen, key, context=context))
        assert answer.headers["Location"].partition("?")[0] == f"/panel/zen{page}"

    @pytest.mark.parametrize("ticket", [..., "../x", True, None, ""])
    def test_where_only_the_browser_knows_the_ticket_a_form_asks_for_it(
        self, zen: Panel, key: RSAPrivateKey, ticket: Any
    ) -> None:
        context = {"product": "support", "location": "ticket_sidebar", "ticket_id": ticket}
        context = {name: value for name, value in context.items() if value is not ...}
        page = opened(zen, signed(zen, key, context=context))
        assert (page.status_code, title(page), cookies(page)) == (200, "Which ticket?", [])
        assert f'data-desk="https://{HOST}"' in page.text
        asked = get(zen.browser(), "/panel/zen/open", FRAME, query_string={**hidden(page), "ticket": "77"})
        assert asked.headers["Location"].startswith("/panel/zen/ticket/77?t=eyJ")
        again = get(zen.browser(), "/panel/zen/open", FRAME, query_string={**hidden(page), "ticket": "a/b"})
        assert (again.status_code, title(again)) == (200, "Which ticket?")

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": f"https://{HOST}"}, {"aud": [AUD, "other"]}, {"context": ...}, {"context": "nav_bar"},
            {"sub": ...}, {"sub": 35436}, {"email": ...}, {"jti": ...}, {"context": {}},
        ],
    )  # fmt: skip
    def test_what_is_not_verified_may_be_missing_or_otherwise(
        self, zen: Panel, key: RSAPrivateKey, changes: dict[str, Any]
    ) -> None:
        assert opened(zen, signed(zen, key, **changes)).status_code == 303


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "beta.zendesk.example"}, {"iss": f"http://{HOST}"}, {"iss": ...}, {"iss": ""},
            {"aud": "https://beta.zendesk.example/api/v2/apps/installations/1.json"}, {"aud": AUD + "x"},
            {"aud": f"https://{HOST}/"}, {"aud": ...}, {"aud": []}, {"aud": 5}, {"exp": ...}, {"iat": ...},
            {"exp": "soon"}, {"iat": True}, {"context": {"product": "chat"}},
            {"context": {"product": "support", "location": "background"}},
        ],
    )  # fmt: skip
    def test_one_that_is_not_for_this_app(self, zen: Panel, key: RSAPrivateKey, changes: dict[str, Any]) -> None:
        answer = opened(zen, signed(zen, key, **changes))
        assert (answer.status_code, title(answer)) == (401, "The desk did not say who you are")
        assert cookies(answer) == []

    @pytest.mark.parametrize(("begins", "ends"), [(-200, -1), (-120, 0), (61, 200), (0, 3601)])
    def test_one_that_is_over_or_from_the_future_or_good_for_too_long(
        self, zen: Panel, key: RSAPrivateKey, begins: int, ends: int
    ) -> None:
        seconds = zen.clock() // SECOND
        assert opened(zen, signed(zen, key, iat=seconds + begins, exp=seconds + ends)).status_code == 401

    def test_one_that_another_key_signed(self, zen: Panel, other_key: RSAPrivateKey) -> None:
        assert opened(zen, signed(zen, other_key)).status_code == 401

    def test_one_that_nobody_signed(self, zen: Panel, key: RSAPrivateKey) -> None:
        assert opened(zen, jwt.encode(claims(zen), "", "none")).status_code == 401

    def test_one_that_takes_the_public_key_for_a_password(self, zen: Panel, key: RSAPrivateKey) -> None:
        """The classic confusion: HS256 with the text of the public key, which is no secret."""
        parts = [{"alg": "HS256", "typ": "JWT"}, claims(zen)]
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        mac = base64.urlsafe_b64encode(hmac.digest(pem(key).encode(), text, "sha256")).rstrip(b"=")
        assert opened(zen, (text + b"." + mac).decode()).status_code == 401

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
    def test_one_of_another_algorithm(self, zen: Panel, key: RSAPrivateKey, algorithm: str) -> None:
        assert opened(zen, jwt.encode(claims(zen), key, algorithm)).status_code == 401

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "\0", "x" * 10_000])
    def test_what_is_no_token(self, zen: Panel, text: str) -> None:
        assert opened(zen, text).status_code == 401

    def test_another_zendesk_accounts_token(self, zen: Panel, key: RSAPrivateKey, other_key: RSAPrivateKey) -> None:
        zen.add("two", desk="zendesk", url="https://two.zendesk.example", credentials={"app_public_key": pem(key)})
        assert opened(zen, signed(zen, key), "/panel/two/in/zendesk").status_code == 401
        assert opened(zen, signed(zen, key), "/panel/acme/in/zendesk").status_code == 401
        assert opened(zen, signed(zen, key), "/panel/nowhere/in/zendesk").status_code == 401

    def test_everybody_where_there_is_no_key_yet(self, house: Panel, key: RSAPrivateKey) -> None:
        house.add("zen", desk="zendesk", url=f"https://{HOST}")
        assert opened(house, signed(house, key)).status_code == 401

    @pytest.mark.parametrize("kept", ["x", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----", "é"])
    def test_everybody_where_the_key_is_none(self, house: Panel, key: RSAPrivateKey, kept: str) -> None:
        house.add("zen", desk="zendesk", url=f"https://{HOST}", credentials={"app_public_key": kept})
        assert opened(house, signed(house, key)).status_code == 401

    def test_a_get_which_proves_nothing(self, zen: Panel, key: RSAPrivateKey) -> None:
        answer = get(zen.browser(), f"/panel/zen/in/zendesk?token={signed(zen, key)}", FRAME)
        assert answer.status_code in (401, 405)
        assert cookies(answer) == []


def test_when_the_key_is_taken_away_open_views_end(zen: Panel, key: RSAPrivateKey) -> None:
    address = opened(zen, signed(zen, key)).headers["Location"]
    assert get(zen.browser(), address, FRAME).status_code == 200
    with zen.database.write() as connection:
        accounts.save(connection, replace(zen.account("zen"), credentials={}), zen.vault)
    assert get(zen.browser(), address, FRAME).status_code == 401


ASKS = [["iframe.handshake", None], [None, "get"]]


@pytest.mark.parametrize(
    ("origin", "parent", "answer", "sent"),
    [
        (f"https://{HOST}", True, {"id": 1, "result": {"ticket.id": 77}}, "77"),
        (f"https://{HOST}", True, {"id": 1, "result": {"ticket.id": "77"}}, "77"),
        (f"https://{HOST}", True, {"id": 1, "result": {"ticket.id": "7/../x"}}, None),
        (f"https://{HOST}", True, {"id": 1, "result": {"errors": {"ticket.id": {}}}}, None),
        (f"https://{HOST}", True, {"id": 2, "result": {"ticket.id": 77}}, None),
        (f"https://{HOST}", True, None, None),
        ("https://evil.example", True, {"id": 1, "result": {"ticket.id": 77}}, None),
        (f"https://{HOST}", False, {"id": 1, "result": {"ticket.id": 77}}, None),
    ],
)
def test_the_script_believes_only_this_zendesk(
    origin: str, parent: bool, answer: Any, sent: str | None, tmp_path: Path
) -> None:
    found, asked = ran(
        tmp_path,
        "zendesk.js",
        f"""
        let heard; let sent = null; const asked = [];
        const ticket = {{value: ""}};
        const above = {{postMessage: (text, to) => asked.push([JSON.parse(text), to])}};
        const location = {{search: "?origin=x&app_guid=4f3a"}};
        global.window = {{parent: above, location, addEventListener: (_, listener) => {{ heard = listener; }}}};
        global.document = {{querySelector: () => ({{
          dataset: {{desk: "https://{HOST}"}}, elements: {{ticket}}, submit: () => {{ sent = ticket.value; }},
        }})}};
        play();
        const tell = (data, source, origin) => heard({{source, origin, data: JSON.stringify(data)}});
        tell({{key: "zaf.app.registered", message: {{}}}}, above, "https://{HOST}");
        tell({json.dumps(answer)}, {"above" if parent else "{}"}, {json.dumps(origin)});
        heard({{source: above, origin: "https://{HOST}", data: "{{no json"}});
        console.log(JSON.stringify([sent, asked]));
        """,
    )
    assert found == sent
    assert [[message.get("key"), message.get("request")] for message, _ in asked] == ASKS
    assert {(to, message["appGuid"]) for message, to in asked} == {(f"https://{HOST}", "4f3a")}
