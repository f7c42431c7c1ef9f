"""What the docs say about events is true: the schema, the tables, the templates and the examples."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from integrations.base import Call
from integrations.errors import Unreadable
from integrations.events import TYPES, json_schema, read_event
from integrations.times import instant_of_iso
from tests.desks.contract import NOW
from tests.desks.hostile import LEAVES
from tests.desks.test_generic import GENERIC, SECRET, access
from tests.integrations.event_docs import PAGE, SCHEMA, schema_text, with_tables
from tests.integrations.test_events import LINES, line
from tests.tries import tries

_FORMATS = FormatChecker([])


@_FORMATS.checks("date-time")
def _is_a_day_that_exists(value: object) -> bool:
    try:
        instant_of_iso(str(value))
    except ValueError:
        return False
    return True


_VALIDATOR = Draft202012Validator(json_schema(), format_checker=_FORMATS)


def accepted(some: Any) -> bool:
    return bool(_VALIDATOR.is_valid(some))


def is_read(some: Any) -> bool:
    try:
        read_event(some, received_at=NOW)
    except Unreadable:
        return False
    return True


class TestSchema:
    def test_it_is_a_schema_and_the_file_is_current(self) -> None:
        """When this fails: `python -m tests.integrations.event_docs`."""
        Draft202012Validator.check_schema(json_schema())
        assert SCHEMA.read_text(encoding="utf-8") == schema_text()

    @pytest.mark.parametrize("type_", TYPES)
    def test_it_agrees_with_the_reader_on_good_lines(self, type_: str) -> None:
        good = line(type_, id="e-1", seq=3, seen="2026-06-14T09:00:00.125+02:00")
        assert accepted(good)
        assert is_read(good)
        bare = {"type": type_, "ticket": 71, "at": "2026-06-14T08:30:00Z"}
        bare |= {name: LINES[type_][name] for name in TYPES[type_].required}
        assert accepted(bare)
        assert is_read(bare)

    @pytest.mark.parametrize("type_", TYPES)
    def test_it_agrees_with_the_reader_on_bad_lines(self, type_: str) -> None:
        for name in ("type", "ticket", "at", *TYPES[type_].required):
            lacking = line(type_)
            del lacking[name]
            assert not accepted(lacking)
            assert not is_read(lacking)
        for changed in ({"ticket": ""}, {"ticket": "a\0b"}, {"at": "2026-06-14"}, {"seq": -1}, {"id": "x" * 513}):
            assert not accepted(line(type_, **changed))
            assert not is_read(line(type_, **changed))

    @pytest.mark.parametrize("type_", TYPES)
    def test_whatever_it_accepts_is_read(self, type_: str) -> None:
        taken = 0
        for name in line(type_, id="e-1", seq=1, seen="2026-06-14T08:30:00Z"):
            for leaf in LEAVES:
                spoiled = line(type_, **{name: json.loads(leaf)})
                if accepted(spoiled) and _is_on_its_scale(spoiled) and "\ud800" not in str(spoiled[name]):
                    taken += 1
                    assert is_read(spoiled), (name, leaf)
        assert taken >= 3

    @settings(max_examples=tries(8))
    @given(data=st.data())
    def test_any_line_that_it_accepts_is_read(self, data: st.DataObject) -> None:
        type_ = data.draw(st.sampled_from(list(TYPES)))
        names = st.sampled_from(["ticket", "id", "seq", *TYPES[type_].required, *TYPES[type_].optional])
        changes = data.draw(st.dictionaries(names, _VALUES, max_size=3))
        changed = line(type_, **changes)
        if accepted(changed) and _is_on_its_scale(changed):
            assert is_read(changed)

    @settings(max_examples=tries(8))
    @given(at=st.from_regex(json_schema()["properties"]["at"]["pattern"], fullmatch=True))
    def test_any_time_that_it_accepts_is_read_unless_it_lies_ahead(self, at: str) -> None:
        some = line("ticket.handover", at=at.strip())
        if accepted(some) and instant_of_iso(at.strip()) <= NOW:
            assert is_read(some)


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
    st.lists(st.integers(-3, 9), min_size=2, max_size=2), st.dictionaries(st.text(max_size=4), st.text(max_size=4)),
    st.dictionaries(st.text(max_size=4), st.none() | st.booleans() | st.floats() | st.integers()),
)  # fmt: skip


def _is_on_its_scale(some: dict[str, Any]) -> bool:
    """The rule that no schema can say."""
    scale = some.get("scale")
    return scale is None or (scale[0] < scale[1] and scale[0] <= some.get("score", scale[0]) <= scale[1])


class TestPage:
    def test_its_tables_are_current(self) -> None:
        """When this fails: `python -m tests.integrations.event_docs`."""
        page = PAGE.read_text(encoding="utf-8")
        assert with_tables(page) == page
        assert all(f"| `{type_}` |" in page for type_ in TYPES)

    def test_its_templates_are_read_once_the_desk_has_filled_them_in(self) -> None:
        templates = [block for block in _blocks("json") if "{{" in block]
        assert len(templates) >= 4
        for template in templates:
            with pytest.raises(Unreadable):
                GENERIC.parse(_call(template), access())
            assert GENERIC.parse(_call(_filled(template)), access()).events

    def test_a_quoted_placeholder_left_in_a_template_is_named(self) -> None:
        template = next(block for block in _blocks("json") if "{{ticket.assignee_id}}" in block and "status" in block)
        with pytest.raises(Unreadable, match=r"placeholder \{\{ticket\.id\}\}"):
            GENERIC.parse(_call(template), access())

    def test_its_actions_are_json(self) -> None:
        actions = [json.loads(block) for block in _blocks("json") if '"action"' in block]
        assert {action["action"] for action in actions} == {
            "add_tag", "remove_tag", "set_field", "add_note", "put_summary",
        }  # fmt: skip

    @pytest.mark.parametrize("proof", ["standard", "x-signature", "bearer"])
    def test_its_examples_sign_calls_that_are_let_in(self, proof: str, tmp_path: Path) -> None:
        call = _sent_by(_example(proof), tmp_path)
        GENERIC.verify(call, [SECRET], now=call.received_at)
        assert GENERIC.parse(call, access()).events


#: Does what the examples ask of openssl, for machines without it.
_OPENSSL = Path(__file__).with_name("openssl_stand_in.py")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _example(name: str) -> str:
    found = re.search(rf"<!-- runs: {name} -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def _filled(template: str) -> str:
    values = {
        "created_at": "2026-06-14T08:30:00Z",
        "updated_at": "2026-06-14T09:30:00Z",
        "public": "true",
        "score": "4",
    }
    return re.sub(r"\{\{[a-z_]+\.([a-z_]+)\}\}", lambda found: values.get(found[1], "71"), template)


def _call(body: str) -> Call:
    return Call(body.encode(), {}, {}, NOW)


def _sent_by(script: str, folder: Path) -> Call:
    """The call that the script would make: its `curl` writes down its arguments instead."""
    stub = 'curl() { printf "%s\\0" "$@" > sent; date +%s > moment; }\n'
    if not shutil.which("openssl"):
        stub += f'openssl() {{ "{sys.executable}" "{_OPENSSL}" "$@"; }}\n'
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run(["bash", "-euc", stub + script], cwd=folder, env=environment, check=True, timeout=30)
    sent = (folder / "sent").read_text(encoding="utf-8").split("\0")[:-1]
    headers = [text.split(": ", 1) for flag, text in itertools.pairwise(sent) if flag == "-H"]
    moment = int((folder / "moment").read_text()) * 1_000_000
    return Call(sent[sent.index("--data-raw") + 1].encode(), {n.lower(): v for n, v in headers}, {}, moment)
