"""Without a contact `presswatch up` warns; without a contact or a user `presswatch up --public` is refused."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.records import Role
from storage.sql.users import SqlUserBook
from tests.commands import run
from tests.conftest import ROOT
from tests.stores import lay_store, open_store_at

pytestmark = pytest.mark.timeout(120)
OUTLET = '[[source]]\nkind = "feed"\nurl = "https://none.invalid/feed"\n'


def up(folder: Path, *options: str, contact: str = "") -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    (folder / "outlets").mkdir()
    (folder / "outlets" / "none.toml").write_text(f'name = "None"\nhome = "https://none.invalid/"\n{OUTLET}')
    env |= {"PRESSWATCH_DATA_DIR": str(folder / "data"), "PRESSWATCH_CATALOGUE": str(folder / "outlets")}
    return subprocess.Popen(
        [sys.executable, "-m", "control", "up", "--port", "0", *options],
        cwd=ROOT,
        env=env | {"PRESSWATCH_CONTACT": contact, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def told(process: subprocess.Popen[str], is_enough: Callable[[str], bool]) -> str:
    """What it says, until that is enough (it is stopped then) or it ends by itself."""
    said, deadline = "", time.monotonic() + 60
    assert process.stdout is not None
    while process.poll() is None and not is_enough(said) and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.2)[0]:
            said += os.read(process.stdout.fileno(), 65_536).decode()
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    return said + process.communicate(timeout=60)[0]


def test_up_warns_without_a_contact_and_runs(tmp_path: Path):
    said = told(up(tmp_path), lambda said: "starting" in said)
    assert "outlets see no contact of yours, and can only block you: set PRESSWATCH_CONTACT" in said
    assert "starting" in said


def test_public_is_refused_without_a_contact(tmp_path: Path):
    process = up(tmp_path, "--public")
    assert "--public needs a contact" in told(process, lambda said: "starting" in said)
    assert process.returncode == 1
    assert not (tmp_path / "data").exists()


def test_public_is_refused_without_a_user_who_could_log_in(tmp_path: Path):
    process = up(tmp_path, "--public", contact="press@example.org")
    said = told(process, lambda said: "starting" in said)
    assert "cannot listen on 0.0.0.0 without users" in said
    assert "`presswatch users add NAME --role operator`" in said
    assert process.returncode == 1
    store = {"PRESSWATCH_DATA_DIR": str(tmp_path / "data"), "PRESSWATCH_HOST": "0.0.0.0"}
    for words in (("users", "add", "amal"), ("users", "disable", "amal")):
        assert run(*words, env=os.environ | store).returncode == 0
    process = run("web", env=os.environ | store)
    assert process.returncode == 1
    assert "cannot listen on 0.0.0.0 without users" in process.stderr


def test_public_with_a_contact_and_a_user_listens_for_other_machines_and_does_not_warn(tmp_path: Path):
    lay_store(tmp_path / "data")
    engine = open_store_at(f"sqlite:///{tmp_path}/data/presswatch.sqlite3")
    SqlUserBook(engine).add(name="amal", role=Role.OPERATOR, token="presswatch_x", now=datetime.now(UTC))
    engine.dispose()
    said = told(up(tmp_path, "--public", contact="press@example.org"), lambda said: "Ready" in said)
    assert "http://0.0.0.0:" in said
    assert "no contact of yours" not in said
