"""Digests in a Slack channel, by an incoming webhook whose address is a secret.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import requests
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from urllib3.exceptions import NewConnectionError

from integrations.actions import Section
from integrations.addresses import PublicAdapter
from integrations.errors import DeskpulseError, RateLimited, Rejected, Unavailable, Unclear
from integrations.outlets.base import Digest
from integrations.session import USER_AGENT, retry_after

MOST_BLOCKS: Final = 50
MOST_IN_SECTION: Final = 3000
MOST_IN_HEADER: Final = 150
#: Slack refuses messages of about 13,200 characters whatever their blocks, github.com/slackapi/bolt-js/issues/2509.
MOST_IN_ALL: Final = 12_000
_TIMEOUT: Final = (5.0, 15.0)  #: seconds to connect, and between two bytes of the answer
_LARGEST_ANSWER: Final = 2048
_CUT: Final = "…"
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Slack:
    """One channel, by its webhook."""

    webhook: str = field(repr=False)
    timeout: tuple[float, float] = _TIMEOUT

    def send(self, digest: Digest, *, handing_over: Callable[[], None]) -> None:  # noqa: ARG002 - the outlet's contract
        """As `Outlet.send`. It is never handing over: after a lost answer Slack is asked again, for it keeps no
        ids by which to look, and a channel that shows a digest twice is better off than one without.
        """
        with requests.Session() as http:
            http.trust_env = False
            http.mount("https://", PublicAdapter())
            status, headers, said = self._post(http, orjson.dumps(payload(digest)))
        if status != 200:
            raise _of_status(status, headers, said)

    def _post(self, http: requests.Session, body: bytes) -> tuple[int, dict[str, str], str]:
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        try:
            with http.post(
                self.webhook, data=body, headers=headers, timeout=self.timeout, allow_redirects=False, stream=True
            ) as response:
                start = next(response.iter_content(_LARGEST_ANSWER), b"")
        except RequestException as error:
            # The cause is left out: its text holds the address, which is the secret.
            raise _of_exception(error) from None
        said = start.decode("utf-8", "replace").replace(self.webhook, _CUT)
        return response.status_code, {name.lower(): value for name, value in response.headers.items()}, said


def payload(digest: Digest) -> dict[str, Any]:
    """The message in Slack's blocks, within all of its limits; a text that does not fit ends with `…`."""
    tail = [_context(escaped(digest.note, MOST_IN_SECTION))]
    if digest.link is not None:
        href = escaped(digest.link.href.replace("|", "%7C"), MOST_IN_SECTION)
        tail.insert(0, _words(f"<{href}|{escaped(digest.link.text, MOST_IN_HEADER)}>"))
    header = {"type": "header", "text": {"type": "plain_text", "text": _short(digest.title), "emoji": False}}
    room = MOST_IN_ALL - 2 * len(_short(digest.title)) - sum(len(orjson.dumps(each)) for each in tail)
    body = list(_blocks(digest.sections, room, MOST_BLOCKS - 1 - len(tail)))
    return {
        "text": escaped(digest.title, MOST_IN_HEADER),
        "blocks": [header, *body, *tail],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str, most: int) -> str:
    """The text for mrkdwn, at most so long, never cut inside an escape; what is cut ends with `…`.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    whole = [_ESCAPES.get(each, each) for each in text]
    if sum(map(len, whole)) <= most:
        return "".join(whole)
    kept, room = [], most - len(_CUT)
    for each in whole:
        room -= len(each)
        if room < 0:
            break
        kept.append(each)
    return "".join(kept) + _CUT


def _blocks(sections: Sequence[Section], room: int, most: int) -> Iterator[dict[str, Any]]:
    """The sections in order, each in as many blocks as it needs, until the message is full."""
    for section in sections:
        for text in _texts(section):
            if most <= 0 or room <= len(_CUT):
                return
            fitting = text if len(text) <= room else text[: text.rfind("\n", 0, room) + 1] + _CUT
            yield _words(fitting)
            room, most = room - len(text), most - 1


def _texts(section: Section) -> Iterator[str]:
    """The heading and its lines in portions that a block takes, cut between lines."""
    portion = f"*{escaped(section.heading, MOST_IN_HEADER)}*"
    for line in section.lines:
        written = f"\n• {escaped(line, MOST_IN_SECTION - 200)}"
        if len(portion) + len(written) > MOST_IN_SECTION:
            yield portion
            portion = written.lstrip("\n")
        else:
            portion += written
    yield portion


def _words(text: str) -> dict[str, Any]:
    # verbatim: what a customer wrote is not made a link, and no name is rung
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _short(title: str) -> str:
    return title if len(title) <= MOST_IN_HEADER else title[: MOST_IN_HEADER - 1] + _CUT


def _of_status(status: int, headers: dict[str, str], said: str) -> DeskpulseError:
    told = f"Slack answered {status} {' '.join(said.split())[:200]}".rstrip()
    if status == 429:
        return RateLimited(told, after=retry_after(headers, now=time.time()))
    if status == 408 or status >= 500:
        wait = retry_after(headers, now=time.time()) if "retry-after" in headers else None
        return Unavailable(told, after=wait)
    if status in (401, 403, 404, 410):
        return Rejected(f"{told}: the webhook is gone or shut; make another and tell `deskpulse account slack`")
    return Rejected(told)


def _of_exception(error: RequestException) -> DeskpulseError:
    inner = getattr(error.args[0] if error.args else None, "reason", None)
    kind = type(inner or error).__name__
    if isinstance(error, ConnectTimeout | SSLError) or isinstance(inner, NewConnectionError):
        return Unavailable(f"Slack cannot be reached ({kind})")
    return Unclear(f"Slack did not answer ({kind})")
