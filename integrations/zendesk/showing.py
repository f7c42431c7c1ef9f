"""How the panel comes into Zendesk: as a private app with signed addresses, which an administrator uploads."""

from __future__ import annotations

from typing import Final

_UPLOAD: Final = (
    "Run deskpulse package zendesk --account {slug} --output deskpulse.zip and upload the file under Admin Center › "
    "Apps and integrations › Apps › Zendesk Support apps › Upload private app"
)
_KEY: Final = (
    "Save the app's public key, which an administrator finds at /api/v2/apps/APP_ID/public_key.pem of your Zendesk, "
    "and run deskpulse connect zendesk --account {slug} --credential app_public_key=@FILE"
)


def steps(webhook_url: str) -> tuple[str, ...]:
    """The app is made for the account, and afterwards its public key is told to us."""
    slug = webhook_url.rpartition("/")[2]
    return _UPLOAD.format(slug=slug), _KEY.format(slug=slug)
