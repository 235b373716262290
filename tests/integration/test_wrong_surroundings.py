"""A data folder, a database file or an address that cannot be used is told in a line, with a remedy, never as a
traceback and never with a password.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests import commands

#: What is wrong: the settings (`{folder}` is the test's own), and the words that the line must have.
WRONG = {
    "the data folder is a file": ({"DATA_DIR": "{folder}/file"}, "set PRESSWATCH_DATA_DIR"),
    "the data folder lies where no folder can be made": ({"DATA_DIR": "/proc/presswatch"}, "set PRESSWATCH_DATA_DIR"),
    "the database file is something else": ({"DATA_DIR": "{folder}/damaged"}, "is damaged or no database"),
    "an outlet file is no text": ({"CATALOGUE": "{folder}/unread"}, "post.toml cannot be read"),
    "the address of the database has no port": ({"DATABASE_URL": "postgresql://u:hushed@h:port/x"}, "DATABASE_URL"),
    "the driver of the database is another's": ({"DATABASE_URL": "sqlite+psycopg:///{folder}/x"}, "DATABASE_URL"),
}


def told(folder: Path, settings: dict[str, str], *words: str) -> tuple[int, list[str]]:
    """Runs a command; returns its exit status and the lines on standard error."""
    (folder / "file").write_text("no folder", encoding="utf-8")
    (folder / "damaged").mkdir(exist_ok=True)
    (folder / "damaged" / "presswatch.sqlite3").write_bytes(b"no database" * 1000)
    (folder / "unread").mkdir(exist_ok=True)
    (folder / "unread" / "post.toml").write_bytes(b"\xff")
    env = {"PATH": "/usr/bin:/bin", "PRESSWATCH_DATA_DIR": f"{folder}/data", "PRESSWATCH_CONTACT": "desk@example.org"}
    env |= {f"PRESSWATCH_{name}": value.format(folder=folder) for name, value in settings.items()}
    done = commands.run(*words, env=env, cwd=folder)
    assert "hushed" not in done.stdout + done.stderr
    return done.returncode, (done.stderr.strip() or done.stdout.strip()).splitlines()


@pytest.mark.parametrize("command", ["db upgrade", "up"])
@pytest.mark.parametrize(("settings", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_command_says_what_is_wrong_in_one_line(settings: dict[str, str], words: str, command: str, tmp_path: Path):
    status, lines = told(tmp_path, settings, *command.split())
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith("presswatch: ")
    assert words in lines[0]


def test_an_address_of_redis_that_cannot_be_read_is_told_without_its_password(tmp_path: Path):
    assert told(tmp_path, {}, "db", "upgrade")[0] == 0
    status, lines = told(tmp_path, {"REDIS_URL": "redis://:hushed@h:99999"}, "status")
    assert (status, len(lines)) == (1, 1)
    assert "PRESSWATCH_REDIS_URL" in lines[0]


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, lines = told(tmp_path, {}, "up", "--port", port)
    assert (status, len(lines)) == (1, 1)
    assert f"cannot listen on 127.0.0.1:{port}" in lines[0]
    assert "PRESSWATCH_PORT" in lines[0]


@pytest.mark.parametrize("host", ["nowhere.invalid", "ü.."])
def test_a_host_that_this_machine_is_not_is_told(host: str, tmp_path: Path):
    status, lines = told(tmp_path, {}, "up", "--host", host, "--port", "0")
    assert (status, len(lines)) == (1, 1)
    assert "PRESSWATCH_HOST" in lines[0]


def test_an_id_that_no_database_holds_is_no_article(tmp_path: Path):
    assert told(tmp_path, {}, "db", "upgrade")[0] == 0
    assert told(tmp_path, {}, "show", "9" * 30) == (1, ["presswatch: no article has an id of 30 digits"])


@pytest.mark.parametrize("hours", ["1e300", "nan"])
def test_hours_before_the_calendar_begins_are_told(hours: str, tmp_path: Path):
    assert told(tmp_path, {}, "db", "upgrade")[0] == 0
    status, lines = told(tmp_path, {}, "articles", "--hours", hours)
    assert status == 2
    assert "--hours" in lines[-1]
    assert not any(line.startswith("Traceback") for line in lines)
