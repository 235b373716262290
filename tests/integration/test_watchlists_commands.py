"""`presswatch watchlists`, as an analyst types it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from control.cli import cli
from control.settings import Settings
from control.watching import watcher_from
from tests.pressroom import NOW, fill, pressroom
from tests.watching import WatchStore

#: The store's articles are of a day in the past.
BACK = str((datetime.now(UTC) - NOW + timedelta(days=40)).days)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    with pressroom(f"sqlite:///{folder}/presswatch.sqlite3", folder) as room:
        WatchStore(room).watchlists.add(name="harbour", query="harbour OR بندر", token="h" * 32, now=NOW)
        fill(room)
        watcher = watcher_from(Settings(), WatchStore(room), lambda: NOW)
        while watcher.step():
            continue
    return folder


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESSWATCH_DATA_DIR", str(folder))
    monkeypatch.setenv("PRESSWATCH_SMTP_URL", "smtp://127.0.0.1:25")
    monkeypatch.setenv("PRESSWATCH_MAIL_FROM", "watch@example.org")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["watchlists", *words] if words[0] != "channels" else words)


def test_a_query_is_tried_with_its_days_and_samples(tmp_path: Path):
    picture = tmp_path / "hits.svg"
    told = run("test", "harbour NOT zeppelin", "--days", BACK, "--svg", str(picture))
    assert told.exit_code == 0, told.output
    assert "articles answer" in told.output
    assert "[harbour]" in told.output.lower()
    assert picture.read_text().startswith("<svg")
    as_json = json.loads(run("test", "harbour", "--days", BACK, "--json").output)
    assert as_json["found"] == sum(as_json["by_day"].values()) > 0
    assert run("test", "harbour", "--days", "1").output.splitlines()[-1].startswith("0 of 0")


def test_a_query_that_cannot_be_read_is_refused_with_its_place():
    told = run("add", "x", "harbour AND (oil")
    assert told.exit_code != 0
    assert "at character 17: expected )" in told.output
    assert told.output.splitlines()[-1].strip() == "^"


def test_a_watchlist_is_added_shown_changed_and_removed():
    told = run("add", "pilots", "pilots OR night", "--copies-of", "gazette")
    assert (told.exit_code, "/feeds/watchlists/" in told.output) == (0, True)
    assert "already" in run("add", "pilots", "x").output
    assert "no outlet is called 'nowhere'" in run("add", "other", "x", "--copies-of", "nowhere").output
    assert "has 1 to 80 letters" in run("add", "<b>", "x").output
    before = json.loads(run("show", "pilots", "--json").output)
    assert (before["copy_outlets"], before["matches"]) == (["gazette"], [])
    assert run("edit", "pilots", "--name", "crews", "--new-token", "--no-copies-of", "--copies").exit_code == 0
    after = json.loads(run("show", "crews", "--json").output)
    assert after["token"] != before["token"]
    assert (after["copy_outlets"], after["tells_copies"], after["query"]) == ([], True, before["query"])
    assert "found the end" in run("edit", "crews", "--query", "a AND").output
    assert "character 3" in run("edit", "crews", "--query", "a or b").output
    assert run("edit", "crews", "--pause").exit_code == 0
    assert "paused" in run("list").output
    assert run("remove", "crews").exit_code == 0
    assert "there is no watchlist 'crews'" in run("show", "crews").output


def test_the_past_is_told_once_on_demand():
    run("add", "past", "pilots")
    count = run("deliver", "past", "--days", BACK, "--dry-run").output.split()[0]
    assert int(count) > 0
    assert (
        f"{count} articles answer past, {count} of them were not told" in run("deliver", "past", "--days", BACK).output
    )
    assert "0 of them were not told" in run("deliver", "past", "--days", BACK).output
    assert "past    The Harbour Gazette" in run("show", "past").output


def test_why_shows_the_marked_passage_or_that_there_is_none():
    found = json.loads(run("show", "harbour", "--json").output)["matches"]
    number = str(found[0]["article"]["id"])
    told = run("why", "harbour", number)
    assert "Matched" in told.output
    assert "[harbour]" in told.output.lower() or "[بندر]" in told.output
    run("add", "nothing", "zeppelin")
    assert "It is no match of nothing" in run("why", "nothing", number).output
    assert run("why", "harbour", "99999").exit_code != 0


def test_entities_are_listed_and_an_own_file_wins(folder: Path):
    assert "@hezbollah" in run("entities").output
    own = folder / "entities"
    own.mkdir()
    (own / "mine.toml").write_text('[hezbollah]\nname = "H"\nkind = "organisation"\naliases = ["pilots"]\n')
    try:
        assert "found as: pilots" in run("entities", "@hezbollah").output
        assert json.loads(run("test", "@hezbollah", "--days", BACK, "--json").output)["found"] > 0
        (own / "mine.toml").write_text("[hezbollah]\nname = 7\n")
        told = run("entities")
        assert (told.exit_code, "mine.toml" in told.output) == (1, True)
    finally:
        (own / "mine.toml").unlink()
        own.rmdir()
    assert "there is no entity @nobody" in run("entities", "nobody").output


def test_a_channel_is_bound_to_a_watchlist_by_webhook_or_mail():
    assert run("channels", "add", "hook", "https://desk.example/h", "--watchlist", "harbour").exit_code == 0
    assert run("channels", "add", "mail", "mailto:desk@example.org", "--watchlist", "harbour").exit_code == 0
    assert "only watchlist harbour" in run("channels", "list").output
    both = run("channels", "add", "b", "https://desk.example/h", "--watchlist", "harbour", "--alerts")
    assert "put these into the watchlist's query" in both.output
    assert "no watchlist" in run("channels", "add", "c", "https://desk.example/h", "--watchlist", "nowhere").output
