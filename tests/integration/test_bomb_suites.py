"""Eight outlets drop the suites' bombs and our own at once: the worker grows by less than 64 MiB, and the others are delivered.

What it costs their rate is printed (`-s`), and gates nothing: it is a figure of the machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.stored import Stored
from tests.integration.attacks import bombs, suite_bombs, suite_xml_bombs
from tests.integration.crawled import allowed, crawl, load, outlet_at
from tests.integration.hostileweb import article, hostile_web, rss

pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]

_PEACEFUL = 60
_BOMBERS = 8


def crawled(folder: Path, shared: Path, *, with_bombs: bool) -> tuple[dict[str, Any], Stored, float, int]:
    """What the crawl told and stored, seconds from the first to the last page of the peaceful outlet, and the trap."""
    folder.mkdir()
    with hostile_web(1 + _BOMBERS) as webs:
        peaceful = webs[2]
        peaceful.routes |= {f"/news-{n}": article(f"Peaceful {n}") for n in range(_PEACEFUL)}
        peaceful.routes["/feed"] = rss(*[f"{peaceful.base}/news-{n}" for n in range(_PEACEFUL)])
        outlets = [outlet_at(peaceful, "peaceful", ["/feed"], delay_s=0.15)]
        for number in range(3, 3 + _BOMBERS) if with_bombs else ():
            web, pages, feeds = webs[number], suite_bombs(shared) | bombs(128), suite_xml_bombs(shared)
            web.routes |= pages | feeds | {"/feed": rss(*[web.base + path for path in pages])}
            outlets.append(outlet_at(web, f"bomber-{number}", ["/feed", *feeds]))
        load(folder, outlets)
        told = crawl(folder, [o.key for o in outlets], PRESSWATCH_ALLOW_NETWORKS=allowed(webs), PRESSWATCH_RETRY_DELAYS_S="0.1")  # fmt: skip
        times = [asked.at for asked in peaceful.asked if asked.path.startswith("/news")]
        return told, Stored(folder / "presswatch.sqlite3"), times[-1] - times[0], webs[1].accepted


def test_bombs_grow_nothing_and_keep_nobody_from_being_read(tmp_path: Path, shared: Path):
    _, _, quiet_s, _ = crawled(tmp_path / "quiet", shared, with_bombs=False)
    told, stored, bombed_s, trapped = crawled(tmp_path / "bombed", shared, with_bombs=True)
    mine = [found for found in stored.articles() if found.outlet_key == "peaceful"]
    print(f"grew {told['grew_mb']:.0f} MB; {quiet_s:.1f} s without bombs, {bombed_s:.1f} s with them")
    assert len(mine) == _PEACEFUL
    assert told["grew_mb"] < 64
    assert trapped == 0
    ends = {(c.found_url.rpartition("/")[2], c.reason) for c in stored.candidates() if c.outlet_key != "peaceful"}
    assert {name for name, reason in ends if name.startswith("bomb-") and reason != "too-large"} == set()
    assert not any("root:" in found.body for found in stored.articles())
