"""Settings that cannot be used are told in a line that names them; empty ones count as not set."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from control.settings import BadSettings, Settings, load_settings
from tests.acceptance.environment import PRESSWATCH

WRONG = {
    "an interval that is no number": ("INTERVAL_S", "often"),
    "an interval of nothing": ("INTERVAL_S", "0"),
    "a delay that is not a number": ("DELAY_S", "nan"),
    "a delay without end": ("DELAY_S", "inf"),
    "a negative delay": ("DELAY_S", "-1"),
    "waits without end": ("RETRY_DELAYS_S", "30,inf"),
    "a negative wait": ("RETRY_DELAYS_S", "-30"),
    "waits that are words": ("RETRY_DELAYS_S", "soon"),
    "a first look past all calendars": ("FIRST_LOOK_DAYS", "1e12"),
    "a first look that is not a number": ("FIRST_LOOK_DAYS", "nan"),
    "a network that is none": ("ALLOW_NETWORKS", "10.0.0.0/33"),
    "a network with a host": ("ALLOW_NETWORKS", "10.0.0.1/8"),
    "a contact that is none": ("CONTACT", "call me"),
    "a database that is not known": ("DATABASE_URL", "mysql://localhost/x"),
    "a database without a file": ("DATABASE_URL", "sqlite://"),
    "a database in memory": ("DATABASE_URL", "sqlite:///:memory:"),
    "a driver that is another's": ("DATABASE_URL", "sqlite+psycopg:///store"),
    "a Redis that is none": ("REDIS_URL", "http://localhost"),
    "a port that is none": ("PORT", "65536"),
    "a level that is none": ("LOG_LEVEL", "loud"),
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PRESSWATCH_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(("name", "value"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_told_in_one_line(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"PRESSWATCH_{name}", value)
    with pytest.raises(BadSettings) as told:
        load_settings()
    lines = str(told.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"PRESSWATCH_{name} (or {name.lower()} in presswatch.toml): ")


@pytest.mark.parametrize(("name", "value"), [("INTERVAL_S", "often"), ("CATALOGUE", "/nowhere/at/all")])
def test_the_command_tells_it_without_a_traceback(name: str, value: str, tmp_path: Path):
    env = {"PATH": "/usr/bin:/bin", "PRESSWATCH_DATA_DIR": str(tmp_path), f"PRESSWATCH_{name}": value}
    env["PRESSWATCH_CONTACT"] = "press@example.org"  # else a line warns of it
    done = subprocess.run(
        [str(PRESSWATCH), "up"], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"presswatch: PRESSWATCH_{name}")


def test_empty_settings_count_as_not_set(monkeypatch: pytest.MonkeyPatch):
    for name in Settings.model_fields:
        monkeypatch.setenv(f"PRESSWATCH_{name.upper()}", "")
    assert load_settings() == Settings.model_construct()


def test_a_setting_that_there_is_not_is_told(tmp_path: Path):
    (tmp_path / "presswatch.toml").write_text("intervall_s = 5\n")
    with pytest.raises(BadSettings, match=r"intervall_s in presswatch.toml is no setting"):
        load_settings()


def test_a_file_that_is_no_toml_is_told(tmp_path: Path):
    (tmp_path / "presswatch.toml").write_text("interval_s = = 5\n")
    with pytest.raises(BadSettings, match=r"presswatch.toml cannot be read"):
        load_settings()
