"""Chatwoot as a desk: signed webhooks that hold what happened, a REST API that holds the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import orjson

from integrations import signatures
from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Reading
from integrations.chatwoot import client, connecting, facts, mapping, refresh, showing, walks, writing
from integrations.chatwoot.payloads import Hook, read_hook
from integrations.errors import BadProof, Unreadable
from integrations.session import Session
from integrations.times import Instant

_SIGNATURE: Final = "x-chatwoot-signature"
_TIMESTAMP: Final = "x-chatwoot-timestamp"
_DELIVERY: Final = "x-chatwoot-delivery"
_PARAMETER: Final = "token"
#: With it, anybody can speak in the name of a visitor of the widget.
_VISITORS_KEY: Final = re.compile(rb'("pubsub_token"\s*:\s*)"(?:[^"\\]|\\.)*"')
#: An event of this name is proposed for Chatwoot and in no release; what it would hold is not known.
_PROPOSED: Final = "csat_survey_response_"
_LONGEST_NAME: Final = 60


class Chatwoot(Desk):
    """Chatwoot 4, hosted or one's own."""

    name = "chatwoot"
    title = "Chatwoot"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True,
        surveys=("csat",),
    )  # fmt: skip
    credentials = (
        Credential("token", "the access token of an administrator that only Deskpulse uses (Profile settings)"),
        Credential(
            "account_id", "the number of the account, as in the address of every page: /app/accounts/…", secret=False
        ),
    )
    permissions = (client.PERMISSION,)
    calls = connecting.EVENTS
    panel = ("dashboard app",)
    token_in_url = True
    options = ("panel_url", "channels", "summary_inbox", "summary_contact", "attributes", "mediums")
    requests_per_minute = 300  # Chatwoot allows an address 3,000, and people at ours may use it too
    requests_per_refresh = 2

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        """As in `Desk`: a signature over time and body, or a secret in the address.

        Account webhooks are signed from 4.11.2 on. Rules, macros and older versions cannot sign, so the address that
        they call holds the secret.
        """
        token = call.query.get(_PARAMETER, "")
        try:
            _require_signed(call, secrets, now)
        except BadProof:
            if not token:
                raise
            signatures.require_any(secrets, (token,), lambda secret: secret.decode("utf-8", "replace"))

    def delivery(self, call: Call) -> str | None:
        """As in `Desk`; one for each webhook and event. Chatwoot repeats nothing by itself."""
        return call.headers.get(_DELIVERY) or None

    def kept(self, body: bytes) -> bytes:
        """As in `Desk`: without the keys of visitors."""
        return _VISITORS_KEY.sub(rb"\1null", body)

    def parse(self, call: Call, access: Access) -> Reading:
        """As in `Desk`; a call holds its fact, so only an answer's exact moment has to be asked for."""
        hook = read_hook(call.body)
        account = access.credentials.get("account_id")
        if account and hook.account is not None and str(hook.account) != account:
            raise Unreadable(f"the call is about account {hook.account} of this Chatwoot, not about account {account}")
        if mapping.is_about_conversation(hook.event) or hook.event in mapping.MESSAGE_EVENTS:
            return facts.of_hook(hook, access, received_at=call.received_at)
        if hook.event in mapping.OTHER_EVENTS:
            return Reading()
        if hook.event.startswith(_PROPOSED):
            return Reading(refresh=(_conversation_of(hook, call.body),))
        raise Unreadable(f"Chatwoot is not known to have an event {hook.event[:_LONGEST_NAME]!r}")

    def refresh(self, ticket: str, session: Session) -> Reading:
        """As in `Desk`; see `refresh.refresh`."""
        return refresh.refresh(ticket, session)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """As in `Desk`; see `walks.everything`."""
        return walks.everything(session, since=since, cursor=cursor)

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """As in `Desk`; see `walks.what_may_be_new`."""
        return walks.what_may_be_new(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """As in `Desk`; see `writing.apply`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:  # noqa: ARG002 - not needed
        """A dashboard app."""
        return showing.steps(webhook_url)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """As in `Desk`; see `connecting.install`."""
        return connecting.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)


def _require_signed(call: Call, secrets: Sequence[bytes], now: Instant) -> None:
    """`sha256=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>` (`lib/webhooks/trigger.rb`)."""
    timestamp = call.headers.get(_TIMESTAMP, "")
    signatures.require_recent(timestamp, now=now)
    message = timestamp.encode() + b"." + call.body
    given = (call.headers.get(_SIGNATURE, ""),)
    signatures.require_any(secrets, given, lambda secret: "sha256=" + signatures.hmac_sha256(secret, message).hex())


def _conversation_of(hook: Hook, body: bytes) -> str:
    if hook.conversation is not None:
        return str(hook.conversation.id)
    match orjson.loads(body):
        case {"conversation_id": int(number)} | {"conversation": {"id": int(number)}} if (
            type(number) is int and 0 < number < 2**53
        ):
            return str(number)
    raise Unreadable(f"not what Chatwoot sends: {hook.event[:_LONGEST_NAME]} names no conversation")
