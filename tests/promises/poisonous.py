"""The entry of workers that also know a desk whose calls break whoever reads them."""

from __future__ import annotations

import os
import signal

from integrations import registry
from integrations.base import Access, Call, Reading
from integrations.generic.webhook import Generic
from workers.app import make_app
from workers.settings import Settings


class Poisonous(Generic):
    """Dies of `kill`, raises an error with the body's words for `raise`, and reads everything else."""

    name = "poisonous"

    def parse(self, call: Call, access: Access) -> Reading:
        if b"kill" in call.body:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"raise" in call.body:
            raise ZeroDivisionError(call.body.decode())
        return super().parse(call, access)


registry._DESKS["poisonous"] = f"{__name__}:Poisonous"
app = make_app(Settings.read(os.environ))
