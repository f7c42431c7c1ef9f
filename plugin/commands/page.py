"""The page docs/cli.md, made from the commands: `python -m plugin.commands.page` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from plugin.cli import COMMANDS
from plugin.commands.command import Command, Option, sentence

_PAGE: Final = """\
# The command line

`deskpulse COMMAND --help` says the same at the terminal. Exit codes: 0 well; 1 `doctor` or `verify` found something;
2 something must be changed first, with one line on stderr that says what; 130 interrupted.

Settings are read from the environment ([settings.md](settings.md)); each command but `up` and `demo` needs the
database only, and works whether or not Deskpulse is running.

This page is written by `python -m plugin.commands.page`.
"""


def page() -> str:
    """The page docs/cli.md."""
    return _PAGE + "".join(_section(command) for command in COMMANDS)


def _section(command: Command) -> str:
    given = (*command.options, *command.exclusive)
    rows = "".join(f"| `{_spelled(each)}` | {_told(each, each in command.exclusive)} |\n" for each in given)
    table = f"\n| | |\n|---|---|\n{rows}" if rows else ""
    return f"\n## deskpulse {' '.join(command.words)}\n\n{sentence(command.help)}\n{table}"


def _spelled(each: Option) -> str:
    name = each.names[0]
    if not name.startswith("-"):
        return str(each.more.get("metavar", name.upper()))
    if each.more.get("action") == "store_true":
        return name
    shown = each.more.get("metavar") or "|".join(each.more.get("choices", ())) or name.strip("-").upper()
    return f"{name} {shown}".replace("|", "\\|")


def _told(each: Option, exclusive: bool) -> str:  # noqa: FBT001 - a column of a table
    default = each.more.get("default")
    notes = [
        "required" if each.more.get("required") else "",
        "may be repeated" if each.more.get("action") in {"append", "extend"} else "",
        f"default `{default}`" if default not in (None, False) else "",
        "at most one of these" if exclusive else "",
    ]
    told = ", ".join(note for note in notes if note)
    text = sentence(each.help).replace("|", "\\|")
    return f"{text} {sentence(told)}" if told else text


if __name__ == "__main__":
    Path("docs/cli.md").write_text(page(), encoding="utf-8")
