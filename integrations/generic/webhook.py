"""The generic desk: canonical events in, proved in one of three ways; questions and actions over a bridge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import ClassVar

from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.errors import BadProof
from integrations.events import KINDS, TYPES
from integrations.generic import client, payloads
from integrations.session import Session
from integrations.signatures import hmac_sha256, require_any, require_recent, standard_webhooks_signature
from integrations.times import Instant

_LONGEST_ID = 200


class Generic(Desk):
    """A desk that speaks our own language, or has a template or a few lines of code that do."""

    name: ClassVar[str] = "generic"
    title: ClassVar[str] = "Any desk with a webhook"
    capabilities: ClassVar[Capabilities] = Capabilities(
        refresh=True,
        backfill=True,
        reconcile=True,
        tags=True,
        fields=True,
        notes=True,
        summaries=True,
        surveys=KINDS,
    )
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("secret", "the account's webhook secret, with which the bridge is called", required=False),
    )
    calls: ClassVar[tuple[str, ...]] = tuple(TYPES)

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        """The strongest proof that the call carries is the one that has to hold.

        Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), else `X-Signature:
        sha256=<hex HMAC of the raw body>`, else `Authorization: Bearer <secret>`.
        """
        if "webhook-signature" in call.headers:
            _require_standard_webhooks(call, secrets, now)
        elif "x-signature" in call.headers:
            given = call.headers["x-signature"].strip().lower()
            require_any(secrets, [given], lambda secret: "sha256=" + hmac_sha256(secret, call.body).hex())
        else:
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            given = token.strip() if scheme.lower() == "bearer" else ""
            require_any(secrets, [given], lambda secret: secret.decode("utf-8", "replace"))

    def delivery(self, call: Call) -> str | None:
        """`webhook-id`, which stays the same when a delivery is repeated."""
        id_ = call.headers.get("webhook-id", "").strip()
        if len(id_) > _LONGEST_ID or not (id_.isascii() and id_.isprintable()):
            return hashlib.sha256(id_.encode("utf-8", "replace")).hexdigest()
        return id_ or None

    def parse(self, call: Call, access: Access) -> Reading:  # noqa: ARG002 -- our own words need no account
        """One canonical event or `{"events": […]}`; all of it or, Unreadable, nothing."""
        return payloads.called(call.body, received_at=call.received_at)

    def refresh(self, ticket: str, session: Session) -> Reading:
        """The bridge's `GET /tickets/{id}`; Skip without a bridge."""
        return client.ticket(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """The bridge's `GET /events`; Skip without a bridge."""
        return client.events(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """The bridge's `POST /actions`; Skip without a bridge, or for what the bridge does not do."""
        return client.act(action, session)

    def install(
        self,
        session: Session,
        *,
        webhook_url: str,
        secret: str,  # noqa: ARG002 -- set by hand
        link_fields: Sequence[str] = (),
    ) -> Installed:
        """Try the bridge where there is one; the calls themselves are set up by hand."""
        by_hand = (
            f"In the desk, let every change of a ticket POST a canonical event as JSON to {webhook_url}",
            (
                "Prove each call with the account's secret: a Standard Webhooks signature, or the header X-Signature: "
                "sha256=<hex HMAC-SHA256 of the raw body>, or the header Authorization: Bearer <secret>"
            ),
        )
        if not session.access.url:
            return Installed(by_hand=(*by_hand, "Without [desk] url nothing is written back and no history is read"))
        client.check(session)
        links = (f"Let the bridge take links to surveys: set_field of {', '.join(link_fields)}",) if link_fields else ()
        return Installed(done=(f"The bridge at {session.access.url} answers",), by_hand=(*by_hand, *links))


def _require_standard_webhooks(call: Call, secrets: Sequence[bytes], now: Instant) -> None:
    id_ = call.headers.get("webhook-id", "")
    timestamp = call.headers.get("webhook-timestamp", "")
    if not id_:
        raise BadProof("the header webhook-id is missing")
    require_recent(timestamp, now=now)
    require_any(
        secrets,
        call.headers["webhook-signature"].split(),
        lambda secret: standard_webhooks_signature(secret, id_, timestamp, call.body),
    )
