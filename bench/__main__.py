"""Every bar in one run: `python -m bench`; 1 when one is missed."""

from __future__ import annotations

import subprocess
import sys

#: Each in a process of its own, so that none measures another one's memory or caches.
_BENCHES = (
    "bench.door", "bench.take_in", "bench.report", "bench.freshness", "bench.importing", "bench.memory", "bench.alarms",
    "bench.panel",
)  # fmt: skip


def main() -> int:
    """Run all of them, one after the other."""
    results = {name: subprocess.run([sys.executable, "-m", name], check=False).returncode for name in _BENCHES}
    for name, code in results.items():
        print(f"{name}: {'held' if code == 0 else 'MISSED'}")
    return int(any(results.values()))


if __name__ == "__main__":
    sys.exit(main())
