"""The entry of a worker: `celery -A workers.main worker -Q intake|desks|sums`, settings from the environment."""

from __future__ import annotations

import os

from workers.app import make_app
from workers.settings import Settings

app = make_app(Settings.read(os.environ))
