"""Freshdesk: how its calls are proved, and where everything else about it is."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.errors import BadProof
from integrations.freshdesk import client, hooks, refresh, setup, showing, walks, writing
from integrations.session import Session
from integrations.signatures import require_any, require_recent, standard_webhooks_signature
from integrations.times import Instant

_HEADER: Final = setup.HEADER.lower()
_PARAMETER: Final = "token"
USER: Final = "deskpulse"  #: the name in basic authentication
_SIGNATURE: Final = "webhook-signature"
_LONGEST_ID: Final = 200


class Freshdesk(Desk):
    """Freshdesk by Freshworks."""

    name = "freshdesk"
    title = "Freshdesk"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True,
        surveys=("csat",),
    )  # fmt: skip
    credentials = (
        Credential("api_key", "the API key of an agent that only Deskpulse uses, from that agent's profile settings"),
    )
    permissions = (client.READ, client.EDIT, client.NOTE, client.CREATE)
    calls = (
        *dict.fromkeys(rule.tab for rule in setup.RULES),
        "onTicketCreate", "onTicketUpdate", "onTicketDelete", "onConversationCreate",
    )  # fmt: skip
    panel = ("full_page_app", "ticket_sidebar")
    options = ("statuses", "channels", "source_names", "fields")
    requests_per_minute = 75  # of the 200 calls that the smallest paid plan allows everybody together
    requests_per_refresh = 3  # ticket, conversations, ratings; surveys once in a session
    accepted = 200

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        """A rule cannot sign: its proof is the secret in a header, in the address or as a basic password.

        Our app signs as Standard Webhooks says; a call that carries such a signature must prove itself by it.
        """
        if _SIGNATURE in call.headers:
            _require_signature(call, secrets, now)
            return
        given = (call.headers.get(_HEADER, ""), call.query.get(_PARAMETER, ""), _password(call))
        require_any(secrets, given, lambda secret: secret.decode("utf-8", "replace"))

    def delivery(self, call: Call) -> str | None:
        """Our app's `webhook-id`, the same on every repetition; a rule's webhook has no id."""
        id_ = call.headers.get("webhook-id", "").strip()
        if len(id_) > _LONGEST_ID or not (id_.isascii() and id_.isprintable()):
            return hashlib.sha256(id_.encode("utf-8", "replace")).hexdigest()
        return id_ or None

    def parse(self, call: Call, access: Access) -> Reading:
        """See `hooks.read`."""
        return hooks.read(call, access)

    def refresh(self, ticket: str, session: Session) -> Reading:
        """See `refresh.refresh`."""
        return refresh.refresh(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """See `walks.walk`."""
        return walks.walk(session, since=since, ratings_since=since, cursor=cursor)

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """Like `backfill`, with the ratings of at least two days."""
        back = walks.ratings_since(since, now=session.now())
        return walks.walk(session, since=since, ratings_since=back, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """See `writing.apply`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:
        """A frame in an app of one's own."""
        return showing.steps(webhook_url, secret)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """See `setup.install`."""
        return setup.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)


def _require_signature(call: Call, secrets: Sequence[bytes], now: Instant) -> None:
    id_, timestamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
    if not id_:
        raise BadProof("the header webhook-id is missing")
    require_recent(timestamp, now=now)
    require_any(
        secrets,
        call.headers[_SIGNATURE].split(),
        lambda secret: standard_webhooks_signature(secret, id_, timestamp, call.body),
    )


def _password(call: Call) -> str:
    """The password of basic authentication as `deskpulse`; empty when there is none."""
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:  # not base64, or not UTF-8
        return ""
    # Written again and compared, for several texts in base64 stand for the same bytes.
    is_same = base64.b64encode(f"{USER}:{password}".encode()).decode() == text
    return password if scheme == "Basic" and user == USER and is_same else ""
