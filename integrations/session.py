"""Every request to a desk: one place for addresses, time-outs, budgets, redaction and the meaning of errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import orjson
import requests
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError

from integrations.addresses import PrivateAddress, PublicAdapter
from integrations.base import Access, Gate
from integrations.deadlines import TimelyAdapter
from integrations.errors import (
    DeskpulseError,
    GiveUp,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Retry,
    Unavailable,
    Unclear,
)
from integrations.events import JSONValue
from integrations.times import SECOND, Instant

USER_AGENT: Final = "Deskpulse/0.1 (helpdesk plugin)"
_TIMEOUT: Final = (5.0, 20.0)  #: seconds to connect, and between two bytes of the answer
_LARGEST_ANSWER: Final = 32 * 1024 * 1024
_WAIT_UNKNOWN: Final = 60.0  #: seconds after a 429 that does not say how long
_SHORTEST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 3600.0
_SHORTEST_KEY: Final = 4  #: what is shorter is no secret, and hiding it would make messages unreadable
_READS: Final = frozenset({"GET", "HEAD"})


class NoGate:
    """A gate that is always open: for tests and for one-off checks at the command line."""

    def take(self, requests: int) -> None:
        """Every request may go."""

    def hold(self, seconds: float) -> None:
        """There is nothing to hold back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A desk's answer: status, headers (lower-case names) and the JSON it carried (None when empty)."""

    status: int
    headers: Mapping[str, str]
    json: JSONValue


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is not a success, for a desk's own reading of it."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    text: str


#: A desk's own reading of a failed answer; None leaves it to the table of this module.
Meaning = Callable[[Failure], DeskpulseError | None]


class Session:
    """A conversation with one account's desk; use it in a `with` block.

    Every request books one from the account's gate, save those already `prepaid`.
    """

    def __init__(
        self,
        access: Access,
        gate: Gate,
        *,
        allow_private: bool = False,
        clock: Callable[[], float] = time.time,
        timeout: tuple[float, float] = _TIMEOUT,
    ) -> None:
        self.access = access
        self._gate = gate
        self._clock = clock
        self._timeout = timeout
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["User-Agent"] = USER_AGENT
        adapter = TimelyAdapter() if allow_private else PublicAdapter()
        self._http.mount("http://", adapter)
        self._http.mount("https://", adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def now(self) -> Instant:
        """The moment by our clock, for `Present.asked_at`."""
        return int(self._clock() * SECOND)

    def get(self, path: str, **options: JSONValue) -> Answer:
        """`request("GET", …)`."""
        return self.request("GET", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: JSONValue = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        permission: str = "",
        meaning: Meaning | None = None,
    ) -> Answer:
        """One request below the desk's address, answered with 2xx and JSON or nothing.

        What is sent is `json`, a `form`, or a `body` whose very bytes a signature covers. `permission` is
        named in the error when the desk refuses; `meaning` lets a desk read a failed answer in its own way
        first. Raises the classes of `integrations.errors` and nothing else.
        """
        self._gate.take(1)
        url = self.access.url.rstrip("/") + path
        try:
            with self._http.request(
                method,
                url,
                params=params,
                json=json,
                data=form if body is None else body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _body(response)
        except (RequestException, UnicodeError) as error:
            # The cause is left out: its text holds the whole URL, with keys in its query, and would be logged.
            raise _of_exception(error, method, self._host()) from None
        answered = {name.lower(): value for name, value in response.headers.items()}
        if 200 <= response.status_code < 300:
            return Answer(response.status_code, answered, _json(content, method, path))
        failure = Failure(method, path, response.status_code, answered, self._readable(content))
        raise (meaning and meaning(failure)) or self._of_status(failure, permission)

    def _host(self) -> str:
        try:
            return urlsplit(self.access.url).hostname or self.access.url
        except ValueError:
            return "the desk's address"

    def _readable(self, content: bytes) -> str:
        """The start of an answer for an error's message, without keys of ours that it may repeat."""
        text = content[:2000].decode("utf-8", "replace")
        for value in self.access.credentials.values():
            text = text.replace(value, "…") if len(value) >= _SHORTEST_KEY else text
        return text

    def _of_status(self, failure: Failure, permission: str) -> DeskpulseError:
        said = f"{self._host()} answered {failure.status} to {failure.method} {failure.path}"
        if failure.status == 429:
            after = retry_after(failure.headers, now=self._clock())
            self._gate.hold(after)
            return RateLimited(f"{said}: its rate limit is used up", after=after)
        if failure.status in (401, 403):
            need = f"; grant the permission {permission}" if permission else ""
            return Refused(f"{said}: check the credentials of this account{need}", permission=permission)
        if failure.status in (404, 410):
            return Gone(said)
        if failure.status in (408, 425) or failure.status >= 500:
            wait = retry_after(failure.headers, now=self._clock()) if "retry-after" in failure.headers else None
            kind = Unavailable if failure.method in _READS or failure.status == 503 else Unclear
            return kind(said, after=wait)
        if 300 <= failure.status < 400:
            return Rejected(f"{said}: it leads elsewhere, and redirects are not followed; set the desk's own address")
        return Rejected(f"{said}: {' '.join(failure.text.split())[:200]}")


def retry_after(headers: Mapping[str, str], *, now: float) -> float:
    """Seconds to wait by a Retry-After header, in either of its forms; 60 when there is none to read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(max(float(text), _SHORTEST_WAIT), _LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # the library's parser trips over odd dates
        return _WAIT_UNKNOWN
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max((date - datetime.fromtimestamp(now, UTC)).total_seconds(), _SHORTEST_WAIT), _LONGEST_WAIT)


class _TooLarge(RequestException):
    """The answer does not end within 32 MiB."""


def _body(response: requests.Response) -> bytes:
    """The whole body, up to 32 MiB of it; how long it may take the adapter knows."""
    body = bytearray()
    while chunk := _more(response):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise _TooLarge
    return bytes(body)


def _more(response: requests.Response) -> bytes:
    """What has arrived so far, without waiting until a whole block is there."""
    try:
        chunk: bytes = response.raw.read1(64 * 1024, decode_content=True)
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(type(error).__name__) from None
    return chunk


def _json(body: bytes, method: str, path: str) -> JSONValue:
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # A 200 with a login page or an outage notice is no success. For a write nobody knows what happened.
        kind: type[Retry | GiveUp] = Unavailable if method in _READS else Unclear
        raise kind(f"the answer to {method} {path} is not JSON") from error


def _of_exception(error: RequestException | UnicodeError, method: str, host: str) -> DeskpulseError:
    if _is_private(error):
        return Rejected(f"{host} is in a private network; DESKPULSE_ALLOW_PRIVATE_DESKS=1 allows that")
    if isinstance(error, ValueError):  # requests' own InvalidURL, InvalidHeader … are ValueErrors too
        return Rejected(f"the request to {host} cannot be made: check the address and the credentials")
    if isinstance(error, ConnectTimeout) or _is_unsent(error):
        return Unavailable(f"{host} cannot be reached ({_kind(error)})")
    if isinstance(error, _TooLarge) and method in _READS:
        return Rejected(f"the answer of {host} is larger than 32 MiB")
    kind = Unavailable if method in _READS else Unclear
    return kind(f"{host} did not answer {method} ({_kind(error)})")


def _reason(error: BaseException) -> BaseException | None:
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def _kind(error: BaseException) -> str:
    return type(_reason(error) or error).__name__.lstrip("_")


def _is_private(error: BaseException) -> bool:
    return isinstance(_reason(error), PrivateAddress)


def _is_unsent(error: BaseException) -> bool:
    reason = _reason(error)
    unverified = isinstance(reason, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return unverified or isinstance(reason, NewConnectionError)
