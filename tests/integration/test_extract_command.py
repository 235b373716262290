"""`presswatch extract`: the real command on files and on a page of a loopback outlet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.smallweb import small_web
from tests.integration.test_outlets_commands import Command

PAGE = """<html lang=en><head><title>Town speaks - The Example</title>
<meta property="article:published_time" content="2020-05-09T10:00:00+03:00"><meta name=pubdate content="2020-05-07"><meta property="article:section"
content="Local"><meta property="og:image" content="https://i.example/1.jpg"><meta name=keywords content="Bridges">
</head><body><h1>Town speaks</h1>
<p class=byline>By Anna Ahronheim</p><article>{}</article></body></html>""".format(
    "".join(f"<p>The {word} bridge over the river was spoken of at length by the council.</p>" for word in "abcdefgh")
)


@pytest.fixture
def presswatch(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_a_file_is_read_with_its_provenance_and_beside_trafilatura(presswatch: Command, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    told = presswatch("extract", str(file), "--compare")
    assert told.returncode == 0, told.stderr
    assert "Anna Ahronheim" in told.stdout
    assert "2020-05-09 07:00 UTC" in told.stdout
    assert "from meta article:published_time; not '2020-05-07' (meta pubdate)" in told.stdout
    for line in (
        "section: 'Local' from meta",
        "tags: 'Bridges' from meta",
        "lead image: 'https://i.example/1.jpg' from meta",
    ):
        assert line in told.stdout
    assert "beside plain trafilatura" in told.stdout
    read = json.loads(presswatch("extract", str(file), "--compare", "--json").stdout)
    assert read["article"]["title"] == "Town speaks"
    assert "bridge" in read["trafilatura"]["body"]


def test_what_is_no_page_is_told_without_a_traceback(presswatch: Command, tmp_path: Path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a..........")
    (tmp_path / "empty").write_bytes(b"")
    for words, status, told in [
        ((str(tmp_path / "a.gif"),), 1, "no article"),
        ((str(tmp_path / "empty"),), 1, "The body is empty."),
        ((str(tmp_path / "absent"),), 2, "neither a file nor a URL"),
        ((str(tmp_path / "a.gif"), "--outlet", "nobody"), 2, "no outlet is called"),
        (("http://127.0.0.9:9/x",), 1, "could not be fetched"),
    ]:
        done = presswatch("extract", *words)
        assert done.returncode == status, done
        assert told in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_a_url_is_fetched_by_its_robots_rules(presswatch: Command):
    robots = (200, "text/plain", "User-agent: *\nDisallow: /private\n")
    page = (200, "text/html; charset=utf-8", PAGE)
    with small_web("127.0.0.41", {"/a": page, "/robots.txt": robots, "/private": page}) as web:
        done = presswatch("extract", f"{web.base}/a")
        assert done.returncode == 0, done.stderr
        assert "Anna Ahronheim" in done.stdout
        refused = presswatch("extract", f"{web.base}/private")
        assert "/private" not in web.asked
    assert refused.returncode == 1
    assert "robots" in refused.stderr
