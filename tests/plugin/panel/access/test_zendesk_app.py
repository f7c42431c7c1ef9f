"""The archive for Zendesk: whole, the same bytes each time, and as Zendesk's own packager wants it."""

from __future__ import annotations

import io
import itertools
import json
import re
import struct
import zipfile
import zlib
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from integrations.errors import GiveUp
from plugin.panel.ways_in import zendesk
from plugin.zendesk_app import archive
from tests.plugin.panel.access.world import Panel, post

TYPES = {"name": str, "defaultLocale": str, "version": str, "frameworkVersion": str, "private": bool,
         "singleInstall": bool, "signedUrls": bool, "author": dict, "location": dict}  # fmt: skip
PLACES = {"url": str, "autoLoad": bool, "signed": bool, "flexible": bool}


@pytest.fixture(scope="module")
def made() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(archive("https://pulse.example/", "acme", version="1.2.3")))


@pytest.fixture(scope="module")
def manifest(made: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.read("manifest.json"))
    return found


def test_it_is_whole_and_holds_nothing_else(made: zipfile.ZipFile) -> None:
    assert made.testzip() is None
    assert sorted(made.namelist()) == [
        "assets/icon_nav_bar.svg", "assets/logo-small.png", "assets/logo.png", "manifest.json", "translations/en.json",
    ]  # fmt: skip


def test_the_same_account_makes_the_same_bytes() -> None:
    first, second, other = (archive("https://pulse.example", slug, version="1") for slug in ("acme", "acme", "beta"))
    assert first == second != other


def test_the_manifest_has_what_is_required_in_the_right_types(manifest: dict[str, Any]) -> None:
    assert {name: type(value) for name, value in manifest.items()} == TYPES
    assert set(manifest["author"]) == {"name", "email", "url"}
    assert all(isinstance(value, str) and value for value in manifest["author"].values())
    assert (manifest["frameworkVersion"], manifest["version"]) == ("2.0", "1.2.3")
    assert re.fullmatch(r"[a-z]{2,3}(-\w{2,3})?", manifest["defaultLocale"])
    assert manifest["signedUrls"] is True


def test_both_places_are_there_with_a_signed_address_over_https(manifest: dict[str, Any]) -> None:
    assert set(manifest["location"]) == {"support"}
    places = manifest["location"]["support"]
    assert set(places) == {"nav_bar", "ticket_sidebar"} == set(zendesk._LOCATIONS)
    for place in places.values():
        assert {name: type(value) for name, value in place.items()}.items() <= PLACES.items()
        assert place["signed"] is True
        assert place["url"] == "https://pulse.example/panel/acme/in/zendesk"


def test_the_words_of_its_locale_are_there(made: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    words = json.loads(made.read(f"translations/{manifest['defaultLocale']}.json"))
    assert words["app"]["name"] == "Deskpulse"
    assert all(isinstance(text, str) and text for text in words["app"].values())


@pytest.mark.parametrize(("name", "side"), [("logo.png", 320), ("logo-small.png", 128)])
def test_the_logos_are_pictures_of_three_bars(made: zipfile.ZipFile, name: str, side: int) -> None:
    data = made.read(f"assets/{name}")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(data):
        (length,), kind = struct.unpack(">I", data[place : place + 4]), data[place + 4 : place + 8]
        chunks[kind] = data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + chunks[kind])
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (side, side, 8, 2)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == side * (1 + 3 * side)
    row = rows[int(side * 0.7) * (1 + 3 * side) :][1 : 1 + 3 * side]
    colours = [row[each : each + 3] for each in range(0, len(row), 3)]
    assert sum(before != after for before, after in itertools.pairwise(colours)) == 6


def test_the_icon_is_a_drawing_without_a_script(made: zipfile.ZipFile) -> None:
    drawing = ElementTree.fromstring(made.read("assets/icon_nav_bar.svg"))
    assert drawing.tag.endswith("svg")
    assert {each.tag.rpartition("}")[2] for each in drawing} == {"rect"}


@pytest.mark.parametrize("address", ["", "http://pulse.example", "ftp://pulse.example", "http://localhost.example"])
def test_where_zendesk_could_show_nothing_it_says_so(address: str) -> None:
    with pytest.raises(GiveUp, match="DESKPULSE_PUBLIC_URL"):
        archive(address, "acme", version="1")


def test_to_try_it_on_ones_own_machine_localhost_is_enough() -> None:
    assert archive("http://localhost:8710", "acme", version="1")


def test_its_address_is_one_of_ours(house: Panel, manifest: dict[str, Any]) -> None:
    house.add("zen", desk="zendesk", url="https://zen.zendesk.example")
    path = urlsplit(manifest["location"]["support"]["nav_bar"]["url"]).path
    assert post(house.browser(), path.replace("acme", "zen"), {"token": "x"}).status_code == 401
