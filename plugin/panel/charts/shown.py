"""A picture as the pages show it: name, finding, marks, note, and the equal table to unfold."""

from __future__ import annotations

from markupsafe import Markup

from plugin.panel.charts.marks import joined, tag
from plugin.panel.charts.picture import Cell, Link, Picture, Table, key_of
from workers.wording.language import Language


def shown(picture: Picture, language: Language, *, level: int = 3) -> Markup:
    """The picture as a figure with a heading of that level; its table is unfolded at once where nothing is drawn."""
    key = key_of("shown", picture.name)
    heading = tag(f"h{level}", picture.name, class_="picture-name", id=key)
    said = (heading, tag("p", picture.finding, class_="picture-finding"))
    note = tag("p", picture.note, class_="picture-note") if picture.note else ""
    inner = (tag("figcaption", *said), picture.svg, note, _folded(picture.table, language))
    return tag("figure", *inner, class_="picture", aria_labelledby=key)


def _folded(table: Table, language: Language) -> Markup:
    if not table.rows:
        return Markup("")
    summary = tag("summary", language.say("The same as a table"))
    return tag("details", summary, shown_table(table), class_="numbers")


def shown_table(table: Table) -> Markup:
    """The table, in a place that scrolls where it is too wide, also by keyboard."""
    head = tag("tr", *(tag("th", name, scope="col") for name in table.head))
    body = joined(_row(row) for row in table.rows)
    inner = (tag("caption", table.caption, class_="unseen"), tag("thead", head), tag("tbody", body))
    return tag("div", tag("table", *inner), class_="scroll", role="region", tabindex=0, aria_label=table.caption)


def _row(row: tuple[Cell, ...]) -> Markup:
    return tag("tr", tag("th", _cell(row[0]), scope="row"), *(tag("td", _cell(cell)) for cell in row[1:]))


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return tag("a", cell.text, href=cell.href) if cell.href else cell.text
    return cell
