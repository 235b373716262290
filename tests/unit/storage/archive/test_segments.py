"""Segment files of earlier versions: what was put is got back, and what is damaged is told."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive.archive import Archive
from storage.errors import BodyMissing
from storage.records import BodyRef

PAGE = b"<html><p>Iran withdrew, and Hezbollah stayed.</p></html>" * 200
FRAMES = {"deflated": b"\x01" + zlib.compress(PAGE, 1), "as it came": b"\x00" + PAGE}


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_a_body_comes_back_as_it_went(frame: bytes, tmp_path: Path):
    (tmp_path / "old.bodies").write_bytes(b"before" + frame + b"behind")
    ref = BodyRef(segment="old.bodies", offset=6, length=len(frame))
    assert Archive(tmp_path).get(ref, digest_of(PAGE)) == PAGE


def test_a_damaged_body_is_told_and_never_returned(tmp_path: Path):
    whole, file = FRAMES["deflated"], tmp_path / "old.bodies"
    ref, digest = BodyRef(segment="old.bodies", offset=0, length=len(whole)), digest_of(PAGE)
    wrong = {
        "another digest": (whole, ref, digest_of(b"x")),
        "an empty file": (b"", ref, digest),
        "a cut tail": (whole[:-1], ref, digest),
        "a byte turned": (whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], ref, digest),
        "an unknown mark": (b"\x07" + whole[1:], ref, digest),
        "a wrong place": (whole, replace(ref, offset=3), digest),
        "a place before the beginning": (whole, replace(ref, offset=-1), digest),
        "no such file": (whole, replace(ref, segment="gone.bodies"), digest),
        "no file at all": (whole, replace(ref, segment=""), digest),
        "a name with NUL": (whole, replace(ref, segment="a\x00b"), digest),
    }
    for case, (data, place, name) in wrong.items():
        file.write_bytes(data)
        with pytest.raises(BodyMissing):
            pytest.fail(f"{case}: {Archive(tmp_path).get(place, name)[:20]!r}")
