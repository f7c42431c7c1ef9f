"""The panel's pages as somebody who is signed in gets them, and what must hold of the HTML of each."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from integrations.times import SECOND
from plugin import errors
from plugin.panel import panel
from plugin.panel.access.house import House
from plugin.panel.access.tokens import PANEL, Claims, signed
from workers.runtime import Runtime
from workers.store import users
from workers.wording.language import language

VOID = {"meta", "link", "input", "img", "br"}
PASSWORD = "correct horse battery"


@dataclass
class Element:
    """One element with what it says of itself; `text` is all text inside it."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Seen:
    """A page taken apart."""

    status: int
    html: str
    elements: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that is written on it, with single spaces."""
        return " ".join(self.elements[0].text.split()) if self.elements else ""

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of this kind with these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag and all(each.attributes.get(name) == value for name, value in wanted.items())
        ]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        """What is written in each of them."""
        return [" ".join(each.text.split()) for each in self.all(tag, **attributes)]

    def links(self) -> list[str]:
        """The addresses of this panel that it leads to, without the visitor's token."""
        found = (each.attributes.get("href", "") for each in self.all("a"))
        return [without_token(href) for href in found if href.startswith("/panel/")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[Element] = []
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        made = Element(tag, {name: value or "" for name, value in attrs}, tuple(each.tag for each in self.open))
        self.found.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}, ()))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, tag

    def handle_data(self, data: str) -> None:
        for each in self.open:
            each.text += data


def taken_apart(status: int, html: str) -> Seen:
    """A page whose every element is closed where it should be."""
    reader = _Reader()
    reader.feed(html)
    assert reader.open == []
    return Seen(status, html, reader.found)


def without_token(href: str) -> str:
    """An address without what proves who goes there."""
    parts = urlsplit(href)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "t"]
    return parts.path + (f"?{urlencode(kept)}" if kept else "")


@dataclass
class Pages:
    """A panel before a database, and one lead and one viewer of each account in it."""

    runtime: Runtime

    def __post_init__(self) -> None:
        self.house = House(self.runtime.settings, self.runtime.database, self.runtime.vault, self.runtime.clock)
        self.app = Flask("plugin", static_folder=None)
        errors.register(self.app)
        self.app.register_blueprint(panel(self.runtime.settings, self.runtime.database, clock=self.runtime.clock))

    def token(self, slug: str, role: str = "lead", *, speaks: str | None = None) -> str:
        """What a visitor's links carry; the user is made when first asked for."""
        now = self.runtime.clock()
        with self.runtime.database.write() as connection:
            user = users.find(connection, slug, role)
            if user is None:
                user = users.add(connection, slug, role, role, PASSWORD, now=now)
            users.speak(connection, slug, role, speaks)
        account = self.house.account(slug)
        assert account is not None
        claims = Claims(
            account=slug, user=role, role=role, via="password", number=user.number, began=now // SECOND, language=speaks
        )
        return signed(claims, PANEL, self.house.keys(account), now=now)

    def ask(self, address: str, *, role: str = "lead", speaks: str | None = None, **more: Any) -> TestResponse:
        """One request; `address` is the account's name and the page in it, as `acme/overview?by=agent`."""
        slug = address.partition("/")[0].partition("?")[0]
        mark = "&" if "?" in address else "?"
        token = self.token(slug, role, speaks=speaks)
        return self.app.test_client().open(f"/panel/{address}{mark}t={token}", buffered=True, **more)

    def see(self, address: str, *, role: str = "lead", speaks: str | None = None) -> Seen:
        """A page that is there."""
        answer = self.ask(address, role=role, speaks=speaks)
        assert (answer.status_code, answer.mimetype) == (200, "text/html"), (answer.status_code, answer.text[:400])
        return taken_apart(answer.status_code, answer.text)

    def send(self, address: str, *, role: str = "lead", **values: str) -> TestResponse:
        """A form that was filled in."""
        return self.ask(address, role=role, method="POST", data=values)


def must_hold(seen: Seen) -> None:
    """What holds of every page, whatever is on it."""
    ids = Counter(each.attributes["id"] for each in seen.elements if "id" in each.attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    assert [each.tag for each in seen.elements if "style" in each.attributes or each.tag == "style"] == []
    assert [name for each in seen.elements for name in each.attributes if name.startswith("on")] == []
    assert all(
        each.attributes.get("src", "").startswith("/static/panel/") and not each.text for each in seen.all("script")
    )
    assert len(seen.all("h1")) == 1
    assert len(seen.all("main")) == 1
    _tables(seen)
    _pictures(seen)
    _fields(seen, ids)
    _references(seen, ids)
    assert "None" not in re.findall(r"\w+", seen.text), "a value that is missing was written out"
    assert "{" not in seen.text.replace("{{7*7}}", ""), "a placeholder was left in a sentence"


def _tables(seen: Seen) -> None:
    for table in seen.all("table"):
        assert table.text.strip()
    for head in seen.all("th"):
        assert head.attributes.get("scope") in ("col", "row"), head


def _pictures(seen: Seen) -> None:
    """Each has a name and a finding, and the same numbers as a table, unless there is nothing to tell."""
    names = [*seen.texts("h2", class_="picture-name"), *seen.texts("h4", class_="picture-name quiet")]
    assert len(names) == len(set(names)) == len(seen.all("figure"))
    for figure in seen.all("figure"):
        assert len(figure.text.split()) > 3
    for svg in seen.all("svg"):
        named = svg.attributes.get("aria-labelledby") or svg.attributes.get("aria-hidden")
        assert named or "svg" in svg.inside or "div" in svg.inside, svg


def _fields(seen: Seen, ids: Counter[str]) -> None:
    for each in (*seen.all("input"), *seen.all("select"), *seen.all("textarea")):
        if each.attributes.get("type") == "hidden":
            continue
        named = "label" in each.inside or bool(seen.all("label", for_=each.attributes.get("id", "?")))
        assert named, each


def _references(seen: Seen, ids: Counter[str]) -> None:
    for each in seen.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert [other for other in each.attributes.get(name, "").split() if other not in ids] == [], each


def speech(code: str = "en") -> Any:
    """A language, to say what a page should say."""
    return language(code)
