"""Slack at the wire: what is posted stays within its limits, and what every answer means for a second try."""

from __future__ import annotations

import socket
from typing import Any

import orjson
import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import ReadTimeoutError

from integrations.actions import Section
from integrations.errors import DeskpulseError, RateLimited, Rejected, Unavailable, Unclear
from integrations.outlets.slack import MOST_BLOCKS, MOST_IN_ALL, MOST_IN_SECTION, Slack, escaped, payload
from tests.integrations.outlets.samples import digest, hostile

WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/aSecretOfTheseTests"
#: What Slack was seen to refuse.
TOO_MUCH = 13_200


def send() -> None:
    def over() -> None:
        raise AssertionError("Slack is never handing over")

    Slack(WEBHOOK).send(digest(), handing_over=over)


def failed(**answer: Any) -> DeskpulseError:
    with responses.RequestsMock() as slack:
        slack.post(WEBHOOK, **answer)
        with pytest.raises(DeskpulseError) as error:
            send()
    assert "aSecret" not in str(error.value)
    assert error.value.__cause__ is None
    return error.value


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def check_limits(message: dict[str, Any]) -> None:
    blocks = message["blocks"]
    assert 1 <= len(blocks) <= MOST_BLOCKS
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(1 <= len(text) <= MOST_IN_SECTION for text in texts(blocks))
    assert sum(map(len, texts(blocks))) <= MOST_IN_ALL
    assert len(orjson.dumps(message).decode()) < TOO_MUCH + 60 * len(blocks)


class TestMessages:
    def test_a_channel_gets_the_digest_as_blocks(self) -> None:
        with responses.RequestsMock() as slack:
            slack.post(WEBHOOK, body="ok")
            send()
            (call,) = slack.calls
        sent = orjson.loads(call.request.body or b"")
        assert sent == payload(digest())
        assert sent["text"] == digest().title
        assert [block["type"] for block in sent["blocks"]] == ["header", *["section"] * 5, "context"]
        assert texts(sent["blocks"])[0].startswith(
            "*What changed*\n• Compared with Tuesday 10 March 2026\n• Tickets: 128"
        )

    def test_it_leads_to_the_panel(self) -> None:
        href = "https://pulse.example/panel/acme/overview?period=days&amp;from=2026-03-17"
        assert texts(payload(digest())["blocks"])[-1] == f"<{href}|Open in Deskpulse>"
        assert not any("<http" in text for text in texts(payload(digest(link=None))["blocks"]))

    def test_what_customers_wrote_rings_nobody_and_leads_nowhere(self) -> None:
        message = payload(hostile())
        written = orjson.dumps([message["blocks"][1:-2], message["text"]]).decode()
        assert "<!channel>" not in written
        assert "&lt;!channel&gt;" in written
        assert "<script" not in written
        assert all(block["text"]["verbatim"] for block in message["blocks"] if block["type"] == "section")
        assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)

    @given(st.lists(st.lists(st.text(min_size=1, max_size=300), max_size=60), max_size=8))
    def test_limits_are_kept_whatever_is_told(self, lines: list[list[str]]) -> None:
        check_limits(payload(digest(title="T" * 400, sections=tuple(Section("&" * 90, tuple(each)) for each in lines))))

    @pytest.mark.parametrize(("sections", "lines", "length"), [(4, 60, 240), (80, 1, 10), (1, 1, 9000), (3, 300, 3)])
    def test_a_message_that_is_too_long_is_cut(self, sections: int, lines: int, length: int) -> None:
        told = digest(sections=tuple(Section("What", ("&" * length,) * lines) for _ in range(sections)))
        message = payload(told)
        check_limits(message)
        assert message["blocks"][-1]["type"] == "context"
        assert not [text for text in texts(message["blocks"]) if text.replace("&amp;", "").count("&")]

    @given(st.text(alphabet="a&<>ž", max_size=40), st.integers(1, 60))
    def test_an_escape_is_never_cut(self, text: str, most: int) -> None:
        found = escaped(text, most)
        assert len(found) <= most
        whole = found.removesuffix("…").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert text.startswith(whole)
        assert found.endswith("…") or whole == text


class TestFailing:
    @pytest.mark.parametrize(("header", "after"), [({"Retry-After": "30"}, 30.0), ({}, 60.0)])
    def test_a_used_up_limit_is_waited_for(self, header: dict[str, str], after: float) -> None:
        error = failed(status=429, headers=header)
        assert (type(error), getattr(error, "after", 0)) == (RateLimited, after)

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_trouble_at_slack_is_tried_again(self, status: int) -> None:
        assert type(failed(status=status, body="rollup_error")) is Unavailable

    @pytest.mark.parametrize(
        ("status", "said"), [(403, "action_prohibited"), (404, "no_service"), (410, "channel_is_archived")]
    )
    def test_a_webhook_that_is_gone_is_given_up(self, status: int, said: str) -> None:
        error = failed(status=status, body=said)
        assert type(error) is Rejected
        assert str(error).startswith(f"Slack answered {status} {said}: the webhook is gone")
        assert "`deskpulse account slack`" in str(error)

    @pytest.mark.parametrize("status", [302, 400, 413])
    def test_a_refusal_is_given_up(self, status: int) -> None:
        answer = {
            "status": status,
            "body": f"invalid_blocks {WEBHOOK}",
            "headers": {"Location": "https://evil.example"},
        }
        assert type(failed(**answer)) is Rejected

    @pytest.mark.parametrize(
        ("raised", "kind"),
        [
            (requests.exceptions.ConnectTimeout(WEBHOOK), Unavailable),
            (requests.exceptions.SSLError(WEBHOOK), Unavailable),
            (requests.exceptions.ReadTimeout(WEBHOOK), Unclear),
            (requests.exceptions.ConnectionError(ReadTimeoutError(None, "/", WEBHOOK)), Unclear),  # type: ignore[arg-type]
            (requests.exceptions.ChunkedEncodingError(WEBHOOK), Unclear),
        ],
    )
    def test_what_is_lost_on_the_way_is_tried_again(self, raised: Exception, kind: type[DeskpulseError]) -> None:
        assert type(failed(body=raised)) is kind

    def test_a_name_that_leads_into_our_own_network_is_not_followed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: here)
        with pytest.raises(Unavailable, match="cannot be reached"):
            send()

    def test_the_address_is_not_shown(self) -> None:
        assert "aSecret" not in repr(Slack(WEBHOOK))
