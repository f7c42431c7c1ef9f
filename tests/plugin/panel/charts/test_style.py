"""The style sheet of the pictures: contrast, light and dark, and nothing that only colour tells."""

from __future__ import annotations

import re

import pytest

from plugin.panel.charts.marks import from_width, gutter
from plugin.panel.charts.stacked_days import stacked_days
from tests.plugin.panel.charts.samples import CHARTS, ENGLISH, of_every_chart, stacks
from tests.plugin.panel.pictures import colour_pairs, contrast, css, palettes, tree

SCHEMES = ("light", "dark")
#: Classes that carry no look of their own.
BARE = {"tick", "heat-corner", "row-main", "row-head", "row-axis"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_marks_have_a_contrast_of_three_and_words_of_four_and_a_half(scheme: str) -> None:
    palette = palettes(css())[scheme]
    pairs = list(colour_pairs(palette))
    weak = [(name, on, contrast(palette[name], palette[on])) for name, on, least in pairs
            if contrast(palette[name], palette[on]) < least]  # fmt: skip
    assert weak == []
    assert len(pairs) > 25


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_ground_of_pictures_is_that_of_the_pages(scheme: str) -> None:
    assert palettes(css())[scheme]["--chart-sheet"] == palettes(css("panel.css"))[scheme]["--sheet"]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_colours_stand_in_variables_only() -> None:
    rules = re.sub(r":root\s*\{.*?\}", "", css(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", rules) == []


def test_every_variable_has_a_light_and_a_dark_value_and_is_used() -> None:
    sheet = css()
    found = palettes(sheet)
    dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", sheet, re.DOTALL)
    assert dark is not None
    assert set(re.findall(r"(--[\w-]+):", dark[1])) == set(found["light"])
    assert set(re.findall(r"var\((--[\w-]+)\)", sheet)) == set(found["light"])


def test_words_in_drawings_have_the_colours_of_words() -> None:
    rules = re.findall(r"([^{}]*\btext\b[^{}]*)\{([^}]*)\}", css())
    fills = [fill for _, body in rules for fill in re.findall(r"(?<!-)fill: var\(--chart-([\w-]+)\)", body)]
    assert len(fills) >= 5
    assert [fill for fill in fills if fill not in ("ink", "soft") and not fill.startswith("on-")] == []


def test_words_in_drawings_are_never_smaller_than_eleven_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", css())]
    rems = [16 * float(size) for size in re.findall(r"font-size: ([\d.]+)rem", css())]
    assert sizes
    assert min(sizes + rems) >= 11


def test_forced_colours_and_print_are_thought_of() -> None:
    sheet = css()
    forced = re.search(r"forced-colors: active\) \{\s*:root \{(.*?)\}", sheet, re.DOTALL)
    assert forced is not None
    marks = {name for name in palettes(sheet)["light"] if name.startswith("--chart-mark-")}
    assert marks <= set(re.findall(r"(--[\w-]+):", forced[1]))
    assert "@media print" in sheet
    # Paper is white, so the dark colours are for screens only.
    assert "@media screen and (prefers-color-scheme: dark)" in sheet


@pytest.mark.parametrize("chart", CHARTS)
def test_every_class_of_a_mark_is_known_to_the_style_sheet(chart: str) -> None:
    markup = of_every_chart(n=40, times=10**6, href="/x")[chart](ENGLISH).svg
    used = {name for element in tree(markup).iter() for name in element.get("class", "").split()}
    known = set(re.findall(r"\.([a-z][\w-]*)", css()))
    assert used - known - BARE == set()


def test_no_class_means_something_else_on_the_pages() -> None:
    pictures, pages = (set(re.findall(r"\.([a-z][\w-]*)", css(name))) for name in ("charts.css", "panel.css"))
    assert pictures & pages == {"picture"}


def test_every_width_and_gutter_is_known_to_the_style_sheet() -> None:
    sheet = css()
    widths = {from_width(pixels) for pixels in range(290, 1121, 10)}
    gutters = {gutter(["1" * digits]) for digits in range(1, 30)}
    assert len(widths) == 8
    assert len(gutters) == 5
    for name in widths | gutters:
        assert f".{name}" in sheet
    for width in widths:
        assert width is not None
        assert f"(min-width: {width.removeprefix('from-')}px) {{ .{width}" in sheet


def test_series_differ_by_texture_and_not_by_colour_alone() -> None:
    svg = stacked_days(stacks(3, ("a", "b", "c", "d", "e", "f")), ENGLISH).svg
    *textures, hatching = [tuple(path.get("d") for path in one.iter("path")) for one in tree(svg).iter("pattern")]
    assert len(textures) == 6
    assert len(set(textures)) == 6
    assert hatching
