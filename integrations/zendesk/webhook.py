"""Zendesk as a desk: signed events that date what changed, and an API that tells the whole history."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Final

from integrations import signatures
from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.errors import BadProof
from integrations.session import Session
from integrations.times import Instant, instant_of_iso
from integrations.zendesk import client, connecting, notices, refresh, showing, walks, writing
from integrations.zendesk.keeping import without_words
from integrations.zendesk.payloads import Hint, read_call

_SIGNATURE: Final = "x-zendesk-webhook-signature"
_TIMESTAMP: Final = "x-zendesk-webhook-signature-timestamp"
_INVOCATION: Final = "x-zendesk-webhook-invocation-id"
#: As Zendesk writes it; a text that no clock wrote is not parsed any further.
_WRITTEN_AT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}Z")
_LONGEST_ID: Final = 100


class Zendesk(Desk):
    """Zendesk Support, any plan with an API."""

    name = "zendesk"
    title = "Zendesk"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True,
        surveys=("csat",),
    )  # fmt: skip
    credentials = (
        Credential("token", "an API token, or an OAuth access token with the scopes read and write"),
        Credential(
            "email",
            "the address of the administrator in whose name an API token is used; none with an OAuth token",
            secret=False,
            required=False,
        ),
        Credential(
            "app_public_key",
            "the public key of the app that shows the panel, which proves to us who looks",
            secret=False,
            required=False,
        ),
    )
    permissions = (client.PERMISSION,)
    calls = connecting.EVENTS
    panel = ("nav_bar", "ticket_sidebar")
    options = ("answers", "own_fields")
    requests_per_minute = 120  # the smallest plan allows an account 200, and other integrations share them
    requests_per_refresh = 3  # ticket, audits, and often who wrote

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        """Base64 of the HMAC-SHA256 over the timestamp, as it was sent, and the body right behind it.

        The secret is used as it is written, although it looks like base64. Source: "Verifying webhook authenticity".
        """
        written = call.headers.get(_TIMESTAMP, "")
        if not _WRITTEN_AT.fullmatch(written):
            raise BadProof("the timestamp is missing or none of Zendesk's")
        try:
            at = instant_of_iso(written)
        except (ValueError, OverflowError) as error:
            raise BadProof("the timestamp is no time") from error
        if abs(at - now) > signatures.TOLERANCE:
            raise BadProof("the timestamp is more than 300 seconds from our clock")
        message = written.encode() + call.body
        signatures.require_any(secrets, (call.headers.get(_SIGNATURE, ""),), lambda secret: _signature(secret, message))

    def delivery(self, call: Call) -> str | None:
        """The invocation's id, which is the same when Zendesk tries again."""
        told = call.headers.get(_INVOCATION, "")
        return told if 0 < len(told) <= _LONGEST_ID and told.isprintable() else None

    def kept(self, body: bytes) -> bytes:
        """See `keeping.without_words`."""
        return without_words(body)

    def parse(self, call: Call, access: Access) -> Reading:
        """As in `Desk`; see `notices.reading_of`. A trigger's call is a hint."""
        told = read_call(call.body)
        return Reading(refresh=(told.ticket,)) if isinstance(told, Hint) else notices.reading_of(told, access)

    def refresh(self, ticket: str, session: Session) -> Reading:
        """See `refresh.refresh`."""
        return refresh.refresh(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """See `walks.backfill`."""
        return walks.backfill(session, since=since, cursor=cursor)

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """See `walks.reconcile`."""
        return walks.reconcile(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """See `writing.apply`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:  # noqa: ARG002 - not needed
        """A private app, made by `deskpulse package`."""
        return showing.steps(webhook_url)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """See `connecting.install`."""
        return connecting.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)


def _signature(secret: bytes, message: bytes) -> str:
    return base64.b64encode(signatures.hmac_sha256(secret, message)).decode()
