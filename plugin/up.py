"""`deskpulse up`: which processes the product is, and what must hold before they start."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import redis

from integrations.errors import DeskpulseError, GiveUp
from plugin.embedded_redis import redis_command, redis_server
from plugin.preflight import check_port, migrate, only_one, prepare_home
from plugin.processes import Part, Supervisor
from workers.settings import PREFIX, Settings

#: How long the parts may take to finish what they do when they are asked to end, in seconds.
GRACE_SECONDS: Final = 20.0

_QUEUE_SECONDS: Final = 30.0
_READY_SECONDS: Final = 60.0
#: Celery says it in eight lines from each worker; we say it in one.
_ROOT_WARNING: Final = "ignore:You're running the worker with superuser privileges"
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_CODE: Final = Path(__file__).parent.parent


def up(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8710,
    extra: tuple[Part, ...] = (),
    output: BinaryIO | None = None,
) -> int:
    """Run everything in the foreground until a signal; the exit code.

    `extra` parts are started once the web part answers. What keeps us from starting is one line on stderr, and 2.
    """
    try:
        _run(settings, host=host, port=port, extra=extra, output=output or sys.stdout.buffer)
    except DeskpulseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is what the operator reads
        return 2
    return 0


def queue_part(settings: Settings, server: Path) -> Part:
    """The Redis that is ours."""
    socket_path = settings.run_folder / "redis.sock"
    return Part(name="redis", command=redis_command(server, socket=socket_path, folder=settings.home / "redis"))


def parts(settings: Settings, *, host: str, port: int) -> tuple[Part, ...]:
    """The web part and one worker a queue; `sums` carries the clock, of which one is enough and any number harmless."""
    web = Part(name="web", command=(sys.executable, "-m", "plugin.main", "--host", host, "--port", str(port)))
    return (
        web,
        _worker(settings, "intake", "--pool", "prefork", "-c", "1"),
        _worker(settings, "desks", "--pool", "threads", "-c", "16"),
        _worker(settings, "sums", "--pool", "prefork", "-c", "1", "-B"),
    )


def environment(settings: Settings, inherited: dict[str, str]) -> dict[str, str]:
    """What the parts find in theirs: these settings instead of the inherited ones, and our code."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(PREFIX)}
    quiet = ",".join(filter(None, (inherited.get("PYTHONWARNINGS"), _ROOT_WARNING)))
    always = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": quiet}
    return kept | dict(settings.variables) | always | _code_path(inherited)


def _code_path(inherited: dict[str, str]) -> dict[str, str]:
    """In a checkout that is not installed the parts, which run in the home folder, would not find our packages."""
    if not (_CODE / "pyproject.toml").is_file():
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(_CODE), inherited.get("PYTHONPATH"))))}


def _worker(settings: Settings, queue: str, *options: str) -> Part:
    celery = (sys.executable, "-m", "celery", "-q", "-A", "workers.main", "worker")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair")
    named = ("-Q", queue, "-n", f"{queue}@%h", "--loglevel", settings.log_level)
    return Part(name=queue, command=(*celery, *named, *options, *quiet))


def _run(settings: Settings, *, host: str, port: int, extra: tuple[Part, ...], output: BinaryIO) -> None:
    with contextlib.ExitStack() as held:
        prepare_home(settings)
        held.enter_context(only_one(settings))
        port = check_port(host, port)
        queue = (queue_part(settings, redis_server()),) if settings.owns_redis else ()
        signals = held.enter_context(_signals())
        supervisor = held.enter_context(
            Supervisor(folder=settings.home, environment=environment(settings, dict(os.environ)), output=output)
        )
        for warning in _about_root():
            supervisor.say(warning)
        _start_queue(supervisor, settings, queue, signals)
        migrate(settings)
        services = parts(settings, host=host, port=port) if not signals else ()
        supervisor.start(services)
        started = _serve(supervisor, f"{host}:{port}", signals, extra)
        supervisor.say("stopping")
        names = [part.name for part in (*started, *services)]
        supervisor.stop(names, seconds=GRACE_SECONDS, hurry=lambda: len(signals) > 1)
        supervisor.stop([part.name for part in queue], seconds=5, hurry=lambda: len(signals) > 1)


def _about_root() -> tuple[str, ...]:
    return ("this runs as root; a user of its own is safer",) if os.geteuid() == 0 else ()


def _serve(supervisor: Supervisor, address: str, signals: list[int], extra: tuple[Part, ...]) -> tuple[Part, ...]:
    """Keep everything running until a signal; the extra parts that were started meanwhile."""
    host, _, port = address.rpartition(":")
    ready = supervisor.wait(lambda: bool(signals) or _healthy(host, int(port)), seconds=_READY_SECONDS)
    if not signals:
        sentence = "ready" if ready else f"not ready after {_READY_SECONDS:g} s; what keeps it is above"
        supervisor.say(f"{sentence}: http://{address}")
        supervisor.start(extra)
    while not signals:
        supervisor.step()
    return extra


def _healthy(host: str, port: int) -> bool:
    """Whether the web part says so itself."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - read, not bound


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals received while the block runs; the first asks us to end, a second to hurry."""
    received: list[int] = []
    ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()  # as nohup leaves it
    asked = [number for number in _SIGNALS if number not in ignored]
    before = {number: signal.signal(number, lambda got, _frame: received.append(got)) for number in asked}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_queue(supervisor: Supervisor, settings: Settings, queue: tuple[Part, ...], signals: list[int]) -> None:
    if not queue:
        _warn_about(supervisor, settings)
        return
    path = settings.run_folder / "redis.sock"
    _end_orphan(settings, path)
    supervisor.start(queue)
    given_up: Callable[[], bool] = lambda: bool(signals) or supervisor.deaths("redis") > 2  # noqa: E731
    supervisor.wait(lambda: _answers(path) or given_up(), seconds=_QUEUE_SECONDS)
    if not _answers(path) and not signals:
        raise GiveUp("The Redis that we start did not come up; what it said is above.")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _end_orphan(settings: Settings, path: Path) -> None:
    """End a Redis that survived us and our lifeline: two of them would write the same file."""
    if _answers(path):
        with redis.Redis.from_url(settings.redis_url, socket_timeout=5) as orphan:
            orphan.shutdown(nosave=True)


def _warn_about(supervisor: Supervisor, settings: Settings) -> None:
    """A Redis of the operator's may come later: calls are kept without it and taken in when it is there."""
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2) as queue:
            queue.ping()
    except redis.RedisError:
        supervisor.say("The Redis of DESKPULSE_REDIS_URL does not answer; calls are kept and wait until it does.")
