"""LiveAgent: what its rules tell us, and where everything else about it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.errors import Unreadable
from integrations.events import JSONValue
from integrations.liveagent import backfill, client, refresh, setup, showing, writing
from integrations.liveagent.mapping import TICKET_CODE, TICKET_ID, UNEXPANDED
from integrations.session import Session
from integrations.signatures import require_any
from integrations.times import Instant

_HEADER: Final = "x-plugin-token"
_PARAMETER: Final = "token"
#: Where a ticket is named, and what it looks like there.
_NAMES: Final = {"ticket_id": TICKET_ID, "ticket_code": TICKET_CODE}


class LiveAgent(Desk):
    """LiveAgent by Quality Unit, hosted or one's own."""

    name = "liveagent"
    token_in_url = True
    calls_by_get = True
    title = "LiveAgent"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True,
        surveys=("csat",),
    )  # fmt: skip
    credentials = (
        Credential("v3_key", "an API v3 key, made under Configuration > System > API"),
        Credential("v1_key", "the API v1 key, on the same screen under Settings for API v1"),
    )
    panel = ("external info in ticket",)
    permissions = (
        "ticket.read", "ticket.read_all", "ticket.operate", "ticket.create", "tag.read", "tag.manage", "call.read",
        "agent.read", "settings.read",
    )  # fmt: skip
    calls = tuple(dict.fromkeys(rule.trigger for rule in setup.RULES))
    options = ("summary_department", "summary_agent", "summary_recipient", "channels", "rating_validity_column")
    requests_per_minute = 120  # LiveAgent allows a key 180, and other plugins use the same key
    requests_per_refresh = 5  # ticket, history, messages; agents and tags once in a session
    accepted = 200  # LiveAgent before 5.37.2.6 took every other answer for a failure

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:  # noqa: ARG002  # a token has no age
        """A rule cannot sign, so its proof is a secret token in the header X-Plugin-Token or the query."""
        require_any(secrets, (call.headers.get(_HEADER, ""), call.query.get(_PARAMETER, "")), _token)

    def parse(self, call: Call, access: Access) -> Reading:  # noqa: ARG002  # a hint says the same in every account
        """Every rule's request is a hint: something happened to a ticket, whose truth is in the API."""
        for told in (_of_body(call.body), call.query):
            if told is not None and any(told.get(name) not in (None, "") for name in _NAMES):
                return Reading(refresh=(_ticket(told),))
        raise Unreadable(
            "the rule's HTTP Body is not JSON with a ticket_id; copy the body from the setup page and put only ids in"
            " it, because LiveAgent does not escape a quote in a subject"
        )

    def refresh(self, ticket: str, session: Session) -> Reading:
        """See `refresh.refresh`."""
        return refresh.refresh(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """See `backfill.backfill`."""
        return backfill.backfill(session, since=since, ratings_since=since, cursor=cursor)

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """Like `backfill`, with ratings of at least 48 hours: rules do not fire for neutral ones."""
        back = backfill.ratings_since(since, now=session.now(), zone=session.access.zone)
        return backfill.backfill(session, since=since, ratings_since=back, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """See `writing.apply`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:
        """The plugin for external info in tickets."""
        return showing.steps(webhook_url, secret)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """See `setup.install`."""
        return setup.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)


def _token(secret: bytes) -> str:
    return secret.decode("utf-8", "backslashreplace")


def _of_body(body: bytes) -> Mapping[str, JSONValue] | None:
    """The body as JSON, whatever its content type says, else as a form; None when it is neither."""
    text = body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    found = _json(text)
    if found is not None:
        return found
    try:
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return None
    # LiveAgent before 4.62 URL-encoded every body, so JSON arrives as the name of a field without a value.
    first = next(iter(form), "")
    return _json(first) or form


def _json(text: str) -> Mapping[str, JSONValue] | None:
    try:
        value: JSONValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _ticket(told: Mapping[str, Any]) -> str:
    for name in _NAMES:
        if isinstance(told.get(name), str) and UNEXPANDED.search(told[name]):
            raise Unreadable(
                f"LiveAgent did not replace {told[name][:60]} in {name}: it knows no variable of that name in this"
                " rule; copy the HTTP Body from the setup page again"
            )
    for name, shape in _NAMES.items():
        if type(told.get(name)) in (str, int) and shape.fullmatch(str(told[name])):
            return str(told[name])
    raise Unreadable("the rule's HTTP Body has no ticket id that LiveAgent could have written")
