"""`scripts/with-services`, which starts what other tests need, run for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "with-services"
VARIABLES = (
    "PRESSWATCH_TEST_REDIS_URL",
    "PRESSWATCH_TEST_POSTGRES_URL",
    "PRESSWATCH_TEST_CHROMIUM",
    "PRESSWATCH_TEST_FAKETIME",
)
TELL = f"import os; print(*(os.environ.get(name, 'unset') for name in {VARIABLES}), flush=True)"


def _start(code, environment, *options):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *options, sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def given():
    """An environment in which nothing has to be started."""
    return {**os.environ, **dict.fromkeys(VARIABLES, "given")}


@pytest.fixture
def own(redis_url, postgres_url, chromium):
    """An environment in which all servers are to be had, and have to be started."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user passes through it
        yield {**{name: value for name, value in os.environ.items() if name not in VARIABLES}, "TMPDIR": folder}


def _answers(redis_address, postgres_address):
    try:
        with (
            redis.Redis.from_url(redis_address, retry=None) as client,
            psycopg.connect(postgres_address, connect_timeout=2),
        ):
            return client.ping()
    except (redis.ConnectionError, psycopg.OperationalError):
        return False


def _gone(*addresses):
    until = time.monotonic() + 15
    while _answers(*addresses) and time.monotonic() < until:
        time.sleep(0.1)
    return not _answers(*addresses)


def test_the_commands_exit_code_is_passed_on(given):
    with _start("raise SystemExit(7)", given) as process:
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 7


def test_a_command_that_a_signal_ended_is_told_as_a_shell_tells_it(given):
    with _start("import os; os.kill(os.getpid(), 9)", given) as process:
        assert process.wait(20) == 137


def test_a_command_that_is_not_there_is_told_of(given):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "no-such-command"],
        check=False,
        env=given,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 127
    assert "cannot run no-such-command" in done.stderr


def test_what_is_set_already_is_used_as_it_is(given):
    with _start(TELL, given) as process:
        assert process.communicate(timeout=20) == ("given given given given\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_command_which_then_ends_in_its_own_time(given, number):
    code = (
        "import signal, sys, time; "
        f"signal.signal({int(number)}, lambda *_: (time.sleep(0.5), sys.exit(9))); print('ready', flush=True); time.sleep(30)"
    )
    with _start(code, given) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(20) == 9


def test_what_can_neither_be_found_nor_installed_is_told_of_and_the_command_still_runs(given, tmp_path):
    environment = {**given, "PATH": str(tmp_path), "PRESSWATCH_TEST_REDIS_URL": "", "PRESSWATCH_TEST_CHROMIUM": ""}
    with _start(TELL, environment) as process:
        told, complaints = process.communicate(timeout=20)
    assert told.split() == ["given", "given"]  # the two others are empty
    for what in ("tests marked `redis` will be skipped", "tests marked `browser` will be skipped", "no apt-get"):
        assert what in complaints
    assert process.returncode == 0


def test_servers_answer_while_the_command_runs_and_are_gone_after_it(own):
    with _start(f"{TELL}; input()", own) as process:
        redis_address, postgres_address, chromium, faketime = process.stdout.readline().split()
        assert _answers(redis_address, postgres_address)
        assert Path(chromium).exists()
        assert Path(faketime).exists()
        process.communicate("go on\n", timeout=30)
    assert process.returncode == 0
    assert _gone(redis_address, postgres_address)


def test_servers_live_in_memory_where_that_has_room_and_leave_nothing_there(own):
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    with _start(f"{TELL}; input()", own, "--in-memory") as process:
        redis_address, postgres_address, *_ = process.stdout.readline().split()
        assert _answers(redis_address, postgres_address)
        with psycopg.connect(postgres_address) as connection:
            ((data,),) = connection.execute("SHOW data_directory").fetchall()
        assert Path(data).is_relative_to(memory if has_room else own["TMPDIR"])
        process.communicate("go on\n", timeout=30)
    assert process.returncode == 0
    assert not Path(data).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_us_however_we_end(own, number):
    with _start(f"{TELL}; input()", own) as process:
        addresses = process.stdout.readline().split()[:2]
        assert _answers(*addresses)
        process.send_signal(number)
        process.wait(30)
        assert _gone(*addresses)
