"""How processes are kept running together: started, listened to, restarted when they die, and stopped in order."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO, Final, Self

from plugin import lifeline

#: How often the loop looks for a signal or a death when no part says anything, in seconds.
_BEAT: Final = 0.1

#: A part that lived so long has recovered: its next death counts as the first.
_HEALTHY_SECONDS: Final = 60.0

_LONGEST_PAUSE: Final = 30.0

#: A line longer than this is printed in pieces.
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the product."""

    name: str  #: stands before each line it prints
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  #: over the supervisor's
    once: bool = False  #: whether it ends by itself; ending well is then no death


def pause(deaths: int) -> float:
    """Seconds to wait before a part that died so many times in a row is started again: 0.5, 1, 2 … 30."""
    return min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(deaths - 1, 16))


@dataclass
class _Running:
    """A part and what became of it so far."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float | None = None  #: when it is started again
    deaths: int = 0
    line: bytes = b""  #: the beginning of a line whose end is not there yet

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps parts running in the foreground, each in a process group of its own.

    Everything happens in the calling thread, in `step`. Use as a context manager: leaving it kills what is left.
    """

    def __init__(self, *, folder: Path, environment: Mapping[str, str], output: BinaryIO) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._output = output
        self._running: dict[str, _Running] = {}
        self._selector = selectors.DefaultSelector()
        self._lifeline: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._hold_lifeline()
        return self

    def __exit__(self, *_reason: object) -> None:
        self._kill(self._running)
        self._selector.close()
        self._drop_lifeline()

    def start(self, parts: Iterable[Part]) -> None:
        """Start these parts and keep them running from now on."""
        for part in parts:
            running = _Running(part)
            self._running[part.name] = running
            self._launch(running)

    def step(self) -> None:
        """Print what the parts said, wait a moment for more, and start again what died."""
        self._listen(_BEAT)
        if self._lifeline is not None and self._lifeline.poll() is not None:
            self._hold_lifeline()
        for running in self._running.values():
            self._revive(running)

    def wait(self, holds: Callable[[], bool], *, seconds: float) -> bool:
        """Step until it holds; False when it did not in that time."""
        give_up = time.monotonic() + seconds
        while not (held := holds()) and time.monotonic() < give_up:
            self.step()
        return held

    def deaths(self, name: str) -> int:
        """How often in a row this part died."""
        return self._running[name].deaths

    def stop(self, names: Sequence[str], *, seconds: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask these parts to end, and kill after so many seconds, or as soon as `hurry`, what did not."""
        stopping = {name: self._running[name] for name in names if name in self._running}
        for name, running in stopping.items():
            del self._running[name]
            if running.alive and running.process is not None:
                running.process.terminate()
        give_up = time.monotonic() + seconds
        while any(each.alive for each in stopping.values()) and time.monotonic() < give_up and not hurry():
            self._listen(_BEAT)
        self._kill(stopping)

    def say(self, sentence: str, *, name: str = "deskpulse") -> None:
        """Print one line in the same form as the parts' own."""
        self._output.write(f"{name:<9}| {sentence}\n".encode())
        self._output.flush()

    def _launch(self, running: _Running) -> None:
        running.due = None
        running.started = time.monotonic()
        running.process = subprocess.Popen(  # noqa: S603 - the commands are ours
            running.part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env={**self._environment, **running.part.environment},
            process_group=0,
        )
        self._tell_lifeline(f"+{running.process.pid}")
        output = _output_of(running.process)
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, running)

    def _revive(self, running: _Running) -> None:
        if running.alive:
            return
        if running.process is not None:
            self._bury(running)
        if running.due is not None and time.monotonic() >= running.due:
            self._launch(running)

    def _bury(self, running: _Running) -> None:
        """Take leave of a part that died, and decide when it is started again."""
        process = running.process
        if process is None:
            return
        self._forget(running)
        if running.part.once and process.returncode == 0:
            return
        recovered = time.monotonic() - running.started > _HEALTHY_SECONDS
        running.deaths = 1 if recovered else running.deaths + 1
        wait = pause(running.deaths)
        running.due = time.monotonic() + wait
        self.say(f"{running.part.name} ended ({_cause(process.returncode)}); starting it again in {wait:g} s")

    def _forget(self, running: _Running) -> None:
        """Close a part that ended, and end what it started itself."""
        process = running.process
        if process is None:
            return
        _kill_group(process.pid)
        output = _output_of(process)
        if not output.closed:
            self._read(running, output)
        if not output.closed:
            self._close(running, output)
        self._tell_lifeline(f"-{process.pid}")
        running.process = None

    def _kill(self, parts: Mapping[str, _Running]) -> None:
        for running in parts.values():
            if running.process is not None:
                _kill_group(running.process.pid)
                running.process.wait()
                self._forget(running)

    def _listen(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            running: _Running = key.data
            if running.process is not None:
                self._read(running, _output_of(running.process))

    def _read(self, running: _Running, output: IO[bytes]) -> None:
        """Print the whole lines that are there now."""
        try:
            said = os.read(output.fileno(), _LONGEST_LINE)
        except BlockingIOError:
            return
        if not said:
            self._close(running, output)
            return
        *lines, running.line = (running.line + said).split(b"\n")
        if len(running.line) >= _LONGEST_LINE:
            lines, running.line = [*lines, running.line], b""
        self._print(running.part, lines)

    def _close(self, running: _Running, output: IO[bytes]) -> None:
        if running.line:
            self._print(running.part, [running.line])
        running.line = b""
        self._selector.unregister(output)
        output.close()

    def _print(self, part: Part, lines: list[bytes]) -> None:
        self._output.writelines(b"%b| %b\n" % (f"{part.name:<9}".encode(), line) for line in lines)
        self._output.flush()

    def _hold_lifeline(self) -> None:
        """Start the process that outlives us if we are killed, and tell it about every part that runs."""
        self._drop_lifeline()
        command = [sys.executable, "-I", "-S", lifeline.__file__]
        self._lifeline = subprocess.Popen(  # noqa: S603 - our own file
            command, stdin=subprocess.PIPE, start_new_session=True
        )
        for running in self._running.values():
            if running.process is not None:
                self._tell_lifeline(f"+{running.process.pid}")

    def _drop_lifeline(self) -> None:
        """Let it end, whose pipe may be broken already."""
        if self._lifeline is None or self._lifeline.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._lifeline.stdin.close()
        self._lifeline.wait()

    def _tell_lifeline(self, line: str) -> None:
        """A lifeline that was killed is replaced in the next step and told everything anew."""
        if self._lifeline is None or self._lifeline.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._lifeline.stdin.write(f"{line}\n".encode())
            self._lifeline.stdin.flush()


def _output_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise ValueError("a part's output is always a pipe")
    return process.stdout


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _cause(code: int) -> str:
    """An exit code in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
