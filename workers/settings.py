"""What an operator may set: every variable declared once, read once, and refused loudly when it is wrong."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self, TypeVar, cast

from integrations.errors import GiveUp
from workers.readers import (
    Reader,
    database,
    folder,
    mail_sender,
    mail_server,
    one_of,
    redis,
    secret,
    secrets,
    web_address,
    whole,
    yes_or_no,
)

T = TypeVar("T")

PREFIX: Final = "DESKPULSE_"

#: The longest path that fits a socket address on Linux (108 bytes) and macOS (104), their final zero included.
_SOCKET_PATH_BYTES: Final = 100


@dataclass(frozen=True, slots=True)
class Declaration:
    """One setting: where it is read from, what it is when nobody sets it, and what it is for."""

    name: str
    default: str  #: as one would write it; may hold `{home}`, `{run}` and `{data}`
    help: str
    secret: bool
    read: Reader[object]


@dataclass(frozen=True, slots=True)
class _Declared:
    """What `setting` leaves on a field until the field's name is known."""

    read: Reader[object]
    default: str
    help: str
    secret: bool


def setting(read: Reader[T], *, default: str, help: str, secret: bool = False) -> T:  # noqa: A002
    """Declare one setting; the field's name in capitals, after the prefix, is the variable's name."""
    declared = _Declared(read, default, help, secret)
    return cast("T", field(repr=not secret, metadata={"setting": declared}))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator chose. Made by `Settings.read`, never by hand."""

    home: Path = setting(  # noqa: RUF009 - a declaration, not a shared value
        folder,
        default="{data}/deskpulse",
        help="The folder for the SQLite files, the secret key and what the embedded Redis keeps. "
        "`{data}` is `$XDG_DATA_HOME`, else `~/.local/share`.",
    )
    database_url: str = setting(
        database,
        default="sqlite:///{home}/deskpulse.db",
        help="Where everything is kept: `sqlite:///<file>`, with `calls.db` beside that file, "
        "or `postgresql://…` (PostgreSQL 14 or newer).",
        secret=True,
    )
    redis_url: str = setting(
        redis,
        default="unix://{run}/redis.sock",
        help="The queue: `redis://`, `rediss://` or `unix://`. "
        "With the default, `deskpulse up` starts a Redis of its own.",
        secret=True,
    )
    secret_key: str = setting(
        secret,
        default="",
        help="Seals the secrets kept in the database and signs links. "
        "When none is set, one is made in `{home}/secret.key`, mode 0600.",
        secret=True,
    )
    secret_key_old: tuple[str, ...] = setting(
        secrets,
        default="",
        help="Earlier keys, separated by commas, still read until `deskpulse doctor --reseal` has run.",
        secret=True,
    )
    public_url: str = setting(
        web_address,
        default="",
        help="The address under which desks and browsers reach Deskpulse. Webhook addresses, the sign-in page that is "
        "printed for a person, and the links of digests and surveys begin with it. Without one, commands print "
        "`http://127.0.0.1:8710` in its place and give it to desks, whatever the port of `deskpulse up`; digests have "
        "no link, and no survey is handed over.",
    )
    trusted_proxies: int = setting(
        whole(0, 10),
        default="0",
        help="How many reverse proxies stand in front, each adding to `X-Forwarded-For`; "
        "with 0 those headers are ignored.",
    )
    allow_private_desks: bool = setting(
        yes_or_no,
        default="0",
        help="1 lets a desk live at a private or loopback address.",
    )
    max_body_bytes: int = setting(
        whole(1024, 64 * 1024 * 1024),
        default="1048576",
        help="The largest call that is taken, in bytes; a larger one is answered 413.",
    )
    calls_per_second: int = setting(
        whole(0, 1_000_000),
        default="500",
        help="An account's pace, beyond which its calls are answered 429; 0 for no limit.",
    )
    failed_proofs_per_minute: int = setting(
        whole(0, 1_000_000),
        default="60",
        help="How many calls without a right proof one address may make before it is answered 429; 0 for no limit.",
    )
    web_threads: int = setting(
        whole(1, 256),
        default="32",
        help="How many requests one web process answers at once.",
    )
    smtp_url: str = setting(
        mail_server,
        default="",
        help="The mail server for digests: `smtp://user:password@host:587?starttls`, `smtps://user:password@host` "
        "or `smtp://host`. What is special in the user or the password is written as `%40` and the like.",
        secret=True,
    )
    mail_from: str = setting(
        mail_sender,
        default="",
        help="Whom digests are from: `pulse@desk.example` or `Deskpulse <pulse@desk.example>`.",
    )
    log_level: str = setting(
        one_of("debug", "info", "warning", "error"),
        default="info",
        help="`debug`, `info`, `warning` or `error`.",
    )
    log_format: str = setting(one_of("text", "json"), default="text", help="`text` or `json`, one line an event.")

    variables: Mapping[str, str] = field(repr=False, compare=False)
    """What was set, by variable, the home folder always among it: reading this again gives these settings."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Sentences about variables that look like settings of ours and are none."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read every setting from a mapping such as `os.environ`; GiveUp names the variable that is wrong."""
        values: dict[str, object] = {}
        places = {"data": environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME") or Path.home(), ".local/share"))}
        for declaration in declarations():
            key = declaration.name.removeprefix(PREFIX).lower()
            values[key] = _value(declaration, environ, places)
            if key == "home":
                places |= {"home": str(values[key]), "run": str(run_folder(cast("Path", values[key])))}
        variables = {name: environ[name] for name in _known() if name in environ}
        variables[f"{PREFIX}HOME"] = str(values["home"])
        return cls(**values, variables=MappingProxyType(variables), warnings=unknown(environ))  # type: ignore[arg-type]

    def changed(self, **variables: str) -> Self:
        """The same settings with some variables set anew: `settings.changed(DESKPULSE_LOG_LEVEL="debug")`."""
        return self.read({**self.variables, **variables})

    @property
    def is_sqlite(self) -> bool:
        """Whether everything is kept in two SQLite files instead of PostgreSQL."""
        return self.database_url.startswith("sqlite:")

    @property
    def run_folder(self) -> Path:
        """Sockets, locks and other things that end with the running program."""
        return run_folder(self.home)

    @property
    def owns_redis(self) -> bool:
        """Whether the queue is the Redis that `deskpulse up` starts."""
        return self.redis_url == f"unix://{self.run_folder}/redis.sock"

    @property
    def broker_url(self) -> str:
        """The queue's address in Celery's spelling."""
        if not self.redis_url.startswith("unix://"):
            return self.redis_url
        path, _, query = self.redis_url.removeprefix("unix://").partition("?")
        number = query.removeprefix("db=") if query.startswith("db=") else "0"
        return f"redis+socket://{path}?virtual_host={number}"


def declarations() -> tuple[Declaration, ...]:
    """Every setting, in the order of the documentation; the home folder first, because others live in it."""
    found = ((each.name, each.metadata.get("setting")) for each in fields(Settings))
    return tuple(
        Declaration(f"{PREFIX}{name.upper()}", declared.default, declared.help, declared.secret, declared.read)
        for name, declared in found
        if isinstance(declared, _Declared)
    )


def run_folder(home: Path) -> Path:
    """`run` in the home folder, or a short folder for this home alone where a socket's address would be too long."""
    inside = home / "run"
    if len(os.fsencode(inside / "redis.sock")) <= _SOCKET_PATH_BYTES:
        return inside
    mark = sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"deskpulse-{os.getuid()}-{mark}"


def unknown(environ: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence for each variable with our prefix that no setting is read from."""
    known = _known()
    strangers = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(_about_stranger(name, known) for name in strangers)


def _known() -> list[str]:
    return [name for each in declarations() for name in (each.name, *_file_variable(each))]


def _about_stranger(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists what can be set."
    return f"{name} is not a setting; {hint}"


def _file_variable(declaration: Declaration) -> tuple[str, ...]:
    return (f"{declaration.name}_FILE",) if declaration.secret else ()


def _value(declaration: Declaration, environ: Mapping[str, str], places: Mapping[str, str]) -> object:
    given = _given(declaration, environ)
    try:
        return declaration.read(declaration.default.format_map(places) if given is None else given)
    except ValueError as error:
        shown = "what it holds" if declaration.secret else repr(given)
        raise GiveUp(f"{declaration.name} must be {error}, not {shown}.") from error


def _given(declaration: Declaration, environ: Mapping[str, str]) -> str | None:
    """What the operator wrote, in the variable or in the file it names; None when neither is set."""
    given = environ.get(declaration.name)
    for variable in _file_variable(declaration):
        path = environ.get(variable)
        if not path:
            continue
        if given:
            raise GiveUp(f"{declaration.name} and {variable} are both set; keep one of them.")
        return _content(variable, path)
    return given or None


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GiveUp(f"{variable} names {path}, which cannot be read: {error}.") from error


_PAGE: Final = """\
# Settings

Deskpulse reads these variables once, when it starts. A wrong value stops it with one line that names the variable;
a variable that starts with `DESKPULSE_` and is not listed here is reported, by commands on stderr and by processes that
are started singly in their logs. `compose.yaml` hands on what is listed here and nothing else of `.env`, so there a
misspelled one is not seen. Those marked *secret* may instead be put in a file named by the same variable with `_FILE`
after it, as `DESKPULSE_SECRET_KEY_FILE=/run/secrets/key`.
`{home}` is the folder of `DESKPULSE_HOME` and `{run}` is `{home}/run`, or a folder of this home's own in the system's
folder for temporary files where the path would be too long for a socket.

What belongs to one account (time zone, business hours, targets …) is set for the account, not here.

This page is written by `python -m workers.settings`.

| variable | default | |
|---|---|---|
"""


def page() -> str:
    """The page docs/settings.md."""
    return _PAGE + "".join(_row(each) for each in declarations())


def _row(declaration: Declaration) -> str:
    default = f"`{declaration.default}`" if declaration.default else "none"
    mark = " *Secret.*" if declaration.secret else ""
    return f"| `{declaration.name}` | {default} | {declaration.help}{mark} |\n"


if __name__ == "__main__":
    Path("docs/settings.md").write_text(page(), encoding="utf-8")
