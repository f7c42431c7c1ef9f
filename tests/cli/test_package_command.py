"""`deskpulse package zendesk`: an archive where it was asked for, and what to do with it."""

from __future__ import annotations

import zipfile

from tests.cli.conftest import CLI


def test_it_writes_the_archive_and_says_what_comes_next(cli: CLI) -> None:
    cli.well("account", "add", "zen", "--desk", "zendesk")
    path = cli.folder / "app.zip"
    ended = cli.well("package", "zendesk", "--account", "zen", "--output", path)
    assert "app_public_key=@FILE" in ended.out
    assert str(path) in ended.out
    with zipfile.ZipFile(path) as made:
        assert b"https://pulse.example/panel/zen/in/zendesk" in made.read("manifest.json")


def test_an_account_of_another_desk_has_none(cli: CLI, account: str) -> None:
    told = cli.refused("package", "zendesk", "--account", account, "--output", cli.folder / "app.zip")
    assert "acme is an account of generic" in told
    assert not (cli.folder / "app.zip").exists()


def test_without_a_public_address_there_is_none(cli: CLI) -> None:
    cli.well("account", "add", "zen", "--desk", "zendesk")
    local = cli.changed(DESKPULSE_PUBLIC_URL="http://10.0.0.1:8710")
    told = local.refused("package", "zendesk", "--account", "zen", "--output", cli.folder / "app.zip")
    assert "DESKPULSE_PUBLIC_URL" in told


def test_a_place_that_cannot_be_written_to_is_one_line(cli: CLI) -> None:
    cli.well("account", "add", "zen", "--desk", "zendesk")
    told = cli.refused("package", "zendesk", "--account", "zen", "--output", cli.folder / "no" / "app.zip")
    assert "choose another --output" in told


def test_for_another_desk_there_is_no_package(cli: CLI, account: str) -> None:
    told = cli.refused("package", "zammad", "--account", account, "--output", cli.folder / "app.zip")
    assert told == "There is no package for zammad; there is one for: zendesk."
