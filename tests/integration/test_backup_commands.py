"""`presswatch backup` and `presswatch restore`, as an operator types them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from control.cli import cli
from tests.pressroom import Piece, pressroom

PIECE = Piece(outlet="gazette", url="", title="", body="Words of a piece, in a paragraph.", minutes_ago=5)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = tmp_path / "data"
    with pressroom(f"sqlite:///{data}/presswatch.sqlite3", data) as room:
        room.open_outlets()
        for number in range(3):
            room.publish(replace(PIECE, url=f"https://gazette.example/{number}", title=f"Piece {number}"))

    def run(*words: str, into: str = "data") -> Result:
        monkeypatch.setenv("PRESSWATCH_DATA_DIR", str(tmp_path / into))
        return CliRunner().invoke(cli, [word.replace("FOLDER", str(tmp_path / "backup")) for word in words])

    return run


def test_a_backup_is_made_verified_and_restored_elsewhere(run, tmp_path: Path):
    assert "holds 3 files" in run("backup", "FOLDER").output
    assert "is whole: 3 files" in run("backup", "--verify", "FOLDER").output
    assert "restored 3 files" in run("restore", "FOLDER", into="elsewhere").output
    assert "Piece 2" in run("articles", into="elsewhere").output
    refused = run("restore", "FOLDER", into="elsewhere")
    assert refused.exit_code == 1
    assert "there is a store already" in refused.output
    assert run("backup", "FOLDER").exit_code == 1


def test_pages_that_are_missing_end_it_with_1(run, tmp_path: Path):
    next((tmp_path / "data" / "archive").glob("*.warc.gz")).unlink()
    made = run("backup", "FOLDER")
    assert made.exit_code == 1
    assert "pages are missing in 1 of the files" in made.output
