"""What a crawl leaves in the archive is what went over the wire."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest

from storage.archive.record import Record
from storage.archive.walking import steps
from tests.integration.crawled import crawl, load
from tests.integration.hostileweb import article, hostile_web, page, rss
from tests.integration.smalloutlet import SmallOutlet
from tests.integration.test_certificates import outlet, tls_outlet

pytestmark = pytest.mark.timeout(180)

BODY = page("In odd chunks")
HEAD = b"HTTP/1.1 200 Fine by me\r\nx-ODD:  two  blanks \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: text/html\r\n"
CHUNKS = b"5;ext=1\r\n%b\r\n%x\r\n%b\r\n0\r\nX-Trailer: yes\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
BARE = b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + page("Old and bare")


def records(folder: Path) -> list[Record]:
    found = [step.record for file in sorted((folder / "archive").glob("*.warc.gz")) for step in steps(file)]
    assert all(found)
    return [record for record in found if record is not None]


def test_requests_and_responses_are_kept_byte_for_byte(tmp_path: Path):
    with hostile_web(1) as webs:
        web = webs[2]
        web.routes |= {
            "/feed": rss(*(f"{web.base}/2026/{name}" for name in ("chunked", "bare", "hinted"))),
            "/2026/chunked": CHUNKED,
            "/2026/bare": BARE,
            "/2026/hinted": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + article("After a hint"),
        }
        small = SmallOutlet(tmp_path, web.base, PRESSWATCH_ARCHIVE_SOURCES="true")
        assert small.crawl() == {"stored": 3}
        kept = records(tmp_path / "data")
        responses = {r.headers["warc-target-uri"].removeprefix(web.base): r for r in kept if r.kind == "response"}
        assert {path: record.block for path, record in responses.items()} == {
            "/feed": web.routes["/feed"],
            "/2026/chunked": CHUNKED,
            "/2026/bare": BARE,
            "/2026/hinted": article("After a hint"),
        }
        assert responses["/2026/chunked"].body == BODY
        assert {record.headers["warc-ip-address"] for record in responses.values()} == {"127.0.0.2"}
        request = next(r for r in kept if r.kind == "request" and r.headers["warc-target-uri"].endswith("/chunked"))
        lines = request.block.decode().split("\r\n")
        assert lines[0] == "GET /2026/chunked HTTP/1.1"
        assert f"Host: {web.base.removeprefix('http://')}" in lines
        assert any(line.startswith("User-Agent: Presswatch/") for line in lines)
        metadata = next(r for r in kept if r.kind == "metadata" and r.headers["warc-target-uri"].endswith("/chunked"))
        told = dict(line.split(": ", 1) for line in metadata.block.decode().splitlines())
        assert told["source"] == f"{web.base}/feed"
        assert told["candidate"] == f"{web.base}/2026/chunked"
        assert told["body-digest"] == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
        assert "In odd chunks" in small.run("show", f"{web.base}/2026/chunked")


def test_how_a_connection_was_encrypted_is_kept(tmp_path: Path):
    with tls_outlet(tmp_path, "127.0.0.2") as base:
        load(tmp_path / "data", [outlet("own", base, any_certificate=True)])
        crawl(tmp_path / "data", ["own"], PRESSWATCH_ALLOW_NETWORKS="127.0.0.2/32", PRESSWATCH_RETRY_DELAYS_S="0.1")
        server = base.removeprefix("https://").split(":")
        der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((server[0], int(server[1]))))
    (metadata,) = (r for r in records(tmp_path / "data") if r.kind == "metadata")
    told = dict(line.split(": ", 1) for line in metadata.block.decode().splitlines())
    assert told["tls"] == "TLSv1.3"
    assert told["tls-cipher"].startswith("TLS_")
    assert told["tls-certificate"] == f"sha256:{hashlib.sha256(der).hexdigest()}"
