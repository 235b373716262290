"""`presswatch archive import`: pages of WARC files made by others become articles of their time; nothing is fetched."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from control.opening import open_from
from control.replaying import ArchiveReplayer
from control.settings import Settings
from crawler.discovery.urls import fingerprint
from storage.records import AnswerKind, ArticleDetail, Candidate, EventKind, ReplayedPage, VisitOutcome, VisitReport
from storage.store import Store
from tests import commands
from tests.stores import lay_store
from tests.unit.crawler.replay.test_pictures_shown import PNG

pytestmark = pytest.mark.timeout(180)
BASE = "https://bridges.example"
OUTLET = f'name = "Bridges"\nhome = "{BASE}/"\n[[source]]\nkind = "feed"\nurl = "{BASE}/feed"\n'
OTHER = "https://unknown.example/2020/05/01/a-story-of-another-outlet"


def url_of(number: int) -> str:
    return f"{BASE}/2020/05/0{number}/bridge-{number}-of-the-river"


def page(number: int, closing: str = "") -> bytes:
    text = "".join(f"<p>Bridge {number} over the river was spoken of at length by council {c}.</p>" for c in "abcdefgh")
    return f"""<html lang=en><head><title>Bridge {number} is to be mended</title>
    <meta property="article:published_time" content="2020-05-0{number}T08:00:00Z"></head><body><article>
    <h1>Bridge {number} is to be mended</h1>{text}{closing}</article></body></html>""".encode()


def warc(*pages: tuple[str, str, bytes], status: str = "200 OK") -> bytes:
    """(URL, time, body) as response records, a gzip member each."""
    return b"".join(gzip.compress(_record(*each, status)) for each in pages)


def _record(url: str, moment: str, body: bytes, status: str) -> bytes:
    block = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".encode() + body
    return bare_record(url, moment, block, "WARC-IP-Address: 203.0.113.7")


def bare_record(url: str, moment: str, block: bytes, *fields: str, kind: str = "response", length: int = 0) -> bytes:
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {moment}", *fields]
    lines += [f"Content-Length: {length or len(block)}", "", ""]
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


EDITED = page(1, "<p>The council has since voted against the mending of this bridge, and the mayor agreed.</p>")
FILE = warc(
    (url_of(2), "2020-05-02T09:00:00Z", page(2)),
    (url_of(1), "2020-05-04T09:00:00Z", EDITED),  # captured later, written earlier
    (url_of(1), "2020-05-01T09:00:00Z", page(1)),
    (url_of(1), "2020-05-01T09:00:00Z", page(1)),
    (OTHER, "2020-05-01T09:00:00Z", page(3)),
    (f"{BASE}/tag/rivers", "2020-05-01T09:00:00Z", page(3)),
    (url_of(5), "2999-05-01T09:00:00Z", page(5)),
) + warc((url_of(6), "2020-05-06T09:00:00Z", b"gone"), status="404 Not Found")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "bridges.toml").write_text(OUTLET, encoding="utf-8")
    lay_store(tmp_path)
    (tmp_path / "CC-NEWS.warc.gz").write_bytes(FILE)
    return tmp_path


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    presswatch(data, "outlets", "list")  # loads the outlet
    store = open_from(Settings(data_dir=data))
    yield store
    store.close()


def presswatch(folder: Path, *words: str, status: int = 0) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")}
    env |= {"PRESSWATCH_DATA_DIR": str(folder), "PRESSWATCH_CATALOGUE": str(folder / "outlets")}
    done = commands.run(*words, env=env)
    assert done.returncode == status, done.stderr
    return done.stdout + (done.stderr if status else "")


def imported(data: Path, *files: Path, status: int = 0) -> dict:
    names = [str(file) for file in files or (data / "CC-NEWS.warc.gz",)]
    told = presswatch(data, "archive", "import", *names, "--processes", "1", "--json", status=status)
    return json.JSONDecoder().raw_decode(told)[0]


def article(store: Store, number: int) -> ArticleDetail:
    found = store.crawl.known_articles([fingerprint(url_of(number))])
    return store.library.article(found[fingerprint(url_of(number))])


def at(day: int) -> datetime:
    return datetime(2020, 5, day, 9, tzinfo=UTC)


def test_pages_become_articles_and_revisions_of_their_time_and_no_news(data: Path, store: Store):
    report = imported(data)
    assert report["taken"] == {"bridges": {"stored": 2, "revised": 1, "duplicate": 1}}
    assert report["left"] == {"": {"off-site": 1}, "bridges": {"no-time": 1, "not-an-article": 1, "status": 1}}
    assert report["sites"] == {"unknown.example": 1}

    first = article(store, 1)
    assert [revision.seen_at for revision in first.revisions] == [at(4), at(1)]
    assert first.summary.first_seen_at == at(1)
    assert "voted against" in first.revisions[0].body

    events = [
        event
        for event in store.events.since(0, 99)
        if event.kind in {EventKind.ARTICLE_STORED, EventKind.ARTICLE_REVISED}
    ]
    assert [event.is_news for event in events] == [False] * 3
    second = article(store, 2).summary.id
    assert [event.article_id for event in events] == [first.summary.id, second, first.summary.id]  # in order of time
    assert store.seen.seen([fingerprint(url_of(1))]) == [True]
    store.close()

    verified = json.loads(presswatch(data, "archive", "verify", "--json", "--processes", "1"))
    assert verified["problems"] == []
    proof = presswatch(data, "archive", "prove", url_of(1))
    assert "2020-05-01" in proof
    assert "CC-NEWS.warc.gz" in proof
    assert "203.0.113.7" in proof
    again = imported(data)
    assert again["taken"] == report["taken"]
    with closing(open_from(Settings(data_dir=data))) as once_more:
        assert once_more.evidence.capture_count() == verified["captures"] == 3


def test_what_is_known_from_another_file_or_newer_or_read_otherwise_before_is_no_revision(data: Path, store: Store):
    """An older capture is kept all the same; an ARC file and a package with zstd frames are read as others are."""
    later, package = data / "later.arc.gz", data / "mine.wacz"
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + EDITED
    head = f"{url_of(1)} 203.0.113.7 20200504090000 text/html {len(block)}\n"
    later.write_bytes(gzip.compress(head.encode() + block + b"\n"))
    imported(data, later)
    with closing(sqlite3.connect(data / "presswatch.sqlite3")) as database, database:
        database.execute("UPDATE revisions SET extractor = 'presswatch-0', title = 'Menu', content_digest = '0'")
    with zipfile.ZipFile(package, "w") as out:
        same, earlier = (url_of(1), "2020-05-04T09:00:00Z", EDITED), (url_of(1), "2020-05-01T09:00:00Z", page(1))
        another = (url_of(1), "2020-05-06T09:00:00Z", EDITED + b"<!-- of another server -->")
        third = (url_of(3), "2020-05-03T09:00:00Z", page(3))
        frames = (zstandard.compress(_record(*each, "200 OK")) for each in (same, earlier, another, third))
        out.writestr("archive/other.warc.zst", b"".join(frames))
    assert imported(data, package)["taken"] == {"bridges": {"duplicate": 1, "stored": 1, "unchanged": 2}}
    assert len(article(store, 1).revisions) == 1
    assert store.evidence.capture_count() == 4


def await_fetch(store: Store, url: str) -> None:
    """Has an address wait to be fetched."""
    (source,) = store.crawl.sources_of(["bridges"])
    now = datetime.now(UTC)
    store.crawl.record_visit(
        VisitReport(
            source_id=source.id,
            started_at=now,
            finished_at=now,
            outcome=VisitOutcome.READ,
            next_due_at=now,
            status=200,
            bytes_received=1,
            listed=1,
            candidates=(Candidate(url=url, key=fingerprint(url), found_url=url),),
        )
    )


def test_odd_records_are_read_or_told_of_and_what_waits_to_be_fetched_stays_news(data: Path, store: Store):
    await_fetch(store, url_of(7))
    day, ok = "2020-05-0{}T09:00:00Z".format, b"HTTP/1.1 200 OK\r\n"
    html, chunked = ok + b"Content-Type: text/html\r\n\r\n", ok + b"Transfer-Encoding: chunked\r\n\r\n"
    in_chunks = chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(page(2)), page(2))
    by_address = [f"WARC-Refers-To-Target-URI: {url_of(1)}", "WARC-Refers-To-Date: 2020-05-01T09:00:00.5Z"]
    odd, second = data / "odd.warc.gz", data / "second.warc"
    records = [
        bare_record(url_of(1), day(5), html, *by_address, kind="revisit"),  # its body is in the other file
        bare_record(url_of(1), day(6), html, "WARC-Refers-To: <urn:uuid:none>", kind="revisit"),
        bare_record(url_of(2), day(2), in_chunks),  # and no type
        bare_record(url_of(3), day(3), in_chunks[:-99]),
        bare_record(url_of(3), day(3), html + page(3), "WARC-Truncated: length"),
        bare_record(url_of(3), day(3), html + page(3), length=2 * 1024**3),
        bare_record(url_of(4), day(4), b""),
        *(bare_record(url, day(4), html + page(4)) for url in ("dns:bridges.example", "ftp://bridges.example/a-b-c-d")),
        *(bare_record(f"http://{host}/2020/05/a-b-c-d", day(4), html + page(4)) for host in ("127.0.0.1", "[::1]")),
        bare_record(f"{BASE}:99999/2020/05/a-b-c-d", day(4), html + page(4)),
    ]
    odd.write_bytes(b"".join(map(gzip.compress, records)))
    second.write_bytes(bare_record(url_of(1), day(1), html + page(1)) + bare_record(url_of(7), day(7), html + page(7)))
    report = imported(data, odd, second, status=1)
    assert report["taken"] == {"bridges": {"stored": 2, "unchanged": 1, "damaged": 1, "waiting": 1}}
    assert store.crawl.pending_count()[0] == 1
    assert [sentence.partition(":")[0] for sentence in report["damage"]] == [
        f"odd.warc.gz, at {sum(map(len, map(gzip.compress, records[:number]))):,}" for number in (5, 3)
    ]
    assert report["left"].pop("") == {"damaged": 1, "off-site": 5}
    assert report["left"] == {"bridges": {"cut-off": 1, "no-body": 1, "not-http": 1}}
    assert [revision.seen_at for revision in article(store, 1).revisions] == [at(1)]
    assert store.evidence.capture_count() == 3


def test_a_dry_run_tells_and_takes_nothing_in(data: Path, store: Store):
    """What an import that was killed left is tidied up all the same."""
    (data / "import-left").mkdir()
    (data / "import-left" / "lock").touch()
    os.utime(data / "import-left" / "lock", (0, 0))
    told = presswatch(data, "archive", "import", str(data / "CC-NEWS.warc.gz"), "--dry-run")
    assert "4 captures of 2020-05-01 to 2020-05-04 are of known outlets" in told
    assert "unknown.example (1)" in told
    assert not list(data.glob("import-*"))
    assert store.evidence.capture_count() == 0


def test_what_is_no_archive_is_told_with_its_place(data: Path):
    bad = data / "bad.warc"
    bad.write_bytes(b"GIF89a")
    assert "bad.warc, at 0: " in imported(data, bad, status=1)["damage"][0]
    broken = data / "broken.wacz"
    broken.write_bytes(b"PK\x03\x04nothing")
    assert "cannot be taken in" in presswatch(data, "archive", "import", str(broken), status=1)


def test_pictures_that_the_files_hold_come_along_and_are_shown_with_the_page(data: Path, store: Store):
    shown = page(
        1, '<img src="https://cdn.example/river.png" alt="The river"><img src="/drawing.png"><img src="/none.png">'
    )
    of_picture = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    records = [
        _record(url_of(1), "2020-05-01T09:00:00Z", shown, "200 OK"),
        bare_record("https://cdn.example/river.png", "2020-05-01T09:00:01Z", of_picture + PNG),
        bare_record(f"{BASE}/drawing.png", "2020-05-01T09:00:02Z", of_picture + svg),
        bare_record(f"{BASE}/of-no-page.png", "2020-05-01T09:00:03Z", of_picture + PNG),
    ]
    (data / "browsed.warc.gz").write_bytes(b"".join(map(gzip.compress, records)))
    imported(data, data / "browsed.warc.gz")
    (captured,) = article(store, 1).captures
    kept = store.evidence.capture(captured.id)
    assert [(each.url, each.kind) for each in kept.pictures] == [("https://cdn.example/river.png", AnswerKind.PICTURE)]
    assert kept.hops == ()
    replayer = ArchiveReplayer(
        store.evidence, store.bodies, data / "archive", software="test", clock=lambda: datetime.now(UTC)
    )
    looked = replayer.page(kept, with_pictures=True)
    assert isinstance(looked, ReplayedPage)
    assert looked.html.count('<img src="data:image/png;base64,') == 1
    assert "all is as it was written" in presswatch(data, "archive", "verify", "--processes", "1")


def revisit(
    url: str, day: int, *fields: str, own: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
) -> bytes:
    return gzip.compress(bare_record(url, f"2020-05-{day:02}T09:00:00Z", own, *fields, kind="revisit"))


def of(number: int, moment: str) -> tuple[str, str]:
    return f"WARC-Refers-To-Target-URI: {url_of(number)}", f"WARC-Refers-To-Date: {moment}"


def sha1(body: bytes) -> str:
    return f"WARC-Payload-Digest: sha1:{base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()}"


def test_a_revisit_of_a_stored_page_is_found_by_address_and_second_or_by_digest(data: Path, store: Store):
    imported(data)
    later = data / "later.warc.gz"
    later.write_bytes(
        revisit(url_of(2), 11, *of(2, "2020-05-02T09:00:00.7Z"))
        + revisit(url_of(1), 12, sha1(page(1)))  # what stood there before the edit is there again
        + revisit(url_of(2), 13, sha1(page(2)), *of(2, "2020-05-02T09:00:00Z"), own=b"")
        + revisit(url_of(8), 8, f"WARC-Payload-Digest: sha256:{hashlib.sha256(page(2)).hexdigest()}")
    )
    report = imported(data, later)
    assert report["taken"] == {"bridges": {"stored": 1, "revised": 1, "unchanged": 2}}
    assert report["left"] == {}
    first = article(store, 1)
    assert [(revision.seen_at.day, "voted against" in revision.body) for revision in first.revisions] == [
        (12, False), (4, True), (1, False),
    ]  # fmt: skip
    assert first.revisions[0].body == first.revisions[2].body
    assert article(store, 8).revisions[0].title == article(store, 2).revisions[0].title
    store.close()
    verified = json.loads(presswatch(data, "archive", "verify", "--json", "--processes", "1"))
    assert (verified["captures"], verified["problems"]) == (7, [])


def test_a_revisit_of_what_is_not_stored_deleted_or_damaged_has_no_body(data: Path, store: Store):
    imported(data)
    odd = [
        revisit(url_of(1), 11, sha1(b"of nothing that is here")),
        revisit(url_of(1), 11, sha1(b"of another page"), *of(1, "2020-05-01T09:00:00Z")),
        revisit(url_of(1), 11, *of(1, "2020-05-01T09:00:01Z")),
        revisit(url_of(1), 11, *of(1, "yesterday")),
        revisit(url_of(1), 11, *of(1, "2020-05-01T09:00:00Z"), own=b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"),
        revisit(url_of(1), 11, "WARC-Refers-To-Target-URI: http://[::1", "WARC-Refers-To-Date: 2020-05-01T09:00:00Z"),
        *(revisit(url_of(1), 11, f"WARC-Payload-Digest: {told}") for told in ("sha1:", "sha256:zz", "md5", "sha9:AA")),
        revisit(url_of(1), 11, "WARC-Record-ID: <urn:a>", "WARC-Refers-To: <urn:b>"),  # each of the other
        revisit(url_of(1), 12, "WARC-Record-ID: <urn:b>", "WARC-Refers-To: <urn:a>"),
    ]
    (data / "odd.warc.gz").write_bytes(b"".join(odd))
    assert imported(data, data / "odd.warc.gz")["left"] == {"bridges": {"no-body": len(odd)}}

    fine = data / "fine.warc.gz"
    fine.write_bytes(revisit(url_of(1), 11, sha1(page(1))) + revisit(url_of(2), 11, *of(2, "2020-05-02T09:00:00Z")))
    with closing(sqlite3.connect(data / "presswatch.sqlite3")) as database, database:
        told = {"digest": hashlib.sha256(page(1)).hexdigest()}
        database.execute("UPDATE bodies SET deleted_by = 1, deleted_at = 1 WHERE digest = :digest", told)
    for file in (data / "archive").glob("*.warc.gz"):
        file.write_bytes(bytes(file.stat().st_size))
    told = imported(data, fine)
    assert (told["left"], told["taken"]) == ({"bridges": {"no-body": 1}}, {"bridges": {"no-body": 1}})
