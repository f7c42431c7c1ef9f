"""`make samples`: each file is read, passed over or refused, nothing is left out silently, and a fault ends with 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.generic.webhook import Generic
from tests.samples import FAULT, NO_DESK, PASSED, READ, REFUSED, looked_at, main

CREATED = {"type": "ticket.created", "ticket": "8", "at": "2026-03-02T09:00:00Z", "channel": "email"}
SENT = {"type": "message.sent", "ticket": "8", "at": "2026-03-02T09:00:00Z", "by": "customer"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "samples"


def put(folder: Path, name: str, content: Any) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def verdicts(folder: Path) -> dict[str, str]:
    return {str(one.path.relative_to(folder)): one.verdict for one in looked_at(folder)}


def test_a_call_is_read_and_its_events_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder, "generic/whole.json", {"events": [CREATED, SENT, {**SENT, "message": "2"}]})
    assert main([str(folder)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == [
        "read        generic/whole.json: ticket.created; 2 message.sent",
        "1 files: 1 read",
    ]


def test_a_call_that_only_points_at_a_ticket_is_read(folder: Path) -> None:
    put(folder, "liveagent/hint.json", {"event": "ticket.created", "ticket_id": "tk0931"})
    (found,) = looked_at(folder)
    assert (found.verdict, found.told) == (READ, "ask about tk0931")


def test_a_recorded_request_is_read_as_it_arrived(folder: Path) -> None:
    late = {**CREATED, "at": "2026-03-03T08:59:00Z"}
    for name, received_at in (("in-time", "2026-03-02T09:00:00Z"), ("ahead", "2026-03-01T09:00:00Z")):
        recorded = {"received_at": received_at, "path": "/hook?token=1", "headers": {"Host": "x"}, "json": late}
        put(folder, f"generic/{name}.json", recorded)
    assert verdicts(folder) == {"generic/ahead.json": REFUSED, "generic/in-time.json": READ}


def test_what_no_call_of_the_desk_looks_like_is_refused_with_its_reason(folder: Path) -> None:
    put(folder, "generic/odd.json", {"type": "ticket.creeated"})
    put(folder, "generic/torn.json", '{"type": ')
    found = {one.path.name: one for one in looked_at(folder)}
    assert {one.verdict for one in found.values()} == {REFUSED}
    assert "type must be one of" in found["odd.json"].told


def test_a_call_that_says_nothing_is_passed_over(folder: Path) -> None:
    put(folder, "generic/empty.json", {"events": []})
    assert verdicts(folder) == {"generic/empty.json": PASSED}


def test_what_belongs_to_no_desk_is_named_and_no_fault(folder: Path) -> None:
    put(folder, "segment/track.json", {})
    put(folder, "SOURCES.md", "# where from")
    put(folder, "django-helpdesk/notes.txt", "by hand")
    assert set(verdicts(folder).values()) == {NO_DESK}
    assert len(verdicts(folder)) == 3
    assert main([str(folder)]) == 0


def test_anything_else_that_a_desk_does_ends_with_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("nobody expected this")

    monkeypatch.setattr(Generic, "parse", broken)
    put(folder, "generic/one.json", CREATED)
    assert verdicts(folder) == {"generic/one.json": FAULT}
    assert main([str(folder)]) == 1
    assert "KeyError" in capsys.readouterr().out


@pytest.mark.parametrize("given", [[], ["nowhere"], ["one", "two"]])
def test_without_a_folder_it_says_what_to_name(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == 2
    assert "make samples DIR=" in capsys.readouterr().out


def test_nothing_is_written(folder: Path) -> None:
    put(folder, "generic/one.json", CREATED)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    main([str(folder)])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
