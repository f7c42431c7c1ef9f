"""How secrets are sealed, made, hashed and kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import GiveUp
from workers.secrets import Vault, customer_hash, hash_token, key_file, new_secret, new_token, vault
from workers.settings import Settings

OLD, NEW = "o" * 32, "n" * 32
ROOT = Path(__file__).parent.parent
PRINT_THE_KEY = """
import pathlib, sys
from workers.secrets import key_file
sys.stdin.read()
print(key_file(pathlib.Path(sys.argv[1])))
"""


class TestVault:
    def test_what_is_sealed_opens_again(self) -> None:
        sealed = Vault([NEW]).seal(b"an API key")
        assert Vault([NEW]).open(sealed) == b"an API key"
        assert b"an API key" not in sealed

    def test_sealing_twice_gives_two_different_texts(self) -> None:
        assert Vault([NEW]).seal(b"x") != Vault([NEW]).seal(b"x")

    def test_another_key_does_not_open_it_and_the_error_says_what_to_do(self) -> None:
        with pytest.raises(GiveUp, match="DESKPULSE_SECRET_KEY_OLD"):
            Vault([NEW]).open(Vault([OLD]).seal(b"x"))

    @pytest.mark.parametrize("wrong", [b"", b"not sealed at all", b"\xff\xfe"])
    def test_nonsense_is_refused_in_the_same_way(self, wrong: bytes) -> None:
        with pytest.raises(GiveUp):
            Vault([NEW]).open(wrong)
        with pytest.raises(GiveUp):
            Vault([NEW]).reseal(wrong)

    def test_one_changed_byte_is_noticed(self) -> None:
        sealed = bytearray(base64.urlsafe_b64decode(Vault([NEW]).seal(b"value")))
        sealed[-40] ^= 1
        with pytest.raises(GiveUp):
            Vault([NEW]).open(base64.urlsafe_b64encode(bytes(sealed)))

    def test_an_old_key_still_opens_and_resealing_makes_it_needless(self) -> None:
        sealed = Vault([OLD]).seal(b"value")
        both = Vault([NEW, OLD])
        assert both.open(sealed) == b"value"
        assert Vault([NEW]).open(both.reseal(sealed)) == b"value"

    def test_a_vault_without_a_key_is_refused(self) -> None:
        with pytest.raises(GiveUp, match="DESKPULSE_SECRET_KEY"):
            Vault([])

    def test_keys_for_different_purposes_differ_and_stay_the_same(self) -> None:
        keys = Vault([NEW, OLD]).keys_for("links")
        assert len(set(keys)) == 2
        assert keys == Vault([NEW, OLD]).keys_for("links")
        assert not set(keys) & set(Vault([NEW, OLD]).keys_for("panel"))
        assert {len(key) for key in keys} == {32}


class TestKeyFile:
    def test_a_key_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "home" / "secret.key"
        key = key_file(path)
        assert len(key) >= 43
        assert key_file(path) == key
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_nothing_else_is_left_in_the_folder(self, tmp_path: Path) -> None:
        key_file(tmp_path / "secret.key")
        assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]

    def test_processes_that_start_together_get_one_key(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", PRINT_THE_KEY, str(tmp_path / "secret.key")]
        starting = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            for _ in range(4)
        ]
        for each in starting:
            assert each.stdin is not None
            each.stdin.close()
            each.stdin = None
        keys = {each.communicate(timeout=60)[0] for each in starting}
        assert len(keys) == 1
        assert len(keys.pop().strip()) >= 43

    def test_a_key_that_was_made_meanwhile_is_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "secret.key"
        path.write_text("w" * 43)
        path.chmod(0o600)
        monkeypatch.setattr(Path, "exists", lambda self: False)
        assert key_file(path) == "w" * 43

    def test_a_key_that_others_can_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.key"
        key_file(path)
        path.chmod(0o644)
        with pytest.raises(GiveUp, match=f"chmod 600 {path}"):
            key_file(path)

    def test_an_empty_key_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "secret.key"
        path.touch(mode=0o600)
        with pytest.raises(GiveUp, match="is empty"):
            key_file(path)

    def test_a_home_that_is_a_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "home").touch()
        with pytest.raises(GiveUp, match=r"key file .*/home/secret.key cannot be made"):
            key_file(tmp_path / "home" / "secret.key")

    def test_the_operators_key_is_preferred_to_a_file(self, tmp_path: Path) -> None:
        settings = Settings.read({"DESKPULSE_HOME": str(tmp_path), "DESKPULSE_SECRET_KEY": NEW})
        assert vault(settings).open(Vault([NEW]).seal(b"x")) == b"x"
        assert not (tmp_path / "secret.key").exists()

    def test_without_a_key_the_file_in_the_home_folder_is_used(self, tmp_path: Path) -> None:
        settings = Settings.read({"DESKPULSE_HOME": str(tmp_path), "DESKPULSE_SECRET_KEY_OLD": OLD})
        sealed = vault(settings).seal(b"x")
        assert Vault([key_file(tmp_path / "secret.key")]).open(sealed) == b"x"
        assert vault(settings).open(Vault([OLD]).seal(b"y")) == b"y"


class TestNewSecrets:
    def test_a_webhook_secret_is_32_bytes_in_the_standard_spelling(self) -> None:
        secret = new_secret()
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
        assert secret != new_secret()

    def test_a_token_is_long_and_its_hash_does_not_hold_it(self) -> None:
        token = new_token()
        assert len(token) > 40
        assert token != new_token()
        assert hash_token(token) == hashlib.sha256(token.encode()).digest()


class TestCustomerHash:
    def test_case_and_spaces_around_do_not_matter(self) -> None:
        key = os.urandom(32)
        assert customer_hash(key, "  Eva@Example.com\n") == customer_hash(key, "eva@example.com")

    def test_it_is_hmac_sha256_in_32_hexadecimal_characters(self) -> None:
        expected = hmac.new(b"key of one account", b"eva@example.com", hashlib.sha256).hexdigest()[:32]
        assert customer_hash(b"key of one account", "eva@example.com") == expected

    def test_two_accounts_do_not_share_a_customers_hash(self) -> None:
        assert customer_hash(b"a" * 32, "eva@example.com") != customer_hash(b"b" * 32, "eva@example.com")

    @given(st.text(st.characters(exclude_categories=())))
    def test_any_text_has_a_hash(self, customer: str) -> None:
        assert len(customer_hash(b"k" * 32, customer)) == 32
