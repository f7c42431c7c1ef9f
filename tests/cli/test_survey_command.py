"""`deskpulse survey …`: what was asked and held back, which answers are doubted, and believing them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CLI
from tests.workers.standing import rows
from tests.workers.surveys.test_judging import answer
from tests.workers.surveys.test_sending import solved, take
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts, schema


@pytest.fixture
def acme(runtime: Runtime) -> Account:
    """An account that asks, with two tickets of one customer and a doubted answer."""
    settings = {"surveys": {"csat": {"ask": True}}, "desk": {"url": "https://desk.example.com"}}
    with runtime.database.write() as connection:
        account = accounts.add(
            connection, "acme", "generic", settings, secret="whsec_a2V5", vault=runtime.vault, now=runtime.clock()
        )
    now = runtime.clock()
    take(runtime, account, *solved("T1", at=now - 60_000_000), *solved("T2", at=now - 60_000_000))
    answer(runtime, account, 2, suspect="no_form", comment="=cmd()")
    return account


def survey_of(runtime: Runtime) -> str:
    (row,) = rows(runtime, schema.answers)
    return str(row.survey)


def test_it_counts_what_was_asked_held_back_and_doubted(cli: CLI, acme: Account) -> None:
    told = cli.well("survey", "state", "--account", "acme", "--format", "json").json
    assert told == {
        "days": 30, "asked": 1, "handed_over": 0, "held_back": {"asked_lately": 1}, "answered": 0, "suspects": 1,
    }  # fmt: skip
    lines = cli.well("survey", "state", "--account", "acme").out.splitlines()
    assert lines[0] == "asked        1 in 30 days"
    assert "held back    1: the customer was asked a few days ago" in lines


def test_a_doubted_answer_is_listed_and_believed(cli: CLI, acme: Account, runtime: Runtime) -> None:
    (told,) = cli.well("survey", "suspects", "--account", "acme", "--format", "json").json
    assert (told["ticket"], told["score"], told["reason"], told["comment"]) == ("T1", 2, "no_form", "=cmd()")
    assert "sent without opening the page" in cli.well("survey", "suspects", "--account", "acme").out
    which = ("--account", "acme", "--ticket", "T1", "--survey", told["survey"])
    assert "counts again" in cli.well("survey", "restore", *which).out
    assert cli.well("survey", "suspects", "--account", "acme", "--format", "json").json == []
    assert "counts already" in cli.refused("survey", "restore", *which)
    assert "counts no more" in cli.well("survey", "doubt", *which).out
    (again,) = cli.well("survey", "suspects", "--account", "acme", "--format", "json").json
    assert again["reason"] == "by_hand"


@pytest.mark.parametrize("command", ["restore", "doubt"])
def test_an_answer_that_is_not_there_is_one_line(cli: CLI, acme: Account, command: str) -> None:
    which = ("--account", "acme", "--ticket", "T1", "--survey", "nothing")
    assert "There is no answer to nothing" in cli.refused("survey", command, *which)


@pytest.mark.parametrize("days", ["0", "-1", "99999"])
def test_a_wrong_number_of_days_is_one_line(cli: CLI, acme: Account, days: str) -> None:
    assert "--days must be from 1 to 3650" in cli.refused("survey", "state", "--account", "acme", "--days", days)


def test_an_unknown_account_is_one_line(cli: CLI) -> None:
    assert "There is no account nobody" in cli.refused("survey", "suspects", "--account", "nobody")


def test_the_doctor_tells_what_became_of_surveys_and_what_they_lack(cli: CLI, acme: Account) -> None:
    told = cli("doctor", "--account", "acme").out
    assert "surveys of 30 days: 1 asked, 0 handed over, 0 answered, 1 doubted; held back: 1 asked_lately" in told
    assert "set DESKPULSE_PUBLIC_URL" in cli("doctor", "--account", "acme", DESKPULSE_PUBLIC_URL="").out


def test_the_doctor_says_nothing_of_surveys_to_an_account_that_asks_none(cli: CLI, account: str) -> None:
    assert "surveys of" not in cli("doctor", "--account", account).out
