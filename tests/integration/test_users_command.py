"""`presswatch users` and `presswatch audit`: who may come in, and what commands leave in the log."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from control.cli import cli
from control.deeds import ONLY_LOOK, PROCESSES, about
from control.settings import Settings
from storage.records import Role
from storage.sql.engine import open_engine
from storage.sql.users import SqlUserBook
from tests.commandtree import commands_of, leaves
from tests.stores import lay_store


class Desk:
    """A data folder, and commands run on it."""

    def __init__(self, folder: Path) -> None:
        (folder / "outlets").mkdir()
        (folder / "outlets" / "none.toml").write_text(
            'name = "None"\nhome = "https://none.invalid/"\n[[source]]\nkind = "feed"\nurl = "https://none.invalid/f"\n'
        )
        lay_store(folder / "data")
        self.settings = Settings(data_dir=folder / "data", catalogue=folder / "outlets")
        self.engine = open_engine(self.settings.store_url)

    def run(self, *words: str, status: int = 0) -> str:
        """What the command says; where it fails, why."""
        done = CliRunner().invoke(commands_of(cli)[words[0]], words[1:], obj=self.settings)
        failed = done.exception is not None and not isinstance(done.exception, SystemExit)
        assert done.exit_code == status, done.output
        return str(done.exception) if failed else done.output

    def audit(self) -> list[dict[str, str]]:
        return json.loads(self.run("audit", "--json"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.engine.dispose()


def test_a_user_is_added_listed_changed_and_removed(desk):
    said = desk.run("users", "add", "amal", "--role", "analyst")
    token = said.splitlines()[1]
    assert token.startswith("presswatch_")
    assert len(token) > 50
    book = SqlUserBook(desk.engine)
    found = book.by_token(token, datetime.now(UTC))
    assert found is not None
    assert (found.name, found.role) == ("amal", Role.ANALYST)

    rotated = desk.run("users", "rotate", "amal").splitlines()[1]
    assert book.by_token(token, datetime.now(UTC)) is None
    assert book.by_token(rotated, datetime.now(UTC)) is not None
    desk.run("users", "role", "amal", "operator")
    desk.run("users", "disable", "amal")
    listed = desk.run("users", "list")
    assert "operator" in listed
    assert "disabled" in listed
    assert token not in listed
    assert book.by_token(rotated, datetime.now(UTC)) is None
    desk.run("users", "enable", "amal")
    assert "logged out of 0 browsers" in desk.run("users", "logout", "amal")
    assert "There are no users now" in desk.run("users", "remove", "amal")

    entries = desk.audit()
    noted = [(each["what"], each["about"], each["outcome"]) for each in reversed(entries)]
    assert noted[:3] == [
        ("presswatch users add", "amal --role=analyst", "done"),
        ("presswatch users rotate", "amal", "done"),
        ("presswatch users role", "amal operator", "done"),
    ]
    assert noted[-1] == ("presswatch users remove", "amal", "done")
    assert all("list" not in what for what, _, _ in noted)
    assert token not in str(noted)
    assert entries[0]["who"].startswith("command: ")


WRONG = {
    "a name that is taken": (("users", "add", "taken"), 1, "there is a user 'taken' already"),
    "no such user": (("users", "rotate", "nobody else"), 1, "there is no user 'nobody else'"),
    "a name with a colon, which Basic cannot send": (("users", "add", "a:b"), 2, "cannot be called 'a:b'"),
    "a name of the log's own": (("users", "add", "Console at loopback"), 2, "cannot be called"),
    "no role": (("users", "add", "x", "--role", "king"), 2, "'king' is not one of"),
}


@pytest.mark.parametrize(("words", "status", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_says_why(desk, words, status, told):
    if "taken" in words:
        desk.run("users", "add", "taken")
    assert told in desk.run(*words, status=status)


def test_a_command_that_fails_is_noted_as_such_and_secrets_are_left_out(desk):
    desk.run("credentials", "set", "https://none.invalid/feed?key=1", "--user", "amal", "--password", "hunter2")
    desk.run("users", "rotate", "who is not there", status=1)
    desk.run("outlets", "pause", "none")
    paused, failed, kept = desk.audit()[:3]
    assert (kept["what"], kept["about"]) == (
        "presswatch credentials set",
        "https://none.invalid/… --user=… --password=…",
    )
    assert (failed["outcome"], failed["about"]) == ("failed", "who is not there")
    assert (paused["what"], paused["about"], paused["outcome"]) == ("presswatch outlets pause", "none", "done")
    assert "outlets pause none  [done]" in desk.run("audit", "--limit", "1")


ADDRESSES = {
    "a chat's secret after the site": ("https://hooks.example/services/T/B/XXX", "https://hooks.example/…"),
    "a password before it": ("https://user:hunter2@hooks.example/", "https://hooks.example/…"),
    "a scheme whose site is the secret": ("tgram://123456:token/42", "tgram://…"),
    "an address that is none": ("https://[", "https://…"),
    "an e-mail address": ("mailto:desk@example.org", "mailto:desk@example.org"),
    "no address": ("jpost", "jpost"),
}


@pytest.mark.parametrize(("given", "noted"), ADDRESSES.values(), ids=ADDRESSES)
def test_of_addresses_only_the_site_is_noted(given, noted):
    command = click.Command("add", params=[click.Argument(["url"]), click.Option(["--secret"])])
    with command.make_context("add", [given, "--secret", "hunter2"]) as context:
        assert about(context) == f"{noted} --secret=…"


def test_what_is_said_to_only_look_is_a_command():
    """A command that is no longer there, or has another name, would be left out of the log unnoticed."""
    assert set(leaves(cli)) >= ONLY_LOOK | PROCESSES


def test_looking_makes_no_store_and_the_first_change_is_noted_in_the_store_it_makes(tmp_path):
    desk = Desk(tmp_path)
    desk.engine.dispose()
    shutil.rmtree(tmp_path / "data")
    desk.run("credentials", "set", "https://none.invalid/", "--user", "amal", "--password", "hunter2")
    assert not (tmp_path / "data" / "presswatch.sqlite3").exists()
    desk.run("users", "add", "amal")
    assert [each["what"] for each in desk.audit()] == ["presswatch users add"]
