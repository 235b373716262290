"""Fuzzing that looks which branches an input reaches, where atheris is installed: `python -m tests.fuzz.guided SECONDS`.

Atheris is no dependency of ours: it has no wheels for all Pythons that Presswatch runs on. `make fuzz` tells where it is
absent. The readers take turns, each in a process of its own, as libFuzzer ends the process that it ran in.
"""

# ruff: noqa: PLC0415 (what is imported later than atheris is what atheris can look into)

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_PACKAGES = ("crawler.discovery", "crawler.fetch.rules", "crawler.fetch.wire", "crawler.extract")


def _readers() -> dict[str, Callable[[bytes], Any]]:
    from crawler.discovery.errors import BadUrl
    from crawler.discovery.read import discover
    from crawler.discovery.urls import canonical_url
    from crawler.extract.article import extract_article
    from crawler.fetch.rules import read_rules
    from crawler.fetch.wire import BodyDamaged, BodyTooLarge, decode_body
    from storage.records import Outlet, SourceKind

    outlet = Outlet(key="x", name="X", home_url="https://example.com/", timezone="Asia/Beirut")

    def source(kind: SourceKind) -> Callable[[bytes], Any]:
        return lambda body: discover(
            kind, body, url="https://example.com/f", content_type=None, outlet=outlet, since=None
        )

    def page(body: bytes) -> None:
        read = extract_article(body, url="https://example.com/a", content_type=None, outlet=outlet, now=_NOW)
        if "could not be read" in (read.rejected or ""):
            raise AssertionError(read.rejected)

    def url(body: bytes) -> None:
        with suppress(BadUrl):
            canonical_url(body.decode("utf-8", "replace"))

    def coded(body: bytes) -> None:
        codings = ("gzip", "deflate", "br", "zstd")
        with suppress(BodyDamaged, BodyTooLarge):
            decode_body(body[1:], codings[body[0] % 4] if body else None, 100_000)

    return {
        "feed": source(SourceKind.FEED),
        "sitemap": source(SourceKind.SITEMAP),
        "listing": source(SourceKind.LISTING),
        "page": page,
        "robots": lambda body: read_rules(body, "Presswatch").allows("https://example.com/a?b=c"),
        "url": url,
        "coding": coded,
    }


def _fuzz(name: str, seconds: str) -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=list(_PACKAGES)):
        reader = _readers()[name]
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=10", "-print_final_stats=0"], reader)
    atheris.Fuzz()


def main() -> int:
    """Exit status 1 when a reader raised what is not its own; libFuzzer has then written the input to a file."""
    if len(sys.argv) == 3:
        _fuzz(sys.argv[1], sys.argv[2])
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: no fuzzing guided by coverage; `pip install atheris` adds it")
        return 0
    names = list(_readers())
    each = max(1, int(sys.argv[1]) // len(names))
    ends = {name: subprocess.call([sys.executable, "-m", "tests.fuzz.guided", name, str(each)]) for name in names}
    failed = [name for name, end in ends.items() if end]
    print(f"guided by coverage, {each} s a reader: {', '.join(failed) or 'none'} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
