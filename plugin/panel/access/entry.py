"""The link with which the demo lets a newcomer in, without a password: signed, short-lived, for one account."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from integrations.errors import GiveUp
from integrations.times import SECOND
from plugin.panel.access.guard import DEMO
from plugin.panel.access.session import TOKEN_FIELD
from plugin.panel.access.tokens import ENTRY, Claims, keys_of, signed
from workers.runtime import Runtime
from workers.store import accounts, users

#: The user who comes in by such a link; their password is one that nobody was told.
NEWCOMER: Final = "newcomer"


def entry_address(runtime: Runtime, slug: str) -> str:
    """The path of a link that is good for an hour, and opens this account's panel to a lead.

    Only the demo asks for one, in a home of its own. GiveUp when there is no such account.
    """
    with runtime.database.write() as connection:
        account = accounts.find(connection, slug, runtime.vault)
        if account is None:
            raise GiveUp(f"There is no account {slug}.")
        user = users.find(connection, slug, NEWCOMER) or users.add(
            connection, slug, NEWCOMER, users.LEAD, users.new_password(), now=runtime.clock()
        )
    claims = Claims(
        account=slug, user=user.name, role=user.role, via=DEMO, number=user.number, began=runtime.clock() // SECOND
    )
    token = signed(claims, ENTRY, keys_of(runtime.vault, account), now=runtime.clock())
    return f"/panel/{slug}/enter?{urlencode({TOKEN_FIELD: token})}"
