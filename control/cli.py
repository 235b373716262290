"""The `presswatch` command. Nothing is imported here that listing the commands and telling the version do not need."""

from __future__ import annotations

import gc
import sys
from typing import Any

import click

from control.commands import COMMANDS
from control.deeds import note_changes
from control.later import LaterGroup
from control.version import VERSION

#: Garbage is looked for after so many new objects; by default 700, which is 500 times while Scrapy is loaded.
_NEW_OBJECTS = 10_000


class _Presswatch(LaterGroup):
    """Tells our own errors in a line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; exit status 1 for what went wrong, 2 for wrong words."""
        from control.logs import printable  # noqa: PLC0415 (only a command that runs needs settings and logs)
        from control.settings import BadSettings  # noqa: PLC0415
        from storage.errors import StorageError  # noqa: PLC0415

        try:
            return super().invoke(ctx)
        except (BadSettings, StorageError) as error:
            click.echo(f"presswatch: {printable(str(error))}", err=True)  # it may quote what came from outside
            ctx.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Presswatch, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="presswatch")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Monitors the press: finds new articles, fetches them politely, keeps every revision.

    Settings are environment variables PRESSWATCH_* or lines of presswatch.toml; docs/settings.md lists them.
    """
    from control.logs import set_up_logging  # noqa: PLC0415 (as above)
    from control.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings.log_level, role=ctx.invoked_subcommand)
    ctx.obj = settings


cli.add_later(COMMANDS)
note_changes(cli)


def main() -> None:
    """Entry point."""
    gc.set_threshold(_NEW_OBJECTS)
    cli(prog_name="presswatch")
