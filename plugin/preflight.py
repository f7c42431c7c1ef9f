"""What must hold before the product starts; each check says in one line what to do when it does not."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from integrations.errors import DeskpulseError, GiveUp
from workers.settings import Settings
from workers.store.database import open_database
from workers.store.migrations import upgrade

LAST_PORT: Final = 65535


def prepare_home(settings: Settings) -> None:
    """Make the folders we write to; GiveUp when we may not."""
    try:
        for folder in (settings.home, settings.home / "redis", settings.run_folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.home / ".writable").touch()
        (settings.home / ".writable").unlink()
    except OSError as error:
        raise GiveUp(
            f"The home folder {settings.home} cannot be written ({error.strerror}); "
            "give it to this user, or name another in DESKPULSE_HOME."
        ) from error
    _check_private(settings.run_folder)


def _check_private(folder: Path) -> None:
    """A run folder among everybody's temporary files might have been made by somebody else."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise GiveUp(f"{folder} belongs to somebody else; remove it, or name a shorter folder in DESKPULSE_HOME.")


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Two supervisors of one home would start two of everything; the lock ends with the process."""
    with (settings.run_folder / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GiveUp(
                f"Deskpulse already runs from {settings.home}; stop it, or name another folder in DESKPULSE_HOME."
            ) from error
        yield


def check_port(host: str, port: int) -> int:
    """The port, or a free one for 0; GiveUp when we cannot listen there."""
    if not 0 <= port <= LAST_PORT:
        raise GiveUp(f"There is no port {port}; choose one up to {LAST_PORT} with --port.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            number: int = tried.getsockname()[1]
            return number
    except OSError as error:
        reason = "another program has it" if error.errno == errno.EADDRINUSE else str(error)
        raise GiveUp(f"Cannot listen at {host}:{port} ({reason}); choose another with --port or --host.") from error


def migrate(settings: Settings) -> None:
    """Bring the tables to this version; GiveUp when the database cannot be reached or used."""
    database = open_database(settings.database_url)
    try:
        upgrade(database)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise GiveUp(f"The database cannot be used ({reason}); check DESKPULSE_DATABASE_URL.") from error
    finally:
        database.dispose()


def main() -> int:
    """Bring the tables to this version and end: what a deployment of single containers runs first."""
    try:
        settings = Settings.read(os.environ)
        for warning in settings.warnings:
            print(warning, file=sys.stderr)  # noqa: T201 - the log of this process
        migrate(settings)
    except DeskpulseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is what the operator reads
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
