"""By which words a re-crawl that was interrupted is known again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from control.cli_recrawl import _Asked


def words(file: Path) -> str:
    return _Asked(outlets=["jpost"], published=None, story=None, query=None, due=False, file=file).words


def test_a_list_of_addresses_that_was_edited_is_another_order(tmp_path: Path):
    file = tmp_path / "urls.txt"
    file.write_text("https://jpost.example/a\n")
    first = words(file)
    assert first == words(file)
    assert first.startswith(f"--outlet jpost --file {file} (")
    file.write_text("https://jpost.example/a\nhttps://jpost.example/b\n")
    assert words(file) != first


def test_beyond_the_cap_is_another_order():
    asked = _Asked(outlets=["jpost"], published=None, story=None, query=None, due=False, file=None)
    assert asked.words == "--outlet jpost"
    assert replace(asked, is_capped=False).words == "--outlet jpost --beyond-cap"
