"""What a command imports: no more than it needs, since each start pays for it in seconds and megabytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from control.choosing import opened
from control.cli import cli
from control.commands import ARCHIVE_COMMANDS, COMMANDS, OUTLETS_COMMANDS
from control.settings import Settings
from tests.commandtree import commands_of
from tests.conftest import ROOT
from tests.stores import lay_store

#: What only crawling, reading pages, a Redis, or looking up registrable domains needs.
CRAWLING = {"scrapy", "twisted", "trafilatura", "justext", "htmldate", "feedparser"}
HEAVY = CRAWLING | {"lxml", "redis", "requests", "boto3", "aiohttp", "fastapi", "alembic"}

RUN = """
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from control.cli import cli
for words in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()) as said:
        try:
            cli(words, prog_name="presswatch")
        except SystemExit as end:
            if end.code:
                raise
print(json.dumps([said.getvalue(), [name for name, module in sys.modules.items() if module]]))
"""
LOAD = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(["", [name for name, module in sys.modules.items() if module]]))
"""


def said_and_loaded(program: str, told: list[object], **environment: str) -> tuple[str, set[str]]:
    """What a Python of its own printed at last, and the packages that it has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(told)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    said, modules = json.loads(done.stdout)
    return said, {name.partition(".")[0] for name in modules}


def test_the_version_and_the_list_of_commands_load_no_more_than_the_command_line():
    said, loaded = said_and_loaded(RUN, [["--version"], ["--help"]])
    assert all(f"\n  {name} " in said for name in COMMANDS)
    assert loaded & (HEAVY | {"pydantic", "sqlalchemy", "structlog", "storage", "crawler", "delivery"}) == set()


def test_commands_that_only_look_at_what_is_stored_load_nothing_that_crawls(tmp_path: Path):
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "none.toml").write_text(
        'name = "None"\nhome = "https://none.invalid/"\n[[source]]\nkind = "feed"\nurl = "https://none.invalid/f"\n'
    )
    lay_store(tmp_path)
    place = {"PRESSWATCH_DATA_DIR": str(tmp_path), "PRESSWATCH_CATALOGUE": str(tmp_path / "catalogue")}
    with opened(Settings(data_dir=tmp_path, catalogue=tmp_path / "catalogue")):
        pass  # the catalogue is loaded: a new one has its domains looked up
    looks = [["db", "upgrade"], ["users", "list"], ["status"], ["articles"], ["reextract", "list"], ["outlets", "list"]]
    said, loaded = said_and_loaded(RUN, looks, **place)
    assert "none" in said
    assert loaded & HEAVY == set()


def test_a_process_that_fetches_no_page_loads_nothing_that_does():
    """The supervisor, and all that it starts but the worker."""
    _, loaded = said_and_loaded(
        LOAD, [f"control.{process}" for process in ("supervisor", "scheduler", "web", "courier")]
    )
    assert loaded & CRAWLING == set()


@pytest.mark.parametrize("known", [COMMANDS, ARCHIVE_COMMANDS, OUTLETS_COMMANDS], ids=["all", "archive", "outlets"])
def test_help_lists_each_command_by_its_own_first_sentence(known, request: pytest.FixtureRequest):
    name = request.node.callspec.id
    group = cli if name == "all" else commands_of(cli)[name]
    assert isinstance(group, click.Group)
    own = {name: command.get_short_help_str(1_000) for name, command in commands_of(group).items() if name in known}
    assert {name: told for name, (_, told) in known.items()} == own


def test_a_command_that_there_is_not_is_told_of_with_one_that_there_is():
    with pytest.raises(click.UsageError) as told:
        cli.main(["outlet"], standalone_mode=False)
    assert "outlets" in told.value.format_message()
