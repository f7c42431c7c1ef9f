"""The container files, read as far as that is possible without an engine."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugin.manifest import version
from plugin.up import parts
from workers.settings import Settings, declarations, unknown

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

#: Settings that the file decides itself, or the image: where the parts find each other and keep what they hold.
DECIDED = {"DESKPULSE_HOME", "DESKPULSE_DATABASE_URL", "DESKPULSE_REDIS_URL"}

#: The service that runs each part of `deskpulse up`.
RUNS = {"web": "web", "intake": "worker-intake", "desks": "worker-desks", "sums": "sums"}


def options(command: list[str]) -> list[str]:
    """A command in an order in which two that mean the same are equal."""
    return sorted(command)


def filled(text: str, given: Mapping[str, str]) -> str:
    """A text of the file with its variables put in, as compose does: `${NAME:-otherwise}` and `${NAME:?why}`."""
    return re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda found: given.get(found[1]) or found[2], text)


def chained(line: str) -> list[list[str]]:
    """The words of each command of a line that chains them with `&&`."""
    parts: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "&&":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


class TestCompose:
    def test_it_names_every_part_and_what_they_stand_on(self) -> None:
        assert set(SERVICES) == {*RUNS.values(), "tables", "redis", "postgres"}

    @pytest.mark.parametrize("part", RUNS)
    def test_a_service_runs_what_up_runs(self, part: str) -> None:
        settings = Settings.read({"DESKPULSE_HOME": "/var/lib/deskpulse"})
        ours = {each.name: each.command for each in parts(settings, host="0.0.0.0", port=8710)}
        command = [filled(word, {}) for word in SERVICES[RUNS[part]]["command"]]
        assert options(command) == options(["python", *ours[part][1:]])

    def test_every_variable_is_a_setting(self) -> None:
        for name in (*RUNS.values(), "tables"):
            assert unknown(SERVICES[name]["environment"]) == ()

    @pytest.mark.parametrize("name", [*RUNS.values(), "tables"])
    def test_every_setting_in_the_env_file_reaches_every_part(self, name: str) -> None:
        given = {each.name: f"the {each.name}" for each in declarations()}
        reached = {key: filled(value, given) for key, value in SERVICES[name]["environment"].items()}
        assert {key: reached.get(key) for key in given if key not in DECIDED} == {
            key: value for key, value in given.items() if key not in DECIDED
        }

    def test_what_is_not_in_the_env_file_is_as_where_nothing_is_set(self) -> None:
        environment = {key: filled(value, {}) for key, value in SERVICES["web"]["environment"].items()}
        secrets = {"DESKPULSE_SECRET_KEY": "k" * 40, "DESKPULSE_DATABASE_URL": "postgresql://postgres/deskpulse"}
        home = {"DESKPULSE_HOME": "/var/lib/deskpulse"}
        settings = Settings.read(home | environment | secrets)
        assert settings == Settings.read(
            home | secrets | {"DESKPULSE_REDIS_URL": environment["DESKPULSE_REDIS_URL"], "DESKPULSE_LOG_FORMAT": "json"}
        )

    def test_workers_log_as_set(self) -> None:
        for name in set(RUNS.values()) - {"web"}:
            command = [filled(word, {"DESKPULSE_LOG_LEVEL": "debug"}) for word in SERVICES[name]["command"]]
            assert command[command.index("--loglevel") + 1] == "debug"

    def test_the_queue_survives_a_restart_and_never_forgets_a_key(self) -> None:
        command = " ".join(SERVICES["redis"]["command"])
        assert "--appendonly yes" in command
        assert "--maxmemory-policy noeviction" in command
        assert SERVICES["redis"]["volumes"] == ["redis:/data"]

    @pytest.mark.parametrize("name", ["web", "redis", "postgres"])
    def test_what_can_be_asked_is_asked_whether_it_is_well(self, name: str) -> None:
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"

    def test_nothing_starts_before_what_it_needs(self) -> None:
        for name, service in SERVICES.items():
            assert set(service.get("depends_on", {})) <= set(SERVICES) - {name}
        for name in RUNS.values():
            assert SERVICES[name]["depends_on"]["tables"]["condition"] == "service_completed_successfully"
        assert SERVICES["tables"]["depends_on"]["postgres"]["condition"] == "service_healthy"

    def test_secrets_are_not_written_into_the_file(self) -> None:
        for name in ("DESKPULSE_SECRET_KEY", "DESKPULSE_DATABASE_URL"):
            assert ":?put it into .env}" in SERVICES["web"]["environment"][name]

    def test_only_the_web_part_is_reachable_and_only_from_this_machine(self) -> None:
        assert {name: each["ports"] for name, each in SERVICES.items() if "ports" in each} == {
            "web": ["127.0.0.1:8710:8710"]
        }

    def test_the_image_has_the_version_of_the_product(self) -> None:
        assert SERVICES["web"]["image"] == f"deskpulse:{version()}"


class TestDockerfile:
    def test_every_line_is_an_instruction_a_comment_or_its_continuation(self) -> None:
        joined = re.sub(r"\\\n", " ", DOCKERFILE)
        words = {line.split()[0] for line in joined.splitlines() if line and not line.startswith("#")}
        assert words <= {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "CMD"}

    def test_each_part_of_a_line_begins_with_a_command_and_is_there_once(self) -> None:
        joined = re.sub(r"\\\n", " ", DOCKERFILE)
        parts = [part for line in re.findall(r"^RUN (.+)$", joined, re.M) for part in chained(line)]
        assert {part[0] for part in parts} == {"python", "/deskpulse/bin/pip", "useradd", "install"}
        assert [part[0] for part in parts].count("useradd") == 1
        assert not {"RUN", "&&"} & {word for part in parts for word in part}

    def test_the_product_does_not_run_as_root(self) -> None:
        users = re.findall(r"^USER (\w+)$", DOCKERFILE, re.M)
        assert users == ["deskpulse"]
        assert DOCKERFILE.index("USER deskpulse") < DOCKERFILE.index("CMD")

    def test_what_is_copied_exists_and_is_let_through(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        copied = [word for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.M) for word in line.split()[:-1]]
        assert len(copied) >= 7
        for name in copied:
            assert (ROOT / name).exists(), name
            assert f"!{name}" in ignored


class TestMake:
    """What `make` says where there is nothing to make with; the rest of it is run by whoever runs these tests."""

    def make(self, folder: Path, *, python: str | None) -> subprocess.CompletedProcess[str]:
        programs = folder / "programs"
        programs.mkdir(exist_ok=True)
        for name in ("sh", "make", "touch", "mkdir", "chmod", "echo"):
            (programs / name).unlink(missing_ok=True)
            (programs / name).symlink_to(shutil.which(name) or "")
        if python is not None:
            (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
            (programs / "python3").chmod(0o755)
        shutil.copy2(ROOT / "Makefile", folder)
        shutil.copy2(ROOT / "pyproject.toml", folder)
        return subprocess.run(
            ["make", "install"],
            cwd=folder,
            env={"PATH": str(programs), "PYTHON": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_without_python_it_says_what_is_needed(self, tmp_path: Path) -> None:
        done = self.make(tmp_path, python=None)
        assert done.returncode != 0
        assert "there is no Python 3.11 or newer here" in done.stderr

    def test_a_python_that_is_too_old_is_none(self, tmp_path: Path) -> None:
        assert "there is no Python 3.11 or newer here" in self.make(tmp_path, python="exit 1").stderr

    def test_without_the_venv_module_it_says_how_to_get_it(self, tmp_path: Path) -> None:
        done = self.make(tmp_path, python='case "$2" in *ensurepip*) exit 1;; esac')
        assert done.returncode != 0
        assert "python3 cannot make environments; run: apt-get install python3-venv" in done.stderr

    def test_an_environment_is_made_and_filled_once(self, tmp_path: Path) -> None:
        pip = "#!/bin/sh\\necho installed >> installs\\n"
        python = f"""
case "$2" in venv) mkdir -p "$4/bin"; printf '{pip}' > "$4/bin/python"; chmod 755 "$4/bin/python";; esac"""
        for _again in range(2):
            done = self.make(tmp_path, python=python)
            assert done.returncode == 0, done.stderr
        assert (tmp_path / "installs").read_text() == "installed\n"
