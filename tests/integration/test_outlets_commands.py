"""`presswatch outlets ...`: the real command against outlets on loopback."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.opening import open_from
from control.settings import load_settings
from crawler.outlets.catalogue import read_outlet, write_outlet
from storage.records import Outlet, OutletSource, SourceKind
from tests import commands
from tests.acceptance.environment import environment
from tests.integration.smallweb import html, rss, small_web
from tests.newsweb.process import RunningNewsweb
from tests.stores import lay_store

TODAY = datetime.now(UTC).date().isoformat()


class Command:
    """`presswatch` with a data folder and a catalogue of one outlet."""

    def __init__(self, folder: Path):
        self.data, catalogue = folder / "data", folder / "catalogue"
        catalogue.mkdir()
        lay_store(self.data)
        source = OutletSource(kind=SourceKind.FEED, url="http://127.0.0.9:9/feed")
        shipped = Outlet(key="shipped", name="The Shipped Post", home_url="http://127.0.0.9:9/", sources=(source,))
        (catalogue / "shipped.toml").write_text(write_outlet(shipped), encoding="utf-8")
        self.env = environment(self.data, catalogue, extract_processes="1")

    def __call__(
        self, *words: str, stdin: str = "", timeout_s: float = 90, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        env = {**self.env, **{f"PRESSWATCH_{name.upper()}": value for name, value in settings.items()}}
        return commands.run(*words, env=env, stdin=stdin, timeout_s=timeout_s)

    def outlets(self, *words: str, **given) -> subprocess.CompletedProcess[str]:
        """Runs a command that must succeed."""
        done = self("outlets", *words, **given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def keys(self) -> dict[str, dict]:
        """What `outlets list` tells, by key."""
        return {row["key"]: row for row in json.loads(self.outlets("list", "--json").stdout)}

    def own(self, key: str) -> Outlet:
        """An outlet of the operator's own."""
        return read_outlet((self.data / "outlets" / f"{key}.toml").read_text(encoding="utf-8"), f"{key}.toml")


@pytest.fixture
def presswatch(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="module")
def newsweb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNewsweb]:
    folder = tmp_path_factory.mktemp("newsweb")
    options = ("--outlets", "2", "--articles", "12", "--crawl-delay", "0", "--start=-1h")
    with RunningNewsweb(folder, *options) as web:
        yield web


# ------------------------------------------------------------------------------------------- add


def test_an_outlet_is_found_by_its_home_page_and_crawled(presswatch: Command, newsweb: RunningNewsweb):
    base = newsweb.bases[0]
    done = presswatch.outlets("add", base, "--key", "first", "--yes")
    outlet = presswatch.own("first")
    assert outlet.name == newsweb.outlets[0]["name"]
    assert outlet.languages == ("en",)
    # Its other feeds list the same articles, so visiting them would be of no use.
    assert [source.url for source in outlet.sources if source.kind is SourceKind.FEED] == [f"{base}/feed.xml"]
    assert "it lists the same articles" in done.stdout
    assert presswatch.keys()["first"]["origin"] == "added"

    crawled = presswatch("crawl", "first", "--json")
    assert crawled.returncode == 0, crawled.stderr
    assert json.loads(crawled.stdout)["articles"]["new"] >= 10
    shown = json.loads(presswatch.outlets("show", "first", "--json").stdout)
    assert shown["articles"] >= 10
    assert shown["state"] == "ok"
    assert shown["status"]["sources"][0]["last_outcome"] == "read"

    asked = [line for line in newsweb.log() if "Presswatch" in line["agent"]]
    assert all(line["allowed"] for line in asked)

    again = presswatch("outlets", "add", base, "--yes")
    assert again.returncode == 1
    assert "monitored already, as first" in again.stderr
    taken = presswatch("outlets", "add", newsweb.bases[1], "--key", "first", "--yes")
    assert (taken.returncode, presswatch.own("first")) == (2, outlet), taken.stderr


def test_a_dry_run_shows_the_outlet_and_adds_nothing(presswatch: Command, newsweb: RunningNewsweb):
    done = presswatch.outlets("add", f"{newsweb.bases[1]}/atom.xml", "--dry-run", "--name", "Other Post")
    assert tomllib.loads(done.stdout.partition("\n#")[2].partition("\n")[2])["name"] == "Other Post"
    assert f'url = "{newsweb.bases[1]}/atom.xml"' in done.stdout
    assert set(presswatch.keys()) == {"shipped"}
    asked = presswatch("outlets", "add", newsweb.bases[1], stdin="n\n")
    assert asked.returncode == 1
    assert set(presswatch.keys()) == {"shipped"}


URLSET = (
    200,
    "application/xml",
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{base}/2026/a-war-1.html</loc></url></urlset>',
)
LINKS = "".join(
    f'<p><a href="/2026/11/{n}/a-long-headline-of-an-article-{n}">A long headline {n}</a></p>' for n in range(9)
)
SITES = {
    "a feed in a usual place is found": ({"/": html("hello"), "/rss.xml": rss("/2026/a-1.html")}, ["feed /rss.xml"]),
    "a generic sitemap only where there is no feed": (
        {"/": html("hello"), "/robots.txt": (200, "text/plain", "Sitemap: {base}/all.xml"), "/all.xml": URLSET},
        ["sitemap /all.xml"],
    ),
    "with a feed the generic sitemap is left alone": (
        {
            "/": html("", "<link rel=alternate type=application/rss+xml href=/f>"),
            "/f": rss("/2026/a-1.html"),
            "/robots.txt": (200, "text/plain", "Sitemap: {base}/all.xml"),
            "/all.xml": URLSET,
        },
        ["feed /f"],
    ),
    "the home page is the list where there is nothing else": ({"/": html(LINKS)}, ["listing /"]),
    "a feed that moved is named by its new place": (
        {
            "/": html("", "<link rel=alternate type=application/rss+xml href=/old>"),
            "/old": (301, "/new", ""),
            "/new": rss("/2026/a-1.html"),
        },
        ["feed /new"],
    ),
}


@pytest.mark.parametrize(("pages", "expected"), SITES.values(), ids=SITES)
def test_sources_are_taken_in_order(presswatch: Command, pages, expected):
    with small_web("127.0.0.3", pages) as web:
        presswatch.outlets("add", web.base, "--key", "small", "--yes")
        found = presswatch.own("small").sources
    assert [f"{source.kind} {source.url.removeprefix(web.base)}" for source in found] == expected
    assert len(web.asked) == len(set(web.asked))


REFUSED = {
    "no address": (("not an address",), 2, "is no address of a web page"),
    "another scheme": (("ftp://example.org/",), 2, "is no address of a web page"),
    "a private address": (("http://10.1.2.3/",), 1, "10.1.2.3, which is no public address"),
    "nothing listens there": (("http://127.0.0.9:9/",), 1, "monitored already, as shipped"),
    "a host without a server": (("http://127.0.0.9:9/other/",), 1, "robots.txt could not be read"),
    "a key that is none": (("http://127.0.0.8/", "--key", "A B"), 2, "such as a-b"),
}


@pytest.mark.parametrize(("words", "status", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_added_is_told_in_one_line(presswatch: Command, words, status, said):
    done = presswatch("outlets", "add", *words, "--yes")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("fetching ")]
    assert (done.returncode, len(lines)) == (status, 1), done.stderr
    assert said in lines[0]
    assert not (presswatch.data / "outlets").exists()


def test_a_site_without_any_source_is_told(presswatch: Command):
    with small_web("127.0.0.3", {"/": html("<p>Under construction</p>")}) as web:
        done = presswatch("outlets", "add", web.base, "--yes")
    assert done.returncode == 1
    assert "no feed, no sitemap" in done.stderr


# ----------------------------------------------------------------------------------------- check


def test_check_tells_what_lives_what_moved_and_what_died(presswatch: Command):
    pages = {
        "/": html("", "<link rel=alternate type=application/rss+xml href=/fresh.xml>"),
        "/alive.xml": rss("/2026/a-1.html", "/2026/a-2.html"),
        "/old.xml": (308, "/moved.xml", ""),
        "/moved.xml": rss("/2026/b-1.html"),
        "/gone.xml": (410, "text/plain", "gone"),
        "/page.xml": html("not found, but with status 200"),
        "/fresh.xml": rss("/2026/c-1.html"),
    }
    with small_web("127.0.0.3", pages) as web:
        paths = ("/alive.xml", "/old.xml", "/gone.xml", "/page.xml")
        text = f'# mine\nname = "Small Post"\nhome = "{web.base}/"\n'
        text += "".join(f'\n[[source]]  # one\nkind = "feed"\nurl = "{web.base}{path}"\n' for path in paths)
        (presswatch.data / "outlets").mkdir(parents=True)
        file = presswatch.data / "outlets" / "small.toml"
        file.write_text(text, encoding="utf-8")
        done = presswatch("outlets", "check", "Small Post", "--json", "--write")
        pages_said = presswatch("outlets", "check", "small").stdout
    assert done.returncode == 1, done.stderr
    (checked,) = json.loads(done.stdout)
    states = {source["url"].removeprefix(web.base): source for source in checked["sources"]}
    assert {path: source["state"] for path, source in states.items()} == {
        "/alive.xml": "alive", "/old.xml": "moved", "/gone.xml": "dead", "/page.xml": "dead",
    }  # fmt: skip
    assert states["/alive.xml"]["listed"] == 2
    assert states["/old.xml"]["moved_to"] == f"{web.base}/moved.xml"
    assert states["/gone.xml"]["reason"] == "http-410"
    assert "there is nothing here" in states["/page.xml"]["detail"]
    assert [found["url"] for found in checked["replacements"]] == [f"{web.base}/fresh.xml"]
    assert f"found     feed     {web.base}/fresh.xml" in pages_said
    assert "--key small --replace" in pages_said

    verified = {source.url.removeprefix(web.base): source.verified for source in presswatch.own("small").sources}
    assert verified == {"/alive.xml": TODAY, "/old.xml": None, "/gone.xml": None, "/page.xml": None}
    assert file.read_text(encoding="utf-8").startswith("# mine\n")
    assert file.read_text(encoding="utf-8").count("# one") == 4


def test_check_of_all_passes_over_paused_outlets(presswatch: Command):
    with small_web("127.0.0.3", {"/rss.xml": rss("/2026/a-1.html")}) as web:
        presswatch.outlets("import", "-", stdin=OPML.format(base=web.base))
        presswatch.outlets("pause", "shipped")
        done = presswatch.outlets("check")
    assert "1 paused outlets are left out" in done.stderr
    assert done.stdout.splitlines()[-1] == "1 outlets, 1 sources: 1 alive"
    named = presswatch("outlets", "check", "shipped", "--json")
    assert named.returncode == 1
    assert json.loads(named.stdout)[0]["sources"][0]["reason"] == "robots-unavailable"


@pytest.mark.soak  # half a minute of patience; `test_holds` has less
def test_a_domain_that_a_worker_fetches_from_is_left_to_it(presswatch: Command):
    with small_web("127.0.0.3", {"/rss.xml": rss("/2026/a-1.html")}) as web:
        presswatch.outlets("import", "-", stdin=OPML.format(base=web.base))
        store = open_from(load_settings(data_dir=presswatch.data))
        store.queue.hold("a worker", ["127.0.0.3"], datetime.now(UTC), timedelta(minutes=2))
        done = presswatch.outlets("check", "127-0-0-3", "--json")
        store.close()
    (source,) = json.loads(done.stdout)[0]["sources"]
    assert (source["state"], source["reason"]) == ("not-tried", "busy")
    assert web.asked == []


def test_ctrl_c_ends_a_probe_and_frees_its_domain(presswatch: Command):
    with socket.create_server(("127.0.0.3", 0)) as silent:  # takes connections, and says nothing
        home = f"http://127.0.0.3:{silent.getsockname()[1]}/"
        process = commands.start("outlets", "add", home, env=presswatch.env)
        silent.settimeout(60)
        with silent.accept()[0]:
            process.send_signal(signal.SIGINT)
            process.wait(20)
    assert process.returncode == 130
    store = open_from(load_settings(data_dir=presswatch.data))
    assert store.queue.hold("a worker", ["127.0.0.3"], datetime.now(UTC), timedelta(minutes=2)) == {"127.0.0.3"}
    store.close()


OPML = """<opml version="2.0"><body><outline type="rss" text="Small" xmlUrl="{base}/rss.xml"/></body></opml>"""


# -------------------------------------------------------------------- pause, resume, remove, restore


def test_pause_resume_remove_restore(presswatch: Command):
    presswatch.outlets("pause", "shipped")
    assert presswatch.keys()["shipped"]["state"] == "paused"
    assert presswatch.keys()["shipped"]["next_visit_at"] is None
    assert "paused already" in presswatch.outlets("pause", "The Shipped Post").stdout
    presswatch.outlets("resume", "shipped")
    assert presswatch.keys()["shipped"]["state"] == "new"

    kept = presswatch("outlets", "remove", "shipped", stdin="n\n")
    assert kept.returncode == 1
    assert set(presswatch.keys()) == {"shipped"}
    assert "outlets restore shipped" in presswatch.outlets("remove", "shipped", "--yes").stdout
    presswatch("db", "upgrade")  # a start does not bring it back
    assert presswatch.keys() == {}
    removed = presswatch("outlets", "add", "http://127.0.0.9:9", "--yes")
    assert "presswatch outlets restore shipped" in removed.stderr
    presswatch.outlets("restore", "shipped")
    assert presswatch.keys()["shipped"]["origin"] == "shipped"


# --------------------------------------------------------------------------------- import, export


def test_a_subscription_list_goes_out_and_in_again(presswatch: Command, tmp_path: Path):
    listed = """<opml version="2.0"><body><outline text="News">
      <outline type="rss" text="One Post" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
      <outline type="rss" text="Two Post" xmlUrl="https://two.example/a.xml"/>
      <outline type="rss" text="Two Post" xmlUrl="https://two.example/b.xml"/>
      <outline type="rss" text="Bad" xmlUrl="file:///etc/passwd"/>
    </outline></body></opml>"""
    assert "would add one-example" in presswatch.outlets("import", "-", "--dry-run", stdin=listed).stdout
    assert set(presswatch.keys()) == {"shipped"}
    done = presswatch.outlets("import", "-", stdin=listed)
    assert "added two-example: Two Post, 2 sources" in done.stdout
    assert '"Bad" was left out' in done.stdout
    file = tmp_path / "out.opml"
    presswatch.outlets("export", str(file))
    assert presswatch.outlets("export", "--opml").stdout.encode() == file.read_bytes()
    assert (
        "skipped One Post: all its sources are monitored already, as one-example"
        in presswatch.outlets("import", str(file)).stdout
    )

    (tmp_path / "other").mkdir()
    other = Command(tmp_path / "other")
    other.outlets("import", str(file))
    assert set(other.keys()) == {"shipped", "one-example", "two-example"}
    assert other.own("two-example").sources == presswatch.own("two-example").sources


def test_outlet_files_go_out_and_in_again(presswatch: Command, tmp_path: Path):
    presswatch.outlets("export", "--toml", str(tmp_path / "files"))
    file = tmp_path / "files" / "shipped.toml"
    assert read_outlet(file.read_text(encoding="utf-8"), "shipped.toml").name == "The Shipped Post"
    skipped = presswatch.outlets("import", str(file))
    assert "--replace" in skipped.stdout
    file.write_text(file.read_text(encoding="utf-8").replace("Shipped", "Own"), encoding="utf-8")
    presswatch.outlets("import", str(tmp_path / "files"), "--replace")
    assert presswatch.keys()["shipped"]["name"] == "The Own Post"
    # The operator's file is gone: the catalogue's word holds again.
    (presswatch.data / "outlets" / "shipped.toml").unlink()
    presswatch("db", "upgrade")
    assert presswatch.keys()["shipped"]["name"] == "The Shipped Post"


WRONG_FILES = {
    "a page instead of OPML": ("page.opml", "<html><body>Sign in</body></html>", "is not OPML"),
    "nothing at all": ("empty.opml", "", "empty.opml: "),
    "an outlet file with a wrong key": ("x.toml", 'nmae = "X"\nhome = "https://x.example/"', "did you mean name?"),
    "no text": ("x.toml", "\udcff\udcfe", "neither OPML nor an outlet file"),
}


@pytest.mark.parametrize(("name", "text", "said"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_cannot_be_imported_is_told(presswatch: Command, tmp_path: Path, name, text, said):
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    done = presswatch("outlets", "import", str(tmp_path / name))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


WRONG_WORDS = {
    "an unknown outlet": (("show", "nope"), "no outlet is called 'nope'"),
    "a misspelt one": (("pause", "shiped"), "did you mean shipped?"),
    "one to restore that never was": (("restore", "nope"), "neither in the catalogue nor removed before"),
    "a file that is not there": (("import", "/nowhere/x.opml"), "cannot be read"),
    "check of an unknown outlet": (("check", "nope"), "no outlet is called 'nope'"),
}


@pytest.mark.parametrize(("words", "said"), WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_wrong_words_are_told_in_one_line(presswatch: Command, words, said):
    done = presswatch("outlets", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr


def test_a_broken_file_of_one_s_own_names_file_line_and_remedy(presswatch: Command):
    (presswatch.data / "outlets").mkdir(parents=True)
    (presswatch.data / "outlets" / "mine.toml").write_text('name = "Mine"\nhome = "example.org"\n', encoding="utf-8")
    done = presswatch("db", "upgrade")
    assert done.returncode == 1
    assert "outlets/mine.toml:2: home:" in done.stderr
    assert "Traceback" not in done.stderr
