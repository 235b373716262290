"""What is not gzip: WARC files in zstd frames, with and without a dictionary, and ARC files, hostile ones too."""

from __future__ import annotations

import gzip
import random
import struct
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from storage.archive.foreign import packed, zstd
from storage.archive.foreign.members import is_shared, unpack
from storage.archive.foreign.plain import Damaged
from storage.archive.foreign.records import walk
from tests.unit.storage.archive.test_foreign_warcs import HEAD, MANY, capture_at, record, urls, written

RECORDS = [record(f"https://a.example/{n}", HEAD + b"\r\n<p>Bridge %d" % n) for n in range(9)]
URLS = [f"https://a.example/{n}" for n in range(9)]
WORDS = zstandard.ZstdCompressionDict(b"".join(RECORDS[:2]) * 9)


def skipped(data: bytes, magic: int = 0x184D2A50, size: int | None = None) -> bytes:
    return struct.pack("<II", magic, len(data) if size is None else size) + data


def dictionary(data: bytes, size: int | None = None) -> bytes:
    return skipped(data, 0x184D2A5D, size)


def frames(*parts: bytes) -> bytes:
    compressor = zstandard.ZstdCompressor(dict_data=WORDS)
    return b"".join(map(compressor.compress, parts))


@pytest.mark.parametrize("pack", [bytes, zstandard.compress], ids=["plain", "compressed"])
def test_frames_are_read_by_the_dictionary_that_stands_before_them(tmp_path: Path, pack):
    path = written(tmp_path, dictionary(pack(WORDS.as_bytes())), frames(*RECORDS))
    assert urls(path) == URLS
    assert [capture_at(path, found.place).body for found in walk(path)][8] == b"<p>Bridge 8"
    assert not is_shared(path)
    unpack(written(tmp_path, dictionary(pack(WORDS.as_bytes())), frames(b"".join(RECORDS))), tmp_path / "whole.warc")
    assert urls(tmp_path / "whole.warc") == URLS


def test_frames_that_are_to_be_skipped_are_skipped_and_damaged_ones_told(tmp_path: Path):
    parts = [*map(zstandard.compress, RECORDS)]
    assert urls(written(tmp_path, skipped(b"x"), parts[0], skipped(b"WARC/1.0" * 99_999), parts[1])) == URLS[:2]
    broken = parts[1][:6] + bytes(len(parts[1]) - 6)
    told = urls(written(tmp_path, parts[0], broken, parts[2]))
    assert (told[0], told[-1], "inflated" in told[1]) == (URLS[0], URLS[2], True)
    told = urls(written(tmp_path, parts[0], parts[1][:-9]))
    assert told == [URLS[0], "the file ends before its zstd frame does"]


def test_frames_without_the_dictionary_they_name_or_with_a_bad_one_are_told(tmp_path: Path):
    named = zstandard.train_dictionary(2_000, [part * 3 for part in RECORDS] * 99)
    frame = zstandard.ZstdCompressor(dict_data=named).compress(RECORDS[0])
    assert urls(written(tmp_path, dictionary(named.as_bytes()), frame)) == URLS[:1]
    assert all("inflated" in told for told in urls(written(tmp_path, frame)))
    bad = named.as_bytes()[:8] + bytes(9)
    for begin in (dictionary(bad), dictionary(zstandard.compress(WORDS.as_bytes())[:-9]), dictionary(b"", 2**32 - 1)):
        assert all("https" not in told for told in urls(written(tmp_path, begin, frame)))
    assert "bytes, more than" in urls(written(tmp_path, dictionary(b"", 2**32 - 1), frame))[0]
    assert urls(written(tmp_path, dictionary(b"")[:6]))


def test_what_a_frame_or_a_dictionary_inflates_to_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packed, "_FREE_BYTES", 1_000_000)
    monkeypatch.setattr(zstd, "_MAX_DICTIONARY_BYTES", 1_000_000)
    bomb = zstandard.compress(record("https://a.example/bomb", HEAD + bytes(20_000_000)))
    assert len(bomb) < 9_000
    assert urls(written(tmp_path, bomb, bomb)) == ["it inflates to more than 100 times its size"]
    assert "dictionary has more than" in urls(written(tmp_path, dictionary(bomb), bomb))[0]
    wide = zstandard.ZstdCompressionParameters(window_log=29, chain_log=10, hash_log=10)
    wide_frame = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    asks_for_512_mb = wide_frame.compress(RECORDS[0]) + wide_frame.flush()
    assert "inflated" in urls(written(tmp_path, asks_for_512_mb))[0]


def arc(url: str, block: bytes, *fields: str, length: str = "", moment: str = "20050613203412") -> bytes:
    told = [url, "203.0.113.7", moment, "text/html", *fields, length or str(len(block))]
    return " ".join(told).encode() + b"\n" + block + b"\n"


OF_FILE = arc("filedesc://some.arc", b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n")
PAGE = HEAD + b"\r\n<p>Iran"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("fields", [(), ("200", "-", "-", "123", "some.arc")], ids=["version 1", "version 2"])
def test_records_of_arc_files_are_found_and_read_at_their_places(tmp_path: Path, pack, fields):
    parts = [OF_FILE, *(arc(url, PAGE, *fields) for url in URLS), arc("dns:a.example", b"1.2.3.4", *fields)]
    found = list(walk(written(tmp_path, *map(pack, parts))))
    assert [each.kind for each in found] == ["resource", *["response"] * 9, "resource"]
    assert [each.url for each in found[1:-1]] == URLS
    capture = capture_at(tmp_path / "some.warc", found[5].place)
    assert (capture.body, capture.exchange.ip) == (b"<p>Iran", "203.0.113.7")
    assert capture.fetched_at == datetime(2005, 6, 13, 20, 34, 12, tzinfo=UTC)


def test_hostile_heads_of_arc_files_are_told_or_have_no_time(tmp_path: Path):
    odd = [arc("https://a.example/\0", PAGE), arc(URLS[0], PAGE, length="9" * 20), arc(URLS[0], PAGE, moment="2005")]
    for part in odd:
        assert "nor of ARC" in urls(written(tmp_path, part))[0]
    assert urls(written(tmp_path, arc(URLS[0], PAGE, length=str(2 * 1024**3)))) == ["it is cut off"]
    (found,) = walk(written(tmp_path, arc(URLS[0], PAGE, moment="20051399999999")))
    assert found.at is None
    assert len(PAGE) < MANY


def test_bytes_of_frames_dictionaries_and_arc_heads_that_were_changed_raise_nothing_else(tmp_path: Path):
    chance = random.Random(7)
    named = zstandard.train_dictionary(2_000, [part * 3 for part in RECORDS] * 99).as_bytes()
    wholes = [
        dictionary(named) + frames(*RECORDS[:3]),
        dictionary(zstandard.compress(named)) + frames(*RECORDS[:3]),
        OF_FILE + b"".join(arc(url, PAGE) for url in URLS[:3]),
    ]
    for whole in wholes:
        for _ in range(100):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(min(len(data), chance.choice((20, 300, 9_999))))] = chance.randrange(256)
            path = written(tmp_path, bytes(data))
            for each in walk(path):
                with suppress(Damaged):
                    if each.problem is None and each.at is not None:
                        capture_at(path, each.place)
