"""Putting the web process together: the one place that chooses its real parts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from flask import Blueprint, Flask
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from integrations.base import Desk
from integrations.registry import desk_named
from plugin import errors
from plugin.api.serving import add_api
from plugin.health import Checks, DoorNumbers, health
from plugin.known_accounts import KnownAccounts
from plugin.limits import TokenBuckets
from plugin.panel import panel
from plugin.relay import CelerySender, Relay, queue_answers
from plugin.surveys.answering import Reception
from plugin.surveys.pages import surveys
from plugin.webhooks import Door, before
from workers.accounts import Account
from workers.secrets import Vault, vault
from workers.settings import Settings
from workers.store import accounts
from workers.store.calls import open_writer
from workers.store.database import Database
from workers.store.keeper import CallKeeper, NotKept

#: How far above its pace an account may be for a moment, as seconds of that pace.
_BURST_SECONDS: Final = 2.0
#: How long a database may take to tell an account; more than others wait for it (known_accounts.py).
_ACCOUNT_SECONDS: Final = 4.0

T = TypeVar("T")

#: What makes a blueprint of the settings and the database; a part that has pages or an API is added here.
BlueprintMaker = Callable[[Settings, Database], Blueprint]
BLUEPRINTS: Final[tuple[BlueprintMaker, ...]] = (panel,)


@dataclass(frozen=True)
class _Accounts:
    """The accounts in the database; NotKept when it does not tell them in time, since nothing could be kept either.

    It is asked in a thread of its own, because a database that is frozen neither answers nor fails.
    """

    database: Database
    vault: Vault
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="accounts"))

    def find(self, slug: str) -> Account | None:
        return self._told(partial(self._find, slug))

    def stamps(self) -> dict[str, bytes]:
        return self._told(self._stamps)

    def close(self) -> None:
        self.thread.shutdown(wait=False, cancel_futures=True)

    def _find(self, slug: str) -> Account | None:
        with self.database.work.connect() as connection:
            return accounts.find(connection, slug, self.vault)

    def _stamps(self) -> dict[str, bytes]:
        with self.database.work.connect() as connection:
            return accounts.stamps(connection)

    def _told(self, question: Callable[[], T]) -> T:
        asked = self.thread.submit(question)
        try:
            return asked.result(timeout=_ACCOUNT_SECONDS)
        except (SQLAlchemyError, OSError) as error:  # a time-out is an OSError
            asked.cancel()
            raise NotKept("the accounts cannot be read") from error


@dataclass(frozen=True)
class Parts:
    """What runs beside the requests and must be closed after the last of them."""

    keeper: CallKeeper
    accounts: _Accounts
    relay: Relay
    checks: Checks

    def close(self) -> None:
        """Commit what waits and stop the threads."""
        self.keeper.close()
        self.accounts.close()
        self.relay.close()
        self.checks.close()


def create_app(
    settings: Settings,
    database: Database,
    *,
    desks: Callable[[str], Desk] = desk_named,
    send: Callable[[], object] | None = None,
    blueprints: tuple[BlueprintMaker, ...] = BLUEPRINTS,
) -> Flask:
    """The web application; `close_app` ends what it started.

    `desks` finds a desk by its name (KeyError for none); `send` wakes the workers (DeskpulseError when it cannot).
    """
    app = Flask("plugin", static_folder=None)
    registry = CollectorRegistry()
    numbers = DoorNumbers(registry)
    parts = Parts(
        keeper=CallKeeper(partial(open_writer, database.door), watch=numbers.batch),
        accounts=_Accounts(database, vault(settings)),
        relay=Relay(send or CelerySender(settings.broker_url)),
        checks=Checks(database, settings.home, partial(queue_answers, settings.redis_url)),
    )
    app.extensions["deskpulse"] = parts
    errors.register(app)
    app.register_blueprint(health(parts.checks, registry))
    for make in blueprints:
        app.register_blueprint(make(settings, database))
    add_api(app, settings, database)
    known = KnownAccounts(parts.accounts)
    app.register_blueprint(surveys(Reception(known, parts.keeper, parts.relay.nudge, vault(settings))))
    door = _door(settings, desks, parts, numbers, known)
    app.wsgi_app = before(app.wsgi_app, door)  # type: ignore[assignment, method-assign]
    if settings.trusted_proxies:
        # Each proxy appends to X-Forwarded-For; X-Forwarded-Proto is set by the one in front of us.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def close_app(app: Flask) -> None:
    """Commit what waits and end the threads of this application."""
    parts: Parts = app.extensions["deskpulse"]
    parts.close()


def _door(
    settings: Settings, desks: Callable[[str], Desk], parts: Parts, numbers: DoorNumbers, known: KnownAccounts
) -> Door:
    failures = settings.failed_proofs_per_minute
    pace = settings.calls_per_second
    return Door(
        accounts=known,
        desks=desks,
        keeper=parts.keeper,
        watch=numbers,
        nudge=parts.relay.nudge,
        failed_proofs=TokenBuckets(rate=failures / 60, burst=failures),
        pace=TokenBuckets(rate=pace, burst=pace * _BURST_SECONDS),
        largest_body=settings.max_body_bytes,
    )
