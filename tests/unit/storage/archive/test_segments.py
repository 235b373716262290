"""Captured bodies: what is put is got back, and what is damaged is told."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import resource
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive.segments import Segments
from storage.errors import BodyMissing
from storage.records import BodyRef

PAGE = b"<html><p>Iran withdrew, and Hezbollah stayed.</p></html>" * 200


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def put(segments: Segments, body: bytes) -> tuple[BodyRef, str]:
    digest = digest_of(body)
    return segments.put(digest, body), digest


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Segments]:
    made = Segments(tmp_path)
    yield made
    made.close()


BODIES = {
    "a page": PAGE,
    "nothing": b"",
    "one byte": b"\x00",
    "compressed already": gzip.compress(random.Random(1).randbytes(50_000)),
    "every byte": bytes(range(256)) * 50,
    "a frame's own marks": b"\x01\x00\x01\x00",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_comes_back_as_it_went(body: bytes, segments: Segments, tmp_path: Path):
    put(segments, b"before")
    ref, digest = put(segments, body)
    put(segments, b"behind")
    assert segments.get(ref, digest) == body
    segments.sync()
    assert Segments(tmp_path).get(ref, digest) == body


def test_a_page_takes_less_room_than_it_has_bytes(segments: Segments):
    ref, _ = put(segments, PAGE)
    assert ref.length < len(PAGE) / 5
    assert put(segments, BODIES["compressed already"])[0].length == len(BODIES["compressed already"]) + 1


def test_a_full_segment_is_followed_by_another(tmp_path: Path):
    segments = Segments(tmp_path, max_segment_bytes=1_000)
    noise = [random.Random(number).randbytes(400) for number in range(9)] + [random.Random(99).randbytes(5_000)]
    kept = [(*put(segments, body), body) for body in noise]
    assert len({ref.segment for ref, *_ in kept}) == len(list(tmp_path.iterdir())) == 6
    assert all(segments.get(ref, digest) == body for ref, digest, body in kept)
    segments.close()


def test_it_goes_on_after_it_was_closed(segments: Segments):
    first, first_digest = put(segments, PAGE)
    segments.close()
    segments.close()
    second, second_digest = put(segments, b"second")
    assert segments.get(first, first_digest) == PAGE
    assert segments.get(second, second_digest) == b"second"


def test_many_threads_put_at_once(tmp_path: Path):
    segments = Segments(tmp_path, max_segment_bytes=20_000)
    kept: list[tuple[BodyRef, str, bytes]] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(60):
            body = chance.randbytes(chance.randrange(900))
            kept.append((*put(segments, body), body))
            segments.sync()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 240
    assert all(segments.get(ref, digest) == body for ref, digest, body in kept)
    segments.close()


def test_a_damaged_body_is_told_and_never_returned(segments: Segments, tmp_path: Path):
    ref, digest = put(segments, PAGE)
    file = tmp_path / ref.segment
    whole = file.read_bytes()
    wrong = {
        "another digest": (whole, ref, digest_of(b"x")),
        "an empty file": (b"", ref, digest),
        "a cut tail": (whole[:-1], ref, digest),
        "a cut in the middle": (whole[: len(whole) // 2], ref, digest),
        "a byte turned": (whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], ref, digest),
        "an unknown mark": (b"\x07" + whole[1:], ref, digest),
        "a wrong place": (whole, replace(ref, offset=3), digest),
        "a place behind the end": (whole, replace(ref, offset=10**9), digest),
        "a place before the beginning": (whole, replace(ref, offset=-1), digest),
        "no such file": (whole, replace(ref, segment="gone.bodies"), digest),
        "no file at all": (whole, replace(ref, segment=""), digest),
        "a name with NUL": (whole, replace(ref, segment="a\x00b"), digest),
        "another folder": (whole, replace(ref, segment="../../../etc/passwd"), digest),
    }
    for case, (data, place, name) in wrong.items():
        file.write_bytes(data)
        with pytest.raises(BodyMissing):
            pytest.fail(f"{case}: {segments.get(place, name)[:20]!r}")
    file.write_bytes(whole)
    assert segments.get(ref, digest) == PAGE


def test_a_full_disk_is_told_and_what_comes_after_is_kept(segments: Segments):
    put(segments, b"first")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = random.Random(4).randbytes(100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError, match="large"):
            put(segments, noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ref, digest = put(segments, noise)
    assert segments.get(ref, digest) == noise


def test_what_was_put_is_there_for_others_at_once(segments: Segments, tmp_path: Path):
    ref, digest = put(segments, PAGE)
    child = os.fork()
    if not child:
        os._exit(0 if Segments(tmp_path).get(ref, digest) == PAGE else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_what_a_failed_sync_may_have_dropped_is_written_again_before_it_counts_as_durable(
    segments: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As Linux does it: pages that could not be written count as clean then, and may be read back as they were before."""
    put(segments, b"durable already")
    segments.sync()
    before = segment_of(tmp_path).stat().st_size
    kept = [put(segments, PAGE + bytes([number])) for number in range(3)]
    real, failures = os.fsync, []

    def fail(file: int) -> None:
        if len(failures) < 2:
            failures.append(file)
            os.pwrite(file, b"\0" * (segment_of(tmp_path).stat().st_size - before), before)
            raise OSError(5, "Input/output error")
        real(file)

    monkeypatch.setattr(os, "fsync", fail)
    for _ in range(2):
        with pytest.raises(OSError):
            segments.sync()
    segments.sync()
    for (ref, digest), number in zip(kept, range(3), strict=True):
        assert segments.get(ref, digest) == PAGE + bytes([number])


def test_a_segment_whose_name_could_not_be_made_durable_leaves_nothing_behind(
    segments: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    opened = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        for _ in range(3):
            with pytest.raises(OSError):
                put(segments, PAGE)
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    ref, digest = put(segments, PAGE)
    assert segments.get(ref, digest) == PAGE


def segment_of(folder: Path) -> Path:
    (segment,) = folder.iterdir()
    return segment
