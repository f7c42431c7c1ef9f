"""The virtual environment and the seeded database that every desk under test starts from; made once, then kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

#: Where environments are kept; DESKPULSE_TEST_CACHE sets another place.
_CACHE: Final = Path("~/.cache/deskpulse-tests")
#: bootstrap4form and packaging are imported by django-helpdesk 2.6.1 and missing from its own requirements.
_PACKAGES: Final = (
    "django-helpdesk==2.6.1",
    "django>=5.2,<5.3",
    "django-bootstrap4-form==4.0.2",
    "packaging",
    "gunicorn>=23",
)
_PROJECT: Final = Path(__file__).parent / "project"


class CannotInstall(Exception):
    """The desk's packages could not be installed: there is no package index to be reached."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with django-helpdesk, and the folder of a seeded desk to copy."""

    folder: Path
    template: Path  #: the folder of a desk that was migrated and seeded and never started

    @property
    def seeded(self) -> Mapping[str, Any]:
        """What the seed made: users with ids and tokens, queues with ids."""
        read: Mapping[str, Any] = json.loads((self.template / "seeded.json").read_text("utf-8"))
        return read

    def program(self, name: str) -> str:
        """The path of a program inside the virtual environment."""
        return str(self.folder / "venv" / "bin" / name)

    def variables(self, home: Path) -> dict[str, str]:
        """The environment variables under which the desk in `home` runs."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "DJANGO_SETTINGS_MODULE": "deskproject_settings",
            "PYTHONPATH": str(_PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(home),  # gunicorn keeps a control socket there
            "REAL_DESK_HOME": str(home),
        }


def environment() -> Environment:
    """The environment, installed when this is the first use; CannotInstall without a package index."""
    cache = Path(os.environ.get("DESKPULSE_TEST_CACHE") or _CACHE.expanduser())
    folder = cache / f"django-helpdesk-{_fingerprint(repr((_PACKAGES, sys.version_info[:2])).encode())}"
    project = _fingerprint(*(file.read_bytes() for file in sorted(_PROJECT.glob("*.py"))))
    made = Environment(folder, folder / f"template-{project}")
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"):
        if not (folder / "installed").exists():
            _install(made)
            (folder / "installed").touch()
        if not (made.template / "seeded.json").exists():
            _seed(made)
    return made


def _fingerprint(*parts: bytes) -> str:
    """Changes with what a folder was made from, so that nothing stale is used."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _install(made: Environment) -> None:
    venv.create(made.folder / "venv", clear=True, with_pip=True)
    answer = subprocess.run(
        [made.program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise CannotInstall(f"pip could not install {_PACKAGES[0]}: {answer.stderr[-500:]}")


def _seed(made: Environment) -> None:
    shutil.rmtree(made.template, ignore_errors=True)
    for name in ("mail", "media", "outbox"):
        (made.template / name).mkdir(parents=True)
    admin = made.program("django-admin")
    _run(made, admin, "migrate", "-v0")
    _run(made, admin, "loaddata", "-v0", "emailtemplate.json")
    told = _run(made, made.program("python"), str(_PROJECT / "deskproject_seed.py"))
    (made.template / "seeded.json").write_text(told, "utf-8")


def _run(made: Environment, *command: str) -> str:
    answer = subprocess.run(
        command, env=made.variables(made.template), cwd=made.template, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {answer.stderr[-2000:]}")
    return answer.stdout
