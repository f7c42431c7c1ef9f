"""Signing in: one answer for whatever is wrong, not too often, a cookie at top level and a token in a frame."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.security import check_password_hash
from werkzeug.test import TestResponse

from integrations.times import DAY
from plugin.panel.access import guard
from tests.plugin.panel.access.world import (
    COOKIE_NAME,
    FRAME,
    OWN_FORM,
    OWN_FORM_IN_FRAME,
    PASSWORD,
    TOP,
    Panel,
    cookies,
    get,
    hidden,
    post,
    title,
)
from workers.store import users
from workers.store.database import open_database

ASK = "/panel/acme/sign-in"
UNKNOWN = dict.fromkeys(("Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"))


def sign_in(
    browser: FlaskClient, name: str = "lea", password: str = PASSWORD, headers: dict[str, str] = OWN_FORM, **more: Any
) -> TestResponse:
    return post(browser, ASK, {"name": name, "password": password, **more}, headers)


def token_of(answer: TestResponse) -> str | None:
    """The token in the address that an answer leads to."""
    return next(iter(parse_qs(urlsplit(answer.headers["Location"]).query).get("t", [])), None)


class TestThePage:
    @pytest.mark.parametrize("path", ["/", ASK, "/panel/nowhere/sign-in"])
    def test_it_asks_for_a_name_and_a_password_and_tells_nothing(self, house: Panel, path: str) -> None:
        answer = get(house.browser(), path)
        assert (answer.status_code, title(answer)) == (200, "Sign in")
        assert 'autocomplete="current-password"' in answer.text
        assert "beta" not in answer.text
        assert cookies(answer) == []

    def test_an_account_that_is_not_there_looks_like_one_that_is(self, house: Panel) -> None:
        pages = [get(house.browser(), f"/panel/{slug}/overview") for slug in ("acme", "nowhere")]
        assert [page.status_code for page in pages] == [401, 401]
        assert pages[0].text == pages[1].text.replace("nowhere", "acme")

    def test_it_speaks_the_browsers_language_and_says_so(self, house: Panel) -> None:
        answer = get(house.browser(), "/", {**TOP, "Accept-Language": "hr-HR,hr;q=0.9"})
        assert '<html lang="hr">' in answer.text


class TestAtTopLevel:
    def test_there_is_exactly_one_cookie_that_only_we_can_read(self, house: Panel) -> None:
        answer = sign_in(house.browser())
        (cookie,) = cookies(answer)
        assert answer.status_code == 303
        assert cookie.startswith(f"{COOKIE_NAME}=")
        assert {part.strip() for part in cookie.split(";")[1:]} >= {
            "Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=43200",
        }  # fmt: skip
        assert "Domain" not in cookie
        assert token_of(answer) is None

    def test_it_leads_to_the_page_that_was_wanted(self, house: Panel) -> None:
        browser = house.browser()
        asked = get(browser, "/panel/acme/answers?period=7&slice=channel:chat")
        answer = sign_in(browser, next=hidden(asked)["next"])
        assert answer.headers["Location"] == "/panel/acme/answers?period=7&slice=channel%3Achat"
        assert get(browser, answer.headers["Location"]).status_code == 200

    @pytest.mark.parametrize(
        "page",
        ["https://evil.example/", "//evil.example/panel/acme/", "/panel/beta/", "/panel/acme/\\evil", "javascript:1",
         "/panel/acme/in/zendesk", "/panel/acme/sign-out", "/panel/acme/\r\nX: y", "", "/panel/acme/../beta/"],
    )  # fmt: skip
    def test_it_leads_nowhere_else(self, house: Panel, page: str) -> None:
        assert sign_in(house.browser(), next=page).headers["Location"] == "/panel/acme/"

    def test_from_the_first_page_the_account_is_named(self, house: Panel) -> None:
        browser = house.browser()
        answer = post(browser, "/", {"account": " acme ", "name": " lea ", "password": PASSWORD})
        assert answer.headers["Location"] == "/panel/acme/"
        assert get(browser, "/panel/acme/").status_code == 200

    def test_the_day_is_noted(self, house: Panel) -> None:
        sign_in(house.browser())
        assert house.kept("acme", "lea").used_day == house.clock() // DAY

    def test_without_https_no_cookie_could_be_kept_so_a_token_travels(self, house: Panel) -> None:
        browser, address = house.browser(), "http://127.0.0.1:8710"
        data = {"name": "lea", "password": PASSWORD}
        answer = browser.post(ASK, base_url=address, data=data, headers=OWN_FORM)
        assert cookies(answer) == []
        assert browser.get(answer.headers["Location"], base_url=address, headers=TOP).status_code == 200

    def test_behind_a_proxy_that_ends_https_the_public_address_says_so(self, house: Panel) -> None:
        behind = Panel(
            house.settings.changed(DESKPULSE_PUBLIC_URL="https://pulse.example"), house.database, house.clock
        )
        data = {"name": "lea", "password": PASSWORD}
        answer = behind.browser().post(ASK, base_url="http://10.0.0.1", data=data, headers=OWN_FORM)
        assert len(cookies(answer)) == 1


class TestInsideAFrame:
    @pytest.mark.parametrize(
        ("headers", "more"), [(OWN_FORM_IN_FRAME, {}), (OWN_FORM, {"frame": "1"}), ({}, {"frame": "1"})]
    )
    def test_there_is_no_cookie_but_a_token_in_the_address(
        self, house: Panel, headers: dict[str, str], more: dict[str, str]
    ) -> None:
        browser = house.browser()
        answer = sign_in(browser, headers=headers, **more)
        assert cookies(answer) == []
        assert token_of(answer)
        assert get(browser, answer.headers["Location"], FRAME).status_code == 200

    def test_the_page_says_in_its_form_that_it_is_framed(self, house: Panel) -> None:
        assert hidden(get(house.browser(), ASK, FRAME))["frame"] == "1"
        assert "frame" not in hidden(get(house.browser(), ASK, TOP))

    def test_where_the_browser_does_not_tell_both_are_given_and_either_is_enough(self, house: Panel) -> None:
        browser = house.browser()
        answer = sign_in(browser, headers={})
        assert len(cookies(answer)) == 1
        assert get(browser, "/panel/acme/", {}).status_code == 200
        assert get(house.browser(), answer.headers["Location"], {}).status_code == 200
        # With the cookie, no link carries a token any more.
        assert "t=" not in get(browser, answer.headers["Location"], {}).text


class TestWhatIsWrong:
    def test_it_is_one_answer_for_account_user_and_password(self, house: Panel) -> None:
        wrong = (("acme", "lea", "not the password"), ("acme", "nobody", PASSWORD), ("nowhere", "lea", PASSWORD))
        answers = [
            post(house.browser(), f"/panel/{slug}/sign-in", {"name": name, "password": password})
            for slug, name, password in wrong
        ]
        texts = {
            answer.text.replace(f'value="{name}"', "").replace(slug, "acme")
            for answer, (slug, name, _) in zip(answers, wrong, strict=True)
        }
        assert [answer.status_code for answer in answers] == [401, 401, 401]
        assert len(texts) == 1
        assert all(cookies(answer) == [] for answer in answers)
        assert all('role="alert"' in answer.text for answer in answers)

    @pytest.mark.parametrize(
        ("slug", "name", "password"),
        [("acme", "lea", "wrong"), ("acme", "nobody", PASSWORD), ("nowhere", "lea", PASSWORD), ("acme", "", "")],
    )
    def test_whatever_is_wrong_takes_the_same_steps(
        self, house: Panel, monkeypatch: pytest.MonkeyPatch, slug: str, name: str, password: str
    ) -> None:
        steps: list[str] = []
        check, find = check_password_hash, users.find

        def checked(kept: str, given: str) -> bool:
            steps.append(kept.split("$")[0])
            return check(kept, given)

        def found(*args: Any) -> Any:
            steps.append("find")
            return find(*args)

        monkeypatch.setattr(users, "check_password_hash", checked)
        monkeypatch.setattr(users, "find", found)
        assert post(house.browser(), f"/panel/{slug}/sign-in", {"name": name, "password": password}).status_code == 401
        assert steps == ["find", "scrypt:1024:8:1"]

    def test_another_accounts_user_is_nobody_here(self, house: Panel) -> None:
        house.user("beta", "zoe")
        assert sign_in(house.browser(), "zoe").status_code == 401

    def test_the_page_repeats_the_name_inertly_and_never_the_password(self, house: Panel) -> None:
        answer = sign_in(house.browser(), '"><script>x</script>', "my secret words")
        assert "<script>x" not in answer.text
        assert "my secret words" not in answer.text

    @pytest.mark.parametrize("field", ["name", "password", "account", "next"])
    @pytest.mark.parametrize("value", ["\0", "\ud800".encode("utf-8", "surrogatepass"), "x" * 5000, "é\u202e"])
    def test_no_input_breaks_it(self, house: Panel, field: str, value: str | bytes) -> None:
        data = {"account": "acme", "name": "lea", "password": "wrong", field: value}
        assert post(house.browser(), "/", data).status_code == 401

    def test_a_form_that_is_endlessly_long_is_not_read(self, house: Panel) -> None:
        assert sign_in(house.browser(), password="x" * (guard.LARGEST_FORM + 1)).status_code == 413

    def test_another_sites_form_signs_nobody_in(self, house: Panel) -> None:
        answer = sign_in(house.browser(), headers={**OWN_FORM, "Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, cookies(answer)) == (403, [])


class TestGuessing:
    def test_after_ten_tries_a_user_is_not_asked_for_a_minute_even_with_the_right_password(self, house: Panel) -> None:
        assert {sign_in(house.browser(), password="wrong").status_code for _ in range(10)} == {401}
        answer = sign_in(house.browser())
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) in range(50, 61)
        assert title(answer) == "Too many tries"
        assert sign_in(house.browser(), "eva").status_code == 303  # somebody else is not held up

    def test_a_name_that_is_nobodys_is_limited_alike(self, house: Panel) -> None:
        found = [sign_in(house.browser(), "nobody").status_code for _ in range(11)]
        assert found == [401] * 10 + [429]

    def test_an_address_that_tries_many_names_is_limited(self, house: Panel) -> None:
        found = [sign_in(house.browser(), f"user-{number}").status_code for number in range(31)]
        assert found == [401] * 30 + [429]
        elsewhere = house.browser().post(
            ASK, base_url="https://pulse.example", data={"name": "lea", "password": PASSWORD}, headers=OWN_FORM,
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        )  # fmt: skip
        assert elsewhere.status_code == 303

    def test_a_refused_try_is_not_looked_at_at_all(self, house: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(10):
            sign_in(house.browser(), password="wrong")
        monkeypatch.setattr(users, "find", None)
        assert sign_in(house.browser()).status_code == 429


class TestSigningOut:
    def test_it_drops_the_cookie_and_ends_every_other_sign_in_of_this_user(self, house: Panel) -> None:
        here, there, other = (
            house.signed_in("acme", "lea"), house.signed_in("acme", "lea"), house.signed_in("acme"),
        )  # fmt: skip
        token = house.token("acme", "lea")
        answer = post(here, "/panel/acme/sign-out", hidden(get(here, "/panel/acme/")))
        assert (answer.status_code, title(answer)) == (200, "You are signed out")
        assert "Max-Age=0" in cookies(answer)[0]
        assert get(here, "/panel/acme/").status_code == 401
        ended = get(there, "/panel/acme/")
        assert (ended.status_code, title(ended)) == (401, "You were signed out")
        assert get(house.browser(), f"/panel/acme/?t={token}").status_code == 401
        assert get(other, "/panel/acme/").status_code == 200

    def test_it_takes_a_form_of_ones_own(self, house: Panel) -> None:
        browser = house.signed_in("acme", "lea")
        assert get(browser, "/panel/acme/sign-out").status_code == 404
        assert post(browser, "/panel/acme/sign-out", {}).status_code == 403
        assert get(browser, "/panel/acme/").status_code == 200


def test_a_real_password_is_kept_and_checked_slowly(database_url: str, slow_hash: None) -> None:
    """Once with the hash as it is, on each database."""
    database = open_database(database_url)
    with database.write() as connection:
        made = users.add(connection, "acme", "eva", "lead", PASSWORD, now=5)
    with database.read() as connection:
        found = users.find(connection, "acme", "eva")
        assert users.find(connection, "beta", "eva") is None
        assert users.listed(connection, "acme") == [made]
    assert found == made
    assert made.hash.startswith("scrypt:32768:8:1$")
    assert users.proves(found, PASSWORD)
    assert not users.proves(found, PASSWORD[:-1])
    assert not users.proves(None, PASSWORD)
    assert PASSWORD not in repr(made)
    assert made.hash not in repr(made)
    database.dispose()


def test_signing_out_changes_the_number_and_nothing_else(house: Panel) -> None:
    before = house.kept("acme", "lea")
    with house.database.write() as connection:
        assert users.sign_out(connection, "acme", "lea")
        assert not users.sign_out(connection, "acme", "nobody")
        users.speak(connection, "acme", "lea", "hr")
    after = house.kept("acme", "lea")
    assert after.number != before.number
    assert (after.hash, after.role, after.language) == (before.hash, before.role, "hr")
    assert house.kept("beta", "lea").number != after.number
