"""`deskpulse demo`: everything that `deskpulse up` runs, in a home of its own, with a simulated desk that lives."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from werkzeug.serving import WSGIRequestHandler, make_server

from integrations.errors import DeskpulseError
from integrations.registry import desk_named
from plugin import up
from plugin.demo_desks import USUAL, Stage, stage
from plugin.demo_play import Play
from plugin.preflight import check_port, migrate, prepare_home
from workers.runtime import Runtime, open_runtime
from workers.settings import PREFIX, Settings

_LEVEL: Final = f"{PREFIX}LOG_LEVEL"
_ZONE: Final = "UTC"
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - read, not bound


class _Quiet(WSGIRequestHandler):
    """The simulated desk's requests are not what one wants to read."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def demo(settings: Settings, *, host: str, port: int, desk: str | None = None, output: BinaryIO | None = None) -> int:
    """Run the demo in the foreground until a signal, and leave nothing behind; the exit code.

    Nothing of the operator's own installation is read or changed; of its settings only the log level holds.
    """
    try:
        simulated = stage(desk or USUAL, ZoneInfo(_ZONE))
        port = check_port(host, port)
        with contextlib.ExitStack() as held:
            held.enter_context(_ended_by_signal())
            home = held.enter_context(tempfile.TemporaryDirectory(prefix="deskpulse-demo-"))
            runtime = held.enter_context(_runtime(settings, home))
            play = Play(runtime, simulated, desk_named(desk or USUAL), address=_address(host, port), say=_Say(output))
            play.set_up(held.enter_context(_served(simulated)))
            held.enter_context(play.running())
            return up.up(runtime.settings, host=host, port=port, output=output)
    except DeskpulseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is what the operator reads
        return 2
    except KeyboardInterrupt:
        return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m plugin.demo`: the same without the command."""
    parser = argparse.ArgumentParser(prog="python -m plugin.demo", description="Deskpulse with a simulated desk.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8710)
    parser.add_argument("--desk")
    options = parser.parse_args(arguments)
    return demo(Settings.read(os.environ), host=options.host, port=options.port, desk=options.desk)


class _Say:
    """Prints a sentence in the form of the parts' own lines."""

    def __init__(self, output: BinaryIO | None) -> None:
        self._output = output or sys.stdout.buffer

    def __call__(self, sentence: str) -> None:
        self._output.write(f"{'demo':<9}| {sentence}\n".encode())
        self._output.flush()


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that our folder goes too; once `up` runs it listens itself."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _runtime(settings: Settings, home: str) -> Iterator[Runtime]:
    """A database of the demo's own."""
    own = {"HOME": home, "ALLOW_PRIVATE_DESKS": "1"}
    level = settings.variables.get(_LEVEL, "warning")
    private = Settings.read({_LEVEL: level, **{PREFIX + name: value for name, value in own.items()}})
    prepare_home(private)
    migrate(private)
    runtime = open_runtime(private)
    try:
        yield runtime
    finally:
        runtime.database.dispose()


@contextlib.contextmanager
def _served(simulated: Stage) -> Iterator[str]:
    """The simulated desk at a free port of this machine."""
    server = make_server("127.0.0.1", 0, simulated.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _address(host: str, port: int) -> str:
    """Where this machine finds what listens there."""
    name = "127.0.0.1" if host in _ANY_ADDRESS else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


if __name__ == "__main__":
    sys.exit(main())
