"""The parts of the demo that need no running product: its desks, its addresses, its lines, its clean end."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from integrations.errors import GiveUp
from integrations.generic.simulator import Simulator
from integrations.registry import DESK_NAMES
from integrations.times import DAY, MINUTE
from plugin import demo as demo_module
from plugin.demo import _address, _ended_by_signal, _runtime, _Say, _served, demo
from plugin.demo_desks import USUAL, GenericStage, SimulatorStage, Written, stage, stages
from plugin.demo_play import _sentence
from tests.workers.small_world import at
from workers.settings import Settings

UTC = ZoneInfo("UTC")
NOW = at("2026-03-18 12:00")
DESKS = stages()


class TestDesks:
    def test_the_usual_one_is_there(self) -> None:
        assert USUAL in DESKS
        assert isinstance(stage(USUAL, UTC), SimulatorStage)
        assert isinstance(stage("generic", UTC), GenericStage)

    def test_every_registered_desk_with_a_simulator_that_lives_can_be_shown(self) -> None:
        living = [name for name in DESK_NAMES if name != "django_helpdesk"]  # nothing happens in that one by itself
        assert living == DESKS

    @pytest.mark.parametrize("name", ["helpscout", "", "LIVEAGENT", "django_helpdesk"])
    def test_another_is_refused_with_those_there_are(self, name: str) -> None:
        with pytest.raises(GiveUp, match=rf"cannot simulate {name}; choose from {', '.join(DESKS)} with --desk\."):
            stage(name, UTC)

    @pytest.mark.parametrize("name", DESKS)
    def test_a_past_and_a_step_of_any_desk_ask_nothing_of_anybody(self, name: str) -> None:
        simulated = stage(name, UTC)
        simulated.history(2, NOW - DAY)
        assert simulated.step(NOW) >= 0

    @pytest.mark.parametrize("name", DESKS)
    def test_before_anything_was_written_there_is_nothing_of_ours(self, name: str) -> None:
        simulated = stage(name, UTC)
        simulated.history(3, NOW)
        assert simulated.written() == Written(0, 0, 0)

    @pytest.mark.parametrize("name", DESKS)
    def test_after_the_start_each_has_what_lets_us_in(self, name: str) -> None:
        simulated = stage(name, UTC)
        simulated.connect("http://127.0.0.1:9/webhooks/x/demo", "whsec_a2V5")
        assert simulated.credentials
        assert all(simulated.credentials.values())

    def test_two_runs_tell_the_same_past(self) -> None:
        pasts = []
        for _ in range(2):
            simulated = Simulator(20)
            GenericStage(simulated).history(5, NOW)
            pasts.append(sorted(simulated.tickets))
        assert pasts[0] == pasts[1]
        assert len(pasts[0]) > 0

    def test_the_desk_is_served_while_the_block_runs(self) -> None:
        with _served(stage("generic", UTC)) as address:
            assert requests.get(f"{address}/nothing-here", timeout=10).status_code in (401, 403, 404)
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=2)

    def test_a_step_of_a_desk_that_nobody_listens_to_is_no_failure(self) -> None:
        simulated = stage("generic", UTC)
        simulated.history(1, NOW - DAY)
        assert simulated.step(NOW + MINUTE) >= 0


class TestSurroundings:
    @pytest.mark.parametrize(
        ("host", "port", "address"),
        [
            ("127.0.0.1", 8710, "http://127.0.0.1:8710"),
            ("0.0.0.0", 80, "http://127.0.0.1:80"),
            ("::", 80, "http://127.0.0.1:80"),
            ("", 80, "http://127.0.0.1:80"),
            ("::1", 8710, "http://[::1]:8710"),
            ("pulse.example", 1, "http://pulse.example:1"),
        ],
    )
    def test_the_page_has_an_address_that_can_be_opened(self, host: str, port: int, address: str) -> None:
        assert _address(host, port) == address

    def test_its_lines_look_like_those_of_the_parts(self) -> None:
        output = io.BytesIO()
        _Say(output)("figures after 3 s – ready")
        assert output.getvalue().decode() == "demo     | figures after 3 s – ready\n"

    def test_what_came_of_it_is_one_sentence(self) -> None:
        said = _sentence(12, Written(3, 4, 5))
        assert said == "calls that came in: 12; written into the desk: tags 3, notes 4, summaries 5"

    def test_a_signal_ends_the_block_as_ctrl_c_does_and_the_handler_is_put_back(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), _ended_by_signal():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is before

    def test_of_the_operators_settings_only_the_log_level_holds(self, tmp_path: Path) -> None:
        own = {
            "HOME": str(tmp_path / "own"),
            "LOG_LEVEL": "error",
            "WEB_THREADS": "3",
            "PUBLIC_URL": "https://x.example",
        }
        operators = Settings.read({f"DESKPULSE_{name}": value for name, value in own.items()})
        with _runtime(operators, str(tmp_path / "demo")) as runtime:
            settings = runtime.settings
        assert (settings.home, settings.log_level) == (tmp_path / "demo", "error")
        assert (settings.public_url, settings.allow_private_desks) == ("", True)
        assert settings.web_threads != 3
        assert not (tmp_path / "own").exists()


class TestRefusals:
    def settings(self, folder: Path) -> Settings:
        return Settings.read({"DESKPULSE_HOME": str(folder / "own")})

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"desk": "helpscout", "port": 0}, "--desk"),
            ({"port": 70000}, "--port"),
            ({"host": "203.0.113.9", "port": 0}, "--host"),
        ],
    )
    def test_what_must_be_changed_is_one_line_and_2_and_nothing_is_left(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: dict[str, str | int], told: str
    ) -> None:
        ended = demo(
            self.settings(tmp_path),
            host=str(given.get("host", "127.0.0.1")),
            port=int(given["port"]),
            desk=str(given["desk"]) if "desk" in given else None,
        )
        shown = capsys.readouterr().err
        assert (ended, shown.count("\n")) == (2, 1)
        assert told in shown
        assert list(tmp_path.iterdir()) == []

    def test_as_a_module_it_takes_the_same_options(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert demo_module.main(["--desk", "helpscout"]) == 2
        assert "helpscout" in capsys.readouterr().err
