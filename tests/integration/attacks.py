"""What hostile outlets serve: pages, feeds and answers made to hang, bloat or crash their reader. Ours, and those of others."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

import brotli
import zstandard

from tests.integration.hostileweb import Asked, Route, answer, endless, page

_MB = 1024 * 1024


def _html(body: bytes) -> bytes:
    return answer(200, b"<!doctype html><html><head><title>An attack</title></head><body>" + body + b"</body></html>")


def million_header_lines(_: Asked, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Type: text/html\r\n")
    for _each in range(1000):
        connection.sendall(b"X-A: bcd\r\n" * 1000)
    connection.sendall(b"Content-Length: 5\r\n\r\nhello")


def endless_interim_answers(_: Asked, connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 1000)


def one_huge_header(_: Asked, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 Said\r\nX-A: ")
    for _each in range(64):
        connection.sendall(b"x" * _MB)


def broken_off(_: Asked, connection: socket.socket) -> None:
    """Half a page without a length, then a reset instead of an orderly end."""
    whole = page("Half a page that was broken off")
    connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Type: text/html\r\n\r\n" + whole[: len(whole) // 2])
    time.sleep(0.3)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def attributes(count: int) -> bytes:
    return b"<p " + b" ".join(b"a%d=1" % n for n in range(count)) + b">text</p>"


def page_attacks() -> dict[str, Route]:
    """Attacks on whoever reads a page, by path."""
    ld = b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"%s"}</script>'
    return {
        "/two-megabytes-of-lt": _html(b"<" * (2 * _MB)),
        "/json-ld-of-10-mb": _html(ld % (b"x" * (10 * _MB))),
        "/json-ld-of-3-mb": _html(ld % (b"\\u0041" * (_MB // 2))),
        "/200000-attributes": _html(attributes(200_000)),
        "/100000-deep": _html(b"<div>" * 100_000 + b"text"),
        "/100000-links": _html(b'<a href="/x">a link</a> ' * 100_000),
        "/200000-paragraphs": _html(b"<p>A paragraph of a few words." * 130_000),
        "/table": _html(b"<table>" + b"<tr><td>a<td>b<td>c" * 180_000 + b"</table>"),
        "/json-ld-100000-deep": _html(b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>"),
        "/million-header-lines": million_header_lines,
        "/endless-interim-answers": endless_interim_answers,
        "/one-huge-header": one_huge_header,
        "/endless": endless,
    }


def feed_attacks() -> dict[str, Route]:
    """Attacks on whoever reads a feed, by path."""
    rss = b'<?xml version="1.0"?><rss version="2.0"><channel><title>An attack</title>%s</channel></rss>'
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bodies = {
        "/feed-of-lt": b"<rss>" + b"<" * (2 * _MB),
        "/feed-of-amp": rss % (b"&" * (2 * _MB)),
        "/feed-100000-deep": b"<rss><channel>" + b"<a>" * 100_000,
        "/feed-of-200000-items": rss % (b"<item><link>http://127.0.0.1/x</link></item>" * 200_000),
        "/feed-of-one-cdata": rss % (b"<item><description><![CDATA[" + b"<p>x</p>" * 1_500_000 + b"]]></description></item>"),
        "/feed-of-laughs": b'<!DOCTYPE rss [<!ENTITY l0 "ha">' + laughs + b"]>" + (rss % b"<item><title>&l9;</title></item>")[21:],
        "/feed-of-attributes": rss % attributes(200_000),
        "/feed-of-a-file": b'<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + (rss % b"<item><title>&f;</title></item>")[21:],
        "/feed-of-json": b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 100_000,
    }  # fmt: skip
    return {path: answer(200, body, "application/rss+xml") for path, body in bodies.items()} | {
        "/feed-of-header-lines": million_header_lines,
        "/feed-of-nothing-but-body": endless,
    }


def bombs(megabytes: int = 256) -> dict[str, Route]:
    """Bodies that grow a hundredfold and more once they are decoded."""
    zeros = gzip.compress(b"\0" * _MB, 9) * megabytes
    plain = b"\0" * (min(megabytes, 64) * _MB)
    coded = {
        "gzip": zeros,
        "br": brotli.compress(plain, quality=4),
        "zstd": zstandard.compress(plain),
        "gzip, gzip": gzip.compress(zeros),
    }
    return {
        f"/bomb-{coding.replace(', ', '-in-')}": answer(200, b, content_encoding=coding) for coding, b in coded.items()
    }


def suite_bombs(shared: Path) -> dict[str, Route]:
    """Those of the suite `bombs`, as pages in the coding that their name tells."""
    routes: dict[str, Route] = {}
    for case in _cases(shared / "suites/bombs"):
        coding = next((c for c in ("gzip", "deflate", "br", "zstd") if c in case["id"]), "gzip")
        body = (shared / "suites/bombs" / case["path"]).read_bytes()
        routes[f"/{case['id']}"] = answer(200, body, content_encoding=coding)
    return routes


def suite_xml_bombs(shared: Path) -> dict[str, Route]:
    """Those of the suite `xml-bombs`, as feeds."""
    folder = shared / "suites/xml-bombs"
    return {f"/{case['id']}": answer(200, (folder / case["path"]).read_bytes(), "application/rss+xml") for case in _cases(folder)}  # fmt: skip


def _cases(folder: Path) -> list[Mapping[str, str]]:
    return [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
