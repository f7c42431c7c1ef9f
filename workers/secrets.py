"""How a secret is made, kept and compared: sealed at rest under the operator's key, hashed where that is enough."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from integrations.errors import GiveUp
from workers.settings import Settings

#: Hexadecimal characters of a customer's hash: 128 bits, so that two customers of one account never share it.
_CUSTOMER_HASH_LENGTH: Final = 32

#: Standard Webhooks asks for 24 to 64 random bytes, written in base64 after this prefix.
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix, not a secret
#: Every token starts so; those who look for leaked secrets know it by that.
TOKEN_MARK: Final = "dp_"  # noqa: S105 - a prefix, not a secret

_OTHERS: Final = 0o077  #: the mode bits of group and others


class Vault:
    """Seals and opens what must not be read from a stolen database.

    The first key seals; every key opens. Sealed bytes are Fernet tokens (AES-128-CBC with HMAC-SHA256) under keys
    derived by HKDF-SHA256 (RFC 5869).
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise GiveUp("There is no key to seal secrets with; set DESKPULSE_SECRET_KEY.")
        self._keys = tuple(keys)
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def seal(self, plain: bytes) -> bytes:
        """Sealed under the newest key; differs from call to call."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; GiveUp when none of the keys opens it or it was changed."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise GiveUp(_WRONG_KEY) from error

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret sealed under the newest key; GiveUp as in `open`."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise GiveUp(_WRONG_KEY) from error

    def keys_for(self, purpose: str) -> tuple[bytes, ...]:
        """Keys of 32 bytes for one other use, such as signing links: sign with the first, check with every one."""
        return tuple(_derived(key, purpose) for key in self._keys)


_WRONG_KEY: Final = (
    "A stored secret does not open under DESKPULSE_SECRET_KEY; "
    "put the key it was sealed with into DESKPULSE_SECRET_KEY_OLD, or back into secret.key in the home folder."
)


def vault(settings: Settings) -> Vault:
    """The vault under the operator's keys, or under the key file in the home folder, made when it is missing."""
    newest = settings.secret_key or key_file(settings.home / "secret.key")
    return Vault((newest, *settings.secret_key_old))


def key_file(path: Path) -> str:
    """The key in this file, which is made first when there is none; GiveUp when others can read it.

    However many processes start at once, all get the key of the one that came first, and none sees half a key.
    """
    try:
        if not path.exists():
            _make_key_file(path)
        return _read_key_file(path)
    except OSError as error:
        raise GiveUp(f"The key file {path} cannot be made or read: {error.strerror}.") from error


def new_secret() -> str:
    """A webhook secret: 32 random bytes as Standard Webhooks writes them."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_token() -> str:
    """An API token, shown once; only its hash is kept."""
    return TOKEN_MARK + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is kept of a token, or compared of whatever is shown as one; 256 random bits cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def customer_hash(key: bytes, customer: str) -> str:
    """A customer as it is kept: HMAC-SHA256 of the trimmed lower-case id or address under the account's own key."""
    text = customer.strip().lower().encode("utf-8", "surrogatepass")
    return hmac.digest(key, text, "sha256").hex()[:_CUSTOMER_HASH_LENGTH]


def _derived(key: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"deskpulse/{purpose}".encode()).derive(key.encode())


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(_derived(key, "seal"))


def _make_key_file(path: Path) -> None:
    """Write a whole file under another name, then give it this name unless somebody else did so first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_key_file(path: Path) -> str:
    if path.stat().st_mode & _OTHERS:
        raise GiveUp(f"Others can read the key file {path}; run: chmod 600 {path}")
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise GiveUp(f"The key file {path} is empty; restore it from a backup, or remove it to have a new key made.")
    return key
