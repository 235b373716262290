"""Captures in WARC files: what is put is got back, other readers agree, and what is damaged is told."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fastwarc
import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive import recovering
from storage.archive.appending import is_being_written
from storage.archive.archive import Archive
from storage.archive.cdxj import key_of
from storage.archive.files import Files
from storage.archive.recovering import Mended, recover
from storage.archive.verifying import verify_file
from storage.archive.walking import Step, steps
from storage.errors import BodyMissing
from storage.records import BodyRef
from tests.unit.storage.archive.captured import AT, FOUND, NOISE, PAGE, URL, capture, exchanged

BODIES = {
    "a page": PAGE,
    "nothing": b"",
    "one byte": b"\x00",
    "compressed already": NOISE,
    "every byte": bytes(range(256)) * 50,
    "line ends": b"\r\n\r\n\r\n",
    "a record": b"WARC/1.1\r\nWARC-Type: response\r\n\r\n",
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path)
    yield made
    made.close()


def file_of(folder: Path) -> Path:
    (file,) = folder.glob("*.warc.gz")
    return file


def kinds_in(file: Path) -> list[str]:
    return [step.record.kind if step.record else f"no record: {step.problem}" for step in steps(file)]


@pytest.mark.parametrize("chunks", [None, 0, 1, 7])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_comes_back_as_it_went_and_other_readers_agree(body: bytes, chunks: int | None, tmp_path: Path):
    archive = Archive(tmp_path)
    archive.put(capture(b"before"))
    kept = capture(body) if chunks is None else exchanged(body, chunks=chunks)
    ref = archive.put(kept, FOUND)
    archive.put(capture(b"behind"))
    assert archive.get(ref, kept.digest) == body
    archive.close()
    assert Archive(tmp_path).get(ref, kept.digest) == body
    file = file_of(tmp_path)
    indexed = {int(line["offset"]): line for line in index_in(tmp_path)}
    assert len(indexed) == 3
    with file.open("rb") as stream:
        reader = ArchiveIterator(stream, check_digests=True, no_record_parse=False)
        found = []
        for record in reader:
            content = record.content_stream().read()
            assert record.digest_checker.passed is not False, (record.rec_headers, record.digest_checker.problems)
            if record.rec_type == "response":
                found.append((reader.get_record_offset(), record.rec_headers.get_header("WARC-Payload-Digest")))
                if found[-1][0] == ref.offset:
                    assert content == body
    assert found == [(offset, line["digest"]) for offset, line in sorted(indexed.items())]
    for is_payload in (False, True):
        with file.open("rb") as stream:
            answers = fastwarc.ArchiveIterator(
                stream, parse_http=is_payload, record_types=fastwarc.WarcRecordType.response
            )
            seen = [(r.stream_pos, r.headers["WARC-Payload-Digest"]) for r in answers if is_whole(r, is_payload)]
        assert seen == found


def is_whole(record: fastwarc.WarcRecord, is_payload: bool) -> bool:
    return record.verify_payload_digest() if is_payload else record.verify_block_digest()


def index_in(folder: Path) -> list[dict[str, str]]:
    (index,) = folder.glob("*.cdxj")
    lines = index.read_text().splitlines()
    assert lines == sorted(lines, key=str.encode)
    return [json.loads(line.split(" ", 2)[2]) for line in lines]


def test_heads_chunks_and_trailers_are_kept_byte_for_byte(archive: Archive, tmp_path: Path):
    kept = exchanged(chunks=3, trailer=b"X-Trailer: yes\r\n")
    archive.put(kept, FOUND)
    first, response, request, metadata = (step.record for step in steps(file_of(tmp_path)))
    assert first is not None
    assert first.kind == "warcinfo"
    assert response.block == kept.exchange.response_head + kept.exchange.framed
    assert request.block == kept.exchange.request
    assert response.headers["warc-ip-address"] == "203.0.113.7"
    assert response.headers["warc-date"] == "2026-07-30T12:00:01.250000Z"
    assert request.headers["warc-concurrent-to"] == response.headers["warc-record-id"]
    assert metadata.headers["warc-concurrent-to"] == response.headers["warc-record-id"]
    assert metadata.block.decode().splitlines() == [
        f"body-digest: sha256:{kept.digest}",
        "outlet: jpost",
        "source: https://jpost.example/feed",
        "source-id: 3",
        "candidate: https://jpost.example/news/article-1?utm_source=feed",
        "candidate-id: 7",
        "tls: TLSv1.3",
        "tls-cipher: TLS_AES_256_GCM_SHA384",
        f"tls-certificate: sha256:{'ab' * 32}",
    ]


HOSTILE = {
    "a header that goes on in the next line": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
    "a size of many digits": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"%020x\r\nabc\r\n0\r\n\r\n" % 3),
    "chunks that no header tells of": (b"HTTP/1.1 200 OK\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
    "a head without an end": (b"HTTP/1.1 200 OK\r\n", None),
    "a head that ends twice": (b"HTTP/1.1 200 OK\r\n\nServer: none\r\n\r\n", None),
    "no head": (b"", None),
}  # fmt: skip


@pytest.mark.parametrize(("head", "framed"), HOSTILE.values(), ids=HOSTILE)
def test_what_a_server_sends_in_an_odd_way_is_found_again(
    head: bytes, framed: bytes | None, archive: Archive, tmp_path: Path
):
    kept = exchanged(b"abc")
    assert kept.exchange is not None
    odd = replace(kept, exchange=replace(kept.exchange, response_head=head, framed=framed))
    assert archive.get(archive.put(odd), odd.digest) == b"abc"
    archive.close()
    assert verify_file(Files(folder=tmp_path), file_of(tmp_path).name, []).problems == ()


def test_chunks_that_were_not_kept_are_made_anew_and_told(archive: Archive, tmp_path: Path):
    kept = exchanged(chunks=2)
    kept = replace(kept, exchange=replace(kept.exchange, framed=None))
    ref = archive.put(kept)
    assert archive.get(ref, kept.digest) == PAGE
    metadata = list(steps(file_of(tmp_path)))[-1].record
    assert b"chunks: not kept as they came" in metadata.block


def test_the_same_body_again_is_a_revisit_of_some_hundred_bytes(archive: Archive, tmp_path: Path):
    first = archive.put(exchanged(NOISE), FOUND)
    size = file_of(tmp_path).stat().st_size
    again = archive.put(exchanged(NOISE, at=AT + timedelta(days=1)), FOUND)
    assert (again.segment, again.offset, again.length) == (first.segment, first.offset, first.length)
    assert again.revisit.offset == size
    assert file_of(tmp_path).stat().st_size - size < 2_000
    response, revisit = (step.record for step in steps(file_of(tmp_path)) if step.offset in (first.offset, size))
    assert revisit.kind == "revisit"
    assert revisit.headers["warc-refers-to"] == response.headers["warc-record-id"]
    assert revisit.headers["warc-refers-to-date"] == response.headers["warc-date"]
    assert revisit.headers["warc-payload-digest"] == response.headers["warc-payload-digest"]
    assert archive.get(again, exchanged(NOISE).digest) == NOISE


def test_a_body_of_another_process_is_revisited_only_where_it_is_whole(archive: Archive, tmp_path: Path):
    ref = archive.put(capture())
    other = Archive(tmp_path)
    assert other.put(capture(at=AT + timedelta(hours=1)), known=ref).revisit is not None
    other.close()
    gone = replace(ref, segment="gone.warc.gz")
    third = Archive(tmp_path)
    kept = third.put(capture(), known=gone)
    assert kept.revisit is None
    assert third.get(kept, capture().digest) == PAGE
    third.close()


ODD = {
    "a line end": "https://jpost.example/a\r\nWARC-Type: warcinfo",
    "a space and a letter": "https://jpost.example/a b/é",
    "half a letter": "https://jpost.example/\udc80",
    "NUL": "https://jpost.example/\x00",
    "braces": "https://jpost.example/{offset}/{}",
    "no host": "mailto:x",
    "a bad port": "https://jpost.example:99999999/a",
}


@pytest.mark.parametrize("url", ODD.values(), ids=ODD.keys())
def test_a_url_cannot_write_headers_or_index_lines_of_its_own(url: str, archive: Archive, tmp_path: Path):
    headers = (("X-Odd", "a\r\nb: c\x00é\u2028"), ("Content-Type", "text/\r\nhtml {x}"))
    kept = capture(url=url, headers=headers)
    assert archive.get(archive.put(kept, FOUND), kept.digest) == PAGE
    archive.close()
    assert kinds_in(file_of(tmp_path)) == ["warcinfo", "response", "metadata"]
    assert len(index_in(tmp_path)) == 1
    with file_of(tmp_path).open("rb") as stream:
        assert [record.rec_type for record in ArchiveIterator(stream)] == ["warcinfo", "response", "metadata"]


KEYS = {
    "https://www.jpost.com/News/A?b=2&a=1": "com,jpost)/news/a?a=1&b=2",
    "http://jpost.com:80": "com,jpost)/",
    "https://jpost.com:8443/": "com,jpost:8443)/",
    "http://203.0.113.7/a": "203.0.113.7)/a",
    "https://www.com/": "com,www)/",
}


def test_index_keys_keep_a_site_together():
    assert {url: key_of(url) for url in KEYS} == KEYS


def test_a_full_file_is_followed_by_another(tmp_path: Path):
    archive = Archive(tmp_path, max_file_bytes=5_000)
    noise = [random.Random(number).randbytes(800) for number in range(9)] + [random.Random(99).randbytes(9_000)]
    kept = [(archive.put(capture(body)), capture(body)) for body in noise]
    archive.close()
    files = sorted(tmp_path.glob("*.warc.gz"))
    assert {ref.segment for ref, _ in kept} == {file.name for file in files}
    assert len(files) in range(3, 7)
    assert [file.stat().st_size > 5_000 for file in files] == [False] * (len(files) - 1) + [True]
    assert all(archive.get(ref, made.digest) == made.body for ref, made in kept)
    assert len(list(tmp_path.glob("*.cdxj"))) == len(list(tmp_path.glob("*.warc.gz")))


def test_an_old_file_is_followed_by_another(tmp_path: Path):
    archive = Archive(tmp_path, max_file_age=timedelta(0))
    assert archive.put(capture(b"a")).segment != archive.put(capture(b"b")).segment
    archive.close()


def test_it_goes_on_after_it_was_closed(archive: Archive):
    first = archive.put(capture())
    archive.close()
    archive.close()
    second = archive.put(capture(b"second"))
    assert archive.get(first, capture().digest) == PAGE
    assert archive.get(second, capture(b"second").digest) == b"second"


def test_many_threads_put_at_once(tmp_path: Path):
    archive = Archive(tmp_path, max_file_bytes=20_000)
    kept: list[tuple[BodyRef, bytes]] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(30):
            body = chance.randbytes(chance.randrange(900))
            kept.append((archive.put(capture(body)), body))
            archive.sync()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 120
    assert all(archive.get(ref, hashlib.sha256(body).hexdigest()) == body for ref, body in kept)
    archive.close()


def test_a_damaged_body_is_told_and_never_returned(archive: Archive, tmp_path: Path):
    digest = capture().digest
    ref = archive.put(capture())
    file = file_of(tmp_path)
    whole = file.read_bytes()
    turned = ref.offset + ref.length // 2
    wrong = {
        "another digest": (whole, ref, capture(b"x").digest),
        "an empty file": (b"", ref, digest),
        "a cut tail": (whole[: ref.offset + ref.length - 1], ref, digest),
        "a byte turned": (whole[:turned] + bytes([whole[turned] ^ 1]) + whole[turned + 1 :], ref, digest),
        "a wrong place": (whole, replace(ref, offset=ref.offset + 3), digest),
        "another record": (whole, replace(ref, offset=0), digest),
        "a place behind the end": (whole, replace(ref, offset=10**9), digest),
        "a place before the beginning": (whole, replace(ref, offset=-1), digest),
        "no such file": (whole, replace(ref, segment="gone.warc.gz"), digest),
        "a name with NUL": (whole, replace(ref, segment="a\x00.warc.gz"), digest),
    }
    for case, (data, place, name) in wrong.items():
        file.write_bytes(data)
        with pytest.raises(BodyMissing):
            pytest.fail(f"{case}: {archive.get(place, name)[:20]!r}")
    file.write_bytes(whole)
    assert archive.get(ref, digest) == PAGE


def test_a_full_disk_is_told_and_leaves_no_part_of_a_record_behind(archive: Archive, tmp_path: Path):
    archive.put(capture(b"first"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError, match="large"):
            archive.put(capture(NOISE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ref = archive.put(capture(NOISE))
    assert archive.get(ref, capture(NOISE).digest) == NOISE
    assert kinds_in(file_of(tmp_path)) == ["warcinfo", *["response", "metadata"] * 2]


def test_what_was_put_is_there_for_others_at_once(archive: Archive, tmp_path: Path):
    ref = archive.put(capture())
    child = os.fork()
    if not child:
        os._exit(0 if Archive(tmp_path).get(ref, capture().digest) == PAGE else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_what_a_failed_sync_may_have_dropped_is_written_again_before_it_counts_as_durable(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As Linux does it: pages that could not be written count as clean then, and may be read back as they were before."""
    archive.put(capture(b"durable already"))
    archive.sync()
    file = file_of(tmp_path)
    before = file.stat().st_size
    bodies = [PAGE + bytes([number]) for number in range(3)]
    kept = [archive.put(capture(body)) for body in bodies]
    real, failures = os.fsync, []

    def fail(number: int) -> None:
        if len(failures) < 2:
            failures.append(number)
            os.pwrite(number, b"\0" * (file.stat().st_size - before), before)
            raise OSError(5, "Input/output error")
        real(number)

    monkeypatch.setattr(os, "fsync", fail)
    for _ in range(2):
        with pytest.raises(OSError):
            archive.sync()
    archive.sync()
    for ref, body in zip(kept, bodies, strict=True):
        assert archive.get(ref, capture(body).digest) == body


def test_a_file_whose_name_could_not_be_made_durable_leaves_nothing_behind(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    opened = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        for _ in range(3):
            with pytest.raises(OSError):
                archive.put(capture())
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert archive.get(archive.put(capture()), capture().digest) == PAGE


# ------------------------------------------------------------------------------------------ recover


def crashed(folder: Path) -> tuple[Path, list[BodyRef]]:
    """A file as a process leaves it that is killed: its index unfinished."""
    archive = Archive(folder)
    refs = [archive.put(exchanged(PAGE + bytes([number]), url=f"{URL}&n={number}")) for number in range(3)]
    archive.sync()
    file = file_of(folder)
    archive._file.close()
    archive._file = None
    return file, refs


@pytest.mark.parametrize("lost", [1, 200, 700])
def test_a_record_that_was_cut_off_is_cut_away_and_nothing_else(lost: int, tmp_path: Path):
    file, refs = crashed(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-lost])
    ends = {file.name: refs[1].offset + refs[1].length}
    (mended,) = recover(tmp_path, ends)
    assert mended.problem is None
    assert mended.cut_bytes > 0
    assert whole.startswith(file.read_bytes())
    assert all(step.record for step in steps(file))
    assert len(index_in(tmp_path)) == 3
    assert [Archive(tmp_path).get(ref, capture(PAGE + bytes([n])).digest)[-1] for n, ref in enumerate(refs)] == [
        0,
        1,
        2,
    ]
    assert list(recover(tmp_path, ends)) == []
    assert [found.cut_bytes for found in recover(tmp_path, ends, is_thorough=True)] == [0]


def test_nobody_begins_to_write_a_file_while_it_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, _ = crashed(tmp_path)
    told = []

    def looking(path: Path) -> Iterator[Step]:
        told.append(is_being_written(path))
        yield from steps(path)

    monkeypatch.setattr(recovering, "steps", looking)
    assert [mended.is_in_use for mended in recover(tmp_path, {})] == [False]
    assert told == [True]
    assert not is_being_written(file)


def test_what_the_store_refers_to_is_never_cut(tmp_path: Path):
    file, refs = crashed(tmp_path)
    far = refs[-1].offset + refs[-1].length
    data = file.read_bytes()[: far - 10]
    file.write_bytes(data)
    (mended,) = recover(tmp_path, {file.name: far})
    assert mended.cut_bytes == 0
    assert mended.problem == f"the record at {refs[-1].offset}: it is cut off"
    assert file.read_bytes() == data


def test_a_record_damaged_in_the_middle_stays_and_those_behind_it_are_found(tmp_path: Path):
    file, refs = crashed(tmp_path)
    data = bytearray(file.read_bytes())
    data[refs[1].offset + 100] ^= 1
    file.write_bytes(data)
    (mended,) = recover(tmp_path, {})
    assert mended.cut_bytes == 0
    assert f"the record at {refs[1].offset}" in mended.problem
    assert file.read_bytes() == bytes(data)
    assert len(index_in(tmp_path)) == 2


def test_blank_bytes_that_a_loss_of_power_left_are_cut_away(tmp_path: Path):
    file, _ = crashed(tmp_path)
    size = file.stat().st_size
    with file.open("ab") as tail:
        tail.write(b"\0" * 5_000)
    (mended,) = recover(tmp_path, {})
    assert mended.cut_bytes == 5_000
    assert file.stat().st_size == size


def test_a_file_in_use_is_left_alone(archive: Archive, tmp_path: Path):
    archive.put(capture())
    assert list(recover(tmp_path, {})) == [Mended(name=file_of(tmp_path).name, is_in_use=True)]
