"""Names whose nameservers never answer: the outlets behind other names are collected as fast as without them.

With Twisted's resolver alone, ten such names hold up all lookups.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from storage.records import Outlet, OutletSource, SourceKind
from tests.acceptance.stored import Stored
from tests.integration.crawled import crawl, load
from tests.integration.hostileweb import article, hostile_web, rss
from tests.integration.nameserver import nameserver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
QUICK, SILENT, PAGES = 4, 40, 10
_LOOKUP_S = 12.0  # what a lookup takes where nobody answers


def outlet(name: str, port: int) -> Outlet:
    base = f"http://{name}:{port}"
    source = OutletSource(kind=SourceKind.FEED, url=f"{base}/{name}")
    return Outlet(key=name.partition(".")[0], name=name, home_url=f"{base}/", sources=(source,))


def test_names_that_are_never_answered_hold_nobody_up(tmp_path: Path):
    quick = [f"quick{number}.example" for number in range(QUICK)]
    silent = [f"silent{number}.example" for number in range(SILENT)]
    with hostile_web(1) as webs, nameserver({}, ["127.0.0.2"]) as names:
        web = webs[2]
        names.silent = lambda name: name.startswith("silent")
        for name in quick:
            base = f"http://{name}:{web.port}"
            web.routes[f"/{name}"] = rss(*(f"{base}/{name}/{n}" for n in range(PAGES)))
            web.routes |= {f"/{name}/{n}": article(f"News {n} of {name}") for n in range(PAGES)}
        load(tmp_path, [outlet(name, web.port) for name in [*silent, *quick]])
        began = time.monotonic()
        crawl(
            tmp_path,
            [name.partition(".")[0] for name in [*silent, *quick]],
            module="named_crawl",
            NAMES_FROM=str(names.port),
            LOOKUP_S=str(_LOOKUP_S),
            PRESSWATCH_ALLOW_NETWORKS="127.0.0.2/32",
            PRESSWATCH_RETRY_DELAYS_S="600",
        )
    asked = sorted(each.at - began for each in web.asked)
    took = asked[-1] - asked[0]
    print(f"{len(asked)} requests of {QUICK} outlets in {took:.1f} s, beside {SILENT} names that nobody answers for")
    stored = Stored(tmp_path / "presswatch.sqlite3")
    assert sorted(a.title for a in stored.articles()) == sorted(
        f"News {n} of {name}" for name in quick for n in range(PAGES)
    )
    failed = {
        source.outlet_key: source.last_reason for source in stored.sources() if source.outlet_key.startswith("silent")
    }
    assert None not in failed.values()
    assert took < _LOOKUP_S, "outlets waited for names that are not theirs"
