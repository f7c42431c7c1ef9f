"""django-helpdesk as a desk: whole tickets in its webhooks, a secret in their address, tags in a custom field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from integrations import signatures
from integrations.actions import Action, Done
from integrations.base import Access, Call, Capabilities, Credential, Desk, Installed, Page, Present, Reading
from integrations.django_helpdesk import client, connecting, facts, showing, walks, writing
from integrations.django_helpdesk.payloads import read_hook
from integrations.errors import Gone
from integrations.session import Session
from integrations.times import Instant

_PARAMETER: Final = "token"
_HEADER: Final = "x-deskpulse-token"  #: for a proxy between the desk and us; the desk itself can send no header


class DjangoHelpdesk(Desk):
    """django-helpdesk 2.6."""

    name = "django_helpdesk"
    title = "django-helpdesk"
    ticket_page = client.TICKET_PAGE
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=True
    )
    credentials = (
        Credential("token", "the API token of a staff user that only Deskpulse uses (Admin › Tokens)"),
        Credential(
            "user_id",
            "the number of that user, as in the address of its page in the admin; "
            "without it, it is found out by opening a ticket in the queue for summaries",
            secret=False,
            required=False,
        ),
        Credential(
            "summary_queue",
            "the number of the queue for summaries, as in the address of its page in the admin",
            secret=False,
            required=False,
        ),
    )
    permissions = (client.PERMISSION,)
    calls = connecting.HOOK_SETTINGS
    token_in_url = True
    options = ("summary_queue", "page_size", "finished_pages", "channels", "statuses", "answers")
    requests_per_minute = 120
    requests_per_refresh = 1

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:  # noqa: ARG002 -- nothing is dated
        """As in `Desk`: the desk signs nothing, so the address it calls holds the secret."""
        given = (call.query.get(_PARAMETER, ""), call.headers.get(_HEADER, ""))
        signatures.require_any(secrets, given, lambda secret: secret.decode("utf-8", "replace"))

    def parse(self, call: Call, access: Access) -> Reading:
        """As in `Desk`; every webhook holds the whole ticket, so nothing has to be asked for."""
        return facts.of_hook(read_hook(call.body), access, received_at=call.received_at)

    def refresh(self, ticket: str, session: Session) -> Reading:
        """As in `Desk`; one request for an open ticket, two for a resolved one, three for others."""
        asked_at = session.now()
        try:
            found = client.found(session, ticket)
        except Gone:
            return Reading(present=(Present(ticket, asked_at, {"status": "deleted"}),))
        return facts.of_ticket(found.ticket, session.access, asked_at=asked_at)

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """As in `Desk`; open tickets first, then resolved, then closed ones."""
        return walks.everything(session, since=since, cursor=cursor)

    def reconcile(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        """As in `Desk`; see `walks.what_may_be_new` for what this desk lets us find."""
        return walks.what_may_be_new(session, since=since, cursor=cursor)

    def apply(self, action: Action, session: Session) -> Done:
        """As in `Desk`."""
        return writing.apply(action, session)

    def panel_steps(self, *, webhook_url: str, secret: str) -> tuple[str, ...]:  # noqa: ARG002 - not needed
        """An address of its own."""
        return showing.steps(webhook_url)

    def install(self, session: Session, *, webhook_url: str, secret: str, link_fields: Sequence[str] = ()) -> Installed:
        """As in `Desk`; the desk's settings can only be changed by its administrator."""
        return connecting.install(session, webhook_url=webhook_url, secret=secret, link_fields=link_fields)
