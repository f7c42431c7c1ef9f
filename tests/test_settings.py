"""What an operator may set, and what happens when it is set wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.errors import GiveUp
from workers.settings import Settings, declarations, page, unknown
from workers.store.database import open_database

KEY = "k" * 32
ROOT = Path(__file__).parent.parent


def read(home: Path, **variables: str) -> Settings:
    return Settings.read({"DESKPULSE_HOME": str(home), **variables})


def calls_of(settings: Settings) -> str:
    """Where the door keeps calls."""
    return str(open_database(settings.database_url).door.url)


class TestDefaults:
    def test_everything_lives_in_the_home_folder_when_nothing_is_set(self) -> None:
        settings = Settings.read({"HOME": "/home/eva"})
        assert settings.home == Path("/home/eva/.local/share/deskpulse")
        assert settings.database_url == "sqlite:////home/eva/.local/share/deskpulse/deskpulse.db"
        assert calls_of(settings) == "sqlite:////home/eva/.local/share/deskpulse/calls.db"
        assert settings.redis_url == "unix:///home/eva/.local/share/deskpulse/run/redis.sock"

    def test_the_data_folder_of_the_desktop_standard_is_honoured(self) -> None:
        assert Settings.read({"HOME": "/home/eva", "XDG_DATA_HOME": "/data"}).home == Path("/data/deskpulse")

    def test_numbers_and_switches_have_their_documented_values(self, tmp_path: Path) -> None:
        settings = read(tmp_path)
        assert settings.max_body_bytes == 1024 * 1024
        assert settings.allow_private_desks is False
        assert (settings.trusted_proxies, settings.web_threads) == (0, 32)
        assert (settings.secret_key, settings.secret_key_old, settings.public_url) == ("", (), "")

    def test_an_empty_variable_counts_as_unset(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_WEB_THREADS="", DESKPULSE_DATABASE_URL="")
        assert settings.web_threads == 32
        assert settings.is_sqlite


class TestReading:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("postgresql://eva:pw@db.example/pulse", "postgresql+psycopg://eva:pw@db.example/pulse"),
            ("postgres:///pulse?host=/run/pg", "postgresql+psycopg:///pulse?host=/run/pg"),
            ("postgresql+psycopg://db.example/pulse", "postgresql+psycopg://db.example/pulse"),
            ("sqlite:////var/lib/pulse/a.db", "sqlite:////var/lib/pulse/a.db"),
        ],
    )
    def test_a_database_address_is_kept_as_sqlalchemy_takes_it(self, tmp_path: Path, given: str, kept: str) -> None:
        assert read(tmp_path, DESKPULSE_DATABASE_URL=given).database_url == kept

    def test_a_relative_sqlite_file_is_made_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        settings = read(tmp_path, DESKPULSE_DATABASE_URL="sqlite:///here.db")
        assert settings.database_url == f"sqlite:///{tmp_path}/here.db"
        assert calls_of(settings) == f"sqlite:///{tmp_path}/calls.db"

    def test_postgresql_holds_calls_and_work_in_one_database(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_DATABASE_URL="postgresql://db.example/pulse")
        assert not settings.is_sqlite
        assert calls_of(settings) == settings.database_url

    @pytest.mark.parametrize(("given", "meant"), [("1", True), ("Yes", True), ("off", False), ("0", False)])
    def test_a_switch_takes_the_usual_words(self, tmp_path: Path, given: str, meant: bool) -> None:
        assert read(tmp_path, DESKPULSE_ALLOW_PRIVATE_DESKS=given).allow_private_desks is meant

    @pytest.mark.parametrize(
        ("given", "broker"),
        [
            ("redis://cache.example:6379/2", "redis://cache.example:6379/2"),
            ("unix:///run/r.sock", "redis+socket:///run/r.sock?virtual_host=0"),
            ("redis+socket:///run/r.sock", "redis+socket:///run/r.sock?virtual_host=0"),
            ("unix:///run/r.sock?db=3", "redis+socket:///run/r.sock?virtual_host=3"),
        ],
    )
    def test_the_queue_is_spelled_for_celery(self, tmp_path: Path, given: str, broker: str) -> None:
        settings = read(tmp_path, DESKPULSE_REDIS_URL=given)
        assert settings.broker_url == broker
        assert not settings.owns_redis

    def test_without_an_address_the_queue_is_our_own(self, tmp_path: Path) -> None:
        assert read(tmp_path).owns_redis

    def test_a_home_too_deep_for_a_socket_gets_a_short_folder_of_its_own(self, tmp_path: Path) -> None:
        deep, other = tmp_path / ("d" * 90), tmp_path / ("e" * 90)
        address = read(deep).redis_url.removeprefix("unix://")
        assert len(address) <= 100
        assert address == read(deep).redis_url.removeprefix("unix://")
        assert address != read(other).redis_url.removeprefix("unix://")
        assert read(deep).owns_redis

    def test_the_public_address_loses_its_last_slash(self, tmp_path: Path) -> None:
        public = read(tmp_path, DESKPULSE_PUBLIC_URL="https://pulse.example/").public_url
        assert public == "https://pulse.example"

    def test_old_keys_are_a_list(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_SECRET_KEY_OLD=f"{'a' * 32}, {'b' * 40}\n")
        assert settings.secret_key_old == ("a" * 32, "b" * 40)

    def test_what_was_read_can_be_read_again_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = read(tmp_path, DESKPULSE_WEB_THREADS="3", DESKPULSE_SECRET_KEY=KEY)
        monkeypatch.setenv("HOME", "/elsewhere")
        assert Settings.read(settings.variables) == settings

    def test_what_is_no_setting_is_told_once_and_handed_on_to_nobody(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_WEB_TREADS="3", DESKPULSE_SECRET_KEY_FILE="")
        assert len(settings.warnings) == 1
        assert set(settings.variables) == {"DESKPULSE_HOME", "DESKPULSE_SECRET_KEY_FILE"}
        assert Settings.read(settings.variables).warnings == ()

    def test_a_changed_copy_keeps_the_rest(self, tmp_path: Path) -> None:
        changed = read(tmp_path, DESKPULSE_WEB_THREADS="3").changed(DESKPULSE_ALLOW_PRIVATE_DESKS="1")
        assert (changed.home, changed.web_threads, changed.allow_private_desks) == (tmp_path, 3, True)


class TestSecretsInFiles:
    def test_a_secret_may_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(KEY + "\n")
        settings = read(tmp_path, DESKPULSE_SECRET_KEY_FILE=str(tmp_path / "key"))
        assert settings.secret_key == KEY
        assert settings.warnings == ()

    def test_a_database_address_may_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "url").write_text("postgresql://eva:pw@db.example/pulse\n")
        settings = read(tmp_path, DESKPULSE_DATABASE_URL_FILE=str(tmp_path / "url"))
        assert settings.database_url == "postgresql+psycopg://eva:pw@db.example/pulse"

    def test_both_the_variable_and_the_file_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(GiveUp, match=r"DESKPULSE_SECRET_KEY and DESKPULSE_SECRET_KEY_FILE are both set"):
            read(tmp_path, DESKPULSE_SECRET_KEY=KEY, DESKPULSE_SECRET_KEY_FILE="/nowhere")

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(GiveUp, match=r"DESKPULSE_SECRET_KEY_FILE names .*/none, which cannot be read"):
            read(tmp_path, DESKPULSE_SECRET_KEY_FILE=str(tmp_path / "none"))

    def test_what_is_no_secret_is_not_read_from_a_file(self, tmp_path: Path) -> None:
        settings = read(tmp_path, DESKPULSE_WEB_THREADS_FILE="/nowhere")
        assert settings.web_threads == 32
        assert "DESKPULSE_WEB_THREADS_FILE is not a setting" in settings.warnings[0]


class TestWrongValues:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("DESKPULSE_DATABASE_URL", "mysql://db.example/pulse"),
            ("DESKPULSE_DATABASE_URL", "sqlite://"),
            ("DESKPULSE_DATABASE_URL", "sqlite:///:memory:"),
            ("DESKPULSE_REDIS_URL", "amqp://queue.example"),
            ("DESKPULSE_PUBLIC_URL", "pulse.example"),
            ("DESKPULSE_PUBLIC_URL", "ftp://pulse.example"),
            ("DESKPULSE_MAX_BODY_BYTES", "1 MiB"),
            ("DESKPULSE_MAX_BODY_BYTES", "0"),
            ("DESKPULSE_WEB_THREADS", "0"),
            ("DESKPULSE_TRUSTED_PROXIES", "-1"),
            ("DESKPULSE_ALLOW_PRIVATE_DESKS", "perhaps"),
            ("DESKPULSE_LOG_LEVEL", "loud"),
            ("DESKPULSE_LOG_FORMAT", "xml"),
            ("DESKPULSE_SECRET_KEY", "short"),
            ("DESKPULSE_SECRET_KEY_OLD", f"{KEY},short"),
            ("DESKPULSE_HOME", "  "),
        ],
    )
    def test_a_wrong_value_names_its_variable_and_what_is_wanted(
        self, tmp_path: Path, variable: str, value: str
    ) -> None:
        with pytest.raises(GiveUp, match=rf"^{variable} must be .+"):
            Settings.read({"DESKPULSE_HOME": str(tmp_path), variable: value})

    def test_a_wrong_secret_is_not_printed(self, tmp_path: Path) -> None:
        with pytest.raises(GiveUp) as caught:
            read(tmp_path, DESKPULSE_SECRET_KEY="hunter2")
        assert "hunter2" not in str(caught.value)

    def test_secrets_are_not_in_the_representation(self, tmp_path: Path) -> None:
        address = "postgresql://eva:hunter2@db.example/pulse"
        shown = repr(read(tmp_path, DESKPULSE_SECRET_KEY=KEY, DESKPULSE_DATABASE_URL=address))
        assert "hunter2" not in shown
        assert KEY not in shown
        assert str(tmp_path) in shown


class TestUnknownVariables:
    def test_a_misspelled_variable_is_reported_with_the_near_one(self) -> None:
        assert unknown({"DESKPULSE_WEB_TREADS": "8"}) == (
            "DESKPULSE_WEB_TREADS is not a setting; did you mean DESKPULSE_WEB_THREADS?",
        )

    def test_known_and_foreign_variables_are_not_reported(self) -> None:
        assert unknown({each.name: "" for each in declarations()} | {"PATH": "/bin"}) == ()


class TestPage:
    def test_every_setting_is_on_the_page(self) -> None:
        assert all(f"| `{each.name}` |" in page() for each in declarations())

    def test_the_page_in_the_docs_is_the_one_that_is_generated(self) -> None:
        assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == page()


class TestMail:
    def test_a_server_and_a_sender_are_read(self, tmp_path: Path) -> None:
        file = tmp_path / "smtp"
        file.write_text("smtp://pulse:p%40ss@mail.example:587?starttls\n")
        settings = read(
            tmp_path, DESKPULSE_SMTP_URL_FILE=str(file), DESKPULSE_MAIL_FROM="Deskpulse <pulse@desk.example>"
        )
        assert settings.smtp_url == "smtp://pulse:p%40ss@mail.example:587?starttls"
        assert settings.mail_from == "Deskpulse <pulse@desk.example>"
        assert "p%40ss" not in repr(settings)

    def test_a_server_that_cannot_be_one_is_refused_without_its_password(self, tmp_path: Path) -> None:
        with pytest.raises(GiveUp, match="DESKPULSE_SMTP_URL must be smtp://user:password@host:587") as refused:
            read(tmp_path, DESKPULSE_SMTP_URL="smtp://pulse:hidden/word@mail.example")
        assert "hidden" not in str(refused.value)

    def test_a_sender_is_an_address(self, tmp_path: Path) -> None:
        with pytest.raises(GiveUp, match=r"DESKPULSE_MAIL_FROM must be pulse@desk\.example or"):
            read(tmp_path, DESKPULSE_MAIL_FROM="Deskpulse")
