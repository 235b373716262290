"""Credentials that an operator gives: sent to the very origin they were given for, kept apart, and shown nowhere.

Each was tried with its rule off: `sites_of` not asked (other outlets' requests then carry them), the origin not asked
(redirects to another port then carry them), `without_credentials` returning its text (addresses are then refused).
"""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from control.given_credentials import without_credentials
from crawler.outlets.values import Unfit, check_address
from storage.credentials import CredentialFile
from storage.errors import CredentialsUnusable
from tests.integration.hostileweb import Asked, HostileOutlet, Route, answer, article, hostile_web, moved, rss
from tests.integration.test_outlets_commands import Command

pytestmark = pytest.mark.timeout(150)

_USER, _SECRET = "me", "pa:ss%40word"
_SENT = b"Basic " + base64.b64encode(b"me:pa:ss@word")


def guarded(body: bytes) -> Route:
    """What is there for those who name themselves."""

    def send(asked: Asked, connection) -> None:
        is_welcome = asked.headers.get("authorization") == _SENT
        connection.sendall(body if is_welcome else answer(401, www_authenticate='Basic realm="news"'))

    return send


def with_secret(url: str) -> str:
    return url.replace("://", f"://{_USER}:{_SECRET}@")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An outlet behind a password, another one that would have us read it, and all that the commands printed."""

    guarded: HostileOutlet
    elsewhere: HostileOutlet
    presswatch: Command
    printed: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("credentials")
    with hostile_web(2) as webs:
        mine, other = webs[2], webs[3]
        allowed = "127.0.0.2/32,127.0.0.3/32"
        listed = [f"{mine.base}/{name}" for name in ("one", "away")] + [with_secret(f"{mine.base}/named")]
        mine.routes |= {
            "/feed": guarded(rss(*listed)),
            "/": guarded(answer(200, b"<html><title>Guarded</title></html>")),
            "/one": guarded(article("Behind a password")),
            "/named": guarded(article("Named with a password")),
            "/away": moved(f"{other.base}/caught"),
            "/other-feed": guarded(rss(f"{mine.base}/one")),
        }
        other.routes |= {
            "/feed": rss(f"{other.base}/own", with_secret(f"{other.base}/lure")),
            "/to-guarded": moved(f"{mine.base}/other-feed"),
            "/own": article("Its own"),
            "/lure": article("A lure"),
            "/caught": article("Caught"),
        }
        presswatch = Command(folder)
        run = {"allow_networks": allowed, "delay_s": "0", "slow_down": "0"}
        said = [presswatch("outlets", "add", with_secret(f"{mine.base}/feed"), "--key", "guarded", "--yes", **run)]
        files = folder / "data/outlets"
        (files / "other.toml").write_text(
            f'name = "Other"\nhome = "{other.base}/"\n'
            f'[[source]]\nkind = "feed"\nurl = "{other.base}/feed"\n'
            f'[[source]]\nkind = "feed"\nurl = "{other.base}/to-guarded"\n',
            encoding="utf-8",
        )
        said += [
            presswatch("outlets", "list", **run),
            presswatch("outlets", "list", "--json", **run),
            presswatch("outlets", "show", "guarded", **run),
            presswatch("credentials", "list", **run),
            presswatch("crawl", "guarded", "other", log_level="debug", **run),
            presswatch("articles", **run),
            presswatch("outlets", "export", **run),
        ]
        yield World(
            guarded=mine,
            elsewhere=other,
            presswatch=presswatch,
            printed="\n".join(done.stdout + done.stderr for done in said),
        )


def test_what_is_behind_a_password_is_read(world: World):
    assert "Behind a password" in world.printed, world.printed
    assert all(asked.headers.get("authorization") == _SENT for asked in world.guarded.asked if asked.path == "/one")


def test_no_other_origin_is_ever_told(world: World):
    assert world.elsewhere.times("/feed") >= 1
    assert not any("authorization" in asked.headers for asked in world.elsewhere.asked)


def test_another_outlet_has_nothing_read_with_them(world: World):
    assert world.elsewhere.times("/to-guarded") >= 1
    asked = [asked for asked in world.guarded.asked if asked.path == "/other-feed"]
    assert asked
    assert not any("authorization" in each.headers for each in asked)


def test_robots_txt_is_asked_for_without_them(world: World):
    asked = [asked for asked in world.guarded.asked if asked.path == "/robots.txt"]
    assert asked
    assert not any("authorization" in each.headers for each in asked)


def test_they_are_told_of_and_never_shown(world: World):
    assert "127.0.0.2, with credentials" in world.printed or ", with credentials" in world.printed
    for secret in ("pa:ss", "ss@word", "ss%40word", _SENT.decode().removeprefix("Basic ")):
        assert secret not in world.printed


def test_they_are_in_one_file_that_only_its_owner_reads(world: World):
    kept = world.presswatch.data / "credentials.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text()) == {world.guarded.base: "me:pa:ss@word"}
    for file in world.presswatch.data.rglob("*"):
        if file.is_file() and file != kept:
            held = file.read_bytes()
            assert b"ss@word" not in held, file
            assert b"ss%40word" not in held, file


def test_files_and_lists_give_them_too_and_a_command_forgets_them(tmp_path: Path):
    presswatch = Command(tmp_path)
    opml = tmp_path / "list.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="A" xmlUrl="https://a:b&amp;c@a.example/feed"/></body></opml>',
        encoding="utf-8",
    )
    presswatch.outlets("import", str(opml))
    own = presswatch.data / "outlets/byhand.toml"
    own.write_text(
        'name = "By Hand"\nhome = "https://b.example/"\n[[source]]  # mine\nkind = "feed"\nurl = "https://x:y@b.example/f"\n',
        encoding="utf-8",
    )
    assert {key for key, row in presswatch.keys().items() if row["with_credentials"]} == {"a-example", "byhand"}
    assert "# mine" in own.read_text()
    assert "x:y" not in own.read_text()
    kept = CredentialFile(presswatch.data / "credentials.json")
    assert (kept.of("https://a.example"), kept.of("https://b.example")) == ("a:b&c", "x:y")
    assert presswatch("credentials", "remove", "https://a.example/feed").returncode == 0
    assert presswatch("credentials", "remove", "https://a.example/feed").returncode == 1
    assert presswatch("credentials", "set", "b.example", "--user", "z", stdin="w\n").returncode == 0
    assert (kept.of("https://a.example"), kept.of("https://b.example")) == (None, "z:w")


def test_an_outlet_that_was_not_added_leaves_none(tmp_path: Path):
    presswatch = Command(tmp_path)
    assert presswatch("outlets", "add", "http://me:secret@127.0.0.9:9/", "--yes").returncode == 1
    assert CredentialFile(presswatch.data / "credentials.json").origins() == frozenset()


CASES = {
    "an @ in the password": ("https://a:b@c@h.example/x", "https://h.example/x", {"https://h.example": "a:b@c"}),
    "a user alone": ("https://a@h.example/", "https://h.example/", {"https://h.example": "a:"}),
    "a port": ("HTTP://a:b@H.example:81", "HTTP://H.example:81", {"http://h.example:81": "a:b"}),
    "an @ in the path": ("https://h.example/@a:b", "https://h.example/@a:b", {}),
    "an @ in the query": ("https://h.example?a=b:c@d", "https://h.example?a=b:c@d", {}),
    "an address of mail": ("mailto:a@h.example", "mailto:a@h.example", {}),
}


@pytest.mark.parametrize(("given", "left", "secrets"), CASES.values(), ids=CASES.keys())
def test_they_are_taken_out_of_addresses(given: str, left: str, secrets: dict[str, str]):
    assert without_credentials(given.encode()) == (left.encode(), secrets)


@pytest.mark.parametrize(
    "text", ["https://a:geh eim@h.example/", "https://a:geheim@", "ftp://a:geheim@h/", "https://a:geheim@[/"]
)
def test_what_is_refused_is_quoted_without_them(text: str):
    with pytest.raises(Unfit) as refused:
        check_address(text)
    assert "eim" not in str(refused.value)


def test_a_damaged_file_is_told_without_what_it_holds(tmp_path: Path):
    path = tmp_path / "credentials.json"
    path.write_text('{"https://a.example": "me:secret"')
    with pytest.raises(CredentialsUnusable, match="cannot be read") as told:
        CredentialFile(path).origins()
    assert "secret" not in str(told.value)
