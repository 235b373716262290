"""Bytes on disk and CPU of a page kept: `make bench-archive`.

Real pages, once as they come plain and once as they come with gzip, each with a request and a response head as servers
send them. Bytes are of WARC and index, divided by what gzip (level 6) makes of the bodies. The yardstick of CPU is the
segment file of earlier versions: the body deflated at level 1 (or as it came, where it came compressed), and appended.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from storage.archive.archive import Archive
from storage.records import Capture, HttpExchange, Provenance, Tls

_SHARED = Path(os.environ.get("PRESSWATCH_SHARED", Path(__file__).resolve().parents[3] / "shared"))
_BAR = 1.1
_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def capture_of(number: int, page: bytes, *, is_gzipped: bool) -> Capture:
    """A page as a server sends it."""
    chance = random.Random(number)
    url = f"https://www.outlet-{number % 40}.example/news/2026/11/22/article-{chance.randrange(10**7)}"
    body = gzip.compress(page, 6) if is_gzipped else page
    headers = {
        "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        **({"Content-Encoding": "gzip"} if is_gzipped else {}),
        "Connection": "keep-alive",
        "Server": "nginx",
        "Cache-Control": "public, max-age=60, stale-while-revalidate=30",
        "ETag": f'W/"{chance.getrandbits(96):x}"',
        "Vary": "Accept-Encoding, Cookie",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Request-Id": f"{chance.getrandbits(128):032x}",
        "Set-Cookie": f"session={chance.getrandbits(128):032x}; Path=/; Secure; HttpOnly",
    }
    head = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    request = (
        f"GET {url.partition('.example')[2]} HTTP/1.1\r\nUser-Agent: Presswatch/0.1.0 (+https://example.org/bot)\r\n"
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.5\r\nAccept-Language: en\r\n"
        f"Accept-Encoding: gzip, deflate, br, zstd\r\nHost: {url.split('/')[2]}\r\n\r\n"
    )
    return Capture(
        url=url,
        final_url=url,
        fetched_at=_AT + timedelta(seconds=number, microseconds=chance.randrange(10**6)),
        status=200,
        headers=tuple(headers.items()),
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        exchange=HttpExchange(
            request=request.encode(),
            response_head=head.encode(),
            ip=f"203.0.113.{number % 250}",
            tls=Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", certificate=f"{number % 40:064x}"),
        ),
    )


def found(number: int) -> Provenance:
    """What led to it."""
    source = f"https://www.outlet-{number % 40}.example/rss/world.xml"
    return Provenance(
        outlet_key=f"outlet-{number % 40}", candidate_id=number, source_id=number % 40, source_url=source,
        candidate_url=f"https://www.outlet-{number % 40}.example/news/2026/11/22/article-{number}?utm_source=rss",
    )  # fmt: skip


def append_segment(file: int, body: bytes) -> None:
    """As earlier versions kept a body."""
    sample = body[:4096]
    is_compressed = len(zlib.compress(sample, 1)) > 0.9 * len(sample)
    os.write(file, b"\0" + body if is_compressed else b"\1" + zlib.compress(body, 1))


def cpu_ms(work: Callable[[], None], count: int) -> float:
    """CPU an article, in milliseconds."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began) / count


def measure(pages: list[bytes], *, is_gzipped: bool) -> dict[str, float]:
    """Bytes by gzip of the bodies, and CPU of both ways."""
    captures = [capture_of(number, page, is_gzipped=is_gzipped) for number, page in enumerate(pages)]
    with tempfile.TemporaryDirectory(prefix="presswatch-bench-") as folder:
        archive = Archive(Path(folder))
        warc_ms = cpu_ms(lambda: [archive.put(each, found(n)) for n, each in enumerate(captures)] and None, len(pages))
        archive.close()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        segment = os.open(Path(folder, "segment"), os.O_WRONLY | os.O_CREAT)
        segment_ms = cpu_ms(lambda: [append_segment(segment, each.body) for each in captures] and None, len(pages))
        os.close(segment)
    zipped = sum(len(gzip.compress(page, 6)) for page in pages)
    return {"ratio": size / zipped, "warc_ms": warc_ms, "segment_ms": segment_ms, "bytes": size / len(pages)}


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000)
    chosen = parser.parse_args()
    files = sorted((_SHARED / "pages").glob("*/*.html.gz"))
    if not files:
        sys.exit(f"{_SHARED}/pages is absent, so nothing was measured; set PRESSWATCH_SHARED")
    random.Random(1).shuffle(files)
    pages = [gzip.decompress(path.read_bytes()) for path in files[: chosen.pages]]
    print(f"{len(pages)} real pages, {sum(map(len, pages)) / len(pages) / 1000:.0f} KB on average")
    print(
        f"{'as they come':<14}{'bytes a page':>14}{'by gzip of bodies':>20}{'CPU ms, WARC':>14}{'CPU ms, segments':>18}"
    )
    figures: dict[str, dict[str, object]] = {}
    for name, is_gzipped in (("plain", False), ("gzip", True)):
        told = measure(pages, is_gzipped=is_gzipped)
        print(
            f"{name:<14}{told['bytes']:>14,.0f}{told['ratio']:>20.3f}{told['warc_ms']:>14.2f}{told['segment_ms']:>18.2f}"
        )
        figures[f"archive_bytes_{name}"] = {
            "value": round(told["ratio"], 3),
            "bar": _BAR,
            "holds": told["ratio"] <= _BAR,
        }
        figures[f"archive_cpu_ms_{name}"] = {
            "value": round(told["warc_ms"], 2),
            "segments": round(told["segment_ms"], 2),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
