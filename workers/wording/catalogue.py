"""Which messages there are in the sources, and what the catalogue lacks of them.

`python -m workers.wording.catalogue` writes new messages into the .po files, drops those that nothing says any more,
and lists what is not translated or not right.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from workers.wording.language import LANGUAGES
from workers.wording.metric_texts import metric_texts
from workers.wording.texts import categories, path_of

#: The languages that need a catalogue.
TRANSLATED: Final = tuple(code for code in LANGUAGES if code != "en")

_ROOT: Final = Path(__file__).parents[2]
#: Where people are spoken to; what knows a desk knows no language.
_PACKAGES: Final = ("plugin", "workers")
#: What a terminal shows is English.
_TERMINAL: Final = ("plugin/commands/", "plugin/up.py", "plugin/processes.py", "plugin/demo")
_KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {"say": None, "mark": None, "say_many": (1, 2)}
#: Most files say nothing, and need not be taken apart.
_SAYS: Final = re.compile(rb"\b(say|say_many|mark)\(")
_WIDTH: Final = 110
#: Categories that stand for one number alone, so that a form may do without writing it.
_ONE_NUMBER: Final = {("ro", "one"), ("bg", "one")}
#: Lithuanian has a form for fractions that no whole number takes, which gettext's own rule leaves out.
_PLURAL_FORMS: Final = {
    "lt": "nplurals=4; plural=(n%10==1 && (n%100<11 || n%100>19) ? 0 : n%10>=2 && (n%100<11 || n%100>19) ? 1 : 3);"
}
#: Headers of people and times, which a repository knows better.
_HEADERS_LEFT_OUT: Final = tuple(
    f'"{name}: '.encode()
    for name in ("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date",
                 "Last-Translator", "Language-Team", "Generated-By")
)  # fmt: skip
#: What a translation ends with as its message does.
_ENDS: Final = (".", ":", "?", "…")


@dataclass(frozen=True, slots=True)
class Message:
    """An English message, its plural where it has one, and the files that say it."""

    text: str
    plural: str | None
    files: tuple[str, ...]


def messages(root: Path = _ROOT) -> dict[str, Message]:
    """Every message of the sources by its English text; ValueError where one text has two plurals."""
    found: dict[str, Message] = {}
    for text, plural, file in (*_extracted(root), *((text, None, "workers/metrics") for text in metric_texts())):
        known = found.get(text)
        if known is not None and known.plural != plural:
            raise ValueError(f"{text!r} is said with the plural {plural!r} in {file} and {known.plural!r} elsewhere")
        files = known.files if known else ()
        found[text] = Message(text, plural, files if file in files else (*files, file))
    return found


def read(code: str) -> Catalog:
    """The catalogue of a language as it lies on disk; an empty one where there is none."""
    path = path_of(code)
    if not path.exists():
        return _empty(code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def updated(old: Catalog, wanted: Mapping[str, Message], code: str) -> Catalog:
    """A catalogue with exactly the wanted messages, translated as far as the old one has them."""
    new = _empty(code)
    new.header_comment = old.header_comment
    for message in wanted.values():
        entry = old.get(message.text)
        kept = entry.string if entry is not None and _is_like(entry, message) else None
        text = message.text if message.plural is None else (message.text, message.plural)
        new.add(text, kept, locations=[(file, 0) for file in message.files])
    return new


def as_text(catalog: Catalog) -> bytes:
    """A catalogue as its file has it: no dates and no line numbers, so that only words make a difference."""
    written = io.BytesIO()
    write_po(written, catalog, width=_WIDTH, include_lineno=False, ignore_obsolete=True)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_HEADERS_LEFT_OUT))


def faults(catalog: Catalog, wanted: Mapping[str, Message], code: str) -> Iterator[str]:
    """What is missing, not right or not needed in a catalogue, one line each."""
    for message in wanted.values():
        entry = catalog.get(message.text)
        if entry is None or not _is_like(entry, message) or not all(_forms(entry)):
            yield f"{code}: not translated: {message.text}"
        else:
            yield from _wrong_forms(entry, message, code)
    for entry in catalog:
        if entry.id and _key(entry) not in wanted:
            yield f"{code}: nothing says this any more: {_key(entry)}"


def main() -> None:
    """Bring every catalogue up to date and list its faults."""
    wanted = messages()
    for code in TRANSLATED:
        catalog = updated(read(code), wanted, code)
        path_of(code).write_bytes(as_text(catalog))
        found = list(faults(catalog, wanted, code))
        sys.stdout.writelines(f"{fault}\n" for fault in found)
        sys.stdout.write(f"{code}: {len(wanted)} messages, {len(found)} faults\n")


def spoken_in(root: Path) -> Iterator[Path]:
    """Every file of the sources that may hold messages."""
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            is_source = path.suffix in (".py", ".html", ".txt")
            if is_source and not path.relative_to(root).as_posix().startswith(_TERMINAL):
                yield path


def _extracted(root: Path) -> Iterator[tuple[str, str | None, str]]:
    for path in spoken_in(root):
        file, source = path.relative_to(root).as_posix(), path.read_bytes()
        found = _of_python(source) if path.suffix == ".py" else _of_template(source)
        yield from ((text, plural, file) for text, plural in found)


def _of_template(source: bytes) -> Iterator[tuple[str, str | None]]:
    for _, found, _, _ in extract("jinja2.ext:babel_extract", io.BytesIO(source), keywords=_KEYWORDS):
        yield (found, None) if isinstance(found, str) else (found[0], found[1])


def _of_python(source: bytes) -> Iterator[tuple[str, str | None]]:
    """What is said by its own text; babel's own search takes every string that stands inside such a call."""
    if not _SAYS.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in ("say", "mark"):
            yield from ((text, None) for text in _texts(node.args[0]))
        elif called == "say_many":
            yield from zip(_texts(node.args[0]), _texts(node.args[1]), strict=True)


def _texts(node: ast.expr) -> Iterator[str]:
    """The text of a literal, or of both where one of two is chosen."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _empty(code: str) -> Catalog:
    catalog = Catalog(locale=code, header_comment=f"# {LANGUAGES[code]}", charset="utf-8", fuzzy=False)
    catalog.mime_headers = [("Plural-Forms", _PLURAL_FORMS.get(code, catalog.plural_forms))]
    return catalog


def _key(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def _forms(entry: Entry) -> tuple[str, ...]:
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))


def _is_like(entry: Entry, message: Message) -> bool:
    return entry.id == (message.text if message.plural is None else (message.text, message.plural))


def _wrong_forms(entry: Entry, message: Message, code: str) -> Iterator[str]:
    forms, names = _forms(entry), categories(code)
    if message.plural is None:
        names = ("",)
    if len(forms) != len(names):
        yield f"{code}: {len(names)} plural forms are needed: {message.text}"
        return
    for form, name in zip(forms, names, strict=True):
        wrong = _wrong(form, message, number_is_plain=(code, name) in _ONE_NUMBER)
        if wrong:
            yield f"{code}: {wrong}: {form}"


def _wrong(form: str, message: Message, *, number_is_plain: bool) -> str:
    """What is wrong with one translation; '' when nothing is."""
    usual = _places(message.plural or message.text)
    found = _places(form)
    if found - usual:
        return f"unknown placeholder {min(found - usual)}"
    missing = usual - found - ({"n"} if number_is_plain else set())
    if missing:
        return f"placeholder {min(missing)} is missing"
    ends = {text.endswith(end) for end in _ENDS for text in (form,) if message.text.endswith(end)}
    return "another end than the message has" if False in ends else ""


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


if __name__ == "__main__":
    main()
