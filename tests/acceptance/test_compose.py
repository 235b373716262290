"""docker-compose.yml: what it promises, and every process that it names, run as it says but for the container.

There is a Docker engine on few test machines. So the file is read, checked, given to `docker-compose config` where
that is installed, and its commands run with its environment, as an ordinary user who may write to two folders only,
against a private PostgreSQL and Redis.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest

from control.cli import cli
from control.settings import Settings
from tests.acceptance import composefile
from tests.acceptance.environment import PRESSWATCH
from tests.acceptance.harness import free_port
from tests.commandtree import commands_of
from tests.newsweb.catalogue import write_catalogue
from tests.newsweb.process import wait_until
from tests.receiver import receiving

FILLED = {"POSTGRES_PASSWORD": "secret1", "REDIS_PASSWORD": "secret2", "PRESSWATCH_CONTACT": "https://example.org/bot"}
FILE = composefile.read(FILLED)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
ROLES = ("scheduler", "worker", "web", "courier")
NOBODY = 10001  # the user id that the file names


def words(service: Mapping[str, Any]) -> list[str]:
    return [*service.get("entrypoint", ()), *service["command"]]


def command_at(path: list[str]) -> click.Command:
    """The command that words lead to. Raises KeyError where they lead nowhere."""
    command: click.Command = cli
    for word in path:
        if not isinstance(command, click.Group):
            break
        command = commands_of(command)[word]
    return command


# --------------------------------------------------------------------------------- what it says


def test_it_has_the_service_at_scale():
    assert {"postgres", "valkey", "migrate", *ROLES} <= SERVICES.keys()
    assert SERVICES["postgres"]["image"].startswith("postgres:16")
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:7.2")
    assert SERVICES["worker"]["deploy"]["replicas"] > 1
    assert "container_name" not in SERVICES["worker"], "a fixed name lets only one worker run"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_little_harm(name):
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "docker.sock" not in str(service)


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in {"migrate", "command"}])
def test_what_runs_for_ever_is_watched_and_started_again(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert int(service["stop_grace_period"].removesuffix("s")) > 12, "longer than `presswatch` takes to stop"


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name):
    program, *path = words(OURS[name])
    assert program == "presswatch"
    assert isinstance(command_at(path), click.Command)
    check = OURS[name].get("healthcheck", {}).get("test")
    if check:
        assert check == ["CMD", "presswatch", "health", name]
        assert name in command_at(["health"]).params[0].type.choices


@pytest.mark.parametrize("name", OURS)
def test_every_environment_variable_is_a_setting_with_a_value_that_it_takes(name):
    told = OURS[name]["environment"]
    ours = {key.removeprefix("PRESSWATCH_").lower(): told[key] for key in told if key.startswith("PRESSWATCH_")}
    assert ours.keys() <= Settings.model_fields.keys()
    assert {key for key in told if not key.startswith("PRESSWATCH_")} == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    settings = Settings(**{key: value for key, value in ours.items() if value != ""})  # as an environment's are read
    assert settings.data_dir == Path("/data")
    assert settings.store_url == "postgresql://presswatch:secret1@postgres:5432/presswatch"
    assert settings.redis_url == "redis://:secret2@valkey:6379/0"


def test_only_what_writes_pages_or_outlet_files_may_write_to_the_data_volume():
    assert {name for name, service in OURS.items() if "data:/data" in service.get("volumes", ())} == {
        "migrate", "scheduler", "worker", "command",
    }  # fmt: skip
    readers = {name for name, service in OURS.items() if "data:/data:ro" in service.get("volumes", ())}
    assert readers == {"web"}, "it shows archived pages"


def test_only_this_host_reaches_the_page_and_nobody_the_servers():
    assert [(name, service["ports"]) for name, service in SERVICES.items() if "ports" in service] == [
        ("web", ["127.0.0.1:8765:8765"])
    ]
    assert FILE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]


@pytest.mark.parametrize("role", ROLES)
def test_a_process_waits_for_the_migration(role):
    awaited = {name: wish["condition"] for name, wish in SERVICES[role]["depends_on"].items()}
    assert awaited == {
        "postgres": "service_healthy",
        "valkey": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_no_secret_is_in_the_file_and_the_example_names_every_variable():
    required = {name for name, default in composefile.variables().items() if default is None}
    assert required == FILLED.keys()
    example = composefile.EXAMPLE.read_text(encoding="utf-8")
    assert set(re.findall(r"^#?(\w+)=", example, re.MULTILINE)) == composefile.variables().keys()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == required
    with pytest.raises(KeyError):
        composefile.read({})


def test_compose_itself_takes_it(tmp_path):
    program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    if (
        not shutil.which(program[0])
        or subprocess.run([*program, "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no Compose here; Debian's docker-compose brings one that needs no engine for this")
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in FILLED.items()))
    command = [*program, "--env-file", str(file), "-f", str(composefile.COMPOSE), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


# --------------------------------------------------------------------------------- the image


def test_the_image_holds_what_is_locked_and_no_root():
    text = composefile.DOCKERFILE.read_text(encoding="utf-8")
    build, final = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    assert build.startswith("python:3.12-slim-bookworm AS build")
    assert final.startswith("python:3.12-slim-bookworm\n")
    assert "--require-hashes --only-binary :all: --requirement" in build
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert re.search(rf"--uid {NOBODY} ", final)
    assert not re.search(r"\bpip\b|apt-get|gcc|build-essential", final)
    command = re.search(r'^CMD \["presswatch", "(\w+)"', final, re.MULTILINE)
    assert command
    assert command_at([command[1]])


def test_the_image_holds_all_extras_at_the_versions_that_are_tested():
    pinned, tested = (
        set(re.findall(r"^(\S+)==(\S+)", (composefile.ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("image.lock", "dev.lock")
    )
    assert pinned <= tested
    project = tomllib.loads((composefile.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {re.split(r"[^\w-]", wanted)[0] for extra in project["optional-dependencies"].values() for wanted in extra}
    assert {"apprise", "boto3", "duckdb"} <= extras <= {name for name, _ in pinned}


def test_everything_that_is_copied_exists_and_reaches_the_builder():
    text = composefile.DOCKERFILE.read_text(encoding="utf-8")
    let_in = [
        line.removeprefix("!")
        for line in (composefile.ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [word for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for word in line.split()[:-1]]
    assert copied
    for path in copied:
        assert (composefile.ROOT / path).exists()
        assert path in let_in


def test_the_package_holds_every_file_that_is_read_at_run_time(tmp_path):
    rooms = ("crawler", "storage", "delivery", "control")
    files = {path for room in rooms for path in (composefile.ROOT / room).rglob("*") if path.is_file()}
    kept = {str(path.relative_to(composefile.ROOT)) for path in files if "__pycache__" not in path.parts}
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(composefile.ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    assert any(path.endswith(".html") for path in kept)
    assert kept <= packed


# --------------------------------------------------------------------------------- every process, run


@cache
def as_nobody() -> dict[str, Any]:
    """Runs a process as the user that the file names, where we may and where that user may run our interpreter."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if os.geteuid() != 0:
        return {}
    try:
        subprocess.run([str(PRESSWATCH), "--version"], cwd="/", check=True, capture_output=True, **user)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return user


@dataclass(eq=False)
class Stack:
    """The services of the file as processes; `environment` says where its servers and folders are here."""

    room: Path
    database_url: str
    redis_url: str
    catalogue: Path
    port: int = field(default_factory=free_port)
    processes: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def environment(self, name: str) -> dict[str, str]:
        """The service's own, with the host names and paths of this machine."""
        own = {key: str(value) for key, value in OURS[name]["environment"].items()}
        here = {
            "PRESSWATCH_DATABASE_URL": self.database_url,
            "PRESSWATCH_REDIS_URL": self.redis_url,
            "PRESSWATCH_DATA_DIR": str(self.room / "data"),
            "PRESSWATCH_PORT": str(self.port),
        }
        test_only = {
            "PRESSWATCH_CATALOGUE": str(self.catalogue),
            "PRESSWATCH_ALLOW_NETWORKS": "127.0.0.0/8",
            "PRESSWATCH_DELAY_S": "0",
        }
        base = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(self.room / "tmp")}
        return base | own | {key: value for key, value in here.items() if key in own} | test_only

    def start(self, name: str, command: list[str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Starts a service's command."""
        program, *rest = command or words(OURS[name])
        assert program == "presswatch"
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [str(PRESSWATCH), *rest],
            env=self.environment(name),
            cwd=self.room / "data",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **as_nobody(),
            **options,
        )
        self.processes.append((name, process))
        return process

    def serve(self, name: str) -> subprocess.Popen[bytes]:
        """Starts a service that runs for ever; what it says goes to a file."""
        with (self.room / f"{name}.log").open("ab") as log:
            return self.start(name, stdout=log, stderr=log)

    def run(self, name: str, *command: str) -> tuple[int, str]:
        """Runs a service's own command, or another one in its place, to its end."""
        process = self.start(name, list(command) or None, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said.decode()

    def is_healthy(self, name: str) -> bool:
        """What the service's health check says."""
        return self.run(name, *OURS[name]["healthcheck"]["test"][1:])[0] == 0

    def counts(self) -> dict[str, int]:
        """How often each address is among the articles, and how many candidates wait (under "")."""
        with psycopg.connect(self.database_url) as connection:
            stored = Counter(url for (url,) in connection.execute("SELECT url FROM articles"))
            waiting = connection.execute("SELECT count(*) FROM candidates WHERE state <> 'done'").fetchone()
        return dict(stored) | {"": waiting[0] if waiting else 0}

    def words(self) -> str:
        """The last words of all, for a failing test to show."""
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(self.room.glob("*.log")))

    def close(self) -> None:
        """Kills whatever still runs."""
        for _, process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def stack(newsweb, empty_postgres_url, redis_url) -> Iterator[Stack]:
    web = newsweb("--outlets", "6", "--articles", "12", "--history", "1", "--syndication", "0", "--removals", "0",
                  "--edits", "0", "--crawl-delay", "0", "--start=-1h")  # fmt: skip
    # Not below pytest's own folder: another user must pass through.
    with tempfile.TemporaryDirectory(prefix="presswatch-compose-") as name:
        room = Path(name)
        catalogue = write_catalogue(room / "catalogue", web.outlets)
        for folder in (room / "data", room / "tmp"):
            folder.mkdir()
            if as_nobody():
                os.chown(folder, NOBODY, NOBODY)
        room.chmod(0o755)
        stack = Stack(room, empty_postgres_url, redis_url, catalogue)
        stack.web = web  # type: ignore[attr-defined]
        try:
            yield stack
        finally:
            stack.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_process_runs_as_the_file_says_and_ends_within_ten_seconds(stack: Stack):
    assert stack.run("scheduler", "presswatch", "health", "scheduler")[0] == 1, "nothing is there yet"
    code, said = stack.run("migrate")
    assert (code, "the store was upgraded" in said) == (0, True), said
    code, said = stack.run("migrate")
    assert (code, "up to date" in said) == (0, True), said

    code, said = stack.run("web")
    assert (code, "without users" in said) == (1, True), said
    code, said = stack.run("command", "presswatch", "users", "add", "desk", "--role", "operator")
    assert code == 0, said

    with receiving() as receiver:
        code, said = stack.run("command", "presswatch", "channels", "add", "desk", receiver.url)
        assert code == 0, said
        running = {f"{name} {n}": stack.serve(name) for name in ROLES for n in range(2 if name == "worker" else 1)}
        wanted = {record["url"] for record in stack.web.truth().values()}  # type: ignore[attr-defined]

        def has_all() -> bool:
            return len(stack.counts()) - 1 >= len(wanted) and stack.counts()[""] == 0

        assert wait_until(has_all, 90, 0.5), f"{len(stack.counts()) - 1} of {len(wanted)}; {stack.words()}"
        stored = stack.counts()
        assert stored.keys() - {""} == wanted
        assert set(stored.values()) <= {0, 1}
        assert wait_until(lambda: len(receiver.received) >= len(wanted), 60), f"{len(receiver.received)}"
        assert len({each.key for each in receiver.received}) == len(receiver.received) == len(wanted)

        for role in ROLES:
            assert stack.is_healthy(role), stack.words()
        assert page(stack.port, "/readyz") == 200
        assert page(stack.port, "/login") == 200
        assert page(stack.port, "/api/v1/status") == 401
        code, said = stack.run("command", "presswatch", "status")
        assert code == 0
        assert said.count("\nworker ") == 2, said
        assert [process.poll() for process in running.values()] == [None] * 5

        for name, process in running.items():
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0, f"{name}: {stack.words()}"
            assert time.monotonic() - began <= 10
    assert {role: stack.is_healthy(role) for role in ROLES} == dict.fromkeys(ROLES, False)


def page(port: int, path: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
