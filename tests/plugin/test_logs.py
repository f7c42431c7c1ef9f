"""Logs hold what an operator needs and nothing that somebody else could use."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from integrations.errors import GiveUp
from plugin.app import close_app, create_app
from tests.plugin.calling import BODY, DOOR, SECRET, serving, signed
from tests.plugin.conftest import World
from workers import logs

_CANARIES = (
    "eva.canary@example.org",
    "+385 91 555 0123",
    "0800/555-0199",
    SECRET,
    "dp_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    logs.set_up(level="info", form="json", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_how_grave_what_and_about_what(lines: Lines) -> None:
    structlog.get_logger("x").info("calls taken", account="acme", calls=3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"level": "info", "event": "calls taken", "account": "acme", "calls": 3}


def test_a_key_nobody_has_thought_about_is_dropped(lines: Lines) -> None:
    structlog.get_logger("x").info("taken", body="canary", customer="canary", headers={"a": "canary"})
    assert "canary" not in json.dumps(lines())


@pytest.mark.parametrize("canary", _CANARIES)
def test_addresses_numbers_and_secrets_are_scrubbed_wherever_they_stand(lines: Lines, canary: str) -> None:
    structlog.get_logger("x").warning(f"said {canary}.", error=f"<{canary}>", ticket=f"a {canary} b")
    logging.getLogger("library").warning("said %s", canary)
    found = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) == 2
    assert canary not in found


@pytest.mark.parametrize(
    "text",
    [
        "GET /webhooks/a/b?token=canary HTTP/1.1",
        "https://desk.example/api?apikey=canary&x=1",
        "postgresql://user:canary@db/x",
        "Authorization: Bearer canary",
        "password='canary'",
        '{"secret": "canary"}',
        "X-Plugin-Token=canary",
    ],
)
def test_what_stands_where_a_secret_stands_is_scrubbed(text: str) -> None:
    assert "canary" not in logs.scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z took 12.5 s for 5000 calls",
        "listening at http://127.0.0.1:8710/webhooks/generic/acme",
        "take_in of account acme-support_2 failed: OperationalError",
        "File /usr/lib/python3.11/site-packages/sqlalchemy/engine/default.py",
        "channel-web-form, call 184467",
    ],
)
def test_what_an_operator_reads_stays_as_it_is(text: str) -> None:
    assert logs.scrub(text) == text


def test_an_exception_is_told_by_its_class_and_places_and_not_by_its_words(lines: Lines) -> None:
    try:
        try:
            json.loads("canary")
        except ValueError as error:
            raise KeyError("canary words of a customer") from error
    except KeyError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("library").exception("failed too")
    found = lines()
    assert "canary" not in json.dumps(found)
    assert all("KeyError at test_logs.py" in line["exception"] for line in found)
    assert all("caused by JSONDecodeError" in line["exception"] for line in found)


def test_our_own_errors_are_told_in_their_words(lines: Lines) -> None:
    try:
        raise GiveUp("set DESKPULSE_HOME")
    except GiveUp as error:
        structlog.get_logger("x").warning("failed", exc_info=error)
    assert "GiveUp: set DESKPULSE_HOME" in lines()[0]["exception"]


def test_a_library_that_repeats_an_exceptions_words_is_quoted_without_them(lines: Lines) -> None:
    error = ValueError("canary")
    logging.getLogger("celery.app.trace").error("Task raised: %r", error, exc_info=error)
    assert lines()[0]["event"] == "Task raised: ValueError"


def test_text_is_one_line_whatever_the_values_hold(stream: io.StringIO) -> None:
    logs.set_up(level="info", form="text", stream=stream)
    structlog.get_logger("x").info("one\ntwo", account="a\r\nb")
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("info one two account=a  b\n")


def test_less_than_the_level_is_not_logged(stream: io.StringIO) -> None:
    logs.set_up(level="warning", form="json", stream=stream)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("library").info("quiet")
    assert stream.getvalue() == ""


def test_the_door_logs_no_canary_whatever_a_call_carries(lines: Lines, world: World) -> None:
    few = world.settings.changed(DESKPULSE_CALLS_PER_SECOND="1", DESKPULSE_LOG_LEVEL="debug")
    app = create_app(few, world.database, send=lambda: None)

    @app.post("/mistake")
    def mistake() -> str:
        raise ValueError(" ".join(_CANARIES))

    body = " ".join(_CANARIES).encode()
    headers = {f"X-Canary-{number}": canary for number, canary in enumerate(_CANARIES)}
    with serving(app, few) as _:
        client = app.test_client()
        for path in (DOOR, "/webhooks/generic/canary", "/mistake"):
            for proof in (signed(body), {}, signed(BODY)):
                for _turn in range(4):
                    client.post(path + "?token=canary", data=body, headers={**headers, **proof})
    close_app(app)
    found = json.dumps(lines(), ensure_ascii=False)
    assert "request failed" in found
    assert "account above its pace" in found
    assert "call refused" in found
    assert [canary for canary in (*_CANARIES, "canary") if canary in found] == []
