"""Zammad as a desk: what its triggers send, and where everything else about it is."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Final

from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.session import Session
from integrations.signatures import require_any
from integrations.times import Instant
from integrations.zammad import client, connecting, facts, keeping, refresh, showing, walks, writing
from integrations.zammad.payloads import read_hook

_SIGNATURE: Final = "x-hub-signature"
_DELIVERY: Final = "x-zammad-delivery"
_LONGEST_DELIVERY: Final = 200


class Zammad(Desk):
    """Zammad, hosted or one's own."""

    name = "zammad"
    title = "Zammad"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True
    )
    credentials = (
        Credential("token", "an access token, made under Profile › Token Access by a user that only Deskpulse uses"),
    )
    permissions = (client.AGENT, client.WEBHOOKS, client.TRIGGERS, client.TAGS)
    calls = tuple(trigger.title for trigger in connecting.TRIGGERS)
    options = ("summary_group", "states", "state_types", "channels", "public_notes", "walk", "page_size", "answers")
    requests_per_minute = 300  # Zammad has no limit of its own, and agents work in the same web server
    requests_per_refresh = 4  # ticket, articles, history, tags; states once in a session and only when unknown

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:  # noqa: ARG002 -- nothing is dated
        """The header holds `sha1=` and the HMAC-SHA1 of the raw body in hex (`user_agent.rb`, `set_signature`)."""
        require_any(secrets, (call.headers.get(_SIGNATURE, ""),), lambda secret: _signature(secret, call.body))

    def delivery(self, call: Call) -> str | None:
        """The id of the job that sends: the same at each of its five attempts, another one for each trigger."""
        told = call.headers.get(_DELIVERY, "")
        return told if told.isprintable() and 0 < len(told) <= _LONGEST_DELIVERY else None

    def kept(self, body: bytes) -> bytes:
        """As in `Desk`; see `keeping`."""
        return keeping.kept(body)

    def parse(self, call: Call, access: Access) -> Reading:
        """As in `Desk`; the default payload and custom ones."""
        return facts.of_hook(read_hook(call.body), access, received_at=call.received_at)

    def refresh(self, ticket: str, session: Session) -> Reading:
        """See `refresh.refresh`."""
        return refresh.refresh(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """See `walks.changed_since`."""
        return walks.changed_since(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """See `writing.apply`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:  # noqa: ARG002 - not needed
        """A link beside the ticket."""
        return showing.steps(webhook_url)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """See `connecting.install`."""
        return connecting.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)


def _signature(secret: bytes, body: bytes) -> str:
    return "sha1=" + hmac.digest(secret, body, hashlib.sha1).hex()
