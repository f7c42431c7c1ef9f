"""Who may ask: a bearer token of the very account, with the scope the address needs; all else is refused alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from integrations.times import DAY
from plugin.errors import Problem
from plugin.limits import TokenBuckets, address_key
from workers.runtime import Clock
from workers.store import tokens
from workers.store.database import Database
from workers.store.tokens import Token

_CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="deskpulse"')
_SCHEME: Final = "bearer"

log = structlog.get_logger(__name__)


class NoAccess(Problem):
    """401 or 403, with the challenge that RFC 6750 asks for."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What would be accepted instead."""
        needed = self.details.get("needs")
        name, challenge = _CHALLENGE
        more = f', error="insufficient_scope", scope="{needed}"' if needed else ""
        return [(name, challenge + more), *super().headers]


@dataclass(frozen=True)
class Doorkeeper:
    """Checks tokens; addresses that show wrong ones too often are not heard for a while."""

    database: Database
    clock: Clock
    failures: TokenBuckets
    _noted: dict[tuple[str, str], int] = field(default_factory=dict)  #: token → the day its use was noted

    def admit(self, account: str, authorization: str, scope: str, *, address: str) -> Token:
        """The token that opens this account; NoAccess 401 or 403, or Problem 429 for an address that failed often."""
        text = shown(authorization)
        now = self.clock()
        with self.database.read() as connection:
            token = tokens.proved(connection, account, text, now=now)
        if token is None:
            raise self._refusal(address)
        if scope not in token.scopes:
            message = f"This token does not open this address; it needs the scope {scope}."
            raise NoAccess(403, message, code="forbidden", details={"needs": scope})
        self._note(account, token, now // DAY)
        return token

    def _refusal(self, address: str) -> Problem:
        wait = self.failures.take(address_key(address))
        if wait:
            return Problem(429, retry_after=wait, code="too_many_failures")
        return NoAccess(401, "There is no such account, or the token does not open it: Authorization: Bearer dp_….")

    def _note(self, account: str, token: Token, day: int) -> None:
        """Write down the day of a use, once a day; a database that cannot be written to now refuses nobody."""
        key = (account, token.prefix)
        if (token.used_day or 0) >= day or self._noted.get(key) == day:
            return
        self._noted[key] = day
        try:
            with self.database.write() as connection:
                tokens.note_use(connection, account, token.name, day)
        except SQLAlchemyError:
            log.warning("the use of a token is not noted", account=account, name=token.name)


def shown(authorization: str) -> str:
    """The token in an Authorization header; '' when there is none."""
    scheme, _, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == _SCHEME else ""
