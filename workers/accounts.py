"""The accounts: who may call us, how their desk is reached, and by which rules they are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from integrations.base import Access
from integrations.times import HOUR, Instant
from workers.rules import Rules
from workers.wording.language import Language, language

#: How long the secret that was replaced still proves a call.
ROTATION: Final = 24 * HOUR
_MAX_AGE_HOURS: Final = 48
_CALL_BODIES_DAYS: Final = 30
_POLL_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret that proves calls; `until` is None for the present one."""

    value: str
    until: Instant | None = None


@dataclass(frozen=True)
class Account:
    """One customer's installation of one desk, opened: `secrets`, `credentials` and `customer_key` are plain."""

    slug: str
    desk: str
    settings: Mapping[str, Any]
    rules: Rules
    secrets: tuple[Secret, ...]
    credentials: Mapping[str, str]
    customer_key: bytes
    slack: str = ""  #: the address of Slack's incoming webhook, which is a secret
    desk_url: str | None = None
    author: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def active_secrets(self, now: Instant) -> list[bytes]:
        """The secrets that prove a call now: the present one and, during a rotation, the one before."""
        return [secret.value.encode() for secret in self.secrets if secret.until is None or now < secret.until]

    @property
    def desk_zone(self) -> ZoneInfo:
        """The zone of the desk's naive times; the account's own when nothing is set."""
        name = self._desk_options.get("time_zone")
        return ZoneInfo(name) if name else self.rules.zone

    @property
    def language(self) -> Language:
        """What summaries and notes are written in."""
        return language(self.settings.get("language"))

    @cached_property
    def access(self) -> Access:
        """How the desk is reached and read; the present secret is a credential too, for desks we sign to."""
        return Access(
            url=self.desk_url or self._desk_options.get("url", ""),
            credentials={"secret": self.secrets[0].value, **self.credentials},
            zone=self.desk_zone,
            author=self.author,
            options={**self.options, **self._desk_options},
            account=self.slug,
        )

    @property
    def reachable(self) -> bool:
        """Whether the desk's API can be called at all."""
        return bool(self.access.url)

    @property
    def max_age(self) -> Instant:
        """How old a fact may be and still cause an action, in microseconds."""
        hours: int = self.settings.get("actions", {}).get("max_age_hours", _MAX_AGE_HOURS)
        return hours * HOUR

    @property
    def call_bodies_days(self) -> int:
        """After how many days the body of a call is dropped."""
        days: int = self.settings.get("retention", {}).get("call_bodies_days", _CALL_BODIES_DAYS)
        return days

    @property
    def poll_minutes(self) -> int:
        """How often the desk is asked what no call told us."""
        minutes: int = self._desk_options.get("poll_minutes", _POLL_MINUTES)
        return minutes

    @property
    def _desk_options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self.settings.get("desk", {})
        return options
