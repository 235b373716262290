"""`presswatch archive`: the chain proved, a flipped byte named, a crash mended, segments converted."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from storage.archive.exclusion import kept_still
from storage.archive.walking import steps
from storage.sql.engine import open_engine, writing
from storage.sql.schema import revisions
from storage.sql.words_digest import words_digest
from tests.integration.hostileweb import HostileOutlet, answer, hostile_web, page, rss
from tests.integration.smalloutlet import SmallOutlet

pytestmark = pytest.mark.timeout(180)
NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, HostileOutlet]]:
    """Three articles; the second is behind a name that answers with the same bytes as the third."""
    folder = tmp_path_factory.mktemp("crawled")
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {"/feed": rss(*(f"{web.base}/2026/{name}" for name in NAMES))}
        web.routes |= {f"/2026/{name}": answer(200, page(f"Article {name}")) for name in NAMES}
        assert SmallOutlet(folder, web.base).crawl() == {"stored": 3}
        yield folder, web


@pytest.fixture
def outlet(crawled: tuple[Path, HostileOutlet], tmp_path: Path) -> SmallOutlet:
    folder, web = crawled
    made = SmallOutlet(tmp_path, web.base)
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(folder / "data", tmp_path / "data")
    return made


def warc_of(outlet: SmallOutlet) -> Path:
    (file,) = (outlet.folder / "data" / "archive").glob("*.warc.gz")
    return file


def test_an_archive_as_it_was_written_verifies(outlet: SmallOutlet):
    found = json.loads(outlet.run("archive", "verify", "--json", "--processes", "1"))
    assert found == {
        "captures": 3,
        "deleted": 0,
        "records": 10,
        "bytes": warc_of(outlet).stat().st_size,
        "revisions": 3,
        "revisions_without_digest": 0,
        "read_again": 0,
        "not_read_again": 0,
        "problems": [],
    }
    assert outlet.run("archive", "recover") == "nothing to mend\n"


def test_the_record_in_which_one_byte_was_flipped_is_named(outlet: SmallOutlet):
    file = warc_of(outlet)
    data = bytearray(file.read_bytes())
    step = next(step for step in reversed(list(steps(file))) if step.record.kind == "response")
    data[step.offset + step.length // 2] ^= 0x10
    file.write_bytes(data)
    done = outlet.try_to("archive", "verify", "--json", "--processes", "1")
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)["problems"]
    assert (problem["file"], problem["offset"]) == (file.name, step.offset)
    assert problem["url"] == step.record.headers["warc-target-uri"]


def test_words_that_were_changed_in_the_store_are_named(outlet: SmallOutlet):
    url = f"{outlet.base}/2026/two"
    with closing(sqlite3.connect(outlet.folder / "data" / "presswatch.sqlite3")) as connection, connection:
        connection.execute("UPDATE revisions SET body = 'I' || substr(body, 2) WHERE title LIKE '%two'")
    done = outlet.try_to("archive", "verify", "--json", "--processes", "1")
    (problem,) = json.loads(done.stdout)["problems"]
    assert (done.returncode, problem["url"]) == (1, url)
    assert "its stored words are not those that were read" in problem["problem"]
    proof = outlet.try_to("archive", "prove", url)
    assert (proof.returncode, "DOES NOT HOLD: its stored words" in proof.stdout) == (1, True)


def test_words_that_were_changed_with_all_their_digests_are_read_again_and_named(outlet: SmallOutlet):
    engine = open_engine(f"sqlite:///{outlet.folder}/data/presswatch.sqlite3")
    with writing(engine) as connection:
        row = dict(connection.execute(select(revisions).where(revisions.c.id == 2)).mappings().one())
        forged = {**row, "body": "Forged words.", "content_digest": "f" * 64}
        told = {name: forged[name] for name in ("body", "content_digest")}
        changing = update(revisions).where(revisions.c.id == 2)
        connection.execute(changing.values(**told, words_digest=words_digest(forged)))
    engine.dispose()
    assert "all is as it was written" in outlet.run("archive", "verify", "--processes", "1")
    done = outlet.try_to("archive", "verify", "--words", "--json", "--processes", "1")
    found = json.loads(done.stdout)
    assert (done.returncode, found["read_again"], found["not_read_again"]) == (1, 3, 0), done.stderr
    (problem,) = found["problems"]
    assert f"reads another text from capture {row['capture_id']} than is stored" in problem["problem"]


def test_what_the_store_says_otherwise_is_named(outlet: SmallOutlet):
    changes = {
        "time": "UPDATE captures SET fetched_at = fetched_at + 1000000 WHERE id = 1",
        "status": "UPDATE captures SET status = 201 WHERE id = 1",
        "address": "UPDATE captures SET final_url = final_url || 'x' WHERE id = 1",
        "header": "UPDATE captures SET headers = replace(headers, 'text/html', 'text/plain') WHERE id = 1",
        "body": "UPDATE captures SET digest = (SELECT digest FROM captures WHERE id = 2) WHERE id = 1",
        "no such record": "UPDATE captures SET record_offset = 5 WHERE id = 1",
        "another article's": "UPDATE revisions SET capture_id = 1 WHERE capture_id = 2",
        "the file is lost": "UPDATE captures SET record_segment = 'gone.warc.gz' WHERE id = 1",
    }
    store = outlet.folder / "data" / "presswatch.sqlite3"
    whole = store.read_bytes()
    for what, statement in changes.items():
        store.write_bytes(whole)
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute(statement)
        done = outlet.try_to("archive", "verify", "--processes", "1")
        assert done.returncode == 1, what
        assert what in done.stdout


def test_an_index_that_does_not_agree_is_told_and_made_anew(outlet: SmallOutlet):
    (index,) = (outlet.folder / "data" / "archive").glob("*.cdxj")
    whole = index.read_text()
    index.write_text(whole.replace('"status": "200"', '"status": "404"', 1))
    assert "`presswatch archive recover --all` makes it anew" in outlet.try_to("archive", "verify").stdout
    outlet.run("archive", "recover", "--all")
    assert index.read_text() == whole


def test_the_chain_of_an_article_is_proved(outlet: SmallOutlet):
    url = f"{outlet.base}/2026/two"
    chain = json.loads(outlet.run("archive", "prove", url, "--json"))
    (revision,), (link,) = chain["revisions"], chain["captures"]
    body = page("Article two")
    assert chain["holds"] is True
    assert revision["capture_id"] == link["capture"]["id"]
    assert link["capture"]["digest"] == link["proof"]["body_digest"] == hashlib.sha256(body).hexdigest()
    assert link["proof"]["ip"] == "127.0.0.2"
    assert link["proof"]["request"][0] == "GET /2026/two HTTP/1.1"
    assert link["proof"]["response"][0] == "HTTP/1.1 200 Said"
    assert link["found"]["source_url"] == f"{outlet.base}/feed"
    file = warc_of(outlet)
    record = next(step for step in steps(file) if step.offset == link["record"]["offset"])
    assert (file.name, record.length) == (link["record"]["segment"], link["record"]["length"])
    told = outlet.run("archive", "prove", url)
    assert "recomputed just now: it holds" in told
    assert f"{file.name} at {record.offset}, {record.length} bytes (response)" in told


def test_a_chain_that_does_not_hold_says_so(outlet: SmallOutlet):
    file = warc_of(outlet)
    file.write_bytes(file.read_bytes()[:600])
    done = outlet.try_to("archive", "prove", f"{outlet.base}/2026/three")
    assert done.returncode == 1
    assert "DOES NOT HOLD" in done.stdout


def test_a_chain_that_the_store_tells_otherwise_does_not_hold(outlet: SmallOutlet):
    store = outlet.folder / "data" / "presswatch.sqlite3"
    whole = store.read_bytes()
    changes = {
        "its time is": "UPDATE captures SET fetched_at = fetched_at - 86400000000",
        "or is another article's": "UPDATE revisions SET capture_id = capture_id + 1",
    }
    for what, statement in changes.items():
        store.write_bytes(whole)
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute(statement)
        done = outlet.try_to("archive", "prove", f"{outlet.base}/2026/three")
        assert (done.returncode, "DOES NOT HOLD" in done.stdout, what in done.stdout) == (1, True, True), done.stdout


@pytest.mark.parametrize("command", ["verify", "convert"])
def test_the_archive_is_left_alone_while_its_files_are_written_anew(command: str, outlet: SmallOutlet):
    with kept_still(outlet.folder / "data" / "archive", is_exclusive=True):
        done = outlet.try_to("archive", command)
    assert done.returncode == 1
    assert "try again once it has ended" in done.stderr


def as_segments(folder: Path) -> dict[int, str]:
    """Puts the captures into a segment file, as an older version kept them; their bodies' digests."""
    archive, frames, digests = folder / "archive", b"", {}
    (file,) = archive.glob("*.warc.gz")
    bodies = {step.offset: step.record.body for step in steps(file) if step.record.kind == "response"}
    with closing(sqlite3.connect(folder / "presswatch.sqlite3")) as store, store:
        for number, offset, digest in store.execute("SELECT id, record_offset, digest FROM captures").fetchall():
            frame = b"\x01" + zlib.compress(bodies[offset], 1)
            store.execute(
                'UPDATE bodies SET segment = ?, "offset" = ?, length = ? WHERE digest = ?',
                ["old.bodies", len(frames), len(frame), digest],
            )
            frames, digests[number] = frames + frame, digest
        store.execute("UPDATE captures SET record_segment = NULL, record_offset = NULL, record_length = NULL")
    (archive / "old.bodies").write_bytes(frames)
    for path in (*archive.glob("*.warc.gz"), *archive.glob("*.cdxj")):
        path.unlink()
    return digests


def test_segments_of_an_older_version_verify_and_are_converted(outlet: SmallOutlet):
    digests = as_segments(outlet.folder / "data")
    assert "3 captures, 0 records" in outlet.run("archive", "verify", "--processes", "1")
    assert "recomputed just now: it holds" in outlet.run("archive", "prove", f"{outlet.base}/2026/one")
    told = outlet.run("archive", "convert")
    assert told.splitlines() == [
        "3 captures are in WARC files now",
        "nothing refers to 1 segment files any more; --remove deletes them",
    ]
    assert outlet.run("archive", "convert", "--remove").splitlines()[-1] == "removed old.bodies"
    assert "3 captures, 7 records" in outlet.run("archive", "verify", "--processes", "1")
    chain = json.loads(outlet.run("archive", "prove", f"{outlet.base}/2026/one", "--json"))
    (link,) = chain["captures"]
    assert link["capture"]["digest"] == digests[link["capture"]["id"]]
    assert link["proof"]["date"][:19] == link["capture"]["fetched_at"][:19]
    assert ["head", "rebuilt from the stored headers"] in link["proof"]["told"]


def test_a_body_that_segments_have_lost_stays_where_it_is_and_is_told(outlet: SmallOutlet):
    as_segments(outlet.folder / "data")
    old = outlet.folder / "data" / "archive" / "old.bodies"
    old.write_bytes(old.read_bytes()[:-5])
    done = outlet.try_to("archive", "convert", "--remove")
    assert done.returncode == 1
    assert "2 captures are in WARC files now; 1 cannot be read and stay as they are" in done.stdout
    assert old.exists()
    assert outlet.try_to("archive", "verify", "--processes", "1").returncode == 1


def test_captures_are_exported_as_warc_with_what_a_revisit_refers_to(outlet: SmallOutlet, tmp_path: Path):
    target = tmp_path / "all.warc.gz"
    told = json.loads(outlet.run("archive", "export", str(target), "--outlet", "small", "--json"))
    assert (told["captures"], told["lost"]) == (3, [])
    kept = {step.record.block for step in steps(warc_of(outlet)) if step.record.kind != "warcinfo"}
    assert {step.record.block for step in steps(target) if step.record.kind != "warcinfo"} == kept
    with target.open("rb") as stream:
        kinds = [record.rec_type for record in WarcioIterator(stream, check_digests="raise")]
    assert kinds == ["warcinfo", *["response", "request", "metadata"] * 3]
    refused = outlet.try_to("archive", "export", str(target))
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    none = json.loads(outlet.run("archive", "export", str(tmp_path / "n.warc.gz"), "--fetched", "2001", "--json"))
    assert none["captures"] == 0


def test_a_package_is_what_the_specification_of_wacz_asks_for(outlet: SmallOutlet, tmp_path: Path):
    """https://specs.webrecorder.net/wacz/1.1.1/"""
    target = tmp_path / "two.wacz"
    outlet.run("archive", "export", str(target), "--query", '"Article two"')
    with zipfile.ZipFile(target) as package:
        assert package.testzip() is None
        listed = package.read("datapackage.json")
        told = json.loads(listed)
        assert (told["profile"], told["wacz_version"]) == ("data-package", "1.1.1")
        assert json.loads(package.read("datapackage-digest.json")) == {
            "path": "datapackage.json",
            "hash": f"sha256:{hashlib.sha256(listed).hexdigest()}",
        }
        paths = {resource["path"] for resource in told["resources"]}
        assert paths == {"archive/data.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl"}
        assert paths | {"datapackage.json", "datapackage-digest.json"} == set(package.namelist())
        for resource in told["resources"]:
            data = package.read(resource["path"])
            assert (resource["bytes"], resource["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        assert package.getinfo("archive/data.warc.gz").compress_type == zipfile.ZIP_STORED
        head, page_line = (json.loads(line) for line in package.read("pages/pages.jsonl").splitlines())
        assert head["format"] == "json-pages-1.0"
        assert (page_line["url"], page_line["title"]) == (f"{outlet.base}/2026/two", "Article two")
        (line,) = package.read("indexes/index.cdxj").decode().splitlines()
        place = json.loads(line.split(" ", 2)[2])
        warc = package.read(f"archive/{place['filename']}")
        member = warc[int(place["offset"]) :][: int(place["length"])]
        record = next(iter(WarcioIterator(io.BytesIO(member), check_digests="raise")))
        assert record.rec_headers.get_header("WARC-Target-URI") == page_line["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest") == place["digest"]
