"""The catalogue: found in the sources, read as gettext reads it, and right in what is translated."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

import workers
from workers.metrics import METRICS
from workers.wording.catalogue import TRANSLATED, Message, as_text, faults, messages, read, spoken_in, updated
from workers.wording.language import language
from workers.wording.metric_texts import metric_texts
from workers.wording.notes import note
from workers.wording.texts import categories, path_of, texts_of
from workers.wording.texts import read as read_quickly

ROOT = Path(workers.__file__).parents[1]
SOURCE = """
from workers.wording.language import mark
TITLE = mark("A title")
def told(language, n):
    language.say(WORDS["key"])
    language.say("Yes, in "
                 "two parts" if n else "No")
    return language.say("Hello {who}", who="you") + language.say_many("{n} hen", "{n} hens", n)
"""
TEMPLATE = """<h1>{{ say("From a template") }}</h1>{{ say_many("{n} egg", "{n} eggs", 2) }}"""
HENS = Message("{n} hen", "{n} hens", ("plugin/a.py",))
HELLO = Message("Hello {who}.", None, ("plugin/a.py",))


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name, text in (("plugin/a.py", SOURCE), ("workers/b.html", TEMPLATE), ("integrations/c.py", 'say("other")')):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text)
    return tmp_path


def catalog(code: str, *entries: tuple[str | tuple[str, str], str | tuple[str, ...]]) -> Catalog:
    made = updated(Catalog(locale=code), {}, code)
    for text, told in entries:
        made.add(text, told)
    return made


def string_of(made: Catalog, text: str) -> Any:
    entry = made.get(text)
    assert entry is not None
    return entry.string


def told_faults(code: str, message: Message, told: str | tuple[str, ...]) -> list[str]:
    text = message.text if message.plural is None else (message.text, message.plural)
    return list(faults(catalog(code, (text, told)), {message.text: message}, code))


class TestExtraction:
    def test_python_and_templates_are_searched(self, sources: Path) -> None:
        found = messages(sources)
        assert {text: found[text].plural for text in ("A title", "Hello {who}", "{n} hen", "{n} egg")} == {
            "A title": None, "Hello {who}": None, "{n} hen": "{n} hens", "{n} egg": "{n} eggs",
        }  # fmt: skip
        assert found["From a template"].files == ("workers/b.html",)

    def test_only_what_is_said_is_a_message(self, sources: Path) -> None:
        found = messages(sources)
        assert {"Yes, in two parts", "No"} <= found.keys()
        assert "key" not in found
        assert "you" not in found

    def test_what_knows_a_desk_knows_no_language(self, sources: Path) -> None:
        assert "other" not in messages(sources)

    def test_what_a_terminal_shows_is_no_message(self, sources: Path) -> None:
        (sources / "plugin" / "commands").mkdir()
        (sources / "plugin" / "commands" / "e.py").write_text("# workers.wording\ncontext.say('shown')")
        assert "shown" not in messages(sources)

    def test_a_text_has_one_plural(self, sources: Path) -> None:
        (sources / "plugin" / "d.html").write_text("""{{ say_many("{n} hen", "{n} chickens", 2) }}""")
        with pytest.raises(ValueError, match="chickens"):
            messages(sources)

    def test_every_metric_is_among_the_messages(self, wanted: dict[str, Message]) -> None:
        texts = set(metric_texts())
        assert {metric.definition for metric in METRICS} <= texts
        assert texts <= wanted.keys()

    def test_no_message_is_put_together_before_it_is_said(self) -> None:
        """A catalogue has no f-strings: what they make is found by nobody."""
        assert [where for path in spoken_in(ROOT) if path.suffix == ".py" for where in formatted(path)] == []


def formatted(path: Path) -> list[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return [
        f"{path.name}:{call.lineno}"
        for call in calls
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in ("say", "say_many", "mark")
        and call.args
        and isinstance(call.args[0], ast.JoinedStr)
    ]


class TestFaults:
    def test_a_right_translation_has_none(self) -> None:
        assert told_faults("hr", HELLO, "Pozdrav, {who}.") == []
        assert told_faults("hr", HENS, ("{n} kokoš", "{n} kokoši", "{n} kokoši")) == []

    @pytest.mark.parametrize(
        ("told", "fault"),
        [
            ("", "not translated"),
            ("Pozdrav.", "placeholder who is missing"),
            ("Pozdrav, {ko}.", "unknown placeholder ko"),
            ("Pozdrav, {who}", "another end"),
        ],
    )
    def test_a_wrong_one_is_named(self, told: str, fault: str) -> None:
        (found,) = told_faults("hr", HELLO, told)
        assert found.startswith(f"hr: {fault}")

    @pytest.mark.parametrize(
        ("code", "told", "fault"),
        [
            ("hr", ("{n} kokoš", "", "{n} kokoši"), "not translated"),
            ("hr", ("kokoš", "{n} kokoši", "{n} kokoši"), "placeholder n is missing"),
            ("bg", ("кокошка", "кокошки"), "placeholder n is missing"),
            ("sl", ("{n} kokoš", "{n} kokoši"), "4 plural forms are needed"),
        ],
    )
    def test_every_plural_form_is_looked_at(self, code: str, told: tuple[str, ...], fault: str) -> None:
        assert [found.startswith(f"{code}: {fault}") for found in told_faults(code, HENS, told)] == [True]

    def test_a_form_for_the_number_one_alone_need_not_write_it(self) -> None:
        assert told_faults("bg", HENS, ("една кокошка", "{n} кокошки")) == []

    def test_what_nothing_says_any_more_is_a_fault(self) -> None:
        assert list(faults(catalog("hr", ("Old", "Staro")), {}, "hr")) == ["hr: nothing says this any more: Old"]


class TestUpdate:
    def test_translations_stay_and_messages_come_and_go(self) -> None:
        old = catalog("hr", ("Hello {who}.", "Pozdrav, {who}."), ("Old", "Staro"))
        new = updated(old, {HELLO.text: HELLO, HENS.text: HENS}, "hr")
        assert string_of(new, HELLO.text) == "Pozdrav, {who}."
        assert new.get("Old") is None
        assert list(faults(new, {HELLO.text: HELLO, HENS.text: HENS}, "hr")) == ["hr: not translated: {n} hen"]

    def test_a_message_that_got_a_plural_is_translated_anew(self) -> None:
        new = updated(catalog("hr", ("{n} hen", "{n} kokoš")), {HENS.text: HENS}, "hr")
        assert not any(string_of(new, HENS.text))

    @pytest.mark.parametrize("code", TRANSLATED)
    def test_a_catalogue_is_written_as_it_was_read(self, code: str) -> None:
        text = as_text(read(code))
        assert text == path_of(code).read_bytes()
        assert b"fuzzy" not in text


class TestReading:
    @pytest.mark.parametrize("code", TRANSLATED)
    def test_it_is_read_as_gettext_reads_it(self, code: str) -> None:
        quick, slow = texts_of(code), read(code)
        ones = {entry.id: entry.string for entry in slow if isinstance(entry.id, str) and entry.id and entry.string}
        many = {entry.id[0]: entry.string for entry in slow if isinstance(entry.id, tuple) and all(entry.string or "")}
        assert quick.one == ones
        assert {text: tuple(forms.values()) for text, forms in quick.many.items()} == many

    @pytest.mark.parametrize("code", TRANSLATED)
    def test_it_has_a_form_for_every_category(self, code: str) -> None:
        assert read(code).num_plurals == len(categories(code))

    def test_quotes_lines_and_backslashes_are_read(self) -> None:
        told = catalog("hr", ('a "b"', 'c "d"\n\te\\f'), ("long " * 60, "dugo " * 60))
        quick = read_quickly(as_text(told).decode(), categories("hr"))
        assert quick.one == {'a "b"': 'c "d"\n\te\\f', "long " * 60: "dugo " * 60}


@pytest.fixture(scope="module")
def wanted() -> dict[str, Message]:
    return messages()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_nothing_else_is(code: str, wanted: dict[str, Message]) -> None:
    """`python -m workers.wording.catalogue` writes what is missing into the files, to be translated there."""
    assert list(faults(read(code), wanted, code)) == []


@pytest.mark.parametrize(
    "reason",
    [
        "answers on different scales are not pooled",
        "fewer than 5 answers",
        "the scale 1-9 has no agreed positive side",
        "the scale 1-9 has no agreed easy side",
        "the scale 1-9 is not 0-10",
        "the desk did not tell of any survey it sent",
    ],
)
def test_reasons_for_no_value_are_known(reason: str) -> None:
    assert note(reason, language("en")) == reason
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workers" / "metrics").glob("*.py"))
    assert reason.split("1-9")[0].split("5")[0] in code


def test_another_reason_is_told_as_it_is() -> None:
    assert note("something new", language("hr")) == "something new"
