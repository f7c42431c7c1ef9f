"""Which addresses are never connected to, and that the rest are called by their name."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations import addresses, deadlines
from integrations.addresses import is_public
from integrations.errors import Rejected, Unavailable, Unclear
from tests.integrations.wires import raw_desk, session_to, whole_request

PRIVATE = (
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "2001::1", "fc00::1", "fd12::1",
    "fe80::1", "fec0::1", "ff02::1", "100::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::")


class TestAddresses:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_private_ones_in_every_dress(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_public_ones_in_every_dress(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f000001", "127.1", "017700000001", "[::1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "169.254.169.254", "100.64.0.1",
            "user:pass@127.0.0.1", "[::]",
        ],
    )  # fmt: skip
    def test_no_connection_is_made_to_a_private_desk(self, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        connected = _connections(monkeypatch)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(0)
            port = listening.getsockname()[1]
            for method in ("GET", "POST"):
                refused = pytest.raises(Rejected, match="private network")
                with session_to(f"http://{host}:{port}", private=False) as desk, refused:
                    desk.request(method, "/x")
            with pytest.raises(BlockingIOError):
                listening.accept()
        assert connected == []

    def test_the_same_socket_is_reached_when_the_operator_allows_it(self) -> None:
        with raw_desk(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, asked), session_to(url) as desk:
            desk.get("/x")
        assert len(asked) == 1

    def test_a_name_with_one_private_address_among_public_ones_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _resolve(monkeypatch, [["93.184.216.34", "127.0.0.1"]])
        connected = _connections(monkeypatch)
        with session_to("http://desk.example", private=False) as desk, pytest.raises(Rejected, match="private"):
            desk.get("/x")
        assert connected == []

    def test_a_name_that_changes_between_look_up_and_connection_gains_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The stub gives a public address first and loopback ever after; only the first is connected to."""
        monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.2")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(0)
            _resolve(monkeypatch, [["127.0.0.2"], ["127.0.0.1"]])
            url = f"http://desk.example:{listening.getsockname()[1]}"
            with session_to(url, private=False) as desk, pytest.raises(Unavailable):
                desk.get("/x")  # 127.0.0.2 refuses: nobody listens there
            with session_to(url, private=False) as desk, pytest.raises(Rejected, match="private"):
                desk.get("/x")
            with pytest.raises(BlockingIOError):
                listening.accept()

    @pytest.mark.parametrize("name", ["no-such-desk.invalid", "x" * 70 + ".example", "a..example"])
    def test_a_name_that_does_not_exist_was_not_written_to(self, name: str) -> None:
        with session_to(f"http://{name}", private=False) as desk, pytest.raises((Unavailable, Rejected)):
            desk.request("POST", "/x")

    def test_the_next_address_is_tried_when_one_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(addresses, "is_public", lambda _: True)
        with raw_desk(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, asked):
            port = url.rsplit(":", 1)[1]
            _resolve(monkeypatch, [["127.0.0.2", "127.0.0.1"]])
            with session_to(f"http://desk.example:{port}", private=False) as desk:
                assert desk.get("/x").status == 204
        assert f"Host: desk.example:{port}".encode() in asked[0]

    def test_the_certificate_is_checked_against_the_name_and_not_the_address(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(addresses, "is_public", lambda _: True)
        with _tls_desk(tmp_path, "desk.example") as (port, asked):
            _resolve(monkeypatch, [["127.0.0.1"]])
            with session_to(f"https://desk.example:{port}", private=False) as desk:
                desk._http.verify = str(tmp_path / "cert.pem")
                assert desk.get("/x").status == 204
            assert f"Host: desk.example:{port}".encode() in asked[0]
            with session_to(f"https://other.example:{port}", private=False) as desk:
                desk._http.verify = str(tmp_path / "cert.pem")
                with pytest.raises(Unavailable, match="SSLError"):
                    desk.request("POST", "/x")
        assert len(asked) == 1

    def test_a_desk_that_drips_its_headers_is_cut_off_through_tls_too(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(addresses, "is_public", lambda _: True)
        with _tls_desk(tmp_path, "desk.example", drips=True) as (port, _asked):
            _resolve(monkeypatch, [["127.0.0.1"]])
            monkeypatch.setattr(deadlines, "LONGEST", 0.5)
            with session_to(f"https://desk.example:{port}", private=False) as desk:
                desk._http.verify = str(tmp_path / "cert.pem")
                for _ in range(2):
                    with pytest.raises(Unclear, match="did not answer"):
                        desk.request("POST", "/x")

    @pytest.mark.parametrize("private", [True, False])
    def test_when_the_look_up_of_a_name_took_all_the_time_nothing_is_connected(
        self, private: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(addresses, "is_public", lambda _: True)
        monkeypatch.setattr(deadlines, "LONGEST", 0)
        connected = _connections(monkeypatch)
        with session_to("http://127.0.0.1:9", private=private) as desk, pytest.raises(Unavailable, match="reached"):
            desk.request("POST", "/x")
        assert connected == []


def _resolve(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> None:
    left = list(answers)
    real = socket.getaddrinfo

    def found(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        if not str(host).endswith(".example"):
            return list(real(host, port, *rest, **options))
        now = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def _connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    connected: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


@contextmanager
def _tls_desk(folder: Path, name: str, *, drips: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    _write_certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    asked: list[bytes] = []
    over = threading.Event()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def serve() -> None:
            for _ in range(2):
                connection, _address = listening.accept()
                try:
                    with context.wrap_socket(connection, server_side=True) as secured:
                        asked.append(whole_request(secured))
                        secured.sendall(b"HTTP/1.1 200 OK\r\nX: " if drips else b"HTTP/1.1 204 No Content\r\n\r\n")
                        while drips and not over.wait(0.02):
                            secured.sendall(b"x")
                except (ssl.SSLError, ConnectionError):
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], asked
        over.set()
        thread.join(20)


def _write_certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
