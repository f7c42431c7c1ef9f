"""The recount: what the figures must be, worked out of the acknowledged events by plain Python and nothing of ours."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.promises.generator import CHANNELS, FIRST
from tests.promises.stack import Stack
from workers.reports import ReportRequest, report
from workers.store import accounts, schema

#: The days on which tickets of the generator are opened, answered and rated, with room on both sides.
_DAYS = (FIRST // 86400 - 2, FIRST // 86400 + 12)


@dataclass
class Counts:
    """The figures of one channel."""

    volume: int = 0
    first_responses: list[float] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {
            "volume": self.volume,
            "first responses": (len(self.first_responses), _median(self.first_responses)),
            "resolutions": (len(self.resolutions), _median(self.resolutions)),
            "csat": (sum(score >= 4 for score in self.scores), len(self.scores)),
            "scores": {str(score): n for score, n in sorted(Counter(self.scores).items())},
        }


def recount(bodies: Iterable[bytes]) -> dict[str, dict[str, Any]]:
    """Channel → figures, of the events in these bodies, each told once."""
    tickets: dict[str, dict[str, dict[str, Any]]] = {}
    for body in bodies:
        event = json.loads(body)
        tickets.setdefault(event["ticket"], {})[event["type"]] = event
    counts = {channel: Counts() for channel in CHANNELS}
    for events in tickets.values():
        created = events.get("ticket.created")
        if created is not None:
            _count(counts[created["channel"]], _moment(created), events)
    return {channel: found.plain() for channel, found in counts.items()}


def _count(counts: Counts, opened: float, events: dict[str, dict[str, Any]]) -> None:
    counts.volume += 1
    if "message.sent" in events:
        counts.first_responses.append(_moment(events["message.sent"]) - opened)
    if "status.changed" in events:
        counts.resolutions.append(_moment(events["status.changed"]) - opened)
    if "survey.answered" in events:
        counts.scores.append(events["survey.answered"]["score"])


def reported(stack: Stack, account: str = "acme") -> dict[str, dict[str, Any]]:
    """The same figures as the product reports them."""
    with stack.runtime.database.read() as connection:
        found = accounts.find(connection, account, stack.runtime.vault)
        assert found is not None
        rows = report(connection, found, ReportRequest(*_DAYS), now=stack.runtime.clock())["rows"]
    figures = {row["channel"]: row["metrics"] for row in rows}
    return {channel: _read(figures[channel]) if channel in figures else Counts().plain() for channel in CHANNELS}


def _read(metrics: dict[str, Any]) -> dict[str, Any]:
    first, full, csat = (metrics[name] for name in ("first_response_time", "full_resolution_time", "csat"))
    return {
        "volume": metrics["ticket_volume"]["n"],
        "first responses": (first["n"], first["value"]),
        "resolutions": (full["n"], full["value"]),
        "csat": (csat.get("numerator", 0), csat["n"]),
        "scores": csat.get("distribution", {}),
    }


def counted_once(stack: Stack, acked: dict[str, bytes]) -> bool:
    """Assert that these events and no others are stored, each once, and counted as the recount counts them."""
    stored = Counter(row.id for row in stack.rows(schema.events))
    assert sorted(stored) == sorted(acked)
    assert max(stored.values(), default=1) == 1
    assert {row.outcome for row in stack.rows(schema.takes)} <= {"done"}
    assert reported(stack) == recount(acked.values())
    assert stack.faults() == []
    return True


def _moment(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
