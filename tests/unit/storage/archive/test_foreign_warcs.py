"""WARC files and WACZ packages made by others: read where they can be, refused with a sentence where they cannot."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from storage.archive.foreign import packages, packed, records
from storage.archive.foreign.digests import digest_in
from storage.archive.foreign.members import is_shared, unpack
from storage.archive.foreign.pages import capture_of_record, content_type_of, revisited, split, status_of
from storage.archive.foreign.plain import Bomb, Damaged
from storage.archive.foreign.records import read_block, walk

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MANY = 8 * 1024 * 1024


def record(url: str = "https://a.example/1", block: bytes = HEAD + b"\r\n<p>Iran", *more: str, **changes: str) -> bytes:
    fields = {
        "WARC-Type": "response",
        "WARC-Target-URI": url,
        "WARC-Date": "2020-05-03T10:11:12Z",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in fields.items()), *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def written(folder: Path, *parts: bytes) -> Path:
    path = folder / "some.warc"
    path.write_bytes(b"".join(parts))
    return path


def urls(path: Path) -> list[str]:
    return [found.problem or found.url for found in walk(path)]


def capture_at(path: Path, place: int):
    found, block = read_block(path, place, MANY)
    return capture_of_record(found, found.at, *split(block))


PACKED = {
    "plain": b"".join,
    "a member a record": lambda parts: b"".join(map(gzip.compress, parts)),
    "a frame a record": lambda parts: b"".join(map(zstandard.compress, parts)),
}


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED)
def test_each_record_is_found_and_read_at_its_place(tmp_path: Path, pack):
    bodies = [random.Random(n).randbytes(300_000) for n in range(4)]
    parts = [record(f"https://a.example/{n}", HEAD + b"\r\n" + body) for n, body in enumerate(bodies)]
    path = written(tmp_path, pack(parts))
    found = list(walk(path))
    assert [each.url for each in found] == [f"https://a.example/{n}" for n in range(4)]
    assert [capture_at(path, each.place).body for each in reversed(found)] == bodies[::-1]
    assert found[0].at == datetime(2020, 5, 3, 10, 11, 12, tzinfo=UTC)
    assert (status_of(found[0].opening), content_type_of(found[0].opening)) == (200, "text/html")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzipped", "zstd"])
def test_a_member_of_all_records_is_unpacked_first(tmp_path: Path, pack):
    parts = [record(f"https://a.example/{n}", HEAD + random.Random(n).randbytes(99_000)) for n in range(4)]
    path, whole = written(tmp_path, pack(b"".join(parts))), tmp_path / "whole.warc"
    assert is_shared(path)
    unpack(path, whole)
    assert whole.read_bytes() == b"".join(parts)
    assert "unpack the file" in urls(path)[1]  # where only later members are so
    assert not is_shared(written(tmp_path, *map(pack, parts)))
    assert not is_shared(whole)
    unpack(written(tmp_path, pack(b"".join(parts))[:-20]), whole)
    assert urls(whole)[0] == "https://a.example/0"
    assert "cut off" in urls(whole)[-1]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzipped", "zstd"])
def test_a_record_that_claims_2_gb_takes_none_of_those_behind_it_away(tmp_path: Path, pack):
    liar = record(Content_Length=str(2 * 1024**3))
    path = written(tmp_path, *map(pack, [liar, *(record(f"https://a.example/{n}") for n in range(2))]))
    assert urls(path) == ["it is cut off", "https://a.example/0", "https://a.example/1"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzipped", "zstd"])
def test_of_a_file_without_end_of_damage_the_rest_is_left(tmp_path: Path, pack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "_MOST_DAMAGED", 5)
    path = written(tmp_path, pack(record(Content_Length="999999999999999")) * 99)
    assert urls(path) == ["it is cut off"] * 5 + ["of more than 5 places that cannot be read, no more are looked for"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzipped", "zstd"])
def test_after_what_cannot_be_read_the_walk_goes_on(tmp_path: Path, pack):
    good = record("https://a.example/2")
    path = written(tmp_path, *map(pack, (record(), b"nonsense\r\nis here\r\n", record(Content_Length="many"), good)))
    assert urls(path)[0] == "https://a.example/1"
    assert urls(path)[-1] == "https://a.example/2"
    assert all("record" in told or "length" in told for told in urls(path)[1:-1])


def test_a_record_that_is_cut_off_is_told(tmp_path: Path):
    assert urls(written(tmp_path, record()[:-20])) == ["it is cut off"]
    assert urls(written(tmp_path, gzip.compress(record())[:-20])) == ["the file ends before its gzip member does"]


def test_a_file_that_inflates_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packed, "_FREE_BYTES", 1_000_000)
    bomb = gzip.compress(record("https://a.example/bomb", HEAD + b"\r\n" + bytes(20_000_000)))
    assert urls(written(tmp_path, bomb, bomb, gzip.compress(record()))) == [
        "it inflates to more than 100 times its size"
    ]
    with pytest.raises(Bomb):
        unpack(tmp_path / "some.warc", tmp_path / "whole.warc")
    assert (tmp_path / "whole.warc").stat().st_size < 5_000_000


def test_a_head_without_end_is_bounded(tmp_path: Path):
    assert "more than 65536 bytes" in urls(written(tmp_path, b"WARC/1.0\r\nX: " + b"x" * 100_000))[0]
    assert "more than 200 lines" in urls(written(tmp_path, b"WARC/1.0\r\n" + b"X: y\r\n" * 300))[0]


def test_a_block_that_is_too_large_or_changed_is_not_given(tmp_path: Path):
    path = written(tmp_path, record(WARC_Block_Digest="sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"))
    with pytest.raises(Damaged, match="digest"):
        read_block(path, 0, MANY)
    with pytest.raises(Damaged, match="more than 10"):
        read_block(path, 0, 10)


def test_revisits_of_wget_have_the_digest_of_no_bytes(tmp_path: Path):
    nothing = {"WARC_Type": "revisit", "WARC_Block_Digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"}
    assert read_block(written(tmp_path, record(**nothing)), 0, MANY)[1].startswith(HEAD)


def test_addresses_in_angle_brackets_are_read(tmp_path: Path):
    assert urls(written(tmp_path, record("<https://a.example/1>"))) == ["https://a.example/1"]


def test_chunks_are_undone_and_what_came_is_kept(tmp_path: Path):
    block = HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<p>I\r\n3\r\nran\r\n0\r\n\r\n"
    path = written(tmp_path, record(block=block, WARC_IP_Address="203.0.113.7"))
    found = capture_at(path, 0)
    assert found.body == b"<p>Iran"
    assert found.exchange is not None
    assert (found.exchange.ip, found.exchange.framed) == ("203.0.113.7", split(block)[1])


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_body_kept_without_the_coding_that_its_head_names_is_still_read(tmp_path: Path, coding: str):
    block = HEAD + f"Content-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n<p>Iran".encode()
    found = capture_at(written(tmp_path, record(block=block, WARC_IP_Address="203.0.113.7")), 0)
    assert found.body == b"<p>Iran"
    assert ("X-Archive-Orig-Content-Encoding", coding) in found.headers
    assert found.exchange is not None
    assert (found.exchange.response_head, found.exchange.ip) == (b"", "203.0.113.7")  # its head is not as it came


def test_chunks_that_are_cut_off_are_no_page(tmp_path: Path):
    block = HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<p>I\r\n3\r\nra"
    with pytest.raises(Damaged, match="chunks"):
        capture_at(written(tmp_path, record(block=block)), 0)


def test_a_revisit_has_the_body_that_it_refers_to(tmp_path: Path):
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n<p>I\r\n3\r\nran\r\n0\r\n\r\n"
    own = HEAD + b"X-Own: 1\r\n\r\n"
    (found,) = walk(written(tmp_path, record()))
    assert revisited(found, found.at, own, chunked) == (own, b"<p>Iran")
    assert revisited(found, found.at, b"", chunked) == split(chunked)


def test_letters_beyond_ascii_end_no_line_of_a_head(tmp_path: Path):
    block = HEAD + "X-City: Ålesund\r\n\r\n<p>".encode()  # its first letter ends in the byte 0x85
    assert capture_at(written(tmp_path, record(block=block)), 0).headers[1][0] == "X-City"
    assert len(capture_at(tmp_path / "some.warc", 0).headers[1][1]) == len("Ålesund".encode())


def test_zero_bytes_and_addresses_that_are_none_go_no_further(tmp_path: Path):
    path = written(tmp_path, record(block=HEAD + b"X: a\0b\r\n\r\n<p>", WARC_IP_Address="1.2.3.4\rX: y"))
    found = capture_at(path, 0)
    assert found.headers == (("Content-Type", "text/html"),)
    assert found.exchange is not None
    assert found.exchange.ip is None
    assert urls(written(tmp_path, record("https://a.example/\0"))) == ["its head holds a zero byte"]


def test_moments_without_seconds_or_zone_are_none(tmp_path: Path):
    dates = [
        "2020",
        "0001-01-01T00:00:00Z",
        "2020-05-03T10:11:12",
        "2020-13-03T10:11:12Z",
        "now",
        "2020-05-03T10:11:12.1234567Z",
    ]
    path = written(tmp_path, *(record(WARC_Date=date) for date in dates))
    assert [found.at for found in walk(path)] == [None] * 5 + [datetime(2020, 5, 3, 10, 11, 12, 123_456, tzinfo=UTC)]


def test_no_name_in_a_package_leaves_the_folder(tmp_path: Path):
    path, folder = tmp_path / "some.wacz", tmp_path / "inside"
    folder.mkdir()
    with zipfile.ZipFile(path, "w") as package:
        for name in ("../evil.warc", "/tmp/evil.warc", "archive/../../evil.warc", "archive/good.warc"):
            package.writestr(name, record())
    assert [(each.relative_to(folder), name) for each, name in packages.unpacked(path, folder)] == [
        (Path("1"), "good.warc")
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["inside", "some.wacz"]


def test_a_package_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "_FREE_BYTES", 1_000_000)
    path = tmp_path / "bomb.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("archive/bomb.warc", bytes(20_000_000))
    with pytest.raises(Damaged, match="far more"):
        list(packages.unpacked(path, tmp_path))
    assert (tmp_path / "1").stat().st_size < 5_000_000


def test_packages_within_a_package_are_read(tmp_path: Path):
    inner, outer = tmp_path / "inner.wacz", tmp_path / "outer.wacz"
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("archive/crawl 1\n.warc", record())
    with zipfile.ZipFile(outer, "w") as package:
        package.write(inner, "crawl-a.wacz")
        package.write(inner, "crawl-b.wacz")
    assert [(urls(each), name) for each, name in packages.unpacked(outer, tmp_path)] == [
        (["https://a.example/1"], "crawl_1_.warc")
    ] * 2


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no package", b"PK\x03\x04" + bytes(99)])
def test_what_is_no_package_is_refused(tmp_path: Path, data: bytes):
    path = written(tmp_path, data)
    assert packages.is_package(path)
    with pytest.raises(Damaged):
        list(packages.unpacked(path, tmp_path))


def test_files_of_the_suite_are_read_or_told_of(shared: Path):
    """Whatever is wrong with them, nothing else is raised; what their authors call valid is read whole."""
    folder = shared / "suites" / "warc"
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    assert cases
    for case in cases:
        path = folder / case["path"]
        found = list(walk(path))
        assert found
        for each in found:
            if each.problem is None and each.kind == "response":
                try:
                    capture_at(path, each.place)
                except Damaged:
                    assert case["label"] != "valid", case["id"]
        if case["label"] == "valid" and ".warc" in case["id"]:
            assert not [each.problem for each in found if each.problem], case["id"]


def test_bytes_that_were_changed_anywhere_raise_nothing_else(tmp_path: Path):
    chance = random.Random(7)
    for pack in (bytes, gzip.compress, zstandard.compress):
        whole = b"".join(pack(record(f"https://a.example/{n}")) for n in range(3))
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            path = written(tmp_path, bytes(data))
            for each in walk(path):
                try:
                    if each.problem is None and each.at is not None:
                        capture_at(path, each.place)
                except Damaged:
                    continue


def test_a_digest_is_known_in_each_spelling_and_what_is_none_is_of_nothing():
    sha256 = hashlib.sha256(b"Iran").digest()
    spelled = base64.b32encode(sha256).decode()
    for told in (f"sha256:{sha256.hex()}", f"SHA-256: {spelled}", f"sha256:{spelled.rstrip('=')}"):
        digest = digest_in(told)
        assert (digest.is_of(b"Iran"), digest.is_of(b""), digest.sha256) == (True, False, sha256.hex())
    for told in ("sha256:zz", "sha256:", "sha256:é", "sha1:" + spelled, "md5:" + sha256.hex()):
        digest = digest_in(told)
        assert (digest.is_of(b"Iran"), digest.sha256) == (False, None)
    assert digest_in("sha512:00") is digest_in("") is None
