"""How a catalogue is read: entries of any shape, what is escaped in them, and what is not translated."""

from __future__ import annotations

import pytest

from workers.wording.language import LANGUAGES, language
from workers.wording.texts import Texts, categories, path_of, read, texts_of

HEAD = 'msgid ""\nmsgstr "Language: hr\\n"\n'
THREE = ("one", "few", "other")


def entry(*lines: str) -> Texts:
    """The texts of a catalogue with one entry."""
    return read(HEAD + "\n" + "\n".join(lines) + "\n", THREE)


class TestEntries:
    @pytest.mark.parametrize(
        ("lines", "one"),
        [
            (['msgid "A"', 'msgstr "B"'], {"A": "B"}),
            (['msgid "A"', 'msgstr ""'], {}),
            (['msgid ""', '"A "', '"C"', 'msgstr ""', '"B "', '"D"'], {"A C": "B D"}),
            (["#: a/b.py", "#, python-brace-format", 'msgid "A"', 'msgstr "B"'], {"A": "B"}),
            (['#~ msgid "A"', '#~ msgstr "B"'], {}),
            (['# msgid "A"', '# msgstr "B"'], {}),
            (['msgid "\\"A\\""', 'msgstr "„B”"'], {'"A"': "„B”"}),
            (['msgid "A\\nC"', 'msgstr "B\\tD"'], {"A\nC": "B\tD"}),
            (['msgid "A\\\\n"', 'msgstr "B\\\\"'], {"A\\n": "B\\"}),
            (['msgid ""', '"A\\""', '"C"', 'msgstr "B"'], {'A"C': "B"}),
            (['msgid "A"', 'msgstr "B"', "", 'msgid "C"', 'msgstr "D"'], {"A": "B", "C": "D"}),
            (['msgid "A"', 'msgstr "msgid \\"C\\""'], {"A": 'msgid "C"'}),
            (['msgid "{a} of {b}"', 'msgstr "{b}: {a}"'], {"{a} of {b}": "{b}: {a}"}),
        ],
    )
    def test_an_entry_is_read_as_it_was_meant(self, lines: list[str], one: dict[str, str]) -> None:
        found = entry(*lines)
        assert found.one == one
        assert found.many == {}

    def test_plural_forms_stand_in_the_order_of_the_language(self) -> None:
        found = entry('msgid "{n} a"', 'msgid_plural "{n} as"', 'msgstr[0] "1"', 'msgstr[1] ""', '"2"', 'msgstr[2] "5"')
        assert found.many == {"{n} a": {"one": "1", "few": "2", "other": "5"}}
        assert found.one == {}

    @pytest.mark.parametrize("empty", [0, 1, 2])
    def test_a_plural_without_one_of_its_forms_is_not_translated(self, empty: int) -> None:
        forms = [f'msgstr[{place}] "{"" if place == empty else "x"}"' for place in range(3)]
        assert entry('msgid "{n} a"', 'msgid_plural "{n} as"', *forms).many == {}

    @pytest.mark.parametrize("forms", [1, 2, 4])
    def test_forms_of_another_language_are_an_error(self, forms: int) -> None:
        with pytest.raises(ValueError, match="argument"):
            entry('msgid "{n} a"', 'msgid_plural "{n} as"', *(f'msgstr[{place}] "x"' for place in range(forms)))

    @pytest.mark.parametrize("source", ["", HEAD, "\n\n", "# nothing\n"])
    def test_nothing_is_nothing(self, source: str) -> None:
        assert read(source, THREE) == Texts()


class TestLanguages:
    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("en", ("one", "other")), ("bg", ("one", "other")), ("hr", ("one", "few", "other")),
            ("ro", ("one", "few", "other")),
            ("lt", ("one", "few", "many", "other")), ("sl", ("one", "two", "few", "other")),
        ],
    )  # fmt: skip
    def test_each_has_its_categories(self, code: str, names: tuple[str, ...]) -> None:
        assert categories(code) == names

    def test_english_and_an_unknown_language_need_no_catalogue(self) -> None:
        assert not path_of("en").exists()
        assert texts_of("en") == texts_of("de") == Texts()

    @pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
    def test_every_plural_has_every_form_of_its_language(self, code: str) -> None:
        texts = texts_of(code)
        assert texts.many
        assert all(tuple(forms) == categories(code) for forms in texts.many.values())
        # a catalogue of texts that somebody has yet to look at would be read all the same
        assert "#, fuzzy" not in path_of(code).read_text(encoding="utf-8")

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_what_is_in_no_catalogue_is_said_in_english(self, code: str) -> None:
        assert language(code).say("no such {what}", what="{text}") == "no such {text}"
        assert language(code).say_many("{n} zzz", "{n} zzzs", 1) == "1 zzz"
        assert language(code).say_many("{n} zzz", "{n} zzzs", 21) == "21 zzzs"
