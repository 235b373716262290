"""`presswatch backfill` on outlets of loopback: what is found, in which order, and what is not asked for."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.stored import Stored
from tests.integration.smalloutlet import SmallOutlet
from tests.integration.smallweb import SmallWeb, html, rss, small_web

pytestmark = pytest.mark.timeout(180)

WORDS = "The council of the town has decided on its budget for the year to come after a long debate. " * 12


def article(path: str) -> tuple[int, str, str]:
    head = f'<title>News of {path}</title><meta property="og:type" content="article">'
    return html(f"<article><h1>News of {path}</h1><p>{path}: {WORDS}</p><p>{WORDS}</p></article>", head)


def sitemap(*entries: tuple[str, str | None]) -> tuple[int, str, str]:
    """Addresses with their lastmod."""
    urls = "".join(
        f"<url><loc>{{base}}{path}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for path, day in entries
    )
    return 200, "application/xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def index(*names: str) -> tuple[int, str, str]:
    refs = "".join(f"<sitemap><loc>{{base}}{name}</loc></sitemap>" for name in names)
    text = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{refs}</sitemapindex>'
    return 200, "application/xml", text


def robots(*lines: str) -> tuple[int, str, str]:
    return 200, "text/plain", "\n".join(("User-agent: *", "Disallow: /private/", *lines))


def monthly_outlet() -> dict[str, tuple[int, str, str]]:
    """Three months by sitemap, of which May has three articles; one is forbidden, and one was touched years later."""
    may = ["/2020/05/03/first-story-of-may", "/2020/05/17/second-story-of-may", "/2020/05/31/third-story-of-may"]
    pages = {path: article(path) for path in may}
    pages |= {
        "/robots.txt": robots("Sitemap: {base}/sitemaps.xml"),
        "/": html("<p>front</p>"),
        "/feed": rss(),
        "/sitemaps.xml": index(
            "/sitemap-2020-04.xml", "/sitemap-2020-05.xml", "/sitemap-2020-06.xml", "/author-sitemap.xml"
        ),
        "/sitemap-2020-04.xml": sitemap(("/2020/04/30/story-of-april-here", None)),
        "/sitemap-2020-05.xml": sitemap(
            (may[0], "2020-05-03"),
            (may[1], "2023-01-01"),
            (may[2], None),
            ("/private/2020/05/09/a-secret-of-may", None),
        ),
        "/sitemap-2020-06.xml": sitemap(("/2020/06/01/story-of-june-here", None)),
    }
    return pages


def asked_articles(web: SmallWeb) -> list[str]:
    return [path for path in web.asked if path.startswith("/2020/")]


def backfill(outlet: SmallOutlet, *options: str) -> dict:
    days = ("--from", "2020-05-01", "--to", "2020-05-31")
    done = outlet.try_to("backfill", outlet.key, *days, "--json", *options)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_a_month_is_found_in_its_sitemap_newest_first_and_no_other_is_asked_for(tmp_path: Path):
    with small_web("127.0.0.2", monthly_outlet()) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        told = backfill(outlet)
        assert dict(told["ended"]) == {"stored": 3, "robots": 1}
        assert told["backfill"]["state"] == "done"
        assert asked_articles(web) == [
            "/2020/05/31/third-story-of-may",
            "/2020/05/17/second-story-of-may",
            "/2020/05/03/first-story-of-may",
        ]
        assert [path for path in web.asked if "sitemap" in path] == ["/sitemaps.xml", "/sitemap-2020-05.xml"]
        # Again: what is known is not fetched once more.
        told = backfill(outlet)
        assert dict(told["ended"]) == {"seen": 4}
        assert len(asked_articles(web)) == 3
        # Events say that it is no news.
        found = outlet.run("explain", f"{web.base}/2020/05/03/first-story-of-may")
        assert "backfill 1" in found


def test_a_dry_run_fetches_no_article_and_oldest_first_begins_with_the_first_day(tmp_path: Path):
    with small_web("127.0.0.2", monthly_outlet()) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        told = backfill(outlet, "--dry-run")
        assert told["found"] == 4
        assert asked_articles(web) == []
        backfill(outlet, "--oldest-first")
        assert asked_articles(web)[0] == "/2020/05/03/first-story-of-may"


def test_a_dry_run_of_thousands_of_articles_ends(tmp_path: Path):
    pages = monthly_outlet()
    pages["/sitemap-2020-05.xml"] = sitemap(*((f"/2020/05/03/story-{n}-of-that-day", None) for n in range(2_100)))
    with small_web("127.0.0.2", pages) as web:
        told = backfill(SmallOutlet(tmp_path, web.base), "--dry-run")
    assert (told["backfill"]["state"], told["found"]) == ("done", 2_100)


@pytest.mark.parametrize(("window", "missed"), [(3, 1), pytest.param(20, 180, marks=pytest.mark.soak)])
def test_what_a_feed_may_have_listed_unseen_is_refilled_from_the_sitemap(window: int, missed: int, tmp_path: Path):
    paths = [f"/news/story-of-the-day-number-{n}.html" for n in range(2 * window + missed)]
    unseen = paths[window:-window]
    pages = {path: article(path) for path in paths}
    pages |= {"/robots.txt": robots("Sitemap: {base}/sitemap-news.xml"), "/": html("<p>front</p>")}
    pages["/feed"] = rss(*paths[:window])
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        assert outlet.crawl() == {"stored": window}
        time.sleep(1)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        web.pages["/feed"] = rss(*paths[-window:])
        web.pages["/sitemap-news.xml"] = sitemap(*((path, now) for path in paths), ("/old.html", "2020-01-01"))
        time.sleep(1.5)
        assert outlet.crawl() == {"stored": window}
        (gap,) = json.loads(outlet.run("outlets", "show", outlet.key, "--json"))["gaps"]
        assert gap["state"] == "open"
        assert "1 possible losses" in outlet.run("status")
        process = outlet.start("worker")
        try:
            deadline = time.monotonic() + 120
            while gap["state"] in {"open", "refilling"} and time.monotonic() < deadline:
                time.sleep(1)
                (gap,) = json.loads(outlet.run("outlets", "show", outlet.key, "--json"))["gaps"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        assert (gap["state"], gap["found"]) == ("refilled", missed)
        assert {web.asked.count(path) for path in unseen} == {1}
        assert web.asked.count(paths[0]) == 1
        assert "/old.html" not in web.asked
        assert f"refilled, {missed} article" in outlet.run("outlets", "show", outlet.key)


def test_without_a_sitemap_archives_by_date_are_found_by_the_outlets_own_addresses(tmp_path: Path):
    pages = {path: article(path) for path in (f"/2026/11/{day}/a-story-of-this-autumn" for day in (10, 11, 12))}
    pages |= {"/feed": rss(*pages), "/": html("<p>front</p>")}
    of_day = "/2020/05/02/the-story-of-that-day"
    pages |= {of_day: article(of_day), "/2020/05/01/": html("<p>nothing that day</p>")}
    beside = '<aside><a href="/2026/11/12/a-story-of-this-autumn">A story of this autumn, much read</a></aside>'
    pages["/2020/05/02/"] = html(
        f'<a href="{of_day}">The story of that day</a>{beside}<a href="/2020/05/02/page/2/">2</a>'
    )
    second = "/2020/05/02/another-story-of-that-day"
    pages |= {second: article(second), "/2020/05/02/page/2/": html(f'<a href="{second}">Another one</a>')}
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        outlet.crawl()
        done = outlet.run("backfill", outlet.key, "--from", "2020-05-01", "--to", "2020-05-03", "--json")
        assert dict(json.loads(done)["ended"]) == {"stored": 2}
        assert {of_day, second} < set(web.asked)


def test_an_outlet_without_sitemap_and_archive_is_told_what_was_tried(tmp_path: Path):
    with small_web("127.0.0.2", {"/": html("<p>front</p>"), "/feed": rss()}) as web:
        outlet = SmallOutlet(tmp_path, web.base)
        done = outlet.try_to("backfill", outlet.key, "--from", "2020-05-01", "--to", "2020-05-31")
        assert done.returncode == 1
        assert f"{web.base}/sitemap.xml (answered 404)" in done.stdout
        assert "no archive by date" in done.stdout


def test_days_that_make_no_sense_are_refused_with_the_reason(tmp_path: Path):
    outlet = SmallOutlet(tmp_path, "http://127.0.0.2:9")
    for options, words in (
        (("--from", "2020-06-01", "--to", "2020-05-01"), "later than --to"),
        (("--from", "2020-06-01", "--to", "2999-05-01"), "in the future"),
        (("--from", "2020-06-01"), "the first and the last day"),
    ):
        done = outlet.try_to("backfill", outlet.key, *options)
        assert done.returncode == 2
        assert words in done.stderr


def test_command_and_workers_killed_in_the_midst_lose_and_repeat_nothing(tmp_path: Path):
    """Begun by the command, which is killed; gone on with by a worker of the service, which is killed too."""
    paths = [f"/2020/05/{day:02d}/story-of-day-{day}" for day in range(1, 15)]
    pages = {path: article(path) for path in paths}
    pages |= {"/robots.txt": robots("Sitemap: {base}/sitemaps.xml"), "/": html("<p>front</p>"), "/feed": rss()}
    pages |= {"/sitemaps.xml": index(*(f"/sitemap-2020-05-{day:02d}.xml" for day in range(1, 15)))}
    pages |= {f"/sitemap-2020-05-{day:02d}.xml": sitemap((path, None)) for day, path in enumerate(paths, 1)}
    with small_web("127.0.0.2", pages) as web:
        outlet = SmallOutlet(tmp_path, web.base, PRESSWATCH_DELAY_S="0.05")
        outlet.run("db", "upgrade")
        command = ("backfill", outlet.key, "--from", "2020-05-01", "--to", "2020-05-31", "--json")
        for words, asked in ((command, 3), (("worker",), 8)):
            process = outlet.start(*words)
            deadline = time.monotonic() + 90
            while len(asked_articles(web)) < asked and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            process.kill()
            process.wait(30)
            assert asked <= len(asked_articles(web)) < 14
            outlet.let_leases_run_out()
        process = outlet.start("worker")
        deadline = time.monotonic() + 90
        while (told := json.loads(outlet.run("backfill", "--status", "--json"))[0])["backfill"]["state"] == "running":
            assert time.monotonic() < deadline, told
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert dict(told["ended"]) == {"stored": 14}
        lists = [path for path in web.asked if path.startswith("/sitemap-")]
        # What was being asked at each kill may be asked again: one list, and two articles.
        assert len(lists) - len(set(lists)) <= 2
        assert len(asked_articles(web)) - 14 <= 4
    stored = Stored(tmp_path / "data" / "presswatch.sqlite3")
    told_of = [n for (kind, _), n in stored.event_counts().items() if kind == "article.stored"]
    assert told_of == [1] * 14
    assert {article.revisions for article in stored.articles()} == {1}
