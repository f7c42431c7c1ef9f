"""A wire to a socket that can go dead: what is connected neither answers nor ends, while new connections work."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Proxy:
    """Listens at a port of loopback and passes everything on to a UNIX socket."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._wires: list[_Wire] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def go_dead(self) -> int:
        """Cut all present connections without telling either end; how many there were."""
        dead = [wire for wire in self._wires if wire.cut()]
        return len(dead)

    def close(self) -> None:
        # shutdown wakes the thread that accepts, which close alone does not
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for wire in self._wires:
            wire.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self._target))
            except OSError:
                near.close()
                far.close()
                continue
            self._wires.append(_Wire(near, far))


class _Wire:
    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._ends = (near, far)
        self._dead = threading.Event()
        self._over = threading.Event()
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def cut(self) -> bool:
        """Pass nothing on any more; whether anything was passed on until now."""
        was_alive = not self._over.is_set() and not self._dead.is_set()
        self._dead.set()
        return was_alive

    def close(self) -> None:
        self._over.set()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if not self._dead.is_set():
                    sink.sendall(piece)
        if not self._dead.is_set():
            self.close()


@contextmanager
def wired(target: Path) -> Iterator[Proxy]:
    """A proxy while the block runs."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
