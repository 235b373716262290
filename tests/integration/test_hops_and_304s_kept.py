"""Redirects on the way to an article and "not modified" answers are in the archive, and in the proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive.walking import steps
from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import html, rss, small_web

pytestmark = pytest.mark.timeout(180)

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12
LISTED, MIDDLE, STORY, OTHER = (
    f"/2026/05/01/{name}" for name in ("short-link", "moved", "story-of-may", "other-story")
)
UNCHANGED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


def article(path: str) -> tuple[int, str, str]:
    head = '<meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {WORDS}</p><p>{WORDS}</p></article>", head)


def records(outlet: SmallOutlet) -> list[tuple[str, str, dict[str, str]]]:
    """(type, URL, headers) of all records, their digests checked by warcio."""
    found = []
    for file in sorted((outlet.folder / "data" / "archive").glob("*.warc.gz")):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                record.content_stream().read()
                headers = dict(record.rec_headers.headers)
                found.append((record.rec_type, headers.get("WARC-Target-URI", ""), headers))
    return found


def test_redirects_and_answers_of_not_modified_are_records_and_a_part_of_the_proof(tmp_path: Path):
    pages = {
        "/feed": rss(LISTED, OTHER),
        LISTED: (301, MIDDLE, "<p>moved for good</p>"),
        MIDDLE: (302, STORY, ""),
        STORY: article(STORY),
        OTHER: article(OTHER),
    }
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base, PRESSWATCH_ARCHIVE_SOURCES="true", PRESSWATCH_NOT_FOUND_DAYS="0")
        web.etags = {path: f'"{path}"' for path in (STORY, OTHER)}
        assert outlet.crawl() == {"stored": 2}
        outlet.run("recrawl", "--outlet", "small")
        assert [status for path, status in web.answered if path == OTHER] == [200, 304]

    chain = json.loads(outlet.run("archive", "prove", web.base + STORY, "--json"))
    assert chain["holds"] is True
    first = chain["captures"][0]
    assert [(hop["answer"]["status"], hop["answer"]["url"]) for hop in first["hops"]] == [
        (301, web.base + LISTED),
        (302, web.base + MIDDLE),
    ]
    assert [hop["proof"]["response"][0].split()[1] for hop in first["hops"]] == ["301", "302"]

    other = json.loads(outlet.run("archive", "prove", web.base + OTHER, "--json"))
    good, later = other["captures"]
    assert (good["capture"]["status"], later["capture"]["status"]) == (200, 304)
    assert later["proof"]["confirms"] == good["proof"]["record_id"]
    assert later["capture"]["digest"] == good["capture"]["digest"]
    told = outlet.run("archive", "prove", web.base + OTHER)
    assert f"confirms  {good['proof']['record_id']}" in told
    assert f"by way of 301 from {web.base}{LISTED}" in outlet.run("archive", "prove", web.base + STORY)

    kept = records(outlet)
    (revisit,) = [headers for kind, url, headers in kept if kind == "revisit" and url == web.base + OTHER]
    assert revisit["WARC-Profile"] == UNCHANGED
    assert revisit["WARC-Refers-To"] == good["proof"]["record_id"]
    assert revisit["WARC-Refers-To-Target-URI"] == web.base + OTHER
    assert {url for kind, url, _ in kept if kind == "response"} == {
        web.base + path for path in ("/feed", LISTED, MIDDLE, STORY, OTHER)
    }

    assert "all is as it was written" in outlet.run("archive", "verify", "--processes", "1")
    outlet.run("archive", "export", str(tmp_path / "all.warc.gz"), "--query", f'"News of {STORY}"')
    exported = {step.record.headers.get("warc-target-uri") for step in steps(tmp_path / "all.warc.gz") if step.record}
    assert {web.base + path for path in (LISTED, MIDDLE, STORY)} <= exported

    place = first["hops"][0]["answer"]["record"]
    file = outlet.folder / "data" / "archive" / place["segment"]
    data = bytearray(file.read_bytes())
    data[place["offset"] + place["length"] // 2] ^= 0x10
    file.write_bytes(data)
    done = outlet.try_to("archive", "verify", "--json", "--processes", "1")
    assert (done.returncode, json.loads(done.stdout)["problems"][0]["url"]) == (1, web.base + LISTED)
    broken = outlet.try_to("archive", "prove", web.base + STORY)
    assert (broken.returncode, "DOES NOT HOLD" in broken.stdout) == (1, True)
