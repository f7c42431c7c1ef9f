"""The entry of the workers that tests start: the product's own, and a registry that knows the strict desk."""

from __future__ import annotations

import os

from integrations import registry
from tests.workers.conftest import STRICT
from workers.app import make_app
from workers.settings import Settings

registry._DESKS.update(STRICT)
app = make_app(Settings.read(os.environ))
