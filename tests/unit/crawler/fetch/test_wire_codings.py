"""From wire bytes to plain bytes: codings undone under a cap, cut-off bodies told."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch.wire import ACCEPT_ENCODING, BodyDamaged, BodyTooLarge, decode_body

CAP = 1_000_000
PLAIN = "".join(f"line {n} of a page with some words – and others\n" for n in range(2000)).encode()


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def streamed_zstd(body: bytes) -> bytes:
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return packer.compress(body) + packer.flush()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
GOOD = {
    **{f"{coding}": (pack(PLAIN), coding) for coding, pack in PACK.items()},
    "no coding": (PLAIN, None),
    "an empty header": (PLAIN, ""),
    "identity": (PLAIN, "identity"),
    "upper case and blanks": (gzip.compress(PLAIN), " GZip , "),
    "raw deflate, as many servers send it": (raw_deflate(PLAIN), "deflate"),
    "gzip of several members": (gzip.compress(PLAIN[:50_000]) + gzip.compress(PLAIN[50_000:]), "gzip"),
    "gzip with a tail of zeros": (gzip.compress(PLAIN) + b"\0" * 100, "gzip"),
    "zstd without its size": (streamed_zstd(PLAIN), "zstd"),
    "zstd of several frames": (zstandard.compress(PLAIN[:50_000]) + streamed_zstd(PLAIN[50_000:]), "zstd"),
    "labelled gzip, sent plain": (PLAIN, "gzip"),
    "one coding around another": (brotli.compress(gzip.compress(PLAIN)), "gzip, br"),
    "identity around a coding": (gzip.compress(PLAIN), "identity, gzip, identity"),
}


@pytest.mark.parametrize(("body", "coding"), GOOD.values(), ids=GOOD.keys())
def test_it_is_undone(body: bytes, coding: str | None):
    assert decode_body(body, coding, CAP) == PLAIN


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", None])
def test_an_empty_page_is_empty(coding: str | None):
    assert decode_body(PACK[coding](b"") if coding else b"", coding, CAP) == b""


BOMB = b"\0" * 200_000_000
TOO_LARGE = {
    **{coding: (pack, coding) for coding, pack in PACK.items() if coding not in {"x-gzip", "br"}},
    "br": (lambda body: brotli.compress(body, quality=3), "br"),
    "raw deflate": (raw_deflate, "deflate"),
    "streamed zstd": (streamed_zstd, "zstd"),
    "gzip in gzip": (lambda body: gzip.compress(gzip.compress(body)), "gzip, gzip"),
    "many members": (lambda body: gzip.compress(body[:100_000]) * 100, "gzip"),
    "no coding": (lambda body: body[: CAP + 1], None),
}


@pytest.mark.parametrize(("pack", "coding"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_bomb_is_given_up_soon(pack: Callable[[bytes], bytes], coding: str | None):
    body = pack(BOMB)
    began = time.process_time()
    with pytest.raises(BodyTooLarge, match=r"1000000|1000001"):
        decode_body(body, coding, CAP)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_at_its_cap_is_whole(coding: str):
    body = PLAIN[:70_000]
    assert decode_body(PACK[coding](body), coding, len(body)) == body
    with pytest.raises(BodyTooLarge):
        decode_body(PACK[coding](body), coding, len(body) - 1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_what_grows_more_than_500_times_is_given_up_long_before_its_cap(coding: str):
    body = b"\0" * 20_000_000
    for name in coding.split(", "):
        body = PACK[name](body)
    with pytest.raises(BodyTooLarge, match=f"more than 500 times its {len(body)} bytes on the wire"):
        decode_body(body, coding, 50_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_page_of_much_white_space_is_no_bomb(coding: str):
    page = b"<p>" + b" " * 1_000_000
    assert decode_body(PACK[coding](page), coding, 50_000_000) == page


CUT_OFF = {
    **{coding: (pack(PLAIN)[:-9], coding) for coding, pack in PACK.items()},
    **{f"{coding}, half": (pack(PLAIN)[: len(pack(PLAIN)) // 2], coding) for coding, pack in PACK.items()},
    **{f"{coding}, its first bytes": (pack(PLAIN)[:5], coding) for coding, pack in PACK.items()},
    "raw deflate": (raw_deflate(PLAIN)[:-9], "deflate"),
    "the second member of gzip": (gzip.compress(PLAIN) + gzip.compress(PLAIN)[:-20], "gzip"),
    "the second frame of zstd": (zstandard.compress(PLAIN) + zstandard.compress(PLAIN)[:-20], "zstd"),
    "gzip with a wrong checksum": (gzip.compress(PLAIN)[:-8] + b"\0" * 8, "gzip"),
    "br without a byte": (b"", "br"),
    "zstd without a byte": (b"", "zstd"),
    "deflate without a byte": (b"", "deflate"),
    "not br": (PLAIN, "br"),
    "not zstd": (PLAIN, "zstd"),
    "not deflate": (PLAIN, "deflate"),
    "an unknown coding": (PLAIN, "lzma"),
    "compress, which nobody sends any more": (PLAIN, "compress"),
    "an unknown one around a known one": (gzip.compress(PLAIN), "gzip, aws-chunked"),
    "more than two codings": (PLAIN, "gzip, gzip, gzip"),
    "a thousand codings": (PLAIN, ", ".join(["gzip"] * 1000)),
}


@pytest.mark.parametrize(("body", "coding"), CUT_OFF.values(), ids=CUT_OFF.keys())
def test_it_is_damaged(body: bytes, coding: str):
    with pytest.raises(BodyDamaged):
        decode_body(body, coding, CAP)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br"]), st.booleans())
def test_nothing_else_is_ever_raised(body: bytes, coding: str, has_magic: bool):
    magic = {"gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd"}.get(coding, b"") if has_magic else b""
    with contextlib.suppress(BodyTooLarge, BodyDamaged):
        assert len(decode_body(magic + body, coding, 10_000)) <= 10_000


def test_a_gzip_of_very_many_members_takes_no_more_time_than_its_size_allows():
    body = gzip.compress(b"") * 50_000
    began = time.process_time()
    with contextlib.suppress(BodyDamaged):
        assert decode_body(body, "gzip", CAP) == b""
    assert time.process_time() - began < 2


def test_what_we_accept_we_can_undo():
    for coding in ACCEPT_ENCODING.split(", "):
        assert decode_body(PACK[coding](PLAIN), coding, CAP) == PLAIN


def test_the_bombs_of_others(shared: Path):
    folder = shared / "suites/bombs"
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    codings = {"gzip": "gzip", "zstd": "zstd", "br": "br", "deflate": "deflate", "zlib": "deflate", "gz": "gzip"}
    tried = 0
    for case in cases:
        coding = next((value for word, value in codings.items() if word in case["id"]), None)
        if coding is None or case["id"].endswith((".bz2", ".xml")):
            continue
        body = (folder / case["path"]).read_bytes()
        tried += 1
        if case["bomb"]:
            with pytest.raises(BodyTooLarge):
                decode_body(body, coding, CAP)
        elif not case["id"].startswith(("truncated", "unexpected")):
            assert b"<" in decode_body(body, coding, CAP)
        else:
            with pytest.raises(BodyDamaged):
                decode_body(body, "gzip", CAP)
    assert tried >= 3
