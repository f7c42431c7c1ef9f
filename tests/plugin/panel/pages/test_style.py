"""The style sheet: colours that can be told from what is under them, in both schemes, and a focus that is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import plugin.panel

CSS = (Path(plugin.panel.__file__).parent / "static" / "panel.css").read_text(encoding="utf-8")
#: Text on what is under it, which needs 4.5 to 1 (WCAG 2.2, 1.4.3).
TEXTS = (
    ("ink", "ground"), ("ink", "sheet"), ("ink", "pale"), ("soft", "ground"), ("soft", "sheet"), ("soft", "pale"),
    ("link", "ground"), ("link", "sheet"), ("good", "sheet"), ("bad", "sheet"), ("wary", "wary-ground"),
    ("wary", "ground"), ("bad", "pale"),
)  # fmt: skip
#: Edges of what one presses, and marks, which need 3 to 1 (1.4.11).
MARKS = (("edge", "sheet"), ("edge", "ground"), ("mark", "sheet"), ("mark", "ground"))


def colours(scheme: str) -> dict[str, str]:
    """The variables of a scheme."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[("light", "dark").index(scheme)]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_on_what_is_under_them(scheme: str) -> None:
    found = colours(scheme)
    assert {pair: contrast(*(found[name] for name in pair)) for pair in TEXTS if not reads(found, pair)} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_and_marks_are_seen(scheme: str) -> None:
    found = colours(scheme)
    assert [pair for pair in MARKS if contrast(found[pair[0]], found[pair[1]]) < 3] == []


def test_both_schemes_have_the_same_variables() -> None:
    assert colours("light").keys() == colours("dark").keys()


def test_nobody_takes_the_focus_away_and_nothing_comes_from_elsewhere() -> None:
    assert not re.search(r"outline:\s*(none|0)\b", CSS)
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_paper_has_no_controls_and_no_colours_of_the_dark() -> None:
    printed = CSS.partition("@media print")[2]
    assert "color-scheme: light" in printed
    assert ".controls" in printed


def reads(found: dict[str, str], pair: tuple[str, str]) -> bool:
    return contrast(found[pair[0]], found[pair[1]]) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
