"""A worker of our own Celery application whose task does nothing: what the take-in is compared with."""

from __future__ import annotations

import os

from workers.app import make_app
from workers.settings import Settings

app = make_app(Settings.read(dict(os.environ)))
app.conf.task_routes = None


@app.task(name="bench.nothing")
def nothing() -> None:
    """Do nothing."""
