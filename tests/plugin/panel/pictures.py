"""What every picture must be: named, described, equal to its table, told without colour literals and inline style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from plugin.panel.charts.picture import Link, Picture, Table

STATIC = Path(__file__).parents[3] / "plugin" / "panel" / "static"

_NUMBER = re.compile(r"\d(?:[\d.,\u00a0\u202f]*\d)?")
_ID = re.compile(r"url\(#([^)]+)\)")
#: What is written on an axis, and what only listeners get.
_NOT_DRAWN = {"tick", "heat-hour", "unseen"}
_LEAST = {"mark": 3.0, "text": 4.5}


def tree(markup: str) -> ET.Element:
    """The marks as a tree; an error where they are no well-formed XML."""
    return ET.fromstring(f"<div>{markup}</div>")


def faults(picture: Picture) -> list[str]:
    """Everything that is wrong with a picture; nothing, when it is as it must be."""
    found = [*faults_of_markup(picture.svg), *_table_faults(picture.table)]
    found += [f"no {part}" for part in ("name", "finding") if not getattr(picture, part).strip()]
    if picture.svg:
        missing = drawn_numbers(picture.svg) - table_numbers(picture.table)
        found += [f"drawn but not in the table: {number}" for number in sorted(missing)]
        if not picture.table.rows:
            found.append("drawn without a table")
    return found


def faults_of_markup(markup: str) -> list[str]:
    """What is wrong with the marks of one or more pictures, for a whole page as for a single one."""
    root = tree(markup)
    ids = [element.get("id", "") for element in root.iter() if element.get("id")]
    found = [f"two of id {one}" for one in sorted({one for one in ids if ids.count(one) > 1})]
    for element in root.iter():
        found += _element_faults(element, root, set(ids))
    return found


def _element_faults(element: ET.Element, root: ET.Element, ids: set[str]) -> Iterator[str]:
    for name, value in element.attrib.items():
        if name == "style" or name.startswith("on"):
            yield f"{element.tag} has {name}"
        if name in ("fill", "stroke", "color") and not value.startswith("url(#"):
            yield f"{element.tag} has the colour {value}"
        if name == "href" and not value.startswith(("/", "http://", "https://", "?")):
            yield f"a link to {value}"
        yield from (f"nothing has id {one}" for one in _ID.findall(value) if one not in ids)
    if element.tag in ("script", "style", "image", "foreignObject"):
        yield f"a {element.tag}"
    if element.tag == "svg" or element.get("role") in ("img", "group"):
        yield from _name_faults(element, root)


def _name_faults(element: ET.Element, root: ET.Element) -> Iterator[str]:
    outer = [one for one in root.iter() if _names_itself(one) and one is not element and element in one.iter()]
    if outer or element.get("aria-hidden") == "true":
        return
    if element.get("role") not in ("img", "group"):
        yield f"a {element.tag} without a role"
    texts = {one.get("id"): "".join(one.itertext()).strip() for one in root.iter()}
    names = [texts.get(one, "") for one in element.get("aria-labelledby", "").split()]
    if len(names) != 2 or not all(names):
        yield f"a {element.tag} without a name and a description"
    if (element.get("role") == "group") != bool(element.findall(".//a")):
        yield f"a {element.tag} is a {element.get('role')}"


def _names_itself(element: ET.Element) -> bool:
    return element.get("role") in ("img", "group") or element.get("aria-hidden") == "true"


def _table_faults(table: Table) -> Iterator[str]:
    if not table.caption.strip():
        yield "a table without a caption"
    for row in table.rows:
        if len(row) != len(table.head):
            yield f"a row of {len(row)} below a head of {len(table.head)}"


def drawn_texts(markup: str) -> list[str]:
    """What is written in the marks and said of them, but for axes."""
    return list(_texts(tree(markup)))


def _texts(element: ET.Element) -> Iterator[str]:
    if _NOT_DRAWN & set(element.get("class", "").split()) or element.tag == "desc":
        return
    if element.tag == "title" and element.get("id"):
        return
    if element.text and element.text.strip():
        yield element.text.strip()
    for child in element:
        yield from _texts(child)
        if child.tail and child.tail.strip():
            yield child.tail.strip()


def drawn_numbers(markup: str) -> set[str]:
    """Every number in what is drawn."""
    return {number for text in drawn_texts(markup) for number in _NUMBER.findall(text)}


def cell_text(cell: str | Link) -> str:
    """The words of a cell."""
    return cell.text if isinstance(cell, Link) else cell


def table_texts(table: Table) -> list[list[str]]:
    """The rows in words."""
    return [[cell_text(cell) for cell in row] for row in table.rows]


def table_numbers(table: Table) -> set[str]:
    """Every number that the table has."""
    texts = [table.caption, *table.head, *(cell for row in table_texts(table) for cell in row)]
    return {number for text in texts for number in _NUMBER.findall(text)}


def of_class(markup: str, class_: str) -> list[ET.Element]:
    """The marks of a class."""
    return [element for element in tree(markup).iter() if class_ in element.get("class", "").split()]


def share(place: str | None) -> float:
    """A place across, from 0 to 1."""
    assert place is not None
    assert place.endswith("%")
    return float(place[:-1]) / 100


def css(name: str = "charts.css") -> str:
    """A style sheet of the panel, without its comments."""
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def palettes(sheet: str) -> Mapping[str, Mapping[str, str]]:
    """The variables of a style sheet, light and dark."""
    dark = re.search(r"@media[^{]*prefers-color-scheme: dark[^{]*\{\s*:root\s*\{(.*?)\}", sheet, re.DOTALL)
    light = re.search(r":root\s*\{(.*?)\}", sheet, re.DOTALL)
    assert light is not None
    assert dark is not None
    first = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", light[1]))
    return {"light": first, "dark": first | dict(re.findall(r"(--[\w-]+):\s*([^;]+);", dark[1]))}


def colour_pairs(palette: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """Every colour with what it stands on and the contrast it needs: `--chart-on-x` on `--chart-x`, else the sheet."""
    for name in palette:
        if name.startswith("--chart-on-"):
            yield name, name.replace("-on-", "-"), _LEAST["text"]
        elif name in ("--chart-ink", "--chart-soft"):
            yield name, "--chart-sheet", _LEAST["text"]
        elif name.startswith("--chart-mark-"):
            yield name, "--chart-sheet", _LEAST["mark"]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as #rrggbb (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
