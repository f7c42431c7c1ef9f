"""Run by `make wheel` with the installed wheel alone: what a checkout has by accident, the wheel must have too."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import tempfile

import integrations
import plugin
import workers
from plugin import manifest, preflight
from workers.settings import Settings
from workers.wording.language import LANGUAGES
from workers.wording.texts import texts_of


def main() -> None:
    modules = [
        each.name
        for package in (integrations, plugin, workers)
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not each.name.endswith(("__main__", "migrations.env")) and ".versions." not in each.name
    ]
    for module in modules:
        importlib.import_module(module)
    missing = [code for code in LANGUAGES if code != "en" and not texts_of(code).one]
    if missing:
        raise SystemExit(f"the wheel has no translations into {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as home:
        preflight.migrate(Settings.read({"DESKPULSE_HOME": home}))
    sys.stdout.write(f"{len(modules)} modules import; {manifest.path()} is {manifest.version()}\n")


if __name__ == "__main__":
    main()
