"""Outlets on loopback that break every rule at once, and the crawls of them.

127.0.0.1 is a trap: it is no allowed address, so nothing may ever connect to it.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import zstandard

from control.opening import open_from
from control.settings import Settings
from crawler.sites import host_of
from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.stored import Stored, StoredCandidate
from tests.conftest import ROOT
from tests.integration.hostileweb import (
    HostileOutlet,
    answer,
    article,
    drip,
    endless,
    gzip_bomb,
    hostile_web,
    moved,
    page,
    rss,
    silence,
)
from tests.stores import lay_store

LIMIT_S = 4
ETAG = b'W/"odd ""quotes"", a \xe9 and a \\ "'
MODIFIED = b"Sat,  21 Nov 2026 08:00:00 GMT; not quite a date"
#: Spellings of loopback and of other addresses that are not public. {port} is where the trap listens.
SPELLINGS = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127\u30020\u30020\u30021:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://127.0.0.2\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@127.0.0.2/",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@127.0.0.2/",
    "http://127.0.0.2:{port}@127.0.0.1:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "\thttp://127.0.0.1:{port}/",
)
OTHER_SCHEMES = (
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{port}/x",
    "data:text/html,<h1>x</h1>",
    "javascript:alert(1)",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/x",
    "s3://bucket/x",
    "ldap://127.0.0.1:{port}/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was seen of two crawls: on the wires, in the store, and of the process."""

    outlets: dict[int, HostileOutlet]
    stored: Stored
    first: dict[str, Any]
    second: dict[str, Any]
    first_s: float
    asked_first: dict[int, list[str]]  # paths asked for in the first crawl

    def candidates(self, number: int) -> dict[str, StoredCandidate]:
        """Those of one outlet, by the path at which they were found."""
        mine = [found for found in self.stored.candidates() if found.outlet_key == f"outlet-{number}"]
        return {found.found_url.removeprefix(self.outlets[number].base): found for found in mine}

    def reasons(self, number: int) -> dict[str, str | None]:
        return {path: found.reason for path, found in self.candidates(number).items()}

    def source_reasons(self, number: int) -> dict[str, str | None]:
        mine = [source for source in self.stored.sources() if source.outlet_key == f"outlet-{number}"]
        return {source.url.removeprefix(self.outlets[number].base): source.last_reason for source in mine}

    def titles(self, number: int) -> list[str]:
        return sorted(found.title for found in self.stored.articles() if found.outlet_key == f"outlet-{number}")


def compressed(name: str, body: bytes) -> bytes:
    codings = {
        "gzip": lambda: gzip.compress(body),
        "br": lambda: brotli.compress(body, quality=4),
        "zstd": lambda: zstandard.compress(body),
    }
    return answer(200, codings[name](), content_encoding=name)


def set_the_scene(webs: dict[int, HostileOutlet]) -> dict[int, list[str]]:
    """Gives each address its routes; returns the paths of each outlet's sources."""
    port, sources = webs[1].port, {number: ["/feed"] for number in webs if number > 1}

    def lists(number: int, *paths: str, **headers: str | bytes) -> None:
        web = webs[number]
        web.routes["/feed"] = rss(*[path if ":" in path else web.base + path for path in paths], **headers)

    lists(2, "/good-1", "/good-2", "/good-3", etag=ETAG, last_modified=MODIFIED)
    webs[2].routes |= {f"/good-{n}": article(f"Good news {n}") for n in (1, 2, 3)}

    # robots.txt that cannot be read
    for number, robots in {
        3: answer(500, b"User-agent: *\nAllow: /"),
        4: answer(503, b"User-agent: *\nAllow: /"),
        5: silence,
        6: moved("/robots.txt"),
    }.items():
        lists(number, "/never")
        webs[number].routes |= {"/robots.txt": robots, "/never": article("Never to be fetched")}
    # robots.txt that can
    lists(7, "/open")
    webs[7].routes |= {"/robots.txt": answer(404, b"User-agent: *\nDisallow: /"), "/open": article("Open to all")}
    lists(8, "/open", "/private/1")
    webs[8].routes |= {
        "/robots.txt": moved(f"{webs[9].base}/robots-of-8", 301),
        "/open": article("Open as another host says"),
        "/private/1": article("Closed as another host says"),
    }
    lists(9, *(f"/slowly-{n}" for n in range(3)))
    webs[9].routes |= {
        "/robots-of-8": answer(200, b"User-agent: *\nDisallow: /private/\n", "text/plain"),
        "/robots.txt": answer(200, b"User-agent: presswatch\nCrawl-delay: 1\n", "text/plain"),
    }
    webs[9].routes |= {f"/slowly-{n}": article(f"Slow news {n}") for n in range(3)}

    # asks to be left alone
    lists(10, "/one", "/busy", "/two", "/three")
    webs[10].routes |= {
        "/one": article("One"),
        "/busy": answer(429, b"", retry_after="3600"),
        "/two": article("Two"),
        "/three": article("Three"),
    }

    # bodies
    zeros, bombs = b"\0" * 64 * 1024 * 1024, gzip_bomb(512)
    webs[11].routes |= {
        "/gzip": answer(200, bombs, content_encoding="gzip"),
        "/gzip-in-gzip": answer(200, gzip.compress(bombs), content_encoding="gzip, gzip"),
        "/br": answer(200, brotli.compress(zeros, quality=4), content_encoding="br"),
        "/zstd": answer(200, zstandard.compress(zeros), content_encoding="zstd"),
        "/huge": answer(200, b"<p>lorem ipsum</p>" * 500_000),
        "/endless": endless,
        "/good-gzip": compressed("gzip", page("Good gzip")),
        "/good-br": compressed("br", page("Good brotli")),
        "/good-zstd": compressed("zstd", page("Good zstandard")),
    }
    whole = page("Half a page")
    half = gzip.compress(whole)
    webs[12].routes |= {
        "/promised-more": answer(200, whole[: len(whole) // 2], content_length=str(len(whole))),
        "/broken-chunks": b"HTTP/1.1 200 Said\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n" % len(whole)
        + whole[: len(whole) // 2],
        "/half-gzip": answer(200, half[: len(half) - 20], content_encoding="gzip"),
        "/unknown-coding": answer(200, whole, content_encoding="lzma"),
        "/too-many-codings": answer(200, whole, content_encoding="gzip, gzip, gzip, gzip"),
        "/empty": answer(200, b""),
        "/no-http": b"SSH-2.0-OpenSSH_9.2\r\n",
        "/hangs-up": b"",
        "/good": article("Good among halves"),
    }
    for number in (11, 12):
        lists(number, *webs[number].routes)

    # slow answers
    for number, slow in {
        13: silence,
        14: drip(b"x" * 10_000, head=b"HTTP/1.1 200 Said\r\nContent-Length: 10000\r\n\r\n"),
        15: drip(b"HTTP/1.1 200 Said\r\nX-Slow: " + b"x" * 10_000),
    }.items():
        lists(number, "/slow", "/good")
        webs[number].routes |= {"/slow": slow, "/good": article(f"Good behind slow {number}")}

    # pages that are not good to their readers
    webs[16].routes |= {f"/{word}": article(f"Please {word}", f"<p>PLEASE {word}</p>") for word in MEAN}
    lists(16, *webs[16].routes, "/good-before", "/good-after")
    webs[16].routes |= {"/good-before": article("Good before"), "/good-after": article("Good after")}

    # ways to the trap
    targets = [target.format(port=port) for target in (*SPELLINGS, *OTHER_SCHEMES)] + _suite_urls(port)
    lists(17, *targets, "/good")
    webs[17].routes |= {"/good": article("Good among traps")}
    safe = [target for target in targets if not re.search(r"[\x00-\x1f]", target)]
    for n, target in enumerate(safe):
        webs[18].routes[f"/to/{n}"] = webs[19].routes[f"/to/{n}"] = answer(302, location=target.encode())
    lists(18, *[f"/to/{n}" for n in range(len(safe))], "/good")
    webs[18].routes |= {"/good": article("Good among redirects")}
    sources[19] = [f"/to/{n}" for n in range(len(safe))]
    sources[20] = ["/sitemap.xml", "/robots-trap-feed"]
    refs = "".join(f"<sitemap><loc>{_xml(target)}</loc></sitemap>" for target in safe)
    webs[20].routes |= {
        "/robots.txt": moved(f"http://127.0.0.1:{port}/robots.txt"),
        "/sitemap.xml": answer(200, f"<sitemapindex>{refs}</sitemapindex>".encode(), "application/xml"),
    }
    sources[21] = ["/sitemap.xml"]
    webs[21].routes |= {"/sitemap.xml": answer(200, f"<sitemapindex>{refs}</sitemapindex>".encode(), "application/xml")}

    # redirects
    lists(22, "/loop", "/self", "/nowhere", "/six-hops", "/five-hops", "/home", "/moved", "/tracked", "/off")
    webs[22].routes |= {f"/{way}-{n}": moved(f"/{way}-{n + 1}") for way in ("hop", "far") for n in range(1, 10)}
    webs[22].routes |= {
        "/loop": moved("/loop-back"),
        "/loop-back": moved("/loop"),
        "/self": moved("/self"),
        "/nowhere": answer(302),
        "/six-hops": moved("/far-5"),
        "/five-hops": moved("/hop-6"),
        "/hop-10": article("Five hops away"),
        "/far-10": article("Six hops away"),
        "/home": moved("/"),
        "/moved": moved(f"{webs[22].base}/here?x=1#part", 308),
        "/here?x=1": article("Moved here"),
        "/tracked": moved("/tracked?utm_source=feed"),
        "/tracked?utm_source=feed": article("Behind a tracking parameter"),
        "/off": moved("https://example.com/elsewhere"),
    }
    # a source that has moved for good
    sources[23] = ["/old-feed"]
    webs[23].routes |= {
        "/old-feed": moved("/new-feed", 301),
        "/new-feed": rss(f"{webs[23].base}/good", etag='"new"'),
        "/good": article("Good behind a moved feed"),
    }
    # URLs that are too long to fetch, or only just not
    lists(24, "/" + "a" * 3000, "/1;jsessionid=" + "b" * 2500, "/2?utm_source=" + "c" * 2500, "/good")
    webs[24].routes |= {"/good": article("Good after long ones")}
    return sources


MEAN = ("HANG", "ABORT", "BE-KILLED", "CRASH", "EAT", "RAISE")


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _suite_urls(port: int) -> list[str]:
    """Others' URLs with private addresses, as they are and with the trap's port; none without the suites.

    URLs with names or public addresses are left out: nothing here may leave this machine.
    """
    file = Path(os.environ.get("PRESSWATCH_SHARED", ROOT.parent / "shared")) / "suites/ssrf-urls/cases.jsonl"
    if not file.is_file():
        return []
    urls = [json.loads(line)["url"] for line in file.read_text(encoding="utf-8").splitlines()]
    at_trap = [re.sub(r"^(\w+://[^/?#]*?)(:\d+)?([/?#].*)?$", rf"\g<1>:{port}\3", url) for url in urls]
    whole = [url for url in dict.fromkeys([*urls, *at_trap]) if not re.search(r"[\x00-\x1f\ud800-\udfff]|\]\]>", url)]
    return [url for url in whole if _is_private(host_of(url))]


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host in {"", "localhost"}
    return not address.is_global


@contextmanager
def crawled_twice(folder: Path) -> Iterator[World]:
    """Two crawls of all outlets, the second after a restart."""
    with hostile_web(23) as webs:
        sources = set_the_scene(webs)
        allowed = ",".join(f"127.0.0.{n}/32" for n in webs if n > 1)
        settings = Settings(data_dir=folder, allow_networks=allowed)
        lay_store(folder)
        outlets = [
            Outlet(
                key=f"outlet-{n}",
                name=f"Hostile {n}",
                home_url=f"{webs[n].base}/",
                sources=tuple(OutletSource(kind=_kind(path), url=webs[n].base + path) for path in paths),
            )
            for n, paths in sources.items()
        ]
        store = open_from(settings)
        store.outlets.load(outlets, "shipped", datetime.now(UTC))
        store.close()
        env = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWATCH_")} | {
            "PRESSWATCH_DATA_DIR": str(folder),
            "PRESSWATCH_ALLOW_NETWORKS": allowed,
            "PRESSWATCH_DELAY_S": "0",
            "PRESSWATCH_SLOW_DOWN": "0",
            "PRESSWATCH_RETRY_DELAYS_S": "0.2",
            "LIMITS_S": str(LIMIT_S),
            "MEAN": "1",
        }
        command = [sys.executable, "-m", "tests.integration.hostile_crawl", ",".join(o.key for o in outlets)]
        began = time.monotonic()
        first = _run(command, env, folder / "first.log")
        first_s = time.monotonic() - began
        asked_first = {n: web.paths() for n, web in webs.items()}
        second = _run(command, env, folder / "second.log")
        stored = Stored(folder / "presswatch.sqlite3")
        yield World(outlets=webs, stored=stored, first=first, second=second, first_s=first_s, asked_first=asked_first)


def _run(command: list[str], env: dict[str, str], log: Path) -> dict[str, Any]:
    with log.open("wb") as errors:
        done = subprocess.run(
            command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, timeout=150, check=False
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def _kind(path: str) -> SourceKind:
    return SourceKind.SITEMAP if "sitemap" in path else SourceKind.FEED
