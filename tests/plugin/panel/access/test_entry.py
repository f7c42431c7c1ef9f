"""The demo's link: it lets in without a password, for an hour, into one account, and only where somebody made it."""

from __future__ import annotations

import pytest

from integrations.errors import GiveUp
from plugin.panel.access.entry import NEWCOMER, entry_address
from plugin.panel.access.tokens import PANEL
from tests.plugin.panel.access.world import FRAME, HOME, TOP, Panel, cookies, get, title
from workers.runtime import Runtime
from workers.store import schema, users


@pytest.fixture
def runtime(house: Panel) -> Runtime:
    return Runtime(house.settings, house.database, house.vault, clock=house.clock)


def test_it_lets_a_lead_in_and_leaves_a_cookie(house: Panel, runtime: Runtime) -> None:
    browser = house.browser()
    answer = get(browser, entry_address(runtime, "acme"))
    assert (answer.status_code, answer.headers["Location"], len(cookies(answer))) == (303, "/panel/acme/", 1)
    assert f"{NEWCOMER} (lead)" in get(browser, "/panel/acme/").text


def test_without_https_as_in_the_demo_a_token_travels(house: Panel, runtime: Runtime) -> None:
    local = "http://127.0.0.1:8710"
    answer = house.browser().get(entry_address(runtime, "acme"), base_url=local, headers=TOP)
    assert cookies(answer) == []
    assert house.browser().get(answer.headers["Location"], base_url=local, headers=TOP).status_code == 200


def test_it_makes_one_user_however_often_it_is_asked_for(house: Panel, runtime: Runtime) -> None:
    first, second = entry_address(runtime, "acme"), entry_address(runtime, "acme")
    assert [get(house.browser(), each).status_code for each in (first, second)] == [303, 303]
    with house.database.read() as connection:
        assert [user.name for user in users.listed(connection, "acme")].count(NEWCOMER) == 1


def test_it_is_good_for_an_hour(house: Panel, runtime: Runtime) -> None:
    address = entry_address(runtime, "acme")
    house.clock.go(3599)
    assert get(house.browser(), address).status_code == 303
    house.clock.go(1)
    answer = get(house.browser(), address)
    assert (answer.status_code, title(answer)) == (401, "This link does not open the panel")


@pytest.mark.parametrize("path", ["/panel/beta/enter?t=", "/panel/nowhere/enter?t=", "/panel/acme/overview?t="])
def test_it_opens_nothing_else(house: Panel, runtime: Runtime, path: str) -> None:
    token = entry_address(runtime, "acme").partition("t=")[2]
    assert get(house.browser(), path + token, FRAME).status_code == 401


def test_a_token_for_pages_is_no_entry(house: Panel) -> None:
    token = house.token("acme", "lea", purpose=PANEL)
    assert house.browser().get(f"/panel/acme/enter?t={token}", base_url=HOME).status_code == 401


def test_it_ends_with_its_user(house: Panel, runtime: Runtime) -> None:
    address = entry_address(runtime, "acme")
    with house.database.write() as connection:
        users.remove(connection, "acme", NEWCOMER)
    assert get(house.browser(), address).status_code == 401


def test_of_an_account_that_is_not_there_there_is_none(house: Panel, runtime: Runtime) -> None:
    with pytest.raises(GiveUp, match="no account nowhere"):
        entry_address(runtime, "nowhere")


def test_nobody_comes_in_so_unless_it_was_asked_for(house: Panel) -> None:
    with house.database.read() as connection:
        names = connection.execute(schema.users.select()).all()
    assert NEWCOMER not in {row.name for row in names}
