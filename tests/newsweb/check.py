"""Judges a crawl by the ground truth and the access log."""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter

from tests.newsweb.clock import parse_start


def check(options: argparse.Namespace) -> None:
    """Prints, as JSON, what the access log says of a crawl: cover, duplicates, manners, delay."""
    with options.truth.open(encoding="utf-8") as lines:
        truth = {record["key"]: record for record in map(json.loads, lines)}
    with options.log.open(encoding="utf-8") as lines:
        log = [record for record in map(json.loads, lines) if options.agent in record.get("agent", "")]
    print(json.dumps(judge(truth, log), indent=1))


def judge(truth: dict[str, dict], log: list[dict]) -> dict:
    """What the access log says of a crawl: cover, duplicates, manners, delay. Raises SystemExit where it is empty."""
    visits = sorted((record for record in log if record.get("outlet") is not None), key=lambda record: record["t"])
    if not visits:
        raise SystemExit("newsweb: the log has no requests")
    opening: dict[int, str] = {}
    for record in visits:
        opening.setdefault(record["outlet"], record["kind"])
    cover, pace = _cover(truth, visits)
    per_second = Counter((r["outlet"], int(r["t"])) for r in visits)
    return {
        "real_seconds": round(visits[-1]["t"] - visits[0]["t"], 2),
        "simulated_seconds": round(visits[-1]["sim"] - visits[0]["sim"], 1),
        "requests": len(visits),
        "by_kind": Counter(r["kind"] for r in visits),
        "by_status": Counter(str(r["status"]) for r in visits),
        "bytes": sum(r["bytes"] for r in visits),
        **cover,
        "disallowed_fetches": sum(not r["allowed"] for r in visits),
        "outlets_robots_not_first": sum(kind != "robots" for kind in opening.values()),
        "offsite_requests": sum(r.get("kind") == "offsite" for r in log),
        "xxe_canary": sum(r.get("kind") == "canary" for r in log),
        "conditional_requests": sum(r["conditional"] for r in visits),
        "not_modified": sum(r["status"] == 304 for r in visits),
        "crawl_delay": _manners(visits, truth),
        "most_requests_to_an_outlet_in_a_second": max(per_second.values()),
        **pace,
    }


def _cover(truth: dict[str, dict], visits: list[dict]) -> tuple[dict, dict]:
    """What of the articles and edits on offer was fetched, and how soon."""
    began, ended = visits[0]["sim"], visits[-1]["sim"]
    bodies = [r for r in visits if r["article"] and r["status"] == 200 and r["method"] == "GET" and r["variant"]]
    seen = Counter((r["article"], r["revision"]) for r in bodies)
    first: dict[str, float] = {}
    for record in bodies:
        first.setdefault(record["article"], record["sim"])
    offered = [
        r
        for r in truth.values()
        if r["published_ts"] <= ended and not (r["removed_at"] and parse_start(r["removed_at"]) < began)
    ]
    delays = sorted(
        first[r["key"]] - r["published_ts"] for r in offered if r["key"] in first and r["published_ts"] > began
    )
    edits = [
        (r["key"], n)
        for r in offered
        for n, revision in enumerate(r["revisions"])
        if n and began < parse_start(revision["at"]) < ended
    ]
    cover = {
        "articles_offered": len(offered),
        "articles_fetched": len(first),
        "cover": round(len(first) / max(1, len(offered)), 4),
        "fetched_again_unchanged": sum(n - 1 for n in seen.values()),
    }
    pace = {
        "edits_offered": len(edits),
        "edits_seen": sum(edit in seen for edit in edits),
        "detection_delay_simulated_s": _quantiles(delays),
    }
    return cover, pace


def _quantiles(delays: list[float]) -> dict | None:
    """Of sorted delays; None where there are none."""
    if not delays:
        return None
    p95 = round(delays[int(len(delays) * 0.95)], 1)
    return {"n": len(delays), "median": round(statistics.median(delays), 1), "p95": p95}


def _manners(visits: list[dict], truth: dict[str, dict]) -> dict:
    """How gaps between requests to an outlet that sets a Crawl-delay compare with it."""
    delay = {record["outlet_index"]: record["crawl_delay"] for record in truth.values()}
    last: dict[int, float] = {}
    gaps = []
    for record in visits:
        outlet = record["outlet"]
        if delay.get(outlet) and outlet in last:
            gaps.append((record["t"] - last[outlet]) / delay[outlet])
        last[outlet] = record["t"]
    return {
        "gaps": len(gaps),
        "too_short": sum(gap < 0.95 for gap in gaps),
        "shortest_share_of_delay": round(min(gaps), 3) if gaps else None,
    }
