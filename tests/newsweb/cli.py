"""A deterministic web of news outlets on loopback, to test news crawlers against.

Serve it, crawl it, then ask what the server saw:

    python -m tests.newsweb serve --outlets 40 --articles 50 --truth truth.jsonl --log access.jsonl
    python -m tests.newsweb check --truth truth.jsonl --log access.jsonl

How outlets are reached
    Outlet number i listens on its own address (127.0.1.i, then 127.0.2.x after 250 outlets) and
    also answers, on any address, to its host name (Host header or proxy-style absolute request
    line). So a client can use addresses, a fake resolver, or http_proxy=http://127.0.0.1:PORT.
    Links, feeds, sitemaps and the ground truth use addresses, or names with --links hosts.

What an outlet has
    /robots.txt  /  /section/NAME/?page=N  /topic/N  /feed.xml (RSS 2.0)  /atom.xml  /rdf.xml
    /feed.json  /sitemap_index.xml  /sitemap-news.xml  /sitemap-YYYY-MM.xml[.gz]  and articles, each
    with tracking, AMP, mobile, short-link, feed-redirect and (disallowed) print URLs. Articles are
    published, edited (openly or in stealth) and removed as the simulated clock runs; some are
    copies of another outlet's story. Responses carry ETag and Last-Modified, honour conditional
    requests, and are gzipped on request. Outlets with a fault profile (--faults) misbehave.

Clock
    Simulated time starts at --start and runs --speed times as fast as real time. The page
    http://127.0.0.1:PORT/_newsweb/status tells it; POST /_newsweb/advance?seconds=N skips ahead.

Everything but the real-time stamps in the access log follows from --seed and the other options.
The only dependency is aiohttp.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tests.newsweb.check import check
from tests.newsweb.faults import FAULTS
from tests.newsweb.server import serve


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The options of both commands."""
    faults = "\n".join(f"  {name:11} {what}" for name, what in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="newsweb", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "serve",
        help="serve the outlets",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Serves the outlets until interrupted.",
        epilog="fault profiles:\n" + faults,
    )
    run.set_defaults(run=run_serve)
    option = run.add_argument
    option("--outlets", type=int, default=40, metavar="N", help="number of outlets (default 40)")
    option("--articles", type=int, default=50, metavar="N", help="articles an outlet has at the start (default 50)")
    option(
        "--history",
        type=float,
        default=14,
        metavar="DAYS",
        help="days before the start over which those are spread (default 14)",
    )
    option(
        "--rate",
        type=float,
        default=0,
        metavar="R",
        help="new articles an outlet publishes per simulated hour (default 0)",
    )
    option(
        "--horizon",
        type=float,
        default=48,
        metavar="HOURS",
        help="simulated hours for which new articles are planned (default 48)",
    )
    option(
        "--edits",
        type=float,
        default=0.25,
        metavar="P",
        help="share of articles edited after publication (default 0.25)",
    )
    option("--removals", type=float, default=0.02, metavar="P", help="share of articles later removed (default 0.02)")
    option(
        "--syndication",
        type=float,
        default=0.15,
        metavar="P",
        help="share of articles copied from another outlet (default 0.15)",
    )
    option("--feed-items", type=int, default=30, metavar="N", help="items in a feed (default 30)")
    option(
        "--crawl-delay",
        default="mixed",
        metavar="S",
        help="Crawl-delay in seconds (0.2, say), 0 for none, or 'mixed' (default); "
        "of several, comma-separated, the outlets take turns",
    )
    option("--page-size", type=int, default=20, metavar="N", help="articles on a page of a listing (default 20)")
    option(
        "--dead",
        type=int,
        default=0,
        metavar="N",
        help="addresses without a page (404) that each list names (default 0)",
    )
    option(
        "--list-variants",
        action="store_true",
        help="lists name each article by different URLs: tracking, AMP, mobile, short, "
        "redirect, fragment, and with --port 80 the default port",
    )
    option("--bodies", type=Path, metavar="DIR", help="lay articles out in the real *.html.gz pages under this folder")
    option(
        "--real-pages",
        type=Path,
        metavar="DIR",
        help="serve the labelled real pages of this folder, unmodified, instead of generated ones",
    )
    option("--every", type=int, default=1, metavar="N", help="with --real-pages: only each N-th site")
    option("--corpora", default="", metavar="LIST", help="with --real-pages: only these collections, comma-separated")
    option(
        "--faults", default="", metavar="LIST", help="'mixed', or NAME=OUTLET_NUMBER, comma-separated (default: none)"
    )
    option(
        "--fault-share",
        type=int,
        default=30,
        metavar="PERCENT",
        help="share of a faulty outlet's articles struck (default 30)",
    )
    option("--slow-s", type=float, default=10, metavar="S", help="how long a slow body drips (default 10)")
    option(
        "--start",
        default="2026-01-15T08:00:00Z",
        metavar="TIME",
        help="simulated start: ISO time, 'now' or '-36h' (default %(default)s)",
    )
    option("--speed", type=float, default=1, metavar="X", help="simulated seconds per real second (default 1)")
    option("--port", type=int, default=8080, help="port on every address, 0 for a free one (default 8080)")
    option(
        "--links", choices=("addresses", "hosts"), default="addresses", help="what URLs are made of (default addresses)"
    )
    option(
        "--proxied", action="store_true", help="with --links hosts: leave the port out, for clients that come by proxy"
    )
    option("--suffix", default="test", help="top-level domain of the host names (default test)")
    option("--seed", default="1", help="seed of everything (default 1)")
    option("--truth", type=Path, metavar="FILE", help="write the ground truth here (JSONL)")
    option("--log", type=Path, default=Path("/dev/null"), metavar="FILE", help="write the access log here (JSONL)")
    judge = commands.add_parser("check", help="judge a crawl by the access log", description=check.__doc__)
    judge.set_defaults(run=check)
    judge.add_argument("--truth", type=Path, required=True, metavar="FILE")
    judge.add_argument("--log", type=Path, required=True, metavar="FILE")
    judge.add_argument("--agent", default="", metavar="TEXT", help="only requests whose User-Agent contains this")
    return parser.parse_args(argv)


def run_serve(options: argparse.Namespace) -> None:
    """Serves with the access log open."""
    with options.log.open("w", encoding="utf-8", buffering=1 << 18) as log:
        asyncio.run(serve(options, log))


def main() -> int:
    """Runs the command that the arguments name."""
    options = arguments()
    options.run(options)
    return 0
