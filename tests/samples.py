"""What is read of recorded payloads, where they lie: `python -m tests.samples FOLDER`.

The folder has one folder a desk, named as the desk is in addresses (`django-helpdesk` will do for `django_helpdesk`),
with JSON files: the body of a call, an answer of the desk's API, or a recorded request with `headers`, `path`,
`received_at` and its body under `json`. Each file is given to the desk's `parse` as it stands. It is read, passed over
(a call that says nothing that is counted) or refused on purpose; anything else is a fault, and the command ends with 1.
What is no payload of a desk is named, too. Nothing is copied and nothing is written.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from integrations.base import Access, Call, Desk, Reading
from integrations.errors import Unreadable
from integrations.registry import DESK_NAMES, desk_named
from integrations.times import SECOND, Instant, instant_of_iso

READ, PASSED, REFUSED, FAULT, NO_DESK = "read", "passed over", "refused", "FAULT", "no desk"
_ENVELOPE = frozenset({"received_at", "headers", "json"})
_LONGEST = 100


@dataclass(frozen=True)
class Found:
    """What became of one file."""

    path: Path
    verdict: str
    told: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a file and the sums; 1 when there was a fault, 2 when there is nothing to look at."""
    given = sys.argv[1:] if arguments is None else arguments
    folder = Path(given[0]) if len(given) == 1 else Path("nothing")
    if not folder.is_dir():
        _say(f"{folder} is no folder; name one that has a folder for each desk: make samples DIR=…")
        return 2
    found = list(looked_at(folder))
    for one in found:
        _say(f"{one.verdict:<12}{one.path.relative_to(folder)}: {one.told}")
    sums = Counter(one.verdict for one in found)
    _say(f"{len(found)} files: " + ", ".join(f"{number} {verdict}" for verdict, number in sorted(sums.items())))
    return 1 if sums[FAULT] else 0


def looked_at(folder: Path) -> Iterator[Found]:
    """What becomes of every file below the folder, in order."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).parts[0].replace("-", "_")
        if name not in DESK_NAMES:
            yield Found(path, NO_DESK, "it lies in no folder of a desk, so nobody reads it")
        elif path.suffix != ".json":
            yield Found(path, NO_DESK, "it is no JSON, so nobody reads it")
        else:
            yield _judged(path, desk_named(name))


def _judged(path: Path, desk: Desk) -> Found:
    try:
        reading = desk.parse(_call(path), Access("https://desk.example", {}, ZoneInfo("UTC"), account="samples"))
    except Unreadable as error:
        return Found(path, REFUSED, _short(str(error)))
    except Exception as error:  # noqa: BLE001 -- whatever else a desk's code does here is what we look for
        return Found(path, FAULT, _short(f"{type(error).__name__}: {error}"))
    told = _told(reading)
    return Found(path, READ if told else PASSED, told or "it says nothing that is counted")


def _call(path: Path) -> Call:
    body = path.read_bytes()
    recorded = _recorded(body)
    if recorded is None:
        return Call(body, {"content-type": "application/json"}, {}, _now())
    return Call(
        body=json.dumps(recorded["json"]).encode(),
        headers={name.lower(): str(value) for name, value in recorded["headers"].items()},
        query=dict(parse_qsl(urlsplit(recorded.get("path", "")).query)),
        received_at=instant_of_iso(recorded["received_at"]),
    )


def _recorded(body: bytes) -> Any:
    """The request that was recorded with its headers; None when the file is a bare body."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.keys() >= _ENVELOPE else None


def _told(reading: Reading) -> str:
    types = Counter(event.type for event in reading.events)
    parts = [f"{number} {type_}" if number > 1 else type_ for type_, number in types.items()]
    parts += [f"present {', '.join(sorted(present.values))}" for present in reading.present]
    parts += [f"ask about {ticket}" for ticket in reading.refresh]
    return "; ".join(parts)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _now() -> Instant:
    return int(time.time()) * SECOND


if __name__ == "__main__":
    sys.exit(main())
