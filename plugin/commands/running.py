"""`deskpulse up` and `deskpulse demo`: everything in the foreground."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from plugin import demo, up
from plugin.commands.command import Command, Context, desk_is_known, option

_HOST: Final = option("--host", help="where to listen", default="127.0.0.1")
_PORT: Final = option("--port", help="the port, 0 for a free one", type=int, default=8710)


def run_up(context: Context, options: Namespace) -> int:
    """Run the web part, the queue and the workers until a signal."""
    return up.up(context.settings, host=options.host, port=options.port)


def run_demo(context: Context, options: Namespace) -> int:
    """Run everything with a simulated desk."""
    if options.desk is not None:
        desk_is_known(options.desk)
    return demo.demo(context.settings, host=options.host, port=options.port, desk=options.desk)


COMMANDS: Final = (
    Command(("up",), "run everything in the foreground until SIGTERM or Ctrl-C", (_HOST, _PORT), run_up),
    Command(
        ("demo",),
        "run everything with a simulated desk",
        (_HOST, _PORT, option("--desk", help="which desk is simulated", metavar="DESK")),
        run_demo,
    ),
)
