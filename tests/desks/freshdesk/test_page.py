"""The page of the docs says what the code does: rules, routes, words, and an app whose signature is let in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.base import Call
from integrations.freshdesk import client, mapping, setup
from integrations.freshdesk.simulated_routes import routes
from integrations.times import SECOND
from tests.desks.freshdesk.samples import DESK, SECRET, TICKET, access, app_event, read_ticket, said, ticket

PAGE: Final = (Path(__file__).parents[3] / "docs" / "desks" / "freshdesk.md").read_text(encoding="utf-8")
NODE: Final = shutil.which("node")
#: What stands around the app's code on the app platform: the request template, and an event to handle.
_PLATFORM: Final = """
globalThis.$request = { invokeTemplate: async (name, options) => console.log(JSON.stringify({ name, ...options })) };
const payload = JSON.parse(process.argv[1]);
exports[payload.event + "Handler"]({ ...payload, iparams: { deskpulse_secret: process.argv[2] } });
"""


def blocks(language: str) -> list[str]:
    """The code blocks of the page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def sent_by_the_app(event: dict[str, Any], secret: bytes) -> dict[str, Any]:
    """What the app of the page sends when this event comes."""
    assert NODE is not None, "there is no node here: apt-get install nodejs"
    (code,) = blocks("js")
    done = subprocess.run(
        [NODE, "-e", code + _PLATFORM, "--", json.dumps(event), secret.decode()],
        capture_output=True, check=True, text=True, timeout=30,
    )  # fmt: skip
    sent: dict[str, Any] = json.loads(done.stdout)
    return sent


class TestRules:
    @pytest.mark.parametrize("rule", setup.RULES, ids=lambda rule: rule.event)
    def test_every_rule_has_a_row(self, rule: setup.Rule) -> None:
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {rule.tab} | {rule.name} |")]
        for word in re.findall(r"[a-z ]+ (?:is|are) [a-z ]+", rule.when):
            assert word.strip() in row

    def test_the_content_to_paste_is_the_one_that_connecting_prints(self) -> None:
        assert setup.RULES[0].content() in [block.strip() for block in blocks("")]

    def test_the_header_is_the_one_that_is_read(self) -> None:
        assert f"`{setup.HEADER}: SECRET`" in PAGE


class TestRoutes:
    @pytest.mark.parametrize("route", [rule.rule for rule in routes().url_map.iter_rules() if "/api/v2" in rule.rule])
    def test_every_address_that_is_asked_for_customers_data_is_on_the_page(self, route: str) -> None:
        path = route.removeprefix("/api/v2").replace("<int:ticket>", "{id}")
        elsewhere = ("/ticket_fields", "/automations", "/agents/me", "/archived", "/surveys", "/admin")
        assert path in PAGE or any(part in path for part in elsewhere)

    @pytest.mark.parametrize("permission", [client.READ, client.EDIT, client.NOTE, client.CREATE, client.ADMIN])
    def test_every_permission_is_named(self, permission: str) -> None:
        assert f"`{permission}`" in PAGE

    def test_how_much_is_asked_in_a_minute_is_said(self) -> None:
        assert f"at most {DESK.requests_per_minute} requests a minute" in PAGE
        assert DESK.requests_per_refresh == 3
        assert "three requests" in PAGE


class TestWords:
    @pytest.mark.parametrize(
        ("sentence", "numbers", "status"),
        [("2 is open", (2,), "open"), ("3 and 6 (waiting on customer) are pending", (3, 6), "pending"),
         ("7 (waiting on third party) is on hold", (7,), "on_hold"), ("4 is resolved", (4,), "resolved"),
         ("5 is closed", (5,), "closed")],
    )  # fmt: skip
    def test_each_status_is_what_the_page_says(self, sentence: str, numbers: tuple[int, ...], status: str) -> None:
        assert sentence in PAGE
        assert {mapping.status_of(number, {}) for number in numbers} == {status}

    @pytest.mark.parametrize(
        ("sentence", "sources", "channel"),
        [("Email and Outbound email are `email`", (1, 10), "email"),
         ("Portal and Feedback widget are `web_form`", (2, 9), "web_form"), ("Phone is `voice`", (3,), "voice"),
         ("Twitter, Facebook and Instagram are `social`", (5, 6), "social"), ("Chat is `chat`", (7,), "chat"),
         ("Mobihelp, WhatsApp and the other messengers are `messaging`", (8,), "messaging")],
    )  # fmt: skip
    def test_each_source_is_what_the_page_says(self, sentence: str, sources: tuple[int, ...], channel: str) -> None:
        assert sentence in PAGE
        assert {mapping.channel(read_ticket(ticket(source=source)), {}) for source in sources} == {channel}

    @pytest.mark.parametrize("option", ["statuses", "channels", "source_names", "fields"])
    def test_every_setting_is_explained(self, option: str) -> None:
        assert f"`{option}`" in PAGE

    def test_the_tag_of_summaries_is_named_for_rules_of_ones_own(self) -> None:
        assert f"leave out those with the tag `{SUMMARY_TAG}`" in PAGE


@pytest.mark.slow
class TestApp:
    """The app is JavaScript: these need node, which not every machine has."""

    @pytest.mark.parametrize("secret", [SECRET, b"a-secret-without-a-prefix"])
    def test_what_it_sends_is_let_in_and_read(self, secret: bytes) -> None:
        sent = sent_by_the_app(app_event("onTicketCreate", ticket=ticket()), secret)
        context = sent["context"]
        names = {"id": "webhook-id", "timestamp": "webhook-timestamp", "signature": "webhook-signature"}
        headers = {names[name]: str(value) for name, value in context.items()}
        now = int(context["timestamp"]) * SECOND
        call = Call(sent["body"].encode(), headers, {}, now)
        DESK.verify(call, (secret,), now=now)
        assert DESK.parse(call, access()).events[0].ticket == TICKET
        assert sent["name"] == "deskpulse"

    def test_the_secret_is_not_in_what_it_sends(self) -> None:
        assert SECRET.decode() not in sent_by_the_app(app_event("onTicketCreate", ticket=ticket()), SECRET)["body"]

    def test_the_same_event_is_the_same_delivery_and_another_is_another(self) -> None:
        events = [app_event("onConversationCreate", conversation=said(number, 5)) for number in (1, 1, 2)]
        first, again, other = (sent_by_the_app(event, SECRET)["context"]["id"] for event in events)
        assert first == again != other

    def test_it_hears_of_everything_that_the_desk_wants_from_an_app(self) -> None:
        wanted = [call for call in DESK.calls if call.startswith("on")]
        (code,) = blocks("js")
        assert re.findall(r"(on\w+)Handler", code) == wanted
