"""Exports: the same articles in every form, whole, streamed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from delivery.exporting.columns import COLUMNS
from delivery.exporting.parquet import duckdb
from tests import commands
from tests.pressroom import Piece, Pressroom, at_minute, pressroom
from tests.webserver import serving

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = '=HYPERLINK("https://evil.example","click")'
COUNT = 230  # more than two batches


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pressroom]:
    folder: Path = tmp_path_factory.mktemp("export")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        room.open_outlets()
        for number in range(COUNT):
            room.publish(
                Piece(
                    outlet="gazette" if number % 2 else "ledger",
                    url=f"https://gazette.example/{number}",
                    title=HOSTILE if number == 7 else f"Harbour “{number}”, ایران",
                    body=f"One, two\n\nthree; {'oil' if number % 10 == 0 else 'grain'}",
                    minutes_ago=COUNT - number,
                    authors=("Anna Reed", 'Tom "T" Hale'),
                    published=at_minute(COUNT - number) if number % 3 else None,
                )
            )
        yield room


@pytest.fixture(scope="module")
def data(room: Pressroom) -> Path:
    return Path(str(room.engine.url.database)).parent


def presswatch(data: Path, *words: str):
    return commands.run(*words, env={"PRESSWATCH_DATA_DIR": str(data), "PRESSWATCH_CONTACT": "desk@example.org"})


def exported(data: Path, *words: str) -> list[dict[str, object]]:
    done = presswatch(data, "export", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_whole_archive_goes_out_newest_first_each_article_once(data: Path):
    rows = exported(data)
    assert [row["url"] for row in rows] == [f"https://gazette.example/{n}" for n in reversed(range(COUNT))]
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert rows[0]["authors"] == ["Anna Reed", 'Tom "T" Hale']
    assert rows[0]["text"] == "One, two\n\nthree; grain"
    assert (rows[2]["published"], rows[1]["published_precision"]) == (None, "minute") or rows[0][
        "published"
    ] is not None


def test_a_query_an_outlet_and_a_period_choose_what_goes_out(data: Path):
    assert len(exported(data, "oil")) == COUNT // 10
    assert {row["outlet"] for row in exported(data, "--outlet", "ledger")} == {"ledger"}
    assert exported(data, "--published", "2020") == []
    assert presswatch(data, "export", "oil AND (").returncode == 1


def test_every_form_holds_the_same(data: Path, tmp_path: Path):
    files = {form: tmp_path / f"some.{form}" for form in ("jsonl", "csv", "parquet")}
    for file in files.values():
        done = presswatch(data, "export", "oil", "--output", str(file))
        assert done.returncode == 0, done.stderr
        assert f"{COUNT // 10} articles were exported" in done.stderr
    lines = [json.loads(line) for line in files["jsonl"].read_text().splitlines()]
    cells = list(csv.DictReader(io.StringIO(files["csv"].read_bytes().decode(), newline="")))
    assert [(row["url"], row["title"], row["text"]) for row in cells] == [
        (r["url"], r["title"], r["text"]) for r in lines
    ]
    asked = f"SELECT url, title, authors, text, epoch(published_at) IS NULL FROM '{files['parquet']}'"
    stored = duckdb().sql(asked).fetchall()
    assert stored == [(r["url"], r["title"], r["authors"], r["text"], r["published_at"] is None) for r in lines]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["some.csv", "some.jsonl", "some.parquet"]


def test_a_headline_that_a_spreadsheet_would_run_is_text(data: Path, tmp_path: Path):
    file = tmp_path / "all.csv"
    presswatch(data, "export", "--output", str(file))
    titles = [row["title"] for row in csv.DictReader(io.StringIO(file.read_bytes().decode(), newline=""))]
    assert f"'{HOSTILE}" in titles
    assert not [title for title in titles if title[0] in "=+-@"]


def test_the_api_streams_what_the_command_writes(room: Pressroom, data: Path):
    with serving(room) as site:
        answer = site.ask("/api/v1/export?q=oil")
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        assert "attachment" in answer.headers["content-disposition"]
        assert [json.loads(line) for line in answer.text.splitlines()] == exported(data, "oil")
        assert site.ask("/api/v1/export?q=oil&form=csv").body.count(b"\r\n") == COUNT // 10 + 1
        assert site.ask("/api/v1/export?q=oil+AND+%28").status == 400


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_who_asks_for_the_headers_alone_has_no_article_read(room: Pressroom, form: str):
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        if "article" in statement:
            asked.append(statement)

    target = f"/api/v1/export?q=oil&form={form}"
    with serving(room) as site:
        event.listen(room.engine, "before_cursor_execute", note)
        try:
            headers = site.ask(target, "HEAD")
            read, asked[:] = list(asked), []
            whole = site.ask(target)
        finally:
            event.remove(room.engine, "before_cursor_execute", note)
    assert (headers.status, headers.body, read) == (200, b"", [])
    assert asked
    for name in ("content-type", "content-disposition"):
        assert headers.headers[name] == whole.headers[name]


def test_the_data_dictionary_is_told_by_the_command_and_the_docs():
    told = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", (ROOT / "docs/export.md").read_text(), re.MULTILINE))
    assert told == {column.name: column.type.value for column in COLUMNS}


def test_a_file_whose_form_cannot_be_told_is_refused(data: Path, tmp_path: Path):
    done = presswatch(data, "export", "--output", str(tmp_path / "some.xls"))
    assert (done.returncode, "--form" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
