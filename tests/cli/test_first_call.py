"""The live test at the end of `deskpulse connect`: a genuine call is seen to arrive, or it is said that none came."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses

from integrations.base import Installed
from integrations.registry import desk_named
from plugin.commands.command import Context
from plugin.commands.first_call import PATIENCE, newest_call, seconds_to_wait, see_first_call
from tests.cli.conftest import CLI, keep, story
from tests.workers.standing import Clock
from tests.workers.strict_desk import State, StrictDesk
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts

ADDRESS = "https://pulse.example/webhooks/generic/acme"


class Terminal(io.StringIO):
    """A person looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def door() -> Iterator[responses.RequestsMock]:
    """The public address leads to a door that answers."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(ADDRESS, body=b"{}")
        yield mock


@pytest.fixture
def acme(runtime: Runtime, account: str) -> Account:
    with runtime.database.read() as connection:
        found = accounts.find(connection, account, runtime.vault)
    assert found is not None
    return found


def context_of(cli: CLI, runtime: Runtime, nap: Callable[[float], object] | None = None) -> Context:
    """A context whose clock moves only while it waits."""
    clock = Clock()

    def wait(seconds: float) -> None:
        clock.nap(seconds)
        if nap is not None:
            nap(seconds)

    made = Context(cli.settings.variables, out=io.StringIO(), err=io.StringIO())
    made.__dict__["runtime"] = Runtime(cli.settings, runtime.database, runtime.vault, clock=clock, nap=wait)
    return made


def said(context: Context) -> str:
    assert isinstance(context.out, io.StringIO)
    return context.out.getvalue()


class TestHowLong:
    def test_five_minutes_where_a_person_looks_on(self) -> None:
        context = Context({}, err=Terminal(), ask=lambda _: "")
        assert seconds_to_wait(context, None) == PATIENCE == 300

    @pytest.mark.parametrize("context", [Context({}, err=io.StringIO(), ask=lambda _: ""), Context({}, err=Terminal())])
    def test_not_at_all_where_nobody_does(self, context: Context) -> None:
        assert seconds_to_wait(context, None) == 0

    @pytest.mark.parametrize(("asked", "seconds"), [(0, 0), (7, 7), (-3, 0)])
    def test_as_long_as_was_asked_for(self, asked: int, seconds: int) -> None:
        assert seconds_to_wait(Context({}, err=Terminal(), ask=lambda _: ""), asked) == seconds

    def test_without_waiting_nothing_is_said(self, cli: CLI, runtime: Runtime, acme: Account) -> None:
        context = context_of(cli, runtime)
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=0)
        assert said(context) == ""


@pytest.mark.usefixtures("door")
class TestArrival:
    def test_a_call_that_comes_meanwhile_is_seen_and_read(self, cli: CLI, runtime: Runtime, acme: Account) -> None:
        (old,) = keep(runtime, "acme", {"events": story("T-0")})
        assert newest_call(context_of(cli, runtime), acme) == old
        waits = iter(range(9))

        def desk(_: float) -> None:
            if next(waits) == 2:
                keep(runtime, "acme", {"events": story("T-7")})

        context = context_of(cli, runtime, desk)
        see_first_call(context, desk_named("generic"), acme, after=old, seconds=60)
        assert f"A call of the desk arrived, call {old + 1}: it proves itself and tells of ticket T-7." in said(context)
        assert "Nothing answers" not in said(context)

    def test_one_that_came_while_history_was_fetched_is_seen_at_once(
        self, cli: CLI, runtime: Runtime, acme: Account
    ) -> None:
        first, _ = keep(runtime, "acme", {"events": [*story("T-1"), *story("T-2")]}, {"events": story("T-3")})
        context = context_of(cli, runtime, lambda _: pytest.fail("there is nothing to wait for"))
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=60)
        assert f"call {first}: it proves itself and tells of 2 tickets." in said(context)

    def test_one_that_cannot_be_read_says_why(self, cli: CLI, runtime: Runtime, acme: Account) -> None:
        keep(runtime, "acme", {"type": "ticket.creeated"})
        context = context_of(cli, runtime)
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=60)
        assert "it proves itself and cannot be read: type must be one of" in said(context)

    def test_a_call_for_another_account_is_none_of_ours(self, cli: CLI, runtime: Runtime, acme: Account) -> None:
        keep(runtime, "other", {"events": story("T-1")})
        context = context_of(cli, runtime)
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=2)
        assert "No call of the desk came within 2 s." in said(context)

    def test_who_ends_the_waiting_is_told_how_to_look_later(self, cli: CLI, runtime: Runtime, acme: Account) -> None:
        def interrupted(_: float) -> None:
            raise KeyboardInterrupt

        context = context_of(cli, runtime, interrupted)
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=60)
        assert said(context).splitlines()[-1].endswith("later: deskpulse calls --account acme")


class TestNone:
    def test_when_none_came_it_is_said_plainly_with_what_to_look_at(
        self, cli: CLI, runtime: Runtime, acme: Account, door: responses.RequestsMock
    ) -> None:
        context = context_of(cli, runtime)
        see_first_call(context, desk_named("generic"), acme, after=0, seconds=30)
        assert "No call of the desk came within 30 s. Everything else is done" in said(context)
        assert "deskpulse calls --account acme" in said(context)
        assert [call.request.url for call in door.calls] == [ADDRESS]

    @pytest.mark.parametrize("answer", [requests.ConnectionError("away"), "<html>Bad Gateway</html>"], ids=str)
    def test_an_address_at_which_nothing_answers_is_named(
        self, cli: CLI, runtime: Runtime, acme: Account, answer: Exception | str
    ) -> None:
        context = context_of(cli, runtime)
        with responses.RequestsMock() as mock:
            mock.get(ADDRESS, status=502, body=answer)
            see_first_call(context, desk_named("generic"), acme, after=0, seconds=1)
        assert f"Nothing answers at {ADDRESS} from here: start `deskpulse up`" in said(context)


class TestConnecting:
    @pytest.fixture(autouse=True)
    def _strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = requests.Response()
        there.status_code = 200
        monkeypatch.setattr("plugin.commands.first_call.requests.get", lambda *_, **__: there)

    def run(self, cli: CLI, desk: State, *more: str) -> Any:
        return cli("connect", "strict", "--account", "acme", "--url", desk.url, *more)

    def test_it_ends_with_the_call_that_came(
        self, cli: CLI, desk: State, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def installed(*_: object, **__: object) -> Installed:
            keep(runtime, "acme", {"ticket": "T-1"}, desk="strict")
            return Installed()

        monkeypatch.setattr(StrictDesk, "install", installed)
        ended = self.run(cli, desk, "--wait", "20")
        assert ended.code == 0
        assert "A call of the desk arrived, call 1: " in ended.out.splitlines()[-1]

    def test_that_none_came_is_no_failure_and_history_was_fetched(self, cli: CLI, desk: State) -> None:
        desk.add("T-1")
        ended = self.run(cli, desk, "--wait", "1")
        assert ended.code == 0
        assert "History: 1 tickets read" in ended.out
        assert "No call of the desk came within 1 s." in ended.out

    def test_without_a_terminal_nobody_waits(self, cli: CLI, desk: State) -> None:
        ended = self.run(cli, desk)
        assert ended.code == 0
        assert "Live test" not in ended.out
