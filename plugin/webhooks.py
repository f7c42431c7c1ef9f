"""The door: a call is proved, kept and only then acknowledged; it is not read here, and nobody else is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from integrations.base import Call, Desk
from integrations.errors import BadProof
from integrations.times import SECOND
from plugin.errors import Problem
from plugin.incoming import call_of, kept_call, read_body
from plugin.known_accounts import Known, KnownAccounts
from plugin.limits import TokenBuckets, address_key
from workers.store.calls import Kept, NewCall, delivery_key
from workers.store.keeper import NotKept

#: Proofs of calls for nobody are checked against this, so that they take as long as the others.
_NOBODYS_SECRETS: Final = (b"whsec_bm9ib2R5IGtub3dzIHRoaXMgc2VjcmV0IGFuZCBub25lIG5lZWRz",)
_NOBODYS_DESK: Final = "generic"
_NOBODY: Final = ""  #: the name of no account
_PREFIX: Final = "/webhooks/"
_METHODS: Final = frozenset({"POST", "GET", "HEAD"})

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a JSON body under a status."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class Keeper(Protocol):
    """What makes a call durable: `workers.store.keeper.CallKeeper`."""

    def keep(self, call: NewCall) -> Kept:
        """Return once the call is committed; NotKept when it cannot be."""


class Watch(Protocol):
    """What counts the door's outcomes."""

    def outcome(self, name: str) -> None:
        """One request ended so: accepted, repeated, probe, refused, too_large, too_many or not_kept."""

    def kept(self, seconds: float) -> None:
        """One call was kept after so many seconds."""


class Door:
    """Everything that `POST /webhooks/<desk>/<account>` does, with its parts chosen by `create_app`."""

    def __init__(
        self,
        *,
        accounts: KnownAccounts,
        desks: Callable[[str], Desk],
        keeper: Keeper,
        watch: Watch,
        nudge: Callable[[], None],
        failed_proofs: TokenBuckets,
        pace: TokenBuckets,
        largest_body: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._desks = desks
        self._keeper = keeper
        self._watch = watch
        self._nudge = nudge
        self._failed_proofs = failed_proofs
        self._pace = pace
        self._largest_body = largest_body
        self._clock = clock

    def answer(self, desk_name: str, slug: str, environ: Mapping[str, Any]) -> Answer:
        """The answer to one request, whatever it is."""
        try:
            return self._answer(desk_name, slug, environ)
        except Problem as problem:
            self._watch.outcome(_OUTCOMES[problem.status])
            return Answer(problem.status, problem.body, problem.headers)

    def _answer(self, desk_name: str, slug: str, environ: Mapping[str, Any]) -> Answer:
        desk = self._desk(desk_name)
        if environ["REQUEST_METHOD"] not in _METHODS:
            self._watch.outcome("probe")
            return Answer(405, Problem(405).body, [("Allow", "GET, HEAD, POST")])
        if environ["REQUEST_METHOD"] != "POST" and not _is_call(desk, environ):
            self._watch.outcome("probe")
            return Answer(200, b"{}")
        now = int(self._clock() * SECOND)
        call = call_of(environ, read_body(environ, self._largest_body), now)
        try:
            if desk is None:
                with suppress(BadProof):
                    self._proved(self._desks(_NOBODYS_DESK), _NOBODY, call)
                raise BadProof("there is no such desk")
            return self._keep(self._proved(desk, slug, call), desk, call)
        except NotKept as error:
            raise Problem(503, retry_after=error.after) from error
        except BadProof as error:
            raise self._refusal(environ.get("REMOTE_ADDR") or "", slug, str(error)) from None

    def _desk(self, name: str) -> Desk | None:
        try:
            return self._desks(name)
        except KeyError:
            return None

    def _proved(self, desk: Desk, slug: str, call: Call) -> Known:
        """The account whose desk made the call; BadProof when no secret of it says so, however it stands now.

        What this costs does not depend on whether there is such an account, so that the time tells nothing.
        """
        seen = self._accounts.present()
        try:
            return _checked(desk, seen.find(slug), call)
        except BadProof:
            return _checked(desk, self._accounts.newer(seen).find(slug), call)

    def _keep(self, known: Known, desk: Desk, call: Call) -> Answer:
        account = known.account.slug
        wait = self._pace.take(account)
        if wait:
            log.warning("account above its pace", account=account)
            raise Problem(429, retry_after=wait)
        started = time.perf_counter()
        new = kept_call(call, account, desk.name, delivery_key(desk.delivery(call)))
        body = desk.kept(call.body)
        kept = self._keeper.keep(new if body is call.body else replace(new, body=body))
        self._watch.kept(time.perf_counter() - started)
        self._watch.outcome("repeated" if kept.seen else "accepted")
        self._nudge()
        return Answer(desk.accepted, b'{"call":"%d"}' % kept.id)

    def _refusal(self, address: str, slug: str, reason: str) -> Problem:
        """401, or 429 for an address that was refused too often; a genuine call never gets here."""
        wait = self._failed_proofs.take(address_key(address))
        if wait:
            return Problem(429, retry_after=wait, code="too_many_failures")
        # A line takes time, so there is one for invented names too; only the names are nobody's to read in a log.
        log.info("call refused", account=slug if slug in self._accounts else None, error=reason)
        return Problem(401)


def _checked(desk: Desk, known: Known | None, call: Call) -> Known:
    """The account, when it is of this desk and proves the call; BadProof otherwise, after the same work."""
    if known is not None and known.account.desk == desk.name:
        desk.verify(call, known.secrets(call.received_at), now=call.received_at)
        return known
    with suppress(BadProof):
        desk.verify(call, _NOBODYS_SECRETS, now=call.received_at)
    raise BadProof("there is no such account")


#: Outcomes by the status that ends a request; 429 covers address and account alike.
_OUTCOMES: Final = {401: "refused", 413: "too_large", 429: "too_many", 503: "not_kept"}


def _is_call(desk: Desk | None, environ: Mapping[str, Any]) -> bool:
    """Whether a GET is a call: with a query, for a desk whose older versions cannot send anything else."""
    if desk is None or not desk.calls_by_get:
        return False
    return environ["REQUEST_METHOD"] == "GET" and bool(environ.get("QUERY_STRING"))


def before(app: WSGIApplication, door: Door) -> WSGIApplication:
    """The application with the door in front of it.

    A call needs nothing of the framework behind, whose contexts, routing and hooks cost more than proving and
    keeping it (bench/door.py).
    """

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(_PREFIX):
            return app(environ, start_response)
        desk, _, account = path[len(_PREFIX) :].partition("/")
        if not account or "/" in account:
            return app(environ, start_response)
        answer = door.answer(desk, account, environ)
        start_response(_STATUS_LINES[answer.status], _headers(answer))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    return serve


_STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), ("Content-Length", str(len(answer.body))), *answer.headers]
