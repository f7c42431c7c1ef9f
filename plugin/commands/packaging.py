"""`deskpulse package`: what an administrator uploads to a desk so that the panel is shown inside it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Final

from integrations.errors import GiveUp
from plugin import manifest, zendesk_app
from plugin.commands.command import ACCOUNT, OK, Command, Context, option

_ZENDESK: Final = "zendesk"
_STEPS: Final = (
    "In Zendesk, under Admin Center › Apps and integrations › Apps › Zendesk Support apps, choose Upload private app.",
    (
        "Give Deskpulse the app's public key, which Zendesk shows to an administrator at "
        "{url}/api/v2/apps/APP_ID/public_key.pem: "
        "deskpulse connect zendesk --account {slug} --credential app_public_key=@FILE"
    ),
)


def package(context: Context, options: Namespace) -> int:
    """Write the app of an account's desk, and say what to do with it."""
    if options.desk != _ZENDESK:
        raise GiveUp(f"There is no package for {options.desk}; there is one for: {_ZENDESK}.")
    account = context.account(options.account)
    if account.desk != _ZENDESK:
        raise GiveUp(f"{account.slug} is an account of {account.desk}; packages are made for {_ZENDESK} accounts.")
    data = zendesk_app.archive(context.settings.public_url, account.slug, version=manifest.version())
    try:
        Path(options.output).write_bytes(data)
    except OSError as error:
        raise GiveUp(f"{options.output} cannot be written: {error.strerror}; choose another --output.") from error
    context.say(f"{options.output} holds the app of {account.slug}, {len(data):,} bytes. Then:")
    for number, step in enumerate(_STEPS, 1):
        context.say(f"{number:>3}. {step.format(url=account.access.url or 'https://SUBDOMAIN', slug=account.slug)}")
    return OK


COMMANDS: Final = (
    Command(
        ("package",),
        "make the app that shows the panel inside a desk, as an archive to upload",
        (
            option("desk", help=f"which desk: {_ZENDESK}", metavar="DESK"),
            ACCOUNT,
            option("--output", help="where the archive is written", required=True, metavar="FILE.zip"),
        ),
        package,
    ),
)
