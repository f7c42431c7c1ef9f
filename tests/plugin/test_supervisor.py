"""The supervisor with parts that live, die, talk and refuse to go."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin import processes
from plugin.lifeline import left_behind
from plugin.processes import Part, Supervisor, pause

SH = "/bin/sh"
PATIENCE = 15.0
SLEEPER = "echo up; exec sleep 600"
STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.05; done"


def shell(name: str, script: str, *, once: bool = False, **environment: str) -> Part:
    return Part(name=name, command=(SH, "-c", script), environment=environment, once=once)


class Watched:
    """A supervisor and what it printed."""

    def __init__(self, supervisor: Supervisor, output: io.BytesIO) -> None:
        self.supervisor = supervisor
        self._output = output

    @property
    def lines(self) -> list[str]:
        return self._output.getvalue().decode().splitlines()

    def until(self, holds: Callable[[], bool]) -> None:
        assert self.supervisor.wait(holds, seconds=PATIENCE), self.lines

    def until_said(self, line: str, *, times: int = 1) -> None:
        self.until(lambda: self.lines.count(line) >= times)


@contextmanager
def supervised(folder: Path, *parts: Part) -> Iterator[Watched]:
    output = io.BytesIO()
    with Supervisor(folder=folder, environment={"PATH": os.environ["PATH"], "ALL": "1"}, output=output) as supervisor:
        supervisor.start(parts)
        yield Watched(supervisor, output)


class TestPause:
    @given(st.integers(1, 10_000))
    def test_it_grows_to_thirty_seconds_and_stays_there(self, deaths: int) -> None:
        assert 0.5 <= pause(deaths) <= pause(deaths + 1) <= 30.0


class TestLines:
    def test_each_line_stands_behind_the_name_of_its_part(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", "echo one; echo two >&2", once=True)) as watched:
            watched.until_said("web      | two")
            assert "web      | one" in watched.lines

    def test_a_last_line_without_an_end_is_printed_too(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("once", "printf 'no end'", once=True)) as watched:
            watched.until_said("once     | no end")

    def test_a_line_that_comes_in_pieces_is_one_line(self, tmp_path: Path) -> None:
        script = "printf 'first '; sleep 0.2; printf 'second\\n'; exec sleep 600"
        with supervised(tmp_path, shell("slow", script)) as watched:
            watched.until_said("slow     | first second")

    def test_what_is_no_text_is_passed_on(self, tmp_path: Path) -> None:
        output = io.BytesIO()
        with Supervisor(folder=tmp_path, environment=dict(os.environ), output=output) as supervisor:
            supervisor.start([shell("raw", "printf '\\377\\n'", once=True)])
            assert supervisor.wait(lambda: b"raw      | \xff\n" in output.getvalue(), seconds=PATIENCE)

    def test_the_supervisor_speaks_in_the_same_form(self, tmp_path: Path) -> None:
        with supervised(tmp_path) as watched:
            watched.supervisor.say("ready")
            watched.supervisor.say("loud", name="demo")
            assert watched.lines == ["deskpulse| ready", "demo     | loud"]


class TestSurroundings:
    def test_a_part_runs_in_the_folder_with_its_own_variables_over_the_shared_ones(self, tmp_path: Path) -> None:
        told = shell("told", 'echo "$PWD $ALL $OWN"', once=True, OWN="2")
        other = shell("other", 'echo "$ALL $OWN."', once=True, ALL="3")
        with supervised(tmp_path, told, other) as watched:
            watched.until_said(f"told     | {tmp_path} 1 2")
            watched.until_said("other    | 3 .")

    def test_a_part_reads_nothing_from_our_terminal(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("asks", "read line || echo nobody", once=True)) as watched:
            watched.until_said("asks     | nobody")


class TestDeaths:
    def test_a_part_that_dies_is_started_again_and_its_cause_is_said(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", "echo up; exit 3")) as watched:
            watched.until_said("web      | up", times=2)
            assert "deskpulse| web ended (exit code 3); starting it again in 0.5 s" in watched.lines
            assert watched.supervisor.deaths("web") >= 1

    def test_a_part_that_ends_well_though_it_should_stay_is_dead_too(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", "true")) as watched:
            watched.until_said("deskpulse| web ended (exit code 0); starting it again in 0.5 s")

    def test_the_second_death_in_a_row_is_waited_for_twice_as_long(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", "exit 1")) as watched:
            watched.until_said("deskpulse| web ended (exit code 1); starting it again in 1 s")
            assert watched.supervisor.deaths("web") == 2

    def test_a_part_that_lived_long_enough_has_recovered(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "_HEALTHY_SECONDS", 0.05)
        said = "deskpulse| web ended (exit code 1); starting it again in 0.5 s"
        with supervised(tmp_path, shell("web", "sleep 0.1; exit 1")) as watched:
            watched.until_said(said, times=2)
            assert watched.supervisor.deaths("web") == 1

    def test_one_parts_deaths_do_not_touch_another(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("bad", "exit 1"), shell("good", SLEEPER)) as watched:
            watched.until(lambda: watched.supervisor.deaths("bad") >= 2)
            assert watched.supervisor.deaths("good") == 0
            assert watched.lines.count("good     | up") == 1

    def test_what_runs_once_and_fails_is_started_again(self, tmp_path: Path) -> None:
        with supervised(
            tmp_path, shell("once", "echo try; test -e mark && exit 0; touch mark; exit 1", once=True)
        ) as w:
            w.until_said("once     | try", times=2)
            assert w.supervisor.deaths("once") == 1


class TestStopping:
    def test_a_part_is_asked_first(self, tmp_path: Path) -> None:
        script = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done"
        with supervised(tmp_path, shell("web", script)) as watched:
            watched.until_said("web      | up")
            watched.supervisor.stop(["web"], seconds=PATIENCE)
            assert watched.lines[-1] == "web      | bye"

    def test_a_second_signal_kills_at_once(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", STUBBORN)) as watched:
            watched.until_said("web      | up")
            started = time.monotonic()
            watched.supervisor.stop(["web"], seconds=60, hurry=lambda: True)
            assert time.monotonic() - started < 10

    def test_the_others_go_on(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", SLEEPER), shell("redis", SLEEPER)) as watched:
            watched.until_said("redis    | up")
            watched.until_said("web      | up")
            watched.supervisor.stop(["web"], seconds=PATIENCE)
            assert watched.supervisor._running["redis"].alive
            with pytest.raises(KeyError):
                watched.supervisor.deaths("web")

    def test_a_part_that_waits_to_be_started_again_is_not(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", "echo up; exit 1")) as watched:
            watched.until(lambda: watched.supervisor.deaths("web") == 1)
            watched.supervisor.stop(["web"], seconds=PATIENCE)
            assert not watched.supervisor.wait(lambda: watched.lines.count("web      | up") > 1, seconds=0.8)

    def test_what_was_never_started_needs_no_stopping(self, tmp_path: Path) -> None:
        with supervised(tmp_path) as watched:
            watched.supervisor.stop(["nobody"], seconds=60)
            assert watched.lines == []

    def test_leaving_kills_what_is_left(self, tmp_path: Path) -> None:
        with supervised(tmp_path, shell("web", STUBBORN)) as watched:
            watched.until_said("web      | up")
            process = watched.supervisor._running["web"].process
            assert process is not None
        assert process.returncode == -signal.SIGKILL

    def test_waiting_for_what_never_comes_ends(self, tmp_path: Path) -> None:
        with supervised(tmp_path) as watched:
            assert not watched.supervisor.wait(lambda: False, seconds=0.1)
            assert watched.supervisor.wait(lambda: True, seconds=0.0)


class TestLifeline:
    @given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=20))
    def test_left_are_the_groups_whose_last_word_was_that_they_run(self, told: list[tuple[bool, int]]) -> None:
        last = {group: runs for runs, group in told}
        lines = [f"{'+' if runs else '-'}{group}\n" for runs, group in told]
        assert left_behind(lines) == {group for group, runs in last.items() if runs}
