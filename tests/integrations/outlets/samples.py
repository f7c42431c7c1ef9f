"""A digest for tests."""

from __future__ import annotations

from typing import Any

from integrations.actions import Section
from integrations.outlets.base import Bar, Digest, Link
from integrations.times import instant_of_iso

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;</td></table>{link} %s <!channel> =?utf-8?q?x?="


def digest(**changed: Any) -> Digest:
    """A day with two channels and a low answer."""
    usual: dict[str, Any] = {
        "account": "acme",
        "language": "en",
        "marker": "deskpulse:daily-0123456789abcdef0123",
        "at": instant_of_iso("2026-03-18T07:00:00+00:00"),
        "title": "Deskpulse: Tuesday 17 March 2026",
        "sections": (
            Section(
                "What changed",
                (
                    "Compared with Tuesday 10 March 2026",
                    "Tickets: 128; 17 more than 111",
                    "First response: median 38 min; 12 min slower than 26 min",
                    "Resolved so far: 71% (91 of 128, likely 62.7% to 78.2%)",
                ),
            ),
            Section(
                "Where",
                (
                    "E-mail: Tickets: 74; 9 more than 65 · First response: median 2 h 5 min; 41 min slower than 84 min",
                    "Chat: Tickets: 54; 8 more than 46 · First response: median 48 s; as before",
                ),
            ),
            Section("What customers said", ("CSAT: 82% (31 of 38, likely 66.6% to 90.8%); 6 points lower than 88%",)),
            Section(
                "What to do next",
                (
                    "Ticket 4711 (E-mail): CSAT 1 on 1 to 5: “Nobody called back, and the parcel is still lost.”",
                    "and 3 more low answers",
                ),
            ),
        ),
        "note": "As it stood on 18 March 2026, 08:00; what came in later is not in this message.",
        "bars": (Bar("E-mail", "74", 1.0), Bar("Chat", "54", 54 / 74)),
        "bars_name": "Tickets",
        "link": Link("Open in Deskpulse", "https://pulse.example/panel/acme/overview?period=days&from=2026-03-17"),
    }
    return Digest(**(usual | changed))


def hostile() -> Digest:
    """A digest with the worst that a customer may write everywhere."""
    lines = (HOSTILE, f"E-mail: {HOSTILE}; {HOSTILE} · {HOSTILE}")
    sections = tuple(Section(HOSTILE, lines) for _ in range(4))
    return digest(title=HOSTILE, sections=sections, note=HOSTILE, bars=(Bar(HOSTILE, HOSTILE, 0.3),) * 2)
