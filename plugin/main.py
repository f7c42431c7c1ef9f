"""`python -m plugin.main`: the web process, from its settings to its last answer."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence

import structlog

from integrations.errors import DeskpulseError, GiveUp
from plugin.app import close_app, create_app
from plugin.preflight import LAST_PORT, migrate
from plugin.server import Server
from workers import logs
from workers.settings import Settings
from workers.store.database import open_database

log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code, 2 with one line on stderr when it cannot start."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.read(os.environ)
        logs.set_up(level=settings.log_level, form=settings.log_format)
        logs.tell(settings.warnings)
        serve(settings, listening(options.host, options.port))
    except DeskpulseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is what the operator reads
        return 2
    return 0


def serve(settings: Settings, at: socket.socket) -> None:
    """Serve the whole application at a socket until a signal, then finish what is in hand."""
    _migrate_if_possible(settings)
    database = open_database(settings.database_url)
    app = create_app(settings, database)
    server = Server(app, settings, at)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    log.info("serving", port=at.getsockname()[1])
    try:
        server.run()
    finally:
        close_app(app)
        database.dispose()
        log.info("stopped")


def listening(host: str, port: int) -> socket.socket:
    """A listening socket; GiveUp when there cannot be one at this address."""
    if not 0 <= port <= LAST_PORT:  # getaddrinfo would take 65536 for 0 and so on
        raise GiveUp(f"Cannot listen at {host}:{port} (no such port); choose one up to {LAST_PORT} with --port.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server((str(address[0]), int(address[1])), family=family, backlog=1024)
    except OSError as error:
        raise GiveUp(f"Cannot listen at {host}:{port} ({error}); choose another with --port or --host.") from error


def _migrate_if_possible(settings: Settings) -> None:
    """A database that is away now may be back soon: until then every call is answered 503."""
    try:
        migrate(settings)
    except GiveUp as error:
        log.warning("database not ready", error=str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plugin.main", description="The web process of Deskpulse.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8710)
    return parser


if __name__ == "__main__":
    sys.exit(main())
