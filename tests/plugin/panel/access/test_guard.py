"""Who reaches a page: by a cookie at top level, by a token in a frame, and as the user is kept now."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Blueprint

from integrations.times import SECOND
from plugin.panel.access.house import House
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.session import current_account, current_visitor, for_role, form_token, link, query_token
from plugin.panel.access.tokens import COOKIE, ENTRY, LONGEST_VISIT, PANEL, signed
from tests.plugin.panel.access.world import (
    COOKIE_NAME,
    FRAME,
    OWN_FORM,
    OWN_FORM_IN_FRAME,
    TOP,
    Panel,
    cookies,
    get,
    hidden,
    links,
    post,
    title,
)
from workers.store import accounts, users

OVERVIEW = "/panel/acme/overview"
TOKENS = r"eyJ[\w-]+\.[\w-]+\.[\w-]+"


class TestTokens:
    def test_it_opens_a_page_whose_links_and_forms_carry_another_one(self, house: Panel) -> None:
        first = house.token("acme")
        house.clock.go(300)
        answer = get(house.browser(), f"{OVERVIEW}?t={first}", FRAME)
        assert answer.status_code == 200
        renewed = set(re.findall(TOKENS, answer.text))
        assert len(renewed) == 1
        assert first not in renewed
        assert all("t=" in address for address in links(answer))
        assert cookies(answer) == []

    def test_used_in_time_it_goes_on_for_a_working_day_and_no_longer(self, house: Panel) -> None:
        browser, address, passed = house.browser(), f"{OVERVIEW}?t={house.token('acme')}", 0
        while (answer := get(browser, address, FRAME)).status_code == 200:
            address = links(answer)[0]
            house.clock.go(590)
            passed += 590
        assert LONGEST_VISIT <= passed < LONGEST_VISIT + 600

    def test_after_ten_minutes_the_page_says_what_to_do(self, house: Panel) -> None:
        address = f"{OVERVIEW}?t={house.token('acme')}"
        house.clock.go(600)
        answer = get(house.browser(), address, FRAME)
        assert (answer.status_code, title(answer)) == (401, "This view is too old")
        assert "Reload the desk&#39;s page" in answer.text
        # Whoever signs in goes on where they were, without the token that is over.
        assert (hidden(answer)["next"], hidden(answer)["frame"]) == (OVERVIEW, "1")

    @pytest.mark.parametrize("text", ["x", "eyJ.eyJ.x", "", "\0", "é", "a.b.c", "x" * 5000])
    def test_what_is_none_is_refused(self, house: Panel, text: str) -> None:
        answer = get(house.browser(), OVERVIEW, FRAME, query_string={"t": text})
        assert answer.status_code == 401
        assert title(answer) == ("This link does not open the panel" if text else "Sign in")

    @pytest.mark.parametrize("purpose", [COOKIE, ENTRY])
    def test_one_for_another_purpose_is_refused(self, house: Panel, purpose: str) -> None:
        token = house.token("acme", purpose=purpose)
        assert get(house.browser(), f"{OVERVIEW}?t={token}", FRAME).status_code == 401

    def test_as_a_cookie_it_opens_nothing(self, house: Panel) -> None:
        browser = house.browser()
        browser.set_cookie(COOKIE_NAME, house.token("acme"), domain="pulse.example", secure=True)
        assert get(browser, OVERVIEW).status_code == 401

    def test_a_form_in_a_frame_is_taken_with_it_and_only_with_it(self, house: Panel) -> None:
        page = get(house.browser(), f"{OVERVIEW}?t={house.token('acme', 'lea')}", FRAME)
        browser = house.browser()
        assert set(hidden(page)) == {"t"}
        assert post(browser, "/panel/acme/sign-out", {}, OWN_FORM_IN_FRAME).status_code == 401
        assert post(browser, "/panel/acme/sign-out", hidden(page), OWN_FORM_IN_FRAME).status_code == 200


class TestCookies:
    def test_it_opens_every_page_and_no_address_carries_anything(self, house: Panel) -> None:
        browser = house.signed_in("acme")
        answer = get(browser, OVERVIEW)
        assert answer.status_code == 200
        assert not re.search(TOKENS, answer.text)
        assert cookies(answer) == []

    @pytest.mark.parametrize("place", ["iframe", "frame", "embed", "object"])
    def test_inside_a_frame_it_is_not_looked_at(self, house: Panel, place: str) -> None:
        browser = house.signed_in("acme")
        assert get(browser, OVERVIEW, {**TOP, "Sec-Fetch-Dest": place}).status_code == 401
        assert get(browser, f"{OVERVIEW}?t={house.token('acme')}", FRAME).status_code == 200

    def test_it_lasts_for_twelve_hours(self, house: Panel) -> None:
        browser = house.signed_in("acme")
        house.clock.go(12 * 3600 - 1)
        assert get(browser, OVERVIEW).status_code == 200
        house.clock.go(1)
        assert get(browser, OVERVIEW).status_code == 401

    def test_it_wins_over_a_token_in_a_link_that_somebody_sent(self, house: Panel) -> None:
        answer = get(house.signed_in("acme", "lea"), f"{OVERVIEW}?t={house.token('acme', 'eva')}")
        assert "lea (lead)" in answer.text

    def test_another_accounts_cookie_is_none_and_a_token_still_counts(self, house: Panel) -> None:
        browser = house.signed_in("beta")
        assert get(browser, OVERVIEW).status_code == 401
        assert "eva (viewer)" in get(browser, f"{OVERVIEW}?t={house.token('acme')}").text

    def test_a_form_without_its_token_changes_nothing(self, house: Panel) -> None:
        browser = house.signed_in("acme", "lea")
        before = house.kept("acme", "lea").number
        for data in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é\0"}):
            answer = post(browser, "/panel/acme/sign-out", data)
            assert (answer.status_code, title(answer)) == (403, "Nothing was changed")
        assert house.kept("acme", "lea").number == before

    def test_a_form_with_another_visitors_token_changes_nothing(self, house: Panel) -> None:
        others = hidden(get(house.signed_in("acme", "eva"), OVERVIEW))
        elsewhere = hidden(get(house.signed_in("beta", "lea"), "/panel/beta/"))
        browser = house.signed_in("acme", "lea")
        for data in (others, elsewhere):
            assert post(browser, "/panel/acme/sign-out", data).status_code == 403
        assert post(browser, "/panel/acme/sign-out", hidden(get(browser, OVERVIEW))).status_code == 200

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_a_form_of_another_site_changes_nothing_even_with_the_right_token(self, house: Panel, site: str) -> None:
        browser = house.signed_in("acme", "lea")
        data = hidden(get(browser, OVERVIEW))
        assert post(browser, "/panel/acme/sign-out", data, {**OWN_FORM, "Sec-Fetch-Site": site}).status_code == 403

    @pytest.mark.parametrize("mode", ["no-cors", "cors", "websocket"])
    def test_another_site_embeds_nothing_of_ours(self, house: Panel, mode: str) -> None:
        headers = {"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
        answer = get(house.signed_in("acme"), OVERVIEW, headers)
        assert (answer.status_code, title(answer)) == (403, "This page is not for other sites")

    def test_a_link_from_another_site_opens_the_page(self, house: Panel) -> None:
        headers = {**TOP, "Sec-Fetch-Site": "cross-site"}
        assert get(house.signed_in("acme"), OVERVIEW, headers).status_code == 200


class TestUsers:
    @pytest.mark.parametrize("way", ["cookie", "token"])
    def test_one_who_is_removed_is_out_at_once(self, house: Panel, way: str) -> None:
        browser = house.signed_in("acme") if way == "cookie" else house.browser()
        address = OVERVIEW if way == "cookie" else f"{OVERVIEW}?t={house.token('acme')}"
        assert get(browser, address).status_code == 200
        with house.database.write() as connection:
            users.remove(connection, "acme", "eva")
        answer = get(browser, address)
        assert (answer.status_code, title(answer)) == (401, "You were signed out")

    def test_one_who_is_made_again_under_the_same_name_is_another(self, house: Panel) -> None:
        browser = house.signed_in("acme")
        with house.database.write() as connection:
            users.remove(connection, "acme", "eva")
        house.user("acme", "eva")
        assert get(browser, OVERVIEW).status_code == 401

    def test_the_role_is_the_one_that_is_kept_now(self, house: Panel) -> None:
        token = house.token("acme", "eva", role="lead")
        assert "eva (viewer)" in get(house.browser(), f"{OVERVIEW}?t={token}", FRAME).text

    def test_an_account_that_is_removed_and_made_again_knows_nobody(self, house: Panel) -> None:
        token = house.token("acme")
        browser = house.signed_in("acme")
        number = house.kept("acme").number
        with house.database.write() as connection:
            accounts.remove(connection, "acme")
        assert get(browser, OVERVIEW).status_code == 401
        house.add("acme")
        house.user("acme")
        with house.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE users SET number = {number} WHERE account = 'acme'")
        assert get(browser, OVERVIEW).status_code == 401
        assert get(house.browser(), f"{OVERVIEW}?t={token}").status_code == 401

    @pytest.mark.parametrize("via", ["zendesk", "nothing", "liveagent", ""])
    def test_one_whom_no_desk_of_this_account_vouches_for_is_out(self, house: Panel, via: str) -> None:
        token = house.token("acme", via=via)
        assert get(house.browser(), f"{OVERVIEW}?t={token}", FRAME).status_code == 401


class TestPages:
    """What is promised to those who write pages."""

    @pytest.fixture
    def seen(self) -> dict[str, Any]:
        return {}

    @pytest.fixture
    def made(self, house: Panel, seen: dict[str, Any]) -> Panel:
        def add(pages: Blueprint, given: House) -> None:
            @pages.get("/")
            def now() -> str:
                seen.update(
                    visitor=current_visitor(), account=current_account(), link=link("figure", metric="csat", by=None),
                    form=form_token(), query=query_token(), house=given,
                )  # fmt: skip
                return "now"

            @pages.get("/figure/<metric>")
            def figure(metric: str) -> str:
                return metric

            @pages.route("/settings", methods=["GET", "POST"])
            @for_role("lead")
            def settings() -> str:
                seen["done"] = True
                return "settings"

            @pages.get("/fails")
            def fails() -> str:
                raise ZeroDivisionError("with customer words")

        house.app = house.application((add,))
        return house

    def test_a_page_knows_its_visitor_and_account(self, made: Panel, seen: dict[str, Any]) -> None:
        get(made.browser(), f"/panel/acme/?t={made.token('acme', ticket='12', language='hr')}", FRAME)
        visitor = seen["visitor"]
        assert (visitor.account, visitor.user, visitor.role, visitor.way) == ("acme", "eva", "viewer", "token")
        assert visitor.ticket == "12"
        assert visitor.language is None  # as it is kept, not as it was signed
        assert seen["account"].slug == "acme"

    def test_links_leave_out_what_is_none_and_carry_a_token_only_in_frames(
        self, made: Panel, seen: dict[str, Any]
    ) -> None:
        get(made.signed_in("acme"), "/panel/acme/")
        assert seen["link"] == "/panel/acme/figure/csat"
        assert (seen["visitor"].way, str(seen["query"])) == ("cookie", "")
        assert seen["form"].startswith('<input type="hidden" name="form_token"')
        get(made.browser(), f"/panel/acme/?t={made.token('acme')}", FRAME)
        assert seen["link"].startswith("/panel/acme/figure/csat?t=eyJ")
        assert str(seen["form"]) == str(seen["query"])

    def test_what_is_for_leads_is_refused_to_viewers_however_they_ask(self, made: Panel, seen: dict[str, Any]) -> None:
        viewer, lead = made.signed_in("acme", "eva"), made.signed_in("acme", "lea")
        get(viewer, "/panel/acme/")
        mine = re.findall(r'value="(\w+)"', str(seen["form"]))[0]
        for answer in (
            get(viewer, "/panel/acme/settings"),
            post(viewer, "/panel/acme/settings", {"form_token": mine}),
        ):
            assert (answer.status_code, title(answer)) == (403, "Only leads may do that")
        assert "done" not in seen
        assert get(lead, "/panel/acme/settings").text == "settings"

    def test_what_fails_is_a_page_that_says_no_more_than_that(self, made: Panel) -> None:
        made.app.config["PROPAGATE_EXCEPTIONS"] = False
        answer = get(made.signed_in("acme"), "/panel/acme/fails")
        assert (answer.status_code, title(answer)) == (500, "Something failed on our side")
        assert "customer words" not in answer.text

    def test_an_address_without_a_page_is_one_too_for_those_who_are_in(self, made: Panel) -> None:
        assert get(made.signed_in("acme"), "/panel/acme/nothing/here").status_code == 404
        assert get(made.browser(), "/panel/acme/nothing/here").status_code == 401

    def test_nobody_is_asked_for_outside_a_page(self, made: Panel) -> None:
        with made.app.test_request_context("/panel/acme/"), pytest.raises(Refusal):
            current_visitor()


def test_a_visit_that_began_in_the_future_lasts_no_longer_either(house: Panel) -> None:
    late = house.claims("acme", began=house.clock() // SECOND + 10**6)
    token = signed(late, PANEL, house.house.keys(house.account("acme")), now=house.clock())
    house.clock.go(601)
    assert get(house.browser(), f"{OVERVIEW}?t={token}", FRAME).status_code == 401
