"""What ends the parts when their supervisor cannot: it reads a pipe whose other end only the supervisor holds.

Each line is `+<process group>` or `-<process group>`. The end of the pipe means that the supervisor is gone,
however it went; every group that is left is then killed. Started as a file, alone, so that it imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable


def main(lines: Iterable[str]) -> None:
    """Follow the supervisor to its end, then end what it left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in left_behind(lines):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def left_behind(lines: Iterable[str]) -> set[int]:
    """The groups that were started and not ended when the pipe closed."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


if __name__ == "__main__":
    main(sys.stdin)
