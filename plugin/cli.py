"""`deskpulse`: which commands there are, and how whatever they raise becomes one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NoReturn

from sqlalchemy.exc import OperationalError

from integrations.errors import DeskpulseError, GiveUp
from plugin import manifest
from plugin.commands import (
    accounts,
    calls,
    connecting,
    digests,
    forgetting,
    health,
    importing,
    packaging,
    recounting,
    report,
    running,
    surveys,
    tickets,
    tokens,
    users,
)
from plugin.commands.command import CHANGE, OK, Command, Context, Option, sentence
from plugin.commands.terminal import asker

#: Every command, in the order of the help and of docs/cli.md.
COMMANDS: Final[tuple[Command, ...]] = (
    *running.COMMANDS,
    *accounts.COMMANDS,
    *tokens.COMMANDS,
    *users.COMMANDS,
    *digests.COMMANDS,
    *connecting.COMMANDS,
    *packaging.COMMANDS,
    *importing.COMMANDS,
    *report.COMMANDS,
    *tickets.COMMANDS,
    *recounting.COMMANDS,
    *calls.COMMANDS,
    *surveys.COMMANDS,
    *forgetting.COMMANDS,
    *health.COMMANDS,
)
#: What stands over the commands of several words, each after the group it is in.
GROUPS: Final = {
    ("account",): "the accounts: one customer's installation of one desk each",
    ("account", "token"): "the tokens that open an account's API",
    ("account", "user"): "the people who may open an account's panel",
    ("survey",): "the surveys that Deskpulse asks, and the answers that are doubted",
}

_INTERRUPTED: Final = 130  #: 128 + SIGINT, as shells have it
_ABOUT: Final = "A helpdesk plugin: tickets, chats and survey answers become tags, figures and summaries in the desk."


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise GiveUp(f"{message}; `{self.prog} --help` shows what can be said.")


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command; the exit code: 0, 2 for what the user must change, 130 when interrupted."""
    context = Context(environ=os.environ if environ is None else environ, ask=asker())
    try:
        options = vars(parser().parse_args(arguments))
        command: Command = options.pop("command")
        for warning in context.settings.warnings:
            context.note(warning)
        code = command.run(context, argparse.Namespace(**options))
        context.out.flush()  # where the reader has left, this is the last chance to say so in peace
    except DeskpulseError as error:
        context.note(" ".join(str(error).split()))
        return CHANGE
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        context.note(f"The database cannot be used ({reason}); check DESKPULSE_DATABASE_URL.")
        return CHANGE
    except BrokenPipeError:
        # Whoever read our output has enough of it; nothing more may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        context.note("interrupted")
        return _INTERRUPTED
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    finally:
        context.close()
    return code


@cache
def parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    top = _Parser(prog="deskpulse", description=_ABOUT)
    top.add_argument("--version", action="version", version=f"deskpulse {manifest.version()}")
    words = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    groups: dict[tuple[str, ...], Any] = {(): words}
    for (*over, name), about in GROUPS.items():
        made = groups[tuple(over)].add_parser(name, help=about, description=sentence(about))
        groups[*over, name] = made.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in COMMANDS:
        *over, word = command.words
        _declare(groups[tuple(over)], word, command)
    return top


def _declare(words: Any, word: str, command: Command) -> None:
    made = words.add_parser(word, help=command.help, description=sentence(command.help))
    made.set_defaults(command=command)
    for each in command.options:
        _add(made, each)
    if command.exclusive:
        group = made.add_mutually_exclusive_group()
        for each in command.exclusive:
            _add(group, each)


def _add(made: Any, each: Option) -> None:
    made.add_argument(*each.names, help=each.help, **each.more)


if __name__ == "__main__":
    sys.exit(main())
